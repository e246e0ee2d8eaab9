"""Builds the queue of a case: reads what the rules ask for, orders it, stores it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import and_, func, select

from safelight.case import tables
from safelight.case.case import Case
from safelight.model import HashSetRole, Match, MatchHow, MediaKind, Outcome
from safelight.review.order import ItemFacts, order_items
from safelight.review.rules import RuleSet

__all__ = ["build_queue"]

_UNSEEN: Final = (Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN)

_TELLS_WHAT_IT_IS: Final = ("wall", "format", "archive", "reading")
"""Readers whose failure means that it is not known what a content is; the failure of any other leaves that known."""


def build_queue(case: Case, run_id: int, rules: RuleSet) -> int:
    """Orders everything in the case and stores the queue; returns its length.

    Memory: about 1 KiB for each media.
    """
    facts = _facts(case)
    for match in _matches(case):
        facts[match.sha256].consider(match, rules.label_order)
    rests_on = {name: case.current(name) for name in ("match", "group")}
    lines = order_items(_everything(case, facts), _groups(case), rules)
    return case.add_queue(run_id, lines, rules=rules.record(), rests_on=rests_on)


def _everything(case: Case, facts: dict[str, ItemFacts]) -> Iterator[ItemFacts]:
    yield from facts.values()
    unread = _unread_places(case)
    for row in case.undigested():
        key = bytes(row["location_key"])
        yield ItemFacts(None, key, row["path"], "place", "unreadable" if unread.get(key, True) else "did-not-run")


def _unread_places(case: Case) -> dict[bytes, bool]:
    """Places without a digest: whether something in their newest findings could not be read; False for what was passed over."""
    found: dict[bytes, bool] = {}
    for row in case.stream(_place_findings(tables.media_file.c.sha256.is_(None))):
        key = bytes(row["location_key"])
        found[key] = found.get(key, False) or row["outcome"] == Outcome.COULD_NOT_LOOK
    return found


def _place_findings(which: Any) -> Any:
    """What could not be looked at in places, each finding with the content that its own revision of the place holds."""
    finding, file = tables.finding.c, tables.media_file.c
    same = and_(finding.location_key == file.location_key, finding.revision == file.revision)
    return (
        select(file.sha256, file.location_key, finding.outcome)
        .select_from(tables.finding.join(tables.media_file, same))
        .where(which, finding.outcome.in_(_UNSEEN))
        .distinct()
    )


def _facts(case: Case) -> dict[str, ItemFacts]:
    """Every media. One table at a time: a join of them all is only as good as what the database guesses of their sizes."""
    media, opinion, file = tables.media.c, tables.opinion.c, tables.media_file.c
    unseen = _unseen(case)
    facts: dict[str, ItemFacts] = {}
    for row in case.stream(select(media.sha256, media.kind, media.size_bytes, media.pdq).order_by(media.sha256)):
        sha256, kind = row["sha256"], sys.intern(row["kind"])
        seen = row["pdq"] is not None or row["size_bytes"] == 0
        facts[sha256] = ItemFacts(sha256, None, "", kind, _state(kind, unseen.get(sha256, ""), seen=seen))
    judged = select(opinion.sha256, opinion.opinion, opinion.strength, opinion.log10_lr, opinion.generator)
    # The newest opinion comes last and stays.
    for row in case.stream(judged.order_by(opinion.run_id)):
        item = facts[row["sha256"]]
        item.opinion, item.strength = sys.intern(row["opinion"]), sys.intern(row["strength"])
        item.log10_lr, item.generator = row["log10_lr"], sys.intern(row["generator"] or "")
    first = select(file.sha256, func.min(file.path).label("path")).where(file.sha256.is_not(None)).group_by(file.sha256)
    for row in case.stream(first):
        if (there := facts.get(row["sha256"])) is not None:
            there.path = row["path"]
    return facts


def _unseen(case: Case) -> dict[str, str]:
    """The worst that befell each media of which something was not looked at: `blind`, `part` or `skipped`."""
    finding = tables.finding.c
    chosen = select(finding.sha256, finding.reader, finding.outcome).where(
        finding.sha256.is_not(None), finding.outcome.in_(_UNSEEN)
    )
    worst: dict[str, str] = {}
    for row in case.stream(chosen.distinct()):
        # A member too large for memory was digested by the archive's worker, and nobody saw what it is.
        if row["reader"] == "archive" or row["outcome"] == Outcome.COULD_NOT_LOOK:
            what = "blind" if row["reader"] in _TELLS_WHAT_IT_IS else "part"
        else:
            what = "skipped"
        _worsen(worst, row["sha256"], what)
    for row in case.stream(_place_findings(tables.media_file.c.sha256.is_not(None))):
        _worsen(worst, row["sha256"], "part" if row["outcome"] == Outcome.COULD_NOT_LOOK else "skipped")
    return worst


def _worsen(worst: dict[str, str], sha256: str, what: str) -> None:
    order = ("", "skipped", "part", "blind")
    if order.index(what) > order.index(worst.get(sha256, "")):
        worst[sha256] = what


def _state(kind: str, unseen: str, *, seen: bool) -> str:
    """The word of the rules for how far a media was looked at.

    Args:
        kind: Of the media. `unseen`: the worst that befell it. `seen`: whether its pixels were read, or it holds nothing to see.
    """
    if seen:
        return "partly" if kind == MediaKind.IMAGE and unseen in {"part", "blind"} else "examined"
    if unseen == "blind":
        return "could-not-look"
    if kind == MediaKind.IMAGE:
        # Without a fingerprint nobody saw the pixels, whether or not a finding says why.
        return "could-not-look" if unseen == "part" else "did-not-run"
    if kind == MediaKind.VIDEO:
        return "did-not-run"
    return {"part": "partly", "skipped": "did-not-run"}.get(unseen, "examined")


def _matches(case: Case) -> Iterator[Match]:
    match = tables.match
    for row in case.stream(select(match).where(match.c.run_id == case.current("match"))):
        yield Match(
            sha256=row["sha256"], hashset=row["hashset"], bank=row["bank"], role=HashSetRole(row["role"]), how=MatchHow(row["how"]),
            distance=row["distance"], label=row["label"], entry=row["entry"], variant=row["variant"],
        )  # fmt: skip


def _groups(case: Case) -> list[list[str]]:
    """SHA-256s of every near-duplicate group, representative first."""
    group, member, current = tables.media_group.c, tables.group_member.c, case.current("group")
    chosen = select(group.number, group.representative).where(group.run_id == current, group.kind == "near-duplicate")
    found = {row["number"]: [row["representative"]] for row in case.stream(chosen)}
    for row in case.stream(
        select(member.number, member.sha256).where(member.run_id == current).order_by(member.number, member.sha256)
    ):
        there = found.get(row["number"])
        if there is not None and row["sha256"] != there[0]:
            there.append(row["sha256"])
    return list(found.values())
