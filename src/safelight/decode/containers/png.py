"""PNG and APNG chunks, before and after the picture data.

Source: W3C PNG Specification, third edition (chunk layout, tEXt, zTXt, iTXt, iCCP, eXIf, APNG); C2PA specification 2.2,
annex A.3.2 (caBX); the `Raw profile type` convention is that of ImageMagick (hexadecimal text after a name and a length).
"""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers import photoshop
from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.gathering import Gathering

__all__ = ["SIGNATURE", "Chunk", "chunks", "gather"]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

_HEAD: Final = struct.Struct(">I4s")
_PICTURE: Final = frozenset({b"IDAT", b"fdAT"})
_OF_THE_PICTURE: Final = frozenset(
    {b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"pHYs", b"bKGD", b"sBIT", b"hIST", b"sPLT", b"tIME",
     b"fcTL", b"iDOT", b"IEND"}
)  # fmt: skip
_CHUNKS_MAX: Final = 4_000_000
_KEYWORD_MAX: Final = 1024
_COMPONENTS: Final = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_XMP_KEYWORD: Final = "XML:com.adobe.xmp"
_RAW_PROFILE: Final = "Raw profile type "
_EXIF_HEAD: Final = b"Exif\x00\x00"
_ITXT_PARTS: Final = 2


class Chunk(NamedTuple):
    """One chunk: `data[start:stop]` is its payload, `offset` where its length field stands.

    `whole` is false when the file ends in it.
    """

    type: bytes
    offset: int
    start: int
    stop: int
    whole: bool


def chunks(data: bytes, start: int = 0) -> Iterator[Chunk]:
    """Yields every chunk but those of picture data (IDAT, fdAT), up to and including IEND; never reads past the end.

    `start` is where the signature stands.

    The walk ends where a chunk's type is not four letters, for what follows is not PNG.
    """
    position, end = start + len(SIGNATURE), len(data)
    unpack = _HEAD.unpack_from
    for _ in range(_CHUNKS_MAX):
        if position + 8 > end:
            return
        length, kind = unpack(data, position)
        stop = position + 8 + length
        if kind not in _PICTURE:
            if not kind.isalpha():
                return
            yield Chunk(kind, position, position + 8, min(stop, end), stop + 4 <= end)
            if kind == b"IEND":
                return
        position = stop + 4


def gather(data: bytes, into: Gathering) -> None:
    """Gathers the metadata of a PNG."""
    last: Chunk | None = None
    for chunk in chunks(data):
        last = chunk
        if not into.step():
            return
        if chunk.type in _OF_THE_PICTURE:
            continue
        if not chunk.whole:
            into.problem(
                "The file ends inside a metadata chunk.",
                _where(chunk),
                f"the {chunk.stop - chunk.start} bytes that are there",
            )
        elif zlib.crc32(memoryview(data)[chunk.start - 4 : chunk.stop]) != int.from_bytes(
            data[chunk.stop : chunk.stop + 4], "big"
        ):
            into.problem("The checksum of a metadata chunk is wrong.", _where(chunk), "the chunk as it is")
        _COLLECTORS.get(chunk.type, _other)(data, chunk, into)
    if last is None or last.type != b"IEND":
        into.problem(
            "The chunks of the PNG do not go on to its end chunk; metadata behind the break cannot be found.",
            place("PNG", "", len(data) if last is None else last.offset),
            "every chunk before the break",
        )
    else:
        into.trailer("PNG trailer", data, last.stop + 4)


def _where(chunk: Chunk) -> str:
    return place(f"PNG {chunk.type.decode('ascii')}", "", chunk.offset)


def _header(data: bytes, chunk: Chunk, into: Gathering) -> None:
    if chunk.stop - chunk.start < 13 or into.frame is not None:
        return
    width, height, bits, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", data, chunk.start)
    into.frame = FrameFacts(
        width_px=width,
        height_px=height,
        bits=bits,
        components=_COMPONENTS.get(colour, 0),
        progressive=bool(interlace),
        lossless=True,
        coding="deflate",
    )


def _animation(_data: bytes, _chunk: Chunk, into: Gathering) -> None:
    if into.frame is not None:
        into.frame = dataclasses.replace(into.frame, animated=True)


def _text(data: bytes, chunk: Chunk, into: Gathering) -> None:
    key, start = _keyword(data, chunk)
    _keep_text(into, "PNG tEXt", key, chunk.offset, data, start, chunk.stop, start, "latin-1")


def _compressed_text(data: bytes, chunk: Chunk, into: Gathering) -> None:
    key, start = _keyword(data, chunk)
    text = into.inflate(data, start + 1, chunk.stop, place("PNG zTXt", key, chunk.offset))
    _keep_text(into, "PNG zTXt", key, chunk.offset, text, 0, len(text), None, "latin-1")


