"""Opens the database of a case and brings its schema to the newest revision."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from safelight.errors import CaseError

__all__ = ["DATABASE_NAME", "engine_for", "read_only_engine", "upgrade"]

DATABASE_NAME: Final = "case.sqlite"

_BUSY_MS: Final = 30_000


def engine_for(directory: Path, url: str | None) -> Engine:
    """An engine for writing: SQLite in the case directory, or the PostgreSQL database that `url` names."""
    if url is not None:
        return create_engine(url)
    engine = create_engine(f"sqlite:///{directory / DATABASE_NAME}")
    event.listen(engine, "connect", _for_writing)
    return engine


def read_only_engine(directory: Path, url: str | None) -> Engine:
    """An engine that cannot write."""
    if url is not None:
        return create_engine(url, execution_options={"postgresql_readonly": True})
    path = (directory / DATABASE_NAME).absolute()
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    engine = create_engine(f"sqlite:///file:{quoted}?mode=ro&uri=true")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON"))
    return engine


def _for_writing(connection: Any, _record: Any) -> None:
    # WAL with FULL: what a transaction reported as stored survives a kill and a power cut.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_MS}",
        "temp_store=MEMORY",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")


def upgrade(engine: Engine) -> None:
    """Creates the tables, or brings an older case to the newest schema, in one transaction.

    Raises:
        CaseError: The case was made by a newer version, or is no case.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "safelight.case:migrations")
    newest = ScriptDirectory.from_config(config).get_current_head()
    try:
        with engine.begin() as connection:
            if _revision(connection) == newest:
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise CaseError(
            f"The case was made by a newer version of Safelight: {error}.",
            kept="It was left as it is.",
            advice="Update Safelight and try again.",
        ) from error
    except DatabaseError as error:
        raise CaseError(
            f"The case database cannot be used: {error.orig}.",
            kept="It was left as it is.",
            advice="Check that it is a case, or restore it from a copy.",
        ) from error


def _revision(connection: Any) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
