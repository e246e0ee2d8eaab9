"""RIFF chunks: WebP, and the text of WAVE and AVI.

Source: WebP Container Specification and RFC 9649 (VP8X, VP8, VP8L, ICCP, EXIF, `XMP `), RFC 6386 section 9.1 (VP8 frame header),
Microsoft RIFF (LIST INFO), C2PA 2.2 annex A.3.6 (chunk `C2PA`), Adobe XMP specification part 3 (`_PMX`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.gathering import Gathering

__all__ = ["Chunk", "chunks", "gather"]

_EXIF_HEAD: Final = b"Exif\x00\x00"
_FORMS: Final = {b"WEBP": "WebP", b"WAVE": "WAV", b"AVI ": "AVI"}
_KINDS: Final = {
    b"EXIF": BlockKind.EXIF,
    b"XMP ": BlockKind.XMP,
    b"XMP\x00": BlockKind.XMP,
    b"_PMX": BlockKind.XMP,
    b"ICCP": BlockKind.ICC,
    b"C2PA": BlockKind.JUMBF,
}
_OF_THE_PICTURE: Final = frozenset(
    {b"ALPH", b"ANIM", b"ANMF", b"JUNK", b"idx1", b"data", b"fmt ", b"fact", b"PAD ", b"indx"}
)
_ANIMATION_FLAG: Final = 0x02
_ALPHA_FLAG: Final = 0x10


class Chunk(NamedTuple):
    """One chunk: `data[start:stop]` is its payload, `offset` where its code stands; `whole` is false when the file ends in it."""

    code: bytes
    offset: int
    start: int
    stop: int
    whole: bool


def chunks(data: bytes, start: int, end: int) -> Iterator[Chunk]:
    """Yields the chunks of `data[start:end]`; odd sizes are padded by one byte."""
    while start + 8 <= end:
        code, size = struct.unpack_from("<4sI", data, start)
        stop = start + 8 + size
        yield Chunk(code, start, start + 8, min(stop, end), stop <= end)
        start = stop + (size & 1)


def gather(data: bytes, into: Gathering) -> None:
    """Gathers the metadata of a RIFF file; `RIFX` and `RF64` are not read."""
    if len(data) < 12:
        return
    form = _FORMS.get(data[8:12], "RIFF")
    stated = 8 + int.from_bytes(data[4:8], "little")
    end = min(stated, len(data))
    if stated > len(data):
        into.problem(
            "The file is shorter than its RIFF header says; metadata behind the break cannot be found.",
            place(form, "", 0),
            f"{len(data)} of {stated} bytes",
        )
    for chunk in chunks(data, 12, end):
        if not into.step():
            return
        _chunk(data, chunk, form, into)
    into.trailer(f"{form} trailer", data, end + (end & 1 if data[end : end + 1] == b"\x00" else 0))


def _chunk(data: bytes, chunk: Chunk, form: str, into: Gathering) -> None:
    kind = _KINDS.get(chunk.code)
    if chunk.code == b"LIST":
        if data[chunk.start : chunk.start + 4] == b"INFO":
            _info(data, chunk, form, into)
        return
    if chunk.code in {b"VP8X", b"VP8 ", b"VP8L"}:
        _frame(data, chunk, into)
        return
    if chunk.code in _OF_THE_PICTURE:
        return
    code = chunk.code.decode("latin-1")
    container, key = (f"{form} chunk", code) if kind is None else (f"{form} {code}".rstrip(" \x00"), "")
    if not chunk.whole:
        into.problem(
            "A metadata chunk is cut off.",
            place(container, key, chunk.offset),
            f"its first {chunk.stop - chunk.start} bytes",
        )
    start = chunk.start
    if kind is BlockKind.EXIF and data.startswith(_EXIF_HEAD, start):
        start += len(_EXIF_HEAD)
    into.take(kind or BlockKind.APP, container, key, chunk.offset, data, start, chunk.stop, data_offset=start)


def _info(data: bytes, parent: Chunk, form: str, into: Gathering) -> None:
    for chunk in chunks(data, parent.start + 4, parent.stop):
        if not into.step():
            return
        start, stop = chunk.start, min(chunk.stop, chunk.start + into.bytes_left)
        text = data[start:stop].rstrip(b"\x00")
        into.add(BlockKind.TEXT, f"{form} INFO", chunk.code.decode("latin-1"), chunk.offset, text, data_offset=start)


def _frame(data: bytes, chunk: Chunk, into: Gathering) -> None:
    head = data[chunk.start : min(chunk.stop, chunk.start + 10)]
    known = into.frame
    if chunk.code == b"VP8X" and len(head) == 10 and known is None:
        into.frame = FrameFacts(
            width_px=1 + int.from_bytes(head[4:7], "little"),
            height_px=1 + int.from_bytes(head[7:10], "little"),
            components=4 if head[0] & _ALPHA_FLAG else 3,
            bits=8,
            animated=bool(head[0] & _ANIMATION_FLAG),
            coding="VP8X",
        )
    elif chunk.code == b"VP8 " and len(head) == 10 and head[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 6)
        into.frame = _still(known, width & 0x3FFF, height & 0x3FFF, lossless=False)
    elif chunk.code == b"VP8L" and len(head) >= 5 and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        into.frame = _still(known, 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), lossless=True)


def _still(extended: FrameFacts | None, width: int, height: int, *, lossless: bool) -> FrameFacts:
    return FrameFacts(
        width_px=extended.width_px if extended else width,
        height_px=extended.height_px if extended else height,
        components=extended.components if extended else 3,
        bits=8,
        lossless=lossless,
        animated=bool(extended and extended.animated),
        coding="VP8L" if lossless else "VP8",
    )
