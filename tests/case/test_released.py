"""Every released schema leaves a small case that must still open, be whole, and take in more."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from tests.case.records import begin, record
from tests.case.released import FOLDER, load

from safelight.case.case import Case
from safelight.case.schema import DATABASE_NAME, SCHEMA
from safelight.case.verify import verify

RELEASED = sorted(path.stem for path in FOLDER.glob("*.sql"))


def _schema(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name")
        return [re.sub(r"\s+", " ", sql) for (sql,) in rows]


def test_every_schema_has_its_fixture_and_each_is_small() -> None:
    versions = Path(__file__).resolve().parents[2] / "src" / "safelight" / "case" / "migrations" / "versions"
    assert sorted(path.name[1:5] for path in versions.glob("r*.py")) == RELEASED
    assert all((FOLDER / f"{schema}.sql").stat().st_size < 80_000 for schema in RELEASED)


@pytest.mark.parametrize("schema", RELEASED)
def test_a_case_of_a_released_schema_opens_is_whole_and_takes_in_more(tmp_path: Path, schema: str) -> None:
    load(schema, tmp_path / "case")
    with Case.create_or_open(tmp_path / "case") as case:
        assert not verify(case).breaks
        assert case.media_count() == 6 and case.current("queue") == 1
        case.record(begin(case), [record(0), record(90)])
        assert case.media_count() == 7
        assert not verify(case).breaks
    with Case.open(tmp_path / "case") as case:
        assert not verify(case).breaks


def test_the_migrations_still_make_what_the_fixture_of_the_newest_schema_has(tmp_path: Path) -> None:
    """A migration is never changed once it is released: its fixture shows what it made then."""
    load(SCHEMA, tmp_path / "then")
    Case.create_or_open(tmp_path / "now").close()
    assert _schema(tmp_path / "then" / DATABASE_NAME) == _schema(tmp_path / "now" / DATABASE_NAME)
