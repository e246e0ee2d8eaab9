"""The hash chain: each event's digest covers its content and the digest before it.

A chain that is not sealed with a key shows that nothing was changed, added, removed or reordered by someone who did not also
rewrite everything after it. It cannot show that someone rewrote the whole of it, or cut off its end: for that, its head must be
known from elsewhere.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from safelight.model import JsonValue

__all__ = ["GENESIS", "Break", "ChainCheck", "Event", "canonical", "next_event", "storable"]

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
        """The digest that the content calls for.

        Raises:
            TypeError: A field holds what no event can hold.
        """
        return _digest(self.seq, self.time_utc, self.actor, self.host, self.action, self.details, self.previous)


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which a case is not whole: `where` names it, `what` says what is wrong."""

    where: str
    what: str


class ChainCheck:
    """Follows a chain from its first event on, and goes on after a break, so that each is named.

    Attributes:
        last: The last event that was followed.
    """

    def __init__(self) -> None:
        self.last: Event | None = None
        self._expected = 1

    def follow(self, event: Event) -> Break | None:
        """Takes the next event; returns what is wrong with it, or with what should stand before it."""
        before, self.last = self.last, event
        expected, self._expected = self._expected, event.seq + 1 if isinstance(event.seq, int) else self._expected + 1
        wrong = []
        if event.seq != expected:
            wrong.append(_gap(expected, event.seq))
        elif event.previous != (before.digest if before else GENESIS):
            wrong.append("it does not follow from the event before it")
        try:
            unchanged = event.digest == event.expected_digest()
        except TypeError:
            unchanged = False
        if not unchanged:
            wrong.append("its content was changed")
        return Break(f"custody event {event.seq}", "; ".join(wrong)) if wrong else None


def canonical(value: Mapping[str, JsonValue] | Sequence[JsonValue]) -> str:
    """JSON with sorted keys and no spaces: the same value always gives the same text.

    It refuses nothing, so that no odd text or number in evidence can cost a row: lone surrogates become backslash escapes, whole
    numbers beyond 64 bits and numbers that are not finite become text.
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS).decode()
    # orjson writes a number that is not finite as null.
    return (orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS) if b"null" in text else text).decode()


def storable(text: str) -> str:
    """Text that every database takes: lone surrogates and zero characters as backslash escapes."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def next_event(
    previous: Event | None, *, time_utc: str, actor: str, host: str, action: str, details: Mapping[str, JsonValue]
) -> Event:
    """Makes the event that follows `previous` (None for the first)."""
    seq = previous.seq + 1 if previous else 1
    before = previous.digest if previous else GENESIS
    text, actor, host = canonical(details), storable(actor), storable(host)
    return Event(
        seq=seq, time_utc=time_utc, actor=actor, host=host, action=action, details=text, previous=before,
        digest=_digest(seq, time_utc, actor, host, action, text, before),
    )  # fmt: skip


def _gap(expected: int, seq: object) -> str:
    if not isinstance(seq, int) or seq < expected:
        return f"it is out of order (event {expected} was expected)"
    missing = f"event {expected} is" if seq == expected + 1 else f"events {expected} to {seq - 1} are"
    return f"{missing} missing before it"


def _digest(seq: int, time_utc: str, actor: str, host: str, action: str, details: str, previous: str) -> str:
    return hashlib.sha256(orjson.dumps([seq, time_utc, actor, host, action, details, previous])).hexdigest()


def _plain(value: Any) -> JsonValue:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 64 else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(_plain(str(key))): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _plain(str(value))
