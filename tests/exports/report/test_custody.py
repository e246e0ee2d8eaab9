"""The chapter on custody and the error rates: seals and handovers as the log has them, sums of what was shown, rates with their conditions."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import orjson
import pytest
from tests.custody.test_timestamps import Authority
from tests.exports.report.cases import reviewed

from safelight.case.case import Case
from safelight.case.reviewing import iter_exposures
from safelight.custody.timestamps import STAMP_ASKED, STAMPED, make_request, stamp_record
from safelight.exports.report.custody import custody
from safelight.exports.report.document import document
from safelight.exports.report.facts import Facts, gather
from safelight.exports.report.rates import rates


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that people worked on, sealed and handed over."""
    return reviewed(tmp_path_factory.mktemp("done") / "case")


@pytest.fixture(scope="module")
def worked(done: Path) -> Facts:
    """Its facts."""
    with Case.open(done) as case:
        return gather(case)


def test_seals_and_handovers_are_named_with_their_keys(worked: Facts) -> None:
    marks = worked.custody.marks
    assert [(mark.action, mark.by, mark.holds) for mark in marks] == [
        ("sealed", "Ada", True), ("handed-over", "Ada", True), ("received", "Grace \u202e<b>", True),
    ]  # fmt: skip
    assert marks[2].key in marks[1].to and marks[0].key == marks[1].key
    words = orjson.dumps(custody(worked)).decode()
    assert marks[0].key in words and "Ada, to Grace \\\\u202e<b>" in words
    assert f"covers the events up to {marks[2].seq - 1}; 1 event came after it" in words


def test_a_seal_that_does_not_hold_is_said(done: Path, tmp_path: Path) -> None:
    shutil.copytree(done, tmp_path / "case")
    with sqlite3.connect(tmp_path / "case" / "case.sqlite") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        where = "action = 'sealed'"
        (details,) = connection.execute(f"SELECT details FROM custody_event WHERE {where}").fetchone()
        record = orjson.loads(details)
        record["seal"]["signature"] = "00" * 64
        connection.execute(f"UPDATE custody_event SET details = ? WHERE {where}", (orjson.dumps(record).decode(),))
    connection.close()
    with Case.open(tmp_path / "case") as case:
        facts = gather(case)
    assert not facts.custody.marks[0].holds and facts.custody.marks[0].by == ""
    words = orjson.dumps(document(facts)).decode()
    assert "Sealed: does NOT hold" in words and "The custody log is not whole." in words


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program answers the request")
def test_a_time_stamp_is_named_with_its_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa")
    with Case.create_or_open(tmp_path / "case") as case:
        head = case.head()
        case.log(STAMP_ASKED, {"head": head})
        case.log(STAMPED, stamp_record(case.case_id(), head, authority.answer(make_request(case.case_id(), head))))
        (mark,) = gather(case).custody.marks
        words = orjson.dumps(custody(gather(case))).decode()
    assert (mark.action, mark.head, mark.holds, mark.key) == (STAMPED, head, True, "")
    assert "Test authority" in mark.by and "Test authority" in words and "Time stamp" in words
    # A stamp is no seal.
    assert '["Sealed with a key","no","text"]' in words


def test_a_case_without_seals_says_so(facts: Facts) -> None:
    words = orjson.dumps(custody(facts)).decode()
    assert "The log holds no seal, no handover and no time stamp." in words
    assert "Nothing of this case was shown to anybody" in words


def test_sums_of_what_was_shown_are_those_of_the_ledger(done: Path, worked: Facts) -> None:
    with Case.open(done) as case:
        acts = list(iter_exposures(case))
    assert sum(item.acts for item in worked.shown) == len(acts) == 3
    assert sum(item.full for item in worked.shown) == sum(act.in_full for act in acts) == 2
    assert sum(item.seconds for item in worked.shown) == sum(act.seconds or 0 for act in acts) == 5.5
    assert sum(item.unended for item in worked.shown) == sum(act.seconds is None for act in acts) == 1
    by_step = {item.step: item.contents for item in worked.shown}
    assert by_step == {step: len({act.sha256 for act in acts if act.step == step}) for step in by_step}


def test_a_model_of_the_unit_stands_there_with_its_condition_and_bound(worked: Facts, facts: Facts) -> None:
    (score,) = worked.scores
    assert (score.scores, score.abstained, score.false_alarms) == (2, 1, 0.0234)
    words = orjson.dumps([rates(worked), document(worked)["sections"]]).decode()
    assert "cd" * 32 in words and "png 512" in words and '"2.3 %"' in words
    assert "A learned detector that the unit turned on ran." in words and "No learned detector ran." not in words
    without = orjson.dumps(document(facts)).decode()
    assert "No learned detector ran." in without and "Models of the unit" not in without


def test_readers_are_documented_only_where_their_version_is_that_of_the_case(worked: Facts) -> None:
    from safelight.origin.readers import READERS

    words = orjson.dumps(rates(worked)).decode()
    detector = next(reader for reader in READERS if reader.name == "detector")
    assert orjson.dumps(detector.silence_means).decode()[1:-1] in words
    # `pixels` tells facts and is no reader of origin.
    known = {(reader.name, reader.version) for reader in READERS}
    unknown = [key for key in worked.readers if (key[0], key[1].partition("+")[0]) not in known]
    assert ("pixels", "1") in unknown
    number = len(unknown)
    assert f"{number} further reader{'' if number == 1 else 's'} of the case" in words


def test_what_nobody_stated_is_said_and_what_was_stated_is_printed(facts: Facts) -> None:
    bare = orjson.dumps(document(facts)).decode()
    assert "Nobody stated a question to Safelight." in bare and '["Unit","not stated","text"]' in bare
    assert '["Examiner","not stated","text"]' in bare
    stated = {"question": "Was it <i>made</i> by\na program?\u202e", "unit": "Unit 5", "examiner": "A. Examiner"}
    full = document(facts, stated=stated)
    words = orjson.dumps(full).decode()
    assert "Was it <i>made</i> by\\\\x0aa program?\\\\u202e" in words and '["Unit","Unit 5","text"]' in words
    assert '["Examiner","A. Examiner","text"]' in words and "not stated" not in orjson.dumps(full["about"]).decode()
