"""Fixtures of cases on both databases: a test that takes `database` runs once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.case.records import begin, fill, record
from tests.postgresql import NoServerError, Server, running_server

from safelight.case.case import Case
from safelight.case.schema import engine_for
from safelight.case.verify import Verification, verify


@dataclass
class Database:
    """Where a case lies: a directory, and for PostgreSQL the URL of an empty database."""

    directory: Path
    url: str | None
    _reader: Case | None = None
    _outside: Engine | None = None

    def write(self, actor: str = "") -> Case:
        """Opens the case for writing."""
        return Case.create_or_open(self.directory, url=self.url, actor=actor)

    def read(self) -> Case:
        """Opens the case for reading."""
        return Case.open(self.directory, url=self.url)

    def engine(self) -> Engine:
        """An engine of its own, past the case, as somebody with access to the database would have."""
        return engine_for(self.directory, self.url)

    @property
    def outside(self) -> Engine:
        """One such engine, kept until the test is over."""
        if self._outside is None:
            self._outside = self.engine()
        return self._outside

    def check(self) -> Verification:
        """What `verify` says now, read through one case that is kept open."""
        if self._reader is None:
            self._reader = self.read()
        return verify(self._reader)

    def close(self) -> None:
        """Lets go of what was kept open."""
        if self._reader is not None:
            self._reader.close()
        if self._outside is not None:
            self._outside.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running PostgreSQL server."""
    try:
        with running_server() as server:
            yield server
    except NoServerError as error:
        pytest.skip(f"PostgreSQL: {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A place for one case on each database."""
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            server: Server = request.getfixturevalue("postgresql")
            url = stack.enter_context(server.schema())
        place = Database(tmp_path / "case", url)
        stack.callback(place.close)
        yield place


def _fill(database: Database) -> None:
    with database.write() as case:
        fill(case)
        case.record(begin(case), [record(50), record(51)])


@pytest.fixture(scope="session")
def filled_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled case on SQLite, to be copied."""
    database = Database(tmp_path_factory.mktemp("filled") / "case", None)
    _fill(database)
    return database.directory


@pytest.fixture
def filled(database: Database, request: pytest.FixtureRequest) -> Database:
    """A case of the test's own with rows in every covered table and two runs, on each database."""
    if database.url is None:
        shutil.copytree(request.getfixturevalue("filled_directory"), database.directory)
    else:
        _fill(database)
    return database
