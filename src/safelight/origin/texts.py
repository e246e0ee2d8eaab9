"""Every text that a file's metadata carry, from whatever carrier, with its place; and JSON as generators write it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

from safelight.decode.content import Content
from safelight.decode.exif import Ifd, Tag
from safelight.model import display_text
from safelight.origin.stealth import hidden_text

__all__ = ["JSON_CHARS", "CarriedObject", "CarriedText", "carried_objects", "carried_texts", "parsed_json", "shown"]

JSON_CHARS: Final = 8 << 20
"""Characters up to which a text is parsed as JSON: parsed, it takes some twenty times as many bytes."""

_EXIF_TEXTS: Final = (
    (Tag.IMAGE_DESCRIPTION, "ImageDescription"), (Tag.MAKE, "Make"), (Tag.MODEL, "Model"), (Tag.SOFTWARE, "Software"), (Tag.ARTIST, "Artist"),
    (Tag.COPYRIGHT, "Copyright"), (Tag.XP_TITLE, "XPTitle"), (Tag.XP_COMMENT, "XPComment"), (Tag.XP_KEYWORDS, "XPKeywords"),
    (Tag.XP_SUBJECT, "XPSubject"),
)  # fmt: skip


class CarriedText(NamedTuple):
    """One text: the key it stands under, the text, and where it lies."""

    key: str
    text: str
    where: str


class CarriedObject(NamedTuple):
    """One text that is a JSON object: its key, the object, and where it lies; None when it is too long to be read."""

    key: str
    value: dict[str, Any] | None
    where: str


def carried_texts(content: Content) -> Iterator[CarriedText]:
    """Yields every text of a file, each reader the same ones.

    Text chunks and comments come first, then EXIF texts (key `UserComment`, `Make`, ...), then XMP properties by their name, then the text
    hidden in the pixels (key: its signature), for which pixels are decoded only where the file can carry one.
    """
    yield from content.once(_plain_texts)
    hidden = content.once(hidden_text)
    if hidden is not None and hidden.text:
        yield CarriedText(hidden.key, hidden.text, hidden.where)


def _plain_texts(content: Content) -> tuple[CarriedText, ...]:
    return tuple(_texts(content))


def _texts(content: Content) -> Iterator[CarriedText]:
    metadata = content.metadata
    for key, text, block in metadata.texts():
        yield CarriedText(key, text, block.where)
    for exif in metadata.exifs:
        if exif.user_comment:
            yield CarriedText("UserComment", exif.user_comment, f"{exif.where}, UserComment")
        for tag, name in _EXIF_TEXTS:
            if found := exif.text(Ifd.PRIMARY, tag):
                yield CarriedText(name, found, f"{exif.where}, {name}")
    for packet in metadata.xmp_packets:
        for item in packet.properties:
            yield CarriedText(item.name, item.value, f"{packet.block.where}, {item.path}")


def carried_objects(content: Content, *marks: str) -> Iterator[CarriedObject]:
    """Yields the texts that are JSON objects and hold all marks, equal texts once.

    Args:
        content: The file. `marks`: what must stand in the text; without one every text would be parsed by every reader.
    """
    seen: set[str] = set()
    for key, text, where in carried_texts(content):
        if not all(mark in text for mark in marks) or text.lstrip()[:1] != "{" or text in seen:
            continue
        seen.add(text)
        if len(text) > JSON_CHARS:
            yield CarriedObject(key, None, where)
        elif isinstance(value := parsed_json(text), dict):
            yield CarriedObject(key, value, where)


def parsed_json(text: str) -> Any | None:
    """The JSON value of a text that is an object or an array, or None; None also above `JSON_CHARS`.

    Python's own writer puts NaN and Infinity, and lone surrogates, which JSON does not have: the first become null, the others stay.
    """
    stripped = text.strip("\0 \t\r\n")
    if stripped[:1] not in {"{", "["} or len(stripped) > JSON_CHARS:
        return None
    try:
        return orjson.loads(stripped)
    except (orjson.JSONDecodeError, RecursionError):
        pass
    try:
        return json.loads(stripped, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def shown(text: str, limit: int = 100) -> str:
    """The text made safe to print within a sentence of a finding, at most `limit` of its characters."""
    cut = text if len(text) <= limit else text[: limit - 3] + "..."
    return display_text(cut.encode("utf-8", "backslashreplace"))
