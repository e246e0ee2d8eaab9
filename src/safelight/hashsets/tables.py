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

__all__ = ["entry", "feedback", "given", "hashset", "imported", "mark", "open_engine", "write_locked"]

_METADATA: Final = MetaData()
_VERSION: Final = 2
_LOCK: Final = "sqlite_begin"

hashset = Table(
    "hashset", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True, nullable=False),
    Column("role", String(16), nullable=False),
    Column("made_utc", String(40), nullable=False),
    # What `state.py` counted and digested; NULL since the list was changed.
    Column("state", Text),
    # Names the index files of the list (`index.py`), a new name for each; NULL: it has none. `base`: what they hold, NULL: to be made.
    Column("token", String(32)),
    Column("base", Text),
    Column("base_rows", BigInteger, nullable=False, server_default="0"),
    Column("late_rows", BigInteger, nullable=False, server_default="0"),
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
    # `list`: its source took it back, and may give it again. NULL: the unit withdrew it, for good.
    Column("withdrawn_by", String(8)),
    # 1: not in the index files of its list, which the other rows are.
    Column("late", Integer),
    sqlite_with_rowid=False,
)  # fmt: skip

Index("entry_withdrawn", entry.c.hashset_id, entry.c.how, entry.c.hash, sqlite_where=entry.c.withdrawn_utc.is_not(None))
Index("entry_late", entry.c.hashset_id, entry.c.how, entry.c.hash, sqlite_where=entry.c.late.is_not(None))

given = Table(
    "given", _METADATA,
    # Under which of its source's own numbers a hash came, where the source names what it takes back by that number.
    Column("hashset_id", Integer, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("how", String(8), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)  # fmt: skip

Index("given_hash", given.c.hashset_id, given.c.how, given.c.hash)

feedback = Table(
    "feedback", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("hashset_id", Integer, nullable=False, index=True),
    Column("how", String(8), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("opinion", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("time_utc", String(40), nullable=False),
)  # fmt: skip

_FROM_1: Final = (
    "ALTER TABLE hashset ADD COLUMN token VARCHAR(32)",
    "ALTER TABLE hashset ADD COLUMN base TEXT",
    "ALTER TABLE hashset ADD COLUMN base_rows BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE hashset ADD COLUMN late_rows BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE entry ADD COLUMN withdrawn_by VARCHAR(8)",
    "ALTER TABLE entry ADD COLUMN late INTEGER",
    # All its rows go into index files, which are made when the list is next asked.
    """UPDATE hashset SET state = NULL, token = lower(hex(randomblob(16))),
       base_rows = (SELECT count(*) FROM entry WHERE entry.hashset_id = hashset.id)""",
)


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
        if version == 1:
            for statement in _FROM_1:
                connection.exec_driver_sql(statement)
            _METADATA.create_all(connection)
            for index in entry.indexes:
                index.create(connection, checkfirst=True)
            connection.exec_driver_sql(f"PRAGMA user_version={_VERSION}")
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
