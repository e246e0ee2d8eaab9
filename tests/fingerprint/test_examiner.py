"""Fingerprints of files: what the decoders hand over and what becomes of it, against the plain reference on Pillow's full decoding."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from tests.fingerprint.drawing import picture, saved
from tests.fingerprint.reference_pdq import distance, reference_pdq

from safelight.decode.content import Content
from safelight.decode.decoders import oriented
from safelight.decode.limits import Limits
from safelight.fingerprint import examiner
from safelight.fingerprint.examiner import fingerprint
from safelight.model import Fingerprints

FULL_BITS, NEAREST_BITS = 4, 8
"""How far from the references a scaled decode may lie (issue 2, item 4)."""

TAG = 0x0112


def content(data: bytes) -> Content:
    return Content(data, len(data), Limits())


def prints(data: bytes, *, dihedral: bool = False) -> Fingerprints:
    made, findings = fingerprint(content(data), dihedral=dihedral)
    assert made is not None
    assert findings == ()
    return made


def pixels_of(data: bytes) -> NDArray[np.uint8]:
    """What `threatexchange` would hash: Pillow's RGB at full size."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def distances(data: bytes) -> tuple[int, int]:
    made, pixels = prints(data), pixels_of(data)
    assert made.pdq is not None
    assert made.pdq_nearest512 is not None
    (full, quality), (nearest, _) = reference_pdq(pixels), reference_pdq(pixels, nearest512=True)
    assert made.pdq.quality == pytest.approx(quality, abs=2)
    return distance(made.pdq.hash, full), distance(made.pdq_nearest512.hash, nearest)


@pytest.mark.parametrize(
    ("width", "height", "options"),
    [
        (2060, 2110, {"quality": 92}),
        (2731, 2049, {"quality": 75, "progressive": True}),
        (2081, 2333, {"quality": 88, "subsampling": 0}),
        (4100, 4097, {"quality": 80}),
    ],
)
def test_a_scaled_decode_stays_within_the_bounds(width: int, height: int, options: dict[str, Any]) -> None:
    data = saved(picture(width, height, width, grain=4), "JPEG", **options)
    plane = content(data).pixels.luma(1024)
    assert plane is not None
    assert plane.scale == (4 if min(width, height) >= 4096 else 2)
    full, nearest = distances(data)
    assert full <= FULL_BITS
    assert nearest <= NEAREST_BITS


@pytest.mark.parametrize("grain", [20, 40])
def test_heavy_grain_is_decoded_at_full_size(grain: float) -> None:
    """Nearest-512 picks single pixels: of grain, a scaled decode would change up to 38 bits of it."""
    data = saved(picture(2200, 2080, 3, grain), "JPEG", quality=92)
    held = content(data)
    fingerprint(held, dihedral=False)
    plane = held.pixels.luma(2080)
    assert plane is not None
    assert plane.scale == 1
    full, nearest = distances(data)
    assert full <= FULL_BITS
    assert nearest <= NEAREST_BITS


@pytest.mark.parametrize("grain", [4, 20, 40])
def test_heavy_grain_is_decoded_once_too(monkeypatch: pytest.MonkeyPatch, grain: float) -> None:
    held = content(saved(picture(2200, 2080, 2, grain), "JPEG", quality=92))
    real, asked = held.pixels.luma, []
    monkeypatch.setattr(type(held.pixels), "luma", lambda _, side: (asked.append(side), real(side))[1])
    assert fingerprint(held, dihedral=False)[0] is not None
    assert asked == [2080]


