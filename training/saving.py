"""Random saving of a cached piece, as both classes get it in training: resize, JPEG or WebP or a screen's copy, a random place, a flip."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from safelight.decode.decoders import Pixels
from safelight.origin.detector.conditions import saved_at_random

_FILTERS = (Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)


def crop_for_training(piece: Pixels, side_px: int, random: np.random.Generator) -> Pixels:
    """A crop of `side_px` out of a cached piece, saved at random and flipped at random."""
    saved = piece
    if random.random() < 0.85:
        room = side_px / min(piece.shape[:2])
        candidate = saved_at_random(piece, random)
        # Of a small piece no crop would be left when shrunk: it is saved without.
        saved = candidate if min(candidate.shape[:2]) >= side_px or room >= 1 else _saved(piece, random)
    return _flipped(_random_square(saved, side_px, random), random)


def frame_for_training(frame: Pixels, side_px: int, random: np.random.Generator) -> Pixels:
    """The whole frame, a little cut, resized, saved at random and flipped at random."""
    side = frame.shape[0]
    keep = int(side * random.uniform(0.8, 1.0))
    top, left = (int(random.integers(side - keep + 1)) for _ in range(2))
    cut = Image.fromarray(np.ascontiguousarray(frame[top : top + keep, left : left + keep]))
    inner = int(random.integers(min(side_px, keep), keep + 1))
    shown = np.asarray(cut.resize((inner, inner), _FILTERS[int(random.integers(3))]))
    if random.random() < 0.85:
        shown = _saved(shown, random)
    final = Image.fromarray(shown).resize((side_px, side_px), Image.Resampling.BICUBIC)
    return _flipped(np.asarray(final), random)


def middle(pixels: Pixels, side_px: int) -> Pixels:
    """The square in the middle; mirrored at its edges where the picture is smaller."""
    pixels = _at_least(pixels, side_px)
    top, left = (pixels.shape[0] - side_px) // 2, (pixels.shape[1] - side_px) // 2
    return pixels[top : top + side_px, left : left + side_px]


def through(pixels: Pixels, form: str, quality: int, **options: Any) -> Pixels:
    """The pixels saved once and read again."""
    kept = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(kept, form, quality=quality, **options)
    return np.asarray(Image.open(kept).convert("RGB"))


def _saved(pixels: Pixels, random: np.random.Generator) -> Pixels:
    quality = int(random.integers(60, 96))
    if random.random() < 0.75:
        return through(pixels, "JPEG", quality, subsampling=2 if random.random() < 0.7 else 0)
    return through(pixels, "WEBP", quality, method=2)


def _random_square(pixels: Pixels, side_px: int, random: np.random.Generator) -> Pixels:
    pixels = _at_least(pixels, side_px)
    height, width = pixels.shape[:2]
    top, left = int(random.integers(height - side_px + 1)), int(random.integers(width - side_px + 1))
    return pixels[top : top + side_px, left : left + side_px]


def _at_least(pixels: Pixels, side_px: int) -> Pixels:
    pad = max(0, side_px - pixels.shape[0]), max(0, side_px - pixels.shape[1])
    return np.pad(pixels, ((0, pad[0]), (0, pad[1]), (0, 0)), mode="symmetric") if any(pad) else pixels


def _flipped(pixels: Pixels, random: np.random.Generator) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1] if random.random() < 0.5 else pixels)
