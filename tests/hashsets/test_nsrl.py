"""NSRL RDS 3 as an SQLite file."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.hashsets.lists import imported, matches, md5

from safelight.errors import HashSetError
from safelight.hashsets import HashSetStore, nsrl
from safelight.hashsets.entry import Checkpoint, ImportReport
from safelight.hashsets.importing import read_list
from safelight.hashsets.staging import Staging
from safelight.model import HashSetRole


class _CutOffError(Exception):
    """A kill, as far as the store can tell."""


# The schema of RDS 3 as NIST describes it; in some releases FILE is a view of METADATA.
_SCHEMA = {
    "full": (
        """CREATE TABLE FILE (sha256 VARCHAR(64), sha1 VARCHAR(40), md5 VARCHAR(32), crc32 VARCHAR(8), file_name TEXT, file_size INTEGER,
        package_id INTEGER)""",
    ),
    "view": (
        "CREATE TABLE METADATA (sha256 TEXT, sha1 TEXT, md5 TEXT, crc32 TEXT, file_name TEXT, file_size INTEGER, package_id INTEGER, note TEXT)",
        "CREATE VIEW FILE AS SELECT sha256, sha1, md5, crc32, file_name, file_size, package_id FROM METADATA",
    ),
}


def _made(path: Path, form: str, count: int) -> bytes:
    with sqlite3.connect(path) as made:
        for statement in (*_SCHEMA[form], "CREATE TABLE VERSION (version TEXT)"):
            made.execute(statement)
        table = "FILE" if form == "full" else "METADATA"
        for number in range(count):
            data = str(number).encode()
            sha256, sha1 = hashlib.sha256(data).hexdigest().upper(), hashlib.sha1(data).hexdigest().upper()
            made.execute(
                f"INSERT INTO {table} (sha256, sha1, md5, crc32, file_name, file_size, package_id) VALUES (?, ?, ?, 'A', 'x.dll', 1, 9)",
                (sha256, sha1, md5(number).upper()),
            )
        made.execute(f"INSERT INTO {table} (sha256, sha1, md5) VALUES ('zz', '', NULL)")
        made.execute(f"INSERT INTO {table} (file_name) VALUES ('nothing')")
    made.close()
    return path.read_bytes()


@pytest.mark.parametrize("form", ["full", "view"])
def test_the_digests_of_every_row(tmp_path: Path, form: str) -> None:
    content = _made(tmp_path / "made.db", form, 50)
    report = imported(tmp_path, content, "nsrl", role=HashSetRole.IRRELEVANT)
    assert report.form == "NSRL RDS, SQLite, table FILE"
    assert report.accepted == {"md5": 50, "sha1": 50, "sha256": 50}
    assert report.rejected == {"the sha256 is not 64 hex digits": 1, "no hash in the row": 1}
    (match,) = matches(tmp_path, [("0" * 64, "0" * 40, md5(7), None)])
    assert (match.hashset, match.role, match.how) == ("nsrl", HashSetRole.IRRELEVANT, "md5")
    assert imported(tmp_path, content, "nsrl", role=HashSetRole.IRRELEVANT).accepted == {}


def test_damaged_and_other_databases_are_refused(tmp_path: Path) -> None:
    content = _made(tmp_path / "made.db", "full", 500)
    for cut in (20, 4096, len(content) // 2):
        with pytest.raises(HashSetError, match=r"damaged|no table"):
            imported(tmp_path, content[:cut])
    with sqlite3.connect(tmp_path / "other.db") as made:
        made.execute("CREATE TABLE FILE (name TEXT)")
    made.close()
    with pytest.raises(HashSetError, match="no table"):
        imported(tmp_path, (tmp_path / "other.db").read_bytes())
    with HashSetStore(tmp_path / "store") as store:
        assert store.sets() == []


def test_the_file_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    _made(folder / "rds.db", "full", 5)
    before = sorted(path.name for path in folder.iterdir())
    folder.chmod(0o500)
    with HashSetStore(tmp_path / "store") as store:
        store.import_file(folder / "rds.db", name="nsrl")
    assert sorted(path.name for path in folder.iterdir()) == before


def test_from_a_checkpoint_the_rest_is_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nsrl, "_ROWS", 7)
    monkeypatch.setattr(nsrl, "_CHECKPOINT", 1)
    for form in ("full", "view"):
        path = tmp_path / f"{form}.db"
        _made(path, form, 50)
        items = list(read_list(path, None, ImportReport(name="unit", file="x")))
        places = [place for place, item in enumerate(items) if isinstance(item, Checkpoint)]
        assert len(places) == 8
        for place in places:
            report = ImportReport(name="unit", file="x")
            assert list(read_list(path, None, report, position=items[place].position)) == items[place + 1 :]  # type: ignore[union-attr]
            assert report.resumed
        last = items[places[-1]].position  # type: ignore[union-attr]
        others: list[dict[str, int | str]] = [{"stamp": "another file"}]
        if form == "view":
            others += [{"read": "0" * 64}, {"row": 7_000}]
        for other in others:
            report = ImportReport(name="unit", file="x")
            assert list(read_list(path, None, report, position={**last, **other})) == items
            assert not report.resumed


def test_an_import_of_a_view_that_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nsrl, "_ROWS", 7)
    monkeypatch.setattr(nsrl, "_CHECKPOINT", 1)
    content = _made(tmp_path / "made.db", "view", 50)
    whole = imported(tmp_path, content, "whole")
    keep, add = Staging.checkpoint, Staging.add
    left, added = [3], [0]

    def checkpoint(self: Staging, *words: Any) -> None:
        keep(self, *words)
        left[0] -= 1
        if not left[0]:
            raise _CutOffError

    def counted(self: Staging, *words: Any) -> None:
        added[0] += 1
        add(self, *words)

    monkeypatch.setattr(Staging, "checkpoint", checkpoint)
    with pytest.raises(_CutOffError):
        imported(tmp_path, content)
    monkeypatch.setattr(Staging, "add", counted)
    with HashSetStore(tmp_path / "store") as store:
        report = store.import_file(tmp_path / "list.txt", name="unit")
    assert report.resumed and not whole.resumed
    assert added[0] == 3 * (50 - 3 * 7), "it began anew"
    assert (report.accepted, report.rejected) == (whole.accepted, whole.rejected)
