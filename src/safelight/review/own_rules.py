"""What a person sets for themselves: each can make the unit's rules of shielding stricter, and none can loosen them.

They are kept as events of the custody log, the newest of a person in force, so that the record says under which rules a picture was shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Any, Final

import orjson
from sqlalchemy import select

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.read import CaseReader
from safelight.case.reviewing import RevealStep
from safelight.custody.chain import storable
from safelight.model import JsonValue
from safelight.review.wellness import WellnessRules

__all__ = ["BLURS", "OwnRules", "keep_own", "own_of", "stricter"]

_ACTION: Final = "own-rules"

BLURS: Final = (1, 2, 3)
"""How many times the unit's blur, of what is blurred."""

_NUMBERS: Final = {"stop_minutes_a_day": 1440, "stop_full_views": 100_000, "fall_back_seconds": 3600}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRules:
    """What one person chose; as it stands here they chose nothing. Numbers of 0 and a time of None are the unit's.

    Attributes:
        shielded_on_asking: The shielded picture takes an act too. `blur`: one of `BLURS`. `names_folded`: names of files wait behind an act.
        stop_minutes_a_day, stop_full_views, fall_back_seconds, evening_stop: As in `WellnessRules`.

    Raises:
        ValueError: A number is out of range.
    """

    shielded_on_asking: bool = False
    blur: int = 1
    names_folded: bool = False
    stop_minutes_a_day: int = 0
    stop_full_views: int = 0
    fall_back_seconds: int = 0
    evening_stop: time | None = None

    def __post_init__(self) -> None:
        if self.blur not in BLURS or any(not 0 <= getattr(self, name) <= most for name, most in _NUMBERS.items()):
            raise ValueError("A setting is out of range.")

    def record(self) -> dict[str, JsonValue]:
        """As JSON."""
        found: dict[str, JsonValue] = {name: getattr(self, name) for name in self.__slots__ if name != "evening_stop"}
        return {**found, "evening_stop": self.evening_stop.isoformat("minutes") if self.evening_stop else ""}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> OwnRules:
        """From JSON, or from the fields of a form; what is missing is as the unit has it.

        Raises:
            ValueError: A value is not of its form, or out of range.
        """
        evening = str(record.get("evening_stop") or "")
        numbers = {name: int(record.get(name) or 0) for name in _NUMBERS}
        return cls(
            shielded_on_asking=bool(record.get("shielded_on_asking")), names_folded=bool(record.get("names_folded")),
            blur=int(record.get("blur") or 1), evening_stop=time.fromisoformat(evening) if evening else None, **numbers,
        )  # fmt: skip


def keep_own(case: Case, person: str, own: OwnRules) -> None:
    """Writes into the log what a person chose; it is in force from then on.

    Raises:
        CaseError: It could not be written.
    """
    case.log(_ACTION, {"person": storable(person), **own.record()})


def own_of(case: CaseReader, person: str) -> OwnRules:
    """What a person chose last in this case."""
    log = tables.custody_event.c
    chosen = select(log.details).where(log.action == _ACTION).order_by(log.seq.desc())
    found = (orjson.loads(row["details"]) for row in case.rows(chosen))
    mine = next((one for one in found if one.get("person") == storable(person)), None)
    return OwnRules() if mine is None else OwnRules.from_record(mine)


def stricter(rules: WellnessRules, own: OwnRules) -> WellnessRules:
    """The unit's rules, each made as strict as the person wants it where that is stricter."""
    steps = {
        step: replace(form, blur_px=min(200.0, form.blur_px * own.blur)) if step is not RevealStep.FULL else form
        for step, form in rules.steps.items()
    }
    evenings = [one for one in (rules.evening_stop, own.evening_stop) if one is not None]
    return replace(
        rules,
        stop_minutes_a_day=_least(rules.stop_minutes_a_day, own.stop_minutes_a_day),
        stop_full_views=_least(rules.stop_full_views, own.stop_full_views),
        fall_back_seconds=_least(rules.fall_back_seconds, own.fall_back_seconds),
        evening_stop=min(evenings, default=None),
        shielded_at_once=rules.shielded_at_once and not own.shielded_on_asking,
        steps=steps,
    )


def _least(unit: int, own: int) -> int:
    """The smaller of two limits, of which 0 is none."""
    return min((one for one in (unit, own) if one), default=0)
