from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.origin.test_grid import scene

from safelight.origin.twice import FREQUENCIES, Twice, earlier_saving


def saved(luma: np.ndarray, quality: int) -> tuple[np.ndarray, tuple[int, ...]]:
    """What comes back from a JPEG, and its table row by row."""
    kept = io.BytesIO()
    Image.fromarray(luma).save(kept, "JPEG", quality=quality)
    image = Image.open(kept)
    return np.asarray(image), tuple(image.quantization[0])


def looked(*qualities: int, seed: int = 0, size: int = 512) -> Twice:
    luma = scene(size, seed)
    for quality in qualities:
        luma, table = saved(luma, quality)
    found = earlier_saving(luma, table)
    assert found is not None
    return found


@pytest.mark.parametrize(("before", "now"), [(60, 75), (60, 90), (75, 90), (75, 95), (85, 95)])
def test_the_steps_of_an_earlier_saving_are_found(before: int, now: int) -> None:
    found = looked(before, now)
    assert found.found
    assert found.quality is not None
    assert abs(found.quality - before) <= 2
    _, table = saved(scene(64), before)
    right = [then == table[8 * row + column] for row, column, _, then in found.steps]
    assert sum(right) >= 0.4 * len(right)


@pytest.mark.parametrize("quality", [50, 60, 75, 85, 90, 95, 100])
@pytest.mark.parametrize("seed", range(3))
def test_what_was_saved_once_shows_none(quality: int, seed: int) -> None:
    assert not looked(quality, seed=seed).found


@pytest.mark.parametrize("quality", [75, 90])
def test_the_same_quality_again_cannot_be_told(quality: int) -> None:
    assert not looked(quality, quality).found


def test_another_grid_cannot_be_told() -> None:
    first, _ = saved(scene(520), 60)
    again, table = saved(first[3:, 5:], 90)
    found = earlier_saving(again, table)
    assert found is not None
    assert not found.found


def test_repeated_blocks_are_one_block() -> None:
    tile = scene(64)
    luma, table = saved(np.tile(tile, (12, 12)), 80)
    assert earlier_saving(luma, table) is None


def test_ruled_lines_are_no_earlier_saving() -> None:
    random = np.random.default_rng(2)
    ruled = np.repeat(random.choice([255, 235, 90], 512, p=[0.6, 0.2, 0.2])[:, None], 512, axis=1)
    luma, table = saved((ruled + random.normal(0, 0.6, ruled.shape)).clip(0, 255).astype(np.uint8), 85)
    found = earlier_saving(luma, table)
    assert found is None or not found.found


@pytest.mark.parametrize("shape", [(0, 0), (7, 900), (64, 64), (400, 400)])
def test_flat_and_tiny_pictures_say_nothing(shape: tuple[int, int]) -> None:
    assert earlier_saving(np.full(shape, 90, np.uint8), (16,) * 64) is None


@pytest.mark.parametrize("step", [1, 255, 65535])
def test_any_steps_are_taken(step: int) -> None:
    found = earlier_saving(scene(512), (step,) * 64)
    assert found is not None
    assert np.isfinite(found.support)


def test_the_coefficients_are_different_ones_of_the_block() -> None:
    assert len(set(FREQUENCIES)) == len(FREQUENCIES)
    assert all(0 <= row < 8 and 0 <= column < 8 and row + column for row, column in FREQUENCIES)
