"""The map of agreement and the words for a transformation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grouping.scene_pictures import busy, features, with_frame

from safelight.grouping.scene_geometry import agree
from safelight.grouping.scene_map import CELLS, full_matrix, grids, only_frame, share_of, transformation_words

SIZE = (640, 480)


def _matrix(scale: float = 1.0, degrees: float = 0.0, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    turn = np.radians(degrees)
    return np.array(
        [
            [scale * np.cos(turn), -scale * np.sin(turn), shift[0]],
            [scale * np.sin(turn), scale * np.cos(turn), shift[1]],
        ]
    )


@pytest.mark.parametrize(
    ("matrix", "first", "words"),
    [
        (_matrix(), SIZE, ""),
        (_matrix(2.0), (1280, 960), "scaled 2.00 x"),
        (np.array([[-1.0, 0, 640], [0, 1, 0]]), SIZE, "mirrored"),
        (np.array([[1.0, 0, 0], [0, -1, 480]]), SIZE, "flipped top to bottom"),
        (_matrix(1, 90, (480, 0)), (480, 640), "turned 90 degrees clockwise"),
        (_matrix(1, 180, (640, 480)), SIZE, "turned 180 degrees clockwise"),
        (_matrix(1, 0, (-320, -240)), (320, 240), "cropped to 25 % of the other"),
        (_matrix(1, 0, (0, 160)), (640, 640), "with 25 % added around it"),
        (np.array([[2.0, 0, 0], [0, 1, 0]]), (1280, 480), "scaled 1.41 x, stretched by 100 %"),
    ],
)
def test_transformations_in_words(matrix: np.ndarray, first: tuple[int, int], words: str) -> None:
    assert transformation_words(matrix, first, SIZE) == words


@given(st.text("ado.", min_size=64, max_size=64))
def test_a_share_is_a_share(grid: str) -> None:
    assert 0.0 <= share_of(grid) <= 1.0
    assert share_of(grid.replace("d", "a").replace("o", "a")) in {0.0, 1.0}


def test_the_map_shows_which_half_was_replaced() -> None:
    picture = busy(3)
    edit = picture.copy()
    edit.paste(busy(4).crop((0, 0, 320, 480)), (0, 0))
    found = agree(features(edit), features(picture), mirror=False)
    assert found is not None
    for grid in grids(features(edit), features(picture), found):
        rows = np.array(list(grid)).reshape(CELLS, CELLS)
        assert np.mean(rows[:, :4] == "a") < 0.15
        assert np.mean(rows[:, 4:] == "a") > 0.8
        assert share_of(grid) == pytest.approx(0.5, abs=0.12)


def test_what_was_cropped_away_lies_outside() -> None:
    picture = busy(3)
    crop = picture.crop((0, 0, 320, 480))
    found = agree(features(crop), features(picture), mirror=False)
    assert found is not None
    own, other = grids(features(crop), features(picture), found)
    assert own.count("o") == 0 and share_of(own) > 0.6
    assert (np.array(list(other)).reshape(CELLS, CELLS)[:, 4:] == "o").all()
    matrix = full_matrix(found, features(crop), features(picture), crop.size, picture.size)
    assert matrix == pytest.approx(np.array([[1, 0, 0], [0, 1, 0]]), abs=4)
    assert np.allclose(matrix[:, :2], np.eye(2), atol=0.02)


def test_the_same_screen_around_two_pictures_is_a_frame() -> None:
    one, two = features(with_frame(busy(5))), features(with_frame(busy(6)))
    found = agree(one, two, mirror=False)
    assert found is not None and found.inliers >= 8
    assert only_frame(one, two, found)
    inner = features(busy(5))
    whole = agree(one, inner, mirror=False)
    assert whole is not None and not only_frame(one, inner, whole)
