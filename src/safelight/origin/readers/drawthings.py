"""Draw Things, which writes its parameters into XMP only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.metadata import XmpPacket
from safelight.model import Finding
from safelight.origin.parameters import parse_parameters
from safelight.origin.statements import (
    CHANGED,
    FROM_TEXT,
    LISTED,
    facts,
    listed_loras,
    not_read,
    seed_of,
    stated,
    text_of,
)
from safelight.origin.texts import JSON_CHARS, parsed_json

__all__ = ["DrawThingsReader"]

_NAME: Final = "Draw Things"


class DrawThingsReader:
    """Reads the JSON of exif:UserComment, else the description, of a packet whose CreatorTool is Draw Things."""

    name: ClassVar[str] = "drawthings"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the parameters of Draw Things in XMP"
    silence_means: ClassVar[str] = "no such packet is there; sharing through a messenger or a screenshot removes it"
    cost: ClassVar[str] = "about 0.005 ms a file: XMP that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of Draw Things (drawthingsai/draw-things-community)"
    checked_on: ClassVar[str] = "1 real file: read, seed, model and prompt right"
    where: ClassVar[str] = "XMP of PNG and of other formats"
    keys: ClassVar[str] = "xmp:CreatorTool, exif:UserComment (JSON with c, uc, model, seed, strength), dc:description"
    weighs: ClassVar[str] = "generated or, with a strength below 1, ai-edited: strong"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = "writing XMP with any metadata editor, or copying it over"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each such packet."""
        for packet in content.metadata.xmp_packets:
            tools = [item for item in packet.properties if item.name == "CreatorTool"]
            if not any(item.value.strip().startswith(_NAME) for item in tools):
                continue
            if any(len(item.value) > JSON_CHARS for item in packet.properties):
                yield not_read(self, packet.block.where)
            elif (finding := self._finding(packet)) is not None:
                yield finding

    def _finding(self, packet: XmpPacket) -> Finding | None:
        for item in packet.properties:
            value = parsed_json(item.value) if item.name == "UserComment" else None
            if isinstance(value, dict) and {"model", "steps", "seed"} & value.keys():
                how = CHANGED if _below_one(value.get("strength")) else FROM_TEXT
                listed = value.get("lora")
                loras = [one for one in listed[:LISTED] if isinstance(one, dict)] if isinstance(listed, list) else []
                details = facts(
                    model=text_of(value.get("model")), seed=seed_of(value.get("seed")), sampler=text_of(value.get("sampler")),
                    prompt=text_of(value.get("c")), negative_prompt=text_of(value.get("uc")),
                    loras=listed_loras((one.get("model"), None) for one in loras),
                )  # fmt: skip
                return stated(self, _NAME, how, f"{packet.block.where}, {item.path}", details)
        for item in packet.properties:
            found = parse_parameters(item.value) if item.name == "description" else None
            if found is not None:
                said = found.settings
                how = CHANGED if _below_one(said.get("strength")) else FROM_TEXT
                details = facts(
                    model=said.get("model"), seed=seed_of(said.get("seed")), sampler=said.get("sampler"), prompt=found.prompt,
                    negative_prompt=found.negative_prompt, loras=listed_loras([(said.get("lora model"), None)]),
                )  # fmt: skip
                return stated(self, _NAME, how, f"{packet.block.where}, {item.path}", details)
        return None


def _below_one(value: Any) -> bool:
    """Whether a strength leaves something of an input image: text to image has strength 1."""
    try:
        return not isinstance(value, bool) and 0 <= float(value) < 1
    except (TypeError, ValueError, OverflowError):
        return False
