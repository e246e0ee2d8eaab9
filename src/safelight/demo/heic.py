"""HEIC files without an encoder: grids of HEVC tiles that were drawn and coded beforehand, as telephones build theirs.

No HEVC encoder may be linked into Safelight (the free ones are under the GPL), so the package carries a few coded tiles in `hevc_tiles.bin`;
`tests/demo/draw_tiles.py` draws and codes them again. Which tiles a picture is laid from, and in which order, makes it a picture of its own.

Format: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12, 6.6.2.3 (grids) and A.2.1 (EXIF).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

__all__ = ["TILES", "TILE_PX", "grid_heic", "pack_tiles"]

TILE_PX: Final = 512
TILES: Final = 6
"""Number of coded tiles that the package carries."""


def grid_heic(tiles: Sequence[int], columns: int, exif: bytes = b"") -> bytes:
    """A HEIC laid from tiles.

    Args:
        tiles: Which tile (0 to `TILES` - 1) lies in each place, row by row; a multiple of `columns`.
        columns: Tiles in a row, at most 256.
        exif: A TIFF structure; empty for none.
    """
    configuration, payloads = _tiles()
    count, rows = len(tiles), len(tiles) // columns
    width_px, height_px = columns * TILE_PX, rows * TILE_PX
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width_px, height_px)
    exif_item = struct.pack(">I", 0) + exif if exif else b""
    properties = _box(
        b"ipco",
        configuration
        + _box(b"ispe", struct.pack(">III", 0, TILE_PX, TILE_PX))
        + _box(b"ispe", struct.pack(">III", 0, width_px, height_px))
        + _box(b"pixi", struct.pack(">IBBBB", 0, 3, 8, 8, 8)),
    )
    belongs = struct.pack(">IIHBBB", 0, count + 1, 1, 2, 3, 4)
    belongs += b"".join(struct.pack(">HBBB", item, 2, 0x81, 2) for item in range(2, count + 2))
    kinds = [(1, b"grid"), *((item, b"hvc1") for item in range(2, count + 2))]
    refers = _box(b"dimg", struct.pack(f">HH{count}H", 1, count, *range(2, count + 2)))
    if exif_item:
        kinds.append((count + 2, b"Exif"))
        refers += _box(b"cdsc", struct.pack(">HHH", count + 2, 1, 1))

    def meta(offset: int) -> bytes:
        starts, position = [], offset + len(grid) + len(exif_item)
        for payload in payloads:
            starts.append(position)
            position += len(payload)
        places = [(1, offset, len(grid))]
        places += [(item, starts[tile], len(payloads[tile])) for item, tile in enumerate(tiles, 2)]
        if exif_item:
            places.append((count + 2, offset + len(grid), len(exif_item)))
        listed = b"".join(struct.pack(">HHHII", item, 0, 1, start, length) for item, start, length in places)
        named = b"".join(
            _box(b"infe", b"\2\0\0\0" + struct.pack(">HH", item, 0) + kind + b"\0") for item, kind in kinds
        )
        return _box(
            b"meta",
            struct.pack(">I", 0)
            + _box(b"hdlr", struct.pack(">II", 0, 0) + b"pict" + bytes(13))
            + _box(b"pitm", struct.pack(">IH", 0, 1))
            + _box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, len(places)) + listed)
            + _box(b"iinf", struct.pack(">IH", 0, len(kinds)) + named)
            + _box(b"iprp", properties + _box(b"ipma", belongs))
            + _box(b"iref", struct.pack(">I", 0) + refers),
        )

    head = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    offset = len(head) + len(meta(0)) + 8
    return head + meta(offset) + _box(b"mdat", grid + exif_item + b"".join(payloads))


def pack_tiles(configuration: bytes, payloads: Sequence[bytes]) -> bytes:
    """The content of `hevc_tiles.bin`: the decoder configuration box they share, then each coded tile, all with their lengths."""
    return b"".join(struct.pack(">I", len(part)) + part for part in (configuration, *payloads))


@cache
def _tiles() -> tuple[bytes, tuple[bytes, ...]]:
    data = resources.files(__package__).joinpath("hevc_tiles.bin").read_bytes()
    parts, offset = [], 0
    while offset < len(data):
        (length,) = struct.unpack_from(">I", data, offset)
        parts.append(data[offset + 4 : offset + 4 + length])
        offset += 4 + length
    return parts[0], tuple(parts[1:])


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body
