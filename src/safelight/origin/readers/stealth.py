"""Stealth pnginfo: that a text is hidden in the lowest bits of the pixels. What it says is read by the readers of the dialects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from safelight.decode.content import Content
from safelight.model import Basis, Finding, Outcome, Strength, Supports
from safelight.origin.stealth import hidden_text
from safelight.origin.texts import shown

__all__ = ["StealthReader"]


class StealthReader:
    """Reports a hidden text and what was wrong with it."""

    name: ClassVar[str] = "stealth"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "generation parameters hidden in the lowest bits of alpha or colour of PNG and WebP (stealth pnginfo)"
    )
    silence_means: ClassVar[str] = "no such text is there; any lossy saving, scaling or cropping removes it"
    cost: ClassVar[str] = (
        "about 0.05 ms a PNG whose left edge rules it out; else, and for a WebP with alpha or without loss, the decoding of the picture"
    )
    source: ClassVar[str] = "public behaviour of ashen-sensored/sd_webui_stealth_pnginfo, of its forks and of NovelAI"
    checked_on: ClassVar[str] = (
        "8 files with such a text (1 real, 5 transplanted, 2 synthetic): 8 read whole; no other file of the shared carriers was said to hold one"
    )
    where: ClassVar[str] = (
        "the lowest bit of alpha or of red, green and blue, column by column from the top left, in PNG and in WebP with alpha or without loss"
    )
    keys: ClassVar[str] = (
        "stealth_pnginfo, stealth_pngcomp, stealth_rgbinfo, stealth_rgbcomp; length in 32 bits, then text or gzip"
    )
    weighs: ClassVar[str] = (
        "generated, moderate: that a text is hidden; what it says is weighed by the reader of its dialect"
    )
    survives: ClassVar[str] = (
        "removal of all metadata and any saving without loss at the same size; not JPEG, scaling, turning, cropping at the left or top, or a "
        "change of the pixels at the left edge"
    )
    faked_by: ClassVar[str] = "hiding a text in any picture that is saved without loss, with a public program"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for a hidden text, and one for what could not be looked at."""
        hidden = content.once(hidden_text)
        if hidden is None:
            return
        if hidden.key:
            yield Finding(
                reader=self.name,
                version=self.version,
                what=f"A text of {len(hidden.text)} characters is hidden in the pixels, as generators hide their parameters ({hidden.key}).",
                where=hidden.where,
                supports=Supports.GENERATED,
                basis=Basis.DECLARED,
                strength=Strength.MODERATE,
                could_be_faked_by="hiding a text in any picture that is saved without loss, with a public program",
                does_not_show="That the picture is generated: the text says what it says, and its readers tell that apart.",
                details={"carrier": hidden.key, "characters": len(hidden.text)},
            )
        if hidden.trouble:
            yield Finding(
                reader=self.name,
                version=self.version,
                outcome=Outcome.COULD_NOT_LOOK,
                what=f"Text in the lowest bits of the pixels was not read whole: {shown(hidden.trouble, 300)}.",
                where=hidden.where,
                does_not_show="What the rest says.",
            )
