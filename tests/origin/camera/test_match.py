"""Pictures of a drawn sensor are found after what happens to pictures; those of another are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.origin.camera.sensors import SHAPE, Sensor, as_jpeg, luma

from safelight.origin.camera.bounds import FALSE_MATCHES_AT_MOST, LOG10_LR_BOUND, THRESHOLD_PCE
from safelight.origin.camera.fingerprint import Estimate, Fingerprint, Reference
from safelight.origin.camera.match import Correlation, Matcher, Observed, chance_of
from safelight.origin.camera.residual import fitting, residual

OWN, OTHER = Sensor(1), Sensor(2)
_FOUND = THRESHOLD_PCE


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(OWN.fingerprint())


def against(matcher: Matcher, samples: np.ndarray) -> Correlation:
    return matcher.correlate(Observed(samples))


@pytest.mark.parametrize("quality", [75, 85, 95])
def test_its_pictures_are_found(matcher: Matcher, quality: int) -> None:
    found = against(matcher, luma(as_jpeg(OWN.luma(100 + quality), quality)))
    assert found.pce > _FOUND
    assert (found.turned, found.left_px, found.top_px, found.scale) == (0, 0, 0, 1.0)
    assert found.chance < 1e-6


@pytest.mark.parametrize("number", range(4))
def test_those_of_another_are_not(matcher: Matcher, number: int) -> None:
    """They show the scenes of the reference photographs: what is shown is no match."""
    found = against(matcher, luma(as_jpeg(OTHER.luma(number), 90)))
    assert found.pce < _FOUND
    assert found.chance > 1e-6


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pictures_are_found(matcher: Matcher, quarters: int) -> None:
    turned = np.ascontiguousarray(np.rot90(OWN.luma(200), quarters))
    found = against(matcher, luma(as_jpeg(turned, 90)))
    assert found.pce > _FOUND
    assert found.turned == 360 - 90 * quarters
    assert (found.left_px, found.top_px) == (0, 0)


@pytest.mark.parametrize(("left", "top"), [(0, 0), (250, 120), (300, 220)])
def test_cuts_are_found_where_they_were_cut(matcher: Matcher, left: int, top: int) -> None:
    part = OWN.luma(300)[top : top + 384, left : left + 500]
    found = against(matcher, luma(as_jpeg(part, 90)))
    assert found.pce > _FOUND
    assert (found.left_px, found.top_px) == (left, top)


def test_a_picture_scaled_as_a_whole_is_found_at_its_scale(matcher: Matcher) -> None:
    small = np.asarray(Image.fromarray(OWN.luma(400)).resize((600, 456), Image.Resampling.LANCZOS))
    found = against(matcher, small)
    assert found.pce > _FOUND
    assert found.scale == 0.75
    assert any("scaled" in text for text in found.tried)


def test_a_picture_larger_than_the_photographs_is_tried_too(matcher: Matcher) -> None:
    around = np.full((800, 1000), 120, np.uint8)
    around[100:708, 100:900] = OWN.luma(500)
    found = against(matcher, around)
    assert found.pce > _FOUND
    assert (found.left_px, found.top_px) == (-100, -100)


@pytest.mark.parametrize("size", [(256, 256), (300, 4000), (1, 1), (9, 700)])
def test_flat_and_odd_pictures_match_nothing(matcher: Matcher, size: tuple[int, int]) -> None:
    for value in (0, 128, 255):
        assert against(matcher, np.full(size, value, np.uint8)).pce < _FOUND


def test_stripes_and_blocks_match_nothing(matcher: Matcher) -> None:
    rows, columns = np.indices(SHAPE)
    for samples in (rows % 8 * 30, columns % 2 * 200, (rows // 8 + columns // 8) % 2 * 255):
        assert against(matcher, samples.astype(np.uint8)).pce < _FOUND


def test_the_order_of_the_photographs_changes_nothing() -> None:
    references = [Reference.of(OWN.luma(number)) for number in range(6)]
    prints = []
    for order in (references, references[::-1]):
        estimate = Estimate(*references[0].light.shape)
        for one in order:
            estimate.add(one)
        prints.append(Fingerprint.of(estimate, SHAPE[1], SHAPE[0]))
    assert prints[0].digest == prints[1].digest
    assert Fingerprint.from_record(prints[0].record()).digest == prints[0].digest


def test_the_same_picture_gives_the_same(matcher: Matcher) -> None:
    assert against(matcher, OWN.luma(7)) == against(matcher, OWN.luma(7))


@pytest.mark.parametrize("record", [{}, {"width_px": 800, "height_px": 608, "pattern": "AA=="}, {"width_px": "x"}])
def test_what_is_no_fingerprint_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Fingerprint.from_record(record)


@given(st.floats(0, 200), st.floats(0, 200), st.integers(1, 10**7))
def test_a_higher_energy_is_no_more_likely_by_chance(first: float, second: float, places: int) -> None:
    low, high = sorted((first, second))
    assert 0 <= chance_of(high, places) <= chance_of(low, places) <= 1


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_residuals_of_any_size(height: int, width: int, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    noise = residual(samples)
    assert noise.shape == samples.shape
    assert np.isfinite(noise).all()
    assert np.abs(noise).max() <= 255


def test_bounds_are_those_of_the_counts() -> None:
    assert 0 < FALSE_MATCHES_AT_MOST < 0.01
    assert 0 < LOG10_LR_BOUND < -np.log10(FALSE_MATCHES_AT_MOST)
    assert fitting(5000) == 2048
    assert fitting(1000) == 992
