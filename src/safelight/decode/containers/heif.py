"""The items of a HEIF or AVIF `meta` box: EXIF, XMP, the size of the primary picture and how it must be turned.

Source: ISO/IEC 14496-12 section 8.11 (`meta`, `iloc`, `iinf`, `pitm`, `iprp`), ISO/IEC 23008-12 (`ispe`, `pixi`, `irot`, `imir`, `auxC`,
Exif and XMP items). `irot` and `imir` are part of decoding a HEIF picture; the EXIF orientation is then only informative.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.boxes import Box, boxes, name_of
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["gather", "tiff_start"]

_ITEMS_MAX: Final = 65_536
_EXTENTS_MAX: Final = 4096
_URN_MAX: Final = 256
_XMP_TYPES: Final = frozenset({"application/rdf+xml", "application/xml", "text/xml"})


_QUARTER_TURN: Final = (0, 1, -1, 0)  # anticlockwise, as rows of a matrix on (right, down)
_LEFT_RIGHT: Final = (-1, 0, 0, 1)
_TOP_BOTTOM: Final = (1, 0, 0, -1)
_ORIENTATIONS: Final = {
    (1, 0, 0, 1): 1,
    _LEFT_RIGHT: 2,
    (-1, 0, 0, -1): 3,
    _TOP_BOTTOM: 4,
    (0, 1, 1, 0): 5,
    (0, -1, 1, 0): 6,
    (0, -1, -1, 0): 7,
    _QUARTER_TURN: 8,
}


class _Item(NamedTuple):
    type: bytes
    content_type: str


class _Place(NamedTuple):
    method: int
    extents: tuple[tuple[int, int], ...]


class _Cursor:
    """Reads big-endian numbers of a box; behind its end every number is 0 and `spent` is true."""

    def __init__(self, data: Source, start: int, stop: int) -> None:
        self.data, self.at, self.stop = data, start, stop

    @property
    def spent(self) -> bool:
        return self.at >= self.stop

    def number(self, size: int) -> int:
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big") if self.at <= self.stop else 0


def tiff_start(data: Source, start: int, stop: int) -> int:
    """Where the TIFF header stands in an `Exif` payload, which states its distance in its first four bytes."""
    distance = int.from_bytes(data[start : start + 4], "big")
    for at in (start + 4 + distance, start + 4, start + 10):
        if at < stop and data[at : at + 2] in (b"II", b"MM"):
            return at
    return min(start + 4, stop)


def gather(data: Source, meta: Box, into: Gathering) -> None:
    """Gathers what the items of a file-level `meta` box carry."""
    # QuickTime writes `meta` without version and flags.
    start = meta.start if data[meta.start + 4 : meta.start + 8] == b"hdlr" else meta.start + 4
    parts: dict[bytes, Box] = {}
    for box in boxes(data, start, meta.stop):
        if not into.step():
            return
        parts.setdefault(box.type, box)
    items = _items(data, parts.get(b"iinf"), into)
    wanted = {number: item for number, item in items.items() if item.type in {b"Exif", b"mime", b"uri "}}
    places = _places(data, parts.get(b"iloc"), frozenset(wanted), into) if wanted else {}
    for number, item in wanted.items():
        _keep(data, meta, parts.get(b"idat"), number, item, places.get(number), into)
    _primary(data, parts, into)
    _auxiliary(data, parts.get(b"iprp"), into)


def _auxiliary(data: Source, iprp: Box | None, into: Gathering) -> None:
    """Notes what the auxiliary pictures (alpha, depth, gain map, mattes) are said to be."""
    if iprp is None:
        return
    for part in boxes(data, iprp.start, iprp.stop):
        if part.type != b"ipco":
            continue
        for box in boxes(data, part.start, part.stop):
            if not into.step():
                return
            if box.type == b"auxC" and box.stop - box.start > 4:
                start = box.start + 4
                urn = data[start : min(box.stop, start + _URN_MAX)].split(b"\x00", 1)[0].decode("latin-1")
                into.take(BlockKind.APP, "BMFF auxC", urn, box.offset, data, start, box.stop, data_offset=start)


def _items(data: Source, iinf: Box | None, into: Gathering) -> dict[int, _Item]:
    items: dict[int, _Item] = {}
    if iinf is None or iinf.start >= iinf.stop:
        return items
    start = iinf.start + (6 if data[iinf.start] == 0 else 8)
    for box in boxes(data, start, iinf.stop):
        if not into.step() or len(items) >= _ITEMS_MAX:
            break
        if box.type != b"infe" or box.stop - box.start < 8:
            continue
        version = data[box.start]
        if version < 2:
            continue
        at = box.start + 4
        wide = 4 if version >= 3 else 2
        kind = data[at + wide + 2 : at + wide + 6]
        content_type = ""
        if kind in {b"mime", b"uri "}:
            strings = data[at + wide + 6 : min(box.stop, at + wide + 1024)].split(b"\x00")
            content_type = strings[1].decode("latin-1") if len(strings) > 1 else ""
        items.setdefault(int.from_bytes(data[at : at + wide], "big"), _Item(kind, content_type))
    return items


def _places(data: Source, iloc: Box | None, wanted: frozenset[int], into: Gathering) -> dict[int, _Place]:
    places: dict[int, _Place] = {}
    if iloc is None:
        return places
    read = _Cursor(data, iloc.start, iloc.stop)
    version = read.number(1)
    read.number(3)
    sizes = read.number(2)
    offset_size, length_size, base_size, index_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    for _ in range(min(read.number(2 if version < 2 else 4), _ITEMS_MAX)):
        if read.spent:
            break
        number = read.number(2 if version < 2 else 4)
        method = read.number(2) & 15 if version else 0
        read.number(2)
        base = read.number(base_size)
        count = read.number(2)
        extent_bytes = (index_size if version else 0) + offset_size + length_size
        if number not in wanted or number in places:
            read.at += count * extent_bytes
            continue
        extents: list[tuple[int, int]] = []
        for _ in range(min(count, _EXTENTS_MAX)):
            # An extent can take no bytes at all, so that the box does not bound their number.
            if read.spent or not into.step():
                break
            if version:
                read.number(index_size)
            offset = read.number(offset_size)
            extents.append((base + offset, read.number(length_size)))
        read.at += max(0, count - _EXTENTS_MAX) * extent_bytes
        places[number] = _Place(method, tuple(extents))
    return places


def _keep(
    data: Source, meta: Box, idat: Box | None, number: int, item: _Item, at: _Place | None, into: Gathering
) -> None:
    container, key = f"BMFF item {number}", item.content_type or name_of(item.type).strip()
    where = place(container, key, meta.offset)
    if at is None or not at.extents:
        into.problem("A metadata item has no place in the file.", where, "nothing of it")
        return
    if at.method == 0:
        origin, end = 0, len(data)
    elif at.method == 1 and idat is not None:
        origin, end = idat.start, idat.stop
    else:
        into.problem("A metadata item is stored in a way that is not read.", where, "nothing of it")
        return
    pieces: list[tuple[int, int]] = []
    room = into.bytes_left
    for offset, length in at.extents:
        start = origin + offset
        stop = start + length if length else end
        if start > end or stop > end:
            into.problem("A metadata item points out of the file.", where, "what lies in the file")
        start, stop = min(start, end), min(stop, end, start + room)
        if stop > start:
            room -= stop - start
            pieces.append((start, stop))
    if not pieces:
        return
    joined = b"".join(data[start:stop] for start, stop in pieces)
    first = pieces[0][0]
    data_offset = first if len(pieces) == 1 else None
    if item.type == b"Exif":
        skip = tiff_start(joined, 0, len(joined))
        into.take(
            BlockKind.EXIF,
            container,
            key,
            first,
            joined,
            skip,
            len(joined),
            data_offset=None if data_offset is None else first + skip,
        )
    else:
        kind = BlockKind.XMP if item.content_type in _XMP_TYPES else BlockKind.APP
        into.add(kind, container, key, first, joined, data_offset=data_offset)


def _primary(data: Source, parts: dict[bytes, Box], into: Gathering) -> None:
    """Notes the size of the primary picture and how the decoder must turn it."""
    pitm, iprp = parts.get(b"pitm"), parts.get(b"iprp")
    if pitm is None or iprp is None or into.frame is not None:
        return
    read = _Cursor(data, pitm.start, pitm.stop)
    version = read.number(1)
    read.number(3)
    primary = read.number(2 if version == 0 else 4)
    properties: list[Box] = []
    indices: list[int] = []
    for box in boxes(data, iprp.start, iprp.stop):
        if box.type == b"ipco" and not properties:
            for one in boxes(data, box.start, box.stop):
                if not into.step():
                    return
                properties.append(one)
        elif box.type == b"ipma" and not indices:
            indices = _associations(data, box, primary)
    width = height = bits = components = 0
    turns: list[str] = []
    matrix = (1, 0, 0, 1)
    for index in indices:
        if not 1 <= index <= len(properties):
            continue
        one = properties[index - 1]
        payload = data[one.start : min(one.stop, one.start + 32)]
        if one.type == b"ispe" and len(payload) >= 12:
            width, height = int.from_bytes(payload[4:8], "big"), int.from_bytes(payload[8:12], "big")
        elif one.type == b"clap" and len(payload) == 32:
            # The picture is what the clean aperture leaves of the coded one.
            wide, wide_by, high, high_by = (int.from_bytes(payload[at : at + 4], "big") for at in (0, 4, 8, 12))
            if wide_by and high_by and 0 < wide // wide_by <= width and 0 < high // high_by <= height:
                width, height = wide // wide_by, high // high_by
        elif one.type == b"pixi" and len(payload) >= 6:
            components, bits = payload[4], payload[5]
        elif one.type == b"irot" and payload:
            turns.append(f"irot {90 * (payload[0] & 3)} degrees anticlockwise")
            for _ in range(payload[0] & 3):
                matrix = _turned(matrix, _QUARTER_TURN)
        elif one.type == b"imir" and payload:
            turns.append(f"imir {'left and right' if payload[0] & 1 else 'top and bottom'} exchanged")
            matrix = _turned(matrix, _LEFT_RIGHT if payload[0] & 1 else _TOP_BOTTOM)
    into.transform = ", then ".join(turns)
    into.box_orientation = _ORIENTATIONS[matrix]
    if width and height:
        into.frame = FrameFacts(width_px=width, height_px=height, bits=bits, components=components, coding="HEIF items")


def _turned(matrix: tuple[int, int, int, int], by: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a, b, c, d = matrix
    e, f, g, h = by
    return e * a + f * c, e * b + f * d, g * a + h * c, g * b + h * d


def _associations(data: Source, ipma: Box, primary: int) -> list[int]:
    read = _Cursor(data, ipma.start, ipma.stop)
    version = read.number(1)
    flags = read.number(3)
    size = 2 if flags & 1 else 1
    for _ in range(min(read.number(4), _ITEMS_MAX)):
        if read.spent:
            break
        number = read.number(4 if version else 2)
        count = read.number(1)
        if number == primary:
            return [read.number(size) & (0x7FFF if size == 2 else 0x7F) for _ in range(count)]
        read.at += count * size
    return []
