from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from safelight.origin.grid import grid_of


def scene(size: int = 400, seed: int = 0) -> np.ndarray:
    """Texture of several scales, as in a photograph."""
    random = np.random.default_rng(seed)
    layers = [
        Image.fromarray(random.normal(128, 40, (n, n)).astype(np.float32)).resize(
            (size, size), Image.Resampling.BICUBIC
        )
        for n in (5, 20, 90)
    ]
    fine = random.normal(0, 3, (size, size))
    return np.clip(sum(np.asarray(one) for one in layers) / 3 + fine, 0, 255).astype(np.uint8)


def saved(luma: np.ndarray, quality: int) -> np.ndarray:
    kept = io.BytesIO()
    Image.fromarray(luma).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept))


@pytest.mark.parametrize("quality", [60, 80, 95])
@pytest.mark.parametrize("place", [(0, 0), (3, 5), (7, 1)])
def test_the_grid_is_found_where_it_lies(quality: int, place: tuple[int, int]) -> None:
    left, top = place
    grid = grid_of(saved(scene(), quality)[(8 - top) % 8 :, (8 - left) % 8 :])
    assert grid is not None
    assert (grid.left_px, grid.top_px) == place
    assert grid.chance < 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_what_was_never_saved_has_none(seed: int) -> None:
    grid = grid_of(scene(seed=seed))
    assert grid is None or grid.chance > 1e-4


@pytest.mark.parametrize("factor", [1.25, 1.5, 2.0, 4.0])
def test_enlarging_leaves_periods_that_are_no_grid(factor: float) -> None:
    side = round(300 * factor)
    large = np.asarray(Image.fromarray(scene(300)).resize((side, side), Image.Resampling.BILINEAR))
    grid = grid_of(large)
    assert grid is None or grid.chance > 1e-6


@pytest.mark.parametrize(
    "luma", [np.zeros((400, 400), np.uint8), np.zeros((1, 1), np.uint8), np.zeros((0, 5), np.uint8), scene(96)]
)
def test_flat_and_tiny_pictures_say_nothing(luma: np.ndarray) -> None:
    assert grid_of(luma) is None
