"""Writing to a case: every transaction ends with the custody event that covers what it stored."""

from __future__ import annotations

import getpass
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, insert, text, update

from safelight.case import tables
from safelight.case.batch import next_id
from safelight.case.failures import writing_explained
from safelight.case.read import CaseReader
from safelight.case.record import Row, RowsDigest
from safelight.custody.chain import Event, canonical, next_event, storable
from safelight.model import JsonValue

__all__ = ["CaseLog", "login_name"]

_ROWS: Final = 2_000
_HEAD: Final = "custody_head"


class CaseLog(CaseReader):
    """The half of `Case` that stores rows under events.

    Args:
        actor: Goes into every event. `clock`: gives UTC times as text.
    """

    def __init__(self, engine: Any, where: str, actor: str, clock: Callable[[], str]) -> None:
        super().__init__(engine, where)
        self._actor = storable(actor or login_name())
        self._clock = clock
        self._last: Event | None = None
        self._unstored: Event | None = None
        # Several reviewers can act at once in one process; the chain takes one event after the other.
        self._turn = threading.Lock()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction; what it logs becomes the head only once it is stored."""
        with self._turn, writing_explained(self.where, self.media_file_count):
            self._unstored = None
            with self.engine.begin() as connection:
                yield connection
            self._last = self._unstored or self._last

    def log_about_head(self, action: str, make: Callable[[str], Mapping[str, JsonValue]]) -> None:
        """Writes an action that says something of the log up to here.

        Args:
            action: What is done. `make`: gives the details for the head as it is now, `number:digest`; nobody writes in between.
        """
        with self._writing() as connection:
            head = f"{self._last.seq}:{self._last.digest}" if self._last else ""
            self._log(connection, action, make(head))

    def _next_seq(self) -> int:
        return (self._last.seq if self._last else 0) + 1

    def _log(
        self,
        connection: Connection,
        action: str,
        details: Mapping[str, JsonValue],
        time_utc: str | None = None,
        actor: str | None = None,
    ) -> None:
        """Adds the event that ends this transaction, in the name of `actor`; of whoever opened the case when that is None.

        Two writers cannot fork the chain: the key of the table refuses the second.
        """
        made = next_event(
            self._last, time_utc=time_utc or self._clock(), actor=self._actor if actor is None else actor, host=socket.gethostname(),
            action=action, details=details,
        )  # fmt: skip
        connection.execute(
            insert(tables.custody_event).values(**{name: getattr(made, name) for name in Event.__slots__})
        )
        head = {"name": _HEAD, "value": f"{made.seq}:{made.digest}"}
        if self._last is None:
            connection.execute(insert(tables.meta).values(**head))
        else:
            connection.execute(update(tables.meta).where(tables.meta.c.name == _HEAD).values(value=head["value"]))
        self._unstored = made

    def _store(
        self,
        connection: Connection,
        action: str,
        details: Mapping[str, JsonValue],
        rows: Mapping[str, list[Row]],
        actor: str | None = None,
        time_utc: str | None = None,
    ) -> None:
        """Stores rows by table, and logs them."""
        digest, seq = RowsDigest(), self._next_seq()
        for table in tables.COVERED:
            if found := rows.get(table.name):
                digest.add_sorted(str(table.name), found)
                connection.execute(insert(table), [{**row, "event": seq} for row in found])
        self._log(connection, action, {**details, **digest.record()}, time_utc, actor)

    def _add_stage(
        self, run_id: int, name: str, rows: Iterable[tuple[str, Row]], details: Mapping[str, JsonValue]
    ) -> int:
        """Stores a whole stage in one transaction: a killed run has all of it or nothing.

        Args:
            run_id: The run. `name`: the stage. `details`: what it records of itself.
            rows: (table, row), the rows of each table together and in the order of `tables.ORDER`; ids are given here.
        """
        head = (tables.stage.name, {"run_id": run_id, "name": name, "details": canonical(details)})
        return self._add_many(f"stage-{name}", chain((head,), rows), {"run": run_id, **details}) - 1

    def _add_many(self, action: str, rows: Iterable[tuple[str, Row]], details: Mapping[str, JsonValue]) -> int:
        """Stores rows as `_add_stage` does, without a stage; returns how many."""
        digest, count = RowsDigest(), 0
        with self._writing() as connection:
            seq = self._next_seq()
            writer = _Inserts(connection, digest, seq)
            for table, row in rows:
                writer.add(table, row)
                count += 1
            writer.flush()
            if connection.dialect.name == "postgresql":
                # So much is new since the server last looked that it would plan the next queries by guesswork.
                connection.execute(text(f"ANALYZE {', '.join(tables.ORDER)}"))
            self._log(connection, action, {**details, **digest.record()})
        return count


class _Inserts:
    """Digests rows as they come and inserts them a few thousand at a time."""

    def __init__(self, connection: Connection, digest: RowsDigest, seq: int) -> None:
        self._connection, self._digest, self._seq = connection, digest, seq
        self._table = ""
        self._waiting: list[Row] = []
        self._next_id = 0

    def add(self, table: str, row: Row) -> None:
        if table != self._table:
            self.flush()
            self._table = str(table)
            if tables.ORDER[self._table] == ("id",):
                self._next_id = next_id(self._connection, tables.METADATA.tables[self._table])
        if self._next_id:
            row = {**row, "id": self._next_id}
            self._next_id += 1
        self._digest.add(self._table, row)
        self._waiting.append({**row, "event": self._seq})
        if len(self._waiting) >= _ROWS:
            self.flush(same_table=True)

    def flush(self, *, same_table: bool = False) -> None:
        if self._waiting:
            self._connection.execute(insert(tables.METADATA.tables[self._table]), self._waiting)
            self._waiting = []
        if not same_table:
            self._next_id = 0


def login_name() -> str:
    """The log-in name of the person who runs this process, or the number of the user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
