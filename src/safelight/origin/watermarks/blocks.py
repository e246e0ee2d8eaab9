"""What the dwtDct scheme looks at: the largest coefficient of each block of a picture's coarse colour.

The scheme (public behaviour of the package invisible-watermark 0.2.0, method `dwtDct`): the picture becomes YUV, its U channel is split by one
step of the Haar wavelet, and the half that holds the coarse picture is cut into blocks of 4 x 4, from left to right and from top to bottom,
so a block covers 8 x 8 pixels. In each block the coefficient of the largest magnitude, the first one excepted, is moved to 9 (for a 0) or
27 (for a 1) above a multiple of 36. (No cosine transform takes part, whatever the name says.) The bits of the message are written one a
block, over and over.

Programs call the package in different ways, and a mark can only be read the way it was written: with bytes, U is 128 for grey; with
floating-point numbers it is 0.5, so that magnitudes are other ones; and some hand red and blue over in the wrong order (diffusers
did until 2024: its issue 6292 and pull request 7013; Stability's generative-models until its pull request 25). Hence four views.

U is linear in red, green and blue, and so is the Haar step: both are one product with sums over 2 x 2 pixels, without rounding between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCKS_MAX", "BLOCK_PX", "STEP", "VIEWS", "Blocks", "View"]

BLOCK_PX: Final = 8
"""Side of the square of pixels that holds one bit."""

STEP: Final = 36.0
"""The quantiser's step."""

_SIDE: Final = 4
BLOCKS_MAX: Final = 1 << 15
"""Blocks looked at, from the top on: 2.1 million pixels, each bit of the longest message some 146 times."""

_U: Final = 0.492
_LUMA: Final = (0.299, 0.587, 0.114)
# The sum over 2 x 2 pixels halved is the Haar step's coarse coefficient; columns: blue as blue, red as blue.
_WEIGHTS: Final = (_U / 2) * np.array(
    [
        [-_LUMA[0], 1 - _LUMA[2]],
        [-_LUMA[1], -_LUMA[1]],
        [1 - _LUMA[2], -_LUMA[0]],
        [0.0, 0.0],
    ],
    dtype=np.float32,
)

_FINE: Final = 64
"""Coefficients are rounded to this part of 1."""

_APART: Final = 4.0
_SEAT_WIDTH: Final = 2.0
_SEATS_MIN: Final = 200

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """One way in which programs call the package.

    Attributes:
        numbers: `bytes` or `floats`. `order`: `BGR` as the package expects, or `RGB` by mistake.
        grey: The coarse coefficient of grey: what U is for grey, doubled by the Haar step.
        seat: Where marked coefficients come to lie above a multiple of 18: at 9, but cutting off to bytes takes 1 away.
    """

    numbers: str
    order: str
    grey: float
    seat: float

    @property
    def plane(self) -> int:
        """Column of the weights: 0 for blue as blue, 1 for red as blue."""
        return 0 if self.order == "BGR" else 1


VIEWS: Final = (
    View("bytes", "BGR", 256.0, 8.0),
    View("floats", "BGR", 1.0, 9.0),
    View("floats", "RGB", 1.0, 9.0),
    View("bytes", "RGB", 256.0, 8.0),
)


