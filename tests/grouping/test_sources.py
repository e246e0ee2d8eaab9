"""Which pictures are linked, and as what."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.grouping.scene_pictures import busy, packed, with_frame

from safelight.fingerprint.features import ROW
from safelight.grouping.scene_search import SceneSet
from safelight.grouping.sources import Picture, scene_links
from safelight.model import Opinion, SceneLink, SceneLinkKind


def _links(made: Sequence[tuple[Opinion, Image.Image, int]]) -> tuple[list[SceneLink], list[str]]:
    pictures, features = [], {}
    for number, (opinion, picture, group) in enumerate(made):
        sha256 = hashlib.sha256(b"%d" % number).hexdigest()
        pictures.append(Picture(sha256, opinion, *picture.size, group))
        features[sha256] = packed(picture)
    found = scene_links(pictures, lambda ordered: SceneSet(features[picture.sha256] for picture in ordered))
    return sorted(found, key=lambda link: (link.kind, link.sha256, link.other)), [
        picture.sha256 for picture in pictures
    ]


def _edit(picture: Image.Image) -> Image.Image:
    edit = picture.copy()
    edit.paste(busy(50).crop((0, 0, 260, 480)), (0, 0))
    return edit


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (Opinion.GENERATED, Opinion.CAPTURED, SceneLinkKind.SOURCE_PHOTOGRAPH),
        (Opinion.AI_EDITED, Opinion.EDITED, SceneLinkKind.SOURCE_PHOTOGRAPH),
        (Opinion.UNDETERMINED, Opinion.CAPTURED, SceneLinkKind.SOURCE_PHOTOGRAPH),
        (Opinion.GENERATED, Opinion.UNDETERMINED, SceneLinkKind.SOURCE_PHOTOGRAPH),
        (Opinion.CAPTURED, Opinion.CAPTURED, SceneLinkKind.SAME_PICTURE),
        (Opinion.GENERATED, Opinion.AI_EDITED, SceneLinkKind.SAME_PICTURE),
        (Opinion.UNDETERMINED, Opinion.UNDETERMINED, SceneLinkKind.SAME_PICTURE),
    ],
)
@pytest.mark.parametrize("swap", [False, True])
def test_the_kind_follows_from_the_opinions(first: Opinion, second: Opinion, kind: SceneLinkKind, swap: bool) -> None:
    made = [(first, _edit(busy(1)), -1), (second, busy(1), -1)]
    found, names = _links(made[::-1] if swap else made)
    assert [link.kind for link in found] == [kind]
    if kind is SceneLinkKind.SOURCE_PHOTOGRAPH:
        assert (found[0].sha256, found[0].other) == (names[swap], names[not swap])


def test_a_link_says_what_was_done_and_where_it_agrees() -> None:
    edit = _edit(busy(1)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((960, 720))
    (link,), _ = _links([(Opinion.GENERATED, edit, -1), (Opinion.CAPTURED, busy(1), -1)])
    assert "mirrored, scaled 1.50 x" in link.words
    assert 0.4 < link.share < 0.8 and 0.4 < link.other_share < 0.8
    assert link.matrix == pytest.approx((-1.5, 0, 960, 0, 1.5, 0), abs=4)
    assert len(link.grid) == len(link.other_grid) == 64 and link.inliers >= 8


def test_near_duplicates_of_one_sort_are_not_linked_again_but_a_photograph_among_them_is() -> None:
    found, names = _links(
        [(Opinion.GENERATED, busy(1), 3), (Opinion.GENERATED, _edit(busy(1)), 3), (Opinion.CAPTURED, busy(1), 3)]
    )
    assert {(link.sha256, link.other) for link in found} == {(names[0], names[2]), (names[1], names[2])}


def test_a_screen_around_two_pictures_links_them_as_a_frame_and_the_picture_in_it_as_a_scene() -> None:
    found, names = _links(
        [
            (Opinion.UNDETERMINED, with_frame(busy(1)), -1),
            (Opinion.UNDETERMINED, with_frame(busy(2)), -1),
            (Opinion.CAPTURED, busy(1), -1),
        ]
    )
    kinds = {frozenset((link.sha256, link.other)): link.kind for link in found}
    assert kinds == {
        frozenset(names[:2]): SceneLinkKind.SAME_FRAME,
        frozenset((names[0], names[2])): SceneLinkKind.SOURCE_PHOTOGRAPH,
    }


def test_the_fast_way_and_the_slow_way_link_the_same() -> None:
    """Above forty pictures the compiled search takes over."""
    pairs = [(Opinion.GENERATED, _edit(busy(seed, 320, 240).resize((640, 480))), -1) for seed in range(1, 6)]
    pairs += [(Opinion.CAPTURED, busy(seed, 320, 240), -1) for seed in range(1, 6)]
    few, names = _links(pairs)
    many, _ = _links([*pairs, *((Opinion.CAPTURED, busy(200 + number, 160, 120), -1) for number in range(40))])
    assert few == many
    sources = [link for link in few if link.kind is SceneLinkKind.SOURCE_PHOTOGRAPH]
    assert {(link.sha256, link.other) for link in sources} == {
        (names[number], names[number + 5]) for number in range(5)
    }


def test_unrelated_pictures_are_not_linked() -> None:
    assert _links([(Opinion.GENERATED, busy(seed, 320, 240), -1) for seed in range(20, 40)])[0] == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 60), st.sampled_from([0, 3, 60, 256]), st.integers(0, 2**32 - 1))
def test_features_that_a_taken_over_worker_invents_end_nothing(seed: int, number: int, most: int, head: int) -> None:
    chance = np.random.default_rng(seed)
    size = head.to_bytes(4, "little")
    same = chance.bytes(ROW.itemsize * most)
    made = [size + (same if chance.random() < 0.5 else chance.bytes(ROW.itemsize * most)) for _ in range(number)]
    pictures = [
        Picture(hashlib.sha256(b"%d" % place).hexdigest(), Opinion.UNDETERMINED, 1 + place, 100)
        for place in range(number)
    ]
    order = {picture.sha256: features for picture, features in zip(pictures, made, strict=True)}
    for link in scene_links(pictures, lambda ordered: SceneSet(order[picture.sha256] for picture in ordered)):
        assert 0 <= link.share <= 1 and link.inliers >= 8 and np.isfinite(link.matrix).all()


def test_features_of_a_wrong_length_are_refused() -> None:
    with pytest.raises(ValueError, match="no local features"):
        SceneSet([bytes(5)])
