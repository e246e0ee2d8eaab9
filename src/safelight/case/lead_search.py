"""Leads of a case, looked up: which values most media share, which media hold a value, and what one media holds.

Everything is counted in the database; what comes back is as long as was asked for, however many media there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, select, tuple_

from safelight.case import tables
from safelight.case.newest import places_of
from safelight.case.read import CaseReader
from safelight.model import Lead, LeadKind

__all__ = ["Holder", "LeadCount", "holders", "lead_totals", "leads_of_media", "shared_leads", "strongest_leads"]

_LEAD, _FINDING = tables.lead, tables.finding
_CHUNK: Final = 500
_ESCAPE: Final = "\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCount:
    """One value and how many media share it; `key` stands for it, `value` is one of the ways in which it is written."""

    kind: LeadKind
    key: bytes
    value: str
    media: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One media that holds a value: as it is written there, who read it, where in the file, and where the file lies (None for nowhere any more)."""

    lead: Lead
    path: str | None


def shared_leads(
    case: CaseReader, *, kinds: Sequence[LeadKind] = (), find: str = "", least: int = 1, limit: int
) -> list[LeadCount]:
    """Values by the number of media that share them, most first, then by kind and value.

    Args:
        case: Open for reading. `kinds`: these only, when there are any.
        find: Values that hold this text in any of the ways in which they are written, whatever the case of ASCII letters.
        least: Shared by at least so many media. `limit`: so many at most.
    """
    lead = _LEAD.c
    number = func.count(lead.sha256.distinct()).label("media")
    counted = select(lead.kind, lead.key, number).group_by(lead.kind, lead.key).having(number >= least)
    if kinds:
        counted = counted.where(lead.kind.in_([str(kind) for kind in kinds]))
    if find:
        other = _LEAD.alias().c
        pattern = (
            f"%{find.lower().replace(_ESCAPE, _ESCAPE * 2).replace('%', _ESCAPE + '%').replace('_', _ESCAPE + '_')}%"
        )
        holding = select(other.kind, other.key).where(func.lower(other.value).like(pattern, escape=_ESCAPE))
        counted = counted.where(tuple_(lead.kind, lead.key).in_(holding))
    # The key decides between equal numbers here, so that the database need not look at values that are not asked for.
    chosen = counted.order_by(number.desc(), lead.kind, lead.key).limit(limit).subquery()
    value = (
        select(func.min(lead.value)).where(and_(lead.kind == chosen.c.kind, lead.key == chosen.c.key)).scalar_subquery()
    )
    rows = case.rows(select(chosen.c.kind, chosen.c.key, chosen.c.media, value.label("value")))
    found = [
        LeadCount(kind=LeadKind(row["kind"]), key=bytes(row["key"]), value=row["value"], media=row["media"])
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.media, one.kind, one.value))


def strongest_leads(case: CaseReader, kinds: Sequence[LeadKind], each: int) -> list[LeadCount]:
    """Of each kind the values that most media share, at least two; in the order of the kinds."""
    return [one for kind in kinds for one in shared_leads(case, kinds=[kind], least=2, limit=each)]


def lead_totals(case: CaseReader) -> dict[LeadKind, tuple[int, int]]:
    """Of each kind that the case holds: how many different values, and how many media have one."""
    lead = _LEAD.c
    counted = select(
        lead.kind, func.count(lead.key.distinct()).label("values"), func.count(lead.sha256.distinct()).label("media")
    ).group_by(lead.kind)
    return {LeadKind(row["kind"]): (row["values"], row["media"]) for row in case.rows(counted.order_by(lead.kind))}


def holders(case: CaseReader, kind: LeadKind, key: bytes) -> Iterator[Holder]:
    """Every media that holds a value, ordered by SHA-256; one entry for each finding that gave it."""
    waiting: list[Lead] = []
    lead = _LEAD.c
    for row in case.stream(
        _joined().where(and_(lead.kind == str(kind), lead.key == key)).order_by(lead.sha256, lead.id)
    ):
        waiting.append(_lead(row))
        if len(waiting) == _CHUNK:
            yield from _placed(case, waiting)
            waiting = []
    yield from _placed(case, waiting)


def leads_of_media(case: CaseReader, sha256: str) -> list[Lead]:
    """What one media holds, in the order in which it was found."""
    return [_lead(row) for row in case.rows(_joined().where(_LEAD.c.sha256 == sha256).order_by(_LEAD.c.id))]


def _joined() -> Any:
    columns = (_LEAD.c.kind, _LEAD.c.value, _LEAD.c.sha256, _FINDING.c.reader, _FINDING.c.place)
    return select(*columns).select_from(_LEAD.join(_FINDING, _LEAD.c.finding == _FINDING.c.id))


def _lead(row: Any) -> Lead:
    return Lead(
        kind=LeadKind(row["kind"]), value=row["value"], sha256=row["sha256"], reader=row["reader"], where=row["place"]
    )


def _placed(case: CaseReader, leads: Sequence[Lead]) -> Iterator[Holder]:
    places = places_of(case, [lead.sha256 for lead in leads])
    for lead in leads:
        place = places.get(lead.sha256)
        yield Holder(lead=lead, path=place.path if place is not None else None)
