"""Spaces of Hugging Face, by the JSON that several of them write; and the number of a job there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding
from safelight.origin.statements import FROM_TEXT, facts, not_read, seed_of, stated, text_of
from safelight.origin.texts import carried_objects, carried_texts

__all__ = ["HuggingFaceReader"]

_NEEDED: Final = frozenset({"prompt", "resolution", "guidance_scale", "num_inference_steps", "seed", "Model"})
_JOB: Final = re.compile(r"[0-9a-zA-Z\-]{8,64}")


class HuggingFaceReader:
    """Reads that JSON and that number."""

    name: ClassVar[str] = "huggingface"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the JSON parameters of picture generators that run as Hugging Face spaces; the number of a job there"
    )
    silence_means: ClassVar[str] = "no such text is there: most spaces write none"
    cost: ClassVar[str] = "about 0.01 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = (
        "public behaviour of spaces that derive from Asahina2K/animagine-xl, as enslo/sd-metadata reads it; key hf-job-id"
    )
    checked_on: ClassVar[str] = (
        "2 files (1 transplanted, 1 synthetic with the number only): 2 read, seed and prompt right"
    )
    where: ClassVar[str] = "PNG text and other metadata texts"
    keys: ClassVar[str] = (
        "parameters as JSON with Model, num_inference_steps, guidance_scale, resolution, seed; hf-job-id"
    )
    weighs: ClassVar[str] = "generated: strong; nothing for the number of a job"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each different text, and one for each number of a job, which by itself supports nothing."""
        for _, value, where in carried_objects(content, '"num_inference_steps"', '"Model"'):
            if value is None:
                yield not_read(self, where)
            elif value.keys() >= _NEEDED:
                details = facts(
                    model=text_of(value["Model"]), model_hash=text_of(value.get("Model hash")), seed=seed_of(value["seed"]),
                    sampler=text_of(value.get("sampler")), prompt=text_of(value["prompt"]),
                    negative_prompt=text_of(value.get("negative_prompt")),
                )  # fmt: skip
                yield stated(self, "HuggingFace Space", FROM_TEXT, where, details, unsaid="Which space it was.")
        for key, text, where in carried_texts(content):
            if key.lower() == "hf-job-id" and _JOB.fullmatch(text.strip()):
                yield Finding(
                    reader=self.name,
                    version=self.version,
                    what="The file names a job that ran on Hugging Face.",
                    where=where,
                    could_be_faked_by="writing the key into any file",
                    does_not_show="What the job did: it need not have generated anything.",
                    details={"job_id": text.strip()},
                )
