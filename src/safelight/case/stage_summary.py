"""Figures over what the later stages stored: matches with lists, near-duplicate groups, and the queue.

Each stage is read as its newest finished run left it. `CaseReader.current` says which run that is; 0 when the stage never finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import and_, func, or_, select
from sqlalchemy import case as when

from safelight.case import tables
from safelight.case.newest import newest_files, newest_opinions
from safelight.case.read import CaseReader
from safelight.model import HashSetRole, MatchHow, MediaKind, Opinion

__all__ = [
    "GroupFacts", "GroupTotals", "LineMember", "ListCount", "MatchTotals", "QueueLine", "RuleCount", "StageState", "group_facts", "group_totals",
    "list_counts", "match_totals", "queue_head", "rule_counts", "stage_state",
]  # fmt: skip

_MATCH, _GROUP, _MEMBER, _QUEUE, _MEDIA = (
    tables.match,
    tables.media_group,
    tables.group_member,
    tables.queue,
    tables.media,
)
_PHOTOGRAPHIC: Final = (Opinion.CAPTURED, Opinion.EDITED)
_ARTIFICIAL: Final = (Opinion.GENERATED, Opinion.AI_EDITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageState:
    """How far a stage reaches.

    Attributes:
        run: The run that finished it last; 0 when none did.
        contents_after: Contents that were taken in after that run and are not part of it. `places_after`: the same for places without
            a digest.
    """

    run: int
    contents_after: int
    places_after: int

    @property
    def complete(self) -> bool:
        """Whether it finished and covers everything in the case."""
        return self.run > 0 and not self.contents_after and not self.places_after


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchTotals:
    """Distinct contents on lists.

    Attributes:
        known: On at least one list of the role `known`. `known_exact`: of those, by a digest; the others only by likeness.
        irrelevant_only: On lists of the role `irrelevant` and on no other.
        images_without: Images on no list of any role.
        distances: (bits, contents whose nearest match by likeness with a known list lies so far), nearest first.
    """

    known: int
    known_exact: int
    irrelevant_only: int
    images_without: int
    distances: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCount:
    """Matches of one list, bank, label and way: distinct contents, and the smallest and greatest distance in bits."""

    hashset: str
    bank: str
    label: str
    role: str
    how: str
    contents: int
    nearest: int
    farthest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """All near-duplicate groups.

    Attributes:
        groups, members, largest: How many there are, contents in them, contents in the largest.
        distance_bits: Distance to the representative that was allowed. `farthest`: the greatest that occurs.
        distances: (bits, members other than representatives that lie so far from theirs), nearest first.
        mixed: Groups that hold a photograph (captured or edited by hand) and a generated or AI-edited picture.
    """

    groups: int
    members: int
    largest: int
    distance_bits: int
    farthest: int
    distances: tuple[tuple[int, int], ...]
    mixed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """One group: its number, contents, representative, greatest distance in bits, contents by opinion, and whether it is mixed."""

    number: int
    size: int
    representative: str
    farthest: int
    opinions: tuple[tuple[str, int], ...]
    mixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """Lines of the queue that one rule placed, the items that they stand for, and the first of their ranks."""

    rule: str
    lines: int
    items: int
    first_rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMember:
    """One content that a line of the queue is about.

    Attributes:
        media: Kind, media type, size and shape. `opinion`: its newest opinion, without the prompt; empty when there is none.
        matches: The first matches, known lists first, exact before likeness, near before far. `matches_left`: how many more there are.
    """

    sha256: str
    media: dict[str, Any]
    opinion: dict[str, Any]
    matches: tuple[dict[str, Any], ...]
    matches_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One line of the queue with what is known of it.

    Attributes:
        path, source: The place, for a line without a content; else empty.
        members: The content that is shown, then the one whose urgency placed the line when that is another; empty for a place.
    """

    rank: int
    rule: str
    reason: str
    group_size: int
    path: str
    source: bytes
    members: tuple[LineMember, ...]


