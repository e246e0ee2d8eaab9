"""Finds the local features of one picture, inside a worker, on the pixels that were decoded for the other fingerprints.

SIFT (D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", 2004; the patent has expired), by OpenCV. Of each descriptor
only 128 bits are kept: which of its values lie above their own median, so that changed colours and contrast change little. Of all spots the
strongest of each part of the picture are kept, so that a part that survives an edit has its own.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.features import MOST_FEATURES, LocalFeatures

__all__ = ["find_features"]

# Workers share the cores among themselves, and the filter of system calls is not the place to find out what a thread pool needs.
cv2.setNumThreads(1)

_WORKING_PIXELS: Final = 45_000
_MOST_ENLARGED: Final = 2.0
_LEAST_SIDE_PX: Final = 24
_MOST_SIDE_PX: Final = 512
_CONTRAST: Final = 0.02
"""Half of OpenCV's default: soft pictures have enough features too."""

_GROUND_PX: Final = 13
_PLAIN_FROM: Final = 0.5

_PARTS: Final = 4
"""The picture is divided into 4 x 4 parts, from each of which the four strongest are taken before the next four of any."""


def find_features(pixels: NDArray[np.uint8]) -> LocalFeatures:
    """Finds at most 256 features.

    Args:
        pixels: 8-bit; shape (height, width) for grey, (height, width, 3) for RGB, (height, width, 4) for RGB with a fourth channel that is
            left out; at full size or scaled down evenly.

    Returns:
        The features, strongest of each part first. A flat or tiny picture (a side under 24 pixels) has none.

    Raises:
        cv2.error: OpenCV failed, for instance for want of memory.
    """
    grey = _working_picture(pixels)
    height, width = grey.shape
    if min(pixels.shape[:2]) < _LEAST_SIDE_PX or min(width, height) < _LEAST_SIDE_PX:
        return _none(width, height)
    sift = cv2.SIFT.create(contrastThreshold=_CONTRAST)
    spots = _spread(sift.detect(grey, None), width, height)
    if not spots:
        return _none(width, height)
    kept, descriptors = sift.compute(grey, spots)
    rows = np.array([(*spot.pt, spot.size, spot.angle) for spot in kept], np.float32)
    # A spot with two main directions counts twice; computing can add one.
    rows, values = rows[:MOST_FEATURES], np.asarray(descriptors, np.float32)[:MOST_FEATURES]
    return LocalFeatures(
        width,
        height,
        rows[:, 0],
        rows[:, 1],
        np.log2(np.maximum(rows[:, 2], 1.0)),
        np.radians(rows[:, 3]),
        np.packbits(values > np.median(values, axis=1, keepdims=True), axis=1).view(np.uint64).reshape(-1, 2),
        _plain_ground(grey)[
            rows[:, 1].astype(np.int64).clip(0, height - 1), rows[:, 0].astype(np.int64).clip(0, width - 1)
        ],
    )


def _working_picture(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = min((_WORKING_PIXELS / (width * height)) ** 0.5, _MOST_ENLARGED, _MOST_SIDE_PX / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if small.ndim == 3:
        small = cv2.cvtColor(small, cv2.COLOR_RGBA2GRAY if small.shape[2] == 4 else cv2.COLOR_RGB2GRAY)
    return np.asarray(small, np.uint8)


def _spread(spots: Any, width: int, height: int) -> list[Any]:
    """The strongest spots, part by part in turn."""
    if len(spots) <= MOST_FEATURES:
        return list(spots)
    places = np.array([spot.pt for spot in spots])
    strength = np.array([spot.response for spot in spots])
    column = np.minimum(places[:, 0] * _PARTS // width, _PARTS - 1).astype(np.int64)
    row = np.minimum(places[:, 1] * _PARTS // height, _PARTS - 1).astype(np.int64)
    part = row * _PARTS + column
    by_part = np.lexsort((-strength, part))
    first = np.searchsorted(part[by_part], part[by_part])
    turn = np.empty(len(part), np.int64)
    turn[by_part] = (np.arange(len(part)) - first) // 4
    return [spots[place] for place in np.lexsort((-strength, turn))[:MOST_FEATURES]]


def _none(width: int, height: int) -> LocalFeatures:
    nothing = np.empty(0, np.float32)
    return LocalFeatures(width, height, nothing, nothing, nothing, nothing, np.empty((0, 2), np.uint64), nothing > 0)


def _plain_ground(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """For each pixel whether at least half of those around it have neighbours of the same tone."""
    tones = grey.astype(np.int16)
    down = np.abs(np.diff(tones, axis=0, append=tones[-1:]))
    across = np.abs(np.diff(tones, axis=1, append=tones[:, -1:]))
    same = (np.maximum(down, across) <= 1).astype(np.float32)
    share = cv2.blur(same, (_GROUND_PX, _GROUND_PX), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(share > _PLAIN_FROM)
