"""What the report says of the custody log: the chain, who and what is in it, and the seals, handovers and time stamps on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from safelight.case.read import WRITTEN_OUT, CaseReader
from safelight.custody.chain import ChainCheck, Event
from safelight.custody.seals import ACTIONS as SEALS
from safelight.custody.seals import SealCheck
from safelight.custody.timestamps import STAMPED, check_stamp

__all__ = ["Custody", "Mark", "read_log"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One seal, handover, receipt or time stamp.

    Attributes:
        seq: Number of its event. `action`: of it.
        time_utc: As the signer's clock or the authority said; empty where it does not hold.
        by: Who: the name of a key, or an authority; empty likewise. `key`: fingerprint of the key; empty for an authority.
        to: Name and fingerprint of the key that may receive; empty for others.
        head: The head that it is for, `number:digest`.
        holds: Whether the signature holds. Whose key it is, or whether the authority is trusted, is not checked here.
    """

    seq: int
    action: str
    time_utc: str
    by: str
    key: str
    to: str
    head: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """The custody log, up to the last event that says more than that a report or an export was written.

    Attributes:
        case_id: The number that the case was given when it was made. `events`: how many there are.
        first_utc, last_utc: Times of the first and the last. `actors`, `hosts`: everyone and every machine in it.
        actions: Events by action. `head`: the stored head, `number:digest`.
        breaks: What is wrong with the chain itself, in words; the rows that it covers are not checked here.
        marks: Seals, handovers and time stamps, in their order.
    """

    case_id: str
    events: int
    first_utc: str
    last_utc: str
    actors: tuple[str, ...]
    hosts: tuple[str, ...]
    actions: tuple[tuple[str, int], ...]
    head: str
    breaks: tuple[str, ...]
    marks: tuple[Mark, ...]


def read_log(case: CaseReader, match_run: int) -> tuple[Custody, tuple[int, int]]:
    """The log, and what it says of matches by likeness that the run `match_run` found and did not store: (matches, contents).

    The log ends before the events that only say that a report or an export was written: so a report that is written again is the same, byte for
    byte, and has the digests that those events name.
    """
    check, log = ChainCheck(), _Log()
    about_reports: list[Event] = []
    case_id = ""
    left_out = (0, 0)
    breaks: list[str] = []
    seals, marks = SealCheck(), list[Mark]()
    for event in case.events():
        about_reports.append(event)
        if event.action not in WRITTEN_OUT:
            for one in about_reports:
                log.add(one)
            about_reports.clear()
        if event.action in {"case-made", "matches-left-out"}:
            details = _object(event.details)
            case_id = case_id or str(details.get("case", ""))
            if details.get("run") == match_run:
                left_out = (int(details.get("matches", 0)), int(details.get("media", 0)))
        if event.action in {*SEALS, STAMPED}:
            mark, fault = _mark(event, seals, case_id)
            marks.append(mark)
            breaks += [f"event {event.seq}: {fault}"] if fault else []
        if broken := check.follow(event):
            breaks.append(f"{broken.where}: {broken.what}")
    head = case.head()
    end = _head(check.last)
    if head != end:
        breaks.append(f"head of the log: {head or 'nothing'} is stored, the log ends in {end or 'nothing'}")
    custody = Custody(
        case_id=case_id, events=log.events, first_utc=log.first_utc, last_utc=log.last.time_utc if log.last else "",
        actors=tuple(sorted(log.actors)), hosts=tuple(sorted(log.hosts)), actions=tuple(sorted(log.actions.items())), head=_head(log.last),
        breaks=tuple(breaks), marks=tuple(marks),
    )  # fmt: skip
    return custody, left_out


def _mark(event: Event, seals: SealCheck, case_id: str) -> tuple[Mark, str]:
    """The mark of one event, and what is wrong with it."""
    details = _object(event.details)
    if event.action == STAMPED:
        stamp = check_stamp(details, case_id, ())
        if isinstance(stamp, str):
            return Mark(event.seq, event.action, "", "", "", "", "", holds=False), stamp
        return Mark(event.seq, event.action, stamp.time_utc, stamp.authority, "", "", stamp.head, holds=True), ""
    head = f"{event.seq - 1}:{event.previous}"
    if fault := seals.follow(event, details):
        return Mark(event.seq, event.action, "", "", "", "", head, holds=False), fault
    seal = seals.seals[-1]
    to = f"{seal.to.name} {seal.to.fingerprint}" if seal.to else ""
    return Mark(event.seq, event.action, seal.time_utc, seal.by.name, seal.by.fingerprint, to, head, holds=True), ""


@dataclass(slots=True)
class _Log:
    """What is counted of the events."""

    events: int = 0
    first_utc: str = ""
    last: Event | None = None
    actors: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    actions: Counter[str] = field(default_factory=Counter)

    def add(self, event: Event) -> None:
        self.events += 1
        self.first_utc = self.first_utc or event.time_utc
        self.last = event
        self.actors.add(event.actor)
        self.hosts.add(event.host)
        self.actions[event.action] += 1


def _head(event: Event | None) -> str:
    return f"{event.seq}:{event.digest}" if event else ""


def _object(text: str) -> dict[str, Any]:
    """A JSON object; empty for what is none, since the log may have been tampered with and the report must still say so."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
