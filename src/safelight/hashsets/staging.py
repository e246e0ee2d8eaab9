"""Entries of one import, gathered outside the store, then moved into it in the order of its index.

A million rows in the order of a file would touch the whole index again and again; sorted, they pass over it once.
"""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from sqlalchemy import Connection

from safelight.hashsets.entry import Entry, ImportReport, one_line
from safelight.hashsets.source import ImportProgress
from safelight.model import MatchHow

__all__ = ["Staging"]

_ROWS: Final = 20_000
_MARKS_KEPT: Final = 20_000
_SLICES: Final = 16
_WHOLE_BELOW: Final = 200_000

_MAKE: Final = (
    "CREATE TEMP TABLE incoming (how TEXT, hash BLOB, mark INTEGER, quality INTEGER)",
    "CREATE TEMP TABLE incoming_mark (id INTEGER PRIMARY KEY, bank TEXT, label TEXT, UNIQUE (bank, label))",
)
_DROP: Final = ("DROP TABLE IF EXISTS temp.incoming", "DROP TABLE IF EXISTS temp.incoming_mark")
_GONE: Final = (
    "DELETE FROM temp.incoming WHERE EXISTS (SELECT 1 FROM main.entry AS gone WHERE gone.hashset_id = ? "
    "AND gone.how = incoming.how AND gone.hash = incoming.hash AND gone.withdrawn_utc IS NOT NULL)"
)
# Of two rows that differ in nothing but quality, the one that can be matched is kept: no quality stated, else the best.
_MOVE: Final = (
    "INSERT OR IGNORE INTO main.entry (how, hash, hashset_id, mark_id, quality) "
    "SELECT how, hash, ?, mark.id, quality FROM temp.incoming JOIN temp.incoming_mark AS said ON said.id = incoming.mark "
    "JOIN main.mark AS mark ON mark.bank = said.bank AND mark.label = said.label "
    "WHERE how = ? AND hash >= ? AND hash < ? ORDER BY how, hash, mark.id, quality IS NOT NULL, quality DESC"
)


class Staging:
    """Gathers entries in a temporary table of a connection; a context manager that leaves nothing behind."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[tuple[str, bytes, int, int | None]] = []
        self._marks: dict[tuple[str, str], int] = {}
        self._counts = dict.fromkeys(MatchHow, 0)

    def __enter__(self) -> Self:
        for statement in (*_DROP, *_MAKE):
            self._connection.exec_driver_sql(statement)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.rollback()
        for statement in _DROP:
            self._connection.exec_driver_sql(statement)
        self._connection.commit()

    def add(self, item: Entry, bank: str, label: str) -> None:
        """Takes an entry; `bank` and `label` are for one that has none."""
        mark = self._mark((item.bank or bank, item.label or label))
        self._waiting.append((item.how, bytes.fromhex(item.hash), mark, item.quality))
        self._counts[item.how] += 1
        if len(self._waiting) >= _ROWS:
            self._flush()

    @property
    def count(self) -> int:
        """Entries taken."""
        return sum(self._counts.values())

    def _flush(self) -> None:
        if self._waiting:
            self._connection.exec_driver_sql("INSERT INTO temp.incoming VALUES (?, ?, ?, ?)", self._waiting)
        self._waiting = []

    def _mark(self, raw: tuple[str, str]) -> int:
        found = self._marks.get(raw)
        if found is None:
            said = (one_line(raw[0]), one_line(raw[1]))
            self._connection.exec_driver_sql(
                "INSERT OR IGNORE INTO temp.incoming_mark (bank, label) VALUES (?, ?)", said
            )
            chosen = "SELECT id FROM temp.incoming_mark WHERE bank = ? AND label = ?"
            found = int(self._connection.exec_driver_sql(chosen, said).scalar_one())
            if len(self._marks) >= _MARKS_KEPT:
                self._marks.clear()
            self._marks[raw] = found
        return found

    def finish(self) -> None:
        """Takes no more entries; ends the transaction that filled the temporary tables, which locked nothing."""
        self._flush()
        self._connection.commit()

    def move(self, set_id: int, report: ImportReport, on_progress: ImportProgress) -> None:
        """Moves everything into a list, in the transaction that is open, and counts what was new."""
        connection = self._connection
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO main.mark (bank, label) SELECT bank, label FROM temp.incoming_mark"
        )
        gone = connection.exec_driver_sql(
            "SELECT 1 FROM entry WHERE hashset_id = ? AND withdrawn_utc IS NOT NULL LIMIT 1", (set_id,)
        ).first()
        left = dict(self._counts)
        if gone:
            # A withdrawn hash is still there, so that an import does not bring it back, under any bank or label.
            report.withdrawn = connection.exec_driver_sql(_GONE, (set_id,)).rowcount
            counted = connection.exec_driver_sql("SELECT how, count(*) FROM temp.incoming GROUP BY how")
            left = {**dict.fromkeys(MatchHow, 0), **{MatchHow(how): count for how, count in counted}}
        total, done = sum(left.values()), 0
        slices = 1 if total < _WHOLE_BELOW else _SLICES
        for how, count in left.items():
            added = 0
            for number in range(slices if count else 0):
                low, high = bytes([number * 256 // slices]), bytes([(number + 1) * 256 // slices % 256])
                bounds = (b"" if number == 0 else low, b"\xff" * 65 if number == slices - 1 else high)
                added += connection.exec_driver_sql(_MOVE, (set_id, str(how), *bounds)).rowcount
                on_progress("storing the list", done + count * (number + 1) // slices, total)
            done += count
            report.duplicates += count - added
            if added:
                report.accepted[str(how)] = added
