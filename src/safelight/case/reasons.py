"""Why something in a case could not be looked at, or was not."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select

from safelight.case import tables
from safelight.case.newest import Place, newest_files, places_of
from safelight.case.read import CaseReader
from safelight.model import Outcome

__all__ = ["Reason", "reasons"]

_FILE, _FINDING = tables.media_file, tables.finding
_PATTERNS_MAX: Final = 5_000
_Key = tuple[str, str, str, str]
_VARIABLE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\b(?:0x)?[0-9a-f]*[0-9][0-9a-f,.]*\b")


@dataclass(slots=True, kw_only=True)
class Reason:
    """Why something could not be looked at, or was not.

    Attributes:
        scope: `place` (nothing of it was read), `opened` (a place whose content was read, such as an archive) or `content`.
        outcome, reader: Of the findings. `what`: their sentence; what differs between them is shown as `…`.
        items: Places or contents that it holds for. `first`: the first of them in the order of their paths.
    """

    scope: str
    outcome: str
    reader: str
    what: str
    items: int = 0
    first: list[Place] = field(default_factory=list)


def reasons(case: CaseReader, places: int) -> list[Reason]:
    """Why something could not be looked at or was not, with the first so many places for each reason, most frequent first.

    A place of which nothing was read counts under one reason only, so those counts add up to the undigested places that have a
    finding; a content counts under each reason that holds for it.
    """
    found: dict[_Key, tuple[Reason, list[_Latest]]] = {}
    item: tuple[Any, Any] | None = None
    seen: set[_Key] = set()
    for row in _problems(case):
        here = (row["content"], row["place"])
        if here != item:
            item, seen = here, set()
        scope = "content" if row["place"] is None else "place" if row["lies"] is None else "opened"
        if scope == "place" and seen:
            continue
        key = _pattern(scope, row, found)
        if key in seen:
            continue
        seen.add(key)
        fresh = Reason(scope=scope, outcome=row["outcome"], reader=key[2], what=row["what"] if key[2] else key[3])
        reason, first = found.setdefault(key, (fresh, []))
        if row["what"] != reason.what:
            reason.what = key[3]
        reason.items += 1
        _keep_first(first, _Latest(row["path"] or "", bytes(row["source"] or b""), row["content"] or ""), places)
    wanted = [latest.sha256 for _, first in found.values() for latest in first if latest.sha256]
    lying = places_of(case, wanted)
    for reason, first in found.values():
        reason.first = [
            lying.get(latest.sha256, Place(latest.path, latest.source)) for latest in sorted(first, reverse=True)
        ]
    ordered = (reason for reason, _ in found.values())
    return sorted(ordered, key=lambda reason: (-reason.items, reason.scope, reason.outcome, reason.reader, reason.what))


class _Latest:
    """A place in reverse order, so that a heap of the first places drops the latest."""

    __slots__ = ("path", "sha256", "source")

    def __init__(self, path: str, source: bytes, sha256: str) -> None:
        self.path, self.source, self.sha256 = path, source, sha256

    def __lt__(self, other: _Latest) -> bool:
        return (self.path, self.source, self.sha256) > (other.path, other.source, other.sha256)


def _keep_first(heap: list[_Latest], place: _Latest, limit: int) -> None:
    if len(heap) < limit:
        heapq.heappush(heap, place)
    elif heap and heap[0] < place:
        heapq.heapreplace(heap, place)


def _problems(case: CaseReader) -> Iterator[Any]:
    """Findings of what was not looked at, those of one place or content together."""
    file = newest_files()
    lying = (
        select(_FILE.c.sha256, func.min(_FILE.c.path).label("path"))
        .where(_FILE.c.sha256.is_not(None))
        .group_by(_FILE.c.sha256)
        .subquery()
    )
    # What an earlier run said of a place holds no longer once a later run has read something else there.
    joined = _FINDING.outerjoin(
        file, and_(_FINDING.c.location_key == file.c.location_key, _FINDING.c.revision == file.c.revision)
    ).outerjoin(lying, _FINDING.c.sha256 == lying.c.sha256)
    statement: Select[Any] = (
        select(
            _FINDING.c.reader, _FINDING.c.outcome, _FINDING.c.what, _FINDING.c.sha256.label("content"),
            _FINDING.c.location_key.label("place"), file.c.sha256.label("lies"), func.coalesce(file.c.path, lying.c.path).label("path"),
            file.c.source,
        )
        .select_from(joined)
        .where(_FINDING.c.outcome.in_([Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN]))
        .where(or_(_FINDING.c.sha256.is_not(None), file.c.location_key.is_not(None)))
        .order_by(_FINDING.c.sha256, _FINDING.c.location_key, _FINDING.c.id)
    )  # fmt: skip
    yield from case.stream(statement)


def _pattern(scope: str, row: Any, found: Mapping[_Key, Any]) -> _Key:
    """The kind of reason that this is: numbers and names in the sentence make no new one."""
    key = (scope, row["outcome"], row["reader"], _VARIABLE.sub("…", row["what"]))
    if key in found or len(found) < _PATTERNS_MAX:
        return key
    return scope, row["outcome"], "", "Other reasons."
