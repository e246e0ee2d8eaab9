"""Compares cases with each other: reads only, writes nothing, in the memory of two cases' hashes and of what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from string import ascii_uppercase

from safelight.case.links import traces
from safelight.case.read import CaseReader
from safelight.errors import CaseError
from safelight.grouping.links import LinkedCase, Links, NearPair, NearTotal, shared_traces
from safelight.grouping.links_near import near_between
from safelight.model import PDQ_MIN_QUALITY

__all__ = ["CASES_MAX", "link_cases"]

CASES_MAX = 200
"""Cases that are compared at once: each is held open while its traces are read."""


def link_cases(cases: Sequence[tuple[str, CaseReader]], *, distance_bits: int, limit: int, near: bool = True) -> Links:
    """Finds what two or more cases share.

    Args:
        cases: Name as it was given, and the case, open for reading.
        distance_bits: PDQ distance up to which contents of two cases count as near. `near`: whether that is looked for.
        limit: Shared traces of each kind, and near pairs in all, that are listed; everything is counted.

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
    return Links(
        cases=linked, totals=totals, public=public, traces=listed, left_out=left_out, distance_bits=distance_bits,
        near_totals=tuple(near_totals), near=tuple(nearest),
    )  # fmt: skip


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
