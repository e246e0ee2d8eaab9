"""By which trust lists a case was judged: the C2PA findings of each run, and the lists that the run recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, select

from safelight.case import summary, tables
from safelight.case.read import CaseReader
from safelight.model import Outcome

__all__ = ["Judged", "judged_by_other_lists", "list_states"]

_READER: Final = "c2pa"
_PREFIX: Final = "trust list "
_TELLING: Final = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """Runs that judged by other lists: the `run`, how many `media` it judged so, and `lists`, what it recorded of each list that differs."""

    run: int
    media: int
    lists: dict[str, str]


def list_states(versions: Mapping[str, Any]) -> dict[str, str]:
    """Date, size and digest of each trust list, from what a run recorded as its versions; when and from where a list was installed is left out."""
    return {
        name.removeprefix(_PREFIX): ", ".join(str(state).split(", ")[:_TELLING])
        for name, state in versions.items()
        if name.startswith(_PREFIX)
    }


def judged_by_other_lists(case: CaseReader, versions: Mapping[str, Any]) -> list[Judged]:
    """The runs whose C2PA findings rest on other trust lists than `versions` names, in their order."""
    now, finding = list_states(versions), tables.finding.c
    counted = (
        select(finding.run_id, func.count(finding.sha256.distinct()).label("media"))
        .where(and_(finding.outcome == Outcome.FOUND, finding.reader == _READER))
        .group_by(finding.run_id)
    )
    media = {row["run_id"]: row["media"] for row in case.rows(counted)}
    found = []
    for run in summary.runs(case):
        then = list_states(run.details.get("versions", {}))
        other = {name: then.get(name, "not recorded") for name in now if then.get(name) != now[name]}
        if other and media.get(run.number):
            found.append(Judged(run.number, media[run.number], other))
    return found
