"""TensorArt, by generation_data: the service runs ComfyUI, whose graph lies beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue
from safelight.origin.statements import FROM_TEXT, LISTED, facts, listed_loras, not_read, seed_of, stated, text_of
from safelight.origin.texts import JSON_CHARS, carried_texts, parsed_json

__all__ = ["TensorArtReader"]

_KEY: Final = "generation_data"


class TensorArtReader:
    """Reads the JSON under that key."""

    name: ClassVar[str] = "tensorart"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the generation data of TensorArt, with the numbers of the models in its catalogue"
    silence_means: ClassVar[str] = "no such text is there; saving again, uploading or a screenshot removes it"
    cost: ClassVar[str] = "about 0.01 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of TensorArt, as enslo/sd-metadata reads it"
    checked_on: ClassVar[str] = "1 transplanted file: read; its seed is named by the ComfyUI graph beside it"
    where: ClassVar[str] = "PNG text and other metadata texts under that key"
    keys: ClassVar[str] = (
        "generation_data (prompt, baseModel, models, ksamplerName); the graph of ComfyUI lies beside it"
    )
    weighs: ClassVar[str] = "generated: strong"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each text under that key."""
        for key, text, where in carried_texts(content):
            if key.lower() != _KEY:
                continue
            if len(text) > JSON_CHARS:
                yield not_read(self, where)
                continue
            value = parsed_json(text)
            if isinstance(value, dict) and isinstance(value.get("baseModel"), dict) and "prompt" in value:
                yield self._finding(value, where)

    def _finding(self, value: dict[str, Any], where: str) -> Finding:
        base = value["baseModel"]
        listed = value.get("models")
        models = [one for one in listed[:LISTED] if isinstance(one, dict)] if isinstance(listed, list) else []
        loras = [one for one in models if "lora" in str(one.get("type", "")).lower()]
        details = facts(
            model=text_of(base.get("modelFileName")) or text_of(base.get("label")), model_hash=text_of(base.get("hash")),
            seed=seed_of(value.get("seed")), sampler=text_of(value.get("ksamplerName")), prompt=text_of(value.get("prompt")),
            negative_prompt=text_of(value.get("negativePrompt")),
            loras=listed_loras((one.get("modelFileName") or one.get("label"), one.get("hash")) for one in loras),
            resources=[found for one in (base, *models) if (found := _resource(one))], wraps="ComfyUI",
        )  # fmt: skip
        unsaid = "Whether an input image was used: the graph beside it says so."
        return stated(self, "TensorArt", FROM_TEXT, where, details, unsaid=unsaid)


def _resource(model: dict[str, Any]) -> JsonValue:
    keys = ("type", "modelId", "modelFileId", "modelFileName", "label", "hash")
    return {key: text[:500] for key in keys if (text := text_of(model.get(key)))}
