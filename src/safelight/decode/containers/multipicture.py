"""The multi-picture directory of a JPEG (MPF): which further pictures lie behind the first, and what each is said to be.

Source: CIPA DC-007-2021 (MP Index IFD, MP Entry), ExifTool's MPF documentation (newer kinds),
Android Ultra HDR image format 1.1 (the gain map is an MPF picture too).
"""

from __future__ import annotations

import struct
from typing import Final

from safelight.decode.containers import tiff
from safelight.decode.containers.block import MetadataBlock, place
from safelight.decode.containers.gathering import Gathering

__all__ = ["IDENTIFIER", "gather"]

IDENTIFIER: Final = b"MPF\x00"

_ENTRIES: Final = 0xB002
_ENTRY_BYTES: Final = 16
_PICTURES_MAX: Final = 64
_TYPES: Final = {
    0x000000: "of no stated kind",
    0x010001: "large thumbnail, VGA",
    0x010002: "large thumbnail, full HD",
    0x010003: "large thumbnail, 4K",
    0x010004: "large thumbnail, 8K",
    0x010005: "large thumbnail, 16K",
    0x020001: "panorama",
    0x020002: "disparity",
    0x020003: "multi-angle",
    0x030000: "baseline primary",
    0x040000: "original preservation",
    0x050000: "gain map",
}


def gather(data: bytes, block: MetadataBlock, into: Gathering) -> None:
    """Notes the pictures that an APP2 block of MPF lists; places in it count from its own TIFF header."""
    if block.data_offset is None:
        return
    base = block.data_offset + len(IDENTIFIER)
    held = block.data[len(IDENTIFIER) :]
    found = tiff.structure(held)
    entries = [one for part in found.directories for one in part.entries if one.tag == _ENTRIES] if found else []
    listed = tiff.raw(held, entries[0]) if entries else None
    if found is None or listed is None:
        into.problem("The list of pictures of a multi-picture file cannot be read.", block.where, "the block as it is")
        return
    number = len(listed) // _ENTRY_BYTES
    if number > _PICTURES_MAX:
        into.problem(
            f"A multi-picture file lists {number} pictures.",
            place("JPEG MPF", "", block.offset),
            f"the first {_PICTURES_MAX}",
        )
    for index in range(min(number, _PICTURES_MAX)):
        attribute, size, offset = struct.unpack_from(f"{found.order}III", listed, index * _ENTRY_BYTES)
        kind = _TYPES.get(attribute & 0xFFFFFF, f"of kind 0x{attribute & 0xFFFFFF:06X}")
        # The first picture is the file itself, whose place is given as 0.
        start = base + offset if offset else 0
        into.embedded("JPEG MPF", f"picture {index + 1}: {kind}", block.offset, data, start, size)
