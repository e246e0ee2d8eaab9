"""One person at the workbench: what they are shown, each act logged before anything leaves, and what they decide."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.record import location_from_row
from safelight.case.reviewing import Decision, Exposure, RevealStep, iter_exposures
from safelight.decode.previewing import PreviewAsked
from safelight.errors import CaseError
from safelight.model import JsonValue, Location, Opinion
from safelight.review.exposure import Clock, Verdict
from safelight.review.own_rules import OwnRules, keep_own, own_of, stricter
from safelight.review.schemes import Scheme
from safelight.review.wellness import WellnessRules
from safelight.workbench.pixels import PreviewDesk

__all__ = ["VIEW", "Choice", "ForWhom", "RefusedError", "Reviewer", "Shown"]

VIEW: Final = re.compile(r"[0-9a-zA-Z-]{1,64}")
"""What stands for an open page, or for one picture on it."""

_PLACES: Final = 8
_REGION_SHARE: Final = 0.25


class RefusedError(Exception):
    """Nothing is shown now; the message says why in whole sentences."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is about to leave: the number of its exposure, the picture, and what is to be heeded."""

    number: int
    picture: bytes
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person chose on a page; empty and None where they chose nothing."""

    category: str = ""
    origin: Opinion | None = None
    possible_real_victim: bool = False
    second_review: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForWhom:
    """The media that one act decides.

    Attributes:
        sha256s: All of them. `by`: for each that was not looked at itself, the media that was.
        details: What the log says of the act besides.
    """

    sha256s: Sequence[str]
    by: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, JsonValue] = field(default_factory=dict)


class Reviewer:
    """Acts in the name of one person. For several threads.

    Args:
        case: Open for writing. `person`: whose name goes into the log. `scheme`: to choose from. `rules`: of shielding.
        desk: Makes previews. `now`: the time with a time zone. `monotonic`: seconds.

    Attributes:
        unit_rules: As given. `own`: what the person set for themselves. `rules`: what both come to, which is in force.
    """

    def __init__(
        self,
        case: Case,
        person: str,
        scheme: Scheme,
        rules: WellnessRules,
        desk: PreviewDesk,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.case, self.person, self.scheme, self.unit_rules = case, person, scheme, rules
        self.own = own_of(case, person)
        self.rules = stricter(rules, self.own)
        self._desk, self._now, self._monotonic = desk, now, monotonic
        self._turn = threading.Lock()
        self._clock = Clock(self.rules, iter_exposures(case, person=person))
        self._running: dict[int, tuple[str, float]] = {}

    def choose(self, own: OwnRules) -> None:
        """The person sets rules for themselves, in place of those that they had set before.

        Raises:
            CaseError: It could not be logged, and nothing was changed.
        """
        with self._turn:
            keep_own(self.case, self.person, own)
            self.own, self.rules = own, stricter(self.unit_rules, own)
            self._clock.heed(self.rules)

    def verdict(self, step: RevealStep = RevealStep.SHIELDED) -> Verdict:
        """Whether this step may be shown now."""
        with self._turn:
            return self._clock.judge(self._now(), step)

    def today(self) -> tuple[float, int]:
        """(seconds of exposure, full views) since midnight."""
        with self._turn:
            now = self._now()
            return self._clock.seconds_today(now), self._clock.full_today(now)

    def show(self, sha256: str, step: RevealStep, view: str, focus: tuple[float, float] = (0.5, 0.5)) -> Shown:
        """Makes one step visible. It is in the log before this returns, and ends what the same page showed before.

        Args:
            sha256: The media. `step`: any but `text`. `view`: stands for the open page. `focus`: middle of a region, as shares of the sides.

        Raises:
            RefusedError: A limit is reached.
            NotThereError, NoPictureError, WallError: As `PreviewDesk.show`; nothing was shown.
            CaseError: It is not in the case, or cannot be logged; nothing was shown.
        """
        verdict = self.verdict(step)
        if not verdict.allowed:
            raise RefusedError(" ".join(verdict.reasons))
        form = self.rules.steps[step]
        region = _around(focus) if step is RevealStep.REGION else None
        asked = PreviewAsked(longest_px=form.longest_px, blur_px=form.blur_px, colour=form.colour, region=region)
        picture = self._desk.show(sha256, self._places(sha256), asked)
        details: dict[str, JsonValue] = {"longest_px": form.longest_px, "blur_px": form.blur_px, "colour": form.colour}
        if region is not None:
            details["region"] = list(region)
        in_full = region is None and not form.blur_px
        number = self._begin(sha256, step, view, details, in_full=in_full)
        return Shown(number, picture, verdict.reasons)

    def show_text(self, sha256: str, view: str, *, run: int = 0) -> int:
        """Logs that prompts and the like are unfolded; returns the number of the exposure.

        Args:
            sha256: The media. `view`: stands for the open page. `run`: the generation run of which it is a member, when what the prompts of that
                run share is unfolded, and not the texts of this media; 0 else.

        Raises:
            RefusedError, CaseError: As `show`.
        """
        verdict = self.verdict(RevealStep.TEXT)
        if not verdict.allowed:
            raise RefusedError(" ".join(verdict.reasons))
        return self._begin(
            sha256, RevealStep.TEXT, f"{view} text", {"generation_run": run} if run else {}, in_full=False
        )

    def _begin(
        self, sha256: str, step: RevealStep, view: str, details: Mapping[str, JsonValue], *, in_full: bool
    ) -> int:
        exposure = Exposure(sha256=sha256, person=self.person, step=step, in_full=in_full, details=details)
        with self._turn:
            for earlier in [number for number, (other, _) in self._running.items() if other == view]:
                self._end(earlier)
            number = self.case.begin_exposure(exposure)
            self._clock.begin(number, self._now(), in_full=in_full)
            self._running[number] = view, self._monotonic()
        return number

    def end(self, number: int) -> None:
        """It is over; a number that is not being shown is passed over."""
        with self._turn:
            self._end(number)

    def _end(self, number: int) -> None:
        running = self._running.pop(number, None)
        if running is not None:
            seconds = round(self._monotonic() - running[1], 3)
            self.case.end_exposure(number, person=self.person, seconds=seconds)
            self._clock.end(number, seconds)

    def decide(self, whom: ForWhom, choice: Choice) -> int:
        """Stores one act; returns its number.

        Raises:
            ValueError: Nothing was chosen, or the category is not of the scheme.
            CaseError: As `ReviewLog.decide`.
        """
        category = self.scheme.category(choice.category) if choice.category else None
        if choice.category and category is None:
            raise ValueError("The scheme has no such category.")
        if not (category or choice.origin or choice.possible_real_victim or choice.second_review or choice.note):
            raise ValueError("Nothing was chosen: name a category, set a flag or write a note.")
        return self.case.decide(
            [
                Decision(
                    sha256=sha256, person=self.person, scheme=self.scheme.name, category=choice.category,
                    label=category.label if category else "", origin=choice.origin, possible_real_victim=choice.possible_real_victim,
                    second_review=choice.second_review, note=choice.note, representative=whom.by.get(sha256),
                )
                for sha256 in whom.sha256s
            ],
            whom.details,
        )  # fmt: skip

    def undo(self, act: int) -> str:
        """Takes an own act back; returns one media of it.

        Raises:
            CaseError: It is not there, was taken back before, or is of somebody else.
        """
        decision = tables.decision.c
        rows = self.case.rows(
            select(decision.person, decision.sha256, decision.representative).where(decision.event == act).limit(1)
        )
        if rows and rows[0]["person"] != self.person:
            raise CaseError(
                "The decision is of somebody else.", kept="It stands.", advice="Decide yourself; both are kept."
            )
        self.case.withdraw_decisions(act, person=self.person)
        return str(rows[0]["representative"] or rows[0]["sha256"])

    def _places(self, sha256: str) -> list[Location]:
        file = tables.media_file
        chosen = select(file).where(file.c.sha256 == sha256).order_by(file.c.revision.desc(), file.c.path)
        # Plain files first: archives must be unpacked up to the member.
        found = [location_from_row(row) for row in self.case.rows(chosen.limit(_PLACES * 8))]
        return sorted(found, key=lambda place: place.depth)[:_PLACES]


def _around(focus: tuple[float, float]) -> tuple[float, float, float, float]:
    """A quarter of each side around a point, inside the picture."""
    left, top = (min(max(0.0, at - _REGION_SHARE / 2), 1 - _REGION_SHARE) for at in focus)
    return left, top, left + _REGION_SHARE, top + _REGION_SHARE
