"""What people were shown of a case, by step; and what models that the unit brought did, by condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import case as either
from sqlalchemy import func, select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.case.reviewing import RevealStep
from safelight.origin.opinion import FALSE_ALARMS_KEY

__all__ = ["DETECTOR", "Score", "Shown", "scores", "shown_by_step"]

DETECTOR: Final = "detector"
"""Name of the reader that runs a model of the unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All acts of one step.

    Attributes:
        step: The step. `acts`: of showing. `contents`: distinct ones. `full`: acts in which the whole picture stood unblurred.
        seconds: Of the acts whose end was heard of. `unended`: how many whose end was not.
    """

    step: RevealStep
    acts: int
    contents: int
    full: int
    seconds: float
    unended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one model did on pictures of one condition.

    Attributes:
        model: Name and version as its card states. `sha256`: of its file. `condition`: format, size and quality, as the model's error rates are told.
        scores: How many it gave. `abstained`: of them, where its card was not validated.
        false_alarms: The largest bound on the share of false alarms that stood beside a score; None where none did.
    """

    model: str
    sha256: str
    condition: str
    scores: int
    abstained: int
    false_alarms: float | None


def shown_by_step(case: CaseReader) -> Iterator[Shown]:
    """The steps that were taken, from the least to the most that they show."""
    shown, ends = tables.exposure.c, tables.exposure_end.c
    joined = tables.exposure.outerjoin(tables.exposure_end, shown.id == ends.exposure)
    chosen = (
        select(
            shown.step, func.count().label("acts"), func.count(shown.sha256.distinct()).label("contents"), func.sum(shown.in_full).label("full"),
            func.coalesce(func.sum(ends.seconds), 0.0).label("seconds"), func.sum(either((ends.seconds.is_(None), 1), else_=0)).label("unended"),

        )
        .select_from(joined)
        .group_by(shown.step)
    )  # fmt: skip
    by_step = {row["step"]: row for row in case.rows(chosen)}
    for step in RevealStep:
        if row := by_step.get(str(step)):
            yield Shown(
                step=step, acts=row["acts"], contents=row["contents"], full=int(row["full"]), seconds=float(row["seconds"]),
                unended=int(row["unended"]),
            )  # fmt: skip


def scores(case: CaseReader) -> Iterator[Score]:
    """What models did, in the order of their names and conditions. One finding at a time is in memory."""
    finding = tables.finding.c
    counted: Counter[tuple[str, str, str]] = Counter()
    abstained: Counter[tuple[str, str, str]] = Counter()
    bounds: dict[tuple[str, str, str], float] = {}
    for row in case.stream(select(finding.details).where(finding.reader == DETECTOR)):
        details = orjson.loads(row["details"])
        if "model" not in details:
            continue
        key = str(details["model"]), str(details.get("model_sha256", "")), str(details.get("condition", ""))
        counted[key] += 1
        abstained[key] += bool(details.get("abstained"))
        bound = details.get(FALSE_ALARMS_KEY)
        if isinstance(bound, int | float):
            bounds[key] = max(bounds.get(key, 0.0), float(bound))
    for key in sorted(counted):
        model, sha256, condition = key
        yield Score(
            model=model, sha256=sha256, condition=condition, scores=counted[key], abstained=abstained[key], false_alarms=bounds.get(key),
        )  # fmt: skip
