"""Times that an export may state: those of the case, never those of the export, so that writing it again gives the same bytes."""

from __future__ import annotations

from safelight.case.read import WRITTEN_OUT, CaseReader

__all__ = ["written_between"]

_NONE = "1970-01-01T00:00:00.000000Z"


def written_between(case: CaseReader) -> tuple[str, str]:
    """When the case was made, and when it was last added to, apart from exports: UTC, ISO 8601 with `Z`."""
    first = last = ""
    for event in case.events():
        if event.action not in WRITTEN_OUT:
            first, last = min(first or event.time_utc, event.time_utc), max(last, event.time_utc)
    return first or _NONE, last or _NONE
