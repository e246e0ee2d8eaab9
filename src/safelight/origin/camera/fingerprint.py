"""The fingerprint of one sensor, estimated from reference photographs.

Each pixel answers to light a little more or less than its neighbours; a residual W of a photograph with the luma I holds I K + noise, and the
maximum-likelihood estimate over many photographs is K = sum(W I) / sum(I I) (Chen, Fridrich, Goljan and Lukáš, "Determining image origin and
integrity using sensor noise", 2008). What cameras of one make share (rows and columns of the read-out, the colour filter, the 8 x 8 blocks of JPEG)
is taken out: means of rows and columns of each of the four places of the colour filter, then a Wiener filter over the magnitudes of the Fourier
transform.

What is left of scenes is stronger in some parts than in others: where references show edges, or hardly any light. Each part is brought to the same
strength, before and after; without that, small pictures matched the strong parts of a fingerprint whose references showed one scene (energies up
to 111, and 44 with it).

Sums are of whole numbers, so that the order of the photographs changes nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safelight.origin.camera.residual import Plane, Samples, fitting, middle, noise_part, residual, weight

__all__ = ["Estimate", "Fingerprint", "Reference", "cleaned", "evened", "flattened"]

_STEP: Final = 8
"""Steps in which a residual is kept, for each 8-bit step of luma."""

_BYTE: Final = 127
_RANGE: Final = 4.5
"""Standard deviations of a fingerprint that its bytes span."""

_LEAST_LIGHT: Final = 1_000
_FLAT: Final = 1e-12
_EVEN_PX: Final = 33
_CUT: Final = 4.0
"""Standard deviations at which a single value is cut off."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What one photograph gives to an estimate, from the middle of it.

    Attributes:
        noise: Its residual, in eighths of an 8-bit step; int8. `light`: its luma, 0 where a pixel shows no pattern; same shape.
    """

    noise: NDArray[np.int8]
    light: Samples

    @classmethod
    def of(cls, luma: Samples) -> Reference:
        """Of a whole photograph."""
        part = middle(luma, fitting(luma.shape[0]), fitting(luma.shape[1]))
        noise = np.clip(np.rint(residual(part) * _STEP), -_BYTE, _BYTE).astype(np.int8)
        return cls(noise, weight(part).astype(np.uint8))


class Estimate:
    """Sums over photographs of one size. Two estimates add up to that over the photographs of both."""

    def __init__(self, height_px: int, width_px: int) -> None:
        self._product = np.zeros((height_px, width_px), np.int64)
        self._light = np.zeros((height_px, width_px), np.int64)

    def add(self, reference: Reference) -> None:
        """Adds one photograph."""
        light = reference.light.astype(np.int32)
        self._product += reference.noise.astype(np.int32) * light
        self._light += light * light

    def __add__(self, other: Estimate) -> Estimate:
        both = Estimate(*self._product.shape)
        both._product = self._product + other._product
        both._light = self._light + other._light
        return both

    def pattern(self) -> Plane:
        """The pattern, with what cameras share taken out; mean 0."""
        raw = self._product / np.maximum(self._light, _LEAST_LIGHT)
        return evened(cleaned(evened(raw.astype(np.float32))))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The pattern of the middle of one sensor.

    Attributes:
        width_px, height_px: Size of the photographs as stored.
        pattern: int8, of the middle `fitting` pixels; what one step is worth does not matter to anything that is computed from it.
    """

    width_px: int
    height_px: int
    pattern: NDArray[np.int8]

    @classmethod
    def of(cls, estimate: Estimate, width_px: int, height_px: int) -> Fingerprint:
        """Of an estimate over photographs of this size."""
        pattern = estimate.pattern()
        step = max(_FLAT, _RANGE * float(pattern.std()) / _BYTE)
        return cls(width_px, height_px, np.clip(np.rint(pattern / step), -_BYTE, _BYTE).astype(np.int8))

    @property
    def digest(self) -> str:
        """SHA-256 of size and pattern, lower-case hex."""
        head = f"safelight camera {self.width_px} x {self.height_px}, {self.pattern.shape}\n".encode()
        return hashlib.sha256(head + self.pattern.tobytes()).hexdigest()

    def record(self) -> dict[str, Any]:
        """As JSON, for the workers and for the store."""
        return {
            "width_px": self.width_px,
            "height_px": self.height_px,
            "pattern": base64.b64encode(self.pattern.tobytes()).decode("ascii"),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Fingerprint:
        """The inverse of `record`.

        Raises:
            ValueError: It is none.
        """
        try:
            width, height, text = record["width_px"], record["height_px"], record["pattern"]
            samples = np.frombuffer(base64.b64decode(text, validate=True), np.int8)
            return cls(int(width), int(height), samples.reshape(fitting(int(height)), fitting(int(width))))
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError(f"no fingerprint: {error}") from error


def cleaned(plane: Plane) -> Plane:
    """A pattern without what cameras of one make, and JPEG, put into it."""
    even = plane.copy()
    for top in (0, 1):
        for left in (0, 1):
            part = even[top::2, left::2]
            part -= part.mean(axis=0, keepdims=True)
            part -= part.mean(axis=1, keepdims=True)
    return np.fft.irfft2(flattened(np.fft.rfft2(even).astype(np.complex64, copy=False)), plane.shape).astype(np.float32)


def evened(plane: Plane) -> Plane:
    """A pattern that is equally strong everywhere, with what stands out cut off."""
    squares = np.asarray(cv2.blur(plane * plane, (_EVEN_PX, _EVEN_PX), borderType=cv2.BORDER_REPLICATE), np.float32)
    strength = np.sqrt(np.maximum(squares, np.float32(_FLAT)))
    return np.clip(plane / strength, -_CUT, _CUT).astype(np.float32)


def flattened(transform: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """A Fourier transform whose magnitudes stand out nowhere: periods are in a picture, not in a sensor."""
    size = np.abs(transform).astype(np.float32)
    mean = float(np.mean(size * size, dtype=np.float64))
    if mean <= _FLAT:
        return transform
    kept = noise_part(size, mean)
    return (transform * (kept / np.maximum(size, np.float32(_FLAT)))).astype(np.complex64, copy=False)
