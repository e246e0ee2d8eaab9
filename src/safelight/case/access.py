"""One writer at a time: the lock on a case directory, and the lock in a PostgreSQL database."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from safelight.case.schema import DATABASE_NAME
from safelight.errors import CaseError

__all__ = ["lock_database", "lock_directory"]

_LOCK: Final = "lock"

_ADVISORY_KEY: Final = 0x5AFE_0001
"""First number of the advisory lock in PostgreSQL; the second stands for the schema, which holds one case."""


def lock_directory(directory: Path) -> int:
    """Makes the directory if it is absent, locks it, and returns the descriptor that holds the lock.

    The system gives the lock back when the process ends, however it ends.

    Raises:
        CaseError: The directory holds something else, another process has the case open, or it cannot be written.
    """
    try:
        made = not any((directory / name).exists() for name in (DATABASE_NAME, _LOCK))
        if made and directory.exists() and any(directory.iterdir()):
            raise CaseError(
                f"{directory} is not empty and is not a case.",
                kept="It was left as it is.",
                advice="Name a new directory.",
            )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CaseError(
            f"The case directory {directory} cannot be used: {error.strerror}.",
            kept="Nothing was written.",
            advice="Check the path, its permissions and the room on its disk.",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise _taken(str(directory)) from error
    return lock


def lock_database(engine: Engine, where: str) -> Connection | None:
    """Locks a PostgreSQL database, which several machines can reach under directories of their own.

    Returns:
        The connection that holds the lock for as long as it is open; None for SQLite, where the directory's lock does it.

    Raises:
        CaseError: Another process has the case open.
    """
    if engine.dialect.name != "postgresql":
        return None
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    lock = func.pg_try_advisory_lock(_ADVISORY_KEY, func.hashtext(func.current_schema()))
    if not connection.execute(select(lock)).scalar():
        connection.close()
        raise _taken(where)
    return connection


def _taken(where: str) -> CaseError:
    return CaseError(
        f"The case {where} is open in another process.",
        kept="It was left as it is.",
        advice="Wait for that process, or end it.",
    )