def stage_state(case: CaseReader, name: str) -> StageState:
    """How far the stage `match`, `group` or `queue` reaches."""
    run = case.current(name)
    file = newest_files()
    media = select(func.count().label("number")).select_from(_MEDIA).where(_MEDIA.c.run_id > run)
    place = (
        select(func.count().label("number")).select_from(file).where(and_(file.c.sha256.is_(None), file.c.run_id > run))
    )
    # Matching and grouping work on contents only.
    after = _one(case, place)["number"] if name == "queue" else 0
    return StageState(run=run, contents_after=_one(case, media)["number"], places_after=after)


def match_totals(case: CaseReader) -> MatchTotals:
    """Counts the contents on lists."""
    run = case.current("match")
    here = _MATCH.c.run_id == run
    known = and_(here, _MATCH.c.role == HashSetRole.KNOWN)
    everyone = select(func.count(_MATCH.c.sha256.distinct()).label("number"))
    on_known = select(_MATCH.c.sha256).where(known)
    irrelevant = and_(here, _MATCH.c.role == HashSetRole.IRRELEVANT, _MATCH.c.sha256.not_in(on_known))
    without = (
        select(func.count().label("number"))
        .select_from(_MEDIA)
        .where(_MEDIA.c.kind == MediaKind.IMAGE, _MEDIA.c.sha256.not_in(select(_MATCH.c.sha256).where(here)))
    )
    nearest = (
        select(_MATCH.c.sha256, func.min(_MATCH.c.distance).label("bits"))
        .where(and_(known, _MATCH.c.how == MatchHow.PDQ))
        .group_by(_MATCH.c.sha256)
        .subquery()
    )
    spread = select(nearest.c.bits, func.count().label("number")).group_by(nearest.c.bits).order_by(nearest.c.bits)
    return MatchTotals(
        known=_one(case, everyone.where(known))["number"],
        known_exact=_one(case, everyone.where(and_(known, _MATCH.c.how != MatchHow.PDQ)))["number"],
        irrelevant_only=_one(case, everyone.where(irrelevant))["number"],
        images_without=_one(case, without)["number"],
        distances=tuple((row["bits"], row["number"]) for row in case.rows(spread)),
    )


def list_counts(case: CaseReader, limit: int) -> tuple[list[ListCount], int]:
    """Matches by list, bank, label and way, known lists first, most contents first; and how many such rows were left out."""
    columns = (_MATCH.c.hashset, _MATCH.c.bank, _MATCH.c.label, _MATCH.c.role, _MATCH.c.how)
    number = func.count(_MATCH.c.sha256.distinct()).label("contents")
    statement = (
        select(
            *columns,
            number,
            func.min(_MATCH.c.distance).label("nearest"),
            func.max(_MATCH.c.distance).label("farthest"),
        )
        .where(_MATCH.c.run_id == case.current("match"))
        .group_by(*columns)
        .order_by((_MATCH.c.role != HashSetRole.KNOWN), number.desc(), *columns)
    )
    found: list[ListCount] = []
    left = 0
    for row in case.stream(statement):
        if len(found) < limit:
            found.append(ListCount(**row))
        else:
            left += 1
    return found, left


def group_totals(case: CaseReader) -> GroupTotals:
    """Counts the groups and shows how they hang together."""
    run = case.current("group")
    counted = _one(
        case,
        select(
            func.count().label("groups"), func.coalesce(func.sum(_GROUP.c.size), 0).label("members"),
            func.coalesce(func.max(_GROUP.c.size), 0).label("largest"), func.coalesce(func.max(_GROUP.c.distance_bits), 0).label("bits"),
        ).where(_GROUP.c.run_id == run),
    )  # fmt: skip
    joined = _MEMBER.join(_GROUP, and_(_MEMBER.c.run_id == _GROUP.c.run_id, _MEMBER.c.number == _GROUP.c.number))
    spread = (
        select(_MEMBER.c.distance, func.count().label("number"))
        .select_from(joined)
        .where(and_(_MEMBER.c.run_id == run, _MEMBER.c.sha256 != _GROUP.c.representative))
        .group_by(_MEMBER.c.distance)
        .order_by(_MEMBER.c.distance)
    )
    distances = tuple((row["distance"], row["number"]) for row in case.rows(spread))
    mixed = select(func.count().label("number")).select_from(_mixed(run).subquery())
    return GroupTotals(
        groups=counted["groups"], members=int(counted["members"]), largest=counted["largest"], distance_bits=counted["bits"],
        farthest=max((bits for bits, _ in distances), default=0), distances=distances, mixed=_one(case, mixed)["number"],
    )  # fmt: skip


