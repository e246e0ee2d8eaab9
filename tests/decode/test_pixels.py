"""Pixels of every format in the list, as Pillow's full decoding gives them; whatever is not in the list is not decoded."""

from __future__ import annotations

import io
import mmap
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pi_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms
from tests.fingerprint.drawing import picture, saved

from safelight.decode import decoders, formats
from safelight.decode.content import Content
from safelight.decode.decoders import oriented
from safelight.decode.limits import Limits
from safelight.decode.pixels import PixelSource
from safelight.demo.heic import grid_heic
from safelight.model import Outcome

TAG = 0x0112
RGB = picture(97, 61, 1)
GREY = RGB[:, :, 1].copy()
IMAGE = Image.fromarray(RGB)


def source(data: bytes, limits: Limits | None = None) -> PixelSource:
    return Content(data, len(data), limits or Limits()).pixels


def rgb_of(data: bytes) -> NDArray[np.uint8]:
    found = source(data)
    pixels = found.rgb()
    assert pixels is not None, found.problems
    assert found.problems == ()
    return pixels


def by_pillow(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    return png[:33] + png_chunk(kind, body) + png[33:]


def interlaced(pixels: NDArray[np.uint8]) -> bytes:
    """An RGB PNG in the seven passes of Adam7 (PNG specification, 8.2), without filters."""
    rows = b""
    for top, left, down, across in (
        (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1),
    ):  # fmt: skip
        rows += b"".join(b"\0" + row.tobytes() for row in pixels[top::down, left::across])
    height, width = pixels.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    body = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


LOSSLESS: dict[str, bytes] = {
    "PNG": saved(RGB, "PNG"),
    "PNG interlaced": interlaced(RGB),
    "PNG 16 bits": imagecodecs.png_encode((RGB.astype(np.uint16) << 8) | 0x7F),
    "PNG with a gamma and a profile": with_chunk(
        saved(RGB, "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
        b"gAMA",
        struct.pack(">I", 20_000),
    ),
    "PNG with a transparent colour": with_chunk(saved(RGB, "PNG"), b"tRNS", struct.pack(">HHH", *RGB[5, 5].tolist())),
    "PNG with alpha": saved(Image.merge("RGBA", (*IMAGE.split(), Image.fromarray(GREY))), "PNG"),
    "PNG with 16 bits and alpha": imagecodecs.png_encode(np.dstack([RGB, GREY]).astype(np.uint16) * 257),
    "WebP": saved(RGB, "WEBP", lossless=True),
    "WebP with alpha": saved(
        Image.merge("RGBA", (*IMAGE.split(), Image.fromarray(GREY))), "WEBP", lossless=True, exact=True
    ),
    "BMP": saved(RGB, "BMP"),
    "TIFF": saved(RGB, "TIFF"),
    "TIFF LZW": saved(RGB, "TIFF", compression="tiff_lzw"),
    "TIFF with deflate": saved(RGB, "TIFF", compression="tiff_adobe_deflate"),
    "JPEG 2000": saved(RGB, "JPEG2000"),
    "JPEG 2000 codestream": saved(RGB, "JPEG2000", no_jp2=True),
}


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_give_back_what_was_drawn(name: str) -> None:
    data = LOSSLESS[name]
    assert np.array_equal(rgb_of(data), RGB)
    found = source(data)
    assert (found.width_px, found.height_px, found.frames) == (97, 61, 1)
    plane = found.luma(1024)
    assert plane is not None
    assert (plane.full_width_px, plane.full_height_px, plane.scale, plane.partial) == (97, 61, 1, False)
    assert np.array_equal(plane.pixels[:, :, :3], RGB)


@pytest.mark.parametrize("name", ["PNG with alpha", "PNG with 16 bits and alpha", "WebP with alpha"])
def test_stored_pixels_keep_their_alpha(name: str) -> None:
    pixels = source(LOSSLESS[name]).stored()
    assert pixels is not None
    assert np.array_equal(pixels, np.dstack([RGB, GREY]))


@pytest.mark.parametrize(
    "data",
    [
        saved(GREY, "PNG"),
        saved(GREY, "BMP"),
        saved(GREY, "TIFF"),
        saved(GREY, "JPEG2000"),
        imagecodecs.png_encode(GREY.astype(np.uint16) * 256 + 9),
        saved(Image.fromarray(GREY.astype(np.uint16) * 256 + 9), "TIFF"),
    ],
)
def test_grey_stays_grey(data: bytes) -> None:
    pixels = source(data).stored()
    assert pixels is not None
    assert np.array_equal(pixels, GREY)
    assert np.array_equal(rgb_of(data), np.dstack([GREY] * 3))


def test_grey_with_alpha_keeps_both() -> None:
    image = Image.merge("LA", (Image.fromarray(GREY), Image.fromarray(RGB[:, :, 0].copy())))
    for data in (saved(image, "PNG"), saved(image, "TIFF")):
        pixels = source(data).stored()
        assert pixels is not None
        assert np.array_equal(pixels, np.dstack([GREY, GREY, GREY, RGB[:, :, 0]]))


@pytest.mark.parametrize(
    ("encoder", "image", "options"),
    [
        ("JPEG", IMAGE, {"quality": 90}),
        ("JPEG", IMAGE, {"progressive": True, "subsampling": 0}),
        ("JPEG", IMAGE, {"keep_rgb": True}),
        ("JPEG", Image.fromarray(GREY), {}),
        ("JPEG", IMAGE.convert("CMYK"), {}),
        ("PNG", IMAGE.quantize(17), {}),
        ("PNG", IMAGE.quantize(17), {"transparency": 4}),
        ("PNG", IMAGE.convert("1"), {}),
        ("GIF", IMAGE, {}),
        ("BMP", IMAGE.quantize(200), {}),
        ("TIFF", IMAGE.convert("CMYK"), {}),
        ("TIFF", IMAGE.convert("1"), {"compression": "group4"}),
        ("TIFF", IMAGE, {"compression": "jpeg"}),
        ("TIFF", IMAGE.quantize(40), {}),
        ("TIFF", IMAGE.convert("YCbCr"), {}),
        ("WEBP", IMAGE, {"quality": 60}),
        ("AVIF", IMAGE, {"quality": 70}),
        ("JPEG2000", IMAGE, {"quality_mode": "rates", "quality_layers": [20], "irreversible": True}),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else str(value),
)
def test_pixels_are_those_of_pillow(encoder: str, image: Image.Image, options: dict[str, Any]) -> None:
    data = saved(image, encoder, **options)
    assert np.array_equal(rgb_of(data), by_pillow(data))


def test_cmyk_jpegs_hold_inverted_inks() -> None:
    """As Adobe writes them and everyone reads them, also where its segment is missing; YCCK is what transform 2 says."""
    data = saved(IMAGE.convert("CMYK"), "JPEG", quality=98, subsampling=0)
    start = data.index(b"\xff\xee\x00\x0eAdobe")
    without = data[:start] + data[start + 16 :]
    for each in (data, without):
        assert np.abs(rgb_of(each).astype(int) - RGB).mean() < 2
    ycck = data[: start + 15] + b"\2" + data[start + 16 :]
    assert np.array_equal(rgb_of(ycck), by_pillow(ycck))
    assert np.abs(rgb_of(ycck).astype(int) - RGB).mean() > 30


def test_lab_is_converted() -> None:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    image = ImageCms.profileToProfile(IMAGE, srgb, lab, outputMode="LAB")
    assert image is not None
    assert np.abs(rgb_of(saved(image, "TIFF")).astype(int) - RGB).mean() < 3


def test_floats_and_32_bit_grey_are_brought_to_8_bits() -> None:
    for values in (GREY.astype(np.float32) * 3.5 - 70, GREY.astype(np.int32) * 70_000 - 5):
        pixels = rgb_of(saved(Image.fromarray(values), "TIFF"))[:, :, 0]
        low, high = min(0.0, float(values.min())), float(values.max())
        assert np.abs(pixels.astype(float) - (values.astype(float) - low) * 255 / (high - low)).max() <= 1
    values = np.full((40, 50), np.nan, np.float32)
    values[3, 4] = np.inf
    assert rgb_of(saved(Image.fromarray(values), "TIFF")).shape == (40, 50, 3)


def test_conversion_by_bands_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        saved(IMAGE.quantize(30), "PNG", transparency=2),
        saved(IMAGE.convert("CMYK"), "TIFF"),
        saved(IMAGE, "BMP"),
        saved(IMAGE.convert("LA"), "TIFF"),
    ]
    whole = [source(data).stored() for data in files]
    monkeypatch.setattr(decoders, "_BAND_PX", 97 * 7)
    for data, expected in zip(files, whole, strict=True):
        assert expected is not None
        assert np.array_equal(source(data).stored(), expected)


# Several pictures in one file


OTHER = Image.fromarray(picture(97, 61, 2))


@pytest.mark.parametrize(
    ("encoder", "options", "frames"),
    [
        ("PNG", {}, 2),
        ("PNG", {"default_image": True}, None),
        ("WEBP", {"lossless": True}, 2),
        ("TIFF", {}, 2),
        ("GIF", {}, None),
    ],
)
def test_of_several_frames_the_first_counts(encoder: str, options: dict[str, Any], frames: int | None) -> None:
    data = saved(IMAGE, encoder, save_all=True, append_images=[OTHER], **options)
    if encoder == "GIF":
        assert np.array_equal(rgb_of(data), by_pillow(data))
    else:
        assert np.array_equal(rgb_of(data), RGB)
    if frames is not None or encoder == "GIF":
        assert source(data).frames == frames


def test_an_avif_sequence() -> None:
    data = saved(IMAGE, "AVIF", save_all=True, append_images=[OTHER], quality=95)
    assert source(data).frames == 2
    assert np.abs(rgb_of(data).astype(int) - RGB).mean() < 4


def test_mpo() -> None:
    data = saved(IMAGE, "MPO", save_all=True, append_images=[OTHER], quality=95)
    assert np.array_equal(rgb_of(data), by_pillow(saved(IMAGE, "JPEG", quality=95)))
    assert source(data).frames == 1


def test_of_an_icon_the_largest_counts() -> None:
    square = Image.fromarray(picture(128, 128))
    for options in ({}, {"bitmap_format": "bmp"}):
        data = saved(square, "ICO", sizes=[(16, 16), (128, 128), (48, 48)], **options)
        assert np.array_equal(rgb_of(data), np.asarray(square))
        assert source(data).frames == 3


def test_of_a_heic_the_primary_picture_counts() -> None:
    grid = grid_heic([0, 1], 2)
    pixels = rgb_of(grid)
    assert pixels.shape == (512, 1024, 3)
    assert (source(grid).width_px, source(grid).height_px) == (1024, 512)
    # The item box says which item is primary: 3 is the second tile.
    at = grid.index(b"pitm") + 8
    second = grid[:at] + struct.pack(">H", 3) + grid[at + 2 :]
    assert (source(second).width_px, source(second).height_px) == (512, 512)
    assert np.array_equal(rgb_of(second), pixels[:, 512:])
    assert not np.array_equal(rgb_of(second), pixels[:, :512])


@pytest.mark.shared
def test_ultra_hdr_and_other_camera_files(shared: Path) -> None:
    """The base picture of a JPEG with a gain map, and whatever else cameras write."""
    seen = 0
    for path in sorted((shared / "carriers" / "files" / "camera-ultrahdr").iterdir())[:4]:
        data = path.read_bytes()
        found = source(data)
        if found.width_px is None or found.width_px * (found.height_px or 0) > 20_000_000:
            continue
        expected = oriented(by_pillow(data), found.orientation)
        assert np.array_equal(found.rgb(), expected), path
        seen += 1
    assert seen


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(orientation: int) -> None:
    exif = Image.Exif()
    exif[TAG] = orientation
    shown = oriented(RGB, orientation)
    files = {
        "PNG": saved(IMAGE, "PNG", exif=exif),
        "WebP": saved(IMAGE, "WEBP", lossless=True, exif=exif),
        "TIFF": saved(IMAGE, "TIFF", tiffinfo={TAG: orientation}),
        "TIFF LZW": saved(IMAGE, "TIFF", tiffinfo={TAG: orientation}, compression="tiff_lzw"),
    }
    for name, data in files.items():
        found = source(data)
        assert (found.width_px, found.height_px) == (97, 61), name
        assert np.array_equal(found.stored(), RGB), name
        assert np.array_equal(found.rgb(), shown), name
    jpeg = saved(IMAGE, "JPEG", exif=exif)
    assert np.array_equal(rgb_of(jpeg), oriented(by_pillow(jpeg), orientation))
    avif = saved(IMAGE, "AVIF", exif=exif, quality=95)
    assert np.abs(rgb_of(avif).astype(int) - shown).mean() < 4


def test_a_tiff_that_only_xmp_turns_is_as_stored() -> None:
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
    )
    data = saved(IMAGE, "TIFF", tiffinfo={700: xmp})
    found = source(data)
    assert (found.width_px, found.height_px) == (97, 61)
    assert np.array_equal(found.stored(), RGB)


# Scaled decoding


@pytest.mark.parametrize(
    ("size", "min_side_px", "scale"),
    [((999, 1000), 100, 8), ((999, 1000), 200, 4), ((999, 1000), 400, 2), ((1023, 1000), 600, 1), ((1201, 901), 1, 8)],
)
def test_a_jpeg_is_decoded_at_the_smallest_scale_that_suffices(
    size: tuple[int, int], min_side_px: int, scale: int
) -> None:
    data = saved(picture(*size), "JPEG")
    plane = source(data).luma(min_side_px)
    assert plane is not None
    assert (plane.full_width_px, plane.full_height_px, plane.scale) == (*size, scale)
    assert plane.pixels.shape[:2] == (-(-size[1] // scale), -(-size[0] // scale))
    assert min(plane.pixels.shape[:2]) >= min_side_px
    grey = np.asarray(Image.open(io.BytesIO(data)).convert("L")).astype(float)
    assert np.asarray(plane.pixels).mean() == pytest.approx(grey.mean(), abs=2)


def test_small_jpegs_come_in_colour_and_large_ones_in_grey() -> None:
    small, large = (
        source(saved(picture(900, 800), "JPEG")).luma(1024),
        source(saved(picture(1300, 1100), "JPEG")).luma(1024),
    )
    assert small is not None
    assert large is not None
    assert small.pixels.shape == (800, 900, 3)
    assert large.pixels.shape == (1100, 1300)


def test_another_scale_is_decoded_anew_and_the_same_is_kept() -> None:
    found = source(saved(picture(2200, 2100), "JPEG"))
    scaled = found.luma(1024)
    assert found.luma(1024) is scaled
    whole = found.luma(2100)
    assert whole is not None
    assert whole.scale == 1


# Damage and limits


@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "TIFF", "BMP"])
def test_of_a_cut_file_the_part_that_is_there_is_used_and_told(encoder: str) -> None:
    data = saved(picture(400, 300), encoder)
    found = source(data[: len(data) * 2 // 3])
    plane = found.luma(1024)
    assert plane is not None
    assert plane.partial
    assert plane.pixels.shape[:2] == (300, 400)
    assert found.stored() is None
    assert found.rgb() is not None
    (problem,) = found.problems
    assert problem.outcome is Outcome.FOUND
    assert "damaged" in problem.what
    assert problem.details == {"partial": True}
    top = by_pillow(data)[:100].astype(int)
    assert np.abs(plane.pixels[:100, :, :3].astype(int) - top).mean() < (2 if encoder != "BMP" else 200)


def test_a_cut_jpeg_that_would_be_decoded_scaled() -> None:
    data = saved(picture(2100, 2060), "JPEG")
    found = source(data[: len(data) // 2])
    plane = found.luma(1024)
    assert plane is not None
    assert (plane.scale, plane.partial) == (1, True)


def test_too_many_pixels_are_not_decoded() -> None:
    for data in (saved(RGB, "PNG"), saved(RGB, "JPEG"), saved(RGB, "TIFF"), grid_heic([0], 1)):
        found = source(data, Limits(pixels=97 * 61 - 1))
        assert found.luma(1) is None
        assert found.rgb() is None
        assert found.stored() is None
        (problem,) = found.problems
        assert problem.outcome is Outcome.COULD_NOT_LOOK
        assert "limit" in problem.what
        assert found.width_px
        exact = source(data, Limits(pixels=1 << 20))
        assert exact.luma(1) is not None


@pytest.mark.parametrize("options", [{}, {"transparency": (1, 2, 3)}])
def test_damaged_pngs_leave_no_memory_behind(options: dict[str, Any]) -> None:
    """The library keeps what it was to fill: 3 MiB for each of these."""
    image = Image.fromarray(np.random.default_rng(5).integers(0, 255, (1024, 1024, 3), np.uint8))
    damaged = bytearray(saved(image, "PNG", compress_level=1, **options))
    damaged[len(damaged) - 40] ^= 0xFF
    held = []
    for number in range(24):
        source = Content(bytes(damaged), len(damaged), Limits()).pixels
        assert source.stored() is None
        if number in {3, 23}:
            held.append(int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE)
    assert held[1] - held[0] < 30 << 20


def test_long_texts_do_not_keep_a_png_from_being_decoded() -> None:
    for kind, head in ((b"zTXt", b"workflow\0\0"), (b"iTXt", b"workflow\0\1\0\0\0")):
        graph = zlib.compress(b'{"a": "' + b"x" * 20_000_000 + b'"}')
        for png in (saved(RGB, "PNG"), saved(IMAGE.quantize(200), "PNG")):
            data = with_chunk(png, kind, head + graph)
            assert np.array_equal(rgb_of(data), by_pillow(png))


def test_a_broken_checksum_of_a_text_does_not_matter() -> None:
    for plain in (saved(RGB, "PNG"), saved(IMAGE.quantize(200), "PNG")):
        png = with_chunk(plain, b"tEXt", b"Title\0a hill")
        at = png.index(b"tEXt") + 4 + len(b"Title\0a hill")
        assert np.array_equal(rgb_of(png[:at] + b"\0\0\0\0" + png[at + 4 :]), by_pillow(plain))


SAMPLES = tuple(
    saved(picture(70, 40), encoder, **options)
    for encoder, options in (
        ("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"lossless": True}), ("GIF", {}),
        ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("JPEG2000", {}), ("ICO", {}), ("AVIF", {}),
    )
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), st.floats(0, 1))
def test_mutants_never_raise(data: bytes, changes: list[tuple[float, int]], kept: float) -> None:
    changed = bytearray(data)
    for place, value in changes:
        changed[min(len(data) - 1, int(place * len(data)))] = value
    found = source(bytes(changed[: max(16, int(kept * 2 * len(data)))]), Limits(pixels=4_000_000))
    plane, rgb, stored = found.luma(1024), found.rgb(), found.stored()
    assert (plane is None) == (rgb is None)
    assert stored is None or plane is not None
    if plane is None:
        assert found.problems
    else:
        assert plane.pixels.dtype == np.uint8
        assert plane.pixels.ndim == 2 or plane.pixels.shape[2] in {3, 4}


# What is not in the list


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\n%%EndComments\n0 0 40 40 rectfill\nshowpage\n%%EOF\n"
BINARY_EPS = b"\xc5\xd0\xd3\xc6" + struct.pack("<II", 32, len(EPS)) + bytes(20) + EPS


@pytest.mark.parametrize("data", [EPS, BINARY_EPS], ids=["text", "binary"])
def test_eps_is_not_decoded(data: bytes) -> None:
    held = Content(data, len(data), Limits())
    assert held.format is formats.EPS
    assert held.pixels.luma(1024) is None
    (problem,) = held.pixels.problems
    assert problem.outcome is Outcome.DID_NOT_RUN


def test_nothing_reaches_ghostscript() -> None:
    """In an interpreter of its own, where any new process is an error: EPS as such, behind other heads, and inside other formats."""
    code = """
import io, os, struct, subprocess, sys
def refuse(*arguments, **options):
    raise AssertionError(f"a process was to be started: {arguments}")
subprocess.Popen = subprocess.run = subprocess.call = subprocess.check_call = subprocess.check_output = refuse
os.system = os.popen = os.posix_spawn = os.fork = refuse
from PIL import Image
from safelight.decode import formats
from safelight.decode.content import Content
from safelight.decode.limits import Limits
from tests.decode.test_pixels import BINARY_EPS, EPS, LOSSLESS, RGB, SAMPLES, saved
opened = []
plain_open = Image.open
def watched(stream, mode="r", formats=None):
    opened.append(formats)
    return plain_open(stream, mode, formats)
Image.open = watched
files = [EPS, BINARY_EPS, *SAMPLES, *LOSSLESS.values()]
heads = (b"\\xff\\xd8\\xff\\xe0", b"\\x89PNG\\r\\n\\x1a\\n", b"GIF89a", b"BM", b"II*\\0", b"MM\\0*", b"RIFF\\0\\0\\0\\0WEBP",
         b"\\0\\0\\1\\0\\1\\0", b"\\0\\0\\0\\x0cjP  \\r\\n\\x87\\n", b"\\xff\\x4f\\xff\\x51", b"\\0\\0\\0\\x1cftypavif", b"\\0\\0\\0\\x1cftypheic")
files += [head + eps for head in heads for eps in (EPS, BINARY_EPS)]
# An icon whose one entry is an EPS; a TIFF whose strip, and whose JPEG, is one.
icon = b"\\0\\0\\1\\0\\1\\0" + struct.pack("<BBBBHHII", 40, 40, 0, 0, 1, 32, len(EPS), 22) + EPS
tiff = bytearray(saved(RGB, "TIFF"))
start = tiff.index(RGB.tobytes()[:64])
tiff[start : start + len(EPS)] = EPS
inside = bytearray(saved(RGB, "TIFF", compression="jpeg"))
start = inside.index(b"\\xff\\xd8")
inside[start : start + len(EPS)] = EPS
files += [icon, bytes(tiff), bytes(inside)]
decoded = 0
for data in files:
    held = Content(data, len(data), Limits(pixels=10_000_000))
    decoded += held.pixels.luma(1024) is not None
    held.pixels.rgb()
assert decoded > 25, decoded
allowed = {"JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "ICO", "CUR"}
assert opened and all(asked and set(asked) <= allowed for asked in opened), opened
assert "EPS" not in Image.ID and "EPS" not in Image.OPEN
assert "PIL.EpsImagePlugin" not in sys.modules
"""
    root = Path(__file__).resolve().parents[2]
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=root, env={"PYTHONPATH": f"{root}:{root / 'src'}"}, timeout=120
    )


def test_formats_without_a_decoder_say_so() -> None:
    for head, form in ((b"8BPS" + bytes(30), formats.PSD), (b"DDS " + bytes(200), formats.DDS)):
        held = Content(head, len(head), Limits())
        assert held.format is form
        assert held.pixels.rgb() is None
        assert held.pixels.width_px is None
        assert [problem.outcome for problem in held.pixels.problems] == [Outcome.DID_NOT_RUN]


def test_every_decodable_format_has_a_sample_here() -> None:
    decodable = {form for form in vars(formats).values() if isinstance(form, formats.FileFormat) and form.decodable}
    samples = [*SAMPLES, *LOSSLESS.values(), grid_heic([0], 1)]
    assert {formats.sniff(data) for data in samples} == decodable


def test_heic_pixels_outlive_the_decoder_that_gave_them() -> None:
    data = grid_heic([0, 3, 1, 5], 2)
    expected = np.asarray(pi_heif.open_heif(data)[0].to_pillow())
    found = [decoders.stored(data, formats.HEIF, decoders.read_header(data, formats.HEIF)).pixels for _ in range(3)]
    # Whatever was freed is used again by these.
    filler = [np.full_like(expected, number) for number in range(8)]
    assert all((pixels == expected).all() for pixels in found)
    assert len(filler) == 8


def test_a_jpeg_that_breaks_off_in_its_header_says_so() -> None:
    pixels = source(saved(picture(64, 48), "JPEG")[:30])
    assert pixels.rgb() is None
    assert not any("KeyError" in finding.what for finding in pixels.problems)
    assert any(finding.outcome is Outcome.COULD_NOT_LOOK for finding in pixels.problems)


@pytest.mark.parametrize("kind", ["P", "RGB", "1"])
@pytest.mark.parametrize("behind", [False, True], ids=["before the pixels", "behind the pixels"])
def test_texts_that_are_too_long_to_keep_are_no_damage(kind: str, behind: bool) -> None:
    """Pillow inflates at most 1 MiB of a text and 64 MiB of all, and then refuses the picture."""
    png = saved(IMAGE.quantize(16) if kind == "P" else IMAGE.convert(kind), "PNG")
    one = png_chunk(b"zTXt", b"long\0\0" + zlib.compress(bytes(2 << 20)))
    many = png_chunk(b"zTXt", b"many\0\0" + zlib.compress(bytes(1_000_000))) * 70
    at = len(png) - 12 if behind else png.index(b"IDAT") - 4
    for texts in (one, many, png_chunk(b"iTXt", b"x\0\1\0\0\0" + zlib.compress(bytes(2 << 20)))):
        assert np.array_equal(rgb_of(png[:at] + texts + png[at:]), by_pillow(png))


def test_a_palette_picture_that_is_cut_off_behind_a_text_is_still_damaged() -> None:
    png = saved(Image.fromarray(picture(400, 300)).quantize(64), "PNG")
    cut = with_chunk(png, b"tEXt", b"key\0text")[: len(png) // 2]
    found = source(cut)
    assert found.rgb() is not None
    assert ["damaged" in finding.what for finding in found.problems] == [True]
