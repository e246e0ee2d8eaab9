"""The 8 x 8 grid that saving as JPEG leaves in pixels, and where it lies, whatever the file is now.

JPEG makes many cosine coefficients of each block zero. Windows of 15 x 15 pixels each hold 64 blocks, one for each place the grid could have;
the block with most coefficients near zero votes for its place. Without a grid every place is as likely as another, so that the chance of so
many votes for one place is that of a binomial law, times 64 for the places tried (an a-contrario test after Nikoukhah and others, "ZERO: a local
JPEG grid origin detector based on the number of DCT zeros", IPOL 2021).

Scaling up leaves periods of its own, which favour several places alike; then nothing is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["COSINES", "Grid", "grid_of"]

_BLOCK: Final = 8
_WINDOW: Final = 15
_WINDOWS_MAX: Final = 300
_WINDOWS_MIN: Final = 40
_RIVAL: Final = 0.35
"""Votes of the second place, as a share of the first's, from which the votes show a period of another kind."""


def _cosines() -> NDArray[np.float32]:
    place = np.arange(_BLOCK)
    table = np.cos(np.pi * place[:, None] * (2 * place[None, :] + 1) / (2 * _BLOCK)) * np.sqrt(2 / _BLOCK)
    table[0] /= math.sqrt(2)
    return np.asarray(table, np.float32)


COSINES: Final = _cosines()
"""Rows of the discrete cosine transform of 8 values, orthonormal."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid that was found.

    Attributes:
        left_px: Columns before the first whole block, 0 to 7. `top_px`: rows.
        votes: Windows that voted for it, of `windows` that voted at all.
        rival: Votes of the second place, as a share of the first's.
        chance: Upper limit of the chance of so many votes in a picture without a grid.
    """

    left_px: int
    top_px: int
    votes: int
    windows: int
    rival: float
    chance: float


def grid_of(luma: NDArray[np.uint8]) -> Grid | None:
    """The grid with most votes; None where too few windows vote or another place has nearly as many.

    Args:
        luma: Shape (height, width).
    """
    height, width = luma.shape
    across, down = width // 16, height // 16
    if across * down < _WINDOWS_MIN:
        return None
    places = np.arange(across * down)
    if len(places) > _WINDOWS_MAX:
        places = np.unique(np.linspace(0, len(places) - 1, _WINDOWS_MAX).astype(np.int64))
    tops, lefts = places // across * 16, places % across * 16
    rows = tops[:, None] + np.arange(_WINDOW)
    columns = lefts[:, None] + np.arange(_WINDOW)
    windows = luma[rows[:, :, None], columns[:, None, :]].astype(np.float32)
    zeros = _zeros(windows)
    best = zeros.reshape(len(zeros), -1)
    top = best.max(axis=1)
    clear = ((best == top[:, None]).sum(axis=1) == 1) & (top < 63)
    chosen = best[clear].argmax(axis=1)
    # A window starts at a multiple of 16, so that the place of a block in it is that of the grid.
    votes = np.bincount(chosen, minlength=64).reshape(_BLOCK, _BLOCK)
    total = int(votes.sum())
    if total < _WINDOWS_MIN:
        return None
    order = np.argsort(votes, axis=None)
    first, second = int(votes.flat[order[-1]]), int(votes.flat[order[-2]])
    if second > _RIVAL * first:
        return None
    chance = min(1.0, 64 * _tail(first, total, 1 / 64))
    top_px, left_px = divmod(int(order[-1]), _BLOCK)
    return Grid(left_px=left_px, top_px=top_px, votes=first, windows=total, rival=second / first, chance=chance)


def _zeros(windows: NDArray[np.float32]) -> NDArray[np.int64]:
    """Coefficients near zero of each block: shape (windows, 8, 8), by the block's (top, left) in its window."""
    blocks = np.lib.stride_tricks.sliding_window_view(windows, (_BLOCK, _BLOCK), axis=(1, 2))
    turned = COSINES @ blocks @ COSINES.T
    return np.asarray((np.abs(turned) < 0.5).sum(axis=(3, 4)), np.int64)


def _tail(hits: int, trials: int, share: float) -> float:
    """P(X >= hits) for a binomial X."""
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(share)
        + (trials - k) * math.log1p(-share)
        for k in range(hits, trials + 1)
    ]
    top = max(logs)
    return min(1.0, math.exp(top) * math.fsum(math.exp(one - top) for one in logs))
