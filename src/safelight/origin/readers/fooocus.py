"""Fooocus and RuinedFooocus, by the JSON that they write; their A1111-like texts are read by that reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from safelight.origin.texts import carried_objects

__all__ = ["FooocusReader"]

_OWN: Final = frozenset({"adm_guidance", "metadata_scheme", "full_prompt", "performance", "sharpness", "styles"})
_COMBINED: Final = re.compile(r"lora_combined_[0-9]{1,2}")
_PACKED: Final = re.compile(r"-?[0-9.]{1,12} - (.+)", re.DOTALL)


class FooocusReader:
    """Reads the JSON wherever it lies: PNG text, EXIF UserComment (also in IFD0), the keys of a video."""

    name: ClassVar[str] = "fooocus"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the JSON parameters of Fooocus, of its forks that name themselves, and of RuinedFooocus"
    silence_means: ClassVar[str] = "no such text is there: Fooocus writes none unless asked to"
    cost: ClassVar[str] = "about 0.02 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of lllyasviel/Fooocus (scheme `fooocus`) and runew0lf/RuinedFooocus"
    checked_on: ClassVar[str] = "3 files (1 real, 1 transplanted, 1 synthetic): 3 read, 3 seeds and prompts right"
    where: ClassVar[str] = (
        "PNG text, EXIF UserComment of JPEG and WebP (also in IFD0), tags of videos; stealth pnginfo in the pixels"
    )
    keys: ClassVar[str] = (
        "parameters and other keys whose text is JSON; in it: base_model, base_model_hash, metadata_scheme, performance, styles, seed, version, "
        "created_by; RuinedFooocus: software, base_model_name, Prompt"
    )
    weighs: ClassVar[str] = "generated: strong; ai-edited for RuinedFooocus with a denoise below 1: strong"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each different text."""
        for _, value, where in carried_objects(content, '"base_model'):
            if value is None:
                yield not_read(self, where)
            elif str(value.get("software", "")).startswith("RuinedFooocus"):
                yield self._ruined(value, where)
            elif "base_model" in value and "seed" in value and len(_OWN & value.keys()) >= 2:
                yield self._plain(value, where)

    def _plain(self, value: dict[str, Any], where: str) -> Finding:
        version = text_of(value.get("version"))
        # Forks write their own name before the number.
        generator = (version or "Fooocus").split()[0]
        listed = value.get("loras")
        pairs = (
            [(one[0], one[2] if len(one) > 2 else None) for one in listed[:LISTED] if isinstance(one, list) and one]
            if isinstance(listed, list)
            else []
        )
        pairs += [(str(text).partition(" : ")[0], None) for key, text in value.items() if _COMBINED.fullmatch(key)]
        details = facts(
            generator_version=version, model=text_of(value.get("base_model")), model_hash=text_of(value.get("base_model_hash")),
            seed=seed_of(value.get("seed")), sampler=text_of(value.get("sampler")), prompt=text_of(value.get("prompt")),
            negative_prompt=text_of(value.get("negative_prompt")), loras=listed_loras(pairs), user=text_of(value.get("created_by")),
            full_prompt=_texts(value.get("full_prompt")), refiner_model=_not_none(text_of(value.get("refiner_model"))),
        )  # fmt: skip
        return stated(
            self,
            generator,
            FROM_TEXT,
            where,
            details,
            unsaid="Whether an input image was used: this text does not say.",
        )

    def _ruined(self, value: dict[str, Any], where: str) -> Finding:
        denoise = value.get("denoise")
        changed = isinstance(denoise, int | float) and not isinstance(denoise, bool) and 0 < denoise < 1
        details = facts(
            generator_version=_not_same(text_of(value.get("software"))), model=text_of(value.get("base_model_name")),
            model_hash=text_of(value.get("base_model_hash")), seed=seed_of(value.get("seed")), sampler=text_of(value.get("sampler_name")),
            prompt=text_of(value.get("Prompt")) or text_of(value.get("prompt")), negative_prompt=text_of(value.get("Negative")),
            loras=listed_loras(_ruined_loras(value.get("loras"))),
        )  # fmt: skip
        return stated(self, "RuinedFooocus", CHANGED if changed else FROM_TEXT, where, details)


def _ruined_loras(listed: Any) -> Iterator[tuple[Any, Any]]:
    """Names and hashes: objects, or pairs of the hash and a text `weight - name`."""
    for one in listed[:LISTED] if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield one.get("name"), one.get("hash")
        elif (
            isinstance(one, list)
            and len(one) == 2
            and isinstance(one[1], str)
            and (packed := _PACKED.fullmatch(one[1]))
        ):
            yield packed[1], one[0]


def _texts(value: Any) -> Any:
    return [text for one in value[:LISTED] if (text := text_of(one))] if isinstance(value, list) else []


def _not_none(text: str | None) -> str | None:
    return None if text in {"None", "none"} else text


def _not_same(text: str | None) -> str | None:
    return None if text == "RuinedFooocus" else text
