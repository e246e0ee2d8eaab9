from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.origin.carriers import content
from tests.origin.test_grid import scene

from safelight.decode.content import Content
from safelight.model import Finding, Supports
from safelight.origin.readers.jpegsaved import JpegSavedReader


def file(pixels: np.ndarray, form: str, **options: object) -> Content:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, form, **options)
    return content(kept.getvalue())


def colour() -> np.ndarray:
    return np.stack([scene(seed=4), scene(seed=4), scene(seed=5)], axis=2)


def once(pixels: np.ndarray, quality: int = 80) -> np.ndarray:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept))


def only(what: Content) -> Finding:
    (finding,) = JpegSavedReader().read(what)
    assert finding.supports is Supports.NOTHING
    return finding


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_a_jpeg_that_became_another_file(form: str) -> None:
    finding = only(file(once(colour()), form))
    assert "blocks of 8 x 8 begin at its corner" in finding.what
    assert "cut" not in finding.what


def test_a_jpeg_that_was_cut_and_became_a_png() -> None:
    finding = only(file(once(colour())[3:, 5:], "PNG"))
    assert "were cut since" in finding.what
    assert (finding.details["left_px"], finding.details["top_px"]) == (3, 5)
    assert finding.details["p_value"] < 1e-6  # type: ignore[operator]


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("JPEG", {"quality": 90}), ("JPEG", {"quality": 60})])
def test_what_was_never_saved_as_jpeg_and_jpegs_themselves(form: str, options: dict[str, object]) -> None:
    assert list(JpegSavedReader().read(file(colour(), form, **options))) == []


def test_grey_alpha_and_tiny_pictures() -> None:
    grey = once(scene())
    assert only(file(grey, "PNG"))
    alpha = np.dstack([once(colour()), np.full(grey.shape, 255, np.uint8)])
    assert only(file(alpha, "PNG"))
    assert list(JpegSavedReader().read(file(colour()[:20, :20], "PNG"))) == []
