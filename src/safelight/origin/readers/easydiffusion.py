"""Easy Diffusion: its settings as one text chunk each, or as JSON in EXIF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding
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
from safelight.origin.texts import carried_objects, parsed_json

__all__ = ["EasyDiffusionReader"]

_MODEL: Final = "use_stable_diffusion_model"


class EasyDiffusionReader:
    """Reads the settings by the key that names the model, which no other program uses."""

    name: ClassVar[str] = "easydiffusion"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the settings of Easy Diffusion (formerly Stable Diffusion UI)"
    silence_means: ClassVar[str] = "no such settings are there: the program writes them into pictures only if asked to"
    cost: ClassVar[str] = "about 0.01 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of easydiffusion/easydiffusion (`save_utils`)"
    checked_on: ClassVar[str] = (
        "2 synthetic files built from the documented form: 2 read, 2 seeds and prompts right; no real file was at hand"
    )
    where: ClassVar[str] = "PNG text, one chunk a setting; EXIF UserComment as JSON"
    keys: ClassVar[str] = (
        "use_stable_diffusion_model, prompt, seed, num_inference_steps, sampler_name, prompt_strength, use_lora_model"
    )
    weighs: ClassVar[str] = "generated or, with an input image, ai-edited: strong"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for the text chunks together, and one for each JSON text."""
        chunks: dict[str, str] = {}
        where = ""
        for key, text, block in content.metadata.texts():
            chunks.setdefault(key, text)
            where = block.where if key == _MODEL else where
        if where and {"prompt", "seed", "num_inference_steps"} & chunks.keys():
            yield self._finding(chunks, where)
        for _, value, place in carried_objects(content, f'"{_MODEL}"'):
            if value is None:
                yield not_read(self, place)
            elif _MODEL in value and {"prompt", "seed"} & value.keys():
                yield self._finding(value, place)

    def _finding(self, said: Mapping[str, Any], where: str) -> Finding:
        # The program deletes the strength where there was no input image.
        how = CHANGED if said.get("prompt_strength") not in (None, "", "None") else FROM_TEXT
        details = facts(
            model=text_of(said.get(_MODEL)), seed=seed_of(said.get("seed")), sampler=text_of(said.get("sampler_name")),
            prompt=text_of(said.get("prompt")), negative_prompt=text_of(said.get("negative_prompt")),
            loras=listed_loras((name, None) for name in _names(said.get("use_lora_model"))),
            embeddings=_names(said.get("use_embeddings_model") or said.get("use_embedding_models")),
        )  # fmt: skip
        return stated(self, "Easy Diffusion", how, where, details)


def _names(value: Any) -> Any:
    """Names given as one text, as a list, or as a list within a text."""
    if isinstance(value, str):
        listed = parsed_json(value.replace("'", '"')) if value.startswith("[") else None
        value = listed if isinstance(listed, list) else [value]
    return (
        [text for one in value[:LISTED] if (text := text_of(one)) and text != "None"] if isinstance(value, list) else []
    )
