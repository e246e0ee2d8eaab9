"""Pictures that share part of a scene: the photograph behind an edited picture, and crops, captions, borders and screenshots of one picture.

In: local features with what is thought of each picture's origin. Out: links, each with the transformation and a map of where the two agree.
A link says that part of both pictures shows the same thing; it never says that one was made from the other, and never joins near-duplicate
groups. A printed chart, a logo, a screen or the same room can be in two pictures that have nothing else to do with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from safelight.fingerprint.features import LocalFeatures
from safelight.grouping.scene_geometry import Agreement, agree
from safelight.grouping.scene_map import full_matrix, grids, only_frame, share_of, transformation_words
from safelight.grouping.scene_search import Block, SceneSet, all_pairs, likely_pairs
from safelight.model import Opinion, SceneLink, SceneLinkKind

__all__ = [
    "ALL_PAIRS_UP_TO", "LEAST_AREA", "LEAST_INLIERS", "LEAST_ROUGH", "LEAST_WIDTH", "LEAST_WORTH", "MEASURED", "Picture", "is_frame", "is_link",
    "links_of", "scene_links",
]  # fmt: skip

LEAST_INLIERS: Final = 8
"""Places that must agree. Fixed on one half of the photographs of `benchmarks/sources.py` and measured on the other."""

MEASURED: Final = (
    "Measured: of 341,649 pairs of unrelated pictures 26 were linked, all by the same words or screen around them."
)
"""What `benchmarks/sources.py` counted in both halves; printed with every link."""

LEAST_ROUGH: Final = 5
LEAST_WIDTH: Final = 0.015
LEAST_AREA: Final = 0.02
"""A line of text or one small logo is not part of a scene."""

LEAST_WORTH: Final = 4.0
"""Places that agree, times the part that agrees of the picture that agrees more. Eight places in a corner are some small thing that many pictures
have, the same tree, window or knob, and in a large case such pairs outnumber the others; eight places over a whole picture that has few are
that picture. The largest whole number that loses no edited photograph of either half of `benchmarks/sources.py`."""

_WHOLE_FROM: Final = 0.85

ALL_PAIRS_UP_TO: Final = 40
"""Pictures up to which every pair is compared: compiled code takes seconds to get ready the first time."""

_SORT: Final = {
    Opinion.GENERATED: 0, Opinion.AI_EDITED: 0, Opinion.UNDETERMINED: 1, Opinion.EDITED: 2, Opinion.CAPTURED: 2,
}  # fmt: skip
"""0: artificial. 1: not known. 2: a photograph, perhaps edited by hand."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to compare.

    Attributes:
        sha256: The media. `opinion`: on its origin. `width_px`, `height_px`: as stored.
        group: Number of its near-duplicate group, -1 for none.
    """

    sha256: str
    opinion: str
    width_px: int
    height_px: int
    group: int = -1

    @property
    def sort(self) -> int:
        """0: artificial, 1: not known, 2: a photograph."""
        return _SORT[Opinion(self.opinion)]


def scene_links(
    pictures: Sequence[Picture],
    packed: Callable[[Sequence[Picture]], SceneSet],
    *,
    on_done: Callable[[int], None] = lambda _pictures: None,
) -> Iterator[SceneLink]:
    """Finds the pictures that share part of a scene.

    Args:
        pictures: In any order, each once. `packed`: gives the features of some of them, in the order that it is asked for.
        on_done: Told how many more pictures are done.

    Yields:
        Links as they are found, the same in every run. Near-duplicates of one sort are not linked: their group says it already. For each
        picture at most eight of each other sort and four of its own are looked at closely, among each `ANSWERING` of the others.
    """
    # Photographs last: of a crowd the latest answer.
    ordered = sorted(pictures, key=lambda picture: (picture.sort, picture.sha256))
    if len(ordered) <= ALL_PAIRS_UP_TO:
        scenes = packed(ordered)
        yield from links_of(Block(all_pairs(scenes, LEAST_ROUGH), scenes, 0, scenes, 0), ordered)
        on_done(len(ordered))
        return
    for block in likely_pairs(
        lambda start, stop: packed(ordered[start:stop]),
        LEAST_ROUGH,
        lists=np.array([picture.sort for picture in ordered], np.int8),
        together=np.array([picture.group for picture in ordered], np.int64),
        on_done=on_done,
    ):
        yield from links_of(block, ordered)
        del block  # holds the features of those that answer, while the next ones are read


def links_of(block: Block, ordered: Sequence[Picture]) -> Iterator[SceneLink]:
    """The links among the pairs of a block, whose numbers are those of `ordered`."""
    linked: set[tuple[int, int]] = set()
    # Of a picture and its mirror image the one of which more agrees comes first, and is enough.
    for pair in sorted(block.pairs, key=lambda pair: -pair.agreeing):
        both = pair.first, pair.second
        one, two = ordered[pair.first], ordered[pair.second]
        if both in linked or (one.group >= 0 and one.group == two.group and one.sort == two.sort):
            continue
        first, second = block.features(pair)
        # The more artificial one comes first; of two pictures of one sort the smaller one: it is the likelier crop.
        if (two.sort, two.width_px * two.height_px, two.sha256) < (one.sort, one.width_px * one.height_px, one.sha256):
            one, two, first, second = two, one, second, first
        found = agree(first, second, mirror=pair.mirror)
        if found is not None and found.inliers >= LEAST_INLIERS and is_link(found, maps := grids(first, second, found)):
            linked.add(both)
            yield _link(one, two, first, second, found, maps)


def is_link(found: Agreement, maps: tuple[str, str]) -> bool:
    """Whether so much agrees that it is neither by chance nor one small thing that many pictures have; `maps` as `grids` makes them."""
    return (
        found.inliers >= LEAST_INLIERS
        and found.width >= LEAST_WIDTH
        and found.area >= LEAST_AREA
        and found.inliers * max(map(share_of, maps)) >= LEAST_WORTH
    )


def is_frame(first: LocalFeatures, second: LocalFeatures, found: Agreement, maps: tuple[str, str]) -> bool:
    """Whether only a screen, a form or a text around two pictures agrees: what lies whole in the other is more."""
    return only_frame(first, second, found) and max(map(share_of, maps)) < _WHOLE_FROM


def _link(
    one: Picture, two: Picture, shown: LocalFeatures, other: LocalFeatures, found: Agreement, maps: tuple[str, str]
) -> SceneLink:
    one_px, two_px = (one.width_px, one.height_px), (two.width_px, two.height_px)
    matrix = full_matrix(found, shown, other, one_px, two_px)
    grid, other_grid = maps
    share, other_share = share_of(grid), share_of(other_grid)
    if is_frame(shown, other, found, maps):
        kind = SceneLinkKind.SAME_FRAME
    else:
        kind = SceneLinkKind.SAME_PICTURE if one.sort == two.sort else SceneLinkKind.SOURCE_PHOTOGRAPH
    done = transformation_words(matrix, one_px, two_px)
    words = f"About {share:.0%} of it agrees with about {other_share:.0%} of the other".replace("%", " %")
    return SceneLink(
        kind=kind,
        sha256=one.sha256,
        other=two.sha256,
        words=f"{words}{f': the other, {done}' if done else ', in the same place and size'}.",
        inliers=found.inliers,
        share=round(share, 3),
        other_share=round(other_share, 3),
        matrix=tuple(float(np.round(value, 5)) for value in matrix.ravel()),  # type: ignore[arg-type]
        grid=grid,
        other_grid=other_grid,
    )
