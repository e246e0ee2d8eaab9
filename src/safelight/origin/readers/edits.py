"""The history that Adobe's programs and others keep in XMP: steps, programs, the raw file behind, and generative steps of Photoshop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.metadata import XmpPacket
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.statements import facts
from safelight.origin.texts import shown

__all__ = ["EditReader"]

_EVENT: Final = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
_PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/"
_RAW_SETTINGS: Final = "http://ns.adobe.com/camera-raw-settings/1.0/"
_STEP: Final = re.compile(r"(?:^|/)History\[(\d{1,5})\]/(action|softwareAgent|when|parameters|changed)$")
_RAW: Final = re.compile(
    r"[^\\/\x00]{1,200}\.(?:cr[23w]|n[er][fw]|arw|sr[2fw]|raf|orf|rw[2l]|dng|pef|3fr|fff|iiq|x3f|gpr|mos|kdc|dcr|erf|mrw)",
    re.IGNORECASE,
)
_FROM_RAW: Final = re.compile(
    r"\bfrom image/(?:x-)?(?:canon-cr[23w]|nikon-n[er]f|sony-(?:arw|sr2)|(?:adobe-)?dng|fuji-raf|olympus-orf|panasonic-r(?:aw|w2)|pentax-pef)\b"
)
# Names of commands as the history log writes them, in English; a line begins with its command.
_GENERATIVE: Final = re.compile(
    r"(?:^|[\r\n;])[ \t]{0,40}(Generative (?:Fill|Expand|Remove|Upscale|Workspace)|Generate (?:Image|Background|Similar)|Reference Image Fill)"
    r"[ \t]{0,40}(?=$|[\r\n;:(,])",
    re.IGNORECASE,
)
_LOG_CHARS: Final = 1 << 20
_STEPS_MAX: Final = 2000
_SHOWN: Final = 20
_FAKED: Final = "writing or removing the history with any metadata editor"


class EditReader:
    """Reads XMP histories and Photoshop's own log."""

    name: ClassVar[str] = "edits"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the steps that editors note in XMP, the raw file they began with, and generative commands in Photoshop's log"
    )
    silence_means: ClassVar[str] = (
        "no history is there; most programs keep none, and Photoshop's log of commands is off unless switched on"
    )
    cost: ClassVar[str] = "about 0.02 ms a file: XMP that the metadata pass has found"
    source: ClassVar[str] = (
        "Adobe XMP specification part 2 (xmpMM:History, ResourceEvent, photoshop:History, crs:RawFileName); names of Photoshop's commands"
    )
    checked_on: ClassVar[str] = (
        "53 files of the corpus with a history and 8 with a raw file's name: all told; 788 files that no generator made: none said to be changed "
        "by a model. Generative commands: 1 form drawn by tests, no real file was at hand"
    )
    where: ClassVar[str] = "XMP of any container"
    keys: ClassVar[str] = "xmpMM:History, photoshop:History, crs:RawFileName, photoshop:DocumentAncestors"
    weighs: ClassVar[str] = (
        "edited: weak; captured: weak for a raw file's name; ai-edited: moderately strong for a generative command in the log"
    )
    survives: ClassVar[str] = (
        "copying, mailing and editors that keep XMP; not `save for web`, platforms, messengers or a screenshot"
    )
    faked_by: ClassVar[str] = _FAKED

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding of each sort for each XMP packet."""
        for packet in content.metadata.xmp_packets:
            yield from self._steps(packet)
            yield from self._raw(packet)
            yield from self._generative(packet)

    def _steps(self, packet: XmpPacket) -> Iterator[Finding]:
        steps: dict[int, dict[str, str]] = {}
        for item in packet.properties:
            if item.namespace != _EVENT or (found := _STEP.search(item.path)) is None:
                continue
            number = int(found[1])
            if number in steps or len(steps) < _STEPS_MAX:
                steps.setdefault(number, {})[found[2]] = item.value.strip()
        if not steps:
            return
        listed = [steps[number] for number in sorted(steps)]
        agents = list(dict.fromkeys(step["softwareAgent"] for step in listed if step.get("softwareAgent")))[:_SHOWN]
        times = sorted(step["when"] for step in listed if step.get("when"))
        ancestors = sum(item.name == "DocumentAncestors" and item.namespace == _PHOTOSHOP for item in packet.properties)
        by = f" by {', '.join(shown(agent, 60) for agent in agents[:3])}" if agents else ""
        yield self._found(
            f"A history lists {len(listed)} step{'' if len(listed) == 1 else 's'}{by}.",
            f"{packet.block.where}, History",
            Supports.EDITED,
            Strength.WEAK,
            "What was changed: saving and converting are steps too, and the history begins where its first program did.",
            facts(
                steps=len(listed),
                actions=_counted([step.get("action", "") for step in listed]),
                software=", ".join(agents),
                first_step=times[0] if times else None,
                last_step=times[-1] if times else None,
                document_ancestors=ancestors or None,
            ),
        )

    def _raw(self, packet: XmpPacket) -> Iterator[Finding]:
        for item in packet.properties:
            value = item.value.strip()
            details: dict[str, JsonValue] = {}
            if item.namespace == _RAW_SETTINGS and item.name == "RawFileName" and _RAW.fullmatch(value):
                what = f"A raw converter names the camera's raw file behind the picture: {shown(value, 80)}."
                details["input_images"] = [value]
            elif item.namespace == _EVENT and item.name == "parameters" and _FROM_RAW.search(value):
                what = f"The history says that the picture was converted from a camera's raw file: {shown(value, 80)}."
            else:
                continue
            doubt = "That the raw file exists, or that these pixels came from it."
            yield self._found(
                what, f"{packet.block.where}, {item.path}", Supports.CAPTURED, Strength.WEAK, doubt, details
            )
            return

    def _generative(self, packet: XmpPacket) -> Iterator[Finding]:
        for item in packet.properties:
            log = item.namespace == _PHOTOSHOP and item.name == "History"
            step = item.namespace == _EVENT and item.name in {"parameters", "action"}
            if not (log or step):
                continue
            commands = list(dict.fromkeys(found[1].title() for found in _GENERATIVE.finditer(item.value[:_LOG_CHARS])))
            if commands:
                yield self._found(
                    f"Photoshop's log names generative commands: {', '.join(commands)}.",
                    f"{packet.block.where}, {item.path}",
                    Supports.AI_EDITED,
                    Strength.MODERATELY_STRONG,
                    "How much of the picture they changed, or whether the step was undone: the log lists what was done, not what was kept.",
                    facts(generator="Adobe Photoshop generative fill", commands=list[JsonValue](commands[:_SHOWN])),
                )
                return

    def _found(
        self, what: str, where: str, supports: Supports, strength: Strength, doubt: str, details: dict[str, JsonValue]
    ) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            what=what,
            where=where,
            supports=supports,
            basis=Basis.DECLARED,
            strength=strength,
            could_be_faked_by=_FAKED,
            does_not_show=doubt,
            details=details,
        )


def _counted(actions: list[str]) -> dict[str, JsonValue]:
    """How often each action stands in the history, the first twenty different ones."""
    counts: dict[str, int] = {}
    for action in actions:
        name = action[:60] or "not named"
        if name in counts or len(counts) < _SHOWN:
            counts[name] = counts.get(name, 0) + 1
    return dict[str, JsonValue](counts)
