"""That a picture was enlarged: interpolated pixels follow from their neighbours, and how well they do so repeats with a period.

Enlarging by a factor f makes the mean size of second differences, column by column, periodic with 1/f periods a pixel, and row by row alike
(Gallagher, "Detection of linear and cubic interpolation in JPEG compressed images", 2005; Kirchner, "Fast and reliable resampling detection", 2008).
A peak counts only where rows and columns have it at the same frequency: a fence has it in one of them. Multiples of 1/16 are left out, since JPEG's
blocks leave them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Enlargement", "enlargement_of"]

_LENGTH: Final = 4096
_LEAST_PX: Final = 256
_AROUND: Final = 96
_LOWEST: Final = 0.12
"""Least frequency looked at, in periods a pixel; below, the picture's own layout lies."""

_JPEG_MARGIN: Final = 0.006
_EACH_LEAST: Final = 7.0
_LINES_MAX: Final = 512

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Enlargement:
    """A period that was found.

    Attributes:
        frequency: Periods a pixel, 0 to 0.5. `factors`: those by which enlarging gives this frequency, 1 to 4.
        chance: Upper limit of the chance of such a peak in noise; pictures are not noise, so that the measured error rates count and not this.
    """

    frequency: float
    factors: tuple[float, ...]
    chance: float


def enlargement_of(luma: NDArray[np.uint8]) -> Enlargement | None:
    """The strongest period that rows and columns share; None for a picture too small to tell.

    Args:
        luma: Shape (height, width).
    """
    if min(luma.shape) < _LEAST_PX:
        return None
    across, down = _ratios(luma), _ratios(luma.T)
    frequency = np.arange(len(across)) / _LENGTH
    from_block = np.abs(frequency * 16 - np.round(frequency * 16)) / 16
    usable = (frequency >= _LOWEST) & (from_block > _JPEG_MARGIN) & (np.minimum(across, down) >= _EACH_LEAST)
    if not usable.any():
        return Enlargement(frequency=0.0, factors=(), chance=1.0)
    both = np.where(usable, across + down, 0.0)
    best = int(both.argmax())
    total = float(both[best])
    chance = min(1.0, len(both) * (1 + total) * math.exp(-min(total, 700.0)))
    found = best / _LENGTH
    # A factor f gives the frequency 1/f, folded into 0 to 0.5.
    factors = tuple(round(1 / one, 3) for one in (1 - found, found) if 0.25 <= one < 1)
    return Enlargement(frequency=found, factors=factors, chance=chance)


def _ratios(luma: NDArray[np.uint8]) -> Floats:
    """Power of the profile of second differences along rows, over the median power around; in noise each is exponential with mean 1."""
    step = max(1, len(luma) // _LINES_MAX)
    lines = luma[::step].astype(np.int16)
    second = np.abs(lines[:, 2:] - 2 * lines[:, 1:-1] + lines[:, :-2])
    profile = np.log(second.mean(axis=0, dtype=np.float64) + 0.05)[:_LENGTH]
    width = 15
    smooth = np.convolve(np.pad(profile, width // 2, mode="edge"), np.ones(width) / width, mode="valid")
    waves = (profile - smooth) * np.hanning(len(profile))
    power = np.abs(np.fft.rfft(waves, _LENGTH)) ** 2
    # Of zero-padded spectra neighbours are alike; the median is taken over every eighth.
    padded = np.pad(power, _AROUND, mode="reflect")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)[:, ::8], axis=1)
    return np.asarray(power / (around / math.log(2) + 1e-12), np.float64)
