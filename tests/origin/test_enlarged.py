from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.origin.carriers import content

from safelight.model import Supports
from safelight.origin.enlarged import enlargement_of
from safelight.origin.readers.enlarged import EnlargedReader


def scene(side: int = 600, seed: int = 0) -> np.ndarray:
    """A random field with power at all scales, drawn without any interpolation."""
    random = np.random.default_rng(seed)
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    shape = (side, radius.shape[1])
    waves = (random.normal(size=shape) + 1j * random.normal(size=shape)) / np.maximum(radius, 1 / side) ** 1.2
    field = np.fft.irfft2(waves, (side, side))
    return np.clip(128 + 45 * field / field.std(), 0, 255).astype(np.uint8)


def enlarged(factor: float, by: Image.Resampling = Image.Resampling.BICUBIC) -> np.ndarray:
    side = round(500 * factor)
    return np.asarray(Image.fromarray(scene(500)).resize((side, side), by))


@pytest.mark.parametrize("factor", [1.15, 1.3, 1.55, 1.85])
@pytest.mark.parametrize("by", [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
def test_the_period_is_found_and_its_factor_named(factor: float, by: Image.Resampling) -> None:
    found = enlargement_of(enlarged(factor, by))
    assert found is not None
    assert found.chance < 1e-12
    assert min(abs(one - factor) for one in found.factors) < 0.02 * factor


@pytest.mark.parametrize("seed", range(5))
def test_what_was_not_enlarged_has_none(seed: int) -> None:
    found = enlargement_of(scene(600, seed))
    assert found is not None
    assert found.chance > 1e-6


def test_a_pattern_in_one_direction_is_no_enlargement() -> None:
    fence = scene(600).astype(int) + np.where(np.arange(600) % 7 < 3, 40, 0)[None, :]
    found = enlargement_of(np.clip(fence, 0, 255).astype(np.uint8))
    assert found is not None
    assert found.chance > 1e-6


@pytest.mark.parametrize("luma", [np.zeros((400, 400), np.uint8), np.full((256, 3000), 255, np.uint8)])
def test_a_flat_picture_has_none(luma: np.ndarray) -> None:
    found = enlargement_of(luma)
    assert found is not None
    assert found.chance == 1.0


def test_a_small_picture_says_nothing() -> None:
    assert enlargement_of(scene(200)) is None
    assert enlargement_of(np.zeros((0, 0), np.uint8)) is None


def test_the_finding_is_a_fact_that_supports_nothing() -> None:
    kept = io.BytesIO()
    Image.fromarray(enlarged(1.3)).save(kept, "PNG")
    (finding,) = EnlargedReader().read(content(kept.getvalue()))
    assert finding.supports is Supports.NOTHING
    assert "1.3" in finding.what
    kept = io.BytesIO()
    Image.fromarray(scene(500)).save(kept, "PNG")
    assert list(EnlargedReader().read(content(kept.getvalue()))) == []