def group_facts(case: CaseReader, limit: int, *, mixed: bool) -> list[GroupFacts]:
    """The first so many groups, largest first: the mixed ones, or all."""
    run = case.current("group")
    chosen = select(_GROUP.c.number, _GROUP.c.size, _GROUP.c.representative).where(_GROUP.c.run_id == run)
    both = {row["number"] for row in case.rows(_mixed(run).order_by(_MEMBER.c.number).limit(limit))}
    if mixed:
        chosen = chosen.where(_GROUP.c.number.in_(both))
    rows = case.rows(chosen.order_by(_GROUP.c.number).limit(limit))
    numbers = [row["number"] for row in rows]
    opinion = newest_opinions()
    held = (
        select(
            _MEMBER.c.number,
            opinion.c.opinion,
            func.count().label("contents"),
            func.max(_MEMBER.c.distance).label("farthest"),
        )
        .select_from(_MEMBER.outerjoin(opinion, _MEMBER.c.sha256 == opinion.c.sha256))
        .where(and_(_MEMBER.c.run_id == run, _MEMBER.c.number.in_(numbers)))
        .group_by(_MEMBER.c.number, opinion.c.opinion)
    )
    by_number: dict[int, list[Any]] = {}
    for row in case.rows(held):
        by_number.setdefault(row["number"], []).append(row)
    found = []
    for row in rows:
        members = by_number.get(row["number"], [])
        counts = {member["opinion"] or "": member["contents"] for member in members}
        found.append(
            GroupFacts(
                number=row["number"], size=row["size"], representative=row["representative"],
                farthest=max((member["farthest"] for member in members), default=0), opinions=tuple(sorted(counts.items())),
                mixed=any(counts.get(word) for word in _PHOTOGRAPHIC) and any(counts.get(word) for word in _ARTIFICIAL),
            )
        )  # fmt: skip
    return found


def rule_counts(case: CaseReader) -> list[RuleCount]:
    """The queue by rule, in the order of the ranks; the items add up to everything that is in the queue."""
    first = func.min(_QUEUE.c.rank).label("first_rank")
    statement = (
        select(_QUEUE.c.rule, func.count().label("lines"), func.sum(_QUEUE.c.group_size).label("items"), first)
        .where(_QUEUE.c.run_id == case.current("queue"))
        .group_by(_QUEUE.c.rule)
        .order_by(first)
    )
    return [
        RuleCount(rule=row["rule"], lines=row["lines"], items=int(row["items"]), first_rank=row["first_rank"])
        for row in case.rows(statement)
    ]


def queue_head(case: CaseReader, limit: int, matches: int) -> list[QueueLine]:
    """The first so many lines, each content with at most so many of its matches."""
    chosen = select(_QUEUE).where(_QUEUE.c.run_id == case.current("queue")).order_by(_QUEUE.c.rank).limit(limit)
    lines = case.rows(chosen)
    keys = [bytes(line["location_key"]) for line in lines if line["location_key"] is not None]
    file = newest_files()
    wanted = select(file.c.location_key, file.c.path, file.c.source).where(file.c.location_key.in_(keys))
    places = {bytes(row["location_key"]): (row["path"], bytes(row["source"])) for row in case.rows(wanted)}
    everyone = {sha256 for line in lines for sha256 in (line["sha256"], line["placed_by"]) if sha256 is not None}
    members = _members(case, sorted(everyone), matches)
    found = []
    for line in lines:
        path, source = places.get(bytes(line["location_key"] or b""), ("", b""))
        of = dict.fromkeys(sha256 for sha256 in (line["sha256"], line["placed_by"]) if sha256 is not None)
        found.append(
            QueueLine(
                rank=line["rank"], rule=line["rule"], reason=line["reason"], group_size=line["group_size"], path=path, source=source,
                members=tuple(members[sha256] for sha256 in of),
            )
        )  # fmt: skip
    return found


