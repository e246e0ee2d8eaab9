"""The exposure ledger: what was shown to whom, how often and for how long, and whether more may be shown now.

Everything is counted from the exposures that the case holds, so that the ledger adds up to the log. A person sees their own figures; of others only
sums over at least two persons. Nothing here measures how well anybody works.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from sqlalchemy import func, select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.case.reviewing import Exposure, RevealStep
from safelight.model import MediaKind
from safelight.review.wellness import WellnessRules

__all__ = ["Clock", "Cost", "DayShown", "Verdict", "cost", "days", "sum_of_others"]

_FEWEST_OTHERS: Final = 2


@dataclass(slots=True)
class DayShown:
    """What was shown to one person on one day, or to several persons in all.

    Attributes:
        acts: Acts of showing by step. `seconds`: by step, of those whose end was heard of. `unended`: acts whose end was not.
        items: Distinct media by step. `full`: distinct media of which the whole picture was shown.
    """

    acts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    unended: int = 0
    items: dict[str, set[str]] = field(default_factory=dict)
    full: set[str] = field(default_factory=set)

    def add(self, one: Exposure) -> None:
        """Counts one act."""
        self.acts[one.step] += 1
        self.items.setdefault(one.step, set()).add(one.sha256)
        if one.in_full:
            self.full.add(one.sha256)
        if one.seconds is None:
            self.unended += 1
        else:
            self.seconds[one.step] = self.seconds.get(one.step, 0.0) + one.seconds

    @property
    def all_seconds(self) -> float:
        """Seconds over all steps."""
        return float(sum(self.seconds.values()))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a case has cost, against opening each file.

    Attributes:
        pictures: Distinct contents that are images: the full views that opening each would have taken. `full`: those that anybody was shown whole.
        mean_full_seconds: Mean length of the full views; None while there is none.
    """

    pictures: int
    full: int
    mean_full_seconds: float | None

    @property
    def seconds_of_all(self) -> float | None:
        """How long opening each would have taken at that mean; None while it is not known."""
        return None if self.mean_full_seconds is None else self.pictures * self.mean_full_seconds


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be shown now. `reasons`: why not, or what is to be heeded; empty when there is nothing to say."""

    allowed: bool
    reasons: tuple[str, ...] = ()


def days(exposures: Iterable[Exposure], zone: tzinfo | None = None) -> dict[tuple[str, date], DayShown]:
    """Exposures by person and local day, in the order in which these come.

    Args:
        exposures: Of the case. `zone`: whose days; those of this machine when None.
    """
    found: dict[tuple[str, date], DayShown] = {}
    for one in exposures:
        day = _moment(one.begun_utc).astimezone(zone).date()
        found.setdefault((one.person, day), DayShown()).add(one)
    return found


def sum_of_others(exposures: Iterable[Exposure], person: str) -> DayShown | None:
    """What was shown to all others together; None for fewer than two others, whose sum would be somebody's own figure."""
    others, total = set(), DayShown()
    for one in exposures:
        if one.person != person:
            others.add(one.person)
            total.add(one)
    return total if len(others) >= _FEWEST_OTHERS else None


def cost(case: CaseReader) -> Cost:
    """Counts what the case has cost so far."""
    media, shown, ends = tables.media.c, tables.exposure.c, tables.exposure_end.c
    pictures = case.rows(select(func.count().label("n")).where(media.kind == MediaKind.IMAGE))[0]["n"]
    ended = tables.exposure.outerjoin(tables.exposure_end, shown.id == ends.exposure)
    chosen = select(func.count(shown.sha256.distinct()).label("n"), func.avg(ends.seconds).label("mean"))
    row = case.rows(chosen.select_from(ended).where(shown.in_full == 1))[0]
    return Cost(int(pictures), int(row["n"]), None if row["mean"] is None else float(row["mean"]))


