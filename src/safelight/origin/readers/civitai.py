"""Civitai's own generator, by extraMetadata beside or within the ComfyUI graph, and the addresses of the models used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding
from safelight.origin.statements import (
    CHANGED,
    ENLARGED,
    FROM_TEXT,
    LISTED,
    How,
    facts,
    not_read,
    seed_of,
    stated,
    text_of,
)
from safelight.origin.texts import JSON_CHARS, carried_texts, parsed_json

__all__ = ["CivitaiReader"]

_EXTRA: Final = "extraMetadata"
_AIR: Final = re.compile(
    r"urn:air:[a-z0-9_\-]{1,40}:[a-z0-9_\-]{1,40}:[a-z0-9_\-]{1,40}:[\w.\-/]{1,200}(?:@[\w.\-]{1,80})?", re.IGNORECASE
)


class CivitaiReader:
    """Reads extraMetadata; texts in the form of A1111 that Civitai writes are read by that reader."""

    name: ClassVar[str] = "civitai"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the parameters of Civitai's generator (extraMetadata) and the addresses of models in its catalogue (urn:air)"
    )
    silence_means: ClassVar[str] = "no such text is there; saving again or a screenshot removes it"
    cost: ClassVar[str] = "about 0.01 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of civitai/civitai, as enslo/sd-metadata reads it"
    checked_on: ClassVar[str] = "3 forms built in the tests from the documented behaviour; no real file was at hand"
    where: ClassVar[str] = "PNG text, EXIF UserComment and other metadata texts, alone or within a graph of ComfyUI"
    keys: ClassVar[str] = "extraMetadata, extra.airs, workflowId, addresses of the form urn:air"
    weighs: ClassVar[str] = "generated or, by the name of the workflow, ai-edited: strong"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each text that holds such a statement."""
        for key, text, where in carried_texts(content):
            if key != _EXTRA and f'"{_EXTRA}"' not in text and '"airs"' not in text:
                continue
            if len(text) > JSON_CHARS:
                yield not_read(self, where)
                continue
            value = parsed_json(text)
            if not isinstance(value, dict):
                continue
            said = value if key == _EXTRA else _inner(value)
            if said is not None and (said.keys() & {"prompt", "seed", "steps", "resources", "workflowId", "airs"}):
                yield self._finding(said, text, where)

    def _finding(self, said: dict[str, Any], text: str, where: str) -> Finding:
        listed = said.get("resources")
        resources = [one for one in listed[:LISTED] if isinstance(one, dict)] if isinstance(listed, list) else []
        airs = list(dict.fromkeys(found[0] for found in islice(_AIR.finditer(text), LISTED)))
        details = facts(
            model=text_of(said.get("baseModel")), seed=seed_of(said.get("seed")), sampler=text_of(said.get("sampler")),
            prompt=text_of(said.get("prompt")), negative_prompt=text_of(said.get("negativePrompt")),
            resources=[*airs, *resources], generation_mode=text_of(said.get("workflowId")), wraps="ComfyUI",
        )  # fmt: skip
        return stated(self, "Civitai", _how(said), where, details)


def _inner(value: dict[str, Any]) -> dict[str, Any] | None:
    """The statement within a graph: an object, or one written as a text; else the list of addresses."""
    said = value.get(_EXTRA)
    if isinstance(said, str):
        said = parsed_json(said)
    if isinstance(said, dict):
        return said
    extra = value.get("extra")
    return extra if isinstance(extra, dict) and isinstance(extra.get("airs"), list) else None


def _how(said: dict[str, Any]) -> How:
    workflow = (text_of(said.get("workflowId")) or "").lower()
    if "upscale" in workflow and workflow.startswith("img2img"):
        return ENLARGED
    return CHANGED if workflow.startswith("img2img") else FROM_TEXT