def _international_text(data: bytes, chunk: Chunk, into: Gathering) -> None:
    key, start = _keyword(data, chunk)
    compressed = data[start : start + 1] == b"\x01"
    position = start + 2
    for _ in range(_ITXT_PARTS):  # language tag and translated keyword
        end = data.find(b"\x00", position, chunk.stop)
        position = chunk.stop if end < 0 else end + 1
    if compressed:
        text = into.inflate(data, position, chunk.stop, place("PNG iTXt", key, chunk.offset))
        _keep_text(into, "PNG iTXt", key, chunk.offset, text, 0, len(text), None, "utf-8")
    else:
        _keep_text(into, "PNG iTXt", key, chunk.offset, data, position, chunk.stop, position, "utf-8")


def _keyword(data: bytes, chunk: Chunk) -> tuple[str, int]:
    """The keyword and the position behind its NUL; without a NUL the payload is all text and has no keyword."""
    end = data.find(b"\x00", chunk.start, min(chunk.stop, chunk.start + _KEYWORD_MAX))
    if end < 0:
        return "", chunk.start
    raw = data[chunk.start : end]
    try:
        return raw.decode("utf-8"), end + 1
    except UnicodeDecodeError:
        return raw.decode("latin-1"), end + 1


def _keep_text(
    into: Gathering,
    container: str,
    key: str,
    offset: int,
    source: bytes,
    start: int,
    stop: int,
    data_offset: int | None,
    encoding: str,
) -> None:
    if key == _XMP_KEYWORD:
        into.take(BlockKind.XMP, container, key, offset, source, start, stop, data_offset=data_offset)
        return
    if key.startswith(_RAW_PROFILE) and _keep_raw_profile(
        into, container, key, offset, source[start : min(stop, start + into.bytes_left)]
    ):
        return
    into.take(BlockKind.TEXT, container, key, offset, source, start, stop, data_offset=data_offset, encoding=encoding)


def _keep_raw_profile(into: Gathering, container: str, key: str, offset: int, text: bytes) -> bool:
    parts = text.split(None, 2)
    if len(parts) < 3 or not parts[1].isdigit():
        return False
    try:
        profile = bytes.fromhex(parts[2].decode("ascii", "replace"))
    except ValueError:
        into.problem("A raw profile is not hexadecimal text.", place(container, key, offset), "the text as it is")
        return False
    name = key[len(_RAW_PROFILE) :].strip().lower()
    if name in {"exif", "app1"} and profile.startswith((_EXIF_HEAD, b"II", b"MM")):
        into.add(BlockKind.EXIF, container, key, offset, profile.removeprefix(_EXIF_HEAD))
    elif name == "xmp" or (name == "app1" and b"<" in profile):
        into.add(BlockKind.XMP, container, key, offset, profile[profile.find(b"<") if b"<" in profile else 0 :])
    elif name in {"iptc", "8bim"} and profile.startswith(b"\x1c"):
        into.add(BlockKind.IPTC, container, key, offset, profile)
    elif name in {"iptc", "8bim"}:
        photoshop.gather(profile, into, container, offset)
    elif name in {"icc", "icm"}:
        into.add(BlockKind.ICC, container, key, offset, profile)
    else:
        into.add(BlockKind.APP, container, key, offset, profile)
    return True


def _exif(data: bytes, chunk: Chunk, into: Gathering) -> None:
    # Some writers wrongly carry over the JPEG identifier.
    start = chunk.start + (6 if data.startswith(_EXIF_HEAD, chunk.start) else 0)
    into.take(BlockKind.EXIF, "PNG eXIf", "", chunk.offset, data, start, chunk.stop, data_offset=start)


def _icc(data: bytes, chunk: Chunk, into: Gathering) -> None:
    key, start = _keyword(data, chunk)
    into.add(
        BlockKind.ICC,
        "PNG iCCP",
        key,
        chunk.offset,
        into.inflate(data, start + 1, chunk.stop, place("PNG iCCP", key, chunk.offset)),
    )


def _jumbf(data: bytes, chunk: Chunk, into: Gathering) -> None:
    into.take(BlockKind.JUMBF, "PNG caBX", "", chunk.offset, data, chunk.start, chunk.stop, data_offset=chunk.start)


def _other(data: bytes, chunk: Chunk, into: Gathering) -> None:
    into.take(
        BlockKind.APP,
        "PNG chunk",
        chunk.type.decode("ascii"),
        chunk.offset,
        data,
        chunk.start,
        chunk.stop,
        data_offset=chunk.start,
    )


_COLLECTORS: Final = {
    b"IHDR": _header,
    b"acTL": _animation,
    b"tEXt": _text,
    b"zTXt": _compressed_text,
    b"iTXt": _international_text,
    b"eXIf": _exif,
    b"exIf": _exif,
    b"iCCP": _icc,
    b"caBX": _jumbf,
}
