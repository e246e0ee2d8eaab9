"""The figures: they add up, and they are those of a count by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.exports.report.cases import begin, build, clock, digest, opinion, place, records
from tests.exports.report.cases import content as content_of

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.errors import OutputError
from safelight.exports.report.facts import Facts, gather
from safelight.model import Opinion, Outcome


def _expected() -> tuple[list[FileRecord], dict[str, FileRecord]]:
    """Every place, and every content with the record that brought its examination."""
    given = list(records())
    return given, {record.sha256: record for record in given if record.examination is not None and record.sha256}


def test_places_and_contents_are_those_that_were_given(facts: Facts) -> None:
    given, contents = _expected()
    totals = facts.totals
    assert totals.places == len(given) == 44
    assert totals.digested_places == sum(record.sha256 is not None for record in given)
    assert facts.undigested == sum(record.sha256 is None for record in given) == 4
    assert totals.contents == totals.contents_in_place == len(contents)
    assert totals.content_bytes == sum(
        record.examination.size_bytes for record in contents.values() if record.examination
    )
    assert totals.prompts == sum(1 for record in contents.values() if record.opinion and record.opinion.prompt)
    assert totals.conflicting == 1


def test_every_breakdown_adds_up(facts: Facts) -> None:
    totals = facts.totals
    assert sum(item.places for item in facts.sources) == totals.places
    assert sum(item.digested for item in facts.sources) == totals.digested_places
    assert sum(item.size_bytes for item in facts.sources) == totals.place_bytes
    assert sum(item.contents for item in facts.formats) == totals.contents
    assert sum(item.places for item in facts.formats) == totals.digested_places
    assert sum(item.size_bytes for item in facts.formats) == totals.content_bytes
    assert sum(item.contents for item in facts.opinions) == totals.contents
    assert sum(item.contents for item in facts.opinions if item.kind == "image") == totals.images
    assert (
        sum(item.contents for item in facts.opinions if item.kind == "image" and item.pixels_read) == totals.images_read
    )
    assert sum(item.contents for item in facts.bases) == totals.contents
    assert sum(item.items for item in facts.reasons if item.scope == "place") == facts.undigested
    assert sum(rule.items for rule in facts.rules) == totals.contents + facts.undigested
    for outcomes in facts.readers.values():
        assert sum(outcomes.values()) == totals.contents


def test_opinions_are_those_of_a_count_by_hand(facts: Facts) -> None:
    _, contents = _expected()
    by_hand = Counter(
        (str(record.examination.kind), str(record.opinion.opinion))
        for record in contents.values()
        if record.examination and record.opinion
    )
    counted: Counter[tuple[str, str]] = Counter()
    for item in facts.opinions:
        counted[item.kind, str(item.opinion)] += item.contents
    assert counted == by_hand


def test_reasons_count_each_place_and_content_once_and_show_what_differs_as_dots(facts: Facts) -> None:
    by_what = {reason.what: reason for reason in facts.reasons}
    pixels = by_what["The pixels could not be decoded at byte …."]
    assert (pixels.scope, pixels.items, len(pixels.first)) == ("content", 2, 2)
    # The same finding twice on one place is one place.
    assert by_what["The file could not be opened: Permission denied."].items == 1
    assert by_what["The member is encrypted; its name is kept."].items == 2
    archive = next(reason for reason in facts.reasons if reason.scope == "opened")
    assert (archive.outcome, archive.items) == (Outcome.COULD_NOT_LOOK, 1)
    assert [item.path for item in archive.first] == ["a.zip"]


def test_matches_count_contents_not_entries(facts: Facts) -> None:
    found = facts.matches
    assert (found.known, found.known_exact, found.irrelevant_only) == (2, 1, 1)
    assert found.distances == ((4, 1), (12, 1))
    assert found.images_without == facts.totals.images - 3
    near = next(item for item in facts.lists if item.how == "pdq")
    assert (near.contents, near.nearest, near.farthest) == (2, 4, 31)
    assert facts.totals.images_low_quality == 3


def test_groups_say_how_they_hang_together(facts: Facts) -> None:
    assert (facts.groups.groups, facts.groups.members, facts.groups.largest, facts.groups.farthest) == (2, 5, 3, 31)
    assert facts.groups.distances == ((2, 1), (9, 1), (31, 1))
    assert facts.groups.mixed == 1
    assert [(group.number, group.mixed) for group in facts.largest_groups] == [(1, True), (2, False)]
    assert [group.number for group in facts.mixed_groups] == [1]


def test_the_head_of_the_queue_names_place_match_and_opinion(facts: Facts) -> None:
    assert [line.rank for line in facts.head] == list(range(1, len(facts.head) + 1))
    assert len(facts.head) == facts.queue_lines
    first = facts.head[0].members[0]
    assert first.sha256 == digest(0)
    assert [(match["how"], match["distance"]) for match in first.matches] == [("sha256", 0), ("pdq", 4), ("md5", 0)]
    assert facts.places[digest(1)].others == 2
    bare = [line for line in facts.head if not line.members]
    assert len(bare) == facts.undigested
    assert all(line.path for line in bare)


def test_a_second_run_replaces_a_place_and_keeps_the_content(tmp_path: Path) -> None:
    directory = build(tmp_path / "case")
    with Case.create_or_open(directory, clock=clock()) as case:
        run_id = begin(case)
        new = FileRecord(
            place(b"pictures/015.png"), digest(100), content_of(100), opinion(Opinion.CAPTURED), (), done=True
        )
        now_read = FileRecord(
            place(b"denied"), digest(101), content_of(101), opinion(Opinion.UNDETERMINED), (), done=True
        )
        case.record(run_id, [new, now_read])
        case.end_run(run_id, outcome="interrupted", counts={})
        facts = gather(case)
    totals = facts.totals
    assert (totals.contents - totals.contents_in_place, totals.superseded) == (1, 2)
    assert facts.undigested == 3
    # What the first run said of the place that can be read now no longer holds.
    assert "The file could not be opened: Permission denied." not in {reason.what for reason in facts.reasons}
    assert (facts.match_state.contents_after, facts.queue_state.contents_after) == (2, 2)
    assert not facts.queue_state.complete
    assert [run.number for run in facts.unfinished_runs] == [2]
    assert sum(item.contents for item in facts.opinions) == totals.contents


def test_a_case_that_moves_while_it_is_read_gives_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safelight.exports.report import facts as module

    with Case.create_or_open(tmp_path / "case", clock=clock()) as case:
        gathered = module._gathered

        def meanwhile(reader: Case) -> Facts:
            found = gathered(reader)
            case.log("note", {})
            return found

        monkeypatch.setattr(module, "_gathered", meanwhile)
        with pytest.raises(OutputError) as error:
            gather(case)
    assert error.value.advice


def test_a_changed_log_is_named(tmp_path: Path) -> None:
    import sqlite3

    directory = build(tmp_path / "case")
    with sqlite3.connect(directory / "case.sqlite") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE custody_event SET details = 'not JSON' WHERE seq = 1")
    connection.close()
    with Case.open(directory) as case:
        facts = gather(case)
    assert len(facts.custody.breaks) == 1
    assert "custody event 1" in facts.custody.breaks[0]
