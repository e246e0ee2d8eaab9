"""Whether two reference photographs show the same scene from the same place: what they show is then not averaged away, and passes for a sensor."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from safelight.origin.camera.residual import Plane, Samples

__all__ = ["SKETCH_PX", "same_scene", "sketch"]

SKETCH_PX: Final = 32
"""Sides of a sketch."""

_AROUND: Final = 9
_PLAIN: Final = 2.0
"""Contrast of a sketch, in 8-bit steps, up to which it shows nothing: an even wall or sky is the best reference, and may come often."""

_ALIKE: Final = 0.9


def sketch(luma: Samples) -> Plane:
    """What a photograph shows, coarsely: 32 x 32 values around zero."""
    small = np.asarray(cv2.resize(luma, (SKETCH_PX, SKETCH_PX), interpolation=cv2.INTER_AREA), np.float32)
    return small - np.asarray(cv2.blur(small, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE), np.float32)


def same_scene(first: Plane, second: Plane) -> bool:
    """Whether two sketches show the same from the same place."""
    if min(float(first.std()), float(second.std())) < _PLAIN:
        return False
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1]) > _ALIKE
