"""Cases on both databases: a test that takes `database` runs once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from safelight.case.case import Case
from safelight.case.schema import engine_for
from tests.postgresql import NoServerError, Server, running_server


@dataclass(frozen=True)
class Database:
    """Where a case lies: a directory, and for PostgreSQL the URL of an empty database."""

    directory: Path
    url: str | None

    def write(self, actor: str = "") -> Case:
        """Opens the case for writing."""
        return Case.create_or_open(self.directory, url=self.url, actor=actor)

    def read(self) -> Case:
        """Opens the case for reading."""
        return Case.open(self.directory, url=self.url)

    def engine(self) -> Engine:
        """An engine of its own, past the case, as somebody with access to the database would have."""
        return engine_for(self.directory, self.url)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running PostgreSQL server."""
    try:
        with running_server() as server:
            yield server
    except NoServerError as error:
        pytest.skip(f"PostgreSQL: {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A place for one case on each database."""
    if request.param == "sqlite":
        return Database(tmp_path / "case", None)
    server: Server = request.getfixturevalue("postgresql")
    return Database(tmp_path / "case", server.make_database(f"case_{secrets.token_hex(8)}"))