class Clock:
    """What one person was shown today, and whether that suffices. Not for several threads at once.

    Args:
        rules: In force. `earlier`: the exposures of this person that the case holds.
    """

    def __init__(self, rules: WellnessRules, earlier: Iterable[Exposure] = ()) -> None:
        self._rules = rules
        self._spans: dict[int, tuple[datetime, float | None, bool]] = {
            one.number: (_moment(one.begun_utc), one.seconds, one.in_full) for one in earlier
        }

    def heed(self, rules: WellnessRules) -> None:
        """Other rules are in force from now on."""
        self._rules = rules

    def begin(self, number: int, now: datetime, *, in_full: bool) -> None:
        """An exposure begins. `now` has a time zone; its day is the day that counts."""
        today = now.astimezone().date()
        self._spans = {key: span for key, span in self._spans.items() if span[0].astimezone().date() == today}
        self._spans[number] = now, None, in_full

    def end(self, number: int, seconds: float) -> None:
        """It is over."""
        if number in self._spans:
            begun, _, in_full = self._spans[number]
            self._spans[number] = begun, seconds, in_full

    def seconds_today(self, now: datetime) -> float:
        """Seconds of exposure since local midnight; one whose end was never heard of counts until it would have fallen back."""
        return sum(self._length(span, now) for span in self._today(now))

    def full_today(self, now: datetime) -> int:
        """Full views since local midnight."""
        return sum(in_full for _, _, in_full in self._today(now))

    def judge(self, now: datetime, step: RevealStep) -> Verdict:
        """Whether this step may be shown at this moment."""
        rules, stops, warnings = self._rules, [], []
        minutes, full, clock = self.seconds_today(now) / 60, self.full_today(now), now.astimezone().time()
        if rules.stop_minutes_a_day and minutes >= rules.stop_minutes_a_day:
            stops.append(f"{minutes:.0f} minutes of exposure today; the limit is {rules.stop_minutes_a_day}.")
        elif rules.warn_minutes_a_day and minutes >= rules.warn_minutes_a_day:
            warnings.append(f"{minutes:.0f} minutes of exposure today; {rules.warn_minutes_a_day} are advised at most.")
        if rules.stop_full_views and step is RevealStep.FULL and full >= rules.stop_full_views:
            stops.append(f"{full} full views today; the limit is {rules.stop_full_views}.")
        elif rules.warn_full_views and full >= rules.warn_full_views:
            warnings.append(f"{full} full views today; {rules.warn_full_views} are advised at most.")
        if rules.evening_stop and clock >= rules.evening_stop:
            stops.append(f"Nothing is shown after {_hour(rules.evening_stop)}.")
        elif rules.evening_warn and clock >= rules.evening_warn:
            warnings.append(f"It is past {_hour(rules.evening_warn)}: leave the rest for tomorrow.")
        if pause := self._break_due(now):
            stops.append(f"A break is due: nothing is shown for another {pause:.0f} minutes.")
        return Verdict(not stops, tuple(stops or warnings))

    def _break_due(self, now: datetime) -> float:
        """Minutes that a due break still lasts; 0 when none is due."""
        rules = self._rules
        spans = sorted(self._today(now), key=lambda span: span[0])
        if not rules.minutes_until_break or not rules.break_minutes or not spans:
            return 0.0
        pause = timedelta(minutes=rules.break_minutes)
        begun, until = spans[0][0], spans[0][0]
        for span in spans:
            if span[0] - until >= pause:
                begun = span[0]
            until = max(until, span[0] + timedelta(seconds=self._length(span, now)))
        rested = now - until
        if until - begun < timedelta(minutes=rules.minutes_until_break) or rested >= pause:
            return 0.0
        return max(1.0, (pause - rested) / timedelta(minutes=1))

    def _today(self, now: datetime) -> list[tuple[datetime, float | None, bool]]:
        today = now.astimezone().date()
        return [span for span in self._spans.values() if span[0].astimezone().date() == today]

    def _length(self, span: tuple[datetime, float | None, bool], now: datetime) -> float:
        begun, seconds, _ = span
        if seconds is not None:
            return seconds
        return max(0.0, min((now - begun).total_seconds(), float(self._rules.fall_back_seconds)))


def _moment(time_utc: str) -> datetime:
    return datetime.fromisoformat(time_utc)


def _hour(value: time) -> str:
    return value.isoformat("minutes")
