"""The case: open, begin and end runs, and store what the stages hand over."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, func, insert, select, update

from safelight.case import tables
from safelight.case.access import lock_database, lock_directory
from safelight.case.batch import rows_of_batch
from safelight.case.failures import reading_explained, writing_explained
from safelight.case.leads import FILLED, leads_are_missing, older_leads
from safelight.case.log import login_name
from safelight.case.record import FileRecord
from safelight.case.reviewing import ReviewLog
from safelight.case.schema import DATABASE_NAME, SCHEMA, check_schema, engine_for, read_only_engine, upgrade
from safelight.custody.chain import canonical, storable
from safelight.errors import CaseError
from safelight.model import Group, JsonValue, Match, QueueItem

__all__ = ["Case"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Case(ReviewLog):
    """One case: a directory with a lock, a database and reports.

    Use `create_or_open` to write and `open` to read. Rows that say what was found are only ever added.
    """

    def __init__(self, directory: Path, engine: Engine, lock: int | None, actor: str, clock: Callable[[], str]) -> None:
        super().__init__(engine, str(directory), actor, clock)
        self.directory = directory
        self._lock = lock
        self._guard: Connection | None = None

    @classmethod
    def create_or_open(
        cls, directory: Path, *, url: str | None = None, actor: str = "", clock: Callable[[], str] = _now
    ) -> Case:
        """Opens a case for writing; makes it when the directory is absent or empty.

        Args:
            directory: The case directory. `url`: SQLAlchemy URL of a PostgreSQL database instead of a file in it.
            actor: Name for the custody log; the log-in name when empty. `clock`: gives UTC times as text.

        Raises:
            CaseError: The directory or the database holds something else, another process has the case open, or it cannot be written.
        """
        lock = lock_directory(directory)
        case = cls(directory, engine_for(directory, url), lock, actor, clock)
        try:
            with writing_explained(case.where, case.media_file_count):
                case._guard = lock_database(case.engine, case.where)
                before = upgrade(case.engine)
            case._begin(upgraded_from=before[0] if before else None)
        except BaseException:
            case.close()
            raise
        return case

    @classmethod
    def open(cls, directory: Path, *, read_only: bool = True, url: str | None = None, actor: str = "") -> Case:
        """Opens a case that is there.

        Raises:
            CaseError: There is no case, it has another schema, or it cannot be read.
        """
        if url is None and not (directory / DATABASE_NAME).is_file():
            raise CaseError(f"{directory} is not a case.", advice="`safelight triage SOURCE --case DIR` makes one.")
        if not read_only:
            return cls.create_or_open(directory, url=url, actor=actor)
        case = cls(directory, read_only_engine(directory, url), None, actor, _now)
        try:
            with reading_explained(case.where):
                check_schema(case.engine)
        except BaseException:
            case.close()
            raise
        return case

    def close(self) -> None:
        """Closes the database and releases the lock."""
        if self._guard is not None:
            self._guard.close()
            self._guard = None
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

    def _begin(self, *, upgraded_from: str | None) -> None:
        self._last = self.last_event()
        if self._last is None:
            self.log("case-made", {"case": secrets.token_hex(16), "schema": SCHEMA})
        elif upgraded_from is not None:
            self.log("schema-upgraded", {"from": upgraded_from, "to": SCHEMA})
        if leads_are_missing(self):
            self._add_many(FILLED, older_leads(self), {})

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
            "login": login_name(),
            "sources": [source.decode("utf-8", "backslashreplace") for source in sources],
            "settings": dict(settings),
            "versions": dict(versions),
            "isolation": dict(isolation),
        }
        begun = self._clock()
        with self._writing() as connection:
            run_id = int(connection.execute(select(func.max(tables.run.c.id))).scalar() or 0) + 1
            row = {"id": run_id, "command": storable(command), "begun_utc": begun, "details": canonical(details)}
            connection.execute(insert(tables.run).values(**row))
            self._log(connection, "run-begun", {"run": run_id, **details}, begun)
        return run_id

    def end_run(self, run_id: int, *, outcome: str, counts: Mapping[str, int]) -> None:
        """Ends a run: `done`, `interrupted` or `failed`."""
        ended = self._clock()
        with self._writing() as connection:
            values = {"ended_utc": ended, "outcome": outcome, "counts": canonical(dict(counts))}
            connection.execute(update(tables.run).where(tables.run.c.id == run_id).values(**values))
            self._log(connection, "run-ended", {"run": run_id, "outcome": outcome, "counts": dict(counts)}, ended)

    def log(self, action: str, details: Mapping[str, JsonValue]) -> None:
        """Writes an action that stores no rows into the custody log."""
        with self._writing() as connection:
            self._log(connection, action, details)

    # Intake

    def record(self, run_id: int, records: Sequence[FileRecord], *, finished: Sequence[bytes] = ()) -> None:
        """Stores one batch in one transaction, with one custody event that covers every row.

        Args:
            run_id: The run. `records`: places in the order in which they were taken in. A media or place that is there
                already is not stored again; a place that has changed since gets a new revision and a finding.
            finished: Keys of archives all of whose members are stored now or before.
        """
        with self._writing() as connection:
            rows = rows_of_batch(connection, run_id, records, finished)
            self._store(connection, "files-recorded", {"run": run_id}, rows)

    # Stages

    def add_matches(self, run_id: int, matches: Iterable[Match], *, state: Mapping[str, JsonValue]) -> int:
        """Stores the matches of a run, with the state of the lists they come from; returns how many."""
        rows = (
            (tables.match.name, {
                "run_id": run_id, "sha256": item.sha256, "hashset": storable(item.hashset), "bank": storable(item.bank),
                "role": str(item.role), "how": str(item.how), "distance": item.distance, "label": storable(item.label),
                "entry": item.entry, "variant": item.variant,
            })
            for item in matches
        )  # fmt: skip
        return self._add_stage(run_id, "match", rows, {"lists": dict(state)})

    def add_groups(
        self, run_id: int, groups: Sequence[Group], *, distance_bits: int, turns: Mapping[str, str] | None = None
    ) -> int:
        """Stores the groups of a run; returns how many rows.

        Args:
            run_id: The run. `groups`: with their members. `distance_bits`: that was allowed.
            turns: Of members that were found through a flip or a rotation, which it was, by SHA-256.
        """

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
            if not turns:
                return
            for number, group in enumerate(groups, 1):
                for sha256 in sorted(name for name, _ in group.members if name in turns):
                    row = {"run_id": run_id, "number": number, "sha256": sha256, "turn": turns[sha256]}
                    yield tables.group_turn.name, row

        return self._add_stage(run_id, "group", rows(), {"distance_bits": distance_bits})

    def add_queue(
        self,
        run_id: int,
        items: Iterable[QueueItem],
        *,
        rules: Mapping[str, JsonValue],
        rests_on: Mapping[str, int] | None = None,
    ) -> int:
        """Stores the queue of a run, in the order of its ranks; returns its length.

        Args:
            run_id: The run. `items`: the lines, rank 1 first. `rules`: the rules that made it.
            rests_on: The runs whose matches and groups it was made from, by stage (`match`, `group`).
        """
        rows = (
            (tables.queue.name, {
                "run_id": run_id, "rank": item.rank, "sha256": item.sha256, "location_key": item.location_key,
                "placed_by": item.placed_by, "rule": storable(item.rule), "reason": storable(item.reason),
                "group_size": item.group_size,
            })
            for item in items
        )  # fmt: skip
        return self._add_stage(run_id, "queue", rows, {"rules": dict(rules), "rests_on": dict(rests_on or {})})
