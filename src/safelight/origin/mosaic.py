"""The trace of a colour filter: of the green of a camera every second pixel was measured, in a chequered pattern, and the others interpolated.

Interpolated pixels follow from their neighbours, so that the second difference of green is smaller on one colour of the chequer than on the
other (Popescu and Farid, "Exposing digital forgeries in color filter array interpolated images", 2005; Gallagher and Chen, "Image authentication
by detecting traces of demosaicing", 2008, whose peak at the highest frequency of the diagonals this is). It is asked block by
block, so that one bright edge counts no more than anything else. Enlarging by two leaves the same in rows and columns too; a colour filter does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.origin.luma import middle

__all__ = ["Mosaic", "mosaic_of"]

_BLOCK: Final = 16
_SIDE_MAX: Final = 512
_BLOCKS_MIN: Final = 100
_EDGE: Final = 60
"""Second differences above this count as this much."""

_TEXTURE_MIN: Final = 0.5
"""Mean second difference below which a block says nothing."""

_ERRORS_MIN: Final = 20.0
"""Standard errors from which the chequer counts; blocks are not independent, so that the measured rates say what that means."""

_ABOVE_STRIPES: Final = 2.0
"""How far it must exceed the stripes, which enlarging and drawn patterns have too."""


@dataclass(frozen=True, slots=True)
class Mosaic:
    """How far second differences of green differ between the colours of a chequer.

    Attributes:
        chequer: Mean over blocks of the difference as a share of the sum, in standard errors; the sign says which colour.
        stripes: The same between every second row, or column, without sign: the larger of both. `blocks`: that told something.
    """

    chequer: float
    stripes: float
    blocks: int

    @property
    def found(self) -> bool:
        """Whether it is that of a colour filter."""
        return abs(self.chequer) >= max(_ERRORS_MIN, _ABOVE_STRIPES * self.stripes)


def mosaic_of(green: NDArray[np.uint8]) -> Mosaic | None:
    """What the middle of a picture shows; None where it is too small or too flat.

    Args:
        green: Shape (height, width).
    """
    crop = middle(green, _SIDE_MAX + _BLOCK, _BLOCK).astype(np.int16)
    if min(crop.shape) < 2 * _BLOCK:
        return None
    second = 4 * crop[1:-1, 1:-1] - crop[:-2, 1:-1] - crop[2:, 1:-1] - crop[1:-1, :-2] - crop[1:-1, 2:]
    height, width = (size // _BLOCK * _BLOCK for size in second.shape)
    sizes = np.minimum(np.abs(second[:height, :width]), _EDGE).astype(np.float32)
    half = _BLOCK // 2
    phases = sizes.reshape(height // _BLOCK, half, 2, width // _BLOCK, half, 2).mean(axis=(1, 4))
    upper_left, upper_right, lower_left, lower_right = (
        phases[:, row, :, column].ravel() for row in (0, 1) for column in (0, 1)
    )
    total = upper_left + upper_right + lower_left + lower_right
    telling = total >= 4 * _TEXTURE_MIN
    if int(telling.sum()) < _BLOCKS_MIN:
        return None
    parts = (
        upper_left + lower_right - upper_right - lower_left,
        upper_left + upper_right - lower_left - lower_right,
        upper_left + lower_left - upper_right - lower_right,
    )
    chequer, rows, columns = (_errors(part[telling] / total[telling]) for part in parts)
    return Mosaic(chequer, max(abs(rows), abs(columns)), int(telling.sum()))


def _errors(shares: NDArray[np.float32]) -> float:
    """The mean in standard errors."""
    return float(shares.mean() / (shares.std() / math.sqrt(len(shares)) + 1e-6))
