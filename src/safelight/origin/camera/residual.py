"""What a picture has beside what it shows: the part of its luma that a denoiser takes for noise, in which a sensor's pattern lies.

The denoiser splits the picture into scales by the B3-spline "à trous" wavelet (Starck and Murtagh, "Astronomical image and data analysis",
2006) and keeps of each scale the share that a locally adaptive Wiener filter calls noise, with the least local variance of four windows, as
Mihçak, Kozintsev and Ramchandran ("Spatially adaptive statistical modeling of wavelet image coefficients", 1999) and after them Lukáš, Fridrich and
Goljan ("Digital camera identification from sensor pattern noise", 2006) do with another wavelet. The scales add up to the picture, so that
neither borders nor odd sizes need care.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.decode.decoders import without_alpha
from safelight.decode.pixels import LumaPlane, PixelSource

__all__ = [
    "WINDOW_PX",
    "Plane",
    "Samples",
    "corner",
    "fitting",
    "luma_of",
    "middle",
    "noise_part",
    "residual",
    "weight",
]

Plane = NDArray[np.float32]
Samples = NDArray[np.uint8]

WINDOW_PX: Final = 2048
"""Longest side of the middle part that is looked at: at most 4.2 million pixels, whatever the size of the picture."""

_WHOLE: Final = 1 << 30
_GRID: Final = 16
_SCALES: Final = 3
_SIGMA: Final = 3.0
"""Standard deviation of sensor noise in 8-bit steps that the filter expects; the result depends on it little."""

_SPREAD: Final = (0.889, 0.200, 0.086)
"""Standard deviation of white noise of 1 in each scale (Starck and Murtagh, table 2.1)."""

_SPLINE: Final = np.array([1, 4, 6, 4, 1], np.float32) / 16
_WINDOWS: Final = (3, 5, 7, 9)
_DARK: Final = 4
_BRIGHT: Final = 250


def luma_of(pixels: PixelSource) -> LumaPlane | None:
    """The luma of the first frame at full size, as stored; None when it could not be decoded. `pixels` of the result has two axes."""
    plane = pixels.luma(_WHOLE)
    if plane is None or plane.pixels.ndim == 2:
        return plane
    part = np.ascontiguousarray(without_alpha(plane.pixels))
    grey = np.asarray(Image.fromarray(part).convert("L"))
    return LumaPlane(grey, plane.full_width_px, plane.full_height_px, plane.partial)


def fitting(length_px: int) -> int:
    """How many pixels of a side of a photograph its fingerprint holds: whole steps of 16, for quick transforms."""
    return min(length_px, WINDOW_PX) // _GRID * _GRID


def middle(luma: Samples, height_px: int = WINDOW_PX, width_px: int = WINDOW_PX) -> Samples:
    """The middle of a picture, at most so large."""
    height, width = min(luma.shape[0], height_px), min(luma.shape[1], width_px)
    top, left = corner(luma.shape[0], height), corner(luma.shape[1], width)
    return luma[top : top + height, left : left + width]


def corner(whole_px: int, part_px: int) -> int:
    """Where the middle part of a side begins."""
    return (whole_px - part_px) // 2


def residual(luma: Samples) -> Plane:
    """The noise of a picture, in 8-bit steps around zero; same shape."""
    smooth = luma.astype(np.float32)
    found = np.zeros_like(smooth)
    for scale in range(_SCALES):
        kernel = np.zeros(4 * 2**scale + 1, np.float32)
        kernel[:: 2**scale] = _SPLINE
        smoother = cv2.sepFilter2D(smooth, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
        found += noise_part(smooth - np.asarray(smoother, np.float32), (_SIGMA * _SPREAD[scale]) ** 2)
        smooth = np.asarray(smoother, np.float32)
    return found


def weight(luma: Samples) -> Plane:
    """How much of the pattern each pixel shows: as much as it is bright (the pattern is a factor), and none where it is black or burnt out."""
    return np.where((luma >= _BRIGHT) | (luma <= _DARK), np.float32(0), luma.astype(np.float32))


def noise_part(values: Plane, variance: float) -> Plane:
    """The share of some values that noise of this variance explains: little where neighbours, too, are large."""
    squares = values * values
    least: Plane | None = None
    for side in _WINDOWS:
        local = np.asarray(cv2.blur(squares, (side, side), borderType=cv2.BORDER_REPLICATE), np.float32)
        least = local if least is None else np.minimum(least, local)
    assert least is not None
    noise = np.float32(max(variance, 1e-12))
    return np.asarray(values * (noise / np.maximum(least, noise)), np.float32)
