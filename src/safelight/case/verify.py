"""Is the case whole: the chain, its head, every row that an event covers, the runs, and the triggers that protect them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.x509 import Certificate
from sqlalchemy import Connection

from safelight.case import tables
from safelight.case.covered import CoveredRows, raw_rows, snapshot
from safelight.case.failures import reading_explained
from safelight.case.protection import file_breaks, schema_breaks, trigger_breaks
from safelight.case.read import CaseReader
from safelight.custody.chain import Break, ChainCheck, Event, canonical, storable
from safelight.custody.keys import PublicKey
from safelight.custody.seals import Seal, SealCheck
from safelight.custody.timestamps import STAMP_ASKED, STAMPED, Stamp, check_stamp

__all__ = ["Verification", "verify"]

_EVENT_COLUMNS: Final = ("seq", "time_utc", "actor", "host", "action", "details", "previous", "digest")
_RUN_COLUMNS: Final = ("id", "command", "begun_utc", "ended_utc", "outcome", "details", "counts")
_HEAD: Final = "head of the custody log"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found.

    Attributes:
        breaks: Every break; none when the case is whole.
        events: Number of custody events. `rows`: number of rows that were checked against their event.
        head: The head of the log, `number:digest`; note it elsewhere.
        seals: Every seal that holds, in order. `stamps`: every time stamp that holds.
    """

    breaks: tuple[Break, ...]
    events: int
    rows: int
    head: str
    seals: tuple[Seal, ...] = ()
    stamps: tuple[Stamp, ...] = ()


def verify(
    case: CaseReader,
    *,
    noted_head: str | None = None,
    keys: Sequence[PublicKey] = (),
    roots: Sequence[Certificate] = (),
) -> Verification:
    """Checks a case and names every break it finds, as the case lay at one moment.

    It shows any change, removal or addition by someone who did not also rewrite the log after it; see `custody.chain` for what an
    unsealed log cannot show.

    Args:
        case: Open for reading.
        noted_head: A head that was noted elsewhere, `number:digest`: the log must still hold that event. It may have grown since.
        keys: The keys of the unit: every seal must be by one of them, and there must be one. Any key will do when there are none.
        roots: Certificates of time-stamp authorities that are trusted: every time stamp must chain to one, when there are any.

    Raises:
        CaseError: The database cannot be read at all.
    """
    with reading_explained(case.where), snapshot(case) as connection:
        return _Check(connection, noted_head, tuple(keys), tuple(roots)).run()


