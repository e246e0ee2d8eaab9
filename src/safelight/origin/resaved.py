"""What in a file speaks against its being as the camera wrote it that its EXIF names: saved again since, or the data of another picture.

Each is cheap, and none was seen in a file that came straight from a camera. None proves that data were pasted: a photograph that was made smaller
for the web shows the same, which is why they only lower what the camera's name is worth; `CaptureReader.checked_on` has the figures. Looked at and
left out, since cameras do it too: a JFIF header alone (Apple, Samsung, HTC), tables of the IJG library alone (Olympus, Sony, Nikon, DJI, Epson and
others), subsampling, byte order, a missing thumbnail or maker note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safelight.decode import formats
from safelight.decode.content import Content
from safelight.decode.exif import Exif, Ifd, Tag

__all__ = ["against_camera"]

_NEVER_WRITTEN: Final = frozenset({formats.PNG, formats.WEBP, formats.GIF, formats.BMP})
"""Formats of pictures that no camera writes."""

_OWN_TABLES: Final = frozenset({"apple", "canon"})
"""Makers that write tables of their own: in the corpus none of 48 and 2 of 80 JPEGs without the marks above have the library's, both of Canon, both
edited or at quality 100."""

_SIZED: Final = frozenset({formats.JPEG, formats.HEIF, formats.AVIF, *_NEVER_WRITTEN})
"""Formats in which the stated size is that of the picture; in raw files it is that of another one."""


def against_camera(content: Content, exif: Exif, maker: str) -> Iterator[str]:
    """Yields each reason, in words for the end of a sentence.

    Args:
        content: The file. `exif`: the block that names the camera. `maker`: its first word, in lower case.
    """
    if content.format in _NEVER_WRITTEN:
        yield f"no camera writes {content.format.name}"
    stated = _pixels(exif, Tag.PIXEL_WIDTH), _pixels(exif, Tag.PIXEL_HEIGHT)
    real = content.pixels.width_px or 0, content.pixels.height_px or 0
    if content.format in _SIZED and all(stated) and all(real) and sorted(stated) != sorted(real):
        yield f"the camera data state {stated[0]} x {stated[1]} px, and the picture has {real[0]} x {real[1]}"
    tables = content.metadata.quantisation_tables if content.format is formats.JPEG else ()
    if tables and all(table.ijg_quality is not None for table in tables):
        if content.data[2:4] == b"\xff\xe0" and content.data[6:11] == b"JFIF\0":
            yield "a JFIF header and the tables of the IJG library stand together, as programs save pictures"
        elif maker in _OWN_TABLES:
            yield "its quantisation tables are those of the IJG library, where this maker writes its own"


def _pixels(exif: Exif, tag: Tag) -> int:
    value = exif.get(Ifd.EXIF, tag)
    return value if isinstance(value, int) else 0