def test_little_grain_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(picture(2200, 2080, 2, 2), "JPEG", quality=92)
    held = content(data)
    plane = held.pixels.luma(1024)
    asked: list[int] = []
    monkeypatch.setattr(type(held.pixels), "luma", lambda _, side: (asked.append(side), plane)[1])
    made, _ = fingerprint(held, dihedral=False)
    assert made is not None
    assert asked == [examiner._MIN_SIDE_PX]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("odd size", saved(picture(641, 479), "JPEG")),
        ("two megapixels", saved(picture(1637, 1225), "JPEG", quality=85)),
        ("grey", saved(picture(900, 701)[:, :, 1], "JPEG")),
        ("large grey", saved(picture(2101, 2055)[:, :, 1], "JPEG")),
        ("progressive", saved(picture(800, 600), "JPEG", progressive=True)),
        ("CMYK", saved(Image.fromarray(picture(700, 500)).convert("CMYK"), "JPEG")),
        ("large CMYK", saved(Image.fromarray(picture(2100, 2060)).convert("CMYK"), "JPEG")),
        ("RGB without transform", saved(picture(600, 500), "JPEG", keep_rgb=True)),
        ("huge aspect ratio", saved(picture(6001, 65), "JPEG")),
        ("huge aspect ratio, upright", saved(picture(70, 9000), "PNG")),
        ("PNG", saved(picture(612, 399), "PNG")),
        ("PNG with alpha", saved(Image.fromarray(picture(640, 480)).convert("RGBA"), "PNG")),
        ("palette", saved(Image.fromarray(picture(640, 480)).quantize(64), "PNG")),
        ("palette with alpha", saved(Image.fromarray(picture(640, 480)).quantize(64), "PNG", transparency=3)),
        ("WebP", saved(picture(640, 481), "WEBP", quality=70)),
        ("lossless WebP with alpha", saved(Image.fromarray(picture(640, 480)).convert("RGBA"), "WEBP", lossless=True)),
        ("BMP", saved(picture(640, 480), "BMP")),
        ("TIFF", saved(picture(640, 480), "TIFF", compression="tiff_lzw")),
        ("JPEG 2000", saved(picture(640, 480), "JPEG2000")),
        ("AVIF", saved(picture(320, 240), "AVIF")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_hashes_as_the_references_see_it(name: str, data: bytes) -> None:
    full, nearest = distances(data)
    rounded = name in {"two megapixels", "large CMYK", "large grey"}
    assert full <= (FULL_BITS if rounded else 0)
    assert nearest <= (NEAREST_BITS if rounded else 0)


def test_16_bit_samples_count_by_their_high_byte() -> None:
    eight = picture(500, 400)
    low = np.random.default_rng(1).integers(0, 256, eight.shape[:2])
    sixteen = (eight[:, :, 1].astype(np.uint16) << 8) | low.astype(np.uint16)
    for encoder in ("PNG", "TIFF"):
        made = prints(saved(Image.fromarray(sixteen), encoder))
        assert made.pdq is not None
        assert made.pdq.hash == reference_pdq(eight[:, :, 1])[0]


def test_of_an_animation_the_first_frame_counts() -> None:
    first, second = Image.fromarray(picture(300, 200, 1)), Image.fromarray(picture(300, 200, 2))
    for encoder, options in (
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("TIFF", {}),
        ("AVIF", {"quality": 100}),
    ):
        data = saved(first, encoder, save_all=True, append_images=[second], **options)
        made = prints(data)
        assert made.pdq is not None
        assert made.pdq.hash == reference_pdq(pixels_of(data))[0]
        assert distance(made.pdq.hash, reference_pdq(np.asarray(first))[0]) < 24
        assert distance(made.pdq.hash, reference_pdq(np.asarray(second))[0]) > 60


@pytest.mark.parametrize("side", [1, 4])
def test_tiny_pictures_have_a_hash_that_is_not_matched(side: int) -> None:
    for encoder in ("JPEG", "PNG", "GIF", "BMP", "WEBP"):
        made = prints(saved(picture(side, 300)[:, :side], encoder))
        for hash_ in (made.pdq, made.pdq_nearest512):
            assert hash_ is not None
            assert (hash_.hash, hash_.quality, hash_.matchable) == ("0" * 64, 0, False)


def test_low_quality_is_stored_and_not_matched() -> None:
    made = prints(saved(np.full((300, 400, 3), 90, np.uint8), "PNG"))
    assert made.pdq is not None
    assert made.pdq.quality == 0
    assert not made.pdq.matchable


def turned_files(pixels: NDArray[np.uint8], orientation: int) -> dict[str, bytes]:
    exif = Image.Exif()
    exif[TAG] = orientation
    image = Image.fromarray(pixels)
    return {
        "JPEG": saved(image, "JPEG", quality=95, exif=exif),
        "PNG": saved(image, "PNG", exif=exif),
        "WebP": saved(image, "WEBP", lossless=True, exif=exif),
        "TIFF": saved(image, "TIFF", tiffinfo={TAG: orientation}),
        "TIFF LZW": saved(image, "TIFF", tiffinfo={TAG: orientation}, compression="tiff_lzw"),
    }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_as_it_is_shown_has_a_hash_of_its_own(orientation: int) -> None:
    pixels = picture(333, 520, 4)
    for name, data in turned_files(pixels, orientation).items():
        stored = pixels_of(data) if name == "JPEG" else pixels
        made = prints(data)
        assert made.pdq is not None
        assert made.pdq.hash == reference_pdq(stored)[0], name
        assert made.pdq_nearest512 is not None
        assert made.pdq_nearest512.hash == reference_pdq(stored, nearest512=True)[0], name
        if orientation == 1:
            assert made.pdq_oriented is None
        else:
            shown = reference_pdq(np.ascontiguousarray(oriented(stored, orientation)))
            assert made.pdq_oriented is not None
            assert (made.pdq_oriented.hash, made.pdq_oriented.quality) == shown, name


@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_a_turned_photograph_that_is_decoded_scaled(orientation: int) -> None:
    exif = Image.Exif()
    exif[TAG] = orientation
    data = saved(picture(2101, 2053, 3, grain=2), "JPEG", exif=exif)
    made = prints(data)
    assert made.pdq_oriented is not None
    shown = np.ascontiguousarray(oriented(pixels_of(data), orientation))
    assert distance(made.pdq_oriented.hash, reference_pdq(shown)[0]) <= FULL_BITS


def test_dihedral_hashes_come_on_request() -> None:
    data = saved(picture(500, 400), "PNG")
    assert prints(data).pdq_dihedral == ()
    made = prints(data, dihedral=True)
    assert made.pdq is not None
    assert len(made.pdq_dihedral) == 8
    assert made.pdq_dihedral[0] == made.pdq.hash


def test_the_same_file_gives_the_same_fingerprints() -> None:
    data = saved(picture(2200, 2101, 6), "JPEG")
    assert prints(data, dihedral=True) == prints(data, dihedral=True)


def test_what_cannot_be_decoded_has_no_fingerprint_and_says_why() -> None:
    for data in (b"\xff\xd8\xff\xe0 no picture", b"\x89PNG\r\n\x1a\n" + bytes(60), b"GIF89a", b"8BPS" + bytes(80)):
        held = content(data)
        assert fingerprint(held, dihedral=True) == (None, ())
        assert held.pixels.problems


HEADS = tuple(
    saved(picture(64, 64), encoder)[:200]
    for encoder in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "JPEG2000", "ICO", "AVIF")
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HEADS), st.integers(0, 200), st.binary(max_size=300))
def test_garbage_gives_a_fingerprint_or_a_problem(head: bytes, kept: int, tail: bytes) -> None:
    held = content(head[:kept] + tail)
    made, _ = fingerprint(held, dihedral=False)
    assert made is not None or held.pixels.problems


@pytest.mark.shared
def test_real_photographs_stay_within_the_bounds(shared: Path) -> None:
    checked = 0
    for path in sorted((shared / "corpus" / "files").rglob("*.jpg"))[::12]:
        data = path.read_bytes()
        size = Image.open(io.BytesIO(data)).size
        if size[0] * size[1] > 3_000_000 or min(size) < 64 or not (made := prints(data)).pdq or not made.pdq.matchable:
            continue
        full, nearest = distances(data)
        assert full <= FULL_BITS, path
        assert nearest <= NEAREST_BITS, path
        checked += 1
    assert checked >= 20


@pytest.mark.shared
def test_photographs_of_12_megapixels_stay_within_the_bounds(shared: Path) -> None:
    checked = 0
    for path in sorted((shared / "carriers" / "files").rglob("*.jp*g")):
        data = path.read_bytes()
        plane = content(data).pixels.luma(1024)
        if plane is None or plane.scale == 1:
            continue
        full, nearest = distances(data)
        assert full <= FULL_BITS, path
        assert nearest <= NEAREST_BITS, path
        checked += 1
    assert checked >= 3
