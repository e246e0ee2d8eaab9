"""Readers of traces in the pixels, on drawn pictures of known history and on odd ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.decode.containers.samples import jpeg as drawn_jpeg
from tests.origin.carriers import content
from tests.origin.test_enlarged import scene as smooth
from tests.origin.test_grid import scene
from tests.origin.test_mosaic import filtered

from safelight.decode.content import Content
from safelight.model import Basis, Finding, Strength, Supports
from safelight.origin.opinion import BOUND_KEY, FALSE_ALARMS_KEY, weigh
from safelight.origin.readers import PIXEL_TRACES, READERS
from safelight.origin.readers.jpegtwice import JpegTwiceReader
from safelight.origin.readers.mosaic import MosaicReader

TRACES = [one for one in READERS if f"{one.__module__}:{one.__name__}" in PIXEL_TRACES]


def coded(pixels: np.ndarray | Image.Image, form: str = "PNG", **options: object) -> bytes:
    kept = io.BytesIO()
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(kept, form, **options)
    return kept.getvalue()


def again(pixels: np.ndarray, quality: int) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(coded(pixels, "JPEG", quality=quality))))


def colour(size: int = 400) -> np.ndarray:
    return np.stack([scene(size, 4), scene(size, 4), scene(size, 5)], axis=2)


def only(reader: object, what: Content) -> Finding:
    (finding,) = reader.read(what)  # type: ignore[attr-defined]
    return finding


@pytest.mark.parametrize("pixels", [colour(), scene()], ids=["colour", "grey"])
def test_a_jpeg_that_was_saved_twice(pixels: np.ndarray) -> None:
    finding = only(JpegTwiceReader(), content(coded(again(pixels, 70), "JPEG", quality=92)))
    assert finding.supports is Supports.NOTHING
    assert abs(finding.details["earlier_quality"] - 70) <= 2  # type: ignore[operator]
    assert finding.details["quality"] == 92
    assert "false" in finding.what


def test_a_jpeg_that_was_saved_once_and_what_is_none() -> None:
    reader = JpegTwiceReader()
    assert list(reader.read(content(coded(colour(), "JPEG", quality=92)))) == []
    assert not reader.applies(content(coded(again(colour(), 70))))
    assert not reader.applies(content(coded(Image.fromarray(colour()).convert("CMYK"), "JPEG")))


def test_the_earlier_saving_is_sought_in_luma_steps_only() -> None:
    """A file whose first table is not numbered 0 has no luma steps that this could trust."""
    data = coded(again(scene(), 70), "JPEG", quality=92)
    at = data.index(b"\xff\xdb") + 4
    assert list(JpegTwiceReader().read(content(data[:at] + b"\x03" + data[at + 1 :]))) == []


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("BMP", {}), ("JPEG", {"quality": 97})])
def test_a_colour_filter_supports_capture_weakly_and_within_its_figures(form: str, options: dict[str, object]) -> None:
    pixels = np.stack([smooth(600, 1), filtered(smooth(600, 2)), smooth(600, 3)], axis=2)
    if form == "JPEG":
        pixels = np.stack([filtered(smooth(600, 2))] * 3, axis=2)
    finding = only(MosaicReader(), content(coded(pixels, form, **options)))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.CAPTURED, Basis.STATISTICAL, Strength.WEAK)
    assert 0 < finding.details[BOUND_KEY] <= 2  # type: ignore[operator]
    assert 0 < finding.details[FALSE_ALARMS_KEY] < 0.05  # type: ignore[operator]
    assert weigh([finding]).log10_lr <= finding.details[BOUND_KEY]  # type: ignore[operator]


def test_without_a_colour_filter_nothing_is_said() -> None:
    pixels = np.stack([smooth(600, seed) for seed in range(3)], axis=2)
    assert list(MosaicReader().read(content(coded(pixels)))) == []
    assert list(MosaicReader().read(content(coded(filtered(smooth(600)))))) == []  # grey
    assert not MosaicReader().applies(content(coded(Image.fromarray(pixels).convert("L"), "JPEG")))


def odd() -> dict[str, bytes]:
    tiny, middling = colour(16), colour(300)
    picture = Image.fromarray(middling)
    wide = (np.arange(300 * 300, dtype=np.uint32) * 7 % 65536).astype(np.uint16).reshape(300, 300)
    return {
        "16 x 16": coded(tiny), "16 x 16 JPEG": coded(tiny, "JPEG"), "one pixel": coded(tiny[:1, :1]), "one row": coded(middling[:1]),
        "grey": coded(middling[:, :, 0]), "grey JPEG": coded(middling[:, :, 0], "JPEG"), "CMYK JPEG": coded(picture.convert("CMYK"), "JPEG"),
        "CMYK TIFF": coded(picture.convert("CMYK"), "TIFF"), "16 bit": coded(wide), "one bit": coded(picture.convert("1")),
        "palette": coded(picture.quantize(16)), "alpha": coded(picture.convert("RGBA")), "grey with alpha": coded(picture.convert("LA")),
        "animated": coded(picture, "GIF", save_all=True, append_images=[picture.rotate(90)]), "WebP": coded(picture, "WEBP"),
        "long": coded(np.zeros((3, 60_000, 3), np.uint8)), "large JPEG": coded(np.zeros((2200, 2200, 3), np.uint8), "JPEG"),
        "black JPEG": coded(np.zeros((500, 500), np.uint8), "JPEG"), "cut JPEG": coded(middling, "JPEG")[:-3000],
        "progressive": coded(middling, "JPEG", progressive=True), "no luma": coded(picture, "JPEG", keep_rgb=True), "flat": drawn_jpeg(),
    }  # fmt: skip


@pytest.mark.parametrize("reader_type", TRACES, ids=lambda one: one.name)
@pytest.mark.parametrize("name", odd())
def test_odd_pictures_raise_nothing_and_give_the_same_twice(reader_type: type, name: str) -> None:
    data = odd()[name]
    first, second = ([*reader_type().read(content(data))] for _ in range(2))
    assert first == second
    if not reader_type().applies(content(data)):
        assert first == []


@pytest.mark.parametrize("reader_type", TRACES, ids=lambda one: one.name)
def test_large_jpegs_and_what_is_no_picture_are_not_looked_at(reader_type: type) -> None:
    assert not reader_type().applies(content(odd()["large JPEG"]))
    assert not reader_type().applies(content(b"no picture at all"))