def _members(case: CaseReader, sha256s: Sequence[str], matches: int) -> dict[str, LineMember]:
    media, opinion, on_lists = _media_of(case, sha256s), _opinions_of(case, sha256s), _matches_of(case, sha256s)
    found = {}
    for sha256 in sha256s:
        listed = on_lists.get(sha256, [])
        found[sha256] = LineMember(
            sha256=sha256, media=media.get(sha256, {}), opinion=opinion.get(sha256, {}), matches=tuple(listed[:matches]),
            matches_left=max(0, len(listed) - matches),
        )  # fmt: skip
    return found


def _mixed(run: int) -> Any:
    """Numbers of the groups that hold a photograph and a generated or AI-edited picture."""
    opinion = newest_opinions()
    joined = _MEMBER.join(opinion, _MEMBER.c.sha256 == opinion.c.sha256)
    wanted = and_(
        _MEMBER.c.run_id == run, or_(opinion.c.opinion.in_(_PHOTOGRAPHIC), opinion.c.opinion.in_(_ARTIFICIAL))
    )
    artificial = opinion.c.opinion.in_(_ARTIFICIAL)
    sides = func.count(when((artificial, 1), else_=0).distinct())
    return select(_MEMBER.c.number).select_from(joined).where(wanted).group_by(_MEMBER.c.number).having(sides > 1)


def _media_of(case: CaseReader, sha256s: Sequence[str]) -> dict[str, dict[str, Any]]:
    names = ("sha256", "kind", "media_type", "size_bytes", "width_px", "height_px", "frames")
    chosen = select(*(_MEDIA.c[name] for name in names)).where(_MEDIA.c.sha256.in_(sha256s))
    return {row["sha256"]: dict(row) for row in case.rows(chosen)}


def _opinions_of(case: CaseReader, sha256s: Sequence[str]) -> dict[str, dict[str, Any]]:
    opinion = newest_opinions()
    names = ("sha256", "opinion", "log10_lr", "strength", "basis", "generator", "captured_with", "conflicts")
    chosen = select(*(opinion.c[name] for name in names)).where(opinion.c.sha256.in_(sha256s))
    found = {row["sha256"]: dict(row) for row in case.rows(chosen)}
    for row in found.values():
        row["basis"], row["conflicts"] = orjson.loads(row["basis"]), orjson.loads(row["conflicts"])
    return found


def _matches_of(case: CaseReader, sha256s: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    names = ("sha256", "hashset", "bank", "role", "how", "distance", "label")
    columns = [_MATCH.c[name] for name in names]
    # The matches that the order rests on, which a later run may have made anew.
    run = case.stage_details("queue").get("rests_on", {}).get("match") or case.current("match")
    chosen = select(*columns).where(_MATCH.c.run_id == run, _MATCH.c.sha256.in_(sha256s)).distinct()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in case.rows(chosen):
        found.setdefault(row["sha256"], []).append(dict(row))
    for listed in found.values():
        listed.sort(key=_nearness)
    return found


def _nearness(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["role"] != HashSetRole.KNOWN,
        row["how"] == MatchHow.PDQ,
        row["distance"],
        row["hashset"],
        row["bank"],
        row["label"],
    )


def _one(case: CaseReader, statement: Any) -> Any:
    return case.rows(statement)[0]
