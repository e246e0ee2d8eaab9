"""The pages of the queue: which lines stand on one, and what each says. Read by rank, so that every page costs the same in a case of any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson
from sqlalchemy import and_, func, or_, select

from safelight.case import tables
from safelight.case.newest import places_of
from safelight.case.read import CaseReader
from safelight.case.reviewing import Standing, iter_standings
from safelight.custody.chain import storable
from safelight.review.lines import QueueState
from safelight.workbench.closed import ClosedLines

__all__ = ["PAGE_LINES", "Line", "Show", "Wanted", "line_at", "lines", "next_open", "progress"]

PAGE_LINES: Final = 50

_QUEUE: Final = tables.queue
_MATCHES: Final = 3


class Show(StrEnum):
    """Which lines are listed."""

    OPEN = "open"
    DECIDED = "decided"
    SECOND = "second"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines: `rule` by the name of the rule that placed them, any when empty; `person` who asks; `votes` that settle an item."""

    show: Show = Show.OPEN
    rule: str = ""
    person: str = ""
    votes: int = 1


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of the queue.

    Attributes:
        key: SHA-256 of the media, or the key of a place without a digest in hex; `is_place` says which.
        opinion, strength: Of the representative, empty where none is stored. `opinions`: members by opinion.
        matches: The nearest of the group in words, and `more_matches` beyond them.
        path: The first place, and `others` how many more of the same content.
    """

    rank: int
    key: str
    is_place: bool
    rule: str
    reason: str
    group_size: int
    kind: str = "place"
    opinion: str = ""
    strength: str = ""
    basis: tuple[str, ...] = ()
    generator: str = ""
    opinions: dict[str, int] = field(default_factory=dict)
    matches: list[str] = field(default_factory=list)
    more_matches: int = 0
    path: str = ""
    others: int = 0
    standing: Standing | None = None


def lines(
    case: CaseReader, state: QueueState, wanted: Wanted, first: int, closed: ClosedLines | None = None
) -> tuple[list[Line], int | None]:
    """(the lines of one page, the rank at which the next page begins; None on the last).

    Args:
        case: Open for reading. `state`: of its queue. `wanted`: which lines. `first`: the rank to begin with. `closed`: what is known already.
    """
    rows = _rows(case, state, wanted, first, PAGE_LINES + 1, closed)
    following = int(rows[PAGE_LINES]["rank"]) if len(rows) > PAGE_LINES else None
    found = [
        Line(
            rank=row["rank"], key=_key(row), is_place=row["sha256"] is None, rule=row["rule"],
            reason=row["reason"], group_size=row["group_size"],
        )
        for row in rows[:PAGE_LINES]
    ]  # fmt: skip
    _fill(case, state, found)
    return found, following


def next_open(
    case: CaseReader, state: QueueState, wanted: Wanted, after: int, closed: ClosedLines | None = None
) -> str | None:
    """The first line behind this rank that is still open, as its key; from the beginning when there is none behind."""
    for first in (after + 1, 1):
        if rows := _rows(case, state, wanted, first, 1, closed):
            return str(rows[0]["sha256"])
    return None


def line_at(case: CaseReader, state: QueueState, rank: int) -> str | None:
    """The key of the line of this rank; None when there is none."""
    chosen = select(_QUEUE.c.sha256, _QUEUE.c.location_key).where(
        _QUEUE.c.run_id == state.run_id, _QUEUE.c.rank == rank
    )
    return next((_key(row) for row in case.rows(chosen)), None)


def progress(case: CaseReader) -> int:
    """Number of media on which at least one decision is in force."""
    decision, taken_back = tables.decision, tables.decision_withdrawn.c.act
    # All that have one are counted from the index alone, and those left out whose every decision was taken back: there are few.
    some = case.rows(select(func.count(decision.c.sha256.distinct()).label("n")))[0]["n"]
    named = select(decision.c.sha256).where(decision.c.event.in_(select(taken_back))).distinct().subquery()
    standing = select(decision.c.id).where(_stands_on(named.c.sha256)).correlate(named).exists()
    gone = case.rows(select(func.count().label("n")).select_from(named).where(~standing))[0]["n"]
    return int(some) - int(gone)


def _rows(
    case: CaseReader, state: QueueState, wanted: Wanted, first: int, count: int, closed: ClosedLines | None
) -> list[Any]:
    """So many lines from this rank on, fewer at the end. `closed` learns what was done in between."""
    known = closed if wanted.show is Show.OPEN and not wanted.rule else None
    found: list[Any] = []
    if known:
        # Most often what is not known to be done is open.
        age, tried = known.age(), known.candidates(wanted.person, first)
        found = _asked(case, state, wanted, _QUEUE.c.rank.in_(tried), len(tried))
        open_ranks = {row["rank"] for row in found}
        known.close(wanted.person, (rank for rank in tried if rank not in open_ranks), age)
        first = tried[-1] + 1 if tried else state.lines + 1
    if len(found) < count and first <= state.lines:
        age, left = known.age() if known else 0, count - len(found)
        more = _asked(case, state, wanted, _QUEUE.c.rank >= first, left)
        last = more[-1]["rank"] if len(more) == left else state.lines
        open_ranks = {row["rank"] for row in more}
        if known:
            known.close(wanted.person, (rank for rank in range(first, last + 1) if rank not in open_ranks), age)
        found += more
    return found[:count]


def _asked(case: CaseReader, state: QueueState, wanted: Wanted, ranks: Any, count: int) -> list[Any]:
    chosen = select(_QUEUE).where(_QUEUE.c.run_id == state.run_id, ranks, *_conditions(state, wanted))
    return case.rows(chosen.order_by(_QUEUE.c.rank).limit(count))


def _key(row: Any) -> str:
    return row["sha256"] or bytes(row["location_key"]).hex()


def _conditions(state: QueueState, wanted: Wanted) -> list[Any]:
    found: list[Any] = [_QUEUE.c.rule == wanted.rule] if wanted.rule else []
    if wanted.show is Show.OPEN:
        # A line stays open as long as one of its group is: a member that was set apart must not go out of sight with the representative.
        found += [
            _QUEUE.c.sha256.is_not(None),
            or_(_is_open(_QUEUE.c.sha256, wanted), _member_where(state, _is_open, wanted)),
        ]
    elif wanted.show is Show.DECIDED:
        found.append(select(tables.decision.c.id).where(_stands_on(_QUEUE.c.sha256)).exists())
    elif wanted.show is Show.SECOND:
        found.append(_QUEUE.c.sha256.in_(_asking(state, wanted)))
    return found


def _stands_on(sha256: Any) -> Any:
    """That a decision is on this media and was not taken back."""
    decision = tables.decision.c
    return and_(decision.sha256 == sha256, decision.event.not_in(select(tables.decision_withdrawn.c.act)))


def _is_open(sha256: Any, wanted: Wanted) -> Any:
    """That this person has named no category for it, and votes are missing or somebody asks for another look."""
    decision = tables.decision.c
    named = and_(_stands_on(sha256), decision.category != "")
    voted = select(func.count(decision.person.distinct())).where(named).scalar_subquery()
    mine = select(decision.id).where(named, decision.person == storable(wanted.person)).exists()
    return and_(~mine, or_(voted < wanted.votes, _is_asked(sha256, wanted)))


def _is_asked(sha256: Any, wanted: Wanted) -> Any:
    """That another person asks for a second reviewer, and this one has not decided since."""
    decision, later, me = tables.decision.c, tables.decision.alias().c, storable(wanted.person)
    since = select(later.id).where(later.sha256 == decision.sha256, later.id > decision.id, later.person == me)
    mine = since.correlate(tables.decision).exists()
    asking = decision.second_review == 1, decision.person != me
    return select(decision.id).where(_stands_on(sha256), *asking, ~mine).exists()


def _asking(state: QueueState, wanted: Wanted) -> Any:
    """The media that somebody else asks for another look at, and the representatives of groups with one among their members."""
    decision, member, group = tables.decision.alias(), tables.group_member.c, tables.media_group
    asked = select(decision.c.sha256).where(decision.c.second_review == 1, _is_asked(decision.c.sha256, wanted))
    inside = (member.run_id == group.c.run_id) & (member.number == group.c.number)
    heads = select(group.c.representative).select_from(group.join(tables.group_member, inside))
    return asked.union(
        heads.where(group.c.run_id == state.group_run, group.c.kind == "near-duplicate", member.sha256.in_(asked))
    )


def _member_where(state: QueueState, holds: Callable[[Any, Wanted], Any], wanted: Wanted) -> Any:
    """That this holds of a member of the line's group."""
    head, member, group = tables.group_member.alias().c, tables.group_member.alias().c, tables.media_group.c
    kind = select(group.kind).where(group.run_id == head.run_id, group.number == head.number).scalar_subquery()
    # The sum is no column, so that the row is looked up by its SHA-256; a join would be read through all members for each line.
    here = head.sha256 == _QUEUE.c.sha256, head.run_id + 0 == state.group_run, kind == "near-duplicate"
    number = select(head.number).where(*here).limit(1).correlate(_QUEUE).scalar_subquery()
    inside = member.run_id == state.group_run, member.number == number
    found = select(member.sha256).where(*inside, holds(member.sha256, wanted))
    return and_(_QUEUE.c.group_size > 1, found.correlate(_QUEUE).exists())


