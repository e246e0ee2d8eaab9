"""What protects a case inside its database: the triggers that refuse changes, the tables as they were made, and the soundness of the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sqlalchemy import Connection, create_engine, text

from safelight.case import tables
from safelight.case.schema import upgrade
from safelight.custody.chain import Break

__all__ = ["file_breaks", "schema_breaks", "trigger_breaks"]


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


def schema_breaks(connection: Connection) -> Iterator[Break]:
    """Names each table, index, trigger and view of an SQLite file that is not as the migrations make it.

    A trigger that was made toothless, a column that takes other values or a view in the way of a table would show in no row. Triggers that
    are gone are named by `trigger_breaks`.
    """
    if connection.dialect.name != "sqlite":
        return
    expected, found = dict(_as_made()), dict(_schema_of(connection))
    for kind, name in sorted(expected.keys() | found.keys()):
        made, there = expected.get((kind, name)), found.get((kind, name))
        if made == there or (there is None and kind == "trigger"):
            continue
        what = "is gone" if there is None else "was added" if made is None else "is not as Safelight makes it"
        yield Break("database schema", f"the {kind} {name} {what}")


@cache
def _as_made() -> tuple[tuple[tuple[str, str], tuple[str, str]], ...]:
    """The schema of a new case. The statistics that SQLite keeps for itself are no part of it."""
    engine = create_engine("sqlite://")
    try:
        upgrade(engine)
        with engine.connect() as connection:
            return _schema_of(connection)
    finally:
        engine.dispose()


def _schema_of(connection: Connection) -> tuple[tuple[tuple[str, str], tuple[str, str]], ...]:
    """Kind and name of each part of the schema, with its table and its SQL text, to the letter."""
    every = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid"))
    return tuple(
        ((str(kind), str(name)), (str(table), str(sql)))
        for kind, name, table, sql in every
        if not str(name).startswith("sqlite_stat")
    )


def file_breaks(connection: Connection) -> Iterator[Break]:
    """Whether tables and indexes of an SQLite file agree, so that no query can see other rows than the check saw."""
    if connection.dialect.name != "sqlite":
        return
    for line in connection.execute(text("PRAGMA integrity_check(20)")).scalars():
        if line != "ok":
            yield Break("database file", " ".join(str(line).split()))
