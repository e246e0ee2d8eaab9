"""What holds now: the newest revision of every place, the newest opinion of every content, and where contents lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Subquery, and_, func, select

from safelight.case import tables
from safelight.case.read import CaseReader

__all__ = ["Place", "newest_files", "newest_opinions", "places_of"]

_FILE, _OPINION = tables.media_file, tables.opinion
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies: the first path, its source as exact bytes, and in how many further places the same content lies."""

    path: str
    source: bytes
    others: int = 0


def newest_files() -> Subquery:
    """Every place once, with its newest revision."""
    later = _FILE.alias()
    newer = select(later.c.revision).where(
        and_(later.c.location_key == _FILE.c.location_key, later.c.revision > _FILE.c.revision)
    )
    return select(_FILE).where(~newer.exists()).subquery()


def newest_opinions() -> Subquery:
    """Every content that has an opinion once, with the newest."""
    later = _OPINION.alias()
    newer = select(later.c.run_id).where(and_(later.c.sha256 == _OPINION.c.sha256, later.c.run_id > _OPINION.c.run_id))
    return select(_OPINION).where(~newer.exists()).subquery()


def places_of(case: CaseReader, sha256s: Sequence[str]) -> dict[str, Place]:
    """Where each of these contents lies now; one that lies nowhere any more is left out."""
    file, there = newest_files(), newest_files()
    found: dict[str, Place] = {}
    wanted = sorted(set(sha256s))
    for start in range(0, len(wanted), _CHUNK):
        first = (
            select(file.c.sha256, func.min(file.c.path).label("path"), func.count().label("number"))
            .where(file.c.sha256.in_(wanted[start : start + _CHUNK]))
            .group_by(file.c.sha256)
            .subquery()
        )
        same = and_(there.c.sha256 == first.c.sha256, there.c.path == first.c.path)
        joined = select(first.c.sha256, first.c.path, first.c.number, there.c.source).select_from(
            first.join(there, same)
        )
        for row in case.rows(joined):
            source, before = bytes(row["source"]), found.get(row["sha256"])
            # The same path can lie in two sources.
            if before is None or source < before.source:
                found[row["sha256"]] = Place(row["path"], source, row["number"] - 1)
    return found
