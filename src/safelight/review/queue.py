"""Builds the queue of a case: reads what the rules ask for, orders it, stores it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import and_, func, select

from safelight.case import scenes, tables
from safelight.case.case import Case
from safelight.case.newest import newest_opinions
from safelight.model import HashSetRole, Match, MatchHow, MediaKind, Opinion, Outcome, SceneLinkKind
from safelight.review.order import ItemFacts, order_items
from safelight.review.rules import RuleSet
from safelight.review.scores import score_of
from safelight.review.spilling import Sorter

__all__ = ["build_queue"]

_UNSEEN: Final = (Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN)

_PLACE_STATES: Final = ("", "examined", "did-not-run", "unreadable")
_STATE_OF_PLACE: Final = {
    Outcome.COULD_NOT_LOOK: "unreadable", Outcome.DID_NOT_RUN: "did-not-run", Outcome.NOTHING_FOUND: "examined",
}  # fmt: skip
_BATCH: Final = 2_000
_SHARED: Final = (SceneLinkKind.SOURCE_PHOTOGRAPH, SceneLinkKind.SAME_PICTURE)
_ARTIFICIAL: Final = (Opinion.GENERATED, Opinion.AI_EDITED)
_SCENES: Final = ("behind", "made-from", "shared", "none")

_DETECTOR: Final = "detector"
_TELLS_WHAT_IT_IS: Final = ("wall", "format", "archive", "reading")
"""Readers whose failure means that it is not known what a content is; the failure of any other leaves that known."""


def build_queue(case: Case, run_id: int, rules: RuleSet) -> int:
    """Orders everything in the case and stores the queue; returns its length.

    Memory: that of a few thousand items, and of the sorters; it does not grow with the case.
    """
    rests_on = {name: case.current(name) for name in ("match", "group", scenes.STAGE)}
    lists = case.stage_details("match").get("lists", {}).get("sets", [])
    asked = any(one.get("role") == HashSetRole.KNOWN for one in lists)
    scored = any(rule.by_score for rule in rules.rules) and _any_scores(case)
    lines = order_items(_everything(case, rules, rests_on, scored), rules, lambda: Sorter(case.directory), asked=asked)
    return case.add_queue(run_id, lines, rules=rules.record(), rests_on=rests_on)


def _everything(case: Case, rules: RuleSet, rests_on: Mapping[str, int], scored: bool) -> Iterator[ItemFacts]:
    after = ""
    while facts := _media(case, after):
        after, among = next(reversed(facts)), _Among(after, next(reversed(facts)))
        _unseen(case, among, facts)
        _judged(case, among, facts)
        if scored:
            _scored(case, among, facts)
        _placed(case, among, facts)
        _grouped(case, among, rests_on["group"], facts)
        _linked(case, among, rests_on[scenes.STAGE], facts)
        for match in _matches(case, among, rests_on["match"]):
            facts[match.sha256].consider(match, rules.label_order)
        yield from facts.values()
    places = iter(case.undigested())
    while chunk := list(islice(places, _BATCH)):
        yield from _bare(case, chunk)


class _Among:
    """A run of media in the order of their SHA-256s, read table by table: a join of them all is only as good as what the database guesses."""

    def __init__(self, after: str, last: str) -> None:
        self._after, self._last = after, last

    def holds(self, column: Any) -> Any:
        """That a row is about one of them."""
        return and_(column > self._after, column <= self._last)


def _media(case: Case, after: str) -> dict[str, ItemFacts]:
    """The next media after this SHA-256, in their order, by SHA-256."""
    media = tables.media.c
    chosen = select(media.sha256, media.kind, media.size_bytes, media.pdq).where(media.sha256 > after)
    return {
        row["sha256"]: ItemFacts(
            row["sha256"], None, "", row["kind"], "examined" if row["pdq"] is not None or row["size_bytes"] == 0 else ""
        )
        for row in case.rows(chosen.order_by(media.sha256).limit(_BATCH))
    }


def _judged(case: Case, among: _Among, facts: Mapping[str, ItemFacts]) -> None:
    opinion = tables.opinion.c
    chosen = select(opinion.sha256, opinion.opinion, opinion.strength, opinion.log10_lr, opinion.generator)
    # The newest opinion comes last and stays.
    for row in case.stream(chosen.where(among.holds(opinion.sha256)).order_by(opinion.sha256, opinion.run_id)):
        item = facts[row["sha256"]]
        item.opinion, item.strength = row["opinion"], row["strength"]
        item.log10_lr, item.generator = row["log10_lr"], row["generator"] or ""


def _any_scores(case: Case) -> bool:
    """Whether a learned model scored anything in this case; most cases have none, and are spared the search."""
    finding = tables.finding.c
    told = select(finding.id).where(finding.outcome == Outcome.FOUND, finding.reader == _DETECTOR)
    return bool(case.rows(told.limit(1)))


def _scored(case: Case, among: _Among, facts: Mapping[str, ItemFacts]) -> None:
    finding = tables.finding.c
    told = select(finding.sha256, finding.details).where(among.holds(finding.sha256), finding.reader == _DETECTOR)
    # The newest score comes last and stays.
    for row in case.stream(told.order_by(finding.sha256, finding.id)):
        if (score := score_of(orjson.loads(row["details"]))) is not None:
            facts[row["sha256"]].score = score


def _placed(case: Case, among: _Among, facts: Mapping[str, ItemFacts]) -> None:
    file = tables.media_file.c
    first = select(file.sha256, func.min(file.path).label("path")).where(among.holds(file.sha256))
    for row in case.stream(first.group_by(file.sha256)):
        if (there := facts.get(row["sha256"])) is not None:
            there.path = row["path"]


def _grouped(case: Case, among: _Among, run: int, facts: Mapping[str, ItemFacts]) -> None:
    group, member = tables.media_group, tables.group_member
    same = and_(group.c.run_id == member.c.run_id, group.c.number == member.c.number)
    chosen = select(member.c.sha256, group.c.representative).select_from(member.join(group, same))
    here = among.holds(member.c.sha256), _unindexed(member.c.run_id) == run, group.c.kind == "near-duplicate"
    for row in case.stream(chosen.where(*here)):
        if (there := facts.get(row["sha256"])) is not None:
            there.group = row["representative"]


def _linked(case: Case, among: _Among, run: int, facts: Mapping[str, ItemFacts]) -> None:
    """What the links between pictures of one scene make of each picture: the strongest word stays."""
    link = tables.scene_link.c
    for column, artificial, words in (
        (link.other, link.sha256, ("behind", "shared")),
        (link.sha256, link.sha256, ("made-from", "shared")),
    ):
        judged = newest_opinions()
        chosen = (
            select(column.label("sha256"), link.kind, judged.c.opinion)
            .select_from(tables.scene_link.outerjoin(judged, judged.c.sha256 == artificial))
            .where(among.holds(column), _unindexed(link.run_id) == run, link.kind.in_(_SHARED))
            .distinct()
        )
        for row in case.stream(chosen):
            there = facts.get(row["sha256"])
            if there is None:
                continue
            strong = row["kind"] == SceneLinkKind.SOURCE_PHOTOGRAPH and (
                words[0] == "made-from" or row["opinion"] in _ARTIFICIAL
            )
            there.scene = min(there.scene, words[0] if strong else words[1], key=_SCENES.index)


def _matches(case: Case, among: _Among, run: int) -> Iterator[Match]:
    match = tables.match
    for row in case.stream(select(match).where(among.holds(match.c.sha256), _unindexed(match.c.run_id) == run)):
        yield Match(
            sha256=row["sha256"], hashset=row["hashset"], bank=row["bank"], role=HashSetRole(row["role"]), how=MatchHow(row["how"]),
            distance=row["distance"], label=row["label"], entry=row["entry"], variant=row["variant"],
        )  # fmt: skip


def _unindexed(number: Any) -> Any:
    """The same number, by which no index is used: each of these tables is to be read by SHA-256, a run of it at a time."""
    return number + 0


def _bare(case: Case, places: Sequence[Any]) -> Iterator[ItemFacts]:
    """Places without a digest, each with what the findings on its newest revision say; one of which they say nothing was not read.

    `nothing-found` is said of a place where an earlier run left something unread and a later one did not.
    """
    finding = tables.finding.c
    worst: dict[tuple[bytes, int], str] = {}
    keys = [bytes(row["location_key"]) for row in places]
    chosen = select(finding.location_key, finding.revision, finding.outcome).where(finding.location_key.in_(keys))
    for row in case.stream(chosen.distinct()):
        there = bytes(row["location_key"]), row["revision"]
        state = _STATE_OF_PLACE.get(row["outcome"], "")
        worst[there] = max(state, worst.get(there, ""), key=_PLACE_STATES.index)
    for key, row in zip(keys, places, strict=True):
        state = worst.get((key, row["revision"]), "")
        yield ItemFacts(None, key, row["path"], "place", state or "unreadable")


def _unseen(case: Case, among: _Among, facts: Mapping[str, ItemFacts]) -> None:
    """Sets the state of each media by the worst that befell it: `blind`, `part` or `skipped`."""
    finding, file = tables.finding.c, tables.media_file.c
    worst: dict[str, str] = {}
    # Nothing is in an empty content that could have been overlooked; that a place holds no more of its file than that is another matter.
    empty = {sha256 for sha256, item in facts.items() if item.state == "examined" and item.kind != MediaKind.IMAGE}
    what = select(finding.sha256, finding.reader, finding.outcome).where(among.holds(finding.sha256))
    for row in case.stream(what.where(func.coalesce(finding.outcome, "").in_(_UNSEEN)).distinct()):
        if row["sha256"] in empty:
            continue
        # A member too large for memory was digested by the archive's worker, and nobody saw what it is.
        if row["reader"] == "archive" or row["outcome"] == Outcome.COULD_NOT_LOOK:
            _worsen(worst, row["sha256"], "blind" if row["reader"] in _TELLS_WHAT_IT_IS else "part")
        else:
            _worsen(worst, row["sha256"], "skipped")
    # Each finding on a place, with the content that its own revision of the place holds, unless a later one holds it too.
    same = and_(finding.location_key == file.location_key, finding.revision == file.revision)
    later = tables.media_file.alias().c
    again = and_(later.location_key == file.location_key, later.revision > file.revision, later.sha256 == file.sha256)
    there = select(file.sha256, finding.outcome).select_from(tables.media_file.join(tables.finding, same))
    left = func.coalesce(finding.outcome, "").in_(_UNSEEN), ~select(later.revision).where(again).exists()
    for row in case.stream(there.where(among.holds(file.sha256), *left).distinct()):
        _worsen(worst, row["sha256"], "part" if row["outcome"] == Outcome.COULD_NOT_LOOK else "skipped")
    for sha256, item in facts.items():
        item.state = _state(item.kind, worst.get(sha256, ""), seen=item.state == "examined")


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
        return "partly" if unseen in {"part", "blind"} else "examined"
    if unseen == "blind":
        return "could-not-look"
    if kind == MediaKind.IMAGE:
        # Without a fingerprint nobody saw the pixels, whether or not a finding says why.
        return "could-not-look" if unseen == "part" else "did-not-run"
    if kind == MediaKind.VIDEO:
        return "did-not-run"
    return {"part": "partly", "skipped": "did-not-run"}.get(unseen, "examined")
