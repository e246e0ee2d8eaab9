"""Pixels with their alpha as a lossless file stores them. To become part of `pixels`, where one decoding can serve all who need it."""

from __future__ import annotations

import io
import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.decode import formats
from safelight.decode.content import Content

__all__ = ["stored_pixels"]

_PLUGINS: Final = {formats.PNG: "PNG", formats.WEBP: "WEBP"}


def stored_pixels(content: Content) -> NDArray[np.uint8] | None:
    """The first frame of a PNG or WebP at full size, no orientation applied, shape (height, width, 3 or 4).

    Returns:
        None when it is another format, more pixels than `Limits.pixels`, cannot be decoded, or is neither RGB nor RGBA.
    """
    plugin = _PLUGINS.get(content.format)
    if plugin is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content.data), formats=(plugin,))
            if image.width * image.height > content.limits.pixels:
                return None
            if image.mode == "LA":
                return np.asarray(image.convert("RGBA"))
            return np.asarray(image) if image.mode in {"RGB", "RGBA"} else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - decoders raise nearly anything for hostile bytes; why is told where the pixels are fingerprinted
        return None
