"""Everything about one media or place: found by rank or hash, with nothing left out and nothing of others; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.case.records import begin, digest, examination, group, matches, opinion, place, record, unreadable
from tests.databases import Database

from safelight.case import tables
from safelight.case.case import Case
from safelight.errors import CaseError
from safelight.model import Finding, Opinion, Outcome
from safelight.review.lines import queue_lines, queue_state
from safelight.review.queue import build_queue
from safelight.review.rules import load_rules
from safelight.review.why import explain, find

RULES = load_rules(None)
NOTE = Finding(reader="evidence", version="1", what="A fact of this place.", details={"n": 1})
OTHER = Finding(reader="evidence", version="1", what="A fact of what lay there before.")


@pytest.fixture
def case(database: Database) -> Iterator[Case]:
    """Contents 1 to 3 are a group around 2; content 1 lies in two places, one of which held content 4 before."""
    with database.write() as case:
        run_id = begin(case)
        moved = place(10, name=b"moved\x1b[2J.png")
        case.record(
            run_id,
            [
                record(1, findings=(NOTE,)),
                record(2),
                record(3),
                record(4, media_file=moved, findings=(OTHER,)),
                unreadable(5),
            ],
        )
        case.record(run_id, [record(1, media_file=replace(moved, modified_ns=1))])
        case.add_matches(run_id, matches([3, 4]), state={})
        case.add_groups(run_id, [group([2, 1, 3])], distance_bits=31)
        build_queue(case, run_id, RULES)
        case.record(begin(case), [record(6)])
        yield case


def why(case: Case, asked: str) -> dict[str, Any]:
    state = queue_state(case)
    return explain(case, state, find(case, state, asked))


def test_everything_about_a_member_of_a_group(case: Case) -> None:
    found = why(case, digest(1)[:12])
    assert found["schema"] == "safelight.why/1"
    assert found["media"]["sha256"] == digest(1)
    assert found["media"]["pdq"] == {"hash": examination(1).fingerprints.pdq.hash, "quality": 100}  # type: ignore[union-attr]
    assert [(item["path"], item["revision"]) for item in found["places"]] == [
        ("folder/000001.png", 0),
        ("moved\\x1b[2J.png", 1),
    ]
    assert bytes.fromhex(found["places"][1]["parts_hex"][0]) == b"moved\x1b[2J.png"
    assert found["places"][1]["full_path"] == "/evidence/moved\\x1b[2J.png"
    assert found["group"]["representative"] == digest(2)
    assert {(item["sha256"], item["distance"]) for item in found["group"]["members"]} == {
        (digest(2), 0),
        (digest(1), 3),
        (digest(3), 3),
    }
    placed = found["queue"]
    assert (placed["rule"], placed["placed_by"], placed["group_size"]) == ("known-exact", digest(3), 3)
    assert placed["rule_in_full"]["when"] == {"match": ["known"], "how": ["sha256", "sha1", "md5"]}
    assert placed["rules_sha256"] == RULES.sha256
    assert found["matches"] == [], "the match is that of another member"
    assert found["origin"]["opinion"] == "generated" and found["origin"]["prompt"] == opinion(1).prompt
    whats = [item["what"] for item in found["findings"]]
    assert "Generation parameters are recorded." in whats and NOTE.what in whats and OTHER.what not in whats
    assert any("both are kept" in what for what in whats)
    on = next(item["on"] for item in found["findings"] if item["what"] == NOTE.what)
    assert on == {"location_key": place(1).location.key.hex(), "revision": 0}
    assert {(item["reader"], item["outcome"]) for item in found["readers"]} == {
        ("pixels", "found"), ("a1111", "found"), ("c2pa", "nothing-found"),
    }  # fmt: skip


def test_what_was_replaced_keeps_its_own(case: Case) -> None:
    found = why(case, digest(4))
    assert [(item["path"], item["revision"]) for item in found["places"]] == [("moved\\x1b[2J.png", 0)]
    assert OTHER.what in [item["what"] for item in found["findings"]]
    assert not any("both are kept" in item["what"] for item in found["findings"])
    assert [item["hashset"] for item in found["matches"]] == ["harbours"]


def test_a_place_without_a_digest_is_found_by_its_rank(case: Case) -> None:
    rank = next(line["rank"] for line in queue_lines(case, queue_state(case)) if line["kind"] == "place")
    found = why(case, str(rank))
    assert found["media"] is None and found["origin"] is None and found["readers"] == []
    assert [item["path"] for item in found["places"]] == ["folder/000005.png"]
    assert [item["outcome"] for item in found["findings"]] == [Outcome.COULD_NOT_LOOK]
    assert found["queue"]["rule"] == "not-read"


def test_every_line_can_be_asked_about_by_its_rank(case: Case) -> None:
    state = queue_state(case)
    for line in queue_lines(case, state):
        placed: Any = explain(case, state, find(case, state, str(line["rank"])))["queue"]
        assert (placed["rank"], placed["reason"]) == (line["rank"], line["reason"])


def test_any_digest_in_any_case_finds_it(case: Case) -> None:
    made = examination(2)
    for asked in (made.sha256, made.sha1[:9], made.md5.upper()):
        assert why(case, asked)["media"]["sha256"] == digest(2)


def test_what_came_after_the_queue_has_no_place_yet(case: Case) -> None:
    found = why(case, digest(6))
    assert found["queue"] is None and found["media"]["sha256"] == digest(6)


def test_an_earlier_opinion_is_kept_beside_the_newest(case: Case, database: Database) -> None:
    with case.engine.begin() as connection:
        row = dict(
            connection.execute(tables.opinion.select().where(tables.opinion.c.sha256 == digest(2))).mappings().one()
        )
        connection.execute(tables.opinion.insert().values(**{**row, "run_id": 99, "opinion": str(Opinion.CAPTURED)}))
    found = why(case, digest(2))
    assert found["origin"]["opinion"] == "captured"
    assert [(item["opinion"], item["run_id"]) for item in found["earlier_origins"]] == [("generated", 1)]
    lines = {line["sha256"]: line for line in queue_lines(case, queue_state(case))}
    origin: Any = lines[digest(2)]["origin"]
    assert origin["opinion"] == "captured"


def test_unknown_and_ambiguous_names_are_said_to_be_so(case: Case) -> None:
    state = queue_state(case)
    for asked in ("0", "999", "9999999"):
        with pytest.raises(CaseError, match="no rank"):
            find(case, state, asked)
    with pytest.raises(CaseError, match="holds no media"):
        find(case, state, "f" * 64)
    first = digest(1)
    twin = first[:20] + "0" * 44
    with case.engine.begin() as connection:
        row = dict(connection.execute(tables.media.select().where(tables.media.c.sha256 == first)).mappings().one())
        connection.execute(tables.media.insert().values(**{**row, "sha256": twin}))
    with pytest.raises(CaseError, match="More than one media") as caught:
        find(case, state, first[:12])
    assert first[:16] in caught.value.what and "more digits" in caught.value.advice
    assert find(case, state, first[:30]) == first


def test_a_case_without_a_queue_says_so(database: Database) -> None:
    with database.write() as case:
        case.record(begin(case), [record(1)])
        with pytest.raises(CaseError, match="no queue yet"):
            queue_state(case)


def test_rules_that_are_no_longer_readable_do_not_hide_the_place(case: Case) -> None:
    state = replace(queue_state(case), rules={"text": "not toml ["})
    placed: Any = explain(case, state, digest(1))["queue"]
    assert placed["rule"] == "known-exact" and placed["rule_in_full"] is None
