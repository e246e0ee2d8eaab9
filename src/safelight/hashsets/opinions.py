"""What the unit thinks of what a list says about a hash: kept for the list's keeper, and without effect on any match.

A hash that should no longer match is withdrawn. To disagree is less: it is kept who disagreed, why and when, to be given back to whoever keeps
the list; the entry goes on matching.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from safelight.hashsets.entry import one_line
from safelight.hashsets.tables import feedback, hashset
from safelight.model import MatchHow

__all__ = ["Feedback", "Opinion", "keep", "kept"]


class Opinion(StrEnum):
    """What the unit says."""

    AGREE = "agree"
    DISAGREE = "disagree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One thing that somebody said about a hash of a list."""

    hashset: str
    how: MatchHow
    hash: str
    opinion: Opinion
    reason: str
    by: str
    time_utc: str


def keep(
    connection: Connection,
    set_id: int,
    kinds: set[MatchHow],
    raw: bytes,
    opinion: Opinion,
    reason: str,
    by: str,
    now: str,
) -> None:
    """Keeps an opinion on a hash of a list, in the transaction that is open; what was said before stays."""
    for how in sorted(kinds):
        connection.execute(insert(feedback).values(
            hashset_id=set_id, how=str(how), hash=raw, opinion=str(opinion), reason=one_line(reason), by=one_line(by), time_utc=now,
        ))  # fmt: skip


def kept(connection: Connection) -> Iterator[Feedback]:
    """Everything that was said, in order."""
    chosen = (
        select(feedback, hashset.c.name).join(hashset, hashset.c.id == feedback.c.hashset_id).order_by(feedback.c.id)
    )
    for row in connection.execute(chosen):
        yield Feedback(
            hashset=row.name, how=MatchHow(row.how), hash=row.hash.hex(), opinion=Opinion(row.opinion), reason=row.reason, by=row.by,
            time_utc=row.time_utc,
        )  # fmt: skip