class Blocks:
    """The blocks of one picture.

    Args:
        pixels: 8-bit, shape (height, width, 3) or, with alpha, (height, width, 4); not changed.
        halved: Whether the pixels are already means over 2 x 2.
        most: About how many blocks are looked at, in whole rows from the top on.
    """

    def __init__(self, pixels: NDArray[np.uint8], *, halved: bool = False, most: int = BLOCKS_MAX) -> None:
        side = _SIDE if halved else BLOCK_PX
        self.columns = pixels.shape[1] // side
        self.rows = min(pixels.shape[0] // side, max(1, most // max(1, self.columns)))
        cut = pixels[: self.rows * side, : self.columns * side]
        self._planes = _planes(cut, halved=halved)

    @property
    def count(self) -> int:
        """Number of blocks."""
        count: int = self.rows * self.columns
        return count

    def votes(self) -> Floats:
        """What each block says of its bit, for each view: from -2 (surely 0) over 0 to 2 (surely 1), shape (views, blocks).

        A vote counts 1, and up to 1 more the nearer the coefficient lies to the place where marked ones are put.
        """
        votes = np.empty((len(VIEWS), self.count), dtype=np.float32)
        high, low = zip(*(self._extremes(plane) for plane in range(2)), strict=True)
        for row, view in zip(votes, VIEWS, strict=True):
            largest = high[view.plane] + np.float32(view.grey)
            if view.numbers == "floats":
                np.maximum(largest, -(low[view.plane] + np.float32(view.grey)), out=largest)
            _vote(largest.ravel(), row)
        return votes

    def seated(self, view: View) -> tuple[float, int]:
        """How regularly the coefficients lie where a mark in this view would have put them; says nothing of any message.

        Returns:
            (share of blocks within 2 of the place, number of blocks) over the blocks whose largest coefficient stands apart from the second by
            at least 4. A picture that is not marked has a share of about 0.22. (0, number) under 200 blocks.
        """
        first, second = self._two_largest(view)
        apart = first[first - second >= _APART]
        if len(apart) < _SEATS_MIN:
            return 0.0, len(apart)
        return float((np.abs(np.mod(apart, STEP / 2) - view.seat) <= _SEAT_WIDTH).mean()), len(apart)

    def _extremes(self, plane: int) -> tuple[Floats, Floats]:
        """The largest and the smallest of the 15 coefficients of each block, the first left out."""
        coarse = self._planes[plane]
        high: Floats | None = None
        low: Floats | None = None
        for index in range(1, _SIDE * _SIDE):
            part = coarse[index // _SIDE :: _SIDE, index % _SIDE :: _SIDE]
            if high is None or low is None:
                high, low = part.copy(), part.copy()
            else:
                np.maximum(high, part, out=high)
                np.minimum(low, part, out=low)
        assert high is not None
        assert low is not None
        return high, low

    def _two_largest(self, view: View) -> tuple[Floats, Floats]:
        coarse = np.abs(self._planes[view.plane] + np.float32(view.grey))
        blocks = coarse.reshape(self.rows, _SIDE, self.columns, _SIDE).transpose(0, 2, 1, 3).reshape(self.count, -1)
        ordered = np.partition(blocks[:, 1:], 13, axis=1)
        return ordered[:, 14], ordered[:, 13]


def _planes(pixels: NDArray[np.uint8], *, halved: bool) -> Floats:
    """The coarse U of both orders of colours, less that of grey; shape (2, height, width)."""
    weights = _WEIGHTS[: pixels.shape[2]]
    height, width = pixels.shape[:2]
    if halved:
        rows = pixels.astype(np.float32).reshape(-1, len(weights))
        weights = 4 * weights
    else:
        height, width = height // 2, width // 2
        rows = np.add(pixels[0::2], pixels[1::2], dtype=np.uint16).astype(np.float32).reshape(-1, 2 * len(weights))
        weights = np.concatenate([weights, weights])
    planes = np.ascontiguousarray(weights.T * np.float32(_FINE)) @ rows.T
    # A product of floating-point numbers ends differently at the edges of an array; equal pixels must stay equal.
    np.rint(planes, out=planes)
    planes /= np.float32(_FINE)
    return planes.reshape(2, height, width)


def _vote(largest: Floats, out: Floats) -> None:
    offset = np.mod(largest, np.float32(STEP)) - np.float32(STEP / 2)
    # |offset| runs from 0 to 18 in either half; the place of marked coefficients is in the middle.
    depth = np.float32(1) - np.abs(np.abs(offset) - np.float32(STEP / 4)) / np.float32(STEP / 4)
    np.multiply(np.where(offset > 0, np.float32(1), np.float32(-1)), np.float32(1) + depth, out=out)
