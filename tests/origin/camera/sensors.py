"""Drawn scenes as a drawn sensor sees them: each pixel answers a little more or less than its neighbours, always by the same factor.

A pattern of 2 % is stronger than that of most phones, so that pictures of less than a million pixels suffice for a quick test.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.origin.camera.fingerprint import Estimate, Fingerprint, Reference

__all__ = ["SHAPE", "Sensor", "as_jpeg", "luma"]

SHAPE = (608, 800)

Samples = NDArray[np.uint8]


class Sensor:
    """One drawn sensor.

    Args:
        seed: Which. `shape`: its height and width.
    """

    def __init__(self, seed: int, shape: tuple[int, int] = SHAPE) -> None:
        self._seed = seed
        self._shape = shape
        self._pattern = np.random.default_rng(seed).normal(0, 0.02, shape)

    def luma(self, number: int) -> Samples:
        """A picture that it took, before it is saved; all sensors see the same scene under one number."""
        rng = np.random.default_rng(number)
        height, width = self._shape
        scene = np.full(self._shape, rng.uniform(80, 150))
        for scale in (16, 80):
            part = rng.normal(0, 20, (height // scale + 2, width // scale + 2)).astype(np.float32)
            scene += np.asarray(Image.fromarray(part).resize((width, height), Image.Resampling.BICUBIC))
        seen = np.clip(scene, 10, 240) * (1 + self._pattern) + np.random.default_rng((self._seed, number)).normal(
            0, 2, self._shape
        )
        return np.clip(np.rint(seen), 0, 255).astype(np.uint8)

    def fingerprint(self, count: int = 20, quality: int = 92) -> Fingerprint:
        """Of so many of its pictures."""
        estimate = Estimate(*Reference.of(self.luma(0)).light.shape)
        for number in range(count):
            estimate.add(Reference.of(luma(as_jpeg(self.luma(number), quality))))
        return Fingerprint.of(estimate, self._shape[1], self._shape[0])


def as_jpeg(samples: Samples, quality: int = 90) -> bytes:
    """A JPEG file."""
    kept = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(samples)).save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def luma(data: bytes) -> Samples:
    """Of a picture file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))
