"""From which pixels a mark is read, and which files are not decoded for it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.origin.watermarks.marking import content, drawn, encoded, mark, message, view

from safelight.model import Outcome
from safelight.origin.watermarks.blocks import Blocks
from safelight.origin.watermarks.colour import JPEG_PIXELS_MAX, colour_of
from safelight.origin.watermarks.dwtdct import best_matches
from safelight.origin.watermarks.slot import NotLooked

PICTURE = drawn(21, 301, 403)


@pytest.mark.parametrize(("subsampling", "halved"), [(0, True), (1, False), (2, True)])
def test_colour_of_a_jpeg_comes_as_it_was_coded(subsampling: int, halved: bool) -> None:
    colour = colour_of(content(encoded(PICTURE, "JPEG", quality=95, subsampling=subsampling)))
    assert colour is not None
    assert colour.halved is halved
    assert colour.pixels.shape == ((151, 202, 3) if halved else (301, 403, 3))


@pytest.mark.parametrize(
    ("quality", "subsampling", "looked_at"),
    [(81, 2, True), (80, 2, False), (75, 2, False), (61, 1, True), (60, 1, False), (31, 0, True), (30, 0, False)],
)
def test_colour_too_coarse_is_not_decoded(quality: int, subsampling: int, looked_at: bool) -> None:
    colour = colour_of(content(encoded(PICTURE, "JPEG", quality=quality, subsampling=subsampling)))
    assert (colour is not None) is looked_at


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_grey_has_no_colour(form: str) -> None:
    how = {"lossless": True} if form == "WEBP" else {}
    colour = colour_of(content(encoded(PICTURE[:, :, 0], form, **how)))
    assert colour is None or best_matches(Blocks(colour.pixels, halved=colour.halved)) == []


def test_a_large_jpeg_is_said_not_to_be_looked_at() -> None:
    side = int(JPEG_PIXELS_MAX**0.5) + 1
    with pytest.raises(NotLooked) as raised:
        colour_of(content(encoded(np.zeros((side, side, 3), np.uint8), "JPEG", quality=95)))
    assert raised.value.outcome is Outcome.DID_NOT_RUN


def test_pixels_that_cannot_be_decoded_are_said_not_to_be_looked_at() -> None:
    data = encoded(PICTURE)
    with pytest.raises(NotLooked) as raised:
        colour_of(content(data[:60]))
    assert raised.value.outcome is Outcome.COULD_NOT_LOOK


def test_a_cut_off_jpeg_is_said_not_to_be_looked_at() -> None:
    data = encoded(drawn(22, 512, 512), "JPEG", quality=95)
    with pytest.raises(NotLooked, match="only in part"):
        colour_of(content(data[: len(data) * 3 // 4]))


def test_no_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    marked = mark(drawn(23, 384, 512), message("SDXL").bits)
    for form, how in (
        ("PNG", {}),
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("WEBP", {"lossless": True, "exact": True}),
    ):
        colour = colour_of(content(encoded(marked, form, exif=exif, **how)))
        assert colour is not None
        (match,) = best_matches(Blocks(colour.pixels, halved=colour.halved))
        assert match.message is message("SDXL")


@pytest.mark.parametrize(
    ("form", "how"),
    [
        ("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True}), ("WEBP", {"quality": 95}),
        ("JPEG", {"quality": 97}), ("JPEG", {"quality": 90, "subsampling": 0}), ("JPEG", {"quality": 75, "subsampling": 0}),
        ("JPEG", {"quality": 95, "subsampling": 1}), ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}), ("JPEG2000", {}),
    ],
)  # fmt: skip
def test_a_mark_outlives_what_it_is_said_to_outlive(form: str, how: dict[str, object]) -> None:
    one = message("FLUX")
    marked = mark(drawn(24, 768, 768), one.bits, view("floats", "BGR"))
    colour = colour_of(content(encoded(marked, form, **how)))
    assert colour is not None
    (match,) = best_matches(Blocks(colour.pixels, halved=colour.halved))
    assert match.message is one


def test_colour_as_it_was_coded_finds_more_than_colour_smoothed() -> None:
    found = {"coded": 0, "smoothed": 0}
    for seed in range(8):
        marked = mark(drawn(seed, 512, 512), message("SDXL").bits)
        file = content(encoded(marked, "JPEG", quality=94))
        colour, smoothed = colour_of(file), file.pixels.stored()
        assert colour is not None
        assert smoothed is not None
        found["coded"] += bool(best_matches(Blocks(colour.pixels, halved=colour.halved)))
        found["smoothed"] += bool(best_matches(Blocks(smoothed)))
    assert found["coded"] > found["smoothed"]
