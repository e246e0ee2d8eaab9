"""Pixels of one file, decoded on demand and at most once for each form, by an explicit list of decoders (`decoders`).

In: bytes whose format was told by content. Out: grey or RGB arrays, and a finding for whatever could not be decoded. Sizes are checked
before any decoding.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from safelight.decode import decoders, formats
from safelight.decode.decoders import Header, JpegCoding, Pixels, Stored, oriented
from safelight.model import Finding, Outcome

if TYPE_CHECKING:
    from safelight.decode.formats import FileFormat
    from safelight.decode.limits import Limits
    from safelight.decode.metadata import Metadata

__all__ = ["LumaPlane", "PixelSource", "oriented"]

_READER: Final = "pixels"
_VERSION: Final = "2"

_ROUNDING_MATTERS_BELOW_PX: Final = 1_000_000
"""Pixels under which a JPEG's luma is taken from RGB without rounding; above, the filter averages the rounding away."""

_EXACT_SCALES: Final = (8, 4, 2)
"""Denominators at which libjpeg-turbo decodes straight from the cosine coefficients, with SIMD code."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LumaPlane:
    """Pixels as stored (no orientation applied), perhaps scaled down, to take the luma 0.299 R + 0.587 G + 0.114 B from.

    Attributes:
        pixels: 8-bit; shape (height, width) when the luma was taken by the decoder or the image is grey, else (height, width, 3) RGB or
            (height, width, 4) RGB and alpha. Rounding the luma to 8 bits moves up to 12 bits of the PDQ of a small image, so
            small images come as RGB.
        full_width_px: Width before scaling; likewise `full_height_px`.
        partial: Whether part of the image could not be decoded and was filled by the decoder.
    """

    pixels: Pixels
    full_width_px: int
    full_height_px: int
    partial: bool = False

    @property
    def scale(self) -> int:
        """How many pixels of the image, along each axis, one of `pixels` stands for."""
        return max(1, round(self.full_height_px / max(1, len(self.pixels))))


class _TooLarge(Exception):
    pass


class PixelSource:
    """The pixels of one file. No method raises for bad bytes: what fails is in `problems`.

    Args:
        data: The whole file. `form`: its format. `metadata`: for the orientation tag. `limits`: for the number of pixels.
    """

    def __init__(self, data: bytes, form: FileFormat, metadata: Metadata, limits: Limits) -> None:
        self._data = data
        self._format = form
        self._metadata = metadata
        self._limits = limits
        self._problems: dict[str, Finding] = {}
        self._luma: tuple[int, LumaPlane | None] | None = None

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What could not be decoded, or only in part."""
        return tuple(self._problems.values())

    @property
    def width_px(self) -> int | None:
        """Width as stored; None when the header cannot be read."""
        return self._header.width_px if self._header else None

    @property
    def height_px(self) -> int | None:
        """Height as stored; None when the header cannot be read."""
        return self._header.height_px if self._header else None

    @property
    def frames(self) -> int | None:
        """Number of frames or pages; None when it is not known."""
        return self._header.frames if self._header else None

    @property
    def orientation(self) -> int:
        """The EXIF orientation that is still to be applied, 1 to 8."""
        return self._metadata.orientation

    def luma(self, min_side_px: int) -> LumaPlane | None:
        """Pixels of the first frame as stored, for fingerprints.

        Args:
            min_side_px: A JPEG is decoded at the smallest of the scales 1/8, 1/4, 1/2 that leaves both sides at least this
                long, else at full size; other formats are decoded at full size.

        Returns:
            The pixels, or None when they could not be decoded (then `problems` says why).
        """
        scale = self._guarded("luma", lambda: self._scale(min_side_px))
        if not scale:
            return self._whole_luma
        if self._luma is None or self._luma[0] != scale:
            self._luma = (scale, self._guarded("luma", lambda: self._grey_jpeg(scale)))
        return self._luma[1] or self._whole_luma

    def rgb(self) -> Pixels | None:
        """RGB pixels of the first frame at full size, orientation applied, shape (height, width, 3); None as for `luma`."""
        return self._rgb

    def stored(self) -> Pixels | None:
        """The whole first frame at full size, no orientation applied and with its alpha; not to be written to.

        Returns:
            Shape (height, width) for grey, (height, width, 3) for RGB, (height, width, 4) for RGB and alpha; None as for `luma`, and
            where only part of the image could be decoded.
        """
        return self._stored.pixels if self._stored and not self._stored.damage else None

    @cached_property
    def jpeg_coding(self) -> JpegCoding | None:
        """How a JPEG keeps its colour; None for other formats, and when the header cannot be read."""
        return decoders.coded_jpeg(self._data) if self._format is formats.JPEG else None

    def coded_colour(self) -> Pixels | None:
        """RGB of a JPEG as near to its coded colour as can be, not to be written to: see `decoders.colour_jpeg`.

        Ordinary decoding smooths colour while it enlarges it, so that this is a decode of its own. None where there is none, with no problem
        noted: `stored` is what is left then.
        """
        return self._coded_colour

    @cached_property
    def _coded_colour(self) -> Pixels | None:
        coding = self.jpeg_coding
        if coding is None or coding.width_px * coding.height_px > self._limits.pixels:
            return None
        return decoders.colour_jpeg(self._data, coding)

    @cached_property
    def _rgb(self) -> Pixels | None:
        if self._stored is None:
            return None
        return np.ascontiguousarray(oriented(decoders.without_alpha(self._stored.pixels), self.orientation))

    # Header

    @cached_property
    def _header(self) -> Header | None:
        return self._guarded("header", self._read_header)

    def _read_header(self) -> Header | None:
        if not self._format.decodable:
            self._add(
                "format",
                f"{self._format.name} is listed and digested; its pixels are not decoded by this version.",
                Outcome.DID_NOT_RUN,
            )
            return None
        return decoders.read_header(self._data, self._format)

    def _check_size(self) -> Header | None:
        header = self._header
        if header is None:
            return None
        pixels = header.width_px * header.height_px
        if pixels > self._limits.pixels:
            raise _TooLarge(
                f"{header.width_px} x {header.height_px} pixels are more than the limit of {self._limits.pixels:,}"
            )
        return header

    # Decoding

    def _scale(self, min_side_px: int) -> int:
        """At which scale a JPEG is to be decoded to grey; 0 when the luma comes from the whole image."""
        header = self._check_size()
        if header is None or self._format is not formats.JPEG or header.mode not in {"L", "RGB"}:
            return 0
        width, height = header.width_px, header.height_px
        scale = next((d for d in _EXACT_SCALES if min(width, height) // d >= min_side_px), 1)
        return 0 if scale == 1 and width * height < _ROUNDING_MATTERS_BELOW_PX else scale

    def _grey_jpeg(self, scale: int) -> LumaPlane | None:
        header = self._check_size()
        grey = decoders.scaled_jpeg(self._data, header, scale) if header else None
        return LumaPlane(grey, header.width_px, header.height_px) if header and grey is not None else None

    @cached_property
    def _whole_luma(self) -> LumaPlane | None:
        whole = self._stored
        if whole is None:
            return None
        return LumaPlane(whole.pixels, whole.pixels.shape[1], whole.pixels.shape[0], bool(whole.damage))

    @cached_property
    def _stored(self) -> Stored | None:
        return self._guarded("pixels", self._decode)

    def _decode(self) -> Stored | None:
        header = self._check_size()
        if header is None:
            return None
        found = decoders.stored(self._data, self._format, header)
        if found.damage:
            self._add(
                "partial",
                f"The {self._format.name} file is damaged ({_short(found.damage)}); the part that could be decoded was used.",
                Outcome.FOUND,
            )
        return found

    # Failure

    def _guarded(self, part: str, work: Callable[[], _T | None]) -> _T | None:
        """Runs a decoder; whatever it raises becomes a finding. MemoryError goes on: the worker answers it."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return work()
        except MemoryError:
            raise
        except _TooLarge as error:
            self._add("size", f"The image was not decoded: {error}. It was digested.", Outcome.COULD_NOT_LOOK)
        except Exception as error:  # noqa: BLE001 - decoders raise nearly anything for hostile bytes; the file keeps its finding
            where = "header" if part == "header" else "pixels"
            self._add(
                "decode",
                f"The {self._format.name} {where} could not be decoded: {_text(error)}.",
                Outcome.COULD_NOT_LOOK,
            )
        return None

    def _add(self, key: str, what: str, outcome: Outcome) -> None:
        finding = Finding(
            reader=_READER, version=_VERSION, outcome=outcome, what=what, does_not_show="What the missing pixels show."
        )
        if outcome is Outcome.FOUND:
            finding = replace(finding, details={"partial": True})
        self._problems.setdefault(key, finding)


def _text(error: Exception) -> str:
    text = str(error)
    return f"{type(error).__name__}: {_short(text)}" if text else type(error).__name__


def _short(text: str) -> str:
    return text.strip()[:200].rstrip(".")
