"""Blocks: the fast way against the slow one, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.origin.watermarks.marking import drawn, mark, message, view

from safelight.origin.watermarks.blocks import VIEWS, Blocks, View

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 4]))


def slow_largest(pixels: np.ndarray, way: View) -> list[float]:
    """The largest coefficient of each block, one block and one coefficient at a time."""
    ordered = pixels[:, :, :3].astype(np.float64)[:, :, :: 1 if way.order == "BGR" else -1]
    luma = ordered @ np.array([0.299, 0.587, 0.114])
    chroma = (ordered[:, :, 2] - luma) * 0.492 + way.grey / 2
    found = []
    for row in range(pixels.shape[0] // 8):
        for column in range(pixels.shape[1] // 8):
            square = chroma[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
            coarse = [square[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].sum() / 2 for i in range(4) for j in range(4)]
            found.append(max(abs(value) for value in coarse[1:]))
    return found


@settings(max_examples=25)
@given(SHAPES, st.integers(0, 2**32 - 1))
def test_votes_are_those_of_the_slow_way(shape: tuple[int, int, int], seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    before = pixels.copy()
    blocks = Blocks(pixels)
    votes = blocks.votes()
    assert votes.shape == (len(VIEWS), (shape[0] // 8) * (shape[1] // 8))
    assert np.array_equal(pixels, before)
    for row, way in zip(votes, VIEWS, strict=True):
        for vote, largest in zip(row, slow_largest(pixels, way), strict=True):
            offset = largest % 36 - 18
            if min(abs(offset), 18 - abs(offset)) > 0.05:  # rounding may decide what lies on the edge
                assert (vote > 0) == (offset > 0)
                assert abs(vote) == pytest.approx(2 - abs(abs(offset) - 9) / 9, abs=0.01)


def test_means_over_two_by_two_give_what_their_pixels_give() -> None:
    small = drawn(1, 64, 96)
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(Blocks(small, halved=True).votes(), Blocks(large).votes())
    assert (Blocks(small, halved=True).rows, Blocks(small, halved=True).columns) == (16, 24)


def test_alpha_changes_nothing() -> None:
    picture = drawn(2)
    alpha = np.random.default_rng(2).integers(0, 256, (*picture.shape[:2], 1), dtype=np.uint8)
    assert np.array_equal(Blocks(np.concatenate([picture, alpha], axis=2)).votes(), Blocks(picture).votes())


@pytest.mark.parametrize("value", [0, 1, 90, 128, 255])
def test_equal_pixels_give_equal_votes(value: int) -> None:
    for colour in ((value, value, value), (value, 100, 30)):
        votes = Blocks(np.full((331, 517, 3), colour, np.uint8)).votes()
        assert all(len(np.unique(row)) == 1 for row in votes)


def test_only_the_top_of_a_very_large_picture_is_looked_at() -> None:
    top = drawn(3, 1024, 2048)
    assert Blocks(top).count == 1 << 15
    longer = np.concatenate([top, np.zeros((64, 2048, 3), np.uint8)])
    assert np.array_equal(Blocks(longer).votes(), Blocks(top).votes())


@pytest.mark.parametrize("way", VIEWS, ids=lambda way: f"{way.numbers}-{way.order}")
def test_marked_coefficients_lie_regularly_in_the_view_they_were_written_in(way: View) -> None:
    picture = drawn(4, 384, 384)
    share, apart = Blocks(mark(picture, message("SDXL").bits, way)).seated(way)
    assert apart >= 200
    assert share > 0.65
    assert all(Blocks(picture).seated(one)[0] < 0.5 for one in VIEWS)


def test_too_few_blocks_that_stand_apart_tell_nothing() -> None:
    assert Blocks(np.full((400, 400, 3), 90, np.uint8)).seated(view("bytes", "BGR")) == (0.0, 0)
