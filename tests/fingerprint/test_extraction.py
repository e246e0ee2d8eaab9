"""Finding local features: enough of them, everywhere, the same each time, and none where there is nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.grouping.scene_pictures import busy, features, with_frame

from safelight.fingerprint.extraction import find_features
from safelight.fingerprint.features import MOST_FEATURES, pack


def test_a_picture_has_features_in_every_part_and_at_most_so_many() -> None:
    found = features(busy(2))
    assert 150 <= len(found) <= MOST_FEATURES
    quarter = (found.x > found.width / 2).astype(int) * 2 + (found.y > found.height / 2)
    assert min(np.bincount(quarter, minlength=4)) >= 25
    assert found.x.min() >= 0 and found.x.max() <= found.width
    assert found.y.min() >= 0 and found.y.max() <= found.height


def test_the_same_pixels_give_the_same_features() -> None:
    pixels = np.asarray(busy(3))
    assert pack(find_features(pixels)) == pack(find_features(pixels.copy()))


def test_an_alpha_channel_is_left_out() -> None:
    pixels = np.asarray(busy(4))
    alpha = np.random.default_rng(1).integers(0, 256, (*pixels.shape[:2], 1), np.uint8)
    assert pack(find_features(np.concatenate([pixels, alpha], axis=2))) == pack(find_features(pixels))


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 5000), (23, 23), (5000, 10), (24, 24, 3), (480, 640), (100, 3000, 3), (30, 30, 4)]
)
def test_flat_pictures_of_any_shape_have_none(shape: tuple[int, ...]) -> None:
    assert len(find_features(np.full(shape, 128, np.uint8))) == 0


@pytest.mark.parametrize("shape", [(24, 2000), (2000, 24), (40, 40, 3), (3000, 700)])
def test_pictures_of_any_shape_are_taken(shape: tuple[int, ...]) -> None:
    found = find_features(np.random.default_rng(1).integers(0, 256, shape, np.uint8))
    assert 0 <= len(found) <= MOST_FEATURES
    assert max(found.width, found.height) <= 512


def test_drawn_text_and_buttons_stand_on_plain_ground_and_a_busy_picture_does_not() -> None:
    assert features(busy(5)).plain.mean() < 0.2
    framed = features(with_frame(busy(5)))
    outside = (framed.y < framed.height / 3) | (framed.y > framed.height * 0.84)
    assert framed.plain[outside].mean() > 0.6


def test_no_threads_are_started() -> None:
    assert cv2.getNumThreads() == 1
