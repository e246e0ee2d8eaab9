"""The peak-to-correlation energy of one picture against the fingerprint of a sensor.

A picture's residual times its luma is correlated with the fingerprint at every offset at once, by the Fourier transform; the square of the
highest value over the mean square of all others, but for those beside it, is the peak-to-correlation energy (Goljan, Fridrich and Filler, "Large
scale test of sensor fingerprint camera identification", 2009). Without the pattern the values are as those of noise: of as many as are looked
at here the highest squares to some 25 to 35.

What is tried: the picture as it is, at every offset, so that a cut of a photograph is found; turned by quarters, two where its size tells which
(as stored, or turned, the size of the reference photographs) and else four; and, where it has the shape of those and is smaller, the fingerprint
scaled to its size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safelight.origin.camera.fingerprint import Fingerprint, cleaned, flattened
from safelight.origin.camera.residual import Plane, Samples, corner, fitting, middle, residual, weight

__all__ = ["Correlation", "Matcher", "Observed", "chance_of", "peak"]

_BESIDE: Final = 5
_SAME_SHAPE: Final = 0.004
_SCALE_LEAST: Final = 0.2
_SCALE_MOST: Final = 0.97
_SCALED_KEPT: Final = 4
_LEAST_PX: Final = 64

Transform = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Correlation:
    """The highest correlation that was found.

    Attributes:
        pce: Peak-to-correlation energy; 0 where there is nothing to correlate.
        turned: Degrees by which the picture as stored had to be turned, anticlockwise: 0, 90, 180 or 270. `scale`: of the picture to the photographs.
        left_px, top_px: Where the corner of the turned picture lies in the (scaled) photograph.
        places: How many offsets were looked at, over everything that was tried. `tried`: what, in words.
    """

    pce: float
    turned: int
    scale: float
    left_px: int
    top_px: int
    places: int
    tried: tuple[str, ...]

    @property
    def chance(self) -> float:
        """Upper limit of the chance of so high a peak if the values were those of white noise; what pictures share makes it larger."""
        return chance_of(self.pce, self.places)


class Observed:
    """The middle of a picture, as it goes into every correlation.

    Args:
        luma: Of the whole picture, as stored.
    """

    def __init__(self, luma: Samples) -> None:
        part = middle(luma)
        self.height_px, self.width_px = luma.shape
        self._plane = residual(part) * weight(part)
        self._turned: dict[tuple[int, tuple[int, int]], Transform] = {}

    def turned(self, quarters: int, shape: tuple[int, int]) -> Transform:
        """The transform of the middle of the turned picture, with zeros where it is smaller than this shape; kept for the next camera."""
        if (quarters, shape) not in self._turned:
            turned = np.rot90(self._plane, quarters)
            height, width = min(turned.shape[0], shape[0]), min(turned.shape[1], shape[1])
            top, left = corner(turned.shape[0], height), corner(turned.shape[1], width)
            part = turned[top : top + height, left : left + width]
            padded = np.zeros(shape, np.float32)
            padded[:height, :width] = part - np.float32(part.mean())
            self._turned[quarters, shape] = flattened(np.fft.rfft2(padded).astype(np.complex64, copy=False))
        return self._turned[quarters, shape]


@dataclass(frozen=True, slots=True)
class _Trial:
    quarters: int
    scaled: bool
    width_px: int
    height_px: int
    """Size of the turned picture."""


class Matcher:
    """Correlates pictures with one fingerprint.

    Args:
        fingerprint: Of the camera.
    """

    def __init__(self, fingerprint: Fingerprint) -> None:
        self._print = fingerprint
        self._shape = (fingerprint.pattern.shape[0], fingerprint.pattern.shape[1])
        self._native = _conjugate(fingerprint.pattern.astype(np.float32))
        self._scaled: dict[tuple[int, int], tuple[Transform, tuple[int, int]]] = {}

    def correlate(self, observed: Observed) -> Correlation:
        """The highest correlation over everything that is tried on this picture."""
        best = Correlation(0.0, 0, 1.0, 0, 0, 0, ())
        places, tried = 0, []
        for trial in _trials(observed, self._print):
            transform, shape = self._scaled_to(trial) if trial.scaled else (self._native, self._shape)
            if min(shape) < _LEAST_PX:
                continue
            value, top, left, looked = peak(observed.turned(trial.quarters, shape), transform, shape)
            places += looked
            scale = trial.width_px / self._print.width_px if trial.scaled else 1.0
            tried.append(f"turned {90 * trial.quarters}" + (f", scaled {scale:.3f}" if trial.scaled else ""))
            if value > best.pce:
                frame = (
                    (trial.height_px, trial.width_px) if trial.scaled else (self._print.height_px, self._print.width_px)
                )
                # The offset is that of the two middles; what is told is that of the two whole pictures.
                top_px = top + corner(frame[0], shape[0]) - corner(trial.height_px, min(shape[0], trial.height_px))
                left_px = left + corner(frame[1], shape[1]) - corner(trial.width_px, min(shape[1], trial.width_px))
                best = Correlation(value, 90 * trial.quarters, scale, left_px, top_px, 0, ())
        return Correlation(best.pce, best.turned, best.scale, best.left_px, best.top_px, places, tuple(tried))

    def _scaled_to(self, trial: _Trial) -> tuple[Transform, tuple[int, int]]:
        """The fingerprint as a whole photograph scaled to this size would have it."""
        key = (trial.height_px, trial.width_px)
        if key not in self._scaled:
            whole = np.zeros((self._print.height_px, self._print.width_px), np.float32)
            pattern = self._print.pattern
            top, left = corner(whole.shape[0], pattern.shape[0]), corner(whole.shape[1], pattern.shape[1])
            whole[top : top + pattern.shape[0], left : left + pattern.shape[1]] = pattern
            small = np.asarray(cv2.resize(whole, (key[1], key[0]), interpolation=cv2.INTER_AREA), np.float32)
            share_down, share_across = key[0] / whole.shape[0], key[1] / whole.shape[1]
            height, width = fitting(int(pattern.shape[0] * share_down)), fitting(int(pattern.shape[1] * share_across))
            top, left = corner(key[0], height), corner(key[1], width)
            part = np.ascontiguousarray(small[top : top + height, left : left + width])
            if len(self._scaled) == _SCALED_KEPT:
                self._scaled.pop(next(iter(self._scaled)))
            enough = min(part.shape) >= _LEAST_PX
            transform = _conjugate(cleaned(part)) if enough else np.zeros((0, 0), np.complex64)
            self._scaled[key] = (transform, (height, width))
        return self._scaled[key]


def peak(picture: Transform, conjugate: Transform, shape: tuple[int, int]) -> tuple[float, int, int, int]:
    """The peak-to-correlation energy, where the peak lies, and how many places were looked at.

    Args:
        picture: Transform of the picture. `conjugate`: of that of the fingerprint. `shape`: of what both were made of.

    Returns:
        (energy, rows and columns from the fingerprint's corner to the picture's, from minus half to half of the shape; places)
    """
    values = np.fft.irfft2(np.conj(picture * conjugate), shape)
    at = int(values.argmax())
    top, left = divmod(at, shape[1])
    rows = np.unique((np.arange(-_BESIDE, _BESIDE + 1) + top) % shape[0])
    columns = np.unique((np.arange(-_BESIDE, _BESIDE + 1) + left) % shape[1])
    beside = values[np.ix_(rows, columns)]
    rest = values.size - beside.size
    energy = float(np.vdot(values, values).real) - float(np.vdot(beside, beside).real)
    highest = float(values.flat[at])
    if rest <= 0 or energy <= 0 or highest <= 0:
        return 0.0, 0, 0, int(values.size)
    return highest * highest * rest / energy, _signed(top, shape[0]), _signed(left, shape[1]), int(values.size)


def chance_of(pce: float, places: int) -> float:
    """Upper limit of the chance that white noise reaches a peak-to-correlation energy at one of so many places; 0 to 1."""
    return min(1.0, places * 0.5 * math.erfc(math.sqrt(max(0.0, pce) / 2)))


def _trials(observed: Observed, fingerprint: Fingerprint) -> Iterator[_Trial]:
    width, height = observed.width_px, observed.height_px
    sides = ((width, height), (height, width))
    frame = (fingerprint.width_px, fingerprint.height_px)
    same = [quarters for quarters in range(4) if sides[quarters % 2] == frame]
    for quarters in same or range(4):
        yield _Trial(quarters, False, *sides[quarters % 2])
    for quarters in () if same else range(4):
        across, down = (side / full for side, full in zip(sides[quarters % 2], frame, strict=True))
        if abs(across - down) <= _SAME_SHAPE * across and _SCALE_LEAST <= across <= _SCALE_MOST:
            yield _Trial(quarters, True, *sides[quarters % 2])


def _conjugate(pattern: Plane) -> Transform:
    return np.conj(np.fft.rfft2(pattern)).astype(np.complex64, copy=False)


def _signed(place: int, length: int) -> int:
    return place - length if place > length // 2 else place
