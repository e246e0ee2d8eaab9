"""Entries of one import, gathered in a file of their own beside the store, then moved into it in the order of its index.

A million rows in the order of a list would touch the whole index again and again; sorted, they pass over it once. The file outlives a
kill: with its last checkpoint, an import of the same file goes on where it was cut off. Nothing of it is in the store before the
one transaction in which everything is.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson
from sqlalchemy import Connection

from safelight.errors import HashSetError
from safelight.hashsets.entry import Checkpoint, Entry, ImportReport, Rejected, Removed, one_line
from safelight.hashsets.importing import read_list
from safelight.hashsets.source import ImportProgress
from safelight.model import MatchHow

__all__ = ["Staging", "stage"]

_ROWS: Final = 20_000
_MARKS_KEPT: Final = 20_000
_SLICES: Final = 16
_WHOLE_BELOW: Final = 200_000

_MAKE: Final = (
    "CREATE TABLE IF NOT EXISTS staged.incoming (how TEXT, hash BLOB, mark INTEGER, quality INTEGER)",
    "CREATE TABLE IF NOT EXISTS staged.said (id INTEGER PRIMARY KEY, bank TEXT, label TEXT, UNIQUE (bank, label))",
    "CREATE TABLE IF NOT EXISTS staged.ref (ref TEXT, time TEXT, how TEXT, hash BLOB)",
    "CREATE TABLE IF NOT EXISTS staged.removed (ref TEXT, time TEXT, how TEXT, hash BLOB)",
    "CREATE TABLE IF NOT EXISTS staged.checkpoint (id INTEGER PRIMARY KEY, position TEXT, report TEXT, counts TEXT)",
)
_GONE: Final = (
    "DELETE FROM staged.incoming WHERE EXISTS (SELECT 1 FROM main.entry AS gone WHERE gone.hashset_id = ? "
    "AND gone.how = incoming.how AND gone.hash = incoming.hash AND gone.withdrawn_utc IS NOT NULL AND gone.withdrawn_by IS NULL)"
)
# Of two rows that differ in nothing but quality, the one that can be matched is kept: no quality stated, else the best.
_MOVE: Final = (
    "INSERT OR IGNORE INTO main.entry (how, hash, hashset_id, mark_id, quality, late) "
    "SELECT how, hash, ?, mark.id, quality, ? FROM staged.incoming JOIN staged.said AS said ON said.id = incoming.mark "
    "JOIN main.mark AS mark ON mark.bank = said.bank AND mark.label = said.label "
    "WHERE how = ? AND hash >= ? AND hash < ? ORDER BY how, hash, mark.id, quality IS NOT NULL, quality DESC"
)


class Staging:
    """Gathers entries in a database attached to a connection; a context manager.

    Args:
        connection: To the store. `path`: the file. It is left behind, with its checkpoint, by a kill and by errors that are not the list's.

    Attributes:
        position: Of the checkpoint that an earlier import left, to go on from; None when there is none.
    """

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self._waiting: list[tuple[str, bytes, int, int | None]] = []
        self._refs: list[tuple[str, str, str, bytes]] = []
        self._marks: dict[tuple[str, str], int] = {}
        self._counts = dict.fromkeys(MatchHow, 0)
        self._removed = 0
        self._report = ""
        self.position: dict[str, int | str] | None = None

    def __enter__(self) -> Self:
        self._attach()
        row = self._connection.exec_driver_sql("SELECT position, report, counts FROM staged.checkpoint").first()
        self._connection.rollback()
        if row is None:
            # What lies there was left before a first checkpoint.
            self.restart()
        else:
            self.position, self._report = orjson.loads(row.position), row.report
            counts = orjson.loads(row.counts)
            self._counts.update({MatchHow(how): count for how, count in counts["kinds"].items()})
            self._removed = counts["removed"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._detach()
        if error is None or isinstance(error, HashSetError):
            self._delete()

    def _attach(self) -> None:
        self._connection.rollback()
        self._driver().execute("ATTACH ? AS staged", (str(self._path),))
        # It is made anew from the list when the power fails; a kill loses nothing of it.
        self._driver().execute("PRAGMA staged.journal_mode=WAL")
        self._driver().execute("PRAGMA staged.synchronous=NORMAL")
        for statement in _MAKE:
            self._connection.exec_driver_sql(statement)
        self._connection.commit()

    def _detach(self) -> None:
        self._connection.rollback()
        self._driver().execute("DETACH staged")

    def _driver(self) -> Any:
        # Beside the transactions of the connection: a database is attached and detached outside of any.
        return self._connection.connection.driver_connection

    def _delete(self) -> None:
        for end in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._path.with_name(self._path.name + end).unlink()

    def restart(self) -> None:
        """Forgets what an earlier import left."""
        self._detach()
        self._delete()
        self._attach()
        self._counts, self._removed, self._marks = dict.fromkeys(MatchHow, 0), 0, {}
        self.position = None

    def resume(self, report: ImportReport) -> None:
        """Adds to the report the counts that it had at the checkpoint."""
        kept = orjson.loads(self._report)
        report.unlabelled += kept["unlabelled"]
        for counts, before in ((report.rejected, kept["rejected"]), (report.unused, kept["unused"])):
            for name, count in before.items():
                counts[name] = counts.get(name, 0) + count
        report.examples.update(kept["examples"])

    def add(self, item: Entry, bank: str, label: str) -> None:
        """Takes an entry; `bank` and `label` are for one that has none."""
        mark = self._mark((item.bank or bank, item.label or label))
        raw = bytes.fromhex(item.hash)
        self._waiting.append((item.how, raw, mark, item.quality))
        if item.ref:
            self._refs.append((item.ref, item.time, item.how, raw))
        self._counts[item.how] += 1
        if len(self._waiting) >= _ROWS:
            self._flush()

    def remove(self, item: Removed) -> None:
        """Takes what the source takes back."""
        row = (item.ref, item.time, str(item.how or ""), bytes.fromhex(item.hash))
        self._connection.exec_driver_sql("INSERT INTO staged.removed VALUES (?, ?, ?, ?)", row)
        self._removed += 1

    @property
    def count(self) -> int:
        """Entries taken, and entries taken back."""
        return sum(self._counts.values()) + self._removed

    def checkpoint(self, position: dict[str, int | str], report: ImportReport) -> None:
        """Keeps what was taken so far, with the place in the file that it reaches."""
        self._flush()
        kept = {name: getattr(report, name) for name in ("unlabelled", "rejected", "examples", "unused")}
        counts = {"kinds": {str(how): count for how, count in self._counts.items()}, "removed": self._removed}
        row = tuple(orjson.dumps(item).decode() for item in (position, kept, counts))
        self._connection.exec_driver_sql("INSERT OR REPLACE INTO staged.checkpoint VALUES (1, ?, ?, ?)", row)
        self._connection.commit()

    def _flush(self) -> None:
        if self._waiting:
            self._connection.exec_driver_sql("INSERT INTO staged.incoming VALUES (?, ?, ?, ?)", self._waiting)
        if self._refs:
            self._connection.exec_driver_sql("INSERT INTO staged.ref VALUES (?, ?, ?, ?)", self._refs)
        self._waiting, self._refs = [], []

    def _mark(self, raw: tuple[str, str]) -> int:
        found = self._marks.get(raw)
        if found is None:
            said = (one_line(raw[0]), one_line(raw[1]))
            self._connection.exec_driver_sql("INSERT OR IGNORE INTO staged.said (bank, label) VALUES (?, ?)", said)
            chosen = "SELECT id FROM staged.said WHERE bank = ? AND label = ?"
            found = int(self._connection.exec_driver_sql(chosen, said).scalar_one())
            if len(self._marks) >= _MARKS_KEPT:
                self._marks.clear()
            self._marks[raw] = found
        return found

    def finish(self) -> None:
        """Takes no more entries; ends the transaction that filled the file, which locked nothing of the store."""
        self._flush()
        self._connection.commit()

    def move(self, set_id: int, late: int | None, report: ImportReport, on_progress: ImportProgress) -> None:
        """Moves everything into a list, in the transaction that is open, and counts what was new.

        Args:
            set_id: The list. `late`: what the new rows say of themselves: 1 when they are to stay out of the index files that are there.
            report: Gets the counts. `on_progress`: told of every slice.
        """
        connection = self._connection
        connection.exec_driver_sql("INSERT OR IGNORE INTO main.mark (bank, label) SELECT bank, label FROM staged.said")
        left = dict(self._counts)
        some = connection.exec_driver_sql(
            "SELECT 1 FROM main.entry WHERE hashset_id = ? AND withdrawn_utc IS NOT NULL LIMIT 1", (set_id,)
        ).first()
        if some:
            # A hash that the unit withdrew is still there, so that an import does not bring it back, under any bank or label.
            report.withdrawn = connection.exec_driver_sql(_GONE, (set_id,)).rowcount
            counted = connection.exec_driver_sql("SELECT how, count(*) FROM staged.incoming GROUP BY how")
            left = {**dict.fromkeys(MatchHow, 0), **{MatchHow(how): count for how, count in counted}}
        total, done = sum(left.values()), 0
        slices = 1 if total < _WHOLE_BELOW else _SLICES
        for how, count in left.items():
            added = 0
            for number in range(slices if count else 0):
                low, high = bytes([number * 256 // slices]), bytes([(number + 1) * 256 // slices % 256])
                bounds = (b"" if number == 0 else low, b"\xff" * 65 if number == slices - 1 else high)
                added += connection.exec_driver_sql(_MOVE, (set_id, late, str(how), *bounds)).rowcount
                on_progress("storing the list", done + count * (number + 1) // slices, total)
            done += count
            report.duplicates += count - added
            if added:
                report.accepted[str(how)] = added


def stage(
    staging: Staging,
    path: Path,
    how: MatchHow | None,
    report: ImportReport,
    bank: str,
    label: str,
    on_progress: ImportProgress,
) -> None:
    """Reads a list file into the staging, from its last checkpoint on if that is of this very file."""
    left = staging.position is not None
    for item in read_list(path, how, report, on_progress, staging.position):
        if left:
            left = False
            if report.resumed:
                staging.resume(report)
            else:
                staging.restart()
        match item:
            case Entry():
                staging.add(item, bank, label)
                report.unlabelled += not (item.label or label)
            case Removed():
                staging.remove(item)
            case Checkpoint():
                staging.checkpoint(item.position, report)
            case Rejected():
                report.reject(item)
    if left and report.resumed:
        staging.resume(report)
    elif left:
        staging.restart()
