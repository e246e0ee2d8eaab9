"""Decoders from outside, well-behaved and not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, ClassVar

from safelight.decode.content import Content
from safelight.model import Outcome, Supports
from safelight.origin.readers.watermarks import DecoderReader
from safelight.origin.watermarks.slot import Mark, NotLooked


def said(chance: float | None = 1e-12, **more: Any) -> Mark:
    told: dict[str, Any] = {
        "scheme": "Unit", "message": "100 bits", "bits_matched": 99, "bits_total": 100, "where": "pixels", "could_be_faked_by": "the unit's key",
        "does_not_show": "Who made it.", "supports": Supports.GENERATED, "generator": "Known to the unit",
    }  # fmt: skip
    return Mark(chance=chance, **(told | more))


class Plain:
    name: ClassVar[str] = "plain"
    version: ClassVar[str] = "3"
    looks_for: ClassVar[str] = "the unit's mark"
    silence_means: ClassVar[str] = "nothing"
    cost: ClassVar[str] = "0 ms"
    source: ClassVar[str] = "drawn"
    checked_on: ClassVar[str] = "0 files"

    def decode(self, content: Content) -> Iterator[Mark]:
        yield said()


class PlainReader(DecoderReader):
    decoder = Plain


class Odds(Plain):
    name = "odds"

    def decode(self, content: Content) -> Iterator[Mark]:
        for chance in (1e-9, 1e-7, 1e-4, 0.01, 1.0, 0.0, None):
            yield said(chance)


class Failing(Plain):
    name = "failing"

    def decode(self, content: Content) -> Iterator[Mark]:
        yield said()
        raise KeyError("weights\nlost \u202e")


class Leaving(Plain):
    name = "leaving"

    def decode(self, content: Content) -> Iterator[Mark]:
        sys.exit(3)
        yield said()


class Starving(Plain):
    name = "starving"

    def decode(self, content: Content) -> Iterator[Mark]:
        raise MemoryError


class Declining(Plain):
    name = "declining"

    def decode(self, content: Content) -> Iterator[Mark]:
        raise NotLooked("it costs too much here", Outcome.DID_NOT_RUN)
        yield said()


class Babbling(Plain):
    name = "babbling"

    def decode(self, content: Content) -> Iterator[Any]:
        yield "a mark"


class Uncertain(Plain):
    name = "uncertain"

    def decode(self, content: Content) -> Iterator[Mark]:
        yield said(float("nan"))


class Unready(Plain):
    name = "unready"

    def __init__(self) -> None:
        raise OSError("no weights")
