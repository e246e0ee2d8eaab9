"""JPEG segments, also those between and behind the scans, and what lies behind the end of the picture.

Source: ITU-T T.81 annex B (markers), Exif 3.0 / CIPA DC-008 section 4.7 (APP1), Adobe XMP specification part 3 section 1.1.3
(standard and extended XMP), ICC.1:2022 annex B.4 (APP2), CIPA DC-007 (MPF), Adobe Photoshop file formats
(APP13), C2PA 2.2 annex A.3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers import photoshop, quantisation
from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.containers.jumbf import App11Boxes

__all__ = ["Segment", "gather", "segments"]

_TABLES_MAX: Final = 64
_GUIDS_MAX: Final = 16
_NAME_MAX: Final = 64
# 0xFF may be repeated as fill before a marker.
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# In picture data 0xFF is followed by 0x00 (stuffing) or a restart marker; of the others only these may end a scan, and taking
# no more for a marker keeps damaged picture data from being read as segments.
_MARKER_AFTER_SCAN: Final = re.compile(rb"\xff[\xc4\xcc\xd9-\xdd\xe0-\xef\xfe]")

_EXIF: Final = b"Exif\x00"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_EXTENSION: Final = b"http://ns.adobe.com/xmp/extension/\x00"
_ICC: Final = b"ICC_PROFILE\x00"
_PHOTOSHOP: Final = b"Photoshop 3.0\x00"

_SOI: Final = 0xD8
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_DQT: Final = 0xDB
_COM: Final = 0xFE
_NO_PAYLOAD: Final = frozenset({0x01, _SOI, *range(0xD0, 0xD8)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_CODINGS: Final = {0: "baseline DCT", 1: "extended sequential DCT", 2: "progressive DCT", 3: "lossless"}


class Segment(NamedTuple):
    """One marker segment: `data[start:stop]` is its payload, `offset` where its 0xFF stands; EOI and the like have none.

    `whole` is false when the file ends in the segment; `stray` counts bytes before it that belong to nothing.
    """

    marker: int
    offset: int
    start: int
    stop: int
    whole: bool
    stray: int


def segments(data: bytes, start_of_image: int = 0) -> Iterator[Segment]:
    """Yields every segment of the picture whose SOI stands there, its EOI last when there is one; picture data are passed over.

    Reads no byte twice but for markers, and never past the end.
    """
    position, end = start_of_image + 2, len(data)
    in_scan = False
    while True:
        match = (_MARKER_AFTER_SCAN if in_scan else _MARKER).search(data, position)
        if match is None:
            return
        offset = match.start()
        stray = 0 if in_scan else len(data[position:offset].rstrip(b"\xff"))
        marker = data[offset + 1]
        start = offset + 2
        if marker == _EOI:
            yield Segment(marker, offset, start, start, True, stray)
            return
        if marker in _NO_PAYLOAD:
            yield Segment(marker, offset, start, start, True, stray)
            position = start
            continue
        length = int.from_bytes(data[start : start + 2], "big")
        stop = start + length
        yield Segment(
            marker,
            offset,
            min(start + 2, end),
            max(min(stop, end), min(start + 2, end)),
            length >= 2 and stop <= end,
            stray,
        )
        if length < 2:
            position = start
            continue
        if stop >= end:
            return
        in_scan = marker == _SOS
        position = stop


class _Parts:
    """What is spread over several segments and joined when the walk is over."""

    def __init__(self) -> None:
        self.extended: dict[bytes, tuple[int, int, dict[int, tuple[int, int]]]] = {}
        self.icc: dict[int, tuple[int, int, int]] = {}
        self.photoshop: list[tuple[int, int, int]] = []
        self.boxes = App11Boxes()


def gather(data: bytes, into: Gathering) -> None:
    """Gathers the metadata of a JPEG."""
    parts = _Parts()
    last: Segment | None = None
    for segment in segments(data):
        last = segment
        if not into.step():
            break
        marker = segment.marker
        if segment.stray:
            into.problem(
                "Bytes that belong to no segment stand before this one.",
                _where(segment),
                f"the segment; {segment.stray} bytes were passed over",
            )
        if not segment.whole:
            into.problem(
                "A segment is cut off or states a length that cannot be.",
                _where(segment),
                f"its first {segment.stop - segment.start} bytes",
            )
        if 0xE0 <= marker <= 0xEF:
            _application(data, segment, parts, into)
        elif marker == _COM:
            into.take(
                BlockKind.COMMENT,
                "JPEG COM",
                "",
                segment.offset,
                data,
                segment.start,
                segment.stop,
                data_offset=segment.start,
            )
        elif marker == _DQT and len(into.tables) < _TABLES_MAX:
            into.tables.extend(quantisation.tables(data, segment.start, segment.stop, segment.offset))
        elif marker in _FRAMES and into.frame is None and segment.stop - segment.start >= 6:
            into.frame = _frame(data, segment)
    _finish(data, parts, into)
    if last is not None and last.marker == _EOI:
        into.trailer("JPEG trailer", data, last.stop)
    else:
        into.problem(
            "The JPEG has no end marker; metadata behind the break cannot be found.",
            place("JPEG", "", len(data)),
            "every segment before the end",
        )


def _where(segment: Segment) -> str:
    return place(_name(segment), "", segment.offset)


def _name(segment: Segment) -> str:
    if 0xE0 <= segment.marker <= 0xEF:
        return f"JPEG APP{segment.marker - 0xE0}"
    return {_COM: "JPEG COM", _DQT: "JPEG DQT", _SOS: "JPEG SOS", _EOI: "JPEG EOI"}.get(
        segment.marker, f"JPEG segment 0x{segment.marker:02X}"
    )


def _frame(data: bytes, segment: Segment) -> FrameFacts:
    at = segment.start
    kind = segment.marker & 3
    return FrameFacts(
        bits=data[at],
        height_px=int.from_bytes(data[at + 1 : at + 3], "big"),
        width_px=int.from_bytes(data[at + 3 : at + 5], "big"),
        components=data[at + 5],
        progressive=kind == 2,
        lossless=kind == 3,
        coding=_CODINGS[kind] + (", arithmetic" if segment.marker > 0xC8 else ""),
    )


def _application(data: bytes, segment: Segment, parts: _Parts, into: Gathering) -> None:
    number, start, stop = segment.marker - 0xE0, segment.start, segment.stop
    if number == 1 and data.startswith(_EXIF, start) and stop - start >= 6:
        into.take(BlockKind.EXIF, "JPEG APP1", "Exif", segment.offset, data, start + 6, stop, data_offset=start + 6)
    elif number == 1 and data.startswith(_XMP, start):
        start += len(_XMP)
        into.take(BlockKind.XMP, "JPEG APP1", "XMP", segment.offset, data, start, stop, data_offset=start)
    elif number == 1 and data.startswith(_XMP_EXTENSION, start):
        _extended(data, segment, parts, into)
    elif number == 2 and data.startswith(_ICC, start) and stop - start >= 14:
        parts.icc.setdefault(data[start + 12], (segment.offset, start + 14, stop))
    elif number == 13 and data.startswith(_PHOTOSHOP, start):
        parts.photoshop.append((segment.offset, start + len(_PHOTOSHOP), stop))
    elif number == 11 and parts.boxes.segment(data, segment.offset, start, stop):
        return
    else:
        key = _identifier(data[start : min(stop, start + _NAME_MAX)])
        into.take(BlockKind.APP, f"JPEG APP{number}", key, segment.offset, data, start, stop, data_offset=start)


def _identifier(head: bytes) -> str:
    """The printable start of an application segment, which by custom is its name and ends with a NUL."""
    name = head.split(b"\x00", 1)[0]
    return name.decode("ascii") if name.isascii() and name.decode("ascii").isprintable() else ""


def _extended(data: bytes, segment: Segment, parts: _Parts, into: Gathering) -> None:
    head = segment.start + len(_XMP_EXTENSION)
    if segment.stop - head < 40:
        into.problem("A segment of extended XMP is too short.", _where(segment), "nothing of it")
        return
    guid = data[head : head + 32]
    if guid not in parts.extended and len(parts.extended) >= _GUIDS_MAX:
        into.problem("The file holds too many extended XMP packets.", _where(segment), f"the first {_GUIDS_MAX}")
        return
    size = int.from_bytes(data[head + 32 : head + 36], "big")
    _, _, pieces = parts.extended.setdefault(guid, (segment.offset, size, {}))
    pieces.setdefault(int.from_bytes(data[head + 36 : head + 40], "big"), (head + 40, segment.stop))


def _finish(data: bytes, parts: _Parts, into: Gathering) -> None:
    for guid, (offset, size, pieces) in parts.extended.items():
        joined, whole = _joined_extension(data, size, pieces, into.bytes_left)
        key = guid.decode("latin-1")
        if not whole:
            where = place("JPEG APP1 extended XMP", key, offset)
            into.problem(
                "Pieces of extended XMP are missing, overlap or exceed the bounds.",
                where,
                f"{len(joined)} of {size} bytes",
            )
        into.add(BlockKind.XMP, "JPEG APP1 extended XMP", key, offset, joined)
    if parts.icc:
        ordered = [parts.icc[number] for number in sorted(parts.icc)]
        into.add(
            BlockKind.ICC,
            "JPEG APP2",
            "ICC_PROFILE",
            ordered[0][0],
            b"".join(data[start:stop] for _, start, stop in ordered),
        )
    if parts.photoshop:
        offset, first, _ = parts.photoshop[0]
        single = len(parts.photoshop) == 1
        whole_block = b"".join(data[start:stop] for _, start, stop in parts.photoshop)
        data_offset = first if single else None
        into.add(BlockKind.APP, "JPEG APP13", "Photoshop 3.0", offset, whole_block, data_offset=data_offset)
        photoshop.gather(whole_block, into, "JPEG APP13", offset, data_offset)
    parts.boxes.finish(data, into)


def _joined_extension(data: bytes, size: int, pieces: dict[int, tuple[int, int]], room: int) -> tuple[bytes, bool]:
    """Joins pieces by their stated offset up to the first gap; says whether the stated size was reached exactly."""
    found: list[bytes] = []
    reached = 0
    for offset in sorted(pieces):
        start, stop = pieces[offset]
        if offset != reached or reached + (stop - start) > room:
            break
        found.append(data[start:stop])
        reached += stop - start
    return b"".join(found), reached == size
