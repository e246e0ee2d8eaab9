"""The tables of the store, and how its SQLite file is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    text,
)

from safelight.errors import HashSetError

__all__ = ["entry", "hashset", "imported", "mark", "open_engine", "write_locked"]

_METADATA: Final = MetaData()
_VERSION: Final = 1
_LOCK: Final = "sqlite_begin"

hashset = Table(
    "hashset", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True, nullable=False),
    Column("role", String(16), nullable=False),
    Column("made_utc", String(40), nullable=False),
    # What `state.py` counted and digested; NULL since the list was changed.
    Column("state", Text),
)  # fmt: skip

imported = Table(
    "imported", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("hashset_id", Integer, nullable=False, index=True),
    Column("file", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("bank", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("time_utc", String(40), nullable=False),
    Column("accepted", BigInteger, nullable=False),
)  # fmt: skip

mark = Table(
    "mark", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("bank", Text, nullable=False),
    Column("label", Text, nullable=False),
    UniqueConstraint("bank", "label"),
)  # fmt: skip

entry = Table(
    "entry", _METADATA,
    # One B-tree that is both the table and its index, filled in its own order: a list of 10^8 rows stays importable.
    Column("how", String(8), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("hashset_id", Integer, primary_key=True),
    Column("mark_id", Integer, primary_key=True),
    Column("quality", Integer),
    Column("withdrawn_utc", String(40)),
    sqlite_with_rowid=False,
)  # fmt: skip

Index("entry_withdrawn", entry.c.hashset_id, entry.c.how, entry.c.hash, sqlite_where=entry.c.withdrawn_utc.is_not(None))


def open_engine(file: Path) -> Engine:
    """An engine on the store's file; the tables are made when the file is new.

    Raises:
        DBAPIError: The file cannot be opened or is no SQLite file.
        HashSetError: It was made by another version.
    """
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    try:
        with engine.connect() as connection:
            if _version(connection) != _VERSION:
                _make(connection, file)
    except BaseException:
        engine.dispose()
        raise
    return engine


def write_locked(connection: Connection) -> Connection:
    """Lets the next transaction of this connection take the write lock at its start, where it can wait for it."""
    return connection.execution_options(**{_LOCK: "BEGIN IMMEDIATE"})


def _make(connection: Connection, file: Path) -> None:
    connection.rollback()
    with write_locked(connection).begin():
        version = _version(connection)
        if version == _VERSION:
            return
        held = connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar()
        if version or held:
            raise HashSetError(
                f"The hash set store {file} was made by another version of Safelight (its format is {version}, not {_VERSION}).",
                kept="It was left as it is.",
                advice="Use that version, or name another directory and import the lists again.",
            )
        _METADATA.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version={_VERSION}")


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _connected(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by rules of its own; `_begun` does it, so that reads too see one state.
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_LOCK, "BEGIN"))
