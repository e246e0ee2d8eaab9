"""What protects a case inside its database: the triggers that refuse changes, and the soundness of the file itself."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from safelight.case import tables
from safelight.custody.chain import Break

__all__ = ["file_breaks", "trigger_breaks"]


def trigger_breaks(connection: Connection) -> Iterator[Break]:
    """Names each trigger that the schema has and the database lacks: someone took it away in order to change something."""
    protected = (tables.custody_event.name, *tables.ORDER)
    expected = {f"{table}_{act}": str(table) for table in ("run",) for act in ("no_update", "no_delete")}
    if connection.dialect.name == "sqlite":
        expected |= {f"{table}_{act}": str(table) for table in protected for act in ("no_update", "no_delete")}
        there = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        expected |= {f"{table}_only_added": str(table) for table in protected}
        there = text(
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace"
        )
    found = set(connection.execute(there).scalars())
    for name in sorted(set(expected) - found):
        yield Break(f"table {expected[name]}", f"the trigger {name}, which refuses changes, is gone")


def file_breaks(connection: Connection) -> Iterator[Break]:
    """Whether tables and indexes of an SQLite file agree, so that no query can see other rows than the check saw."""
    if connection.dialect.name != "sqlite":
        return
    for line in connection.execute(text("PRAGMA integrity_check(20)")).scalars():
        if line != "ok":
            yield Break("database file", " ".join(str(line).split()))
