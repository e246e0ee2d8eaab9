"""Stability Matrix, by parameters-json and smproj: its own inference page runs ComfyUI, whose graph lies beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding
from safelight.origin.statements import CHANGED, ENLARGED, FROM_TEXT, How, facts, not_read, seed_of, stated, text_of
from safelight.origin.texts import JSON_CHARS, CarriedText, carried_texts, parsed_json

__all__ = ["StabilityMatrixReader"]

_PARAMETERS: Final = "parameters-json"
_PROJECT: Final = "smproj"
_KINDS: Final = {
    "imagetoimage": CHANGED,
    "imagetovideo": CHANGED,
    "fluxkontext": CHANGED,
    "upscale": ENLARGED,
}


class StabilityMatrixReader:
    """Reads both texts as one statement."""

    name: ClassVar[str] = "stabilitymatrix"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the parameters and the project of Stability Matrix"
    silence_means: ClassVar[str] = "no such text is there; saving again, uploading or a screenshot removes it"
    cost: ClassVar[str] = "about 0.01 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of LykosAI/StabilityMatrix"
    checked_on: ClassVar[str] = "1 transplanted file: read, seed, model and prompt right"
    where: ClassVar[str] = "PNG text"
    keys: ClassVar[str] = "parameters-json, smproj (the project); the graph of ComfyUI lies beside them"
    weighs: ClassVar[str] = "generated or, by the kind of the project, ai-edited: strong"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for the file."""
        carried: dict[str, CarriedText] = {}
        for item in carried_texts(content):
            if item.key in {_PARAMETERS, _PROJECT}:
                carried.setdefault(item.key, item)
        values: dict[str, dict[str, Any]] = {}
        for key, item in carried.items():
            if len(item.text) > JSON_CHARS:
                yield not_read(self, item.where)
            elif isinstance(value := parsed_json(item.text), dict):
                values[key] = value
        said, project = values.get(_PARAMETERS, {}), values.get(_PROJECT, {})
        if {"PositivePrompt", "ModelName", "Seed"} & said.keys() or {"ProjectType", "State"} <= project.keys():
            where = carried[_PARAMETERS if said else _PROJECT].where
            yield self._finding(said, text_of(project.get("ProjectType")), where)

    def _finding(self, said: dict[str, Any], kind: str | None, where: str) -> Finding:
        how = _KINDS.get((kind or "").lower(), FROM_TEXT)
        if kind and how is FROM_TEXT and kind.lower() not in {"texttoimage", "wantexttovideo"}:
            how = How(FROM_TEXT.supports, f"a project of the kind {kind[:80]}")
        details = facts(
            model=text_of(said.get("ModelName")), model_hash=text_of(said.get("ModelHash")), seed=seed_of(said.get("Seed")),
            sampler=text_of(said.get("Sampler")), prompt=text_of(said.get("PositivePrompt")),
            negative_prompt=text_of(said.get("NegativePrompt")), generation_mode=kind, wraps="ComfyUI",
        )  # fmt: skip
        return stated(
            self, "Stability Matrix", how, where, details, unsaid="" if kind else "Whether an input image was used."
        )
