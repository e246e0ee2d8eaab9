"""The decoders: bytes of one format, told by content, to 8-bit pixels of its first frame.

An explicit list: a decoder that is not in it is never reached (Pillow alone would hand an EPS file to Ghostscript). Each format has
the quickest decoder that gives the same pixels as Pillow, and Pillow for whatever that one refuses: it says what is damaged and keeps
what there is. Nothing here checks sizes, nothing catches what hostile bytes raise; `pixels` does both.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import imagecodecs
import numpy as np
import pi_heif
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile, TiffImagePlugin

from safelight.decode import formats
from safelight.decode.containers import png

if TYPE_CHECKING:
    from safelight.decode.formats import FileFormat

__all__ = [
    "Header",
    "JpegCoding",
    "Pixels",
    "Stored",
    "coded_jpeg",
    "colour_jpeg",
    "oriented",
    "read_header",
    "scaled_jpeg",
    "stored",
    "without_alpha",
]

# Format by content -> the one Pillow plug-in that may open it.
_PILLOW: Final[dict[FileFormat, tuple[str, ...]]] = {
    formats.JPEG: ("JPEG",),  # MPO too: its plug-in has no entry of its own, the JPEG one hands over to it
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
    "AvifImagePlugin",
    "Jpeg2KImagePlugin",
    "IcoImagePlugin",
    "CurImagePlugin",
    "MpoImagePlugin",
):
    __import__(f"PIL.{_name}")
_png_decode: Final = imagecodecs.png_decode
_webp_decode: Final = imagecodecs.webp_decode
Image.MAX_IMAGE_PIXELS = None

_BAND_PX: Final = 1 << 23
"""Pixels converted at a time, so that a large picture is not in memory three times."""

_ORIENTATION: Final = 0x0112
_UNDONE_BY: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
_JPEG_MODES: Final = {"Gray": "L", "YCbCr": "RGB", "RGB": "RGB", "CMYK": "CMYK", "YCCK": "CMYK"}
_PNG_CHANNELS: Final = {0: 1, 2: 3, 4: 2, 6: 4}
"""Colour types without a palette, and how many samples make a pixel of each (PNG specification, 11.2.1)."""

_PNG_KEYED: Final = frozenset({0, 2})
"""Colour types in which one colour can be said to be transparent (11.3.1.1); it is decoded as alpha."""

_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})

Pixels = NDArray[np.uint8]


class Header(NamedTuple):
    """What the container says before anything is decoded; sizes as stored, before any orientation.

    Attributes:
        frames: Number of frames or pages; None when finding out would take reading the whole file.
        mode: Pillow's name for the kind of pixels.
    """

    width_px: int
    height_px: int
    frames: int | None
    mode: str


class JpegCoding(NamedTuple):
    """How a JPEG keeps its colour.

    Attributes:
        colours: Its colours as the decoder names them: `Gray`, `YCbCr`, `RGB`, `CMYK`, `YCCK`.
        thinned: How YCbCr colour is thinned out: `444`, `422`, `420` and others; empty for other colours.
    """

    width_px: int
    height_px: int
    colours: str
    thinned: str

    @property
    def halved(self) -> bool:
        """Whether `colour_jpeg` decodes at half size: colour is kept at half size anyway, or evenly in both directions."""
        return self.thinned in {"420", "444"}


class Stored(NamedTuple):
    """The first frame at full size as stored, no orientation applied.

    Attributes:
        pixels: Shape (height, width) for grey, (height, width, 3) for RGB, (height, width, 4) for RGB and alpha.
        damage: What the decoder said of the part that is missing; empty when nothing is.
    """

    pixels: Pixels
    damage: str = ""


def read_header(data: bytes, form: FileFormat) -> Header:
    """Reads the size of a decodable file.

    Raises:
        Exception: Nearly anything, for bytes that the decoder cannot make sense of.
    """
    if form is formats.HEIF:
        pictures = pi_heif.open_heif(data, convert_hdr_to_8bit=True)
        width_px, height_px = pictures.size
        return Header(width_px, height_px, len(pictures), pictures.mode)
    if form is formats.JPEG:
        try:
            height_px, width_px, colours, _ = simplejpeg.decode_jpeg_header(data)
            return Header(width_px, height_px, 1, _JPEG_MODES[colours])
        except (ValueError, KeyError):
            pass  # Pillow is more forgiving, or says what is wrong.
    with _open(data, form) as image:
        width_px, height_px = image.size
        if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_ORIENTATION) in {5, 6, 7, 8}:
            width_px, height_px = height_px, width_px
        return Header(width_px, height_px, _frames(image, form), image.mode)


def scaled_jpeg(data: bytes, header: Header, scale: int) -> Pixels | None:
    """The luma of a JPEG, taken by the decoder and rounded.

    Args:
        data: The file. `header`: of it. `scale`: 1, 2, 4 or 8; sizes are divided by it and rounded up.

    Returns:
        Shape (height, width); None when only Pillow can read this JPEG.
    """
    smaller = (
        {"min_width": -(-header.width_px // scale), "min_height": -(-header.height_px // scale), "min_factor": scale}
        if scale > 1
        else {}
    )
    return _simple_jpeg(data, "GRAY", smaller) if header.mode in {"L", "RGB"} else None


def coded_jpeg(data: bytes) -> JpegCoding | None:
    """How a JPEG keeps its colour; None when the header cannot be read."""
    try:
        height_px, width_px, colours, thinned = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    return JpegCoding(width_px, height_px, colours, thinned if colours == "YCbCr" else "")


def colour_jpeg(data: bytes, coding: JpegCoding) -> Pixels | None:
    """RGB as near to the coded colour as can be: never smoothed, and at half size where that loses none (see `JpegCoding.halved`).

    Returns:
        Shape (height, width, 3), sizes halved and rounded up where `coding.halved`; None when only Pillow can read this JPEG.
    """
    smaller = (
        {"min_width": -(-coding.width_px // 2), "min_height": -(-coding.height_px // 2), "min_factor": 2}
        if coding.halved
        else {}
    )
    return _simple_jpeg(data, "RGB", {"fastupsample": True, **smaller})


def stored(data: bytes, form: FileFormat, header: Header) -> Stored:
    """Decodes the first frame.

    Raises:
        Exception: Nearly anything, for bytes that the decoder cannot make sense of.
    """
    if form is formats.HEIF:
        pictures = pi_heif.open_heif(data, convert_hdr_to_8bit=True)
        # The array that the library gives is a view into memory that dies with `pictures`: it must be copied before that goes.
        view = np.asarray(pictures[pictures.primary_index])[:, : header.width_px]
        return Stored(np.array(_plain(view)))
    quick: Pixels | None = None
    if form is formats.JPEG and header.mode in {"L", "RGB"}:
        quick = _simple_jpeg(data, "GRAY" if header.mode == "L" else "RGB", {})
    elif form is formats.WEBP or (form is formats.PNG and data[24] >= 8 and data[25] in _PNG_CHANNELS):
        quick = _webp(data) if form is formats.WEBP else _png(data, header)
    if quick is not None and quick.shape[:2] == (header.height_px, header.width_px):
        return Stored(quick)
    return _by_pillow(data, form)


def without_alpha(pixels: Pixels) -> Pixels:
    """RGB, shape (height, width, 3), as the PDQ references see it: grey repeated, alpha left out."""
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    return pixels[:, :, :3]


def oriented(array: Pixels, orientation: int) -> Pixels:
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


def _simple_jpeg(data: bytes, colours: str, smaller: dict[str, int]) -> Pixels | None:
    try:
        pixels: Pixels = simplejpeg.decode_jpeg(data, colours, **smaller)
    except ValueError:
        return None
    return pixels[:, :, 0] if colours == "GRAY" else pixels


def _webp(data: bytes) -> Pixels | None:
    """A still WebP."""
    try:
        return _plain(_webp_decode(data))
    except (RuntimeError, ValueError):
        return None


def _png(data: bytes, header: Header) -> Pixels | None:
    """A PNG without a palette.

    When a PNG is damaged the library keeps the array that it was to fill for ever (imagecodecs 2026.3.6), so that it gets one whose memory can be
    taken back.
    """
    channels = _PNG_CHANNELS[data[25]] + (data[25] in _PNG_KEYED and data.find(b"tRNS", 33, data.find(b"IDAT")) >= 0)
    shape = (header.height_px, header.width_px, channels)[: 2 if channels == 1 else 3]
    target = np.empty(shape, np.uint16 if data[24] == 16 else np.uint8)
    try:
        return _plain(_png_decode(data, out=target))
    except (RuntimeError, ValueError):
        target.resize(0, refcheck=False)
        return None


def _plain(pixels: NDArray[Any]) -> Pixels:
    """16-bit samples by their high byte, as Pillow takes them; grey with alpha as RGB with alpha."""
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.dtype != np.uint8 or pixels.ndim not in {2, 3}:
        raise ValueError(f"pixels of type {pixels.dtype} and shape {pixels.shape}")
    if pixels.ndim == 3 and pixels.shape[2] <= 2:
        return pixels[:, :, 0] if pixels.shape[2] == 1 else pixels[:, :, [0, 0, 0, 1]]
    return pixels


def _by_pillow(data: bytes, form: FileFormat) -> Stored:
    image, damage = _open(data, form), ""
    # Pillow turns a TIFF by its tag (or by XMP) while loading; all else is handed out as stored.
    turned = int(image.getexif().get(_ORIENTATION, 1)) if form is formats.TIFF else 1
    try:
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        damage = f"{type(error).__name__}: {error}"
        image = _open(data, form)
        with _forgiving():
            image.load()
    pixels = _eight_bit(image)
    if turned in _UNDONE_BY and turned != 1:
        pixels = np.ascontiguousarray(oriented(pixels, _UNDONE_BY[turned]))
    return Stored(pixels, damage)


def _open(data: bytes, form: FileFormat) -> Image.Image:
    if form is formats.PNG:
        data = _without_texts(data)
    # Otherwise a broken checksum of a profile would cost the whole PNG.
    with _forgiving() if form is formats.PNG else nullcontext():
        return Image.open(io.BytesIO(data), formats=_PILLOW[form])


def _without_texts(data: bytes) -> bytes:
    """A PNG without its whole text chunks, which `metadata` reads: Pillow inflates them all, and refuses a picture for long ones."""
    kept, start = [], 0
    for chunk in png.chunks(data):
        if chunk.type in _TEXTS and chunk.whole:
            kept.append(memoryview(data)[start : chunk.offset])
            start = chunk.stop + 4
    return b"".join((*kept, memoryview(data)[start:])) if kept else data


@contextmanager
def _forgiving() -> Iterator[None]:
    """Pillow goes on behind damage. A switch of the whole library; a worker does one thing at a time."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _frames(image: Image.Image, form: FileFormat) -> int | None:
    if form in {formats.JPEG, formats.JP2, formats.J2K, formats.BMP}:
        return 1
    if form is formats.ICO:
        return len(image.info.get("sizes", ())) or 1
    if form is formats.GIF:
        # Counting a GIF's frames reads the whole file and can take minutes on a hostile one.
        return None
    return int(getattr(image, "n_frames", 1))


