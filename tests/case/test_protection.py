"""Whatever bit of a sealed case is turned over is named, or changes nothing that any reader sees; and the schema is held to the migrations."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.case.records import fill
from tests.case.tampering import Region, Sealed, log_regions, regions

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.schema import DATABASE_NAME
from safelight.case.verify import verify
from safelight.custody.chain import Break
from safelight.errors import CaseError

LOG = f"{DATABASE_NAME}-wal"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return Sealed(tmp_path_factory.mktemp("sealed"))


def bytes_of(every: list[Region], chance: random.Random, wanted: Callable[[Region], int]) -> list[tuple[Region, int]]:
    """So many bytes of each region, by chance."""
    return [
        (region, at)
        for region in every
        for at in chance.sample(range(region.begin, region.end), min(wanted(region), region.end - region.begin))
    ]


def test_each_byte_of_the_database_lies_in_one_region_and_every_table_index_and_kind_of_page_is_there(
    sealed: Sealed,
) -> None:
    content = sealed.content()
    found = regions(content)
    assert found[0].begin == 0 and found[-1].end == len(content)
    assert all(one.end == two.begin for one, two in pairwise(found))
    names = {region.name.partition(":")[0] for region in found}
    assert names > {str(name) for name in tables.METADATA.tables} | {"free pages", "file header"}
    kinds = {region.name.partition(": ")[2].partition(" ")[0] for region in found}
    assert kinds >= {"leaf", "internal", "overflow", "free"}
    assert LOG not in sealed.names(), "a case that was closed lies in one file"


def test_a_bit_turned_over_in_any_region_of_the_database_is_caught_or_changes_nothing(sealed: Sealed) -> None:
    """A few bytes of each region; `python -m tests.case.tampering` turns over as many as are asked for."""
    chance = random.Random(20261125)
    every = regions(sealed.content())
    gaps = {region.name for region in chance.sample([one for one in every if one.name.endswith("gap")], 8)}

    def wanted(region: Region) -> int:
        if region.name == "file header":
            return 25
        if region.name.endswith("gap"):
            return int(region.name in gaps)
        return int(not region.name.endswith(("header", "pointers")) or chance.random() < 0.4)

    became: Counter[str] = Counter()
    by_region: dict[str, list[str]] = {}
    for region, at in bytes_of(every, chance, wanted):
        what = sealed.flip(at, chance.randrange(8))
        assert what != "UNSEEN", (region, at)
        became[what] += 1
        by_region.setdefault(region.name.rpartition(" ")[2], []).append(what)
    assert set(by_region["gap"]) == {"nothing changed"}, "what lies between cells is read by nobody"
    assert by_region["cells"].count("nothing changed") < len(by_region["cells"]) / 10
    assert became["named"] > 50 and became["refused"] > 40


@pytest.mark.parametrize("table", [str(name) for name in tables.ORDER])
def test_a_bit_turned_over_in_the_rows_of_any_table_is_caught(sealed: Sealed, table: str) -> None:
    content = sealed.content()
    rows = [region for region in regions(content) if region.name == f"{table}: leaf cells"]
    assert rows
    chance = random.Random(table)
    at = max(chance.choice(rows).end - 1, 0)
    # The last byte of a page of rows is the last byte of the first row that came there.
    assert sealed.flip(at, chance.randrange(8)) in {"named", "refused"}


def test_a_bit_turned_over_in_the_write_ahead_log_of_a_case_that_was_not_closed_is_caught(tmp_path: Path) -> None:
    """Its frames have checksums: what follows a broken one is as if it had not been written, and the head that was noted is missing."""
    sealed = Sealed(tmp_path, open_log=True)
    assert LOG in sealed.names()
    chance = random.Random(7)
    every = log_regions(sealed.content(LOG))
    assert len(every) > 20
    became: Counter[str] = Counter()
    for region, at in bytes_of(every, chance, lambda _: 2):
        what = sealed.flip(at, chance.randrange(8), LOG)
        assert what != "UNSEEN", (region, at)
        became[what] += 1
    assert became["named"] + became["refused"] > 30


def test_the_other_files_beside_the_database_say_nothing_of_the_case(tmp_path: Path) -> None:
    sealed = Sealed(tmp_path, open_log=True)
    chance = random.Random(8)
    others = [name for name in sealed.names() if name not in {DATABASE_NAME, LOG}]
    assert others == [f"{DATABASE_NAME}-shm", "lock"]
    for name in others:
        content = sealed.content(name)
        for at in chance.sample(range(len(content)), min(25, len(content))):
            assert sealed.flip(at, chance.randrange(8), name) == "nothing changed", (name, at)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE sqlite_master SET sql = replace(sql, 'never changed', 'never mended') WHERE name = 'media_no_update'",
         "the trigger media_no_update is not as Safelight makes it"),
        ("UPDATE sqlite_master SET sql = replace(sql, 'BEGIN', 'WHEN 0 BEGIN') WHERE name = 'media_no_update'",
         "the trigger media_no_update is not as Safelight makes it"),
        ("UPDATE sqlite_master SET sql = replace(sql, ', ' || char(10, 9) || 'event', ', ' || char(11, 9) || 'event') WHERE name = 'opinion'",
         "the table opinion is not as Safelight makes it"),
        ("CREATE VIEW shown AS SELECT sha256 FROM media", "the view shown was added"),
        ("CREATE TABLE more (x)", "the table more was added"),
        ("CREATE TRIGGER more AFTER INSERT ON media BEGIN SELECT 1; END", "the trigger more was added"),
        ("DROP INDEX finding_outcome", "the index finding_outcome is gone"),
    ],
)  # fmt: skip
def test_a_schema_that_was_changed_is_named(tmp_path: Path, statement: str, what: str) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
    with closing(sqlite3.connect(tmp_path / "case" / DATABASE_NAME)) as connection:
        before = _schema(connection)
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(statement)
        connection.commit()
        assert _schema(connection) != before
    with Case.open(tmp_path / "case") as case:
        assert Break("database schema", what) in verify(case).breaks


def _schema(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute("SELECT name, sql FROM sqlite_master").fetchall()


def test_bytes_that_are_no_text_in_the_schema_are_no_traceback(tmp_path: Path) -> None:
    """The words in which SQLite refuses such a file quote them."""
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
    path = tmp_path / "case" / DATABASE_NAME
    content = path.read_bytes()
    at = content.index(b"CREATE TABLE queue")
    path.write_bytes(content[: at + 13] + b"\xce" + content[at + 14 :])
    with pytest.raises(CaseError, match="cannot be read") as error:
        Case.open(tmp_path / "case")
    assert error.value.kept and error.value.advice
