"""That the pixels of a JPEG were saved as JPEG before, on the same grid and with other steps, as its cosine coefficients show.

Each coefficient of a JPEG is a whole number of steps. Where it was a whole number of other steps before, some numbers cannot occur and others occur
more often, again and again along the histogram (Lukáš and Fridrich, "Estimation of primary quantization matrix in double compressed JPEG
images", 2003; Popescu and Farid, "Statistical tools for digital forensics", 2004). How the coefficients were spread before any rounding is taken from
the histogram itself, as a mixture of Laplace and normal laws (Thai, Cogranne and Retraint, "JPEG quantization step estimation and its
applications to digital image forensics", 2017, take one law), which is too smooth to follow the gaps. Each earlier step, and none, makes the
histogram so and so likely; the ratio speaks.

Zeros are left out: flat ground gives more or fewer than any smooth law, which would look like an earlier step. An earlier step of 1, the step of
now, and one of which the step of now is a multiple leave too little to be told; nor does an earlier saving on another grid, after cutting or scaling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.origin.grid import COSINES

__all__ = ["FREQUENCIES", "Twice", "earlier_saving"]

FREQUENCIES: Final = (
    (0, 1),
    (1, 0),
    (2, 0),
    (1, 1),
    (0, 2),
    (0, 3),
    (1, 2),
    (2, 1),
    (3, 0),
    (4, 0),
    (3, 1),
    (2, 2),
    (1, 3),
    (0, 4),
)
"""(row, column) of the coefficients that are looked at, in the order of the file; finer ones are mostly zero."""  # fmt: skip

_STANDARD: Final = np.array((11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24))
"""Steps of the IJG library at quality 50 for these (ITU-T T.81, table K.1)."""

_BLOCKS_MAX: Final = 2048
_BLOCKS_MIN: Final = 200
_COUNTS: Final = 25
"""Multiples of a step that are told apart, from 0; rarer, larger ones are left out."""

_STEPS: Final = np.arange(2, 41)
_SPREADS: Final = (0.7, 1.6, 4.0, 9.0, 22.0, 55.0, 140.0)
"""Of the Laplace laws, whose sum texture follows. `_NOISES`: standard deviations of normal laws, which the noise of a sensor follows."""

_NOISES: Final = (1.0, 1.7, 2.9, 5.0, 8.5, 14.0, 24.0, 40.0)
_ROUNDS: Final = 15
_PIXEL_NOISE: Final = 0.4
"""Standard deviation that rounding pixels between the two savings adds to a coefficient."""

_UNTOUCHED: Final = 0.06
"""Share of coefficients that need not have been saved twice: what was drawn over since, and pixels that were clipped."""

_TELLING: Final = 8.0
"""Natural log of the likelihood ratio from which one coefficient tells. `_AGREEING`: how many must."""

_AGREEING: Final = 3
_LEAST_QUALITY: Final = 30
_EXPLAINED: Final = 0.8
_HALVES: Final = 2 * 1200
"""Coefficients of 8-bit pixels stay below 1,100."""

Floats = NDArray[np.float64]

_BASIS: Final = np.stack([np.outer(COSINES[row], COSINES[column]).ravel() for row, column in FREQUENCIES], axis=1)


def _within() -> Floats:
    """Share of each law that lies within k/2 of zero, for whole k."""
    halves = np.arange(_HALVES)[:, None] / 2
    normal = [[math.erf(half / (noise * math.sqrt(2))) for noise in _NOISES] for half in halves[:, 0]]
    return np.concatenate([-np.expm1(-halves / np.array(_SPREADS)), np.array(normal)], axis=1)


_WITHIN: Final = _within()


@dataclass(frozen=True, slots=True)
class Twice:
    """What the coefficients say of an earlier saving.

    Attributes:
        support: For the third of the coefficients that speak for it most, the natural log of how much more likely its histogram is with an
            earlier step than without.
        steps: (row, column, step now, step before) of the coefficients that tell it. `quality`: of the IJG library whose steps
            explain nearly all of that; None where none does.
        blocks: Different ones that were looked at.
    """

    support: float
    steps: tuple[tuple[int, int, int, int], ...]
    quality: int | None
    blocks: int

    @property
    def found(self) -> bool:
        """Whether enough coefficients tell it, and not those of one direction alone: ruled lines repeat themselves in one."""
        return len(self.steps) >= _AGREEING and all(any(step[way] for step in self.steps) for way in (0, 1))


def earlier_saving(luma: NDArray[np.uint8], table: tuple[int, ...]) -> Twice | None:
    """Looks for steps of an earlier saving; None for a picture with too few blocks.

    Args:
        luma: Shape (height, width), decoded at full size, its first block at the corner. `table`: the 64 steps of its luma, row by row.
    """
    blocks = _distinct(_blocks(luma))
    if len(blocks) < _BLOCKS_MIN:
        return None
    steps = np.array([table[8 * row + column] for row, column in FREQUENCIES], np.int64)
    multiples = np.abs(np.rint(blocks @ _BASIS / steps.astype(np.float32))).astype(np.int64)
    counts = np.stack([np.bincount(np.minimum(one, _COUNTS), minlength=_COUNTS + 1)[:-1] for one in multiples.T])
    ratios = _ratios(counts, steps)
    best = ratios.max(axis=1)
    before = _STEPS[ratios.argmax(axis=1)]
    telling = best >= _TELLING
    told = tuple(
        (row, column, int(now), int(then))
        for (row, column), now, then, tells in zip(FREQUENCIES, steps, before, telling, strict=True)
        if tells
    )
    return Twice(float(np.sort(best)[-_AGREEING]), told, _quality(ratios[telling], telling), len(blocks))


def _blocks(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Whole blocks of the grid, evenly over the picture, shape (blocks, 64)."""
    height, width = luma.shape
    across, down = width // 8, height // 8
    places = np.unique(np.linspace(0, max(0, across * down - 1), min(_BLOCKS_MAX, across * down)).astype(np.int64))
    rows = (places // max(1, across) * 8)[:, None] + np.arange(8)
    columns = (places % max(1, across) * 8)[:, None] + np.arange(8)
    return np.asarray(luma[rows[:, :, None], columns[:, None, :]].reshape(len(places), 64), np.float32)


def _distinct(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each block once: what is drawn repeats blocks, and a thousand copies say no more than one."""
    keys = blocks.astype(np.float64) @ np.sqrt(np.arange(2.0, 66.0))
    return blocks[np.unique(keys, return_index=True)[1]]


def _ratios(counts: NDArray[np.int64], steps: NDArray[np.int64]) -> Floats:
    """Natural log of the likelihood ratio for each coefficient and each of `_STEPS`, given that it is not zero."""
    # Twice the upper edge of each multiple, in units of coefficients: 1 step, 3 steps, 5 steps ...
    edges = np.minimum((2 * np.arange(_COUNTS) + 1) * steps[:, None], _HALVES - 1)
    within, once = _spread(counts[:, 1:], edges)
    step = _STEPS[None, :, None]
    edge = edges[:, None, :]
    # The earlier multiple nearest to an edge: the noise of the pixels decides on which side it falls.
    nearest = (edge + step) // (2 * step)
    over = 1 / (1 + np.exp(np.clip(1.702 * (nearest * step - edge / 2) / _PIXEL_NOISE, -30, 30)))
    over = np.where(nearest == 0, np.maximum(2 * over - 1, 0), over)
    rows = np.arange(len(counts))[:, None, None]
    below = within[rows, np.clip((2 * nearest - 1) * step, 0, _HALVES - 1)]
    above = within[rows, np.minimum((2 * nearest + 1) * step, _HALVES - 1)]
    twice = np.maximum(np.diff((1 - over) * below + over * above, axis=2), 0) + 1e-9
    twice /= twice.sum(axis=2, keepdims=True)
    mixed = (1 - _UNTOUCHED) * twice + _UNTOUCHED * once[:, None]
    found = (counts[:, None, 1:] * np.log(mixed / once[:, None])).sum(axis=2)
    return np.asarray(np.where(_STEPS[None, :] == steps[:, None], 0.0, found), np.float64)


def _spread(counts: NDArray[np.int64], edges: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The mixture that explains each histogram without its zeros best.

    Returns:
        Its share within k/2 of zero, for whole k, up to a factor; and the share of each multiple from 1.
    """
    cells = np.diff(_WITHIN[edges], axis=1) + 1e-12
    seen = cells.sum(axis=1)
    cells /= seen[:, None]
    weights = np.full((len(counts), _WITHIN.shape[1]), 1 / _WITHIN.shape[1])
    for _ in range(_ROUNDS):
        parts = cells * weights[:, None]
        parts *= (counts / parts.sum(axis=2))[:, :, None]
        weights = parts.sum(axis=1) + 1e-3
        weights /= weights.sum(axis=1, keepdims=True)
    return (weights / seen) @ _WITHIN.T, (cells * weights[:, None]).sum(axis=2)


def _quality(ratios: Floats, telling: NDArray[np.bool_]) -> int | None:
    """The IJG quality whose steps explain nearly all that the telling coefficients say."""
    if not len(ratios):
        return None
    qualities = np.arange(_LEAST_QUALITY, 101)
    scales = np.where(qualities < 50, 5000 // qualities, 200 - 2 * qualities)
    steps = np.maximum(1, (_STANDARD[telling][None] * scales[:, None] + 50) // 100)
    known = (steps >= _STEPS[0]) & (steps <= _STEPS[-1])
    index = np.clip(steps - _STEPS[0], 0, len(_STEPS) - 1)
    sums = np.where(known, ratios[np.arange(len(ratios))[None], index], 0.0).sum(axis=1)
    best = int(sums.argmax())
    return int(qualities[best]) if sums[best] >= _EXPLAINED * ratios.max(axis=1).sum() else None
