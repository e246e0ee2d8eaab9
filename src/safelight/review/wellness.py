"""The rules of shielding: what each step shows, and how much showing a day, an hour and an evening bear."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from importlib import resources
from pathlib import Path
from typing import Any, Final

from safelight.case.reviewing import RevealStep
from safelight.errors import SettingsError

__all__ = ["StepForm", "WellnessRules", "load_wellness"]

_CLOCK: Final = {
    "warn_minutes_a_day": (0, 1440), "stop_minutes_a_day": (0, 1440), "minutes_until_break": (0, 1440), "break_minutes": (0, 240),
    "warn_full_views": (0, 1_000_000), "stop_full_views": (0, 1_000_000),
}  # fmt: skip
_PIXELS: Final = (16, 2000)
_SHIELDED_PX: Final = 128
_SHIELDED_BLUR: Final = 1 / 24
_PICTURES: Final = tuple(step for step in RevealStep if step is not RevealStep.TEXT)


@dataclass(frozen=True, slots=True)
class StepForm:
    """What one step shows: the longest side, the standard deviation of the blur, both in pixels of what is shown, and whether in colour."""

    longest_px: int
    blur_px: float
    colour: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WellnessRules:
    """The rules in force. Minutes and counts of 0 set no limit, likewise a time that is None.

    Attributes:
        source: Where they come from.
        warn_minutes_a_day, stop_minutes_a_day: Of exposure, at any step. `minutes_until_break`: from the first exposure after a break on;
            `break_minutes`: how long nothing must have been shown to count as one.
        evening_warn, evening_stop: Local times.
        warn_full_views, stop_full_views: A day.
        shielded_at_once: Whether the shielded picture comes with the page. `fall_back_seconds`: after which further steps end.
        steps: What each step shows.
    """

    source: str
    warn_minutes_a_day: int
    stop_minutes_a_day: int
    minutes_until_break: int
    break_minutes: int
    evening_warn: time | None
    evening_stop: time | None
    warn_full_views: int
    stop_full_views: int
    shielded_at_once: bool
    fall_back_seconds: int
    steps: Mapping[RevealStep, StepForm]


def load_wellness(path: str = "") -> WellnessRules:
    """Reads the rules.

    Args:
        path: Of the unit's own TOML file; those that Safelight ships when empty.

    Raises:
        SettingsError: The file cannot be read, or a rule is missing, unknown or out of range.
    """
    source = path or "Safelight's own"
    try:
        file = Path(path) if path else resources.files("safelight.review").joinpath("wellness.toml")
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"The rules of shielding {source} cannot be read: {error}.", advice="Correct the file or its name."
        ) from error
    clock, preview = content.get("clock"), content.get("preview")
    if not isinstance(clock, dict) or not isinstance(preview, dict) or set(content) - {"clock", "preview"}:
        raise _wrong(source, "it has a [clock] and a [preview] and nothing else")
    if strange := set(clock) ^ {*_CLOCK, "evening_warn", "evening_stop"}:
        raise _wrong(source, f"{min(strange)!r} is missing from [clock], or not known there")
    if strange := set(preview) ^ {"shielded_at_once", "fall_back_seconds", *_PICTURES}:
        raise _wrong(source, f"{min(strange)!r} is missing from [preview], or not known there")
    numbers = {name: _number(source, name, clock[name], *bounds) for name, bounds in _CLOCK.items()}
    at_once = preview["shielded_at_once"]
    if not isinstance(at_once, bool):
        raise _wrong(source, "shielded_at_once is true or false")
    return WellnessRules(
        source=source,
        **numbers,
        evening_warn=_time(source, clock["evening_warn"]),
        evening_stop=_time(source, clock["evening_stop"]),
        shielded_at_once=at_once,
        fall_back_seconds=_number(source, "fall_back_seconds", preview["fall_back_seconds"], 1, 3600),
        steps={step: _step(source, step, preview[step]) for step in _PICTURES},
    )


def _step(source: str, step: RevealStep, row: Any) -> StepForm:
    if not isinstance(row, dict) or set(row) != {"longest_px", "blur_px", "colour"}:
        raise _wrong(source, f"[preview.{step}] has longest_px, blur_px and colour")
    longest, blur, colour = _number(source, "longest_px", row["longest_px"], *_PIXELS), row["blur_px"], row["colour"]
    if (
        isinstance(blur, bool)
        or not isinstance(blur, int | float)
        or not 0 <= blur <= 200
        or not isinstance(colour, bool)
    ):
        raise _wrong(source, f"[preview.{step}]: blur_px lies between 0 and 200, colour is true or false")
    if step is RevealStep.SHIELDED and (colour or longest > _SHIELDED_PX or blur < longest * _SHIELDED_BLUR):
        raise _wrong(
            source,
            f"the shielded step is grey, at most {_SHIELDED_PX} px, and blurred by at least a 24th of its longest side",
        )
    if step is RevealStep.FULL and blur:
        raise _wrong(source, "the full step has no blur")
    return StepForm(longest, float(blur), colour)


def _number(source: str, name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _wrong(source, f"{name} is a whole number from {low} to {high}")
    return value


def _time(source: str, value: Any) -> time | None:
    if value == "":
        return None
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(source, "evening_warn and evening_stop are times as 16:00, or empty") from None


def _wrong(source: str, what: str) -> SettingsError:
    return SettingsError(f"The rules of shielding ({source}) are wrong: {what}.", advice="Correct the file.")
