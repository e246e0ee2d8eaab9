"""The store: lists in one SQLite file, shared by all cases of a unit."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from safelight.errors import HashSetError
from safelight.fingerprint.arrays import DamagedArraysError
from safelight.hashsets.entry import ImportReport, one_line
from safelight.hashsets.index import wants_index
from safelight.hashsets.matcher import Matcher
from safelight.hashsets.opinions import Feedback, Opinion, keep, kept
from safelight.hashsets.source import ImportProgress, no_progress, unreadable
from safelight.hashsets.staging import Staging, stage
from safelight.hashsets.state import ListState, forget_state, read_state
from safelight.hashsets.tables import entry, feedback, given, hashset, imported, open_engine, write_locked
from safelight.hashsets.taking_back import take_back
from safelight.hashsets.upkeep import FileCheck, check_files, forget_files, open_bases, refresh, staging_place
from safelight.model import HashSetRole, Match, MatchHow, display_text

__all__ = ["HashSetInfo", "HashSetStore"]

_FILE: Final = "hashsets.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class HashSetInfo:
    """One list: entries in force by kind, and how many were withdrawn."""

    name: str
    role: HashSetRole
    counts: dict[str, int]
    withdrawn: int
    made_utc: str


class HashSetStore:
    """The unit's lists.

    Args:
        directory: Made when absent, unless `create` is false.

    Raises:
        HashSetError: The directory or the file in it cannot be used, or is not there.
    """

    def __init__(self, directory: Path, *, create: bool = True) -> None:
        self._shown = display_text(os.fsencode(directory))
        self._matchers: list[Matcher] = []
        try:
            if create:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif not (directory / _FILE).is_file():
                raise HashSetError(
                    f"There is no hash set store in {self._shown}.",
                    kept="Nothing was changed.",
                    advice="`safelight hashset import FILE --name NAME` makes one; --store names another.",
                )
        except OSError as error:
            raise HashSetError(
                f"The hash set store {self._shown} cannot be made: {error.strerror}.", advice="Check the path."
            ) from error
        self._directory = directory
        with self._explained():
            self._engine = open_engine(directory / _FILE)

    @staticmethod
    def is_in(directory: Path) -> bool:
        """Whether the directory holds a store."""
        return (directory / _FILE).is_file()

    def close(self) -> None:
        """Closes the store and its matchers."""
        while self._matchers:
            self._matchers.pop().close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def import_file(
        self,
        path: Path,
        *,
        name: str,
        role: HashSetRole | str = HashSetRole.KNOWN,
        kind: MatchHow | str | None = None,
        bank: str = "",
        label: str = "",
        on_progress: ImportProgress = no_progress,
    ) -> ImportReport:
        """Imports a file into a list, whole or not at all; a second import of the same file adds nothing.

        Args:
            path: Plain text, CSV with a header, Project VIC JSON, NSRL RDS, or what a hash exchange gives.
            name: The list; made when it is not there. `role`: what it is for; must be the same for every import into it.
            kind: What the hashes are, where the file does not say. `bank`, `label`: for entries for which the file names none.
            on_progress: Told how far it is.

        Raises:
            HashSetError: The file cannot be read whole, or the list is there with another role. Nothing is imported then. An import that is
                killed goes on from where it was when the same file is imported again.
        """
        role, how, name = HashSetRole(role), MatchHow(kind) if kind else None, _checked_name(name)
        report = ImportReport(name=name, file=display_text(os.fsencode(path.name)))
        bank, label = one_line(bank), one_line(label)
        words = (name, str(how or ""), bank, label)
        with (
            self._explained(),
            staging_place(self._directory, path, words) as place,
            self._engine.connect() as connection,
        ):
            self._check_role(connection, name, role)
            with Staging(connection, place) as staging:
                stage(staging, path, how, report, bank, label, on_progress)
                if not staging.count:
                    raise _nothing_usable(path, report)
                staging.finish()
                with write_locked(connection).begin():
                    set_id = self._set_id(connection, name, role)
                    same = (imported.c.hashset_id == set_id) & (imported.c.file_sha256 == report.file_sha256)
                    report.repeated = bool(connection.execute(select(func.count()).where(same)).scalar())
                    if self._move(connection, staging, set_id, report, on_progress):
                        forget_state(connection, set_id)
                    connection.execute(insert(imported).values(
                        hashset_id=set_id, file=report.file, file_sha256=report.file_sha256, kind=str(how or ""), bank=bank,
                        label=label, time_utc=_now(), accepted=sum(report.accepted.values()),
                    ))  # fmt: skip
        refresh(self._engine, self._directory, on_progress)
        return report

    @staticmethod
    def _move(
        connection: Connection, staging: Staging, set_id: int, report: ImportReport, on_progress: ImportProgress
    ) -> bool:
        """Moves what was staged into a list; returns whether that changed the list."""
        chosen = hashset.c.id == set_id
        row = connection.execute(select(hashset.c.base_rows, hashset.c.late_rows).where(chosen)).one()
        anew = wants_index(row.base_rows, row.late_rows + staging.count)
        staging.move(set_id, None if anew else 1, report, on_progress)
        added = sum(report.accepted.values())
        if added and anew:
            late = (entry.c.hashset_id == set_id) & entry.c.late.is_not(None)
            connection.execute(update(entry).where(late).values(late=None))
            connection.execute(update(hashset).where(chosen).values(
                token=secrets.token_hex(16), base=None, base_rows=row.base_rows + row.late_rows + added, late_rows=0,
            ))  # fmt: skip
        elif added:
            connection.execute(update(hashset).where(chosen).values(late_rows=row.late_rows + added))
        return take_back(connection, set_id, _now(), report) or bool(added)

    @staticmethod
    def _check_role(connection: Connection, name: str, role: HashSetRole) -> int | None:
        """The id of the list, None when there is none; ends the transaction."""
        row = connection.execute(select(hashset.c.id, hashset.c.role).where(hashset.c.name == name)).first()
        if row is not None and row.role != role:
            raise HashSetError(
                f"The list {name} is there with the role {row.role}, not {role}.",
                kept="Nothing was imported.",
                advice="Import under another name, or with the role that it has.",
            )
        return None if row is None else int(row.id)

    @classmethod
    def _set_id(cls, connection: Connection, name: str, role: HashSetRole) -> int:
        found = cls._check_role(connection, name, role)
        if found is not None:
            return found
        made = connection.execute(insert(hashset).values(name=name, role=str(role), made_utc=_now()))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def sets(self) -> list[HashSetInfo]:
        """Every list, by name."""
        with self._explained():
            refresh(self._engine, self._directory)
            with self._engine.connect() as connection:
                rows = connection.execute(select(hashset).order_by(hashset.c.name)).all()
                states: dict[int, ListState] = {row.id: read_state(connection, row.id) for row in rows}
        return [
            HashSetInfo(
                name=row.name,
                role=HashSetRole(row.role),
                counts=states[row.id]["counts"],
                withdrawn=states[row.id]["withdrawn"],
                made_utc=row.made_utc,
            )
            for row in rows
        ]

    def remove(self, name: str) -> int:
        """Removes a whole list, and with it the memory of what was withdrawn from it; returns how many entries were.

        Raises:
            HashSetError: There is no such list.
        """
        with self._explained(), self._engine.connect() as connection, write_locked(connection).begin():
            set_id = self._known(connection, name)
            gone = (entry.c.hashset_id == set_id) & entry.c.withdrawn_utc.is_not(None)
            withdrawn = connection.execute(select(func.count()).select_from(entry).where(gone)).scalar_one()
            for table in (entry, imported, given, feedback):
                connection.execute(delete(table).where(table.c.hashset_id == set_id))
            connection.execute(delete(hashset).where(hashset.c.id == set_id))
            return int(withdrawn)

    def withdraw(self, name: str, hash_value: str) -> int:
        """Withdraws a hash: kept as withdrawn, no longer matched, not brought back by an import; returns how many entries.

        Raises:
            HashSetError: There is no such list, or the hash is not on it.
        """
        with self._explained(), self._engine.connect() as connection, write_locked(connection).begin():
            set_id, raw, kinds = self._entries(connection, name, hash_value)
            chosen = entry.c.how.in_(kinds) & (entry.c.hash == raw) & (entry.c.hashset_id == set_id)
            # What its source took back may come again; what the unit withdraws does not.
            open_ = entry.c.withdrawn_utc.is_(None) | entry.c.withdrawn_by.is_not(None)
            done = connection.execute(
                update(entry).where(chosen, open_).values(withdrawn_utc=_now(), withdrawn_by=None)
            )
            forget_state(connection, set_id)
            return int(done.rowcount)

    def say(self, name: str, hash_value: str, opinion: Opinion | str, *, reason: str, by: str = "") -> int:
        """Keeps what the unit thinks of a hash of a list, for the list's keeper; it goes on matching. Returns of how many kinds the hash is.

        Raises:
            HashSetError: There is no such list, or the hash is not on it.
        """
        with self._explained(), self._engine.connect() as connection, write_locked(connection).begin():
            set_id, raw, kinds = self._entries(connection, name, hash_value)
            keep(connection, set_id, kinds, raw, Opinion(opinion), reason, by, _now())
            return len(kinds)

    def feedback(self) -> list[Feedback]:
        """Everything that was said about hashes of lists that are there, in order."""
        with self._explained(), self._engine.connect() as connection:
            return list(kept(connection))

    def _entries(self, connection: Connection, name: str, hash_value: str) -> tuple[int, bytes, set[MatchHow]]:
        """(list, hash, of which kinds it is there)."""
        try:
            raw = bytes.fromhex(hash_value)
        except ValueError as error:
            raise HashSetError(
                f"{one_line(hash_value)!r} is not a hash in hex.", advice="Give the hash as the list has it."
            ) from error
        set_id = self._known(connection, name)
        # `how` leads the index, so naming every kind keeps this from reading the whole store.
        kinds = entry.c.how.in_([str(how) for how in MatchHow])
        chosen = select(entry.c.how).where(kinds, entry.c.hash == raw, entry.c.hashset_id == set_id).distinct()
        found = {MatchHow(how) for how in connection.execute(chosen).scalars()}
        if not found:
            raise HashSetError(
                f"The hash {raw.hex()} is not on the list {one_line(name)}.", advice="Check the list and the hash."
            )
        return set_id, raw, found

    def check_files(self, on_progress: ImportProgress = no_progress) -> list[FileCheck]:
        """Reads every index file whole and compares it with its digest; those that are damaged are made again from the store."""
        with self._explained():
            refresh(self._engine, self._directory, on_progress)
            with self._engine.connect() as connection:
                checks = check_files(connection, self._directory, on_progress)
                if wrong := {item.set_id for item in checks if item.damage}:
                    forget_files(connection, sorted(wrong))
            refresh(self._engine, self._directory, on_progress)
        return checks

    def stands(self, match: Match) -> bool:
        """Whether the entry that a match was made with is still in force: on its list, and not withdrawn since."""
        chosen = (
            select(entry.c.withdrawn_utc)
            .join(hashset, hashset.c.id == entry.c.hashset_id)
            .where(
                entry.c.how == str(match.how),
                entry.c.hash == bytes.fromhex(match.entry),
                hashset.c.name == match.hashset,
            )
        )
        with self._explained(), self._engine.connect() as connection:
            return any(when is None for when in connection.execute(chosen).scalars())

    def matcher(self, names: Sequence[str] | None, distance_bits: int) -> Matcher:
        """A matcher over some lists, or all when None. It works on the lists as they are now, and lives as long as the store is open.

        Raises:
            HashSetError: A list is not there.
        """
        with self._explained():
            for in_memory in (False, True):
                refresh(self._engine, self._directory)
                connection = self._engine.connect()
                try:
                    wanted = None if names is None else {self._known(connection, name) for name in names}
                    rows = connection.execute(select(hashset).order_by(hashset.c.name)).all()
                    rows = [row for row in rows if wanted is None or row.id in wanted]
                    bases, wrong = open_bases(connection, self._directory, rows, in_memory=in_memory)
                    if wrong:
                        # They are derived from the store: made again from it, and asked only if they are right then.
                        forget_files(connection, wrong)
                        connection.close()
                        continue
                except BaseException:
                    connection.close()
                    raise
                break
            made = Matcher(
                connection,
                {row.id: (row.name, HashSetRole(row.role)) for row in rows},
                bases,
                distance_bits,
                explained=self._explained,
            )
        self._matchers.append(made)
        return made

    @staticmethod
    def _known(connection: Connection, name: str) -> int:
        set_id = connection.execute(select(hashset.c.id).where(hashset.c.name == one_line(name))).scalar()
        if set_id is None:
            known = [row.name for row in connection.execute(select(hashset.c.name).order_by(hashset.c.name))]
            raise HashSetError(
                f"There is no list named {one_line(name)!r}.",
                advice=f"Lists in the store: {', '.join(known) or 'none'}.",
            )
        return int(set_id)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DamagedArraysError as error:
            raise HashSetError(
                f"An index file of the hash set store in {self._shown} is damaged: {error}.",
                kept="The lists themselves are in the store, and were not touched.",
                advice="Run `safelight hashset check`: it says which file it is and makes it again from the store.",
            ) from error
        except (DBAPIError, sqlite3.Error, OSError) as error:
            why = error.orig if isinstance(error, DBAPIError) else getattr(error, "strerror", None) or error
            raise HashSetError(
                f"The hash set store in {self._shown} cannot be used: {why}.",
                kept="The store is as it was before this command.",
                advice="Check the disk and its free room, and that no other import is running, then run the command again.",
            ) from error


def _checked_name(name: str) -> str:
    shown = one_line(name.strip())
    if not shown:
        raise HashSetError("The name of the list is empty.", kept="Nothing was imported.", advice="Give it a name.")
    return shown


def _nothing_usable(path: Path, report: ImportReport) -> HashSetError:
    seen = [line.strip() for line in report.lines()[1:]]
    error = unreadable(path, "it holds no hash that can be imported")
    return HashSetError(error.what, kept=error.kept, advice="; ".join(seen) or error.advice)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
