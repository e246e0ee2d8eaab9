"""TIFF directories (IFDs), as TIFF and BigTIFF files and every EXIF block consist of them, and the blocks a TIFF file carries.

Source: TIFF 6.0 (Adobe, 1992), BigTIFF as written down in libtiff, Exif 3.0 / CIPA DC-008 (EXIF, GPS and interoperability IFDs,
type 129), TIFF Technical Note 1 (SubIFDs), Adobe XMP specification part 3 (tag 700), C2PA 2.2 annex A.3.5 (tag 0xCD41).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from safelight.decode.containers import photoshop
from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.gathering import Gathering

__all__ = [
    "Directory",
    "Entry",
    "Rational",
    "Structure",
    "Value",
    "as_text",
    "gather",
    "is_tiff",
    "raw",
    "structure",
    "value",
]

_ENTRIES_MAX: Final = 65_536
_DIRECTORIES_MAX: Final = 4096
_POINTERS_MAX: Final = 64
# Exif says LONG; SLONG, SHORT and IFD stand there too.
_POINTER_TYPES: Final = frozenset({3, 4, 9, 13, 16, 17, 18})
_PHOTOSHOP_MAX: Final = 8
_VALUES_MAX: Final = 65_536
# Panasonic RW2 and Olympus ORF write numbers of their own; the layout is TIFF all the same.
_CLASSIC: Final = frozenset({42, 0x55, 0x4F52, 0x5352})
_BIG: Final = 43
_SIZES: Final = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
    129: 1,
}
_CODES: Final = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_POINTERS: Final = {0x8769: "ExifIFD", 0x8825: "GPS", 0xA005: "Interop", 0x014A: "SubIFD"}
_BLOCKS: Final = {0x02BC: BlockKind.XMP, 0x83BB: BlockKind.IPTC, 0x8773: BlockKind.ICC, 0xCD41: BlockKind.JUMBF}
_PHOTOSHOP: Final = 0x8649


class Rational(NamedTuple):
    """A TIFF rational as it stands there: nothing is reduced, and the denominator can be 0."""

    numerator: int
    denominator: int

    def __float__(self) -> float:
        return self.numerator / self.denominator if self.denominator else float("nan")


Value: TypeAlias = int | float | str | bytes | Rational | tuple[int, ...] | tuple[float, ...] | tuple[Rational, ...]


class Entry(NamedTuple):
    """One directory entry; `number` values from `start` of the buffer on, `size` bytes in all; as stated, unchecked."""

    tag: int
    type: int
    number: int
    start: int
    size: int


class Directory(NamedTuple):
    """One directory: its name (`IFD0`, `ExifIFD`, `GPS`, `Interop`, `IFD1`, `SubIFD` ...), offset in the buffer, and entries."""

    name: str
    offset: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """The directories of one buffer in the order found, each visited once, and what was wrong on the way, in words.

    Attributes:
        order: `<` for little-endian (II), `>` for big-endian (MM).
        big: Whether it is a BigTIFF.
        directories: All directories.
        problems: (what, offset in the buffer) of what could not be followed.
    """

    order: str
    big: bool
    directories: tuple[Directory, ...]
    problems: tuple[tuple[str, int], ...]


def is_tiff(data: bytes) -> bool:
    """Whether the data start with a TIFF or BigTIFF header."""
    if len(data) < 8 or data[:2] not in (b"II", b"MM"):
        return False
    magic = int.from_bytes(data[2:4], "little" if data.startswith(b"II") else "big")
    return magic in _CLASSIC or (magic == _BIG and len(data) >= 16)


def structure(data: bytes) -> Structure | None:
    """Walks every directory of a TIFF buffer; None when the header is not TIFF.

    A directory that was visited before (loops, pointers to one another) is not entered again, and the total of entries is
    bounded, so that overlapping directories cost no more than they are worth.
    """
    if not is_tiff(data):
        return None
    order = "<" if data.startswith(b"II") else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == _BIG
    first = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
    return _Walk(data, order, big).run(first)


class _Walk:
    def __init__(self, data: bytes, order: str, big: bool) -> None:
        self.data, self.order, self.big = data, order, big
        self.found: list[Directory] = []
        self.problems: list[tuple[str, int]] = []
        self.visited: set[int] = set()
        self.entries_left = _ENTRIES_MAX
        self.head, self.entry, self.next = ("Q", "HHQQ", "Q") if big else ("H", "HHII", "I")

    def run(self, first: int) -> Structure:
        pending = [("IFD0", first, 0)]
        dropped = False
        while pending and len(self.found) < _DIRECTORIES_MAX:
            name, offset, chain = pending.pop()
            if offset in self.visited:
                self.problems.append((f"The pointer to {name} leads to a directory that was read before.", offset))
                continue
            self.visited.add(offset)
            follow = self._directory(name, offset, chain)
            room = max(0, _DIRECTORIES_MAX - len(pending))
            dropped = dropped or len(follow) >= room
            pending.extend(reversed(follow[:room]))
        if pending or dropped:
            self.problems.append(
                (f"There are more than {_DIRECTORIES_MAX} directories.", self.found[-1].offset if self.found else 0)
            )
        return Structure(self.order, self.big, tuple(self.found), tuple(self.problems[:_DIRECTORIES_MAX]))

    def _directory(self, name: str, offset: int, chain: int) -> list[tuple[str, int, int]]:
        head = struct.calcsize("<" + self.head)
        if offset < 8 or offset + head > len(self.data):
            self.problems.append((f"The pointer to {name} leads out of the data.", offset))
            return []
        stated: int = struct.unpack_from(self.order + self.head, self.data, offset)[0]
        size = struct.calcsize("<" + self.entry)
        start = offset + head
        count = min(stated, (len(self.data) - start) // size, self.entries_left)
        self.entries_left -= count
        if count < stated:
            self.problems.append((f"{name} states {stated} entries, of which only {count} could be read.", offset))
        inline = 8 if self.big else 4
        entries: list[Entry] = []
        at = start + size - inline
        for tag, kind, number, pointer in struct.iter_unpack(
            self.order + self.entry, self.data[start : start + size * count]
        ):
            length = _SIZES.get(kind, 0) * number
            entries.append(Entry(tag, kind, number, at if length <= inline else pointer, length))
            at += size
        self.found.append(Directory(name, offset, tuple(entries)))
        follow = self._pointers(entries)
        after = start + size * stated
        # Only the chain of IFD0 has a next; the EXIF and GPS directories must not have one, and garbage stands there often.
        if chain >= 0 and count == stated and after + inline <= len(self.data):
            following: int = struct.unpack_from(self.order + self.next, self.data, after)[0]
            if following:
                follow.append((f"IFD{chain + 1}", following, chain + 1))
        return follow

    def _pointers(self, entries: list[Entry]) -> list[tuple[str, int, int]]:
        follow: list[tuple[str, int, int]] = []
        for entry in entries:
            name = _POINTERS.get(entry.tag)
            if len(follow) >= _DIRECTORIES_MAX:
                break
            if name is None or entry.type not in _POINTER_TYPES:
                continue
            number = min(entry.number, _POINTERS_MAX)
            offsets = value(self.data, self.order, entry._replace(number=number, size=number * _SIZES[entry.type]))
            if isinstance(offsets, int):
                follow.append((name, offsets, -1))
            elif isinstance(offsets, tuple):
                follow.extend((name, item, -1) for item in offsets if isinstance(item, int))
        return follow


def raw(data: bytes, entry: Entry) -> bytes | None:
    """The bytes of an entry's value; None when they do not lie in the buffer whole, or the type is unknown."""
    stop = entry.start + entry.size
    return data[entry.start : stop] if entry.size and stop <= len(data) else None


