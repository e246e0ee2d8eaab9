"""The store: lists in one SQLite file, shared by all cases of a unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError

from safelight.errors import HashSetError
from safelight.hashsets.entry import Entry, ImportReport
from safelight.hashsets.importing import file_sha256, read_list
from safelight.hashsets.matcher import Matcher
from safelight.model import HashSetRole, MatchHow

__all__ = ["HashSetInfo", "HashSetStore"]

_METADATA: Final = MetaData()
_ROWS: Final = 20_000
_FILE: Final = "hashsets.sqlite"

hashset = Table(
    "hashset", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True, nullable=False),
    Column("role", String(16), nullable=False),
    Column("made_utc", String(40), nullable=False),
)  # fmt: skip

imported = Table(
    "imported", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("hashset_id", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("bank", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("time_utc", String(40), nullable=False),
    Column("accepted", BigInteger, nullable=False),
)  # fmt: skip

entry = Table(
    "entry", _METADATA,
    Column("id", Integer, primary_key=True),
    Column("hash", LargeBinary, nullable=False, index=True),
    Column("how", String(8), nullable=False),
    Column("hashset_id", Integer, nullable=False, index=True),
    Column("bank", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("quality", Integer),
    Column("withdrawn_utc", String(40)),
    UniqueConstraint("hashset_id", "how", "hash", "bank", "label"),
)  # fmt: skip


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
        directory: Made when absent.

    Raises:
        HashSetError: The directory or the file in it cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HashSetError(
                f"The hash set store {directory} cannot be made: {error.strerror}.", advice="Check the path."
            ) from error
        self._engine = create_engine(f"sqlite:///{directory / _FILE}")
        event.listen(self._engine, "connect", _pragmas)
        with self._explained():
            _METADATA.create_all(self._engine)

    def close(self) -> None:
        """Closes the store."""
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
    ) -> ImportReport:
        """Imports a file into a list, whole or not at all; a second import of the same file adds nothing.

        Args:
            path: Plain text, CSV with a header, or Project VIC JSON.
            name: The list; made when it is not there. `role`: what it is for; must be the same for every import into it.
            kind: What the hashes are, where the file does not say. `bank`, `label`: for entries for which the file names none.

        Raises:
            HashSetError: The file cannot be read whole, or the list is there with another role. Nothing is imported then.
        """
        role = HashSetRole(role)
        how = MatchHow(kind) if kind else None
        report = ImportReport(name=name, file=path.name, file_sha256=file_sha256(path), form="")
        with self._explained(), self._engine.begin() as connection:
            set_id = self._set_id(connection, name, role)
            same = select(func.count()).where(
                imported.c.hashset_id == set_id, imported.c.file_sha256 == report.file_sha256
            )
            report.repeated = bool(connection.execute(same).scalar())
            waiting: list[Entry] = []
            seen = 0
            for item in read_list(path, how, report):
                seen += 1
                if not isinstance(item, Entry):
                    report.reject(item)
                    continue
                waiting.append(replace(item, bank=item.bank or bank, label=item.label or label))
                if len(waiting) >= _ROWS:
                    self._insert(connection, set_id, waiting, report)
                    waiting = []
            self._insert(connection, set_id, waiting, report)
            if not seen or (report.rejected and not report.accepted and not report.duplicates and not report.withdrawn):
                raise HashSetError(
                    f"The list {path} holds no hash that can be imported.",
                    kept="Nothing was imported.",
                    advice="; ".join(line.strip() for line in report.lines()[1:]) or "Check the file.",
                )
            connection.execute(insert(imported).values(
                hashset_id=set_id, file=path.name, file_sha256=report.file_sha256, kind=str(how or ""), bank=bank, label=label,
                time_utc=_now(), accepted=sum(report.accepted.values()),
            ))  # fmt: skip
        return report

    @staticmethod
    def _set_id(connection: Connection, name: str, role: HashSetRole) -> int:
        row = connection.execute(select(hashset.c.id, hashset.c.role).where(hashset.c.name == name)).first()
        if row is not None:
            if row.role != role:
                raise HashSetError(
                    f"The list {name} is there with the role {row.role}, not {role}.",
                    kept="Nothing was imported.",
                    advice="Import under another name, or with the role that it has.",
                )
            return int(row.id)
        made = connection.execute(insert(hashset).values(name=name, role=str(role), made_utc=_now()))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    @staticmethod
    def _insert(connection: Connection, set_id: int, entries: Sequence[Entry], report: ImportReport) -> None:
        if not entries:
            return
        rows = [
            {
                "hash": bytes.fromhex(item.hash), "how": str(item.how), "hashset_id": set_id, "bank": item.bank, "label": item.label,
                "quality": item.quality,
            }
            for item in entries
        ]  # fmt: skip
        # A withdrawn entry is still there, so an import of the same hash does not bring it back, under any bank or label.
        gone = _withdrawn(connection, set_id, [bytes.fromhex(item.hash) for item in entries])
        fresh = [row for row in rows if (row["how"], row["hash"]) not in gone]
        report.withdrawn += len(rows) - len(fresh)
        for how in MatchHow:
            some = [row for row in fresh if row["how"] == how]
            if not some:
                continue
            before = _total(connection, set_id, how)
            connection.execute(sqlite_insert(entry).on_conflict_do_nothing(), some)
            added = _total(connection, set_id, how) - before
            report.duplicates += len(some) - added
            if added:
                report.accepted[str(how)] = report.accepted.get(str(how), 0) + added

    def sets(self) -> list[HashSetInfo]:
        """Every list, by name."""
        counts: dict[int, dict[str, int]] = {}
        with self._explained(), self._engine.connect() as connection:
            live = select(entry.c.hashset_id, entry.c.how, func.count()).where(entry.c.withdrawn_utc.is_(None))
            for set_id, how, number in connection.execute(live.group_by(entry.c.hashset_id, entry.c.how)):
                counts.setdefault(set_id, {})[how] = number
            dead = (
                select(entry.c.hashset_id, func.count())
                .where(entry.c.withdrawn_utc.is_not(None))
                .group_by(entry.c.hashset_id)
            )
            withdrawn = {row[0]: row[1] for row in connection.execute(dead)}
            rows = connection.execute(select(hashset).order_by(hashset.c.name)).all()
        return [
            HashSetInfo(
                name=row.name,
                role=HashSetRole(row.role),
                counts=counts.get(row.id, {}),
                withdrawn=withdrawn.get(row.id, 0),
                made_utc=row.made_utc,
            )
            for row in rows
        ]

    def remove(self, name: str) -> None:
        """Removes a whole list.

        Raises:
            HashSetError: There is no such list.
        """
        with self._explained(), self._engine.begin() as connection:
            set_id = self._known(connection, name)
            for table in (entry, imported):
                connection.execute(delete(table).where(table.c.hashset_id == set_id))
            connection.execute(delete(hashset).where(hashset.c.id == set_id))

    def withdraw(self, name: str, hash_value: str) -> int:
        """Withdraws a hash: kept as withdrawn, no longer matched, not brought back by an import; returns how many entries.

        Raises:
            HashSetError: There is no such list, or the hash is not on it.
        """
        try:
            raw = bytes.fromhex(hash_value)
        except ValueError as error:
            raise HashSetError(
                f"{hash_value!r} is not a hash in hex.", advice="Give the hash as the list has it."
            ) from error
        with self._explained(), self._engine.begin() as connection:
            set_id = self._known(connection, name)
            chosen = (entry.c.hashset_id == set_id) & (entry.c.hash == raw)
            if not connection.execute(select(func.count()).where(chosen)).scalar():
                raise HashSetError(
                    f"The hash {hash_value} is not on the list {name}.", advice="Check the list and the hash."
                )
            done = connection.execute(
                update(entry).where(chosen, entry.c.withdrawn_utc.is_(None)).values(withdrawn_utc=_now())
            )
            return int(done.rowcount)

    def matcher(self, names: Sequence[str] | None, distance_bits: int) -> Matcher:
        """A matcher over some lists, or all when None.

        Raises:
            HashSetError: A list is not there.
        """
        with self._explained(), self._engine.connect() as connection:
            if names is not None:
                for name in names:
                    self._known(connection, name)
            chosen = select(hashset).order_by(hashset.c.name)
            rows = [row for row in connection.execute(chosen).all() if names is None or row.name in names]
        return Matcher(self._engine, {row.id: (row.name, HashSetRole(row.role)) for row in rows}, entry, distance_bits)

    @staticmethod
    def _known(connection: Connection, name: str) -> int:
        set_id = connection.execute(select(hashset.c.id).where(hashset.c.name == name)).scalar()
        if set_id is None:
            known = [row.name for row in connection.execute(select(hashset.c.name).order_by(hashset.c.name))]
            raise HashSetError(
                f"There is no list named {name!r}.", advice=f"Lists in the store: {', '.join(known) or 'none'}."
            )
        return int(set_id)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise HashSetError(
                f"The hash set store in {self._directory} cannot be used: {error.orig}.",
                kept="The store is as it was before this command.",
                advice="Check the disk and its free room, then run the command again.",
            ) from error


def _withdrawn(connection: Connection, set_id: int, hashes: Sequence[bytes]) -> set[tuple[str, bytes]]:
    any_gone = select(entry.c.id).where(entry.c.hashset_id == set_id, entry.c.withdrawn_utc.is_not(None)).limit(1)
    if connection.execute(any_gone).first() is None:
        return set()
    gone = select(entry.c.how, entry.c.hash).where(entry.c.hashset_id == set_id, entry.c.withdrawn_utc.is_not(None))
    asked = set(hashes)
    return {(how, raw) for how, raw in connection.execute(gone) if raw in asked}


def _total(connection: Connection, set_id: int, how: MatchHow) -> int:
    return int(
        connection.execute(
            select(func.count()).where(entry.c.hashset_id == set_id, entry.c.how == str(how))
        ).scalar_one()
    )


def _pragmas(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "cache_size=-131072"):
        connection.execute(f"PRAGMA {pragma}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
