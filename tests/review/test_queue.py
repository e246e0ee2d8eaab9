"""The queue of a real case: what the rules are told about each media and place, and that nothing is missing; on both databases."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.case.records import (
    begin,
    digest,
    examination,
    group,
    link,
    matches,
    opinion,
    place,
    record,
    unreadable,
)
from tests.databases import Database

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.model import Finding, HashSetRole, MatchHow, MediaKind, Opinion, Outcome, Strength
from safelight.review.lines import queue_lines, queue_state
from safelight.review.queue import build_queue
from safelight.review.rules import load_rules

RULES = load_rules(None)


def judged(number: int, word: Opinion, *findings: Finding, **changes: object) -> FileRecord:
    """A content with this opinion and these findings."""
    about = replace(examination(number), findings=findings, **changes)  # type: ignore[arg-type]
    said = replace(
        opinion(number), opinion=word, log10_lr=0.0 if word is Opinion.UNDETERMINED else 2.5, strength=Strength.STRONG
    )
    return record(number, examination=about, opinion=said)


def unseen(reader: str, outcome: Outcome = Outcome.COULD_NOT_LOOK) -> Finding:
    return Finding(reader=reader, version="1", what="Something was not looked at.", outcome=outcome)


def queue_of(case: Case, run_id: int) -> list[tuple[str, int | None]]:
    """Rule and number of each line; None for a place."""
    build_queue(case, run_id, RULES)
    state = queue_state(case)
    number = {digest(one): one for one in range(3_000)}
    lines = list(queue_lines(case, state))
    assert [line["rank"] for line in lines] == list(range(1, state.lines + 1))
    return [(str(line["rule"]), number.get(str(line["sha256"]))) for line in lines]


def test_each_sort_goes_where_the_rules_that_ship_say(database: Database) -> None:
    bare = {"fingerprints": None}
    with database.write() as case:
        run_id = begin(case)
        case.record(
            run_id,
            [
                judged(1, Opinion.GENERATED),
                judged(2, Opinion.UNDETERMINED),
                judged(3, Opinion.UNDETERMINED, unseen("c2pa"), unseen("wall")),
                judged(4, Opinion.AI_EDITED),
                judged(5, Opinion.EDITED),
                judged(6, Opinion.CAPTURED),
                judged(7, Opinion.UNDETERMINED, unseen("pixels"), **bare),
                judged(8, Opinion.UNDETERMINED, unseen("pixels", Outcome.DID_NOT_RUN), kind=MediaKind.VIDEO, **bare),
                judged(9, Opinion.UNDETERMINED, unseen("format", Outcome.DID_NOT_RUN), kind=MediaKind.OTHER, **bare),
                judged(10, Opinion.UNDETERMINED, unseen("wall"), kind=MediaKind.OTHER, **bare),
                judged(11, Opinion.UNDETERMINED, unseen("archive", Outcome.DID_NOT_RUN), kind=MediaKind.OTHER, **bare),
                judged(12, Opinion.UNDETERMINED, unseen("format"), kind=MediaKind.OTHER, size_bytes=0, **bare),
                judged(13, Opinion.UNDETERMINED, kind=MediaKind.AUDIO, **bare),
                judged(14, Opinion.UNDETERMINED, kind=MediaKind.ARCHIVE, **bare),
                replace(
                    judged(15, Opinion.UNDETERMINED, kind=MediaKind.ARCHIVE, **bare),
                    findings=(unseen("archive", Outcome.DID_NOT_RUN),),
                ),
                unreadable(16),
                link(17),
                judged(18, Opinion.UNDETERMINED),
                judged(19, Opinion.GENERATED),
                judged(20, Opinion.UNDETERMINED, **bare),
                replace(
                    judged(21, Opinion.UNDETERMINED, unseen("format"), kind=MediaKind.OTHER, size_bytes=0, **bare),
                    findings=(unseen("archive"),),
                ),
                replace(
                    judged(
                        22, Opinion.UNDETERMINED, unseen("format", Outcome.DID_NOT_RUN), kind=MediaKind.OTHER, **bare
                    ),
                    findings=(unseen("archive"),),
                ),
            ],
        )
        hits = list(matches([18, 19]))
        known, irrelevant = hits[0], replace(hits[1], role=HashSetRole.IRRELEVANT, hashset="system files")
        case.add_matches(run_id, [known, irrelevant], state={})
        assert queue_of(case, run_id) == [
            ("known-exact", 18), ("captured", 6), ("edited", 5), ("ai-edited", 4), ("image-not-read", 7), ("not-examined", 10),
            ("not-examined", 11), ("image-not-read", 20), ("video", 8), ("undetermined", 2), ("undetermined-partly", 3),
            ("not-opened", 15), ("not-read", None), ("read-in-part", 21),
            ("read-in-part", 22), ("generated", 1), ("audio", 13), ("archive", 14), ("passed-over", None),
            ("other", 9), ("other", 12), ("irrelevant", 19),
        ]  # fmt: skip
        assert not database.check().breaks


def test_a_finding_on_an_older_revision_says_nothing_about_what_lies_there_now(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [unreadable(1), replace(record(2), findings=(unseen("reading"),))])
        case.record(
            run_id,
            [
                judged(1, Opinion.UNDETERMINED),
                replace(judged(3, Opinion.UNDETERMINED), media_file=place(2, modified_ns=1)),
            ],
        )
        assert sorted(queue_of(case, run_id)) == [("generated", 2), ("undetermined", 1), ("undetermined", 3)]


def test_a_media_that_lies_in_many_places_stands_once_and_by_its_first_path(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(1, media_file=place(number, name=b"%d" % number)) for number in (3, 1, 2)])
        build_queue(case, run_id, RULES)
        (line,) = queue_lines(case, queue_state(case))
        assert (line["path"], line["locations"], line["group_size"]) == ("1", 3, 1)


def test_every_media_and_place_stands_exactly_once(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(number) for number in range(60)])
        case.record(run_id, [unreadable(number) for number in range(60, 70)])
        case.add_groups(run_id, [group([5, 4, 3]), group([10, 11])], distance_bits=31)
        assert build_queue(case, run_id, RULES) == 70 - 3
        state = queue_state(case)
        assert (state.lines, state.items, state.later) == (67, 70, 0)
        lines = list(queue_lines(case, state))
        assert sum(int(str(line["group_size"])) for line in lines) == 70
        shown = [line["sha256"] or line["location_key"] for line in lines]
        assert len(set(shown)) == 67
        assert digest(5) in shown and digest(4) not in shown


def test_the_queue_says_which_rules_matches_and_groups_it_rests_on(database: Database) -> None:
    with database.write() as case:
        first = begin(case)
        case.record(first, [record(1), record(2)])
        case.add_matches(first, matches([1]), state={})
        case.add_groups(first, [group([1, 2])], distance_bits=31)
        build_queue(case, first, RULES)
        # A second run is cut off after its first stages: the queue stays what it was.
        second = begin(case)
        case.record(second, [record(3)])
        case.add_matches(second, [], state={})
        case.add_groups(second, [], distance_bits=31)
        state = queue_state(case)
        assert (state.run_id, state.match_run, state.group_run, state.later) == (first, first, first, 1)
        assert state.rules == RULES.record()
        (line,) = queue_lines(case, state)
        matched = line["matches"]
        assert isinstance(matched, list) and len(matched) == 1
        build_queue(case, second, RULES)
        state = queue_state(case)
        assert (state.run_id, state.match_run, state.later) == (second, second, 0)


def test_known_items_come_by_label_across_exact_and_near(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(number) for number in range(4)])
        exact, near, both, _ = matches(range(4))
        near = replace(near, how=MatchHow.PDQ, distance=12, label="1", variant="full")
        case.add_matches(
            run_id,
            [replace(exact, label="2"), near, replace(both, label="2"), replace(both, how=MatchHow.MD5, label="1")],
            state={},
        )
        build_queue(case, run_id, replace(RULES, label_order={"1": 0, "2": 1}))
        state = queue_state(case)
        assert [line["sha256"] for line in queue_lines(case, state)] == [digest(number) for number in (2, 1, 0, 3)]


def test_the_lines_are_the_same_in_any_pieces(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(number) for number in range(1_100)])
        build_queue(case, run_id, RULES)
        state = queue_state(case)
        whole = list(queue_lines(case, state))
        assert len(whole) == 1_100
        assert [*queue_lines(case, state, limit=7), *queue_lines(case, state, first=8)] == whole
        assert list(queue_lines(case, state, first=1_101)) == []
        assert list(queue_lines(case, state, first=1_099, limit=10)) == whole[-2:]


@pytest.mark.parametrize("count", [6_000])
def test_a_large_case_is_ordered_in_seconds(tmp_path: Path, count: int) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        run_id = begin(case)
        case.record(run_id, [record(number) for number in range(count)])
        started = time.process_time()
        assert build_queue(case, run_id, RULES) == count
        assert time.process_time() - started < 30, "a plan of the database has gone wrong"
        assert len(case.rows(select(tables.queue.c.rank))) == count
