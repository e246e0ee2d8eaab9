"""Watermarks that metadata name: facts and leads, never a word on origin. Those in C2PA manifests are told by the reader of C2PA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue
from safelight.origin.bindings import named_in
from safelight.origin.texts import carried_texts

__all__ = ["BindingReader"]

_CHARS_MAX: Final = 2000
# What a person typed for a model to draw names no watermark of the file.
_PROMPTS: Final = frozenset({"parameters", "prompt", "workflow", "dream", "aipromptinformation", "negative_prompt"})
_FOUND_MAX: Final = 10


class BindingReader:
    """Reads the names of watermarks in texts of metadata."""

    name: ClassVar[str] = "watermark-names"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "names of invisible watermarks (SynthID, TrustMark, Digimarc and others) in texts and XMP"
    )
    silence_means: ClassVar[str] = "nothing: a watermark that no text names can be there, and a named one can be gone"
    cost: ClassVar[str] = "about 0.02 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = (
        "the C2PA soft binding algorithm list as c2pa-rs carries it; names as their owners write them"
    )
    checked_on: ClassVar[str] = (
        "drawn by tests for each name; 788 files that no generator made: 0 named, and none said to be generated"
    )
    where: ClassVar[str] = (
        "any text of metadata, XMP property names and values; C2PA soft-binding assertions by the reader of C2PA"
    )
    keys: ClassVar[str] = "an algorithm of the soft binding list (com.adobe.trustmark.P), or the product's name"
    weighs: ClassVar[str] = "nothing: a fact and a lead to who can decode it"
    survives: ClassVar[str] = "the name as long as the metadata; the watermark itself often longer"
    faked_by: ClassVar[str] = "writing the name into any file"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each product that is named."""
        told: set[str] = set()
        for key, text, where in carried_texts(content):
            if len(text) > _CHARS_MAX or key.lower() in _PROMPTS:
                continue
            for written, product in named_in(f"{key} {text}").items():
                if product in told or len(told) == _FOUND_MAX:
                    continue
                told.add(product)
                details: dict[str, JsonValue] = {"watermarks_named": [{"algorithm": written, "product": product}]}
                yield Finding(
                    reader=self.name,
                    version=self.version,
                    what=f"A text names an invisible watermark or fingerprint: {product}.",
                    where=where,
                    could_be_faked_by=self.faked_by,
                    does_not_show="That the pixels carry it, or how the picture came to be: photographs are watermarked too.",
                    details=details,
                )
