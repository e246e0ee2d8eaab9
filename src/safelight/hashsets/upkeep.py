"""Keeps what is derived from the store right: index files and states, made anew after every change that they do not know of."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DBAPIError

from safelight.fingerprint.arrays import ArrayFile, DamagedArraysError
from safelight.hashsets.index import BaseIndex, base_of, index_path, make_base, open_base, stale_files
from safelight.hashsets.source import ImportProgress, no_progress
from safelight.hashsets.state import keep_state, read_state
from safelight.hashsets.tables import hashset, write_locked
from safelight.model import MatchHow

__all__ = ["FileCheck", "check_files", "forget_files", "index_directory", "open_bases", "refresh", "staging_place"]

_KEPT_S: Final = 30 * 24 * 3600
"""So long what a cut-off import left waits for the next one."""


def index_directory(store: Path) -> Path:
    """Where the index files of a store lie."""
    return store / "index"


def refresh(engine: Engine, store: Path, on_progress: ImportProgress = no_progress) -> None:
    """Makes the index files that are missing, and the states of the lists that were changed; a store that cannot be written stays as it is."""
    directory = index_directory(store)
    with engine.connect() as connection:
        _make_files(connection, directory, on_progress)
        stale = select(hashset.c.id).where(hashset.c.state.is_(None))
        if connection.execute(stale).first():
            connection.rollback()
            with suppress(DBAPIError), write_locked(connection).begin():
                for set_id in connection.execute(stale).scalars().all():
                    keep_state(connection, set_id, read_state(connection, set_id, on_progress))


def _make_files(connection: Connection, directory: Path, on_progress: ImportProgress) -> None:
    wanted = select(hashset).where(hashset.c.token.is_not(None), hashset.c.base.is_(None))
    for set_id in [row.id for row in connection.execute(wanted)]:
        connection.rollback()
        row = connection.execute(wanted.where(hashset.c.id == set_id)).first()
        if row is None:
            continue
        try:
            directory.mkdir(exist_ok=True)
            base, _ = make_base(connection, set_id, row.token, directory, on_progress, row.base_rows)
        except OSError:
            continue
        connection.rollback()
        same = (hashset.c.id == set_id) & (hashset.c.token == row.token)
        with suppress(DBAPIError), write_locked(connection).begin():
            connection.execute(update(hashset).where(same).values(base=orjson.dumps(base).decode()))
    connection.rollback()
    tokens = {row.id: row.token for row in connection.execute(select(hashset.c.id, hashset.c.token))}
    for path in stale_files(directory, tokens):
        with suppress(OSError):
            path.unlink()
    connection.rollback()


def open_bases(
    connection: Connection, store: Path, rows: Sequence[Any], *, in_memory: bool
) -> tuple[dict[int, BaseIndex | None], list[int]]:
    """The index of each list, as the transaction of the connection sees it, and the lists whose files are not right.

    Args:
        connection: In a transaction. `rows`: of the table of lists. `in_memory`: an index whose files are not right is made in memory.
    """
    found, wrong = dict[int, BaseIndex | None](), list[int]()
    for row in rows:
        found[row.id] = None
        if row.token is None:
            continue
        try:
            base = base_of(row.base)
            if base is None:
                raise DamagedArraysError("there are no index files")
            found[row.id] = open_base(index_directory(store), row.id, row.token, base)
        except (OSError, DamagedArraysError):
            if in_memory:
                found[row.id] = make_base(connection, row.id, row.token, None)[1]
            else:
                wrong.append(row.id)
    return found, wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """One index file, read whole: `damage` says what is wrong with it, and is empty when nothing is."""

    set_id: int
    name: str
    how: MatchHow
    rows: int
    damage: str


def check_files(connection: Connection, store: Path, on_progress: ImportProgress = no_progress) -> list[FileCheck]:
    """Compares the index files of all lists with the digests in them, and with what the store says they hold."""
    checks = []
    for row in connection.execute(select(hashset).where(hashset.c.token.is_not(None)).order_by(hashset.c.name)).all():
        base = base_of(row.base) or {"indexed": {}}
        for name, count in base["indexed"].items():
            damage = ""
            try:
                open_base(index_directory(store), row.id, row.token, {"indexed": {name: count}})
                ArrayFile(index_path(index_directory(store), row.id, row.token, MatchHow(name))).verify()
            except (OSError, DamagedArraysError) as error:
                damage = str(error)
            checks.append(FileCheck(set_id=row.id, name=row.name, how=MatchHow(name), rows=count, damage=damage))
            on_progress("checking index files", len(checks), None)
    connection.rollback()
    return checks


def forget_files(connection: Connection, lists: Sequence[int]) -> None:
    """The index files of some lists are not right: `refresh` is to make them again. In a store that cannot be written nothing changes."""
    connection.rollback()
    with suppress(DBAPIError), write_locked(connection).begin():
        connection.execute(update(hashset).where(hashset.c.id.in_(lists)).values(base=None))


@contextmanager
def staging_place(store: Path, path: Path, words: Sequence[str]) -> Iterator[Path]:
    """A file for the staging of an import, the same for each import of the same file with the same words, and for one at a time.

    Raises:
        OSError: It cannot be made.
    """
    directory = store / "importing"
    directory.mkdir(exist_ok=True)
    for left in directory.iterdir():
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _KEPT_S:
                left.unlink()
    try:
        state = path.stat()
        told = [os.fsdecode(path.resolve()), str(state.st_size), *words]
    except (OSError, ValueError, RuntimeError):
        # The reader says what is wrong with the file.
        told = [secrets.token_hex(16)]
    name = hashlib.sha256("\0".join(told).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    lock = os.open(directory / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # The same import is running: this one goes its own way, and finds everything there already.
            name = f"{name}-{secrets.token_hex(4)}"
        yield directory / f"{name}.sqlite"
    finally:
        with suppress(OSError):
            (directory / f"{name}.lock").unlink()
        os.close(lock)
