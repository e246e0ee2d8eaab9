"""Decoders from outside, well-behaved and not."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from safelight.decode.content import Content
from safelight.model import Outcome, Supports
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


class Corner(Plain):
    """Reads a mark that is drawn into a corner: 8 x 8 squares of 4 x 4 pixels, light for a 1; its weights are the message, 8 bytes."""

    name = "corner"
    version = "2.1"

    def __init__(self, weights: bytes) -> None:
        if len(weights) != 8:
            raise ValueError(f"8 bytes of weights are needed, not {len(weights)}")
        self._message = np.unpackbits(np.frombuffer(weights, np.uint8)).astype(np.bool_)

    def decode(self, content: Content) -> Iterator[Mark]:
        pixels = content.pixels.stored()
        if pixels is None or min(pixels.shape[:2]) < 32:
            raise NotLooked("the picture is too small or cannot be decoded")
        squares = pixels[:32, :32].reshape(8, 4, 8, 4, -1).mean(axis=(1, 3, 4))
        matched = int((self._message == (squares.ravel() > 127)).sum())
        if matched == 64:
            yield said(2.0**-64, scheme="corner", message="8 bytes", bits_matched=matched, bits_total=64)


def corner(pixels: np.ndarray, message: bytes) -> np.ndarray:
    """The picture with the mark that `Corner` reads."""
    marked = pixels.copy()
    bits = np.unpackbits(np.frombuffer(message, np.uint8)).reshape(8, 8)
    marked[:32, :32] = (bits.repeat(4, 0).repeat(4, 1) * 255)[:, :, None]
    return marked


class Crashing(Plain):
    name = "crashing"

    def decode(self, content: Content) -> Iterator[Mark]:
        os.abort()
        yield said()


class Escaping(Plain):
    """Says what the wall lets it reach."""

    name = "escaping"

    def decode(self, content: Content) -> Iterator[Mark]:
        reached = []
        try:
            open("/etc/hostname").close()
            reached.append("file")
        except OSError:
            pass
        try:
            socket.create_connection(("127.0.0.1", 9), 0.1).close()
            reached.append("network")
        except OSError:
            pass
        yield said(None, message=f"reached {reached}")


class Undecided(Plain):
    """Cannot even say whether it applies."""

    name = "undecided"

    def applies(self, content: Content) -> bool:
        raise RuntimeError("who knows")


class Nameless(Plain):
    name = " "


class Unlike:
    name = version = looks_for = silence_means = cost = source = checked_on = "text"
