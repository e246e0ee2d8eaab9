"""Is the case whole: the chain, its head, and every row that an event covers."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import and_, func, not_, select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.case.record import RowsDigest
from safelight.custody.chain import Break, chain_break

__all__ = ["Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found.

    Attributes:
        breaks: Every break; none when the case is whole.
        events: Number of custody events. `rows`: number of rows that were checked against their event.
        head: The head of the log, `number:digest`; note it elsewhere.
    """

    breaks: tuple[Break, ...]
    events: int
    rows: int
    head: str


def verify(case: CaseReader) -> Verification:
    """Checks a case and names every break it finds.

    It shows any change, removal or addition by someone who did not also rewrite the log after it; see `custody.chain` for what an
    unsealed log cannot show.
    """
    breaks: list[Break] = []
    broken, last = chain_break(case.events())
    if broken:
        breaks.append(broken)
    head = case.head()
    seen = f"{last.seq}:{last.digest}" if last else ""
    if not broken and head != seen:
        breaks.append(
            Break(
                "head of the custody log",
                f"the stored head is {head or 'missing'}, the log ends in {seen or 'nothing'}",
            )
        )
    events = rows = 0
    for event in case.events():
        events += 1
        details = orjson.loads(event.details)
        if "rows_sha256" not in details:
            continue
        digest = _digest_of(case, event.seq)
        found = digest.record()
        rows += sum(digest.counts.values())
        if found["rows_sha256"] != details["rows_sha256"]:
            breaks.append(
                Break(
                    f"rows of custody event {event.seq} ({event.action})", _difference(details["rows"], found["rows"])
                )
            )
    breaks += _strangers(case)
    return Verification(tuple(breaks), events, rows, head)


def _digest_of(case: CaseReader, seq: int) -> RowsDigest:
    digest = RowsDigest()
    # The stage row was digested before the rows of its stage, the tables of a batch in the order of COVERED.
    for table in (tables.stage, *(table for table in tables.COVERED if table is not tables.stage)):
        order = [table.c[name] for name in tables.ORDER[table.name]]
        for row in case.stream(select(table).where(table.c.event == seq).order_by(*order)):
            digest.add(table.name, row)
    return digest


def _difference(logged: dict[str, int], found: dict[str, int]) -> str:
    changed = [
        f"{table}: {logged.get(table, 0)} rows logged, {found.get(table, 0)} found"
        for table in sorted({*logged, *found})
        if logged.get(table, 0) != found.get(table, 0)
    ]
    return "; ".join(changed) or "the number of rows is right, the content of at least one was changed"


def _strangers(case: CaseReader) -> list[Break]:
    """Rows that name an event that is not there or covers no rows."""
    found = []
    log = tables.custody_event.c
    covering = select(log.seq).where(log.details.contains('"rows_sha256"'))
    for table in tables.COVERED:
        statement = (
            select(func.count().label("number")).select_from(table).where(and_(not_(table.c.event.in_(covering))))
        )
        number = case.rows(statement)[0]["number"]
        if number:
            found.append(Break(f"table {table.name}", f"{number} rows were added by no logged event"))
    return found
