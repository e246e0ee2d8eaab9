"""Pictures of two cases that share part of a scene: found across the cases, never within one, the same whichever case is named first."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from PIL import Image
from tests.grouping.scene_pictures import busy, packed

from safelight.grouping import links_scenes
from safelight.grouping.links import SceneBetween
from safelight.grouping.links_scenes import scenes_between, strongest
from safelight.grouping.scene_search import SceneSet
from safelight.grouping.sources import Picture
from safelight.model import Opinion, SceneLink, SceneLinkKind

Drawn = Sequence[tuple[Opinion, Image.Image]]


def _name(picture: Image.Image) -> str:
    return hashlib.sha256(picture.tobytes()).hexdigest()


def _edit(seed: int) -> Image.Image:
    edit = busy(seed)
    edit.paste(busy(90).crop((0, 0, 260, 480)), (0, 0))
    return edit.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _found(first: Drawn, second: Drawn) -> tuple[list[SceneBetween], int]:
    features = [{_name(picture): packed(picture) for _, picture in side} for side in (first, second)]
    sides = [
        [Picture(_name(picture), opinion, *picture.size, 1) for opinion, picture in side] for side in (first, second)
    ]
    done = 0

    def on_done(number: int) -> None:
        nonlocal done
        done += number

    def asked(place: int, pictures: Sequence[Picture]) -> SceneSet:
        return SceneSet(features[place][picture.sha256] for picture in pictures)

    return scenes_between((0, 1), *sides, asked, on_done=on_done), done


@pytest.fixture(params=["every pair", "tables"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "tables":
        monkeypatch.setattr(links_scenes, "ALL_PAIRS_UP_TO", 0)


@pytest.mark.parametrize("swap", [False, True])
def test_the_photograph_in_the_other_case_is_found_and_pictures_of_one_case_are_not_compared(
    way: None, swap: bool
) -> None:
    # Each case also holds a crop of its own picture: that link is told by the case itself.
    photographs: Drawn = [
        (Opinion.CAPTURED, busy(1)),
        (Opinion.CAPTURED, busy(2)),
        (Opinion.CAPTURED, busy(1).crop((100, 60, 600, 460))),
    ]
    made: Drawn = [
        (Opinion.GENERATED, _edit(1)),
        (Opinion.GENERATED, busy(4)),
        (Opinion.GENERATED, busy(4).crop((100, 60, 600, 460))),
    ]
    sides = (made, photographs) if swap else (photographs, made)
    found, done = _found(*sides)
    assert done == 6
    assert {(item.first_case, item.second_case) for item in found} == {(0, 1) if swap else (1, 0)}
    assert {item.link.kind for item in found} == {SceneLinkKind.SOURCE_PHOTOGRAPH}
    assert {(item.link.sha256, item.link.other) for item in found} == {
        (_name(_edit(1)), _name(busy(1))), (_name(_edit(1)), _name(busy(1).crop((100, 60, 600, 460)))),
    }  # fmt: skip
    assert all(
        "mirrored" in item.link.words and 0.2 < item.link.share < 0.9 and len(item.link.grid) == 64 for item in found
    )


def test_contents_of_both_cases_and_cases_without_pictures_are_left_out(way: None) -> None:
    both: Drawn = [(Opinion.CAPTURED, busy(1))]
    assert _found(both, [*both, (Opinion.GENERATED, _edit(1))]) == ([], 3)
    assert _found([], both) == ([], 1)


def test_the_strongest_are_listed_and_all_are_counted() -> None:
    def link(kind: SceneLinkKind, number: int, inliers: int, first: int) -> SceneBetween:
        return SceneBetween(
            first, 1 - first, SceneLink(kind=kind, sha256=f"{number:064x}", other="f" * 64, words="", inliers=inliers)
        )

    made = [
        link(SceneLinkKind.SAME_PICTURE, 1, 90, 0), link(SceneLinkKind.SOURCE_PHOTOGRAPH, 2, 9, 1), link(SceneLinkKind.SOURCE_PHOTOGRAPH, 3, 12, 0),
        link(SceneLinkKind.INPUT_NAME, 4, 0, 0),
    ]  # fmt: skip
    totals, listed = strongest(made, 3)
    assert totals == {(0, 1, "same-picture"): 1, (0, 1, "source-photograph"): 2, (0, 1, "input-name"): 1}
    assert [int(item.link.sha256, 16) for item in listed] == [3, 2, 1]
    assert strongest(made, 0)[1] == []
