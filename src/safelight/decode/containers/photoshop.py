"""Photoshop image resources (8BIM), as JPEG APP13, TIFF tag 34377, PNG raw profiles and Photoshop's own documents carry them.

Source: Adobe Photoshop File Formats Specification (2019), "File Header Section", "Image Resources Section" and "Image resource IDs".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.gathering import Gathering

__all__ = ["SIGNATURE", "Resource", "gather", "gather_document", "resources"]

SIGNATURE: Final = b"8BPS"

_SIGNATURES: Final = frozenset({b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"})
_HEAD: Final = b"Photoshop 3.0\x00"
_HEADER_BYTES: Final = 26
_DOCUMENT_MAX_BYTES: Final = 64 << 20
_RESOURCES_MAX: Final = 10_000
_KINDS: Final = {0x0404: BlockKind.IPTC, 0x0422: BlockKind.EXIF, 0x0424: BlockKind.XMP, 0x040F: BlockKind.ICC}
_EXIF_HEAD: Final = b"Exif\x00\x00"


class Resource(NamedTuple):
    """One image resource: its number, name and payload `data[start:stop]`; `whole` is false when the data end in it."""

    number: int
    name: bytes
    offset: int
    start: int
    stop: int
    whole: bool


def resources(data: bytes) -> Iterator[Resource]:
    """Yields the resources of a block; ends at the first bytes that are none."""
    position = len(_HEAD) if data.startswith(_HEAD) else 0
    end = len(data)
    for _ in range(_RESOURCES_MAX):
        if position + 12 > end or data[position : position + 4] not in _SIGNATURES:
            return
        number = int.from_bytes(data[position + 4 : position + 6], "big")
        name_end = position + 7 + data[position + 6]
        name = data[position + 7 : name_end]
        name_end += (name_end - position) & 1  # the Pascal string is padded to an even size
        start = name_end + 4
        if start > end:
            return
        stop = start + int.from_bytes(data[name_end:start], "big")
        yield Resource(number, name, position, start, min(stop, end), stop <= end)
        position = stop + (stop - start & 1)


def gather(data: bytes, into: Gathering, container: str, offset: int, data_offset: int | None = None) -> None:
    """Keeps the resources that carry IPTC, EXIF, XMP or a colour profile as blocks of their own.

    Args:
        data: The resources. `data_offset`: where they stand in the file; None when they were joined or decoded.
        into: Where to keep them. `container`, `offset`: what carried them, for the record.
    """
    for number, resource in enumerate(resources(data), 1):
        if number == _RESOURCES_MAX:
            into.problem(
                "There are more image resources than any real file holds.",
                place(container, "", offset),
                f"the first {number}",
            )
        key = f"8BIM 0x{resource.number:04X}"
        if not resource.whole:
            into.problem(
                "An image resource is cut off.",
                place(container, key, offset),
                f"its first {resource.stop - resource.start} bytes",
            )
        kind = _KINDS.get(resource.number)
        if kind is None:
            continue
        start = resource.start
        if kind is BlockKind.EXIF and data.startswith(_EXIF_HEAD, start):
            start += len(_EXIF_HEAD)
        into.take(
            kind,
            container,
            key,
            offset,
            data,
            start,
            resource.stop,
            data_offset=None if data_offset is None else data_offset + start,
        )


def gather_document(data: bytes, into: Gathering) -> None:
    """Gathers the image resources of a Photoshop document; layers are not looked into."""
    where = place("Photoshop", "", 0)
    if len(data) < _HEADER_BYTES + 4:
        into.problem("The file ends inside the header of a Photoshop document.", where, "nothing of it")
        return
    components, height, width, bits = struct.unpack_from(">HIIH", data, 12)
    into.frame = FrameFacts(width_px=width, height_px=height, components=components, bits=bits, coding="Photoshop")
    at = _HEADER_BYTES + 4 + int.from_bytes(data[_HEADER_BYTES : _HEADER_BYTES + 4], "big")
    start = at + 4
    stop = start + int.from_bytes(data[at:start], "big")
    if stop > len(data):
        into.problem(
            "The file ends inside its image resources.", where, f"{max(0, len(data) - start)} of {stop - start} bytes"
        )
    gather(data[start : min(stop, start + _DOCUMENT_MAX_BYTES)], into, "Photoshop resources", min(at, len(data)), start)
