"""A HEIC of any size: a grid of tiles, which is how every picture beyond one coded picture's 142 megapixels is built."""

from __future__ import annotations

from safelight.demo.heic import TILE_PX, TILES
from safelight.demo.heic import grid_heic as laid_from

__all__ = ["TILE_PX", "grid_heic"]


def grid_heic(columns: int, rows: int) -> bytes:
    """A HEIC of `columns` x `rows` tiles of 512 pixels; each is an item of its own that is decoded anew."""
    return laid_from([(place * 5 + place // columns) % TILES for place in range(columns * rows)], columns)
