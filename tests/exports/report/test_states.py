"""Cases that are empty, unfinished or changed: the report says so, and never reads as if nothing were there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.exports.report.cases import begin, build, clock, content, opinion, place
from tests.exports.report.test_html import read

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.exports.report import write_report
from safelight.model import MediaKind, Opinion


def _made(directory: Path, fill: Callable[[Case], None] | None = None) -> str:
    """The text of the HTML report; the PDF is made too."""
    with Case.create_or_open(directory, clock=clock()) as case:
        if fill is not None:
            fill(case)
        return _made_of(case, directory)


def _made_of(case: Case, directory: Path) -> str:
    paths = write_report(case, directory)
    assert [path.name for path in paths] == ["report.html", "report.pdf"]
    assert paths[1].read_bytes().startswith(b"%PDF")
    return " ".join("".join(read(paths[0].read_bytes()).text).split())


def test_a_case_in_which_nothing_was_done(tmp_path: Path) -> None:
    text = _made(tmp_path / "case")
    assert "Nothing was done in this case yet." in text
    assert "whether anything matches is not known" in text
    assert "Everything in the case is still to be looked at" in text


def test_a_run_that_found_no_file(tmp_path: Path) -> None:
    def fill(case: Case) -> None:
        run_id = begin(case)
        case.add_matches(run_id, (), state={"sets": [], "why": "no list was asked for"})
        case.add_groups(run_id, [], distance_bits=31)
        case.add_queue(run_id, [], rules={"source": "test", "sha256": "", "text": ""})
        case.end_run(run_id, outcome="done", counts={"files": 0})

    text = _made(tmp_path / "case", fill)
    assert "No file was found in the sources." in text
    assert "No list of known material was used" in text
    assert "There is no image in the case" in text
    assert "not complete" not in text


def test_no_image(tmp_path: Path) -> None:
    def fill(case: Case) -> None:
        run_id = begin(case)
        record = FileRecord(
            place(b"a.mp4"),
            content(1).sha256,
            content(1, kind=MediaKind.VIDEO),
            opinion(Opinion.UNDETERMINED),
            (),
            done=True,
        )
        case.record(run_id, [record])
        case.end_run(run_id, outcome="done", counts={})

    text = _made(tmp_path / "case", fill)
    assert "No image was found." in text
    assert "That says nothing about the other contents." in text


@pytest.mark.parametrize("ended", [False, True])
def test_a_run_that_was_killed_before_its_stages(tmp_path: Path, ended: bool) -> None:
    directory = build(tmp_path / "case", stages=False, ended=ended)
    text = _made(directory)
    assert ("This case is not complete." in text) is not ended
    for name in ("Matching", "Grouping", "Ordering for review"):
        assert f"{name} does not cover the whole case." in text
    assert "on a list of known materialnot known" in text.replace("material not", "materialnot")


def test_contents_that_came_in_after_the_order(tmp_path: Path) -> None:
    directory = build(tmp_path / "case")

    def more(case: Case) -> None:
        run_id = begin(case)
        case.record(
            run_id,
            [
                FileRecord(
                    place(b"late.png"), content(200).sha256, content(200), opinion(Opinion.UNDETERMINED), (), done=True
                )
            ],
        )

    text = _made(directory, more)
    assert "It is of run 1; 1 content came in later" in text
    assert "Run 2 has not ended: it was killed, or is still running" in text


def test_an_order_that_is_older_than_its_matches(tmp_path: Path) -> None:
    def fill(case: Case) -> None:
        first = begin(case)
        case.add_matches(first, (), state={"sets": []})
        case.add_queue(
            first, [], rules={"source": "test", "sha256": "", "text": ""}, rests_on={"match": first, "group": 0}
        )
        case.end_run(first, outcome="done", counts={})
        assert older not in _made_of(case, tmp_path / "first")
        case.add_matches(begin(case), (), state={"sets": []})

    older = "The order for review is older than what it rests on."
    text = _made(tmp_path / "case", fill)
    assert older in text


def test_matches_that_were_not_stored_are_said(tmp_path: Path) -> None:
    directory = build(tmp_path / "case")
    text = _made(directory, lambda case: case.log("matches-left-out", {"run": 1, "matches": 3, "media": 1}))
    assert "3 further matches by likeness of 1 content were found and not stored" in text


def test_a_log_whose_head_was_changed(tmp_path: Path) -> None:
    import sqlite3

    directory = build(tmp_path / "case")
    with sqlite3.connect(directory / "case.sqlite") as connection:
        connection.execute("UPDATE meta SET value = '1:00' WHERE name = 'custody_head'")
    connection.close()
    with Case.open(directory) as case:
        paths = write_report(case, tmp_path / "out")
    text = "".join(read(paths[0].read_bytes()).text)
    assert "The custody log is not whole." in text and "do not rely on any figure" in text


def test_two_reports_of_one_case_are_the_same_bytes_wherever_they_lie(whole: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        with Case.open(whole) as case:
            made.append([path.read_bytes() for path in write_report(case, tmp_path / name)])
    assert made[0] == made[1]


def test_a_report_that_is_written_again_is_the_one_whose_digest_is_in_the_log(tmp_path: Path) -> None:
    directory = build(tmp_path / "case")
    made = []
    with Case.create_or_open(directory, clock=lambda: "2027-01-01T00:00:00.000000Z") as case:
        for _ in range(3):
            made.append([path.read_bytes() for path in write_report(case, directory)])
            case.log("report-written", {"run": 1, "sha256": {}})
        assert made[0] == made[1] == made[2]
        case.log("note", {})
        page, _ = write_report(case, directory)
    text = " ".join("".join(read(page.read_bytes()).text).split())
    assert "note 1, report-written 3" in text


def test_isolation_that_was_not_reached_is_said(whole: Path, tmp_path: Path) -> None:
    with Case.open(whole) as case:
        page, _ = write_report(case, tmp_path)
    text = "".join(read(page.read_bytes()).text)
    assert "NOT in force: <i>not here</i>" in text and "NOT refused" in text
