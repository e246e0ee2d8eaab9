"""The ledger adds up to what the case holds, and the clock warns and stops when its rules say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.case.records import begin, digest, exposure, record
from tests.databases import Database

from safelight.case.reviewing import Exposure, RevealStep, iter_exposures
from safelight.review.exposure import Clock, cost, days, sum_of_others
from safelight.review.wellness import load_wellness

MORNING = datetime(2026, 3, 2, 8, 0).astimezone()
FREE = replace(
    load_wellness(), warn_minutes_a_day=0, stop_minutes_a_day=0, minutes_until_break=0, break_minutes=0, evening_warn=None,
    evening_stop=None,
)  # fmt: skip

ACTS = st.lists(
    st.builds(
        lambda number, person, step, minute, seconds, full: Exposure(
            sha256=digest(number), person=person, step=step, in_full=full, seconds=seconds,
            begun_utc=(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z"),
        ),
        st.integers(0, 5), st.sampled_from(["Ada", "Ben", "Cy"]), st.sampled_from(list(RevealStep)), st.integers(0, 6000),
        st.none() | st.floats(0, 500), st.booleans(),
    ),
    max_size=40,
)  # fmt: skip


@given(ACTS)
def test_every_act_is_counted_once(acts: list[Exposure]) -> None:
    found = days(acts, UTC)
    assert sum(sum(day.acts.values()) for day in found.values()) == len(acts)
    assert sum(day.unended for day in found.values()) == sum(item.seconds is None for item in acts)
    assert abs(sum(day.all_seconds for day in found.values()) - sum(item.seconds or 0 for item in acts)) < 1e-6
    for (person, date), day in found.items():
        own = [item for item in acts if item.person == person and datetime.fromisoformat(item.begun_utc).date() == date]
        assert day.full == {item.sha256 for item in own if item.in_full}
        assert {step: len(items) for step, items in day.items.items()} == {
            step: len({item.sha256 for item in own if item.step == step}) for step in {item.step for item in own}
        }


@given(ACTS)
def test_of_others_only_sums_over_two_are_told(acts: list[Exposure]) -> None:
    found = sum_of_others(acts, "Ada")
    others = [item for item in acts if item.person != "Ada"]
    if len({item.person for item in others}) < 2:
        assert found is None
    else:
        assert found is not None and sum(found.acts.values()) == len(others)


def test_cost_is_told_against_opening_each(database: Database) -> None:
    with database.write() as case:
        case.record(begin(case), [record(number) for number in range(6)])
        assert (cost(case).pictures, cost(case).full, cost(case).seconds_of_all) == (6, 0, None)
        for number, step, seconds in (
            (0, RevealStep.FULL, 4.0),
            (0, RevealStep.FULL, 6.0),
            (1, RevealStep.SHIELDED, 90.0),
        ):
            shown = case.begin_exposure(exposure(number, step=step, in_full=step is RevealStep.FULL))
            case.end_exposure(shown, person="reviewer one", seconds=seconds)
        case.begin_exposure(exposure(2, in_full=True))
        made = cost(case)
        assert (made.pictures, made.full, made.mean_full_seconds, made.seconds_of_all) == (6, 2, 5.0, 30.0)
        assert sum(sum(day.acts.values()) for day in days(iter_exposures(case)).values()) == 4


def test_the_day_warns_and_stops() -> None:
    clock = Clock(replace(FREE, warn_minutes_a_day=10, stop_minutes_a_day=20))
    told = []
    for number in range(3):
        clock.begin(number, MORNING, in_full=False)
        clock.end(number, 540.0)
        verdict = clock.judge(MORNING, RevealStep.SHIELDED)
        told.append((verdict.allowed, bool(verdict.reasons)))
    assert told == [(True, False), (True, True), (False, True)]
    assert clock.judge(MORNING + timedelta(days=1), RevealStep.SHIELDED).allowed
    assert clock.seconds_today(MORNING) == 1620 and clock.seconds_today(MORNING + timedelta(days=1)) == 0


def test_full_views_have_a_limit_of_their_own() -> None:
    clock = Clock(replace(FREE, warn_full_views=1, stop_full_views=2))
    assert clock.judge(MORNING, RevealStep.FULL) == clock.judge(MORNING, RevealStep.SHIELDED)
    clock.begin(1, MORNING, in_full=True)
    assert clock.judge(MORNING, RevealStep.FULL).allowed and clock.judge(MORNING, RevealStep.FULL).reasons
    clock.begin(2, MORNING, in_full=True)
    assert not clock.judge(MORNING, RevealStep.FULL).allowed
    assert clock.judge(MORNING, RevealStep.SHIELDED).allowed


def test_a_break_is_due_after_the_hour_and_ends_by_resting() -> None:
    clock = Clock(replace(FREE, minutes_until_break=60, break_minutes=10))
    for number in range(8):
        at = MORNING + timedelta(minutes=9 * number)
        assert clock.judge(at, RevealStep.SHIELDED).allowed == (number < 7), number
        if number < 7:
            clock.begin(number, at, in_full=False)
            clock.end(number, 480.0)
    last = MORNING + timedelta(minutes=54 + 8)
    assert "another 4 minutes" in clock.judge(last + timedelta(minutes=6), RevealStep.FULL).reasons[0]
    assert clock.judge(last + timedelta(minutes=10), RevealStep.FULL).allowed
    # After the break a new hour begins.
    clock.begin(9, last + timedelta(minutes=11), in_full=False)
    assert clock.judge(last + timedelta(minutes=12), RevealStep.FULL).allowed


def test_the_evening_warns_and_stops() -> None:
    clock = Clock(replace(FREE, evening_warn=time(16), evening_stop=time(18)))
    told = [clock.judge(MORNING.replace(hour=hour), RevealStep.SHIELDED) for hour in (15, 16, 17, 18, 23)]
    assert [verdict.allowed for verdict in told] == [True, True, True, False, False]
    assert [bool(verdict.reasons) for verdict in told] == [False, True, True, True, True]


def test_what_was_never_ended_counts_until_it_would_have_fallen_back() -> None:
    clock = Clock(replace(FREE, fall_back_seconds=30))
    clock.begin(1, MORNING, in_full=False)
    assert clock.seconds_today(MORNING + timedelta(seconds=10)) == 10
    assert clock.seconds_today(MORNING + timedelta(hours=1)) == 30


def test_earlier_sessions_of_the_day_count() -> None:
    begun = MORNING.astimezone(UTC).isoformat().replace("+00:00", "Z")
    earlier = [exposure(0, person="Ada", in_full=True), exposure(1, person="Ada")]
    clock = Clock(FREE, [replace(item, begun_utc=begun, seconds=60.0, number=n) for n, item in enumerate(earlier)])
    assert clock.seconds_today(MORNING) == 120 and clock.full_today(MORNING) == 1
