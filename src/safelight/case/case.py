"""The case: open, begin and end runs, and store what the stages hand over."""

from __future__ import annotations

import fcntl
import getpass
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.case.record import FileRecord, RowsDigest, file_row, finding_row, media_row, opinion_row
from safelight.case.schema import DATABASE_NAME, engine_for, read_only_engine, upgrade
from safelight.custody.chain import Event, next_event
from safelight.errors import CaseError
from safelight.model import Finding, Group, JsonValue, Match, QueueItem

__all__ = ["Case"]

_ROWS: Final = 2_000
_LOCK: Final = "lock"
_VERSION: Final = "1"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Case(CaseReader):
    """One case: a directory with a lock, a database and reports.

    Use `create_or_open` to write and `open` to read. Rows that say what was found are only ever added.
    """

    def __init__(self, directory: Path, engine: Engine, lock: int | None, actor: str, clock: Callable[[], str]) -> None:
        super().__init__(engine)
        self.directory = directory
        self._lock = lock
        self._actor = actor or _login()
        self._clock = clock
        self._last: Event | None = None
        self._unstored: Event | None = None

    @classmethod
    def create_or_open(
        cls, directory: Path, *, url: str | None = None, actor: str = "", clock: Callable[[], str] = _now
    ) -> Case:
        """Opens a case for writing; makes it when the directory is absent or empty.

        Args:
            directory: The case directory. `url`: SQLAlchemy URL of a PostgreSQL database instead of a file in it.
            actor: Name for the custody log; the log-in name when empty. `clock`: gives UTC times as text.

        Raises:
            CaseError: The directory holds something else, another process has the case open, or it cannot be written.
        """
        made = not (directory / DATABASE_NAME).exists() and not (directory / _LOCK).exists()
        try:
            if made and directory.exists() and any(directory.iterdir()):
                raise CaseError(
                    f"{directory} is not empty and is not a case.",
                    kept="It was left as it is.",
                    advice="Name a new directory.",
                )
            directory.mkdir(parents=True, exist_ok=True)
            lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CaseError(
                f"The case directory {directory} cannot be used: {error.strerror}.",
                kept="Nothing was written.",
                advice="Check the path and its permissions.",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise CaseError(
                f"The case {directory} is open in another process.",
                kept="It was left as it is.",
                advice="Wait for that process, or end it.",
            ) from error
        case = cls(directory, engine_for(directory, url), lock, actor, clock)
        try:
            with _explained(directory):
                upgrade(case.engine)
                case._begin()
        except BaseException:
            case.close()
            raise
        return case

    @classmethod
    def open(cls, directory: Path, *, read_only: bool = True, url: str | None = None, actor: str = "") -> Case:
        """Opens a case that is there.

        Raises:
            CaseError: There is no case, or it cannot be read.
        """
        if url is None and not (directory / DATABASE_NAME).is_file():
            raise CaseError(f"{directory} is not a case.", advice="`safelight triage SOURCE --case DIR` makes one.")
        if not read_only:
            return cls.create_or_open(directory, url=url, actor=actor)
        case = cls(directory, read_only_engine(directory, url), None, actor, _now)
        with _explained(directory):
            case.run_count()
        return case

    def close(self) -> None:
        """Closes the database and releases the lock."""
        self.engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> None:
        self._last = self.last_event()
        if self._last is None:
            with self._writing() as connection:
                self._log(connection, "case-made", {"case": secrets.token_hex(16)})

    # Runs

    def begin_run(
        self,
        *,
        command: str,
        sources: Sequence[bytes],
        settings: Mapping[str, JsonValue],
        versions: Mapping[str, str],
        isolation: Mapping[str, JsonValue],
    ) -> int:
        """Starts a run and returns its number; everything given goes into the custody log."""
        details: dict[str, JsonValue] = {
            "command": command,
            "sources": [os.fsdecode(source).encode("utf-8", "backslashreplace").decode() for source in sources],
            "settings": dict(settings),
            "versions": dict(versions),
            "isolation": dict(isolation),
        }
        with self._writing() as connection:
            text = orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode()
            row = {"command": command, "begun_utc": self._clock(), "details": text}
            result = connection.execute(insert(tables.run).values(**row).returning(tables.run.c.id))
            run_id = int(result.scalar_one())
            self._log(connection, "run-begun", {"run": run_id, **details})
        return run_id

    def end_run(self, run_id: int, *, outcome: str, counts: Mapping[str, int]) -> None:
        """Ends a run: `done`, `interrupted` or `failed`."""
        with self._writing() as connection:
            values = {"ended_utc": self._clock(), "outcome": outcome, "counts": orjson.dumps(dict(counts)).decode()}
            connection.execute(update(tables.run).where(tables.run.c.id == run_id).values(**values))
            self._log(connection, "run-ended", {"run": run_id, "outcome": outcome, "counts": dict(counts)})

    def log(self, action: str, details: Mapping[str, JsonValue]) -> None:
        """Writes an action that stores no rows into the custody log."""
        with self._writing() as connection:
            self._log(connection, action, details)

    # Intake

    def record(self, run_id: int, records: Sequence[FileRecord], *, finished: Sequence[bytes] = ()) -> None:
        """Stores one batch in one transaction, with one custody event that covers every row.

        Args:
            run_id: The run. `records`: places in the order in which they were taken in. A media or place that is there
                already is not stored again; a place whose content has changed since gets a new revision and a finding.
            finished: Keys of archives all of whose members are stored now or before.
        """
        with self._writing() as connection:
            rows = self._new_rows(connection, run_id, records, finished)
            self._store(connection, "files-recorded", {"run": run_id}, rows)

    def _new_rows(
        self, connection: Connection, run_id: int, records: Sequence[FileRecord], finished: Sequence[bytes]
    ) -> dict[str, list[dict[str, Any]]]:
        rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("media", "media_file", "archive_done", "finding", "opinion")
        }
        wanted = [record.examination.sha256 for record in records if record.examination is not None]
        there = self._present(connection, tables.media.c.sha256, wanted)
        places = self._newest_revisions(connection, [record.media_file.location.key for record in records])
        for record in records:
            examination = record.examination
            if examination is not None and examination.sha256 not in there:
                there.add(examination.sha256)
                rows["media"].append(media_row(examination, run_id))
                sha256 = examination.sha256
                rows["finding"] += [
                    finding_row(item, run_id, sha256=sha256, location_key=None) for item in examination.findings
                ]
                if record.opinion is not None:
                    rows["opinion"].append(opinion_row(sha256, record.opinion, run_id))
            key = record.media_file.location.key
            findings = record.findings
            revision = 0
            if key in places:
                before = places[key]
                if before["sha256"] == record.sha256:
                    continue
                revision = before["revision"] + 1
                findings = (*findings, _changed(before["sha256"]))
            row = file_row(record, run_id, revision)
            places[key] = row
            rows["media_file"].append(row)
            rows["finding"] += [finding_row(item, run_id, sha256=None, location_key=key) for item in findings]
        closed = self._present(connection, tables.archive_done.c.location_key, list(finished))
        rows["archive_done"] = [{"location_key": key} for key in dict.fromkeys(finished) if key not in closed]
        return rows

    # Stages

    def add_matches(self, run_id: int, matches: Iterable[Match], *, state: Mapping[str, JsonValue]) -> int:
        """Stores the matches of a run, with the state of the lists they come from; returns how many."""
        rows = (
            (tables.match.name, {
                "run_id": run_id, "sha256": item.sha256, "hashset": item.hashset, "bank": item.bank, "role": str(item.role),
                "how": str(item.how), "distance": item.distance, "label": item.label, "entry": item.entry, "variant": item.variant,
            })
            for item in matches
        )  # fmt: skip
        return self._add_stage(run_id, "match", rows, {"lists": dict(state)})

    def add_groups(self, run_id: int, groups: Sequence[Group], *, distance_bits: int) -> int:
        """Stores the groups of a run; returns how many rows."""

        def rows() -> Iterator[tuple[str, dict[str, Any]]]:
            for number, group in enumerate(groups, 1):
                yield tables.media_group.name, {
                    "run_id": run_id, "number": number, "kind": group.kind, "representative": group.representative,
                    "size": len(group.members), "distance_bits": group.distance_bits,
                }  # fmt: skip
            for number, group in enumerate(groups, 1):
                for sha256, distance in sorted(group.members):
                    row = {"run_id": run_id, "number": number, "sha256": sha256, "distance": distance}
                    yield tables.group_member.name, row

        return self._add_stage(run_id, "group", rows(), {"distance_bits": distance_bits})

    def add_queue(self, run_id: int, items: Iterable[QueueItem], *, rules: Mapping[str, JsonValue]) -> int:
        """Stores the queue of a run, with the rules that made it; returns its length."""
        rows = (
            (tables.queue.name, {
                "run_id": run_id, "rank": item.rank, "sha256": item.sha256, "location_key": item.location_key,
                "rule": item.rule, "reason": item.reason, "group_size": item.group_size,
            })
            for item in items
        )  # fmt: skip
        return self._add_stage(run_id, "queue", rows, {"rules": dict(rules)})

    def _add_stage(
        self, run_id: int, name: str, rows: Iterable[tuple[str, dict[str, Any]]], details: Mapping[str, JsonValue]
    ) -> int:
        """Stores a whole stage in one transaction: a killed run has all of it or nothing. Rows come in digest order."""
        digest, count = RowsDigest(), 0
        with self._writing() as connection:
            seq = self._next_seq()
            stage_row = {
                "run_id": run_id,
                "name": name,
                "details": orjson.dumps(dict(details), option=orjson.OPT_SORT_KEYS).decode(),
            }
            digest.add(tables.stage.name, stage_row)
            connection.execute(insert(tables.stage).values(**stage_row, event=seq))
            waiting: list[dict[str, Any]] = []
            last = ""
            for table, row in rows:
                if waiting and (table != last or len(waiting) >= _ROWS):
                    connection.execute(insert(tables.METADATA.tables[last]), waiting)
                    waiting = []
                last = table
                digest.add(table, row)
                waiting.append({**row, "event": seq})
                count += 1
            if waiting:
                connection.execute(insert(tables.METADATA.tables[last]), waiting)
            self._log(connection, f"stage-{name}", {"run": run_id, **details, **digest.record()})
        return count

    def _store(
        self,
        connection: Connection,
        action: str,
        details: Mapping[str, JsonValue],
        rows: Mapping[str, list[dict[str, Any]]],
    ) -> None:
        digest, seq = RowsDigest(), self._next_seq()
        for table in tables.COVERED:
            if found := rows.get(table.name):
                digest.add_sorted(table.name, found)
                connection.execute(insert(table), [{**row, "event": seq} for row in found])
        self._log(connection, action, {**details, **digest.record()})

    def _next_seq(self) -> int:
        return (self._last.seq if self._last else 0) + 1

    def _log(self, connection: Connection, action: str, details: Mapping[str, JsonValue]) -> None:
        # PostgreSQL has no row lock that would order two writers of one chain; the lock on the case does it for both.
        host = socket.gethostname()
        made = next_event(
            self._last, time_utc=self._clock(), actor=self._actor, host=host, action=action, details=details
        )
        connection.execute(
            insert(tables.custody_event).values(**{name: getattr(made, name) for name in Event.__slots__})
        )
        head = {"name": "custody_head", "value": f"{made.seq}:{made.digest}"}
        if self._last is None:
            connection.execute(insert(tables.meta).values(**head))
        else:
            connection.execute(
                update(tables.meta).where(tables.meta.c.name == head["name"]).values(value=head["value"])
            )
        self._unstored = made

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _explained(self.directory):
            self._unstored = None
            with self.engine.begin() as connection:
                yield connection
            # Only what was committed is the head that the next event follows.
            self._last = self._unstored or self._last

    @staticmethod
    def _newest_revisions(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Mapping[str, Any]]:
        found: dict[bytes, Mapping[str, Any]] = {}
        file = tables.media_file.c
        for start in range(0, len(keys), 500):
            chosen = select(file.location_key, file.revision, file.sha256).where(
                file.location_key.in_(keys[start : start + 500])
            )
            for row in connection.execute(chosen.order_by(file.revision)).mappings():
                found[bytes(row["location_key"])] = dict(row)
        return found


def _changed(before: str | None) -> Finding:
    return Finding(
        reader="evidence",
        version=_VERSION,
        what="The content of this place differs from what an earlier run read there; both are kept.",
        does_not_show="Who changed it, or why.",
        details={"sha256_before": before},
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


@contextmanager
def _explained(directory: Path) -> Iterator[None]:
    """Turns what the database says into words with a next step."""
    try:
        yield
    except DBAPIError as error:
        raise CaseError(
            f"The case {directory} cannot be written or read: {error.orig}.",
            kept="Everything that was reported as done is stored; the batch that was being written is not.",
            advice="Free some room or repair what is wrong, then run the same command again: it goes on where it stopped.",
        ) from error
