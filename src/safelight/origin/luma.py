"""The luma that readers of pixel traces look at: of the first frame, as stored, made once a file; and which files are worth decoding for them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.decode import formats
from safelight.decode.content import Content
from safelight.decode.decoders import without_alpha
from safelight.model import MediaKind

__all__ = ["is_picture", "middle", "stored_luma"]

_JPEG_PIXELS_MAX: Final = 4_500_000
"""Larger JPEGs are decoded smaller for fingerprints; to decode them once more would cost more than a trace is worth."""


def is_picture(content: Content) -> bool:
    """Whether this is a picture that can be decoded, and no large JPEG."""
    form = content.format
    if form.kind is not MediaKind.IMAGE or not form.decodable:
        return False
    pixels = (content.pixels.width_px or 0) * (content.pixels.height_px or 0)
    return form is not formats.JPEG or pixels <= _JPEG_PIXELS_MAX


def stored_luma(content: Content) -> NDArray[np.uint8] | None:
    """The luma of the whole first frame, shape (height, width), not to be written to; None where it cannot be decoded whole."""
    return content.once(_luma)


def middle(plane: NDArray[np.uint8], side_px: int, grid_px: int) -> NDArray[np.uint8]:
    """The middle of a plane: at most `side_px` a side, beginning at multiples of `grid_px` and as many of them long."""
    height, width = (min(size, side_px) // grid_px * grid_px for size in plane.shape)
    top, left = (
        (size - kept) // 2 // grid_px * grid_px for size, kept in zip(plane.shape, (height, width), strict=True)
    )
    return plane[top : top + height, left : left + width]


def _luma(content: Content) -> NDArray[np.uint8] | None:
    stored = content.pixels.stored()
    if stored is None or stored.ndim == 2:
        return stored
    return np.asarray(Image.fromarray(np.ascontiguousarray(without_alpha(stored))).convert("L"))
