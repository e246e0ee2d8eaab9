"""Builds the queue of a case: reads what the rules ask for, orders it, stores it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import and_, func, select

from safelight.case import tables
from safelight.case.case import Case
from safelight.model import HashSetRole, Match, MatchHow, MediaKind, Outcome
from safelight.review.order import ItemFacts, order_items
from safelight.review.rules import RuleSet

__all__ = ["build_queue"]

_READS_PIXELS: Final = ("pixels", "wall", "format", "archive")
"""Readers whose failure means that the content itself was not looked at; a failed metadata reader does not."""


def build_queue(case: Case, run_id: int, rules: RuleSet) -> int:
    """Orders everything in the case and stores the queue; returns its length.

    Memory: a few hundred bytes for each media.
    """
    facts = _facts(case)
    for match in _matches(case):
        facts[match.sha256].consider(match, rules.label_order)
    items = _everything(case, facts)
    return case.add_queue(run_id, order_items(items, _groups(case), rules), rules=rules.record())


def _everything(case: Case, facts: dict[str, ItemFacts]) -> Iterator[ItemFacts]:
    yield from facts.values()
    for row in case.undigested():
        yield ItemFacts(None, bytes(row["location_key"]), row["path"], "place", "unreadable")


def _facts(case: Case) -> dict[str, ItemFacts]:
    paths = _paths(case)
    media, opinion = tables.media.c, tables.opinion.c
    columns = (media.sha256, media.kind, opinion.opinion, opinion.strength, opinion.log10_lr, opinion.generator)
    newest = select(opinion.sha256, func.max(opinion.run_id).label("run_id")).group_by(opinion.sha256).subquery()
    joined = tables.media.outerjoin(newest, media.sha256 == newest.c.sha256).outerjoin(
        tables.opinion, and_(opinion.sha256 == newest.c.sha256, opinion.run_id == newest.c.run_id)
    )
    facts = {}
    for row in case.stream(select(*columns).select_from(joined).order_by(media.sha256)):
        sha256 = row["sha256"]
        item = ItemFacts(sha256, None, paths.get(sha256, ""), row["kind"], "examined")
        if row["opinion"] is not None:
            item.opinion, item.strength, item.log10_lr = row["opinion"], row["strength"], row["log10_lr"]
            item.generator = row["generator"] or ""
        if row["kind"] == MediaKind.VIDEO:
            item.state = "did-not-run"
        facts[sha256] = item
    finding = tables.finding.c
    unread = select(finding.sha256, finding.outcome).where(
        finding.sha256.is_not(None),
        finding.outcome.in_([Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN]),
        finding.reader.in_(_READS_PIXELS),
    )
    for row in case.stream(unread.distinct()):
        item = facts[row["sha256"]]
        if item.state != "could-not-look":
            item.state = row["outcome"]
    _mark_archives(case, facts)
    return facts


def _mark_archives(case: Case, facts: dict[str, ItemFacts]) -> None:
    """An archive whose own place carries a problem was not opened whole, which is a finding on the place, not on its content."""
    finding, file = tables.finding.c, tables.media_file.c
    joined = tables.finding.join(tables.media_file, finding.location_key == file.location_key)
    statement = (
        select(file.sha256, finding.outcome)
        .select_from(joined)
        .where(file.sha256.is_not(None), finding.outcome.in_([Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN]))
    )
    for row in case.stream(statement.distinct()):
        item = facts.get(row["sha256"])
        if item is not None and item.state == "examined":
            item.state = row["outcome"]


def _paths(case: Case) -> dict[str, str]:
    file = tables.media_file.c
    statement = (
        select(file.sha256, func.min(file.path).label("path")).where(file.sha256.is_not(None)).group_by(file.sha256)
    )
    return {row["sha256"]: row["path"] for row in case.stream(statement)}


def _matches(case: Case) -> Iterator[Match]:
    match = tables.match
    for row in case.stream(select(match).where(match.c.run_id == case.current("match"))):
        yield Match(
            sha256=row["sha256"], hashset=row["hashset"], bank=row["bank"], role=HashSetRole(row["role"]), how=MatchHow(row["how"]),
            distance=row["distance"], label=row["label"], entry=row["entry"], variant=row["variant"],
        )  # fmt: skip


def _groups(case: Case) -> list[list[str]]:
    """SHA-256s of every group, representative first."""
    group, member, current = tables.media_group.c, tables.group_member.c, case.current("group")
    chosen = select(group.number, group.representative).where(group.run_id == current)
    found = {row["number"]: [row["representative"]] for row in case.stream(chosen)}
    for row in case.stream(
        select(member.number, member.sha256).where(member.run_id == current).order_by(member.number, member.sha256)
    ):
        if row["sha256"] != found[row["number"]][0]:
            found[row["number"]].append(row["sha256"])
    return list(found.values())
