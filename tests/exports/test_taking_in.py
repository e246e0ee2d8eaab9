"""Decisions from files go into a case once, in the name of who made them, and never before what a person decided here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.case.records import begin, decision, digest, examination, fill, record
from tests.databases import Database

from safelight.case.case import Case
from safelight.case.reviewing import Decision, iter_standings
from safelight.case.verify import verify
from safelight.errors import ExitCode, TakingInError
from safelight.exports.case_uco.graph import CaseUco
from safelight.exports.exporting import Request, export_case
from safelight.exports.gate import Gate
from safelight.exports.hashset import HashSetFormat
from safelight.exports.jsonl import JsonLines
from safelight.exports.table import Table
from safelight.exports.taking_in import take_in
from safelight.exports.vics.case_form import CaseForm13, CaseForm20
from safelight.exports.vics.header import MODELS
from safelight.model import Opinion


def said(case: Case) -> dict[str, list[Decision]]:
    """The decisions in force, whatever act stored them."""
    return {each.sha256: [replace(one, act=0) for one in each.decisions] for each in iter_standings(case)}


def decided(directory: Path) -> Case:
    """Five contents; two people have decided three of them."""
    case = Case.create_or_open(directory, actor="Ada")
    case.record(begin(case), [record(number) for number in range(5)])
    case.decide(
        [
            decision(
                0,
                scheme="vics-us",
                category="1",
                origin=Opinion.CAPTURED,
                possible_real_victim=True,
                note="=1+1\n\u202e",
            )
        ]
    )
    case.decide([decision(1, scheme="vics-us", category="0", representative=digest(0), second_review=True)])
    case.decide([decision(1, scheme="ours", category="=b", label="B;", person="Grace")])
    case.decide([decision(2, category="", note="Only a note.")])
    return case


@pytest.mark.parametrize("form", [CaseForm20, CaseForm13, CaseUco, Table, JsonLines], ids=lambda form: str(form.name))
def test_what_was_decided_elsewhere_is_decided_here_and_a_second_time_changes_nothing(
    form: Any, database: Database, tmp_path: Path
) -> None:
    with decided(tmp_path / "elsewhere") as elsewhere:
        paths = export_case(elsewhere, form, tmp_path / "x", Request(gate=Gate(undecided=True)), logged=False).paths[
            :-1
        ]
        expected = said(elsewhere)
    with database.write(actor="Ada") as case:
        case.record(begin(case), [record(number) for number in range(1, 5)])
        reports = [take_in(case, path) for path in paths]
        assert said(case) == {sha256: each for sha256, each in expected.items() if sha256 != digest(0)}
        assert sum(each.taken for each in reports) == 3
        assert sum(each.left["its content is not in the case"] for each in reports) == 1
        assert sum(each.left["nobody decided it there"] for each in reports) == 2
        event = case.last_event()
        assert event is not None and (event.action, event.actor) == ("decisions-taken-in", "Ada")
        details = orjson.loads(event.details)
        assert details["sha256"] == reports[-1].file_sha256 and details["form"] == reports[-1].form
        head, again = case.head(), [take_in(case, path) for path in paths]
        assert case.head() == head and all(each.taken == each.act == 0 for each in again)
        assert sum(each.left["it is in the case already"] for each in again) == 3
        assert verify(case).breaks == ()
        for act in {each.act for each in reports if each.act}:
            case.withdraw_decisions(act, person="Ada")
        assert said(case) == {}
        assert sum(each.left["it was taken back here"] for each in [take_in(case, path) for path in paths]) == 3
        assert said(case) == {} and verify(case).breaks == ()


def foreign(path: Path, *media: dict[str, Any], variant: str = "US") -> Path:
    path.write_bytes(orjson.dumps({"@odata.context": MODELS["2.0"].context(variant, "Media"), "value": list(media)}))
    return path


@pytest.fixture
def case(tmp_path: Path) -> Any:
    with Case.create_or_open(tmp_path / "case", actor="Ada") as opened:
        opened.record(begin(opened), [record(number) for number in range(4)])
        yield opened


def test_a_person_is_never_made_up(case: Case, tmp_path: Path) -> None:
    path = foreign(tmp_path / "set.json", {"MediaID": 1, "MD5": examination(1).md5.upper(), "Category": 1})
    report = take_in(case, path)
    assert (report.taken, report.act) == (0, 0) and said(case) == {}
    assert dict(report.left) == {"the file does not say who decided it, and no person was named": 1}
    assert take_in(case, path, person="Grace").taken == 1
    ((one,),) = said(case).values()
    assert (one.person, one.scheme, one.category, one.sha256) == ("Grace", "vics-us", "1", digest(1))
    assert one.decided_utc and not one.label


@pytest.mark.parametrize("variant", ["csv", "text"])
def test_a_hash_set_of_ours_is_a_list_and_no_file_of_decisions(case: Case, tmp_path: Path, variant: str) -> None:
    case.decide([decision(1)])
    path = export_case(case, HashSetFormat, tmp_path / "x", Request(variant=variant), logged=False).paths[0]
    with pytest.raises(TakingInError, match="no file of decisions"):
        take_in(case, path)


def test_a_project_vic_hash_set_goes_in_under_the_name_that_is_given(case: Case, tmp_path: Path) -> None:
    case.decide([decision(1, scheme="vics-us", category="2")])
    path = export_case(case, HashSetFormat, tmp_path / "x", Request(variant="vics-1.3"), logged=False).paths[0]
    assert take_in(case, path, person="reviewer one").left == {
        "the same person has decided here, and the file does not say that its decision is newer": 1
    }
    assert take_in(case, path, person="Grace").taken == 1
    assert [one.person for one in said(case)[digest(1)]] == ["reviewer one", "Grace"]


def test_what_cannot_be_placed_is_counted_by_reason(case: Case, tmp_path: Path) -> None:
    one, two = examination(1), examination(2)
    path = foreign(
        tmp_path / "set.json", {"MediaID": 1, "MD5": one.md5, "SHA1": two.sha1, "Category": 1}, {"MediaID": 2, "MD5": "0" * 32, "Category": 1},
        {"MediaID": 3, "Category": 1}, {"MediaID": 4, "SHA1": one.sha1, "Category": 1}, {"MediaID": 5, "MD5": one.md5, "Category": 2},
        {"MediaID": 6, "MD5": one.md5, "Category": 1}, {"MediaID": 7, "MD5": two.md5, "Category": None},
    )  # fmt: skip
    report = take_in(case, path, person="Grace")
    assert report.taken == 1 and [one.category for one in said(case)[digest(1)]] == ["1"]
    assert report.record()["left"] == {
        "its digests belong to different contents of the case": 1, "its content is not in the case": 1,
        "no usable hash in the media record": 1, "the file holds another decision of the same person on it before": 1,
        "it is in the case already": 1, "nobody decided it there": 1,
    }  # fmt: skip
    assert report.examples["no usable hash in the media record"] == [3]


def test_only_a_newer_decision_goes_before_the_persons_own(tmp_path: Path) -> None:
    ticks = iter(f"2026-01-0{day}T00:00:00.000000Z" for day in range(1, 10))
    made = []
    for name, category in (("old", "1"), ("here", "2"), ("new", "0")):
        with Case.create_or_open(tmp_path / name, clock=lambda: "2026-01-01T00:00:00.000000Z") as opened:
            opened.record(begin(opened), [record(1)])
            opened._clock = lambda: next(ticks)
            opened.decide([decision(1, category=category)])
            made.append(export_case(opened, JsonLines, tmp_path / f"{name}.jsonl", Request(), logged=False).paths[0])
    with Case.open(tmp_path / "here", read_only=False) as case:
        assert take_in(case, made[0]).taken == 0
        assert [one.category for one in said(case)[digest(1)]] == ["2"]
        assert take_in(case, made[2]).taken == 1
        assert [one.category for one in said(case)[digest(1)]] == ["0"]
        assert take_in(case, made[2]).left == {"it is in the case already": 1}
        assert take_in(case, made[0]).taken == 0


@pytest.mark.parametrize("damage", ["cut", "text", "absent", "folder"])
def test_a_damaged_file_changes_nothing(case: Case, tmp_path: Path, damage: str) -> None:
    media = [{"MediaID": number, "MD5": examination(number).md5, "Category": 1} for number in range(4)]
    path = foreign(tmp_path / "set.json", *media)
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "absent":
        path.write_bytes(content[:-20] if damage == "cut" else b"hello")
    head = case.head()
    with pytest.raises(TakingInError) as error:
        take_in(case, path, person="Grace")
    assert error.value.exit_code is ExitCode.TAKING_IN and error.value.kept
    assert case.head() == head and said(case) == {}


def test_a_graph_that_is_cut_off_changes_nothing_and_one_of_another_tool_is_refused(case: Case, tmp_path: Path) -> None:
    case.decide([decision(1)])
    path = export_case(case, CaseUco, tmp_path / "x.jsonld", Request(), logged=False).paths[0]
    path.write_bytes(path.read_bytes()[:-1_000])
    head = case.head()
    with pytest.raises(TakingInError, match="cannot be taken in"):
        take_in(case, path)
    path.write_bytes(b'{"@context": {"uco-core": "https://ontology.unifiedcyberontology.org/uco/core/"}, "@graph": []}')
    with pytest.raises(TakingInError, match="no file of decisions"):
        take_in(case, path)
    assert case.head() == head


def test_thousands_go_in_under_one_act(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case, 900, batch=500)
        path = foreign(
            tmp_path / "set.json",
            *({"MediaID": number, "SHA1": examination(number).sha1, "Category": number % 3} for number in range(900)),
        )
        report = take_in(case, path, person="Grace")
        assert report.taken == 900 and verify(case).breaks == ()
        assert sum(1 for _ in iter_standings(case)) == 900
        assert take_in(case, path, person="Grace").taken == 0