def _eight_bit(image: Image.Image) -> Pixels:
    """Grey, RGB or RGBA from any kind of pixels; palettes, CMYK and Lab converted as Pillow does, band by band."""
    if image.mode in {"I", "F"}:
        return _by_range(np.asarray(image))
    if image.mode.startswith("I;16"):
        # `threatexchange` clips these at 255 instead, which leaves little of the picture: its hash of such a file is another one.
        return (np.asarray(image) >> 8).astype(np.uint8)
    to_rgb = _lab_to_rgb() if image.mode == "LAB" else None
    width, height = image.size
    channels = {"L": 1, "LA": 4, "RGBA": 4}.get(image.mode, 3)
    out = np.empty((height, width, channels) if channels > 1 else (height, width), np.uint8)
    rows = max(1, _BAND_PX // max(1, width))
    for top in range(0, height, rows):
        band = image if rows >= height else image.crop((0, top, width, min(top + rows, height)))
        if to_rgb is not None:
            band = to_rgb.apply(band)
        elif band.mode in {"La", "RGBa"}:
            band = band.convert({"La": "LA", "RGBa": "RGBA"}[band.mode]).convert("RGB")
        elif band.mode not in {"L", "RGB", "RGBA"}:
            band = band.convert("RGBA" if channels == 4 else "RGB")
        out[top : top + rows] = np.asarray(band)
    return out


def _lab_to_rgb() -> ImageCms.ImageCmsTransform:
    lab, srgb = (ImageCms.ImageCmsProfile(ImageCms.createProfile(name)) for name in ("LAB", "sRGB"))
    return ImageCms.ImageCmsTransform(lab, srgb, "LAB", "RGB")


def _by_range(values: NDArray[Any]) -> Pixels:
    """32-bit and floating-point grey: by the high byte where all values fit 16 bits, else from the least value (or 0) to the greatest (or 0)."""
    if values.dtype.kind == "i" and values.size and values.min() >= 0 and values.max() <= 0xFFFF:
        return (values >> 8).astype(np.uint8)
    finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    span = (high - low) or 1.0
    return ((finite - low) * (255.0 / span)).astype(np.uint8)
