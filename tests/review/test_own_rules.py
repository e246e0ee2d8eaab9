"""What people set for themselves: never looser than the unit's rules, kept in the log, the newest of each person in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.case.case import Case
from safelight.case.reviewing import RevealStep
from safelight.case.verify import verify
from safelight.review.own_rules import BLURS, OwnRules, keep_own, own_of, stricter
from safelight.review.wellness import load_wellness

times = st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59))
own_rules = st.builds(
    OwnRules, shielded_on_asking=st.booleans(), blur=st.sampled_from(BLURS), names_folded=st.booleans(), stop_minutes_a_day=st.integers(0, 1440),
    stop_full_views=st.integers(0, 100_000), fall_back_seconds=st.integers(0, 3600), evening_stop=times,
)  # fmt: skip


@given(own_rules, st.integers(0, 1440), st.integers(0, 1000), times, st.booleans())
def test_the_stricter_of_both_is_in_force(
    own: OwnRules, minutes: int, full: int, evening: time | None, at_once: bool
) -> None:
    unit = replace(
        load_wellness(),
        stop_minutes_a_day=minutes,
        stop_full_views=full,
        evening_stop=evening,
        shielded_at_once=at_once,
    )
    both = stricter(unit, own)
    for name in ("stop_minutes_a_day", "stop_full_views", "fall_back_seconds"):
        limits = [one for one in (getattr(unit, name), getattr(own, name)) if one]
        assert getattr(both, name) == (min(limits) if limits else 0)
    ends = [one for one in (evening, own.evening_stop) if one is not None]
    assert both.evening_stop == (min(ends) if ends else None)
    assert both.shielded_at_once is (at_once and not own.shielded_on_asking)
    for step, form in unit.steps.items():
        assert both.steps[step].blur_px >= form.blur_px and both.steps[step].longest_px == form.longest_px
    assert both.steps[RevealStep.FULL] == unit.steps[RevealStep.FULL]
    assert (both.minutes_until_break, both.break_minutes) == (unit.minutes_until_break, unit.break_minutes)


@given(own_rules)
def test_a_record_reads_back(own: OwnRules) -> None:
    assert OwnRules.from_record(own.record()) == own


@pytest.mark.parametrize(
    "wrong",
    [{"blur": "0"}, {"blur": "9"}, {"stop_full_views": "-1"}, {"fall_back_seconds": "4000"}, {"evening_stop": "25:00"}, {"stop_minutes_a_day": "x"}],
)  # fmt: skip
def test_what_is_out_of_range_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        OwnRules.from_record(wrong)


def test_the_newest_of_each_person_is_in_force_and_in_the_log(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case", actor="server") as case:
        assert own_of(case, "Ada") == OwnRules()
        keep_own(case, "Ada", OwnRules(blur=3))
        keep_own(case, "Ben", OwnRules(stop_full_views=7))
        keep_own(case, "Ada", OwnRules(names_folded=True))
    with Case.open(tmp_path / "case") as case:
        assert own_of(case, "Ada") == OwnRules(names_folded=True) and own_of(case, "Ben").stop_full_views == 7
        assert own_of(case, "Eve") == OwnRules()
        assert [event.action for event in case.events()].count("own-rules") == 3
        assert verify(case).breaks == ()
