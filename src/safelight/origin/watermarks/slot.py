"""The slot that watermark decoders plug into, Safelight's own and those that a unit brings.

Many watermarks can be read only with weights or keys that their makers give to whom they choose. A unit that has been given some writes one
class with the attributes and the method of `WatermarkDecoder`. Safelight's own decoders are listed in `DECODERS`; those from outside are
named by the setting `watermark_decoders` only (see `outside`). A decoder runs inside the wall like any reader, with no network and no files:
what it needs it loads when it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol

from safelight.decode.content import Content
from safelight.model import JsonValue, Outcome, Supports
from safelight.registry import Registry

__all__ = ["CHANCE_SURE", "DECODERS", "Mark", "NotLooked", "WatermarkDecoder"]


CHANCE_SURE: Final = 1e-9
"""Chance for one picture up to which a mark counts as surely read."""


class NotLooked(Exception):
    """Raised by a decoder that did not look at a picture it would otherwise look at.

    Args:
        why: The reason, to follow "No watermark was looked for: "; without a full stop.
        outcome: `could-not-look` or `did-not-run`.
    """

    def __init__(self, why: str, outcome: Outcome = Outcome.COULD_NOT_LOOK) -> None:
        super().__init__(why)
        self.why = why
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A watermark that a decoder read.

    Attributes:
        scheme: Name of the scheme (`dwtDct`, `TrustMark`).
        message: The message as a person would write it.
        bits_matched: How many of its bits were read as they should be, of `bits_total`.
        chance: Upper bound of the probability that a picture without this mark gives such a result, over everything that was tried
            on it; None when the decoder cannot tell, and then the mark supports nothing.
        supports: What a picture is that carries it: `generated`, `ai-edited`, `edited`, `captured`, or `nothing` for a mark that names an owner.
        generator: The program that writes it; None when it is not known.
        where: Place in the picture.
        could_be_faked_by: What it takes to put the mark into another picture.
        does_not_show: What must not be concluded from it.
        details: More facts as JSON.
    """

    scheme: str
    message: str
    bits_matched: int
    bits_total: int
    chance: float | None
    where: str
    could_be_faked_by: str
    does_not_show: str
    supports: Supports = Supports.NOTHING
    generator: str | None = None
    details: Mapping[str, JsonValue] = field(default_factory=dict)


class WatermarkDecoder(Protocol):
    """Reads one watermark scheme.

    Made once for each worker, before the wall closes: without arguments, or, where the setting names a file of weights, with the bytes of it.

    Class attributes are its documentation, as those of a reader (`safelight.decode.content.Reader`).
    As a reader, it may have a method `applies(content) -> bool`.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    looks_for: ClassVar[str]
    silence_means: ClassVar[str]
    cost: ClassVar[str]
    source: ClassVar[str]
    checked_on: ClassVar[str]

    def decode(self, content: Content) -> Iterable[Mark]:
        """Yields the marks of one picture.

        Args:
            content: A file whose format is that of a picture; `content.pixels.stored()` gives its pixels as stored.

        Raises:
            NotLooked: It could not look, or chose not to. Whatever else is raised counts as "could not look".
        """
        ...


DECODERS: Final = Registry("watermark decoder", ("safelight.origin.watermarks.dwtdct:DwtDctDecoder",))
"""Safelight's own decoders, in the order in which they run."""
