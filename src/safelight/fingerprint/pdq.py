"""PDQ, computed only where it is needed.

PDQ smooths an image with two passes of a box filter along each axis, samples it at 64 x 64 points, takes the 16 x 16 low
frequencies of a cosine transform and sets a bit for each coefficient above their median. Everything before the median is
linear and separable, so the filter and the sampling are one matrix of 64 rows for each axis (`sampling`), and the smoothed image is
never built. From a scaled decode the weights are summed over the pixels that each scaled pixel stands for. Several views of an image
are computed from one pass over its pixels.

Two references disagree and both are in use. `pdqhash` and `threatexchange` hash at full resolution; Facebook's C++ program first
takes a 512 x 512 nearest-neighbour sample of every image with a side above 512, whatever its shape.

Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (Facebook, 2019), and the behaviour of the
public programs facebook/ThreatExchange (pdq/cpp) and pdqhash.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.sampling import NEAREST_PX, SAMPLES, Band, Sampling, bands
from safelight.model import PdqHash

__all__ = ["PdqTransform", "View", "transform", "transforms"]

_LOW: Final = 16
_MIN_SIDE_PX: Final = 5
"""The reference program hashes nothing smaller: such an image gets the hash of zeros with quality 0."""

_STRIP_PX: Final = 16_384
"""Columns smoothed at a time, so that an image of a few very long rows takes no more memory than another."""

Floats = NDArray[np.float32]

_LUMA: Final[Floats] = np.array([0.299, 0.587, 0.114, 0.0], np.float32)
"""ITU-R BT.601 luma, as in the reference; a fourth channel is left out."""


@dataclass(frozen=True, slots=True)
class View:
    """What is hashed of an image.

    Attributes:
        nearest512: What Facebook's C++ program hashes, instead of the full resolution.
        orientation: As the image is shown under this EXIF orientation, 1 to 8; 1 is as stored.
    """

    nearest512: bool = False
    orientation: int = 1

    @property
    def transposed(self) -> bool:
        """Whether rows and columns change places."""
        return self.orientation >= 5

    def _samplings(self, sampled: bool) -> tuple[Sampling, Sampling]:
        """How the stored rows and the stored columns are sampled."""
        shown_rows, shown_columns = self.orientation in {3, 4, 7, 8}, self.orientation in {2, 3, 6, 7}
        rows, columns = (shown_columns, shown_rows) if self.transposed else (shown_rows, shown_columns)
        return Sampling(sampled, rows), Sampling(sampled, columns)


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

    def bits_changed_by(self, noise: float) -> float:
        """How many bits independent noise of this standard deviation in every coefficient is expected to change."""
        if noise <= 0:
            return 0.0
        distances = np.abs(self.coefficients - _median(self.coefficients)) / noise
        # The share of a normal distribution beyond x, by its logistic approximation (within 0.01).
        return float(np.sum(1.0 / (1.0 + np.exp(np.minimum(1.702 * distances, 60.0)))))

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
    """One view of an image as stored; arguments and result as of `transforms`."""
    return transforms(pixels, full_width_px, full_height_px, (View(nearest512=nearest512),))[0]


def transforms(
    pixels: NDArray[np.uint8], full_width_px: int, full_height_px: int, views: tuple[View, ...]
) -> tuple[PdqTransform, ...]:
    """Transforms one image.

    Args:
        pixels: 8-bit; shape (height, width) for grey, (height, width, 3) for RGB, (height, width, 4) for RGB with a fourth channel
            that is left out; at full size or evenly scaled down.
        full_width_px: Width of the image before scaling; likewise `full_height_px`.
        views: What is wanted; at least one.

    Returns:
        For each view its coefficients and quality. An image with a side under 5 pixels gets zeros and quality 0, as in the reference.
    """
    if min(full_width_px, full_height_px) < _MIN_SIDE_PX:
        return tuple(PdqTransform(np.zeros((_LOW, _LOW), np.float32), 0) for _ in views)
    large = max(full_width_px, full_height_px) > NEAREST_PX
    rows, columns = zip(*(view._samplings(view.nearest512 and large) for view in views), strict=True)
    smoothed = _smooth_and_sample(
        pixels,
        bands(full_height_px, pixels.shape[0], rows, _group(pixels.shape[0])),
        bands(full_width_px, pixels.shape[1], columns, _group(pixels.shape[1])),
        len(views),
    )
    cosines = _cosines()
    out = []
    for view, samples, row, column in zip(views, smoothed, rows, columns, strict=True):
        shown = samples[:: -1 if row.mirrored else 1, :: -1 if column.mirrored else 1]
        shown = np.ascontiguousarray(shown.T if view.transposed else shown)
        out.append(PdqTransform((cosines @ shown @ cosines.T).astype(np.float32), _quality(shown)))
    return tuple(out)


def _group(size_px: int) -> int:
    """How many neighbouring samples to take at once: fewer calls on small images, fewer multiplications with zero on large ones."""
    return 4 if size_px <= 640 else 2


def _smooth_and_sample(
    pixels: NDArray[np.uint8], rows: tuple[Band, ...], columns: tuple[Band, ...], views: int
) -> Floats:
    """Applies both weight matrices; shape (views, 64, 64), in the order of the stored pixels.

    The luma is linear too: it is taken from 64 rows instead of all, and without rounding.
    """
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    flat = np.ascontiguousarray(pixels).reshape(height, -1)
    taken = np.zeros((len(columns), columns[0].weights.shape[0], views * SAMPLES), np.float32)
    for left in range(0, width, _STRIP_PX):
        right = min(left + _STRIP_PX, width)
        strip = flat[:, left * channels : right * channels]
        smooth = np.empty((len(rows), rows[0].weights.shape[0], strip.shape[1]), np.float32)
        for place, (start, stop, weights) in enumerate(rows):
            np.matmul(weights, strip[start:stop].astype(np.float32), out=smooth[place])
        grey = smooth.reshape(-1, right - left, channels) @ _LUMA[:channels] if channels > 1 else smooth
        grey = grey.reshape(views * SAMPLES, right - left)
        for place, (start, stop, weights) in enumerate(columns):
            low, high = max(start, left), min(stop, right)
            if low < high:
                taken[place] += weights[:, low - start : high - start] @ grey[:, low - left : high - left].T
    # Axes now: band of columns, view, column in the band; band of rows, view, row in the band. Only equal views are wanted.
    apart = taken.reshape(len(columns), views, -1, len(rows), views, SAMPLES // len(rows))
    return np.stack([apart[:, view, :, :, view].reshape(SAMPLES, SAMPLES).T for view in range(views)])


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    """Rows 1 to 16 of the 64-point cosine transform, shape (16, 64)."""
    rows, columns = np.arange(1, _LOW + 1)[:, None], np.arange(SAMPLES)[None, :]
    scale = np.sqrt(2.0 / SAMPLES)
    return np.asarray(scale * np.cos(np.pi / 2 / SAMPLES * rows * (2 * columns + 1)), np.float32)


def _quality(samples: Floats) -> int:
    """The reference's gradient measure: whole percents of steps between neighbours, summed, a ninetieth of it, at most 100."""
    down = np.trunc((samples[:-1] - samples[1:]) * 100 / 255)
    across = np.trunc((samples[:, :-1] - samples[:, 1:]) * 100 / 255)
    total = int(np.abs(down).sum() + np.abs(across).sum())
    return min(100, total // 90)


def _bits(coefficients: Floats) -> str:
    """Bit 16 i + j is set where coefficient (i, j) lies above the median; hex has the highest bit first."""
    return np.packbits(coefficients.ravel()[::-1] > _median(coefficients)).tobytes().hex()


def _median(coefficients: Floats) -> np.float32:
    """The lower of the two in the middle, as in the reference."""
    flat = coefficients.ravel()
    middle = flat.size // 2 - 1
    return np.float32(np.partition(flat, middle)[middle])
