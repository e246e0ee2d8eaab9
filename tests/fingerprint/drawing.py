"""Pictures to hash, drawn by code: scenes with the grain that a camera leaves."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.demo.scenes import SUBJECTS, draw_scene


def picture(width: int, height: int, seed: int = 1, grain: float = 3.0) -> NDArray[np.uint8]:
    """RGB pixels; `grain` is the standard deviation of the noise in every pixel."""
    random = np.random.default_rng(seed)
    scene = draw_scene(random, max(16, width), max(16, height), SUBJECTS[seed % len(SUBJECTS)])
    drawn = np.asarray(scene).astype(np.float32)[:height, :width]
    return np.clip(drawn + random.normal(0, grain, (height, width, 1)), 0, 255).astype(np.uint8)


def saved(pixels: NDArray[np.uint8] | Image.Image, encoder: str, **options: Any) -> bytes:
    """The file that Pillow makes of pixels."""
    stream = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(stream, encoder, **options)
    return stream.getvalue()
