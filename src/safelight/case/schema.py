"""Opens the database of a case and brings its schema to the newest revision."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, text

from safelight.errors import CaseError

__all__ = ["DATABASE_NAME", "SCHEMA", "check_schema", "engine_for", "read_only_engine", "upgrade"]

DATABASE_NAME: Final = "case.sqlite"

SCHEMA: Final = "0005"
"""The newest revision of the schema; a test holds it to the migrations."""

_BUSY_MS: Final = 30_000


def engine_for(directory: Path, url: str | None) -> Engine:
    """An engine for writing: SQLite in the case directory, or the PostgreSQL database that `url` names."""
    if url is not None:
        return create_engine(url)
    # A URL made from its parts: a directory name may hold any character.
    engine = create_engine(URL.create("sqlite", database=str((directory / DATABASE_NAME).absolute())))
    event.listen(engine, "connect", _for_writing)
    event.listen(engine, "begin", _begin)
    return engine


def read_only_engine(directory: Path, url: str | None) -> Engine:
    """An engine that cannot write."""
    if url is not None:
        return create_engine(url, execution_options={"postgresql_readonly": True})
    path = (directory / DATABASE_NAME).absolute()
    engine = create_engine("sqlite://", creator=lambda: _read_only(path), poolclass=QueuePool)
    event.listen(engine, "begin", _begin)
    return engine


def _for_writing(connection: Any, _record: Any) -> None:
    # Python's driver opens no transaction before CREATE TABLE: a kill would leave half a schema. `_begin` opens them all.
    connection.isolation_level = None
    # WAL with FULL: what a transaction reported as stored survives a kill and a power cut. 16 MiB of pages for each connection, of which a
    # stage has three: with 64, a case of 150,000 media took 150 MiB more and no less time.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_MS}",
        "temp_store=MEMORY",
        "cache_size=-16384",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _read_only(path: Path) -> sqlite3.Connection:
    """Opens the file so that nothing can be written to it, also where nothing can be written beside it.

    SQLite reads a file in WAL mode only with an index beside it, which it cannot make on read-only media. Where no log lies beside it
    either, the file is whole by itself and is read as immutable.
    """
    uri = f"file:{quote(os.fsencode(path))}?mode=ro"
    try:
        return _opened(uri)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise
        if os.access(path.parent, os.W_OK) or not os.access(path, os.R_OK):
            raise
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise CaseError(
                f"The case {path.parent} was not closed: part of it is still in {log.name}, which cannot be read where nothing can be "
                "written.",
                kept="It was left as it is.",
                advice="Copy the whole directory to a place that can be written, and read the copy.",
            ) from error
        return _opened(f"{uri}&immutable=1")


def _opened(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def upgrade(engine: Engine) -> tuple[str | None, str] | None:
    """Creates the tables, or brings an older case to the newest schema, in one transaction.

    Returns:
        (revision before, revision now); None when there was nothing to do.

    Raises:
        CaseError: The case was made by a newer version, or the database holds something else.
    """
    with engine.begin() as connection:
        before = _revision(connection)
        if before == SCHEMA:
            return None
        if before is None and inspect(connection).get_table_names():
            raise CaseError(
                "The database holds other tables and is not a case.",
                kept="It was left as it is.",
                advice="Name a new directory, or an empty database.",
            )
        _refuse_newer(before)
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "safelight.case:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, SCHEMA


def check_schema(engine: Engine) -> None:
    """Makes sure that a case that is only read has the schema that this version reads.

    Raises:
        CaseError: It is older or newer, or the database holds no case.
    """
    with engine.connect() as connection:
        found = _revision(connection)
    if found == SCHEMA:
        return
    _refuse_newer(found)
    if found is None:
        raise CaseError("The database holds no case.", advice="`safelight triage SOURCE --case DIR` makes one.")
    raise CaseError(
        f"The case was made by an older version of Safelight (schema {found}; this one reads {SCHEMA}).",
        kept="It was left as it is.",
        advice="Run `safelight triage` on it, which brings it up to date; or keep the version that made it.",
    )


def _refuse_newer(found: str | None) -> None:
    # Revisions are numbers of four digits, so that their texts are in order.
    if found is not None and found > SCHEMA:
        raise CaseError(
            f"The case was made by a newer version of Safelight (schema {found}; this one knows {SCHEMA}).",
            kept="It was left as it is.",
            advice="Update Safelight and try again.",
        )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
