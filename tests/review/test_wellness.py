"""The rules of shielding: what Safelight ships, and that a unit's own can loosen limits and never the shield."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from safelight.case.reviewing import RevealStep
from safelight.errors import SettingsError
from safelight.review.wellness import load_wellness

SHIPPED = resources.files("safelight.review").joinpath("wellness.toml").read_text("utf-8")


def test_what_is_shipped_shields_first_and_stops() -> None:
    rules = load_wellness()
    assert set(rules.steps) == set(RevealStep) - {RevealStep.TEXT}
    first = rules.steps[RevealStep.SHIELDED]
    assert not first.colour and first.longest_px <= 128 and first.blur_px >= first.longest_px / 24
    assert [step for step, form in rules.steps.items() if not form.blur_px] == [RevealStep.REGION, RevealStep.FULL]
    assert 0 < rules.warn_minutes_a_day < rules.stop_minutes_a_day <= 300
    assert rules.evening_warn and rules.evening_stop and rules.evening_warn < rules.evening_stop


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("longest_px = 96\nblur_px = 6.0", "longest_px = 96\nblur_px = 1.0", "the shielded step"),
        ("longest_px = 96\nblur_px = 6.0", "longest_px = 800\nblur_px = 60.0", "the shielded step"),
        ("blur_px = 6.0\ncolour = false", "blur_px = 6.0\ncolour = true", "the shielded step"),
        ("longest_px = 1600\nblur_px = 0.0", "longest_px = 1600\nblur_px = 2.0", "the full step"),
        ("longest_px = 1600", "longest_px = 99999", "longest_px is a whole number"),
        ("warn_minutes_a_day = 240", "warn_minutes_a_day = -1", "warn_minutes_a_day is a whole number"),
        ("warn_minutes_a_day = 240", "", "'warn_minutes_a_day' is missing"),
        ("[clock]", "[clock]\nfoo = 1", "'foo' is missing from"),
        ("[preview]", "[preview]\nfoo = 1", "'foo' is missing from"),
        ("shielded_at_once = true", "shielded_at_once = 1", "true or false"),
        ('evening_warn = "16:00"', 'evening_warn = "four"', "are times as 16:00"),
        ("fall_back_seconds = 30", "fall_back_seconds = 0", "fall_back_seconds is a whole number"),
        ("[preview.full]", "[other]", "a \\[clock\\] and a \\[preview\\]"),
        ("[clock]", "[clock", "cannot be read"),
    ],
)
def test_wrong_rules_are_refused_and_say_why(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in SHIPPED
    path = tmp_path / "own.toml"
    path.write_text(SHIPPED.replace(old, new, 1))
    with pytest.raises(SettingsError, match=words):
        load_wellness(str(path))


def test_a_unit_can_do_without_limits(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        SHIPPED.replace('"16:00"', '""')
        .replace('"18:00"', '""')
        .replace("stop_minutes_a_day = 300", "stop_minutes_a_day = 0")
    )
    rules = load_wellness(str(path))
    assert rules.evening_warn is None and rules.evening_stop is None and rules.stop_minutes_a_day == 0
    with pytest.raises(SettingsError, match="cannot be read"):
        load_wellness(str(tmp_path / "nowhere"))
