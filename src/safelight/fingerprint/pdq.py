"""PDQ, computed only where it is needed.

PDQ smooths an image with two passes of a box filter along each axis, samples it at 64 x 64 points, takes the 16 x 16 low
frequencies of a cosine transform and sets a bit for each coefficient above their median. Everything before the median is
linear and separable, so the filter and the sampling are one 64-row weight matrix for each axis, and the smoothed image is
never built. From a scaled decode the weights are summed over the pixels that each scaled pixel stands for.

Two references disagree and both are in use. `pdqhash` and `threatexchange` hash at full resolution; Facebook's C++ program first
takes a 512 x 512 nearest-neighbour sample of every image with a side above 512, whatever its shape.

Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (Facebook, 2019), and the behaviour of the
public programs facebook/ThreatExchange (pdq/cpp) and pdqhash.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.model import PdqHash

__all__ = ["PdqTransform", "transform"]

_SAMPLES: Final = 64
_LOW: Final = 16
_NEAREST: Final = 512
_MIN_SIDE_PX: Final = 5
"""The reference program hashes nothing smaller: such an image gets the hash of zeros with quality 0."""

Floats = NDArray[np.float32]

_LUMA: Final[Floats] = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601 luma, as in the reference."""


class PdqTransform:
    """The 16 x 16 low frequencies of one image and its quality, from which each flip and rotation follows.

    Attributes:
        coefficients: Shape (16, 16), float32.
        quality: 0 to 100.
    """

    __slots__ = ("coefficients", "quality")

    def __init__(self, coefficients: Floats, quality: int) -> None:
        self.coefficients = coefficients
        self.quality = quality

    def hash(self) -> PdqHash:
        """The hash of the image as it is."""
        return PdqHash(_bits(self.coefficients), self.quality)

    def dihedral(self) -> tuple[str, ...]:
        """The hashes of the eight flips and rotations, in the order of the reference.

        Mirroring an axis changes the sign of every odd coefficient along it and transposing the image transposes the
        coefficients. The sampling grid is not quite symmetric, so a hash can differ by some bits from that of turned pixels.

        Returns:
            As stored, turned 90, 180 and 270 degrees counterclockwise, mirrored top-bottom, mirrored left-right, transposed,
            transposed over the other diagonal; 64 hex digits each.
        """
        across = np.where(np.arange(_LOW) % 2 == 0, -1.0, 1.0).astype(np.float32)
        down = across[:, None]
        rows, turned = self.coefficients, self.coefficients.T
        forms = (
            rows, turned * down, rows * across * down, turned * across, rows * down, rows * across, turned, turned * across * down,
        )  # fmt: skip
        return tuple(_bits(np.ascontiguousarray(form)) for form in forms)


def transform(
    pixels: NDArray[np.uint8], full_width_px: int, full_height_px: int, *, nearest512: bool = False
) -> PdqTransform:
    """Transforms one grey image.

    Args:
        pixels: Shape (height, width), 8-bit grey, or (height, width, 3), 8-bit RGB; at full size or evenly scaled down.
        full_width_px: Width of the image before scaling; likewise `full_height_px`.
        nearest512: Compute what Facebook's C++ program computes instead of full-resolution PDQ.

    Returns:
        The coefficients and the quality. An image with a side under 5 pixels gets zeros and quality 0, as in the reference.
    """
    if min(full_width_px, full_height_px) < _MIN_SIDE_PX:
        return PdqTransform(np.zeros((_LOW, _LOW), np.float32), 0)
    sampled = nearest512 and max(full_width_px, full_height_px) > _NEAREST
    samples = _smooth_and_sample(
        pixels,
        _axis_weights(full_height_px, pixels.shape[0], sampled),
        _axis_weights(full_width_px, pixels.shape[1], sampled),
    )
    cosines = _cosines()
    return PdqTransform((cosines @ samples @ cosines.T).astype(np.float32), _quality(samples))


Bands = tuple[tuple[int, int, Floats], ...]


