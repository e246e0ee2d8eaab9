"""`safelight verify`, called as a user calls it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
from tests.case.records import fill
from tests.cli.conftest import Call

from safelight.case.case import Case
from safelight.case.schema import DATABASE_NAME
from safelight.errors import ExitCode
from safelight.exports.report import write_report


@pytest.fixture
def case(tmp_path: Path) -> Path:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
    return tmp_path / "case"


def _tamper(case: Path, statement: str) -> None:
    with sqlite3.connect(case / DATABASE_NAME) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)


def test_a_whole_case_says_its_head(call: Call, case: Path) -> None:
    done = call("verify", case)
    assert (done.code, done.err) == (ExitCode.DONE, "")
    with Case.open(case) as open_case:
        events = sum(1 for _ in open_case.events())
        assert f"whole: nothing that the log covers was changed; {events} events" in done.out
        assert done.out.splitlines()[-1] == f"Head of the log: {open_case.head()}"


def test_a_changed_case_names_each_break(call: Call, case: Path) -> None:
    _tamper(case, "UPDATE queue SET reason = 'Nothing to see.' WHERE rank = 1")
    done = call("verify", case)
    assert done.code == ExitCode.CUSTODY_BROKEN
    (broken,) = [line for line in done.out.splitlines() if line.startswith("BROKEN")]
    assert "(stage-queue): queue: the number of rows is right, the content or the order" in broken
    assert "1 breaks found" in done.out
    record = json.loads(call("verify", case, "--json").out)
    assert record["schema"] == "safelight.verify/1" and record["whole"] is False
    assert len(record["breaks"]) == 1 and record["breaks"][0]["where"].startswith("rows of custody event ")


def test_a_report_beside_the_case_that_was_changed_is_named(call: Call, case: Path) -> None:
    with Case.open(case, read_only=False) as opened:
        digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in write_report(opened, case)}
        opened.log("report-written", {"run": 1, "sha256": digests})
    whole = call("verify", case)
    assert whole.code == ExitCode.DONE and "2 of 2 files as they were written" in whole.out
    page = case / "report.html"
    page.write_bytes(page.read_bytes().replace(b"</html>", b"</htmk>"))
    broken = call("verify", case, "--json")
    assert broken.code == ExitCode.CUSTODY_BROKEN
    record = json.loads(broken.out)
    assert record["reports"] == {"beside": 2, "changed": 1} and record["whole"] is False
    assert [item["where"] for item in record["breaks"]] == [str(page)]


def test_bytes_that_are_no_text_in_the_log_are_named_and_end_nothing(call: Call, case: Path) -> None:
    _tamper(case, "UPDATE custody_event SET details = CAST(X'ff' AS TEXT) WHERE seq = 3")
    done = call("verify", case)
    assert done.code == ExitCode.CUSTODY_BROKEN
    broken = [line for line in done.out.splitlines() if line.startswith("BROKEN")]
    assert any("custody event 3: its content was changed" in line for line in broken)
    assert any("reports beside the case: they could not be checked" in line for line in broken)


def test_json_of_a_whole_case(call: Call, case: Path) -> None:
    record = json.loads(call("verify", case, "--json").out)
    assert record["whole"] is True and record["breaks"] == [] and record["rows"] > 40
    assert record["case"] == str(case)


def test_a_head_that_was_noted(call: Call, case: Path) -> None:
    head = json.loads(call("verify", case, "--json").out)["head"]
    assert call("verify", case, "--head", head).code == ExitCode.DONE
    other = call("verify", case, "--head", f"3:{'0' * 64}")
    assert other.code == ExitCode.CUSTODY_BROKEN and "which was noted as its head" in other.out
    assert call("verify", case, "--head", "nonsense").code == ExitCode.USAGE


def test_hostile_text_in_a_changed_log_never_reaches_the_terminal(call: Call, case: Path) -> None:
    _tamper(case, "UPDATE custody_event SET action = 'x' || char(27) || '[2J' || char(10) || char(8238) WHERE seq = 3")
    done = call("verify", case)
    assert done.code == ExitCode.CUSTODY_BROKEN
    assert all(line.isprintable() for line in done.out.splitlines())


def test_what_is_no_case(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("x")
    done = call("verify", tmp_path / "file.txt")
    assert done.code == ExitCode.OUTPUT and "Nothing says what" in done.err
    for path in (tmp_path / "absent", tmp_path):
        done = call("verify", path)
        assert done.code == ExitCode.CASE and "is not a case" in done.err


def test_a_damaged_case_is_no_traceback(call: Call, case: Path) -> None:
    (case / DATABASE_NAME).write_bytes(b"x" * 5_000)
    done = call("verify", case)
    assert done.code == ExitCode.CASE and "file is not a database" in done.err and "Next:" in done.err
