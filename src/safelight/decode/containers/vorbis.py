"""Vorbis comments and the pictures in them, as FLAC, Ogg, Opus and Speex hold them.

Source: Xiph.Org Vorbis I specification section 5 (comment header), RFC 9639 section 8.8 (FLAC picture), Xiph.Org VorbisComment
(`METADATA_BLOCK_PICTURE` in base64).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from safelight.decode.containers.block import BlockKind, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["comments", "picture"]

_NAME_BYTES_MAX: Final = 256
_PICTURE: Final = "METADATA_BLOCK_PICTURE"
_PICTURE_HEAD_CHARS: Final = 16_384


def comments(
    data: Source, start: int, stop: int, into: Gathering, container: str, offset: int, *, verbatim: bool = True
) -> None:
    """Gathers a comment header from its vendor length on.

    Args:
        data: What holds it; `start`, `stop`: where it lies there.
        container: Carrier in the format's own words. `offset`: where the carrier stands in the file, in bytes.
        verbatim: Whether `data` is the file itself, so that places in it are places in the file.
    """
    where = place(container, "", offset)
    vendor_end = start + 4 + _length(data, start, stop)
    if start + 4 > stop or vendor_end > stop:
        into.problem("The comments end in their first field.", where, "nothing of them")
        return
    _keep(data, start + 4, vendor_end, into, container, "vendor", offset, verbatim)
    position = vendor_end + 4
    number = _length(data, vendor_end, stop)
    for index in range(number):
        if not into.step():
            return
        end = position + 4 + _length(data, position, stop)
        if position + 4 > stop or end > stop:
            into.problem(
                "The comments state more or longer fields than there are.",
                where,
                f"{index} of {number} fields",
            )
            return
        _comment(data, position + 4, end, into, container, offset, verbatim)
        position = end


def _length(data: Source, start: int, stop: int) -> int:
    return int.from_bytes(data[start : min(start + 4, stop)], "little") if start + 4 <= stop else 0


def _comment(data: Source, start: int, end: int, into: Gathering, container: str, offset: int, verbatim: bool) -> None:
    equals = data.find(b"=", start, min(end, start + _NAME_BYTES_MAX))
    name = data[start:equals].decode("utf-8", "replace") if equals >= 0 else ""
    value = equals + 1 if equals >= 0 else start
    if name.upper() == _PICTURE:
        head = data[value : min(end, value + _PICTURE_HEAD_CHARS)]
        try:
            held = base64.b64decode(head[: len(head) & ~3])
        except (binascii.Error, ValueError):
            into.problem(
                "A picture in the comments is not base64.", place(container, name, offset), "its text as it is"
            )
        else:
            picture(held, 0, len(held), into, container, offset, verbatim=False)
            return
    _keep(data, value, end, into, container, name, offset, verbatim)


def _keep(
    data: Source, start: int, end: int, into: Gathering, container: str, key: str, offset: int, verbatim: bool
) -> None:
    into.take(
        BlockKind.TEXT,
        container,
        key,
        offset,
        data,
        start,
        end,
        data_offset=start if verbatim else None,
        encoding="utf-8",
    )


def picture(
    data: Source, start: int, stop: int, into: Gathering, container: str, offset: int, *, verbatim: bool = True
) -> None:
    """Notes a FLAC picture: its role and media type, its description, its size and first bytes."""

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + 4], "big") if at + 4 <= stop else 0

    type_at = start + 8
    type_end = type_at + number(start + 4)
    about_at = type_end + 4
    about_end = about_at + number(type_end)
    held = about_end + 20
    if held > stop:
        into.problem("A picture block is too short.", place(container, "picture", offset), "nothing of it")
        return
    media_type = data[type_at : min(type_end, type_at + _NAME_BYTES_MAX)].decode("latin-1")
    key = f"picture {number(start)} ({media_type})"
    if about_end > about_at:
        _keep(data, about_at, about_end, into, container, f"{key} description", offset, verbatim)
    size = number(about_end + 16)
    into.embedded(container, key, offset, data, held, min(size, stop - held) if verbatim else size, verbatim=verbatim)
