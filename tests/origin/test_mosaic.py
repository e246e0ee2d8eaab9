from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.origin.test_enlarged import scene

from safelight.origin.mosaic import mosaic_of


def filtered(green: np.ndarray, first: int = 0) -> np.ndarray:
    """As a colour filter has it: every second pixel of a chequer is measured, the others are the mean of the four around."""
    height, width = green.shape
    measured = (np.add.outer(np.arange(height), np.arange(width)) + first) % 2 == 0
    padded = np.pad(green.astype(float), 1, mode="reflect")
    around = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
    return np.rint(np.where(measured, green, around)).astype(np.uint8)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("cut", [0, 1, 7])
def test_a_colour_filter_is_found(first: int, cut: int) -> None:
    found = mosaic_of(filtered(scene(600), first)[cut:])
    assert found is not None
    assert found.found
    assert (found.chequer > 0) == (mosaic_of(filtered(scene(600), 0)).chequer > 0) ^ ((first + cut) % 2 == 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(5))
def test_without_one_nothing_is_found(seed: int) -> None:
    found = mosaic_of(scene(600, seed))
    assert found is not None
    assert not found.found


@pytest.mark.parametrize("by", [Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC])
def test_enlarging_by_two_is_none(by: Image.Resampling) -> None:
    found = mosaic_of(np.asarray(Image.fromarray(scene(300)).resize((600, 600), by)))
    assert found is None or not found.found


def test_shrinking_removes_it() -> None:
    found = mosaic_of(np.asarray(Image.fromarray(filtered(scene(600))).resize((480, 480), Image.Resampling.BICUBIC)))
    assert found is not None
    assert not found.found


def test_one_bright_edge_is_none() -> None:
    plain = scene(600).astype(int)
    plain[:, 300] = 255
    plain[300] = 0
    found = mosaic_of(plain.astype(np.uint8))
    assert found is not None
    assert not found.found


@pytest.mark.parametrize("shape", [(0, 0), (16, 16), (31, 900), (600, 600)])
def test_flat_and_tiny_pictures_say_nothing(shape: tuple[int, int]) -> None:
    assert mosaic_of(np.full(shape, 90, np.uint8)) is None