def _smooth_and_sample(pixels: NDArray[np.uint8], rows: Bands, columns: Bands) -> Floats:
    """Applies both weight matrices. Each row of weights is zero outside a narrow band, so only that band is multiplied.

    The luma is linear too: it is taken from 64 rows instead of all, and without rounding.
    """
    height, width = pixels.shape[:2]
    flat = pixels.reshape(height, -1)
    tall = np.empty((_SAMPLES, flat.shape[1]), np.float32)
    for index, (start, stop, weights) in enumerate(rows):
        np.dot(weights, flat[start:stop].astype(np.float32), out=tall[index])
    if pixels.ndim == 3:
        tall = tall.reshape(_SAMPLES, width, 3) @ _LUMA
    turned = np.ascontiguousarray(tall.T)
    out = np.empty((_SAMPLES, _SAMPLES), np.float32)
    for index, (start, stop, weights) in enumerate(columns):
        np.dot(weights, turned[start:stop], out=out[index])
    return np.ascontiguousarray(out.T)


@lru_cache(maxsize=512)
def _axis_weights(full_px: int, scaled_px: int, sampled: bool) -> Bands:
    """For each of the 64 samples along one axis: first pixel, end pixel and the weights between, over the scaled pixels."""
    if sampled:
        weights = _filter_weights(_NEAREST)
        taken = np.arange(_NEAREST, dtype=np.int64) * full_px // _NEAREST
    else:
        weights = _filter_weights(full_px)
        taken = np.arange(full_px, dtype=np.int64)
    # A scaled decoder rounds its size up: with denominator d, scaled pixel j stands for pixels j*d to (j+1)*d - 1.
    scale = 1 if scaled_px == full_px else max(1, round(full_px / scaled_px))
    places = np.minimum(taken // scale, scaled_px - 1)
    bands = []
    for row in weights:
        used = np.flatnonzero(row)
        summed = np.bincount(places[used], weights=row[used])
        start = int(places[used[0]])
        bands.append((start, len(summed), summed[start:].astype(np.float32)))
    return tuple(bands)


def _filter_weights(size_px: int) -> NDArray[np.float64]:
    """The 64 sampled rows of the twice applied box filter, shape (64, size_px)."""
    window = (size_px + 2 * _SAMPLES - 1) // (2 * _SAMPLES)
    ahead = (window + 2) // 2
    centres = ((np.arange(_SAMPLES) + 0.5) * size_px / _SAMPLES).astype(np.int64)
    index = np.arange(size_px)
    low = np.maximum(0, index - (window - ahead))
    high = np.minimum(size_px, index + ahead)
    out = np.zeros((_SAMPLES, size_px + 1))
    for row, centre in enumerate(centres):
        first = slice(low[centre], high[centre])
        share = 1.0 / (high[centre] - low[centre]) / (high[first] - low[first])
        np.add.at(out[row], low[first], share)
        np.subtract.at(out[row], high[first], share)
    weights = np.cumsum(out[:, :-1], axis=1)
    weights[np.abs(weights) < 1e-12] = 0.0
    return weights


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    """Rows 1 to 16 of the 64-point cosine transform, shape (16, 64)."""
    rows, columns = np.arange(1, _LOW + 1)[:, None], np.arange(_SAMPLES)[None, :]
    scale = np.sqrt(2.0 / _SAMPLES)
    return np.asarray(scale * np.cos(np.pi / 2 / _SAMPLES * rows * (2 * columns + 1)), np.float32)


def _quality(samples: Floats) -> int:
    """The reference's gradient measure: whole percents of steps between neighbours, summed, a ninetieth of it, at most 100."""
    down = np.trunc((samples[:-1] - samples[1:]) * 100 / 255)
    across = np.trunc((samples[:, :-1] - samples[:, 1:]) * 100 / 255)
    total = int(np.abs(down).sum() + np.abs(across).sum())
    return min(100, total // 90)


def _bits(coefficients: Floats) -> str:
    """Bit 16 i + j is set where coefficient (i, j) lies above the lower median; hex has the highest bit first."""
    flat = coefficients.ravel()
    median = np.partition(flat, flat.size // 2 - 1)[flat.size // 2 - 1]
    return np.packbits(flat[::-1] > median).tobytes().hex()
