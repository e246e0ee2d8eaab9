"""Where two pictures agree and differ, how much of each that is, and the transformation between them in words."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.features import LocalFeatures
from safelight.grouping.scene_geometry import Agreement

__all__ = ["CELLS", "full_matrix", "grids", "only_frame", "share_of", "transformation_words"]

CELLS: Final = 8
"""Cells of the map along each side."""

_AGREES_FROM: Final = 0.25
"""Part of a cell's visible spots that must agree for the cell to agree: an edit makes many spots of an untouched part disappear."""

_DIFFERS_FROM: Final = 2
_FINEST_PX: Final = 3.0
_ON_PLAIN: Final = 0.6
_WHOLE: Final = 0.95

Matrix = NDArray[np.float64]


def grids(first: LocalFeatures, second: LocalFeatures, found: Agreement) -> tuple[str, str]:
    """The maps over the first and the second picture; see `model.SceneLink.grid`."""
    back = _inverse(found.matrix)
    return (
        _grid(first, found.first, back, second.width, second.height),
        _grid(second, found.second, found.matrix, first.width, first.height),
    )


def share_of(grid: str) -> float:
    """The part of a picture that agrees, as far as there was anything to compare."""
    agrees = grid.count("a")
    compared = agrees + grid.count("d") + grid.count("o")
    return agrees / compared if compared else 0.0


def only_frame(first: LocalFeatures, second: LocalFeatures, found: Agreement) -> bool:
    """Whether most of what agrees stands on plain ground, as the text, bars and buttons of a screen, a form or a caption do.

    Parts of a photograph seldom do: of a hundred that were edited and found again, five had more than 15 % of what agrees on plain ground.
    """
    plain = np.concatenate([first.plain[found.first], second.plain[found.second]])
    return float(plain.mean()) >= _ON_PLAIN


def full_matrix(
    found: Agreement, first: LocalFeatures, second: LocalFeatures, first_px: tuple[int, int], second_px: tuple[int, int]
) -> Matrix:
    """The matrix of an agreement in pixels of the pictures as stored, given their (width, height)."""
    grown = np.array([first_px[0] / first.width, first_px[1] / first.height])
    shrunk = np.array([second.width / second_px[0], second.height / second_px[1], 1.0])
    return np.asarray(found.matrix * grown[:, None] * shrunk[None, :])


def transformation_words(matrix: Matrix, first_px: tuple[int, int], second_px: tuple[int, int]) -> str:
    """What was done to the second picture to get the first, as far as a shift, turn, scale, mirror and crop go; empty for nothing.

    Args:
        matrix: Shape (2, 3), in pixels as stored. `first_px`, `second_px`: (width, height).
    """
    linear = matrix[:, :2]
    mirrored = np.linalg.det(linear) < 0
    upright = linear @ np.diag([-1.0, 1.0]) if mirrored else linear
    turned = float(np.degrees(np.arctan2(upright[1, 0] - upright[0, 1], upright[0, 0] + upright[1, 1])))
    long, short = np.linalg.svd(linear, compute_uv=False)
    scale = float(np.sqrt(long * short))
    words = []
    if mirrored and abs(abs(turned) - 180) <= 2:
        words.append("flipped top to bottom")
    elif mirrored:
        words.append("mirrored")
    if abs(turned) > 2 and not (mirrored and abs(abs(turned) - 180) <= 2):
        words.append(f"turned {abs(turned):.0f} degrees {'clockwise' if turned > 0 else 'counterclockwise'}")
    if abs(scale - 1) > 0.02:
        words.append(f"scaled {scale:.2f} x")
    if short > 0 and long / short > 1.06:
        words.append(f"stretched by {long / short - 1:.0%}".replace("%", " %"))
    kept = _covered(matrix, second_px, first_px)
    if kept < _WHOLE:
        words.append(f"cropped to {kept:.0%} of the other".replace("%", " %"))
    filled = _covered(_inverse(matrix), first_px, second_px)
    if filled < _WHOLE:
        words.append(f"with {1 - filled:.0%} added around it".replace("%", " %"))
    return ", ".join(words)


def _grid(picture: LocalFeatures, agreeing: NDArray[np.int64], to_other: Matrix, width: int, height: int) -> str:
    spots = np.stack([picture.x, picture.y], axis=1).astype(np.float64)
    cell = _cell(spots, picture)
    # What would be smaller in the other than the finest that is found there says nothing: an enlarged crop has much of that.
    smallest = np.exp2(picture.size) * np.sqrt(abs(np.linalg.det(to_other[:, :2]))) >= _FINEST_PX
    seen = np.bincount(cell[_inside(spots, to_other, width, height) & smallest], minlength=CELLS * CELLS)
    agrees = np.bincount(cell[agreeing], minlength=CELLS * CELLS)
    middle = (np.arange(CELLS) + 0.5) / CELLS
    centres = np.stack(np.meshgrid(middle * picture.width, middle * picture.height), axis=-1).reshape(-1, 2)
    inside = _inside(centres, to_other, width, height)
    good = agrees >= np.maximum(1, _AGREES_FROM * seen)
    # One spot that is missing beside parts that agree is no difference; edits lose single spots everywhere.
    beside = np.pad(good.reshape(CELLS, CELLS), 1)
    beside = (beside[:-2, 1:-1] | beside[2:, 1:-1] | beside[1:-1, :-2] | beside[1:-1, 2:]).ravel()
    letters = np.where(good, "a", np.where(seen >= np.where(beside, _DIFFERS_FROM, 1), "d", "."))
    return "".join(np.where(inside | (letters == "a"), letters, "o"))


def _cell(spots: Matrix, picture: LocalFeatures) -> NDArray[np.int64]:
    column = np.clip(spots[:, 0] * CELLS // picture.width, 0, CELLS - 1).astype(np.int64)
    row = np.clip(spots[:, 1] * CELLS // picture.height, 0, CELLS - 1).astype(np.int64)
    return row * CELLS + column


def _inside(spots: Matrix, to_other: Matrix, width: int, height: int) -> NDArray[np.bool_]:
    there = spots @ to_other[:, :2].T + to_other[:, 2]
    return (there[:, 0] >= 0) & (there[:, 0] < width) & (there[:, 1] >= 0) & (there[:, 1] < height)


def _covered(matrix: Matrix, size: tuple[int, int], target: tuple[int, int]) -> float:
    """The part of a picture of this size that lies inside the other, from 32 x 32 points."""
    steps = (np.arange(32) + 0.5) / 32
    points = np.stack(np.meshgrid(steps * size[0], steps * size[1]), axis=-1).reshape(-1, 2)
    return float(np.mean(_inside(points, matrix, *target)))


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(np.vstack([matrix, [0.0, 0.0, 1.0]]))[:2])
