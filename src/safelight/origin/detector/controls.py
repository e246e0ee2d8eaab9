"""What a picture gives away without any trace of how it was made: its size, and what a 48-pixel thumbnail of it shows.

A detector is worth what it knows beyond these two. Both are learned as a detector would be, on the same folds, by exact Gaussian-kernel ridge
regression: no randomness, no tuning by hand; the ridge is the one with the least leave-one-out error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.decode.decoders import Pixels

__all__ = ["THUMBNAIL_PX", "KernelRidge", "size_features", "thumbnail", "thumbnail_features"]

THUMBNAIL_PX: Final = 48
"""Side of the control's thumbnail."""

_RIDGES: Final = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
_ROWS_MAX: Final = 2500
_CELLS: Final = 6
_DIRECTIONS: Final = 8

Array = NDArray[np.float64]


def thumbnail(pixels: Pixels) -> Pixels:
    """A picture squashed to 48 x 48, each pixel the mean of its area.

    Args:
        pixels: RGB, shape (height, width, 3).
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX))


def size_features(sizes_px: Sequence[tuple[int, int]]) -> Array:
    """What (width, height) says: sizes, aspect, and whether they are round numbers for a generator.

    Returns:
        One row for each size, not scaled.
    """
    size = np.maximum(np.asarray(sizes_px, np.float64).reshape(-1, 2), 1)
    width, height = size[:, 0], size[:, 1]
    round_numbers = [(size % step == 0).all(axis=1) for step in (8, 64, 128, 256)]
    return np.column_stack(
        [np.log(width), np.log(height), np.log(width / height), np.log(width * height), width == height, *round_numbers]
    ).astype(np.float64)


def thumbnail_features(thumbnails: NDArray[np.uint8]) -> Array:
    """What thumbnails show: layout, colours, and edges by place and direction.

    Args:
        thumbnails: Shape (count, 48, 48, 3).

    Returns:
        One row for each, not scaled.
    """
    shown = thumbnails.astype(np.float64) / 255.0
    count = len(shown)
    layout = shown.reshape(count, 12, 4, 12, 4, 3).mean(axis=(2, 4)).reshape(count, -1)
    coarse = (thumbnails // 64).astype(np.int64)
    code = (coarse[..., 0] * 16 + coarse[..., 1] * 4 + coarse[..., 2]).reshape(count, -1)
    colours = np.stack([np.bincount(row, minlength=64) for row in code]) / code.shape[1]
    saturation = shown.max(axis=3) - shown.min(axis=3)
    luma = shown @ np.array([0.299, 0.587, 0.114])
    moments = np.column_stack(
        [one.reshape(count, -1).mean(1) for one in (saturation, luma)]
        + [one.reshape(count, -1).std(1) for one in (saturation, luma)]
    )
    return np.column_stack([layout, np.sqrt(colours) * 4, _edges(luma) * 4, moments * 4])


def _edges(luma: Array) -> Array:
    down, across = np.gradient(luma, axis=(1, 2))
    strength = np.hypot(down, across)
    direction = ((np.arctan2(down, across) % np.pi) / np.pi * _DIRECTIONS).astype(np.int64) % _DIRECTIONS
    count, cell = len(luma), THUMBNAIL_PX // _CELLS
    planes = [np.where(direction == one, strength, 0.0) for one in range(_DIRECTIONS)]
    cells = np.stack([p.reshape(count, _CELLS, cell, _CELLS, cell).mean(axis=(2, 4)) for p in planes], axis=-1)
    return np.asarray(np.sqrt(cells.reshape(count, -1)), np.float64)


class KernelRidge:
    """A two-class scorer: Gaussian kernel of the median distance, ridge by leave-one-out error, classes of equal weight.

    Args:
        features: One row for each picture. `generated`: which of them a generator made. `rows_max`: how many are learned from, evenly spaced.
    """

    def __init__(self, features: Array, generated: NDArray[np.bool_], rows_max: int = _ROWS_MAX) -> None:
        keep = np.unique(np.linspace(0, len(features) - 1, min(len(features), rows_max)).astype(np.int64))
        rows, wanted = features[keep], np.where(generated[keep], 1.0, -1.0)
        self._mean, self._spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        # Columns of one constant are left where they are: divided by next to nothing, they would drown the others.
        self._spread[self._spread < 1e-6] = 1.0
        self._rows = (rows - self._mean) / self._spread
        distances = _square_distances(self._rows, self._rows)
        above = distances[np.triu_indices(len(rows), 1)]
        self._width = float(np.median(above)) * 0.5 + 1e-9
        share = max(1e-9, float(generated[keep].mean()))
        weights = np.where(generated[keep], 0.5 / share, 0.5 / max(1e-9, 1 - share))
        root = np.sqrt(weights)
        kernel = np.exp(-distances / (2 * self._width)) + 1.0
        values, vectors = np.linalg.eigh(kernel * root[:, None] * root[None, :])
        turned = vectors.T @ (wanted * root)
        best = (np.inf, np.zeros(len(rows)))
        for ridge in _RIDGES:
            shrink = 1.0 / (values + ridge)
            dual = vectors @ (shrink * turned)
            missing = dual / np.einsum("ij,j,ij->i", vectors, shrink, vectors)
            best = min(best, (float(np.mean(missing**2)), dual), key=lambda pair: pair[0])
        self._dual = best[1] * root

    def score(self, features: Array) -> Array:
        """Higher is more like the generated ones; one number for each row."""
        rows = (features - self._mean) / self._spread
        made = [
            (np.exp(-_square_distances(part, self._rows) / (2 * self._width)) + 1.0) @ self._dual
            for part in np.array_split(rows, max(1, len(rows) // 1000))
        ]
        return np.concatenate(made)


def _square_distances(left: Array, right: Array) -> Array:
    apart: Array = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2 * left @ right.T
    return np.asarray(np.maximum(apart, 0.0), np.float64)
