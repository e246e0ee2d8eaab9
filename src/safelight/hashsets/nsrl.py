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
from typing import Final
from urllib.parse import quote

from safelight.hashsets.entry import LENGTHS, Checkpoint, Entry, ImportReport, Item, Rejected, checked_hash
from safelight.hashsets.source import ImportProgress, no_progress, unreadable
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
    position: dict[str, int | str] | None = None,
) -> Iterator[Item]:
    """Yields the digests of every row of the table of files.

    Args:
        path: The database. `report`: gets the table that was read, and whether the reading went on. `on_progress`: told of every 20,000 rows.
        position: Of the last checkpoint of an import that was cut off. It goes on from there if the file has the same size, time of change
            and first page; views have no order to go on in.

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
        names, row, last = ", ".join(str(how) for how in columns), 0, 0
        ordered, stamp = _has_rowid(connection, table), f"{table} {names} {_stamp(path)}"
        if ordered and position is not None and position.get("stamp") == stamp:
            row, last = int(position["row"]), int(position["rowid"])
            report.resumed = True
        chosen = f"SELECT {'rowid' if ordered else 0}, {names} FROM {table}"  # noqa: S608 - fixed names
        rows = (
            connection.execute(f"{chosen} WHERE rowid > ? ORDER BY rowid", (last,))
            if ordered
            else connection.execute(chosen)
        )
        while some := rows.fetchmany(_ROWS):
            for values in some:
                row += 1
                yield from _entries(row, columns, values[1:])
            on_progress("reading the list, rows", row, None)
            if ordered and row // _ROWS % _CHECKPOINT == 0:
                yield Checkpoint({"stamp": stamp, "row": row, "rowid": some[-1][0]})
    except sqlite3.Error as error:
        raise unreadable(path, f"the SQLite file is damaged or cut off ({error})") from error
    finally:
        connection.close()


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
