"""Reads the rows that custody events cover, exactly as they lie in the database, in the order of the events: one pass for each table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Table, column, select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.case.record import RowsDigest, covered_columns

__all__ = ["CoveredRows", "raw_rows", "snapshot"]

_STREAM: Final = 2_000


@contextmanager
def snapshot(case: CaseReader) -> Iterator[Connection]:
    """A connection on which everything is read from one moment, even while another process writes, and as it lies in the file."""
    with case.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        usual = driver.text_factory
        # Someone may have put bytes into the file that are no text: they are to be named, not to end the check.
        driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            yield connection
        finally:
            driver.text_factory = usual


def raw_rows(connection: Connection, table: Table, names: tuple[str, ...], order: tuple[str, ...]) -> Iterator[Any]:
    """Rows of a table as the driver gives them: columns without types, so that nothing is converted on the way."""
    columns: list[Any] = [column(name) for name in names]
    chosen = select(*columns).select_from(table).order_by(*(column(name) for name in order))
    return iter(connection.execute(chosen, execution_options={"stream_results": True, "yield_per": _STREAM}))


class CoveredRows:
    """The rows of every covered table, handed out event by event.

    Attributes:
        strangers: Rows that name an event that is not in the log, by (table, what they name).
    """

    def __init__(self, connection: Connection) -> None:
        self.strangers: dict[tuple[str, str], int] = {}
        self._rows = {name: _Rows(connection, name) for name in tables.ORDER}

    def of_event(self, seq: int) -> RowsDigest:
        """Digests the rows of one event. Events are asked for in their order."""
        digest = RowsDigest()
        for name, rows in self._rows.items():
            # An event that is no number at all stands first (nothing) or last (text, bytes) in SQLite.
            while not rows.over and (rows.named is None or (rows.number is not None and rows.number < seq)):
                self._stranger(name, rows)
            while rows.number == seq:
                digest.add_values(name, rows.values)
                rows.step()
        return digest

    def finish(self) -> None:
        """Counts what no event asked for."""
        for name, rows in self._rows.items():
            while not rows.over:
                self._stranger(name, rows)

    def _stranger(self, name: str, rows: _Rows) -> None:
        key = name, repr(rows.named)
        self.strangers[key] = self.strangers.get(key, 0) + 1
        rows.step()


class _Rows:
    """One table in the order of its events.

    Attributes:
        values: The row in hand, without its event. `named`: the event that it names, whatever that is.
        number: The same, as a number; None when it is none, or when the table is `over`.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        names = (*covered_columns(name), "event")
        self._rows = raw_rows(connection, tables.METADATA.tables[name], names, ("event", *tables.ORDER[name]))
        self.over = False
        self.step()

    def step(self) -> None:
        row = next(self._rows, None)
        self.over = row is None
        self.values: tuple[Any, ...] = tuple(row[:-1]) if row is not None else ()
        self.named: Any = row[-1] if row is not None else None
        self.number: float | None = self.named if isinstance(self.named, int | float) else None
