from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.origin.detector.conditions import CONDITIONS, condition, cropped, drawn
from safelight.origin.detector.views import Preprocessing, crop_corners, shrunk, tensor, views

WANTED = Preprocessing(side_px=32, crops=5, longest_px=64)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 9), st.booleans())
def test_every_size_gives_the_same_shape(height: int, width: int, crops: int, frame: bool) -> None:
    wanted = Preprocessing(side_px=32, crops=max(crops, 0 if frame else 1), frame=frame, longest_px=64)
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    taken = views(pixels, wanted)
    assert taken.shape == (wanted.crops + frame, 32, 32, 3)
    assert taken.dtype == np.uint8


def test_crops_are_pieces_of_the_picture_itself() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (50, 60, 3), np.uint8)
    taken = views(pixels, WANTED)
    for crop, (top, left) in zip(taken[1:], crop_corners(50, 60, 32, 5), strict=True):
        assert np.array_equal(crop, pixels[top : top + 32, left : left + 32])


def test_a_large_picture_is_shrunk_first_and_a_small_one_is_left_alone() -> None:
    large = np.zeros((300, 400, 3), np.uint8)
    assert shrunk(large, 64).shape == (48, 64, 3)
    small = np.zeros((30, 64, 3), np.uint8)
    assert shrunk(small, 64) is small


def test_numbers_are_those_of_the_card() -> None:
    white = np.full((1, 32, 32, 3), 255, np.uint8)
    given_ = tensor(white, Preprocessing(side_px=32, mean=(0.5, 0.25, 0.0), std=(0.5, 0.5, 2.0)))
    assert given_.shape == (1, 3, 32, 32)
    assert given_.dtype == np.float32
    assert given_[0, :, 0, 0].tolist() == [1.0, 1.5, 0.5]


@pytest.mark.parametrize(
    "wrong", [{"crops": 0, "frame": False}, {"side_px": 8}, {"crops": 10}, {"std": (0.0, 1.0, 1.0)}, {"longest_px": 10}]
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"views|least"):
        Preprocessing(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_is_the_same_every_time_and_asks_for_no_class(name: str) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (300, 500, 3), np.uint8)
    first, second = (condition(pixels, name, "ab" * 32) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.dtype == np.uint8
    assert first.shape[2] == 3


def test_conditions_do_what_they_say() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (1600, 2400, 3), np.uint8)
    a, b, c = (condition(pixels, name, "cd" * 32) for name in "ABC")
    assert max(b.shape) == 1024
    assert abs(c.shape[0] * 2 - a.shape[0]) <= 2
    with pytest.raises(ValueError, match="no condition"):
        condition(pixels, "D", "cd" * 32)


def test_the_shape_of_a_crop_tells_nothing_of_the_picture() -> None:
    """One law for wide and tall pictures: the shapes that come out are the same."""
    shapes = []
    for size in ((300, 900), (900, 300)):
        pixels = np.zeros((*size, 3), np.uint8)
        made = [cropped(pixels, drawn(f"{number}", "crop")).shape for number in range(40)]
        shapes.append([round(width / height, 1) for height, width, _ in made])
    assert np.allclose(shapes[0], shapes[1], atol=0.11)


@pytest.mark.parametrize("size", [(16, 16), (1, 400), (5, 5)])
def test_tiny_pictures_go_through_every_condition(size: tuple[int, int]) -> None:
    pixels = np.zeros((*size, 3), np.uint8)
    for name in CONDITIONS:
        assert views(condition(pixels, name, "ef" * 32), WANTED).shape[0] == 6
