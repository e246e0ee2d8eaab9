"""Decisions and exposures: stored in a person's name, taken back without being removed, and never lost when several act at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.case.records import begin, decision, digest, exposure, record
from tests.databases import Database

from safelight.case.case import Case
from safelight.case.reviewing import Decision, RevealStep, Standing, iter_exposures, iter_standings
from safelight.case.verify import verify
from safelight.errors import CaseError
from safelight.model import Opinion

ODD = "a\0b \ud800 \u202e \U0001f5ff"


@pytest.fixture
def small(database: Database) -> Database:
    with database.write() as case:
        case.record(begin(case), [record(number) for number in range(6)])
    return database


def standings(case: Case) -> dict[str, Standing]:
    return {item.sha256: item for item in iter_standings(case)}


def test_a_decision_comes_back_as_it_was_given(small: Database) -> None:
    given_ = Decision(
        sha256=digest(1), person="Ada", scheme="vics-us", category="3", label="Label", origin=Opinion.GENERATED, possible_real_victim=True,
        second_review=True, note="See the folder.", representative=digest(0),
    )  # fmt: skip
    with small.write() as case:
        act = case.decide([given_])
        events = [(item.actor, item.action) for item in case.events()]
    with small.read() as case:
        (standing,) = iter_standings(case)
        assert verify(case).breaks == ()
    (back,) = standing.decisions
    assert replace(back, decided_utc="", act=0) == given_
    assert back.act == act and back.decided_utc.endswith("Z")
    assert events[-1] == ("Ada", "decided")


def test_odd_text_costs_no_decision(small: Database) -> None:
    with small.write() as case:
        case.decide([decision(0, person=ODD, note=ODD, label=ODD)])
        (standing,) = iter_standings(case)
        assert verify(case).breaks == ()
    assert "\U0001f5ff" in standing.decisions[0].note and "\\ud800" in standing.decisions[0].person


def test_the_newer_decision_of_a_person_stands_and_both_are_kept(small: Database) -> None:
    with small.write() as case:
        case.decide([decision(0, category="no")])
        case.decide([decision(0, category="yes")])
        (standing,) = iter_standings(case)
        assert [item.category for item in standing.decisions] == ["yes"]
        assert [event.action for event in case.events()].count("decided") == 2


def test_taking_back_brings_the_one_before_into_force_again(small: Database) -> None:
    with small.write() as case:
        case.decide([decision(0, category="no")])
        act = case.decide([decision(0, category="yes"), decision(1, category="yes", representative=digest(0))])
        case.withdraw_decisions(act, person="reviewer one")
        assert {sha256: item.decisions[0].category for sha256, item in standings(case).items()} == {digest(0): "no"}
        for wrong, what in ((act, "taken back before"), (act + 900, "is not in the case")):
            with pytest.raises(CaseError, match=what):
                case.withdraw_decisions(wrong, person="reviewer one")
        assert verify(case).breaks == ()


def test_what_is_not_in_the_case_is_neither_decided_nor_shown(small: Database) -> None:
    with small.write() as case:
        head = case.head()
        with pytest.raises(CaseError, match="is not in the case"):
            case.decide([decision(0), decision(99)])
        with pytest.raises(CaseError, match="is not in the case"):
            case.begin_exposure(exposure(99))
        assert case.head() == head and not list(iter_standings(case)) and not list(iter_exposures(case))


@pytest.mark.parametrize("persons", [(), ("",), ("Ada", "Grace")])
def test_an_act_is_of_one_named_person(small: Database, persons: tuple[str, ...]) -> None:
    with small.write() as case, pytest.raises(ValueError, match="one named person"):
        case.decide([decision(number, person=person) for number, person in enumerate(persons)])


def test_exposures_are_stored_before_their_end_is_known(small: Database) -> None:
    with small.write() as case:
        first = case.begin_exposure(exposure(0))
        second = case.begin_exposure(exposure(1, person="Ada", step=RevealStep.FULL, in_full=True))
        case.end_exposure(second, person="Ada", seconds=2.25)
        case.end_exposure(second, person="Ada", seconds=99.0)
    with small.read() as case:
        shown = list(iter_exposures(case))
        assert [(item.number, item.seconds, item.in_full) for item in shown] == [
            (first, None, False),
            (second, 2.25, True),
        ]
        assert [item.number for item in iter_exposures(case, person="Ada")] == [second]
        assert [item.number for item in iter_exposures(case, sha256=digest(0))] == [first]
        assert shown[0].details == exposure(0).details and shown[1].step is RevealStep.FULL
        assert verify(case).breaks == ()


def test_two_persons_deciding_at_once_lose_nothing(small: Database) -> None:
    with small.write() as case:

        def act(turn: int) -> int:
            return case.decide([decision(turn % 6, person=f"person {turn % 2}", note=f"turn {turn}")])

        with ThreadPoolExecutor(4) as pool:
            acts = list(pool.map(act, range(60)))
        assert len(set(acts)) == 60
        assert sum(event.action == "decided" for event in case.events()) == 60
        assert verify(case).breaks == ()


def test_a_changed_decision_is_found(small: Database) -> None:
    with small.write() as case:
        case.decide([decision(0)])
    from sqlalchemy import text

    with small.outside.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER decision_no_update"))
        else:
            connection.execute(text("DROP TRIGGER decision_only_added ON decision"))
        connection.execute(text("UPDATE decision SET category = 'yes'"))
    breaks = [str(item) for item in small.check().breaks]
    assert any("decision" in item and "content" in item for item in breaks) and any(
        "trigger" in item for item in breaks
    )


# Settling, without a database

VOTES = st.builds(
    lambda person, category, second: decision(0, person=person, category=category, second_review=second),
    st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "no", "yes"]), st.booleans(),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(VOTES, min_size=1, max_size=3, unique_by=lambda item: item.person), st.integers(1, 3))
def test_only_agreement_settles(decisions: list[Decision], votes: int) -> None:
    settled = Standing(digest(0), tuple(decisions)).settled(votes)
    named = [item.category for item in decisions if item.category]
    agreed = len(named) >= votes and len(set(named)) == 1
    assert (settled is not None) == (agreed and not decisions[-1].second_review)
    assert settled is None or settled.category == named[0]


def test_a_flag_of_one_person_stays_when_others_do_not_share_it() -> None:
    standing = Standing(digest(0), (decision(0, possible_real_victim=True), decision(0, person="Ada")))
    assert standing.possible_real_victim


def test_another_look_is_asked_for_until_somebody_else_has_decided() -> None:
    asks, answers = decision(0, second_review=True), decision(0, person="Ada", category="no")
    assert Standing(digest(0), (asks,)).second_review and Standing(digest(0), (asks,)).settled() is None
    assert Standing(digest(0), (asks, answers)).settled() == answers
    assert Standing(digest(0), (answers, asks)).settled() is None
