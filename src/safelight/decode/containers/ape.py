"""Tags at the end of audio files: APEv2 items and ID3v1.

Source: the Monkey's Audio APE tag specification (version 2), the ID3v1.1 description (id3.org).
"""

from __future__ import annotations

from typing import Final

from safelight.decode.containers.block import BlockKind, looks_like_text, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["gather"]

_V1_BYTES: Final = 128
_V1_FIELDS: Final = (("Title", 3, 33), ("Artist", 33, 63), ("Album", 63, 93), ("Year", 93, 97), ("Comment", 97, 127))
_FOOTER_BYTES: Final = 32
_FOOTER: Final = b"APETAGEX"
_KEY_BYTES_MAX: Final = 256
_BINARY_MAX_BYTES: Final = 1 << 20


def gather(data: Source, start: int, into: Gathering) -> None:
    """Gathers the tags that end the file; nothing before `start` is looked at."""
    end = len(data)
    old = end - _V1_BYTES
    has_old = old >= start and data.startswith(b"TAG", old)
    _items(data, start, old if has_old else end, into)
    if not has_old:
        return
    for key, first, last in _V1_FIELDS:
        raw = data[old + first : old + last].split(b"\x00", 1)[0].rstrip(b" ")
        if raw:
            at = old + first
            into.take(BlockKind.TEXT, "ID3v1", key, old, data, at, at + len(raw), data_offset=at)


def _items(data: Source, start: int, end: int, into: Gathering) -> None:
    footer = end - _FOOTER_BYTES
    if footer < start or not data.startswith(_FOOTER, footer):
        return
    where = place("APEv2", "", footer)
    size = int.from_bytes(data[footer + 12 : footer + 16], "little")
    number = int.from_bytes(data[footer + 16 : footer + 20], "little")
    position = end - size
    if size < _FOOTER_BYTES or position < start:
        into.problem("An APE tag states a size that cannot be.", where, "nothing of it")
        return
    for index in range(number):
        if not into.step():
            return
        length = int.from_bytes(data[position : position + 4], "little")
        name_end = data.find(b"\x00", position + 8, min(footer, position + 8 + _KEY_BYTES_MAX))
        value = name_end + 1
        if name_end < 0 or value + length > footer:
            into.problem("The items of an APE tag break off.", where, f"{index} of {number} items")
            return
        key = data[position + 8 : name_end].decode("utf-8", "replace")
        stop = value + length
        binary = data[position + 4] >> 1 & 3 == 1 and not looks_like_text(data[value : min(stop, value + 4096)])
        kind = BlockKind.APP if binary else BlockKind.TEXT
        kept = min(stop, value + _BINARY_MAX_BYTES) if binary else stop
        into.take(kind, "APEv2", key, position, data, value, kept, data_offset=value)
        position = stop
