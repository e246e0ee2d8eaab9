"""Who is set apart from a generation run, who is proposed for a look, and by whom each of the others is decided."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.case.records import decision, digest, exposure, fill

from safelight.case.case import Case
from safelight.case.reviewing import RevealStep
from safelight.review.runs import PROPOSED, RunMember, looked_at, nearest, proposed, run_members_told


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """One run of the contents 0 to 6 and 9; 0 to 2 are on a list, and linked to each other."""
    with Case.create_or_open(tmp_path / "case") as made:
        fill(made)
        yield made


def apart(case: Case, person: str = "Ada") -> dict[int, tuple[str, ...]]:
    told = run_members_told(case, 1, person)
    numbers = {digest(number): number for number in range(20)}
    assert {numbers[one.sha256] for one in (*told.alike, *told.apart)} == {*range(7), 9}
    return {numbers[one.sha256]: one.apart for one in told.apart}


def test_what_is_on_a_list_is_set_apart(case: Case) -> None:
    assert apart(case) == dict.fromkeys(range(3), ("on a list",))


def test_what_somebody_flagged_and_what_the_person_decided_is_set_apart(case: Case) -> None:
    case.decide([decision(3, person="Ben", possible_real_victim=True), decision(4, person="Ben")])
    asked = case.decide([decision(5, person="Ben", second_review=True)])
    case.decide([decision(6, person="Ada")])
    assert {number: words for number, words in apart(case).items() if number > 2} == {
        3: ("flagged",), 5: ("flagged",), 6: ("decided by itself",),
    }  # fmt: skip
    case.withdraw_decisions(asked, person="Ben")
    assert set(apart(case, "Ben")) == {0, 1, 2, 3, 4}


def test_what_was_decided_for_the_run_sets_nothing_apart(case: Case) -> None:
    case.decide([decision(3, person="Ada", second_review=True)] + [
        decision(number, person="Ada", second_review=True, representative=digest(3)) for number in (4, 5)
    ])  # fmt: skip
    assert set(apart(case)) == {0, 1, 2} == set(apart(case, "Ben"))


def test_only_more_than_the_blur_counts_as_a_look(case: Case) -> None:
    for number, step, whole in (
        (3, RevealStep.SHIELDED, False), (4, RevealStep.TEXT, False), (5, RevealStep.LARGER, False), (6, RevealStep.FULL, True),
        (6, RevealStep.SHARPER, False), (200, RevealStep.FULL, True),
    ):  # fmt: skip
        if number < 200:
            case.begin_exposure(exposure(number, person="Ada", step=step, in_full=whole))
    assert looked_at(case, 1, "Ada") == {digest(5): False, digest(6): True}
    assert looked_at(case, 1, "Ben") == {}


members = st.lists(
    st.tuples(
        st.sampled_from(["a boat", "a house", ""]),
        st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
    ),
    max_size=60,
).map(lambda rows: [RunMember(f"{place:064x}", "generated", prompt, pdq) for place, (prompt, pdq) in enumerate(rows)])


@settings(max_examples=60, deadline=None)
@given(members)
def test_those_proposed_are_few_distinct_and_of_every_prompt(made: list[RunMember]) -> None:
    found = proposed(made)
    assert len(found) == min(len(made), max(PROPOSED[0], min(PROPOSED[1], isqrt(len(made)))))
    assert len({one.sha256 for one in found}) == len(found) and set(found) <= set(made)
    assert {one.prompt for one in found} == {one.prompt for one in made}, (
        "there are three prompts, and three at least are proposed"
    )
    assert proposed(made) == found


@settings(max_examples=60, deadline=None)
@given(members, st.data())
def test_what_was_looked_at_is_among_those_proposed(made: list[RunMember], data: st.DataObject) -> None:
    seen = data.draw(st.sets(st.sampled_from([one.sha256 for one in made]))) if made else set()
    found = [one.sha256 for one in proposed(made, seen)]
    assert len(found) == len(set(found)) == len(proposed(made))
    assert len(seen & set(found)) == min(len(seen), len(found))


@settings(max_examples=60, deadline=None)
@given(members, st.data())
def test_each_is_decided_by_the_nearest_that_was_looked_at(made: list[RunMember], data: st.DataObject) -> None:
    if not made:
        return
    looked = data.draw(st.lists(st.sampled_from(made), min_size=1, unique_by=lambda one: one.sha256))
    found = nearest(made, looked)
    assert set(found) == {one.sha256 for one in made} - {one.sha256 for one in looked}
    by_name = {one.sha256: one for one in made}

    def bits(one: RunMember, other: RunMember) -> int:
        return (int(one.pdq or "0", 16) ^ int(other.pdq or "0", 16)).bit_count()

    for sha256, other in found.items():
        own = by_name[sha256]
        assert bits(own, by_name[other]) == min(bits(own, one) for one in looked)
