"""Which pixels along one axis make up each of PDQ's 64 samples, and with what weight.

PDQ's two passes of a box filter followed by the choice of 64 places are, along one axis, a matrix of 64 rows that are zero outside
a narrow band. Here that matrix is made for an axis, also where every pixel kept stands for several (a scaled decode), where the image
is first sampled down to 512, and where the axis is mirrored; neighbouring rows are put together, so that several kinds of
sampling read a band of pixels once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEAREST_PX", "SAMPLES", "Band", "Sampling", "bands"]

SAMPLES: Final = 64
NEAREST_PX: Final = 512
_CACHED_UP_TO_PX: Final = 16_384

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


class Sampling(NamedTuple):
    """How the 64 samples are taken along one axis.

    Attributes:
        nearest512: From a 512-pixel nearest-neighbour sample of the axis instead of from all pixels.
        mirrored: As if the axis ran the other way.
    """

    nearest512: bool
    mirrored: bool


class Band(NamedTuple):
    """The pixels `start` to `stop` of an axis and their weights.

    Attributes:
        weights: Shape (samplings * group, stop - start): for each sampling, `group` samples that follow one another along the axis.
    """

    start: int
    stop: int
    weights: Floats


def bands(full_px: int, scaled_px: int, samplings: tuple[Sampling, ...], group: int) -> tuple[Band, ...]:
    """The 64 samples of each sampling, in bands of `group`.

    Args:
        full_px: Length of the axis before scaling. `scaled_px`: number of pixels that there are.
        samplings: At least one. The samples of a mirrored one come in the order of the pixels, so from its last to its first.
        group: A divisor of 64.
    """
    made = _bands if full_px > _CACHED_UP_TO_PX else _cached_bands
    return made(full_px, scaled_px, samplings, group)


def _bands(full_px: int, scaled_px: int, samplings: tuple[Sampling, ...], group: int) -> tuple[Band, ...]:
    made = [_samples(full_px, scaled_px, sampling) for sampling in samplings]
    out = []
    for first in range(0, SAMPLES, group):
        chosen = slice(first, first + group)
        start = min(int(places[chosen].min()) for places, _ in made)
        stop = max(int(places[chosen].max()) for places, _ in made) + 1
        width = stop - start
        weights = [
            np.bincount(
                (places[chosen] - start + np.arange(group)[:, None] * width).ravel(),
                shares[chosen].ravel(),
                group * width,
            )
            for places, shares in made
        ]
        out.append(Band(start, stop, np.concatenate(weights).reshape(-1, width).astype(np.float32)))
    return tuple(out)


_cached_bands = lru_cache(maxsize=128)(_bands)


def _samples(full_px: int, scaled_px: int, sampling: Sampling) -> tuple[Indices, NDArray[np.float64]]:
    """(places among the scaled pixels, weights), shape (64, n) each, in the order of the pixels; a place may come twice."""
    size = NEAREST_PX if sampling.nearest512 else full_px
    starts, weights = _tents(size)
    taken = np.minimum(starts[:, None] + np.arange(weights.shape[1]), size - 1)
    if sampling.nearest512:
        taken = taken * full_px // NEAREST_PX
    if sampling.mirrored:
        taken, weights = full_px - 1 - taken[::-1], weights[::-1]
    # A scaled decoder rounds its size up: with denominator d, scaled pixel j stands for pixels j*d to (j+1)*d - 1.
    scale = 1 if scaled_px == full_px else max(1, round(full_px / scaled_px))
    places = np.minimum(taken // scale, scaled_px - 1)
    # Pixels without weight must not widen a band.
    some = places[np.arange(SAMPLES), weights.argmax(axis=1)]
    return np.where(weights > 0, places, some[:, None]), weights


def _tents(size_px: int) -> tuple[Indices, NDArray[np.float64]]:
    """The twice applied box filter at the 64 sampled pixels: (first pixel, weights from there on), shapes (64,) and (64, n).

    A box of `window` pixels covers pixels i - behind to i + ahead - 1 and is cut, and its mean taken over what is left, at both ends.
    """
    window = (size_px + 2 * SAMPLES - 1) // (2 * SAMPLES)
    ahead = (window + 2) // 2
    behind = window - ahead
    centres = ((np.arange(SAMPLES) + 0.5) * size_px / SAMPLES).astype(np.int64)
    starts = np.maximum(0, centres - 2 * behind)
    second = centres[:, None] - behind + np.arange(window)
    inside = (second >= 0) & (second < size_px)
    second = np.clip(second, 0, size_px - 1)
    low = np.maximum(0, second - behind)
    high = np.minimum(size_px, second + ahead)
    share = inside / inside.sum(axis=1, keepdims=True) / (high - low)
    edges = np.zeros((SAMPLES, 2 * window + 1))
    rows = np.arange(SAMPLES)[:, None]
    np.add.at(edges, (rows, low - starts[:, None]), share)
    np.subtract.at(edges, (rows, high - starts[:, None]), share)
    weights = np.cumsum(edges[:, :-1], axis=1)
    weights[np.abs(weights) < 1e-12] = 0.0
    return starts, weights
