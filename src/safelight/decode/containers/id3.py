"""ID3v2 tags, before MP3 and FLAC streams and in RIFF chunks: texts, comments, private and encapsulated objects, C2PA manifests.

Source: the ID3v2.2.0, 2.3.0 and 2.4.0 informal standards (id3.org), C2PA 2.2 annex A.3.4 (GEOB `application/c2pa`), Adobe XMP
specification part 3 (PRIV `XMP`), TC260-PG-202510A (TXXX `AIGC`). What stands at the end of the file is read by `ape`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers import ape, flac, jumbf
from safelight.decode.containers.block import BlockKind, decoded, end_of_text, looks_like_text, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["SIGNATURE", "Frame", "frames", "gather", "tag"]

SIGNATURE: Final = b"ID3"

_TAGS_MAX: Final = 8
_UNSYNCHRONISED: Final = 0x80
_EXTENDED: Final = 0x40
_FOOTER: Final = 0x10
_JOINED_MAX_BYTES: Final = 64 << 20
_TEXT_MAX_BYTES: Final = 4 << 20
_OTHER_MAX_BYTES: Final = 1 << 20
_NAME_BYTES_MAX: Final = 1024
_STORES: Final = frozenset({"application/c2pa", "application/x-c2pa-manifest-store"})
_ENCODINGS: Final = ("", "utf-16", "utf-16-be", "utf-8")
_OLD_NAMES: Final = {
    "TXX": "TXXX", "COM": "COMM", "ULT": "USLT", "PIC": "APIC", "GEO": "GEOB", "UFI": "UFID", "WXX": "WXXX"
}  # fmt: skip


class Frame(NamedTuple):
    """One frame: `source[start:stop]` is its payload without prefixes, `offset` where its ID stands in `source`.

    `compressed` and `encrypted` as its flags say, `unsynchronised` when 0xFF 0x00 stands in it for 0xFF.
    """

    id: str
    offset: int
    start: int
    stop: int
    compressed: bool = False
    encrypted: bool = False
    unsynchronised: bool = False


def gather(data: Source, into: Gathering) -> None:
    """Gathers the tags at the start of the file, the FLAC metadata that may follow, and the tags at its end."""
    position = 0
    for _ in range(_TAGS_MAX):
        if not data.startswith(SIGNATURE, position):
            break
        position = tag(data, position, len(data), into)
    if data.startswith(flac.SIGNATURE, position):
        flac.gather(data, into, position)
    ape.gather(data, position, into)


def tag(data: Source, start: int, end: int, into: Gathering) -> int:
    """Gathers the tag that starts at `start`; returns where it ends."""
    where = place("ID3v2", "", start)
    if start + 10 > end:
        into.problem("The file ends inside an ID3v2 header.", where, "nothing of it")
        return end
    major, flags, size = data[start + 3], data[start + 5], _syncsafe(data, start + 6)
    stop = start + 10 + size
    after = stop + (10 if flags & _FOOTER and major >= 4 else 0)
    if stop > end:
        into.problem("An ID3v2 tag is cut off.", where, "what is there of it")
        stop = after = end
    if not 2 <= major <= 4 or (major == 2 and flags & _EXTENDED):
        into.problem(f"ID3v2.{major} with flags 0x{flags:02X} is not read.", where, "nothing of it")
        return after
    source, first, last, shift = data, start + 10, stop, 0
    if flags & _UNSYNCHRONISED and major < 4:
        if last - first > _JOINED_MAX_BYTES:
            into.problem("An unsynchronised tag is too large to be read whole.", where, f"{_JOINED_MAX_BYTES} bytes")
        source = data[first : min(last, first + _JOINED_MAX_BYTES)].replace(b"\xff\x00", b"\xff")
        first, last, shift = 0, len(source), start + 10
    if flags & _EXTENDED:
        first += 4 + int.from_bytes(source[first : first + 4], "big") if major == 3 else _syncsafe(source, first)
    position = first
    for frame in frames(source, first, last, major, unsynchronised=bool(flags & _UNSYNCHRONISED) and major >= 4):
        if not into.step():
            return after
        position = frame.stop
        _Keeper(source, frame, into, frame.offset + shift, verbatim=source is data).keep()
    if source[position : min(last, position + 4)].strip(b"\x00"):
        into.problem("The frames of an ID3v2 tag break off.", where, "every frame before the break")
    return after


def _syncsafe(data: Source, at: int) -> int:
    number = 0
    for byte in data[at : at + 4]:
        number = number << 7 | byte & 0x7F
    return number


def frames(source: Source, position: int, end: int, major: int, *, unsynchronised: bool = False) -> Iterator[Frame]:
    """Yields the frames of one tag of version 2.`major`; ends at padding and at what is no frame.

    `unsynchronised` says that the tag says so of every frame.
    """
    head = 6 if major == 2 else 10
    while position + head <= end:
        if not _names_frame(source, position, end, major):
            return
        raw = source[position : position + (3 if major == 2 else 4)].decode("ascii")
        start = position + head
        if major == 2:
            stop = start + int.from_bytes(source[position + 3 : position + 6], "big")
            yield Frame(_OLD_NAMES.get(raw, raw), position, start, min(stop, end))
            position = stop
            continue
        stop = start + (int.from_bytes(source[position + 4 : position + 8], "big") if major == 3 else 0)
        if major == 4:
            stop = start + _size(source, position, end)
        flags = source[position + 9]
        if major == 3:
            compressed, encrypted, joined = bool(flags & 0x80), bool(flags & 0x40), False
            skipped = 4 * compressed + encrypted + bool(flags & 0x20)
        else:
            compressed, encrypted, joined = bool(flags & 8), bool(flags & 4), unsynchronised or bool(flags & 2)
            skipped = bool(flags & 0x40) + encrypted + 4 * (flags & 1)
        last = min(stop, end)
        yield Frame(raw, position, min(start + skipped, last), last, compressed, encrypted, joined)
        position = stop


def _names_frame(source: Source, at: int, end: int, major: int) -> bool:
    name = source[at : min(end, at + (3 if major == 2 else 4))]
    return len(name) == (3 if major == 2 else 4) and name.isalnum() and name.isascii() and name.upper() == name


def _size(source: Source, at: int, end: int) -> int:
    """The size of a version 2.4 frame: seven bits a byte by the standard, eight in files of some writers."""
    plain, proper = int.from_bytes(source[at + 4 : at + 8], "big"), _syncsafe(source, at + 4)
    if plain == proper:
        return plain
    following = at + 10 + proper
    if max(source[at + 4 : at + 8]) < 0x80 and (following >= end or source[following] == 0):
        return proper
    if _names_frame(source, following, end, 4):
        return proper
    other = at + 10 + plain
    return (
        plain if other == end or _names_frame(source, other, end, 4) or source[other : other + 1] == b"\0" else proper
    )


class _Keeper:
    """Keeps what one frame holds, by what its name says it is."""

    def __init__(self, source: Source, frame: Frame, into: Gathering, offset: int, *, verbatim: bool) -> None:
        self._source, self._frame, self._into, self._offset = source, frame, into, offset
        self._at, self._stop, self._verbatim = frame.start, frame.stop, verbatim
        self._container = f"ID3v2 {frame.id}"
        self._old_picture = source[frame.offset : frame.offset + 3] == b"PIC"

    def keep(self) -> None:
        """Keeps it, or says why it could not be read."""
        where = place(self._container, "", self._offset)
        if self._frame.encrypted:
            self._into.problem("A frame is encrypted.", where, "nothing of it")
            return
        if self._frame.unsynchronised:
            part = self._source[self._at : min(self._stop, self._at + _JOINED_MAX_BYTES)].replace(b"\xff\x00", b"\xff")
            self._instead(part)
        if self._frame.compressed:
            self._instead(self._into.inflate(self._source, self._at, self._stop, where))
        if self._at < self._stop:
            name = self._frame.id
            _KEEPERS.get(
                name, _Keeper._text if name[0] == "T" else _Keeper._link if name[0] == "W" else _Keeper._other
            )(self)

    def _instead(self, source: Source) -> None:
        self._source, self._at, self._stop, self._verbatim = source, 0, len(source), False

    def _byte(self) -> int:
        self._at += 1
        return self._source[self._at - 1] if self._at <= self._stop else 0

    def _string(self, encoding: int = 0) -> str:
        """The string that ends at the next terminator, which is passed over too."""
        wide = encoding in {1, 2}
        start = self._at
        end = self._source.find(b"\0\0" if wide else b"\0", start, self._stop)
        while wide and end >= 0 and (end - start) % 2:
            end = self._source.find(b"\0\0", end + 1, self._stop)
        if end < 0:
            end = self._stop
        self._at = min(self._stop, end + (2 if wide else 1))
        return decoded(self._source[start : min(end, start + _NAME_BYTES_MAX)], _ENCODINGS[encoding])

    def _take(self, kind: BlockKind, key: str, encoding: str = "", most: int | None = None) -> None:
        start, stop = self._at, self._stop
        if most is not None:
            stop = min(stop, start + most)
        at = start if self._verbatim else None
        self._into.take(
            kind, self._container, key, self._offset, self._source, start, stop, data_offset=at, encoding=encoding
        )

    def _embedded(self, key: str) -> None:
        size = self._stop - self._at
        self._into.embedded(self._container, key, self._offset, self._source, self._at, size, verbatim=self._verbatim)

    def _coding(self) -> int:
        code = self._byte()
        return code if code < len(_ENCODINGS) else 0

    def _rest(self, key: str, encoding: int) -> None:
        """The rest as text, without the terminators at its end."""
        self._stop = end_of_text(self._source, self._at, self._stop, 2 if encoding in {1, 2} else 1)
        self._take(BlockKind.TEXT, key, _ENCODINGS[encoding])

    def _text(self) -> None:
        self._rest("", self._coding())

    def _described(self) -> None:
        encoding = self._coding()
        self._rest(self._string(encoding), encoding)

    def _comment(self) -> None:
        encoding = self._coding()
        self._at = min(self._stop, self._at + 3)  # the language
        self._rest(self._string(encoding), encoding)

    def _link(self) -> None:
        self._rest("", 0)

    def _described_link(self) -> None:
        self._rest(self._string(self._coding()), 0)

    def _private(self) -> None:
        owner = self._string()
        if owner == "XMP":
            self._take(BlockKind.XMP, owner)
        elif self._is_text():
            self._take(BlockKind.TEXT, owner)
        else:
            self._take(BlockKind.APP, owner, most=_OTHER_MAX_BYTES)

    def _is_text(self) -> bool:
        return self._stop - self._at <= _TEXT_MAX_BYTES and looks_like_text(self._source[self._at : self._stop])

    def _object(self) -> None:
        encoding = self._coding()
        media_type, name, about = self._string(), self._string(encoding), self._string(encoding)
        if media_type in _STORES or jumbf.is_c2pa(self._source[self._at : min(self._stop, self._at + 320)]):
            self._take(BlockKind.JUMBF, about or name)
        elif self._is_text():
            self._take(BlockKind.TEXT, about or name)
        else:
            self._embedded(f"{name or about} ({media_type})")

    def _picture(self) -> None:
        encoding = self._coding()
        if self._old_picture:
            media_type = self._source[self._at : min(self._stop, self._at + 3)].decode("latin-1")
            self._at = min(self._stop, self._at + 3)
        else:
            media_type = self._string()
        role = self._byte()
        self._string(encoding)
        self._at = min(self._at, self._stop)
        self._embedded(f"picture {role} ({media_type})")

    def _other(self) -> None:
        self._take(BlockKind.APP, "", most=_OTHER_MAX_BYTES)


_KEEPERS: Final = {
    "TXXX": _Keeper._described,
    "COMM": _Keeper._comment,
    "USLT": _Keeper._comment,
    "WXXX": _Keeper._described_link,
    "PRIV": _Keeper._private,
    "GEOB": _Keeper._object,
    "APIC": _Keeper._picture,
}
