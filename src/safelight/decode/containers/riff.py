"""RIFF chunks: WebP, WAVE and AVI.

Source: WebP Container Specification and RFC 9649 (VP8X, VP8, VP8L, ICCP, EXIF, `XMP `), RFC 6386 section 9.1 (VP8 frame header),
Microsoft RIFF and AVI (LIST INFO, hdrl, strl, adtl, IDIT), OpenDML 1.02 (AVIX), EBU Tech 3285 and 3306 (bext, RF64), C2PA 2.2 annex
A.3.6 (chunk `C2PA`), Adobe XMP specification part 3 (`_PMX`), TC260-PG-20257A and 202510A (`AIGC` in INFO of AVI, as a chunk of WAVE).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from safelight.decode.containers import id3
from safelight.decode.containers.block import BlockKind, FrameFacts, looks_like_text, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["SIGNATURES", "Chunk", "chunks", "gather"]

SIGNATURES: Final = (b"RIFF", b"RF64", b"BW64")

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
    {b"ALPH", b"ANIM", b"ANMF", b"JUNK", b"idx1", b"data", b"fmt ", b"fact", b"PAD ", b"indx", b"ds64", b"strh", b"strf", b"vprp",
     b"dmlh", b"FLLR", b"LGWV"}
)  # fmt: skip
_TEXTS: Final = frozenset({b"AIGC", b"iXML", b"axml", b"aXML", b"IDIT", b"ISMP", b"strn"})
_BEXT_TEXTS: Final = (("Description", 0, 256), ("Originator", 256, 288), ("OriginatorReference", 288, 320))
_BEXT_BYTES: Final = 602
_DEPTH_MAX: Final = 4
_OTHER_MAX_BYTES: Final = 1 << 20
_ANIMATION_FLAG: Final = 0x02
_ALPHA_FLAG: Final = 0x10
_UNKNOWN_SIZE: Final = 0xFFFFFFFF


class Chunk(NamedTuple):
    """One chunk: `data[start:stop]` is its payload, `offset` where its code stands; `whole` is false when the file ends in it."""

    code: bytes
    offset: int
    start: int
    stop: int
    whole: bool


def chunks(
    data: Source, start: int, end: int, wide: int | None = None, order: Literal["little", "big"] = "little"
) -> Iterator[Chunk]:
    """Yields the chunks of `data[start:end]`; odd sizes are padded by one byte.

    Args:
        order: Byte order of sizes; `big` for IFF, RIFF's model.
        wide: The size in bytes of a `data` chunk that states 0xFFFFFFFF, as RF64 gives it elsewhere.
    """
    while start + 8 <= end:
        code, size = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], order)
        if wide is not None and code == b"data" and size == _UNKNOWN_SIZE:
            size = wide
        stop = start + 8 + size
        yield Chunk(code, start, start + 8, min(stop, end), stop <= end)
        start = stop + (size & 1)


def gather(data: Source, into: Gathering) -> None:
    """Gathers the metadata of a RIFF file; `RIFX`, which is big-endian, is not read."""
    if len(data) < 12:
        return
    form = _FORMS.get(data[8:12], "RIFF")
    start, wide = 0, None
    if data[:4] != b"RIFF" and data[12:16] == b"ds64":
        wide = int.from_bytes(data[28:36], "little")
    end = 0
    while into.step():
        stated = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
        if wide is not None and not start:
            stated = 8 + int.from_bytes(data[20:28], "little")
        end = min(stated, len(data))
        if stated > len(data):
            into.problem(
                "The file is shorter than its RIFF header says; metadata behind the break cannot be found.",
                place(form, "", start),
                f"{len(data) - start} of {stated - start} bytes",
            )
        for chunk in chunks(data, start + 12, end, wide):
            if not into.step():
                return
            _chunk(data, chunk, form, into, 0)
        # A large AVI goes on in further RIFF parts.
        start = end + (end & 1)
        if form != "AVI" or not (data.startswith(b"RIFF", start) and data[start + 8 : start + 12] == b"AVIX"):
            break
    into.trailer(f"{form} trailer", data, end + (end & 1 if data[end : end + 1] == b"\x00" else 0))


def _chunk(data: Source, chunk: Chunk, form: str, into: Gathering, depth: int) -> None:
    kind = _KINDS.get(chunk.code)
    if chunk.code == b"LIST":
        _list(data, chunk, form, into, depth)
        return
    if chunk.code in {b"VP8X", b"VP8 ", b"VP8L", b"avih"}:
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
    start, stop = chunk.start, chunk.stop
    if chunk.code in {b"id3 ", b"ID3 "} and data.startswith(id3.SIGNATURE, start):
        id3.tag(data, start, stop, into)
        return
    if chunk.code == b"bext" and stop - start >= _BEXT_BYTES:
        _broadcast(data, chunk, form, into)
        return
    if kind is BlockKind.EXIF and data.startswith(_EXIF_HEAD, start):
        start += len(_EXIF_HEAD)
    if kind is None and chunk.code in _TEXTS and looks_like_text(data[start : min(stop, start + into.bytes_left)]):
        _text(data, start, stop, into, container, key, chunk.offset)
        return
    if kind is None and form != "WebP":
        stop = min(stop, start + _OTHER_MAX_BYTES)
    into.take(kind or BlockKind.APP, container, key, chunk.offset, data, start, stop, data_offset=start)


def _list(data: Source, parent: Chunk, form: str, into: Gathering, depth: int) -> None:
    name = data[parent.start : min(parent.start + 4, parent.stop)]
    if name == b"movi":
        return
    if depth >= _DEPTH_MAX:
        into.problem("Lists are nested too deeply.", place(form, "LIST", parent.offset), "every list above")
        return
    for chunk in chunks(data, parent.start + 4, parent.stop):
        if not into.step():
            return
        if name == b"INFO":
            stop = min(chunk.stop, chunk.start + into.bytes_left)
            key = chunk.code.decode("latin-1")
            _text(data, chunk.start, stop, into, f"{form} INFO", key, chunk.offset)
        elif name == b"adtl" and chunk.code in {b"labl", b"note"}:
            start = min(chunk.start + 4, chunk.stop)  # behind the number of the cue
            _text(data, start, chunk.stop, into, f"{form} adtl", chunk.code.decode("latin-1"), chunk.offset)
        else:
            _chunk(data, chunk, form, into, depth + 1)


def _text(data: Source, start: int, stop: int, into: Gathering, container: str, key: str, offset: int) -> None:
    text = data[start:stop].rstrip(b"\x00")
    into.add(BlockKind.TEXT, container, key, offset, text, data_offset=start)


def _broadcast(data: Source, chunk: Chunk, form: str, into: Gathering) -> None:
    """The texts of a broadcast-wave chunk, each padded with NULs, the coding history at its end."""
    fields = (*_BEXT_TEXTS, ("CodingHistory", _BEXT_BYTES, chunk.stop - chunk.start))
    for key, first, last in fields:
        start, stop = chunk.start + first, min(chunk.start + last, chunk.stop, chunk.start + first + into.bytes_left)
        if data[start:stop].strip(b"\x00"):
            _text(data, start, stop, into, f"{form} bext", key, chunk.offset)


def _frame(data: Source, chunk: Chunk, into: Gathering) -> None:
    head = data[chunk.start : min(chunk.stop, chunk.start + 40)]
    known = into.frame
    if chunk.code == b"avih" and len(head) == 40 and known is None:
        width, height = struct.unpack_from("<II", head, 32)
        if width and height:
            into.frame = FrameFacts(width_px=width, height_px=height, animated=True, coding="AVI header")
    elif chunk.code == b"VP8X" and len(head) >= 10 and known is None:
        into.frame = FrameFacts(
            width_px=1 + int.from_bytes(head[4:7], "little"),
            height_px=1 + int.from_bytes(head[7:10], "little"),
            components=4 if head[0] & _ALPHA_FLAG else 3,
            bits=8,
            animated=bool(head[0] & _ANIMATION_FLAG),
            coding="VP8X",
        )
    elif chunk.code == b"VP8 " and len(head) >= 10 and head[3:6] == b"\x9d\x01\x2a":
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
