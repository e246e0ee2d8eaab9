"""Everything that the page of a generation run shows, without the words of its prompts; and which media a decision on it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import select

from safelight.case import tables
from safelight.case.generation import STAGE, StoredRun
from safelight.case.newest import Place, places_of
from safelight.case.read import CaseReader
from safelight.case.reviewing import Standing, iter_standings
from safelight.review.runs import RunMember, looked_at, nearest, proposed, run_members_told
from safelight.workbench.reviewer import ForWhom

__all__ = [
    "PAGE_MEMBERS",
    "RunPage",
    "TileOf",
    "run_at",
    "run_page",
    "run_texts",
    "runs_listed",
    "runs_of_acts",
    "whom_of_run",
]

PAGE_MEMBERS: Final = 12
"""Members on one page, as shielded previews."""

PAGE_RUNS: Final = 50
_CHUNK: Final = 500
_APART: Final = 200

_RUN: Final = tables.generation_run


@dataclass(frozen=True, slots=True)
class TileOf:
    """One member: where it lies, decisions in force on it, and how far this person looked: `""`, `looked` or `full`."""

    member: RunMember
    place: Place | None
    standing: Standing | None
    looked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """One generation run.

    Attributes:
        run: As stored; its name holds no word of a prompt. `slots`: places in which its prompts differ; -1 where no prompt is recorded.
        tiles: Members that can be decided together, of this page. `first`: number of the first of them, from 1. `following`: of the next page.
        alike: How many those are in all. `apart`: those that are never decided with the run, `apart_left` more of them.
        proposed: Whom to look at. `looked`, `full`: how many of those alike this person looked at beyond the blur, and in full.
        decided: How many members carry a decision of anybody.
    """

    run: StoredRun
    slots: int
    tiles: Sequence[TileOf]
    first: int
    following: int | None
    alike: int
    apart: Sequence[TileOf]
    apart_left: int
    proposed: Sequence[TileOf]
    looked: int
    full: int
    decided: int


def run_at(case: CaseReader, number: int) -> StoredRun | None:
    """The run of this number; None when there is none."""
    chosen = select(_RUN).where(_RUN.c.run_id == case.current(STAGE), _RUN.c.number == number)
    return next((_stored(row) for row in case.rows(chosen)), None)


def runs_listed(case: CaseReader, first: int) -> tuple[list[StoredRun], int | None]:
    """(a page of runs from this place on, largest first; the place at which the next page begins)."""
    chosen = select(_RUN).where(_RUN.c.run_id == case.current(STAGE)).order_by(_RUN.c.size.desc(), _RUN.c.number)
    rows = case.rows(chosen.offset(first - 1).limit(PAGE_RUNS + 1))
    return [_stored(row) for row in rows[:PAGE_RUNS]], first + PAGE_RUNS if len(rows) > PAGE_RUNS else None


def run_page(case: CaseReader, run: StoredRun, person: str, first: int) -> RunPage:
    """Reads one run as this person is to see it, its members from the number `first` on."""
    told, seen = run_members_told(case, run.number, person), looked_at(case, run.number, person)
    asked, here = proposed(told.alike, seen), told.alike[first - 1 : first - 1 + PAGE_MEMBERS]
    shown = [*here, *told.apart[:_APART], *asked]
    places = places_of(case, [one.sha256 for one in shown])
    standings = _standings(case, [one.sha256 for one in shown])
    everybody = _decided(case, run.number)

    def tiles(members: Sequence[RunMember]) -> list[TileOf]:
        return [
            TileOf(one, places.get(one.sha256), standings.get(one.sha256), _LOOKED[seen.get(one.sha256)])
            for one in members
        ]

    ours = [seen[one.sha256] for one in told.alike if one.sha256 in seen]
    template = run.details.get("template")
    return RunPage(
        run=run, slots=len(template["slots"]) if template else -1, tiles=tiles(here), first=first,
        following=first + PAGE_MEMBERS if first + PAGE_MEMBERS <= len(told.alike) else None, alike=len(told.alike),
        apart=tiles(told.apart[:_APART]), apart_left=max(0, len(told.apart) - _APART), proposed=tiles(asked), looked=len(ours), full=sum(ours),
        decided=everybody,
    )  # fmt: skip


_LOOKED: Final[Mapping[bool | None, str]] = {None: "", False: "looked", True: "full"}


def whom_of_run(case: CaseReader, run: StoredRun, person: str) -> ForWhom:
    """Whom a decision on the run is for: every member that nothing sets apart, each by the one looked at that is nearest to it.

    Raises:
        ValueError: This person looked at none of them yet.
    """
    told, seen = run_members_told(case, run.number, person), looked_at(case, run.number, person)
    looked = [one for one in told.alike if one.sha256 in seen]
    # Who saw some in full decides by those.
    full = [one for one in looked if seen[one.sha256]]
    if not looked:
        raise ValueError("Look at some of its members first: a run is decided by those that you looked at.")
    by = nearest(told.alike, full or looked)
    return ForWhom(
        sha256s=[one.sha256 for one in told.alike],
        by={sha256: other for sha256, other in by.items() if sha256 not in seen},
        details={
            "generation_run": run.number, "of_run": case.current(STAGE), "looked_at": len(looked), "looked_at_in_full": len(full),
            "set_apart": len(told.apart),
        },
    )  # fmt: skip


def runs_of_acts(case: CaseReader, acts: Sequence[int]) -> dict[int, int]:
    """The generation run that each of these acts decided; acts on items and groups are left out."""
    log = tables.custody_event.c
    rows = case.rows(select(log.seq, log.details).where(log.seq.in_(list(acts)), log.action == "decided"))
    found = {row["seq"]: orjson.loads(row["details"]).get("generation_run") for row in rows}
    return {act: number for act, number in found.items() if number}


def run_texts(run: StoredRun) -> list[dict[str, str]]:
    """What is shown only after an act: the text that the prompts share, and what stands in the places where they differ."""
    template = run.details.get("template")
    if not template:
        return []
    slots = [
        {"title": f"Place {number}: {slot['values']} different texts, some of them", "text": "\n".join(slot["samples"])}
        for number, slot in enumerate(template["slots"], 1)
    ]
    return [{"title": "What the prompts share", "text": str(template["text"])}, *slots]


def _decided(case: CaseReader, number: int) -> int:
    decision, member = tables.decision.c, tables.generation_member.c
    inside = select(member.sha256).where(member.run_id == case.current(STAGE), member.number == number)
    standing = decision.event.not_in(select(tables.decision_withdrawn.c.act))
    return len(case.rows(select(decision.sha256).where(decision.sha256.in_(inside), standing).distinct()))


def _standings(case: CaseReader, sha256s: Sequence[str]) -> dict[str, Standing]:
    return {
        one.sha256: one
        for start in range(0, len(sha256s), _CHUNK)
        for one in iter_standings(case, sha256s[start : start + _CHUNK])
    }


def _stored(row: Any) -> StoredRun:
    return StoredRun(row["number"], row["recipe"], row["size"], row["name"], orjson.loads(row["details"]))