def _fill(case: CaseReader, state: QueueState, found: Sequence[Line]) -> None:
    shown = {line.key: line for line in found if not line.is_place}
    keys = list(shown)
    media, opinion, later = tables.media.c, tables.opinion, tables.opinion.alias()
    for row in case.rows(select(media.sha256, media.kind).where(media.sha256.in_(keys))):
        shown[row["sha256"]].kind = row["kind"]
    newer = select(later.c.run_id).where(later.c.sha256 == opinion.c.sha256, later.c.run_id > opinion.c.run_id)
    for row in case.rows(select(opinion).where(opinion.c.sha256.in_(keys), ~newer.exists())):
        line = shown[row["sha256"]]
        line.opinion, line.strength, line.generator = row["opinion"], row["strength"], row["generator"] or ""
        line.basis = tuple(orjson.loads(row["basis"]))
        line.opinions = {line.opinion: 1}
    for sha256, place in places_of(case, keys).items():
        shown[sha256].path, shown[sha256].others = place.path, place.others
    for standing in iter_standings(case, keys):
        shown[standing.sha256].standing = standing
    file = tables.media_file.c
    bare = {bytes.fromhex(line.key): line for line in found if line.is_place}
    for row in case.rows(select(file.location_key, file.path).where(file.location_key.in_(list(bare)))):
        bare[bytes(row["location_key"])].path = row["path"]
    _fill_groups(case, state, shown)


