"""The conditions that pictures of both classes are put into before anything is measured or learned on them.

A generated picture is mostly a PNG of 512 to 1,024 px, a photograph mostly a JPEG of another size: whoever compares them as they are compares
formats. So every picture, of either class, goes through the same crop geometry and then the same saving:

    A   as it is, cropped
    B   longest side at most 1,024 px, JPEG quality 90
    C   half the size, JPEG quality 75
    R   at random: resized by 0.5 to 1.0, then JPEG q60 to q95, WebP q60 to q95, or shown on a screen and captured as PNG

The randomness of a picture is drawn from a digest of its own, so that a figure can be had again, and nothing about the class enters it.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final

import numpy as np
from PIL import Image

from safelight.decode.decoders import Pixels

__all__ = [
    "CONDITIONS",
    "ONE_LONGEST_SIDE_PX",
    "condition",
    "cropped",
    "digest_of_pixels",
    "drawn",
    "saved_at_random",
    "within",
]

CONDITIONS: Final = ("A", "B", "C", "R")

ONE_LONGEST_SIDE_PX: Final = 1024
"""Longest side in condition B, in pixels."""

_ASPECTS: Final = ((1, 1), (5, 4), (4, 5), (4, 3), (3, 4), (3, 2), (2, 3))
"""Shapes that a crop can have, width to height; one law for both classes, so that the shape of what is scored tells nothing."""

_LEAST_PX: Final = 16


def digest_of_pixels(pixels: Pixels) -> str:
    """A digest of a picture's pixels, for the drawing."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def drawn(digest: str, purpose: str) -> np.random.Generator:
    """The random numbers of one picture for one purpose: the same on every run and every machine."""
    seed = hashlib.sha256(f"{purpose}:{digest}".encode()).digest()[:16]
    return np.random.default_rng(int.from_bytes(seed, "big"))


def cropped(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """The largest crop of a drawn shape at a drawn place.

    Args:
        pixels: RGB, shape (height, width, 3). `random`: of the picture.
    """
    height, width = pixels.shape[:2]
    across, down = _ASPECTS[int(random.integers(len(_ASPECTS)))]
    unit = min(width / across, height / down)
    crop_width, crop_height = max(1, min(width, round(unit * across))), max(1, min(height, round(unit * down)))
    left = int(random.integers(width - crop_width + 1))
    top = int(random.integers(height - crop_height + 1))
    return pixels[top : top + crop_height, left : left + crop_width]


def within(pixels: Pixels, longest_px: int) -> Pixels:
    """The picture shrunk so that its longest side is at most `longest_px`; as it is where it is no longer."""
    height, width = pixels.shape[:2]
    return _resized(pixels, min(1.0, longest_px / max(height, width)))


def condition(pixels: Pixels, name: str, digest: str) -> Pixels:
    """One picture in one condition, the shared crop included.

    Args:
        pixels: RGB as shown, shape (height, width, 3). `name`: one of `CONDITIONS`. `digest`: of the file or of the pixels, for the drawing.

    Raises:
        ValueError: No such condition.
    """
    crop = cropped(pixels, drawn(digest, "crop"))
    if name == "A":
        return np.ascontiguousarray(crop)
    if name == "B":
        return _through(within(crop, ONE_LONGEST_SIDE_PX), "JPEG", 90)
    if name == "C":
        return _through(_resized(crop, 0.5), "JPEG", 75)
    if name == "R":
        return saved_at_random(crop, drawn(digest, "saving"))
    raise ValueError(f"no condition {name!r}")


def saved_at_random(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Resized by 0.5 to 1.0 (half of them), then saved in one of three ways and read again."""
    if random.random() < 0.5:
        pixels = _resized(pixels, float(random.uniform(0.5, 1.0)), _FILTERS[int(random.integers(len(_FILTERS)))])
    way = random.random()
    quality = int(random.integers(60, 96))
    if way < 0.65:
        return _through(pixels, "JPEG", quality, subsampling=2 if random.random() < 0.7 else 0)
    if way < 0.85:
        return _through(pixels, "WEBP", quality)
    # A picture shown on a screen: scaled by the viewer to fit, its captured copy is a PNG.
    return _resized(pixels, float(random.uniform(0.6, 1.0)), Image.Resampling.BILINEAR)


_FILTERS: Final = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.BOX)


def _resized(pixels: Pixels, factor: float, by: Image.Resampling = Image.Resampling.LANCZOS) -> Pixels:
    height, width = pixels.shape[:2]
    size = max(_LEAST_PX, round(width * factor)), max(_LEAST_PX, round(height * factor))
    if factor >= 1.0 or size == (width, height):
        return np.ascontiguousarray(pixels)
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size, by))


def _through(pixels: Pixels, form: str, quality: int, subsampling: int = 2) -> Pixels:
    kept = io.BytesIO()
    options = {"subsampling": subsampling} if form == "JPEG" else {"method": 2}
    Image.fromarray(np.ascontiguousarray(pixels)).save(kept, form, quality=quality, **options)
    return np.asarray(Image.open(kept).convert("RGB"))
