"""Pixels of one file, decoded on demand and at most once for each form, by an explicit list of decoders.

In: bytes whose format was told by content. Out: grey or RGB arrays, and a finding for whatever could not be decoded. A decoder
outside the list is never reached (Pillow alone would hand an EPS file to Ghostscript); sizes are checked before any decoding.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pi_heif
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageFile

from safelight.decode import formats
from safelight.model import Finding, Outcome

if TYPE_CHECKING:
    from safelight.decode.formats import FileFormat
    from safelight.decode.limits import Limits
    from safelight.decode.metadata import Metadata

__all__ = ["LumaPlane", "PixelSource", "oriented"]

_READER: Final = "pixels"
_VERSION: Final = "1"

# Format by content -> the one Pillow plug-in that may open it.
_PILLOW: Final[dict[FileFormat, tuple[str, ...]]] = {
    formats.JPEG: ("JPEG", "MPO"),
    formats.PNG: ("PNG",),
    formats.WEBP: ("WEBP",),
    formats.GIF: ("GIF",),
    formats.BMP: ("BMP", "DIB"),
    formats.TIFF: ("TIFF",),
    formats.AVIF: ("AVIF",),
    formats.JP2: ("JPEG2000",),
    formats.J2K: ("JPEG2000",),
    formats.ICO: ("ICO", "CUR"),
}

# Everything is loaded now: a locked-in worker may find no module later. The limit is ours (`Limits.pixels`), checked before decoding.
Image.preinit()
for _name in (
    "WebPImagePlugin",
    "TiffImagePlugin",
    "AvifImagePlugin",
    "Jpeg2KImagePlugin",
    "IcoImagePlugin",
    "CurImagePlugin",
    "MpoImagePlugin",
):
    __import__(f"PIL.{_name}")
Image.MAX_IMAGE_PIXELS = None

_ROUNDING_MATTERS_BELOW_PX: Final = 1_000_000
"""Pixels under which a JPEG's luma is taken from RGB without rounding; above, the filter averages the rounding away."""

_EXACT_SCALES: Final = (8, 4, 2)
"""Denominators at which libjpeg-turbo decodes straight from the cosine coefficients, with SIMD code."""

_T = TypeVar("_T")
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LumaPlane:
    """Pixels as stored (no orientation applied), perhaps scaled down, to take the luma 0.299 R + 0.587 G + 0.114 B from.

    Attributes:
        pixels: 8-bit; shape (height, width) when the luma was taken by the decoder, else (height, width, 3) RGB. Rounding the
            luma to 8 bits moves up to 12 bits of the PDQ of a small image, so small images come as RGB.
        full_width_px: Width before scaling; likewise `full_height_px`.
        partial: Whether part of the image could not be decoded and was filled by the decoder.
    """

    pixels: Grey
    full_width_px: int
    full_height_px: int
    partial: bool = False


