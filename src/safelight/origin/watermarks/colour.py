"""The pixels of a file as a watermark in its colour needs them: as stored, and as near to the encoder's own numbers as can be.

A JPEG keeps colour at half resolution as a rule, and ordinary decoding smooths it while enlarging, which blurs the very numbers that a
mark was written into: at quality 95 a fifth to a third of all marks is lost by that alone. Decoded at half size, colour comes out as it was
coded, and sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.decode.content import Content
from safelight.decode.decoders import JpegCoding
from safelight.model import Outcome
from safelight.origin.watermarks.slot import NotLooked

__all__ = ["JPEG_PIXELS_MAX", "Colour", "colour_of"]

JPEG_PIXELS_MAX: Final = 4_500_000
"""Pixels above which a JPEG is not decoded once more for its colour. The programs that write such marks make pictures of 0.3 to 4 million pixels."""

_COARSEST: Final = {"420": 80, "422": 60, "444": 30}
"""IJG quality of a JPEG's colour, for each way of thinning it out, up to which hardly any mark was still read (1 in 10 at most)."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Pixels with colour.

    Attributes:
        pixels: 8-bit, as stored, shape (height, width, 3), or 4 with alpha.
        halved: Whether they are means over 2 x 2 pixels of the picture.
    """

    pixels: NDArray[np.uint8]
    halved: bool = False


def colour_of(content: Content) -> Colour | None:
    """The colour of the first frame; None where there is none, or too coarse to hold a mark that could still be read.

    Raises:
        NotLooked: The pixels cannot be decoded, or the JPEG is too large.
    """
    coding = content.pixels.jpeg_coding
    if coding is not None and coding.colours == "Gray":
        return None
    if coding is not None and coding.colours in {"YCbCr", "RGB"}:
        return _jpeg(content, coding)
    return _stored(content)


def _jpeg(content: Content, coding: JpegCoding) -> Colour | None:
    if coding.width_px * coding.height_px > JPEG_PIXELS_MAX:
        size = f"{coding.width_px} x {coding.height_px}"
        raise NotLooked(
            f"the JPEG has {size} pixels, and above {JPEG_PIXELS_MAX / 1e6:.1f} million it would cost too much",
            Outcome.DID_NOT_RUN,
        )
    tables = [table for table in content.metadata.quantisation_tables if table.identifier == 1]
    if tables and tables[0].estimated_quality <= _COARSEST.get(coding.thinned, 0):
        return None
    pixels = content.pixels.coded_colour()
    # None: what the simple interface refuses, and damage.
    return Colour(pixels, coding.halved) if pixels is not None else _stored(content)


def _stored(content: Content) -> Colour | None:
    pixels = content.pixels.stored()
    if pixels is None:
        raise NotLooked("the pixels could not be decoded, or only in part", Outcome.COULD_NOT_LOOK)
    return Colour(pixels) if pixels.ndim == 3 else None
