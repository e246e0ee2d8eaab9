"""EXIF: typed, bounded access to the directories of one TIFF structure.

Source: Exif 3.0 / CIPA DC-008 (tags, UserComment character codes), Microsoft's XP tags (UTF-16LE), TIFF 6.0.
Values are decoded when they are asked for; offsets that lead out of the data give None, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Final

from safelight.decode.containers import tiff
from safelight.decode.containers.tiff import Entry, Rational, Structure, Value
from safelight.decode.encodings import user_comment, xp_text

__all__ = ["Exif", "Ifd", "MakerNote", "Rational", "Tag", "Thumbnail", "Value", "parse"]

_THUMBNAIL_MAX_BYTES: Final = 1 << 20


class Ifd(StrEnum):
    """The directories that EXIF names; a file can hold others (`IFD2`, `SubIFD`)."""

    PRIMARY = "IFD0"
    EXIF = "ExifIFD"
    GPS = "GPS"
    INTEROP = "Interop"
    THUMBNAIL = "IFD1"


class Tag(IntEnum):
    """The tags that more than one reader asks for."""

    IMAGE_DESCRIPTION = 0x010E
    MAKE = 0x010F
    MODEL = 0x0110
    ORIENTATION = 0x0112
    SOFTWARE = 0x0131
    DATE_TIME = 0x0132
    ARTIST = 0x013B
    HOST_COMPUTER = 0x013C
    THUMBNAIL_OFFSET = 0x0201
    THUMBNAIL_LENGTH = 0x0202
    COPYRIGHT = 0x8298
    EXPOSURE_TIME = 0x829A
    F_NUMBER = 0x829D
    ISO_SPEED = 0x8827
    DATE_TIME_ORIGINAL = 0x9003
    DATE_TIME_DIGITIZED = 0x9004
    MAKER_NOTE = 0x927C
    USER_COMMENT = 0x9286
    XP_TITLE = 0x9C9B
    XP_COMMENT = 0x9C9C
    XP_AUTHOR = 0x9C9D
    XP_KEYWORDS = 0x9C9E
    XP_SUBJECT = 0x9C9F
    PIXEL_WIDTH = 0xA002
    PIXEL_HEIGHT = 0xA003
    BODY_SERIAL_NUMBER = 0xA431
    LENS_MAKE = 0xA433
    LENS_MODEL = 0xA434
    LENS_SERIAL_NUMBER = 0xA435
    IMAGE_UNIQUE_ID = 0xA420


@dataclass(frozen=True, slots=True)
class MakerNote:
    """A maker note: its bytes, their offset in the TIFF structure (pointers often count from there), and in the file if known."""

    data: bytes
    offset: int
    file_offset: int | None


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The embedded thumbnail: its offset in the TIFF structure and stated length; `data` holds what lies there, up to 1 MiB."""

    offset: int
    length: int
    data: bytes


@dataclass(eq=False)
class Exif:
    """One EXIF block.

    Attributes:
        data: The TIFF structure that all offsets count in.
        structure: Its directories.
        file_offset: Where `data` starts in the file; None when it was joined or decompressed.
        where: The carrier, for `Finding.where`.
    """

    data: bytes
    structure: Structure
    file_offset: int | None = None
    where: str = "EXIF"
    _index: dict[tuple[str, int], Entry] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._index = {}
        for directory in self.structure.directories:
            for entry in directory.entries:
                self._index.setdefault((directory.name, entry.tag), entry)

    def __contains__(self, key: tuple[str, int]) -> bool:
        return key in self._index

    @property
    def order(self) -> str:
        """`<` for little-endian (II), `>` for big-endian (MM)."""
        return self.structure.order

    def tags(self) -> Iterator[tuple[str, int]]:
        """Every (directory, tag) in the order of the file; of a tag that comes twice in a directory the first counts."""
        return iter(self._index)

    def entry(self, ifd: str, tag: int) -> Entry | None:
        """The entry itself, with its type, count and offset."""
        return self._index.get((ifd, tag))

    def get(self, ifd: str, tag: int) -> Value | None:
        """A value by its type (see `tiff.value`); None when the tag is absent, points out of the data or has an unknown type."""
        entry = self._index.get((ifd, tag))
        return None if entry is None else tiff.value(self.data, self.order, entry)

    def raw(self, ifd: str, tag: int) -> bytes | None:
        """A value's bytes as they stand; None as for `get`."""
        entry = self._index.get((ifd, tag))
        return None if entry is None else tiff.raw(self.data, entry)

    def text(self, ifd: str, tag: int) -> str | None:
        """A value as stripped text whatever type it was written with; None when absent or empty."""
        raw = self.raw(ifd, tag)
        if raw is None:
            return None
        if Tag.XP_TITLE <= tag <= Tag.XP_SUBJECT:
            return xp_text(raw) or None
        found = tiff.as_text(raw).strip()
        return found or None

    @cached_property
    def make(self) -> str | None:
        """Camera maker as stated."""
        return self.text(Ifd.PRIMARY, Tag.MAKE)

    @cached_property
    def model(self) -> str | None:
        """Camera model as stated."""
        return self.text(Ifd.PRIMARY, Tag.MODEL)

    @cached_property
    def software(self) -> str | None:
        """Software or firmware as stated."""
        return self.text(Ifd.PRIMARY, Tag.SOFTWARE)

    @cached_property
    def orientation(self) -> int:
        """Orientation 1 to 8; 1 when absent or out of range."""
        found = self.get(Ifd.PRIMARY, Tag.ORIENTATION)
        if isinstance(found, tuple) and found:
            found = found[0]
        return found if isinstance(found, int) and 1 <= found <= 8 else 1

    @cached_property
    def user_comment(self) -> str | None:
        """UserComment, decoded by its character code or, where that is wrong or missing, by plausibility; also from IFD0."""
        for ifd in (Ifd.EXIF, Ifd.PRIMARY):
            raw = self.raw(ifd, Tag.USER_COMMENT)
            if raw:
                return user_comment(raw, self.order) or None
        return None

    @cached_property
    def maker_note(self) -> MakerNote | None:
        """The maker note; looked for in IFD0 too, where some generators put text under its number."""
        for ifd in (Ifd.EXIF, Ifd.PRIMARY):
            entry = self.entry(ifd, Tag.MAKER_NOTE)
            raw = None if entry is None else tiff.raw(self.data, entry)
            if entry is not None and raw:
                return MakerNote(raw, entry.start, None if self.file_offset is None else self.file_offset + entry.start)
        return None

    @cached_property
    def thumbnail(self) -> Thumbnail | None:
        """The thumbnail of IFD1; None when there is none or it points out of the data."""
        offset = self.get(Ifd.THUMBNAIL, Tag.THUMBNAIL_OFFSET)
        length = self.get(Ifd.THUMBNAIL, Tag.THUMBNAIL_LENGTH)
        if not isinstance(offset, int) or not isinstance(length, int) or not 0 < offset < len(self.data) or length <= 0:
            return None
        return Thumbnail(offset, length, self.data[offset : offset + min(length, _THUMBNAIL_MAX_BYTES)])


def parse(data: bytes, file_offset: int | None = None, where: str = "EXIF") -> Exif | None:
    """Reads the directories of a TIFF structure; None when its header is none."""
    structure = tiff.structure(data)
    return None if structure is None else Exif(data, structure, file_offset, where)
