"""Every text that a file's metadata carry, from whatever carrier, with its place; and JSON as generators write it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

from safelight.decode.content import Content
from safelight.decode.exif import Ifd, Tag

__all__ = ["CarriedText", "carried_texts", "parsed_json"]

_JSON_CHARS: Final = 16 << 20
_EXIF_TEXTS: Final = (
    (Ifd.PRIMARY, 0x010E, "ImageDescription"), (Ifd.PRIMARY, Tag.MAKE, "Make"), (Ifd.PRIMARY, Tag.MODEL, "Model"),
    (Ifd.PRIMARY, Tag.SOFTWARE, "Software"), (Ifd.PRIMARY, 0x013B, "Artist"), (Ifd.PRIMARY, 0x8298, "Copyright"),
)  # fmt: skip


class CarriedText(NamedTuple):
    """One text: the key it stands under, the text, and where it lies."""

    key: str
    text: str
    where: str


def carried_texts(content: Content) -> Iterator[CarriedText]:
    """Yields text chunks and comments, then EXIF texts (key `UserComment`, `Make`, ...), then XMP properties by their name."""
    metadata = content.metadata
    for key, text, block in metadata.texts():
        yield CarriedText(key, text, block.where)
    for exif in metadata.exifs:
        if exif.user_comment:
            yield CarriedText("UserComment", exif.user_comment, f"{exif.where}, UserComment")
        for ifd, tag, name in _EXIF_TEXTS:
            if found := exif.text(ifd, tag):
                yield CarriedText(name, found, f"{exif.where}, {name}")
    for packet in metadata.xmp_packets:
        for item in packet.properties:
            yield CarriedText(item.name, item.value, f"{packet.block.where}, {item.path}")


def parsed_json(text: str) -> Any | None:
    """The JSON value of a text, or None. Python's own writer puts NaN and Infinity, which JSON does not have: they become null."""
    stripped = text.strip().strip("\0")
    if stripped[:1] not in {"{", "["} or len(stripped) > _JSON_CHARS:
        return None
    try:
        return orjson.loads(stripped)
    except orjson.JSONDecodeError:
        pass
    import json

    try:
        return json.loads(stripped, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
