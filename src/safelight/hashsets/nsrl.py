"""Lists as the National Software Reference Library publishes them: RDS 3, an SQLite file.

Its table FILE (a view in some releases) has the columns sha256, sha1, md5, crc32, file_name, file_size and package_id; METADATA, which some
releases have beneath it, and DISTINCT_HASH of the minimal sets carry the same digests under the same names (NIST, "RDSv3 data format").
Only md5, sha1 and sha256 are used. The file is opened for reading alone, and nothing that it defines may call a function.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote

from safelight.hashsets.entry import LENGTHS, Checkpoint, Entry, ImportReport, Item, Rejected, checked_hash
from safelight.hashsets.source import ImportProgress, Position, no_progress, unreadable
from safelight.model import MatchHow

__all__ = ["looks_like_sqlite", "read_nsrl"]

_TABLES: Final = ("DISTINCT_HASH", "FILE", "METADATA")
_KINDS: Final = (MatchHow.SHA256, MatchHow.SHA1, MatchHow.MD5)
_ROWS: Final = 20_000
_CHECKPOINT: Final = 10
"""So many times 20,000 rows lie between two checkpoints."""


def looks_like_sqlite(head: bytes) -> bool:
    """Whether the head of a file is that of an SQLite database."""
    return head.startswith(b"SQLite format 3\0")


def read_nsrl(
    path: Path,
    report: ImportReport,
    on_progress: ImportProgress = no_progress,
    position: Position | None = None,
) -> Iterator[Item]:
    """Yields the digests of every row of the table of files.

    Args:
        path: The database. `report`: gets the table that was read, and whether the reading went on. `on_progress`: told of every 20,000 rows.
        position: Of the last checkpoint of an import that was cut off. It goes on from there if the file has the same size, time of change
            and first page. A view has no order to look a row up in: its rows are read again, and passed over if they are those that were read
            before.

    Raises:
        HashSetError: It is damaged, cut off, or has no such table.
    """
    try:
        # Nothing beside the file is read or made: no journal, no lock.
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise unreadable(path, f"the SQLite file cannot be opened ({error})") from error
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
        table, columns = _table(connection)
        if not table:
            raise unreadable(
                path,
                "the SQLite file has no table FILE, METADATA or DISTINCT_HASH with a column of digests, as NSRL RDS 3 has",
            )
        report.form = f"NSRL RDS, SQLite, table {table}"
        names = ", ".join(str(how) for how in columns)
        ordered, stamp = _has_rowid(connection, table), f"{table} {names} {_stamp(path)}"
        rows: _Rows = _TableRows(connection, table, names) if ordered else _ViewRows(connection, table, names)
        row = rows.go_on(position) if position is not None and position.get("stamp") == stamp else 0
        report.resumed = row > 0
        while some := rows.fetch(_ROWS):
            for values in some:
                row += 1
                yield from _entries(row, columns, values)
            on_progress("reading the list, rows", row, None)
            if row // _ROWS % _CHECKPOINT == 0:
                yield Checkpoint({"stamp": stamp, "row": row, **rows.place()})
    except sqlite3.Error as error:
        raise unreadable(path, f"the SQLite file is damaged or cut off ({error})") from error
    finally:
        connection.close()


class _TableRows:
    """The rows of a table in the order of their numbers."""

    def __init__(self, connection: sqlite3.Connection, table: str, names: str) -> None:
        self._connection, self._last = connection, 0
        self._words = f"SELECT {names}, rowid FROM {table} WHERE rowid > ? ORDER BY rowid"  # noqa: S608 - fixed names
        self._rows = connection.execute(self._words, (self._last,))

    def go_on(self, position: Position) -> int:
        """Begins behind a checkpoint; returns how many rows lie before, 0 when all are to be read."""
        self._last = int(position["rowid"])
        self._rows = self._connection.execute(self._words, (self._last,))
        return int(position["row"])

    def fetch(self, count: int) -> list[tuple[object, ...]]:
        """So many of the next rows; none at the end."""
        some = self._rows.fetchmany(count)
        if some:
            self._last = some[-1][-1]
        return [values[:-1] for values in some]

    def place(self) -> Position:
        """What a checkpoint says, to go on from here."""
        return {"rowid": self._last}


class _ViewRows:
    """The rows of a view, as SQLite gives them: of the same file the same ones, and a digest of all that were read says whether it did."""

    def __init__(self, connection: sqlite3.Connection, table: str, names: str) -> None:
        self._connection = connection
        self._words = f"SELECT {names} FROM {table}"  # noqa: S608 - fixed names
        self._begin()

    def _begin(self) -> None:
        self._rows, self._digest = self._connection.execute(self._words), hashlib.sha256()

    def go_on(self, position: Position) -> int:
        """As of a table."""
        row = left = int(position["row"])
        while left and (some := self.fetch(min(left, _ROWS))):
            left -= len(some)
        if not left and self._digest.hexdigest() == position["read"]:
            return row
        self._begin()
        return 0

    def fetch(self, count: int) -> list[tuple[object, ...]]:
        """As of a table."""
        some = self._rows.fetchmany(count)
        self._digest.update(b"".join(repr(values).encode() for values in some))
        return some

    def place(self) -> Position:
        """As of a table."""
        return {"read": self._digest.hexdigest()}


_Rows: TypeAlias = _TableRows | _ViewRows


def _has_rowid(connection: sqlite3.Connection, table: str) -> bool:
    """Whether it is a table whose rows have an order to go on in."""
    try:
        is_table = connection.execute(
            "SELECT type = 'table' FROM sqlite_master WHERE lower(name) = lower(?)", (table,)
        ).fetchone()
        connection.execute(f"SELECT rowid FROM {table} LIMIT 1").fetchone()  # noqa: S608 - fixed names
    except sqlite3.OperationalError:
        return False
    return bool(is_table and is_table[0])


def _stamp(path: Path) -> str:
    """Tells this state of the file from another: size, time of change, and the first page, in which SQLite counts changes."""
    with path.open("rb") as stream:
        state = os.fstat(stream.fileno())
        return f"{state.st_size} {state.st_mtime_ns} {hashlib.sha256(stream.read(4096)).hexdigest()}"


def _entries(row: int, columns: tuple[MatchHow, ...], values: tuple[object, ...]) -> Iterator[Item]:
    held = False
    for how, value in zip(columns, values, strict=True):
        if value is None or value == "":
            continue
        held = True
        found = checked_hash(value, how) if isinstance(value, str) else None
        if found is None:
            yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
        else:
            yield Entry(how, found)
    if not held:
        yield Rejected(row, "no hash in the row")


def _table(connection: sqlite3.Connection) -> tuple[str, tuple[MatchHow, ...]]:
    """The first table or view that is there, and which digests it has."""
    for table in _TABLES:
        names = {str(row[1]).lower() for row in connection.execute(f"PRAGMA table_info({table})")}
        if columns := tuple(how for how in _KINDS if str(how) in names):
            return table, columns
    return "", ()
