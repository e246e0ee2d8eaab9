"""Pictures of two cases that share part of a scene: the photograph behind an edited picture may lie in another case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from safelight.grouping.links import SceneBetween
from safelight.grouping.scene_search import ANSWERING, Block, SceneSet, all_pairs, likely_pairs
from safelight.grouping.sources import ALL_PAIRS_UP_TO, LEAST_ROUGH, Picture, links_of
from safelight.model import SceneLink, SceneLinkKind

__all__ = ["SHARED", "scenes_between", "strongest"]

SHARED: Final = "Part of both shows the same; not that one was made from the other: a printed chart, a screen or the same room links pictures too."
"""What a link does not show; printed with every link."""

Features = Callable[[int, Sequence[Picture]], SceneSet]
Totals = dict[tuple[int, int, str], int]


def scenes_between(
    places: tuple[int, int],
    first: Sequence[Picture],
    second: Sequence[Picture],
    packed: Features,
    *,
    on_done: Callable[[int], None] = lambda _pictures: None,
) -> list[SceneBetween]:
    """Finds the pictures of two cases that share part of a scene; pictures of one case are not compared.

    Args:
        places: Of the two cases. `first`, `second`: their pictures. Contents that both hold are left out: each case has compared them
            with its own, and they are told as shared contents.
        packed: Gives the features of pictures of one case, told its place, in the order that it is asked for.
        on_done: Told how many more pictures have been compared, each once.

    Returns:
        The links, in no particular order. Each picture asks the other case: there at most eight of each other sort and four of its own, among
        each `ANSWERING` pictures, are looked at closely.
    """
    both = {picture.sha256 for picture in first} & {picture.sha256 for picture in second}
    # Numbers of groups are those of one case.
    sides = [[replace(picture, group=-1) for picture in side if picture.sha256 not in both] for side in (first, second)]
    on_done(2 * len(both))
    if not all(sides):
        on_done(sum(map(len, sides)))
        return []
    where = {picture.sha256: place for place, side in zip(places, sides, strict=True) for picture in side}
    found: dict[tuple[str, str], SceneLink] = {}
    turns = sides, sides[::-1]
    # A picture that asks is as much work as the other case has tables of `ANSWERING`: the turns of a small and a large case differ in number alone.
    work = [len(asking) * -(-len(answering) // ANSWERING) for asking, answering in turns]
    pictures, told = sum(map(len, sides)), 0

    def on_part(turn: int, share: float) -> None:
        nonlocal told
        now = int(pictures * (sum(work[:turn]) + share * work[turn]) / sum(work))
        on_done(now - told)
        told = now

    for turn, (asking, answering) in enumerate(turns):
        for block, ordered in _blocks(asking, answering, where, packed, partial(on_part, turn)):
            for link in links_of(block, ordered):
                found.setdefault((min(link.sha256, link.other), max(link.sha256, link.other)), link)
            del block  # holds the features of those that answer, while the next ones are read
        on_part(turn, 1.0)
    return [SceneBetween(where[link.sha256], where[link.other], link) for link in found.values()]


def _blocks(
    asking: Sequence[Picture],
    answering: Sequence[Picture],
    where: dict[str, int],
    packed: Features,
    on_part: Callable[[float], None],
) -> Iterator[tuple[Block, Sequence[Picture]]]:
    """Pairs of which the first is of one case and the second of the other, with the pictures that they number; `on_part` is told the share done."""
    # Photographs last: of a crowd the latest answer.
    ordered = [*asking, *sorted(answering, key=lambda picture: (picture.sort, picture.sha256))]

    def part(start: int, stop: int) -> SceneSet:
        return packed(where[ordered[start].sha256], ordered[start:stop])

    if len(ordered) <= ALL_PAIRS_UP_TO:
        one, other = part(0, len(asking)), part(len(asking), len(ordered))
        yield Block(all_pairs(one, LEAST_ROUGH, other), one, 0, other, len(asking)), ordered
        return
    told = 0

    def on_pictures(number: int) -> None:
        nonlocal told
        told += number
        on_part(told / len(ordered))

    for block in likely_pairs(
        part,
        LEAST_ROUGH,
        lists=np.array([picture.sort for picture in ordered], np.int8),
        together=np.full(len(ordered), -1, np.int64),
        asking=len(asking),
        on_done=on_pictures,
    ):
        yield block, ordered
        del block


def strongest(found: Iterable[SceneBetween], limit: int) -> tuple[Totals, list[SceneBetween]]:
    """Counts links by (place of a case, place of a later one, kind); returns the counts and the `limit` strongest, those to photographs first."""
    everything = sorted(found, key=_rank)
    totals = Counter((*sorted((item.first_case, item.second_case)), str(item.link.kind)) for item in everything)
    return dict(totals), everything[:limit]  # type: ignore[arg-type]


def _rank(item: SceneBetween) -> tuple[bool, int, str, str, str]:
    link: SceneLink = item.link
    return link.kind != SceneLinkKind.SOURCE_PHOTOGRAPH, -link.inliers, link.kind, link.sha256, link.other