def value(data: bytes, order: str, entry: Entry) -> Value | None:
    """An entry's value by its type: one value alone, several as a tuple of at most 65,536, text up to its first NUL.

    BYTE and UNDEFINED give bytes. None when the value does not lie in the buffer whole, or its type is unknown.
    """
    if entry.type in {1, 6} and entry.number == 1:
        single = raw(data, entry)
        return None if single is None else single[0] if entry.type == 1 else int.from_bytes(single, "big", signed=True)
    if entry.type in {1, 2, 7, 129}:
        found = raw(data, entry)
        if found is None:
            return "" if entry.type == 2 and not entry.number else None
        return found if entry.type in {1, 7} else as_text(found)
    number = min(entry.number, _VALUES_MAX)
    if not number or entry.start + entry.size > len(data):
        return None
    if entry.type in {5, 10}:
        flat = struct.unpack_from(f"{order}{2 * number}{'I' if entry.type == 5 else 'i'}", data, entry.start)
        pairs = tuple(Rational(flat[index], flat[index + 1]) for index in range(0, 2 * number, 2))
        return pairs[0] if number == 1 else pairs
    code = _CODES.get(entry.type)
    if code is None:
        return None
    numbers: tuple[int, ...] = struct.unpack_from(f"{order}{number}{code}", data, entry.start)
    return numbers[0] if number == 1 else numbers


def as_text(found: bytes) -> str:
    """Text up to its first NUL, as UTF-8 or else Latin-1."""
    text = found.split(b"\x00", 1)[0]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def gather(data: bytes, into: Gathering) -> None:
    """Gathers the blocks of a TIFF file. Its directories are its EXIF, so that problems with them are told there."""
    found = structure(data)
    if found is None:
        into.problem("The TIFF header is damaged.", place("TIFF", "", 0), "nothing of its metadata")
        return
    into.tiff = True
    photoshops = 0
    for directory in found.directories:
        for entry in directory.entries:
            kind = _BLOCKS.get(entry.tag)
            if kind is None and entry.tag != _PHOTOSHOP:
                continue
            container, key = f"TIFF {directory.name}", f"0x{entry.tag:04X}"
            if not entry.size or entry.start >= len(data) or entry.start + entry.size > len(data):
                into.problem(
                    "A metadata tag points out of the file.", place(container, key, directory.offset), "nothing of it"
                )
            elif kind is None:
                photoshops += 1
                if photoshops > _PHOTOSHOP_MAX:
                    into.problem(
                        "There are too many blocks of image resources.",
                        place(container, key, directory.offset),
                        "the first 8",
                    )
                    continue
                resources = data[entry.start : entry.start + min(entry.size, into.bytes_left)]
                photoshop.gather(resources, into, container, entry.start, entry.start)
            else:
                into.take(
                    kind,
                    container,
                    key,
                    entry.start,
                    data,
                    entry.start,
                    entry.start + entry.size,
                    data_offset=entry.start,
                )
    if found.directories:
        into.frame = _frame(data, found)


def _frame(data: bytes, found: Structure) -> FrameFacts:
    facts: dict[int, int] = {}
    for entry in found.directories[0].entries:
        if entry.tag in {0x0100, 0x0101, 0x0102, 0x0103, 0x0115}:
            number = value(data, found.order, entry)
            first = number[0] if isinstance(number, tuple) and number else number
            facts.setdefault(entry.tag, first if isinstance(first, int) else 0)
    return FrameFacts(
        width_px=facts.get(0x0100, 0),
        height_px=facts.get(0x0101, 0),
        bits=facts.get(0x0102, 1),
        components=facts.get(0x0115, 1),
        animated=False,
        coding=f"TIFF compression {facts.get(0x0103, 1)}",
    )
