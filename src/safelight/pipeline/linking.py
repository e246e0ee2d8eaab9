"""Compares cases with each other: reads only, writes nothing, in the memory of two cases' hashes and of what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from string import ascii_uppercase

from safelight.case.links import traces
from safelight.case.read import CaseReader
from safelight.case.scenes import named_inputs, packed_features, pictures_to_compare
from safelight.errors import CaseError
from safelight.fingerprint.features import FORM
from safelight.grouping.links import LinkedCase, Links, NearPair, NearTotal, SceneBetween, shared_traces
from safelight.grouping.links_near import near_between
from safelight.grouping.links_scenes import scenes_between, strongest
from safelight.grouping.scene_search import SceneSet
from safelight.grouping.sources import Picture
from safelight.model import PDQ_MIN_QUALITY
from safelight.pipeline.progress import NoProgress, Progress, StageCount

__all__ = ["CASES_MAX", "link_cases"]

CASES_MAX = 200
"""Cases that are compared at once: each is held open while its traces are read."""


def link_cases(
    cases: Sequence[tuple[str, CaseReader]],
    *,
    distance_bits: int,
    limit: int,
    near: bool = True,
    scenes: bool = False,
    progress: Progress | None = None,
) -> Links:
    """Finds what two or more cases share.

    Args:
        cases: Name as it was given, and the case, open for reading.
        distance_bits: PDQ distance up to which contents of two cases count as near. `near`: whether that is looked for.
        scenes: Whether pictures that share part of a scene are looked for, and files that a workflow of another case names.
        limit: Shared traces of each kind, near pairs and scenes in all, that are listed; everything is counted.
        progress: Told how many pictures are compared.

    Raises:
        CaseError: A case was given twice, there are too many, or one cannot be read.
    """
    linked = tuple(
        LinkedCase(_letter(place), name, case.case_id(), case.media_count(), case.head())
        for place, (name, case) in enumerate(cases)
    )
    _refuse(linked)
    totals, public, listed, left_out = shared_traces([traces(case) for _, case in cases], limit)
    near_totals: list[NearTotal] = []
    nearest: list[NearPair] = []
    if near:
        for one in range(len(cases)):
            first = cases[one][1].pdq_arrays(PDQ_MIN_QUALITY)
            for two in range(one + 1, len(cases)):
                second = cases[two][1].pdq_arrays(PDQ_MIN_QUALITY)
                total, found = near_between((one, two), first, second, distance_bits, limit)
                near_totals.append(total)
                nearest = sorted([*nearest, *found])[:limit]
    pictures = [pictures_to_compare(case, FORM) for _, case in cases] if scenes else []
    scene_totals, listed_scenes = strongest(
        _scenes([case for _, case in cases], pictures, progress or NoProgress()), limit
    )
    return Links(
        cases=linked, totals=totals, public=public, traces=listed, left_out=left_out, distance_bits=distance_bits,
        near_totals=tuple(near_totals), near=tuple(nearest), scenes_compared=tuple(map(len, pictures)) if scenes else None,
        scene_totals=scene_totals, scenes=tuple(listed_scenes),
    )  # fmt: skip


def _scenes(
    cases: Sequence[CaseReader], pictures: Sequence[Sequence[Picture]], progress: Progress
) -> Iterator[SceneBetween]:
    """What pictures of every two cases share; `pictures` is empty when that is not looked for."""
    pairs = list(combinations(range(len(pictures)), 2))
    count = StageCount("comparing scenes", total=sum(len(pictures[one]) + len(pictures[two]) for one, two in pairs))

    def packed(place: int, asked: Sequence[Picture]) -> SceneSet:
        return SceneSet(packed_features(cases[place], [picture.sha256 for picture in asked]))

    def on_done(number: int) -> None:
        count.done += number
        progress.update(count)

    for one, two in pairs:
        yield from scenes_between((one, two), pictures[one], pictures[two], packed, on_done=on_done)
        for first, second in ((one, two), (two, one)):
            for link in named_inputs(cases[first], cases[second]):
                yield SceneBetween(first, second, link)


def _refuse(cases: Sequence[LinkedCase]) -> None:
    if len(cases) > CASES_MAX:
        raise CaseError(
            f"{len(cases)} cases were named; at most {CASES_MAX} are compared at once.", advice="Name fewer."
        )
    for one, other in combinations(cases, 2):
        if one.case_id and one.case_id == other.case_id:
            raise CaseError(
                f"{one.name} and {other.name} are the same case, or copies of it: they would share everything.",
                kept="Nothing was written.",
                advice="Name each case once.",
            )


def _letter(place: int) -> str:
    """A, B ... Z, AA, AB ..."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = ascii_uppercase[rest] + text
    return text