class _Check:
    """One pass over one case."""

    def __init__(
        self,
        connection: Connection,
        noted_head: str | None,
        keys: tuple[PublicKey, ...],
        roots: tuple[Certificate, ...],
    ) -> None:
        self._connection = connection
        self._noted_head = noted_head
        self._noted_met = False
        self._chain = ChainCheck()
        self._seals, self._must_be_sealed = SealCheck(keys), bool(keys)
        self._roots = roots
        self._stamps: list[Stamp] = []
        self._case_id = ""
        self._heads: set[str] = set()
        self._runs: dict[Any, dict[str, Any]] = {}
        self._events = self._row_count = 0

    def run(self) -> Verification:
        breaks = [*self._log_breaks(), *self._head_breaks(), *self._run_breaks()]
        for checked in (trigger_breaks, schema_breaks, file_breaks):
            breaks += checked(self._connection)
        last = self._chain.last
        if self._must_be_sealed and not self._seals.seals:
            breaks.append(Break("seals", "nothing in the log is sealed with a key that was given"))
        head = _head_of(last) if last else ""
        seals, stamps = tuple(self._seals.seals), tuple(self._stamps)
        return Verification(tuple(breaks), self._events, self._row_count, head, seals, stamps)

    def _log_breaks(self) -> Iterator[Break]:
        covered = CoveredRows(self._connection)
        for row in raw_rows(self._connection, tables.custody_event, _EVENT_COLUMNS, ("seq",)):
            event = Event(**dict(zip(_EVENT_COLUMNS, row, strict=True)))
            self._events += 1
            self._noted_met = self._noted_met or _head_of(event) == self._noted_head
            if (broken := self._chain.follow(event)) is not None:
                yield broken
            details = _parsed(event.details)
            self._follow_runs(event, details)
            yield from self._seal_breaks(event, details)
            yield from self._row_breaks(event, details, covered)
        covered.finish()
        for (table, named), number in sorted(covered.strangers.items()):
            yield Break(f"table {table}", f"{number} rows name the custody event {named}, which is not in the log")

    def _seal_breaks(self, event: Event, details: Mapping[str, Any]) -> Iterator[Break]:
        """Seals and time stamps. The head that a time stamp names may be older than the event before it: an answer takes its time."""
        if event.action == "case-made":
            self._case_id = self._case_id or str(details.get("case", ""))
        if wrong := self._seals.follow(event, details):
            yield Break(f"custody event {event.seq} ({event.action})", wrong)
        if event.action == STAMPED:
            stamp = check_stamp(details, self._case_id, self._roots)
            if isinstance(stamp, Stamp) and stamp.head in self._heads:
                self._stamps.append(stamp)
            else:
                what = stamp if isinstance(stamp, str) else "its time stamp is for a head that the log never had"
                yield Break(f"custody event {event.seq} ({event.action})", what)
        elif event.action == STAMP_ASKED:
            self._heads.add(f"{event.seq - 1}:{event.previous}" if isinstance(event.seq, int) else "")

    def _row_breaks(self, event: Event, details: Mapping[str, Any], covered: CoveredRows) -> Iterator[Break]:
        seq: Any = event.seq
        if not isinstance(seq, int):
            return
        digest = covered.of_event(seq)
        self._row_count += sum(digest.counts.values())
        logged, found = details.get("rows", {}), digest.rows()
        if logged == found:
            return
        where = f"rows of custody event {event.seq} ({event.action})"
        if not isinstance(logged, dict):
            yield Break(where, "the event was changed, so that they cannot be checked")
            return
        for table in sorted({*logged, *found}):
            if (what := _difference(logged.get(table), digest.counts.get(table, 0), found.get(table))) is not None:
                yield Break(where, f"{table}: {what}")

    def _head_breaks(self) -> Iterator[Break]:
        stored = dict(tuple(row) for row in raw_rows(self._connection, tables.meta, ("name", "value"), ("name",)))
        head, last = stored.pop("custody_head", None), self._chain.last
        seen = _head_of(last) if last else None
        if head != seen:
            yield Break(_HEAD, f"the stored head is {head or 'missing'}, the log ends in {seen or 'nothing'}")
        if self._noted_head is not None and not self._noted_met:
            yield Break(_HEAD, f"the log does not hold {self._noted_head}, which was noted as its head")
        for name in sorted(map(repr, stored)):
            yield Break("table meta", f"the entry {name} was added by no logged event")

    def _follow_runs(self, event: Event, details: Mapping[str, Any]) -> None:
        """Rebuilds the rows of the runs from the log."""
        number = details.get("run")
        if event.action == "run-begun":
            rest = {name: value for name, value in details.items() if name != "run"}
            self._runs[number] = {
                "id": number, "command": storable(str(rest.get("command"))), "begun_utc": event.time_utc, "ended_utc": None,
                "outcome": None, "details": canonical(rest), "counts": None,
            }  # fmt: skip
        elif event.action == "run-ended" and number in self._runs:
            counts = canonical(details.get("counts", {}))
            self._runs[number] |= {"ended_utc": event.time_utc, "outcome": details.get("outcome"), "counts": counts}

    def _run_breaks(self) -> Iterator[Break]:
        missing = dict(self._runs)
        for row in raw_rows(self._connection, tables.run, _RUN_COLUMNS, ("id",)):
            found = dict(zip(_RUN_COLUMNS, row, strict=True))
            logged = missing.pop(found["id"], None)
            if logged is None:
                yield Break(f"run {found['id']}", "its row was added by no logged event")
            elif changed := [name for name in _RUN_COLUMNS if logged[name] != found[name]]:
                yield Break(f"run {found['id']}", f"{', '.join(changed)}: not what the log says")
        for number in missing:
            yield Break(f"run {number}", "the log says that it was begun, but its row is missing")


def _difference(logged: Any, count: int, found: Any) -> str | None:
    if logged == found:
        return None
    expected = logged.get("count", 0) if isinstance(logged, dict) else 0
    if expected != count:
        return f"{expected} rows logged, {count} found"
    return "the number of rows is right, the content or the order of at least one was changed"


def _head_of(event: Event) -> str:
    return f"{event.seq}:{event.digest}"


def _parsed(text: Any) -> dict[str, Any]:
    """The details of an event; none when they are no longer what an event holds, which the chain names."""
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        return {"rows": None}
    return value if isinstance(value, dict) else {"rows": None}
