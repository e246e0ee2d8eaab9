"""The hash chain: each event's digest covers its content and the digest before it.

A chain that is not sealed with a key shows that nothing was changed, added, removed or reordered by someone who did not also
rewrite everything after it. It cannot show that someone rewrote the whole of it: for that, its head must be known from elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from safelight.model import JsonValue

__all__ = ["GENESIS", "Break", "Event", "canonical", "chain_break", "next_event"]

GENESIS: Final = "0" * 64
"""What the first event names as the digest before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One action.

    Attributes:
        seq: 1 for the first event, then without gaps.
        time_utc: ISO 8601 with microseconds and `Z`.
        actor: Who ran the command. `host`: on which machine.
        action: What was done, a fixed word such as `run-begun`.
        details: Canonical JSON text.
        previous: Digest of the event before. `digest`: SHA-256 over all of the above, lower-case hex.
    """

    seq: int
    time_utc: str
    actor: str
    host: str
    action: str
    details: str
    previous: str
    digest: str

    def expected_digest(self) -> str:
        """The digest that the content calls for."""
        return _digest(self.seq, self.time_utc, self.actor, self.host, self.action, self.details, self.previous)


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which a case is not whole: `where` names it, `what` says what is wrong."""

    where: str
    what: str


def canonical(value: Mapping[str, JsonValue]) -> str:
    """JSON with sorted keys and no spaces: the same value always gives the same text."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def next_event(
    previous: Event | None, *, time_utc: str, actor: str, host: str, action: str, details: Mapping[str, JsonValue]
) -> Event:
    """Makes the event that follows `previous` (None for the first)."""
    seq = previous.seq + 1 if previous else 1
    before = previous.digest if previous else GENESIS
    text = canonical(details)
    return Event(
        seq=seq, time_utc=time_utc, actor=actor, host=host, action=action, details=text, previous=before,
        digest=_digest(seq, time_utc, actor, host, action, text, before),
    )  # fmt: skip


def chain_break(events: Iterable[Event]) -> tuple[Break | None, Event | None]:
    """Checks a chain from its first event on.

    Returns:
        (the first break or None, the last event that was seen)
    """
    last: Event | None = None
    for event in events:
        where = f"custody event {event.seq}"
        if event.seq != (last.seq + 1 if last else 1):
            return Break(
                where, f"an event is missing or out of order before it (after {last.seq if last else 0})"
            ), last
        if event.previous != (last.digest if last else GENESIS):
            return Break(where, "it does not follow from the event before it"), last
        if event.digest != event.expected_digest():
            return Break(where, "its content was changed"), last
        last = event
    return None, last


def _digest(seq: int, time_utc: str, actor: str, host: str, action: str, details: str, previous: str) -> str:
    return hashlib.sha256(orjson.dumps([seq, time_utc, actor, host, action, details, previous])).hexdigest()
