"""How one picture lies in another: the transformation is found again, and unrelated pictures do not agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.grouping.scene_pictures import busy, features

from safelight.grouping.scene_geometry import Agreement, agree, mirrored, pose_agreement
from safelight.grouping.scene_map import grids
from safelight.grouping.sources import LEAST_AREA, LEAST_INLIERS, is_link


def _best(first: Image.Image, second: Image.Image) -> Agreement | None:
    found = [agree(features(first), features(second), mirror=mirror) for mirror in (False, True)]
    return max((one for one in found if one is not None), key=lambda one: one.inliers, default=None)


def _linked(first: Image.Image, second: Image.Image, found: Agreement | None) -> bool:
    return found is not None and is_link(found, grids(features(first), features(second), found))


def _maps(found: Agreement, first: Image.Image, second: Image.Image, at: tuple[float, float]) -> tuple[float, float]:
    """Where a place of the second, as a share of its sides, lies in the first, as a share of its sides."""
    one, two = features(first), features(second)
    x, y = found.matrix @ np.array([at[0] * two.width, at[1] * two.height, 1.0])
    return float(x / one.width), float(y / one.height)


@pytest.mark.parametrize("how", list(Image.Transpose))
def test_flips_and_rotations_are_found(how: Image.Transpose) -> None:
    picture = busy(1)
    turned = picture.transpose(how)
    found = _best(turned, picture)
    assert found is not None and _linked(turned, picture, found) and found.inliers > 60
    assert found.mirrored == (
        how
        in {
            Image.Transpose.FLIP_LEFT_RIGHT,
            Image.Transpose.FLIP_TOP_BOTTOM,
            Image.Transpose.TRANSPOSE,
            Image.Transpose.TRANSVERSE,
        }
    )
    # A marked point must land where the transposition puts it.
    mark = Image.new("L", picture.size)
    mark.putpixel((160, 120), 255)
    column, row = np.argwhere(np.asarray(mark.transpose(how)).T == 255)[0]
    expected = (column + 0.5) / turned.width, (row + 0.5) / turned.height
    assert _maps(found, turned, picture, (160.5 / 640, 120.5 / 480)) == pytest.approx(expected, abs=0.01)


def test_a_crop_is_found_where_it_was_cut() -> None:
    picture = busy(2)
    crop = picture.crop((200, 100, 520, 340))
    found = _best(crop, picture)
    assert found is not None and _linked(crop, picture, found) and not found.mirrored
    at = _maps(found, crop, picture, (200 / 640, 100 / 480))
    assert at == pytest.approx((0.0, 0.0), abs=0.02)


def test_a_picture_of_which_half_is_replaced_is_found() -> None:
    picture, other = busy(3), busy(4)
    edit = picture.copy()
    edit.paste(other.crop((0, 0, 340, 480)), (0, 0))
    found = _best(edit, picture)
    assert found is not None and _linked(edit, picture, found) and found.inliers >= 25
    # The map is looser than the count: a few spots agree by chance.
    assert np.mean(features(edit).x[found.first] > 120) > 0.9


@pytest.mark.parametrize(("side_px", "linked"), [(150, False), (320, True)])
def test_one_small_thing_that_both_hold_is_no_scene_and_a_large_one_is(side_px: int, linked: bool) -> None:
    thing = busy(5, 320, 320).crop((0, 0, side_px, side_px))
    first, second = busy(6), busy(7)
    first.paste(thing, (100, 60))
    second.paste(thing, (260, 120))
    found = _best(first, second)
    # The small thing agrees by enough places, in too little of both pictures.
    assert found is not None and found.inliers >= LEAST_INLIERS and found.area >= LEAST_AREA
    assert _linked(first, second, found) == linked


def test_a_picture_with_few_spots_is_linked_when_they_are_its_whole() -> None:
    found = Agreement(np.eye(2, 3), False, LEAST_INLIERS, 0.05, 0.1, np.arange(8), np.arange(8))
    assert is_link(found, ("aaaad" + "." * 59, "d" * 64))
    assert not is_link(found, ("addd" + "." * 60, "d" * 64))


@settings(max_examples=15, deadline=None)
@given(st.integers(10, 200), st.integers(201, 400))
def test_unrelated_pictures_do_not_agree(one: int, two: int) -> None:
    first, second = busy(one, 320, 240), busy(two, 320, 240)
    assert not _linked(first, second, _best(first, second))


def test_nothing_agrees_with_a_flat_picture() -> None:
    flat = features(Image.new("RGB", (640, 480), "grey"))
    assert agree(flat, features(busy(1)), mirror=False) is None
    assert agree(features(busy(1)), flat, mirror=True) is None
    assert len(pose_agreement(flat, flat)[0]) == 0


def test_mirroring_twice_gives_the_features_back() -> None:
    there = features(busy(1))
    again = mirrored(mirrored(there))
    assert np.allclose(again.x, there.x, atol=1e-3)
    assert (again.codes == there.codes).all()
    assert np.allclose(np.cos(again.angle), np.cos(there.angle), atol=1e-5)
