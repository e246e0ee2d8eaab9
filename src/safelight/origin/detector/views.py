"""From the pixels of a picture to what a model is given: one view of the whole frame and several crops, the same in training and in the product.

Everything is taken from the picture shrunk to at most `longest_px`: a crop of a 12-megapixel photograph would else show only that it is large.
A crop is never enlarged and never filled up where the picture suffices, since both show the size of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.decode.decoders import Pixels

__all__ = ["Preprocessing", "crop_corners", "frame_view", "shrunk", "tensor", "views"]

_PLACES: Final = (
    (0.5, 0.5),
    (0.0, 0.0),
    (1.0, 1.0),
    (1.0, 0.0),
    (0.0, 1.0),
    (0.5, 0.0),
    (0.5, 1.0),
    (0.0, 0.5),
    (1.0, 0.5),
)
"""Where crops lie, as (across, down) shares of the room there is; the first so many are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How a model wants its input, as its card declares it.

    Attributes:
        side_px: Side of every view. `crops`: number of crops behind the view of the whole frame, 0 to 9; `frame`: whether there is that view.
        longest_px: Longest side that the picture is shrunk to first.
        mean: Subtracted from each channel after division by 255; `std`: what it is divided by then.
    """

    side_px: int = 160
    crops: int = 5
    frame: bool = True
    longest_px: int = 1024
    mean: tuple[float, float, float] = (0.498, 0.498, 0.498)
    std: tuple[float, float, float] = (0.502, 0.502, 0.502)

    def __post_init__(self) -> None:
        if not (16 <= self.side_px <= 1024 and 0 <= self.crops <= len(_PLACES) and self.crops + self.frame >= 1):
            raise ValueError("a model has 1 to 10 views of 16 to 1024 px")
        if self.longest_px < self.side_px or not all(one > 0 for one in self.std):
            raise ValueError("longest_px is at least side_px, and std is positive")


def shrunk(pixels: Pixels, longest_px: int) -> Pixels:
    """The picture with its longest side at most `longest_px`.

    Args:
        pixels: RGB, shape (height, width, 3).
    """
    height, width = pixels.shape[:2]
    factor = longest_px / max(height, width)
    if factor >= 1.0:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0))


def frame_view(pixels: Pixels, side_px: int) -> Pixels:
    """The largest square in the middle, resized to `side_px`."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    square = Image.fromarray(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
    return np.asarray(square.resize((side_px, side_px), Image.Resampling.BICUBIC))


def crop_corners(height_px: int, width_px: int, side_px: int, crops: int) -> list[tuple[int, int]]:
    """(top, left) of each crop: the middle first, then the quarters and the edges."""
    down, across = max(0, height_px - side_px), max(0, width_px - side_px)
    return [(round(y * down), round(x * across)) for x, y in _PLACES[:crops]]


def views(pixels: Pixels, wanted: Preprocessing) -> Pixels:
    """What the model looks at, before it becomes numbers around zero.

    Args:
        pixels: RGB as shown, shape (height, width, 3), at least 1 x 1. `wanted`: by the model's card.

    Returns:
        Shape (views, side_px, side_px, 3), the whole frame first where it is wanted. A picture smaller than a crop is mirrored at its edges.
    """
    small = shrunk(pixels, wanted.longest_px)
    side = wanted.side_px
    made = [frame_view(small, side)] if wanted.frame else []
    padded = _at_least(small, side)
    height, width = padded.shape[:2]
    made += [
        padded[top : top + side, left : left + side] for top, left in crop_corners(height, width, side, wanted.crops)
    ]
    return np.stack(made)


def tensor(taken: Pixels, wanted: Preprocessing) -> NDArray[np.float32]:
    """Views as a model's input: shape (views, 3, side, side), float32."""
    scaled = taken.astype(np.float32) / np.float32(255)
    normal = (scaled - np.asarray(wanted.mean, np.float32)) / np.asarray(wanted.std, np.float32)
    return np.ascontiguousarray(normal.transpose(0, 3, 1, 2))


def _at_least(pixels: Pixels, side_px: int) -> Pixels:
    while min(pixels.shape[:2]) < side_px:
        height, width = pixels.shape[:2]
        down, across = min(max(0, side_px - height), height), min(max(0, side_px - width), width)
        pixels = np.pad(pixels, ((0, down), (0, across), (0, 0)), mode="symmetric")
    return pixels
