"""Draws the tiles of `safelight.demo.heic` and codes them anew: `python tests/demo/draw_tiles.py`.

Run by hand, where `pillow-heif` is installed: it brings an HEVC encoder under the GPL, which neither Safelight nor its tests depend on.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from safelight.demo import heic
from safelight.demo.heic import TILE_PX, TILES, pack_tiles


def draw(number: int) -> Image.Image:
    """Waves of colour under a sun or over a field of stones, with a little grain."""
    y, x = np.mgrid[0:TILE_PX, 0:TILE_PX].astype(np.float32)
    rng = np.random.default_rng([512, number])
    waves = [
        128 + 80 * np.sin(x / (40 + number * 13 + channel) + y / (60 + 9 * number + 5 * channel))
        for channel in range(3)
    ]
    grained = np.stack(waves, axis=2) + rng.normal(0, 2, (TILE_PX, TILE_PX, 1))
    picture = Image.fromarray(np.clip(grained, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(3 + 2 * number):
        centre = tuple(int(value) for value in rng.integers(40, TILE_PX - 40, 2))
        colour = tuple(int(value) for value in rng.integers(30, 230, 3))
        pen.regular_polygon((*centre, int(rng.integers(12, 70))), int(rng.integers(3, 9)), fill=colour)
    return picture


def coded(picture: Image.Image) -> tuple[bytes, bytes]:
    """(the decoder configuration box, the coded picture) of one tile."""
    import pillow_heif

    stream = io.BytesIO()
    pillow_heif.from_pillow(picture).save(stream, quality=45)
    data = stream.getvalue()
    start = data.index(b"hvcC") - 4
    (length,) = struct.unpack_from(">I", data, start)
    return data[start : start + length], _boxes(data)[b"mdat"]


def _boxes(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    position = 0
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        found[kind] = data[position + 8 : position + length]
        position += length
    return found


if __name__ == "__main__":
    tiles = [coded(draw(number)) for number in range(TILES)]
    assert len({configuration for configuration, _ in tiles}) == 1
    target = Path(heic.__file__).with_name("hevc_tiles.bin")
    target.write_bytes(pack_tiles(tiles[0][0], [payload for _, payload in tiles]))
    print(target, target.stat().st_size)  # noqa: T201
