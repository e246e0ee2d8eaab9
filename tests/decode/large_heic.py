"""Draws a HEIC of any size, built as telephones build theirs: a grid of small HEVC tiles (ISO/IEC 23008-12, 6.6.2.3).

The encoder itself stops at 142 megapixels for one coded picture, so a 200-megapixel HEIC can only be a grid.
"""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
from numpy.typing import NDArray

TILE_PX = 512
VARIETY = 24
"""Number of different tiles; the grid repeats them, each as an item of its own that is decoded anew."""


def grid_heic(columns: int, rows: int) -> bytes:
    """A HEIC of `columns` x `rows` tiles of 512 pixels: gradients with a little grain."""
    coded = [_coded_tile(_draw(number)) for number in range(VARIETY)]
    configuration = coded[0][0]
    assert all(other == configuration for other, _ in coded)
    payloads = [data for _, data in coded]
    count = columns * rows
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, columns * TILE_PX, rows * TILE_PX)
    kinds = _box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", 1, 0) + b"grid\0") + b"".join(
        _box(b"infe", b"\x02\0\0\1" + struct.pack(">HH", item, 0) + b"hvc1\0") for item in range(2, count + 2)
    )
    properties = _box(
        b"ipco",
        configuration
        + _box(b"ispe", struct.pack(">III", 0, TILE_PX, TILE_PX))
        + _box(b"ispe", struct.pack(">III", 0, columns * TILE_PX, rows * TILE_PX))
        + _box(b"pixi", struct.pack(">IBBBB", 0, 3, 8, 8, 8)),
    )
    belongs = struct.pack(">IIHBBB", 0, count + 1, 1, 2, 3, 4) + b"".join(
        struct.pack(">HBBB", item, 2, 0x81, 2) for item in range(2, count + 2)
    )

    def meta(offset: int) -> bytes:
        starts, position = [], offset + len(grid)
        for payload in payloads:
            starts.append(position)
            position += len(payload)
        places = struct.pack(">HHHII", 1, 0, 1, offset, len(grid)) + b"".join(
            struct.pack(">HHHII", item, 0, 1, starts[item % VARIETY], len(payloads[item % VARIETY]))
            for item in range(2, count + 2)
        )
        return _box(
            b"meta",
            struct.pack(">I", 0)
            + _box(b"hdlr", struct.pack(">II", 0, 0) + b"pict" + bytes(13))
            + _box(b"pitm", struct.pack(">IH", 0, 1))
            + _box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, count + 1) + places)
            + _box(b"iinf", struct.pack(">IH", 0, count + 1) + kinds)
            + _box(b"iprp", properties + _box(b"ipma", belongs))
            + _box(
                b"iref",
                struct.pack(">I", 0) + _box(b"dimg", struct.pack(f">HH{count}H", 1, count, *range(2, count + 2))),
            ),
        )

    head = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    offset = len(head) + len(meta(0)) + 8
    return head + meta(offset) + _box(b"mdat", grid + b"".join(payloads))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _draw(number: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:TILE_PX, 0:TILE_PX].astype(np.float32)
    random = np.random.default_rng(number)
    waves = [128 + 80 * np.sin(x / (40 + number * 3 + channel) + y / (60 + 5 * channel)) for channel in range(3)]
    return np.clip(np.stack(waves, axis=2) + random.normal(0, 4, (TILE_PX, TILE_PX, 1)), 0, 255).astype(np.uint8)


def _coded_tile(pixels: NDArray[np.uint8]) -> tuple[bytes, bytes]:
    """(the decoder configuration box, the coded picture) of one tile."""
    stream = io.BytesIO()
    picture = pillow_heif.from_bytes("RGB", (TILE_PX, TILE_PX), pixels.tobytes())
    picture.save(stream, quality=60, enc_params={"preset": "ultrafast"})
    data = stream.getvalue()
    start = data.index(b"hvcC") - 4
    (length,) = struct.unpack_from(">I", data, start)
    return data[start : start + length], _boxes_of(data)[b"mdat"]


def _boxes_of(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    position = 0
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        found[kind] = data[position + 8 : position + length]
        position += length
    return found
