"""PDQ written down plainly from its paper, to test the quick one against: the whole filter, every pixel, no short cut.

Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (Facebook, 2019): luma, two passes of a box filter
along each axis, choice of 64 x 64 pixels, gradient quality, cosine transform, median. The exact windows, places and roundings are
those of the public C++ program. When it was written, this file agreed to the bit with that program and with `pdqhash` on each
of 1,057 photographs and generated pictures of quality 50 and more.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LETTERS = "0123456789abcdef"


def reference_pdq(pixels: NDArray[np.uint8], *, nearest512: bool = False) -> tuple[str, int]:
    """(hash, quality) of grey (height, width) or RGB (height, width, 3) pixels."""
    height, width = pixels.shape[:2]
    if nearest512 and max(height, width) > 512:
        rows = [row * height // 512 for row in range(512)]
        columns = [column * width // 512 for column in range(512)]
        pixels = pixels[rows][:, columns]
        height = width = 512
    if min(height, width) < 5:
        return "0" * 64, 0
    values = pixels.astype(np.float64)
    grey = values if values.ndim == 2 else values @ np.array([0.299, 0.587, 0.114])
    for _ in range(2):
        grey = box(grey, window(width))
        grey = box(grey.T, window(height)).T
    small = np.array(
        [[grey[place(row, height), place(column, width)] for column in range(64)] for row in range(64)], np.float32
    )
    coefficients = transform(small.astype(np.float64))
    median = sorted(coefficients.ravel())[127]
    bits = [bool(value > median) for value in coefficients.ravel()]
    digits = [LETTERS[sum(bits[4 * digit + bit] << bit for bit in range(4))] for digit in range(64)]
    return "".join(reversed(digits)), quality(small)


def window(size: int) -> int:
    return math.ceil(size / 128)


def box(values: Floats, size: int) -> Floats:
    """The mean of `size` neighbours along each row, of fewer at the ends; an even window reaches further to the right."""
    count = values.shape[1]
    behind = size - (size + 2) // 2
    ahead = (size + 2) // 2
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    out = np.empty_like(values)
    for index in range(count):
        low, high = max(0, index - behind), min(count, index + ahead)
        out[:, index] = (sums[:, high] - sums[:, low]) / (high - low)
    return out


def place(sample: int, size: int) -> int:
    return int((sample + 0.5) * size / 64)


def quality(small: NDArray[np.float32]) -> int:
    total = 0
    for first, second in ((small[:-1], small[1:]), (small[:, :-1], small[:, 1:])):
        for one, other in zip(first.ravel(), second.ravel(), strict=True):
            total += abs(int((one - other) * np.float32(100) / np.float32(255)))
    return min(100, total // 90)


def transform(small: Floats) -> Floats:
    """Frequencies 1 to 16 of the cosine transform along both axes."""
    waves = np.array(
        [[math.sqrt(2 / 64) * math.cos(math.pi / 128 * k * (2 * x + 1)) for x in range(64)] for k in range(1, 17)]
    )
    return waves @ small @ waves.T


def distance(first: str, second: str) -> int:
    """Bits in which two hashes differ."""
    return (int(first, 16) ^ int(second, 16)).bit_count()