def _fill_groups(case: CaseReader, state: QueueState, shown: dict[str, Line]) -> None:
    group, member, match = tables.media_group.c, tables.group_member.c, tables.match.c
    heads = select(group.number, group.representative).where(
        group.run_id == state.group_run, group.kind == "near-duplicate", group.representative.in_(list(shown))
    )
    numbers = {row["number"]: shown[row["representative"]] for row in case.rows(heads)}
    of_group = member.run_id == state.group_run, member.number.in_(list(numbers))
    opinion, later = tables.opinion, tables.opinion.alias()
    newer = select(later.c.run_id).where(later.c.sha256 == opinion.c.sha256, later.c.run_id > opinion.c.run_id).exists()
    judged = (
        select(member.number, opinion.c.opinion, func.count().label("n"))
        .select_from(tables.group_member.join(opinion, member.sha256 == opinion.c.sha256))
        .where(*of_group, ~newer)
        .group_by(member.number, opinion.c.opinion)
    )
    counted: dict[int, dict[str, int]] = {}
    for row in case.rows(judged):
        counted.setdefault(row["number"], {})[row["opinion"]] = row["n"]
    for number, opinions in counted.items():
        numbers[number].opinions = opinions
    columns = match.hashset, match.label, match.role, match.how
    nearest = func.min(match.distance).label("distance")
    alone = select(match.sha256, *columns, nearest).where(
        match.run_id == state.match_run, match.sha256.in_(list(shown))
    )
    inside = (
        select(member.number, *columns, nearest)
        .select_from(tables.group_member.join(tables.match, member.sha256 == match.sha256))
        .where(*of_group, match.run_id == state.match_run)
    )
    told: dict[str, dict[str, int]] = {}
    for row in case.rows(inside.group_by(member.number, *columns)):
        _tell(told.setdefault(numbers[row["number"]].key, {}), row)
    for row in case.rows(alone.group_by(match.sha256, *columns)):
        _tell(told.setdefault(row["sha256"], {}), row)
    for key, words in told.items():
        ordered = sorted(words, key=lambda word: (words[word], word))
        shown[key].matches, shown[key].more_matches = ordered[:_MATCHES], max(0, len(ordered) - _MATCHES)


def _tell(words: dict[str, int], row: Any) -> None:
    near = f", {row['distance']} bits" if row["how"] == "pdq" else ""
    text = f"{row['hashset']}: {row['label'] or row['role']} ({row['how']}{near})"
    words[text] = min(row["distance"], words.get(text, row["distance"]))