@dataclass(frozen=True, slots=True)
class _Header:
    """What the container says before anything is decoded. For still images `frames` is 1."""

    width_px: int
    height_px: int
    frames: int | None
    mode: str


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
        if self._luma is None or self._luma[0] < min_side_px:
            self._luma = (min_side_px, self._guarded("luma", lambda: self._decode_luma(min_side_px)))
        plane: LumaPlane | None = self._luma[1]
        return plane

    @cached_property
    def _rgb(self) -> NDArray[np.uint8] | None:
        return self._guarded("rgb", self._decode_rgb)

    def rgb(self) -> NDArray[np.uint8] | None:
        """RGB pixels of the first frame at full size, orientation applied, shape (height, width, 3); None as for `luma`."""
        return self._rgb

    # Header

    @cached_property
    def _header(self) -> _Header | None:
        return self._guarded("header", self._read_header)

    def _read_header(self) -> _Header | None:
        if not self._format.decodable:
            self._add(
                "format",
                f"{self._format.name} is listed and digested; its pixels are not decoded by this version.",
                Outcome.DID_NOT_RUN,
            )
            return None
        if self._format is formats.HEIF:
            with_images = pi_heif.open_heif(self._data, convert_hdr_to_8bit=True)
            width_px, height_px = with_images.size
            return _Header(width_px, height_px, len(with_images), with_images.mode)
        with self._open() as image:
            return _Header(image.width, image.height, _frames(image, self._format), image.mode)

    def _check_size(self) -> _Header | None:
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

    def _decode_luma(self, min_side_px: int) -> LumaPlane | None:
        header = self._check_size()
        if header is None:
            return None
        if self._format is formats.JPEG and header.mode in {"L", "RGB"}:
            plane = self._jpeg_luma(header, min_side_px)
            if plane is not None:
                return plane
        image, partial = self._load()
        array = np.asarray(image if image.mode == "L" else _rgb(image))
        return LumaPlane(array, array.shape[1], array.shape[0], partial)

    def _jpeg_luma(self, header: _Header, min_side_px: int) -> LumaPlane | None:
        """Pixels straight from the decoder, scaled; None when only Pillow can read this JPEG."""
        width, height = header.width_px, header.height_px
        scale = next((d for d in _EXACT_SCALES if min(width, height) // d >= min_side_px), 1)
        wanted = (
            {"min_width": -(-width // scale), "min_height": -(-height // scale), "min_factor": float(scale)}
            if scale > 1
            else {}
        )
        colours = "RGB" if header.mode == "RGB" and width * height < _ROUNDING_MATTERS_BELOW_PX else "GRAY"
        try:
            array = simplejpeg.decode_jpeg(self._data, colours, **wanted)
        except ValueError:
            # Recoverable damage and what libjpeg-turbo's simple interface refuses: Pillow says which, and keeps what there is.
            return None
        return LumaPlane(array if colours == "RGB" else array[:, :, 0], width, height)

    def _decode_rgb(self) -> NDArray[np.uint8] | None:
        if self._check_size() is None:
            return None
        image, _ = self._load()
        return np.ascontiguousarray(oriented(np.asarray(_rgb(image)), self.orientation))

    def _load(self) -> tuple[Image.Image, bool]:
        """The first frame, and whether part of it is missing."""
        if self._format is formats.HEIF:
            return pi_heif.open_heif(self._data, convert_hdr_to_8bit=True)[0].to_pillow(), False
        image = self._open()
        try:
            image.load()
        except (OSError, SyntaxError, ValueError) as error:
            whole = self._open()
            # A switch of the whole library; a worker does one thing at a time.
            ImageFile.LOAD_TRUNCATED_IMAGES = True
            try:
                whole.load()
            finally:
                ImageFile.LOAD_TRUNCATED_IMAGES = False
            self._add(
                "partial",
                f"The {self._format.name} file is damaged ({_text(error)}); the part that could be decoded was used.",
                Outcome.FOUND,
            )
            return whole, True
        return image, False

    def _open(self) -> Image.Image:
        return Image.open(io.BytesIO(self._data), formats=_PILLOW[self._format])

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


def oriented(array: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A view of stored pixels as they are to be shown under an EXIF orientation tag.

    Args:
        array: Shape (height, width) or (height, width, channels). `orientation`: 1 to 8 (EXIF 2.32, tag 0x0112).
    """
    if orientation >= 5:
        array = array.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        array = array[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        array = array[::-1]
    return array


def _frames(image: Image.Image, form: FileFormat) -> int | None:
    if form in {formats.JPEG, formats.JP2, formats.J2K, formats.BMP}:
        return 1
    if form is formats.ICO:
        return len(image.info.get("sizes", ())) or 1
    if form is formats.GIF:
        # Counting a GIF's frames reads the whole file and can take minutes on a hostile one.
        return None
    return int(getattr(image, "n_frames", 1))


def _rgb(image: Image.Image) -> Image.Image:
    """RGB as the PDQ references see it: alpha left out, palettes and CMYK converted as Pillow does."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith(("I", "F")):
        return _eight_bit(image).convert("RGB")
    return image.convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and floating-point grey brought to 8 bits by its own range: 16-bit by its high byte, others by minimum and maximum."""
    values = np.asarray(image)
    if image.mode.startswith("I;16") or (
        image.mode == "I" and values.size and values.min() >= 0 and values.max() <= 0xFFFF
    ):
        return Image.fromarray((values >> 8).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    span = (high - low) or 1.0
    return Image.fromarray(((finite - low) * (255.0 / span)).astype(np.uint8))


def _text(error: Exception) -> str:
    text = str(error).strip().rstrip(".")
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
