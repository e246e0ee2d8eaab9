"""SwarmUI, by sui_image_params: it runs ComfyUI, whose graph can lie beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding
from safelight.origin.statements import (
    CHANGED,
    FROM_TEXT,
    LISTED,
    REPLACED,
    How,
    facts,
    listed_loras,
    not_read,
    seed_of,
    stated,
    text_of,
)
from safelight.origin.texts import carried_objects, parsed_json

__all__ = ["SwarmUiReader"]

_KEY: Final = "sui_image_params"
_IMAGES: Final = ("initimage", "maskimage", "promptimages", "controlnetimageinput")


class SwarmUiReader:
    """Reads the JSON wherever it lies: PNG text, EXIF UserComment, in older versions the EXIF model."""

    name: ClassVar[str] = "swarmui"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the parameters of SwarmUI and StableSwarmUI (sui_image_params)"
    silence_means: ClassVar[str] = "no such text is there; saving again, uploading or a screenshot removes it"
    cost: ClassVar[str] = "about 0.02 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of mcmonkeyprojects/SwarmUI"
    checked_on: ClassVar[str] = "4 files (2 transplanted, 2 synthetic): 4 read, 3 of 3 seeds and prompts right"
    where: ClassVar[str] = (
        "PNG text, EXIF UserComment, in older versions EXIF Model; tags of videos; stealth pnginfo in the pixels"
    )
    keys: ClassVar[str] = "sui_image_params, sui_models; swarm_version, prompt, seed, model, initimage, maskimage"
    weighs: ClassVar[str] = "generated or, with an input image, ai-edited: strong"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each different text."""
        for _, value, where in carried_objects(content, _KEY):
            if value is None:
                yield not_read(self, where)
                continue
            inner = value if _KEY in value else parsed_json(text_of(value.get("parameters")) or "")
            if isinstance(inner, dict) and isinstance(said := inner.get(_KEY), dict):
                yield self._finding(inner, said, where)

    def _finding(self, whole: dict[str, Any], said: dict[str, Any], where: str) -> Finding:
        listed = whole.get("sui_models")
        models = [one for one in listed[:LISTED] if isinstance(one, dict)] if isinstance(listed, list) else []
        hashes = {str(one.get("param")): text_of(one.get("hash")) for one in reversed(models)}
        pairs = [(one.get("name"), one.get("hash")) for one in models if one.get("param") == "loras"]
        names = said.get("loras")
        pairs = pairs or [
            (name, None) for name in (names[:LISTED] if isinstance(names, list) else str(names or "").split(","))
        ]
        details = facts(
            generator_version=text_of(said.get("swarm_version")), model=text_of(said.get("model")),
            model_hash=(hashes.get("model") or "").removeprefix("0x"), seed=seed_of(said.get("seed")), sampler=text_of(said.get("sampler")),
            prompt=text_of(said.get("prompt")), negative_prompt=text_of(said.get("negativeprompt")), loras=listed_loras(pairs),
            input_images=[text[:1000] for key in _IMAGES if (text := text_of(said.get(key)))], wraps="ComfyUI",
        )  # fmt: skip
        return stated(self, "SwarmUI", _how(said), where, details)


def _how(said: dict[str, Any]) -> How:
    if "maskimage" in said:
        return REPLACED
    creativity = said.get("initimagecreativity")
    all_new = isinstance(creativity, int | float) and not isinstance(creativity, bool) and creativity >= 1
    return CHANGED if ("initimage" in said or "initimagecreativity" in said) and not all_new else FROM_TEXT
