"""Times that an export may state: those of the case, never those of the export, so that writing it again gives the same bytes."""

from __future__ import annotations

from sqlalchemy import func, select

from safelight.case import tables
from safelight.case.read import WRITTEN_OUT, CaseReader

__all__ = ["written_between"]

_NONE = "1970-01-01T00:00:00.000000Z"


def written_between(case: CaseReader) -> tuple[str, str]:
    """When the case was made, and when it was last added to, apart from exports: UTC, ISO 8601 with `Z`."""
    log = tables.custody_event.c
    # Without the details, which grow with the case.
    (row,) = case.rows(
        select(func.min(log.time_utc).label("first"), func.max(log.time_utc).label("last")).where(
            log.action.not_in(WRITTEN_OUT)
        )
    )
    return str(row["first"] or _NONE), str(row["last"] or _NONE)
