"""Pixels with their alpha as a lossless file stores them: those that `pixels` decoded, where the format can hold what was put in."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.decode import formats
from safelight.decode.content import Content

__all__ = ["stored_pixels"]

_LOSSLESS: Final = frozenset({formats.PNG, formats.WEBP})


def stored_pixels(content: Content) -> NDArray[np.uint8] | None:
    """The first frame of a PNG or WebP at full size, no orientation applied, shape (height, width, 3 or 4); not to be written to.

    Returns:
        None when it is another format, more pixels than `Limits.pixels`, not decoded to its end, or grey.
    """
    if content.format not in _LOSSLESS:
        return None
    pixels = content.pixels.stored()
    return pixels if pixels is not None and pixels.ndim == 3 else None
