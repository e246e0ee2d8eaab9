"""The order itself: pure, total and complete, over streams.

Every item gets exactly one place, alone or in the line of its group; equal items are told apart by path and SHA-256, so the order is the
same in every run.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

import orjson

from safelight.model import Match, MatchHow, Opinion, QueueItem, Strength, display_text
from safelight.review.rules import LAST_PLACE, Rule, RuleSet
from safelight.review.scores import ByScore, Score, float_in_order
from safelight.review.spilling import Record, Sorter

__all__ = ["ItemFacts", "order_items"]

_NO_RULE: Final = Rule(
    "no-rule", LAST_PLACE, "No rule of the queue names this; it is listed so that nothing is left out.", {}
)
_FOR_GENERATED: Final = frozenset({Opinion.GENERATED})
_MOST_CHARS: Final = 80
_SHA256_CHARS: Final = 64

_PLACES: Final = struct.Struct(">II")
_NEARNESS: Final = struct.Struct(">BH")


@dataclass(slots=True)
class ItemFacts:
    """What the rules can ask of one media, or of one place without a digest.

    Attributes:
        sha256: The media; None for a place. `location_key`: the place; None for a media.
        path: Where it lies, for people and for ties.
        kind: `image`, `video`, `audio`, `archive`, `other` or `place`. `state`: see the default rules.
        opinion, strength, log10_lr, generator: Of the opinion.
        known: The best match with a list of the role `known`. `irrelevant`: the best with one of the role `irrelevant`.
        group: SHA-256 of the representative of the near-duplicate group that it is in; None for none.
        scene: What pictures that share part of its scene make of it; see the default rules.
        score: What a learned model gave it, where that counts; see `scores`.
    """

    sha256: str | None
    location_key: bytes | None
    path: str
    kind: str
    state: str
    opinion: str = Opinion.UNDETERMINED
    strength: str = Strength.NONE
    log10_lr: float = 0.0
    generator: str = ""
    known: Match | None = None
    irrelevant: Match | None = None
    group: str | None = None
    scene: str = "none"
    score: Score | None = None

    def consider(self, match: Match, label_order: Mapping[str, int]) -> None:
        """Keeps the match if it is better than the one that is there."""
        name = "known" if match.role == "known" else "irrelevant"
        there = getattr(self, name)
        if there is None or match_key(match, label_order) < match_key(there, label_order):
            setattr(self, name, match)


def order_items(
    items: Iterable[ItemFacts], rules: RuleSet, sorter: Callable[[], Sorter], *, asked: bool = True
) -> Iterator[QueueItem]:
    """Orders everything, in memory that does not grow with it: whatever must wait lies in a sorter.

    Args:
        items: Every media and every place without a digest, once each, in any order.
        rules: The rules in force. `sorter`: makes an empty sorter. `asked`: whether a list of known material was asked at all.

    Yields:
        The lines of the queue; their group sizes add up to the number of items.
    """
    members, lines, taker = sorter(), sorter(), _Taker(rules)
    by_score = ByScore({rule.place for rule in rules.rules if rule.by_score}, sorter, _short)

    def put(key: bytes, line: list[Any], group: str | None) -> None:
        if group is None:
            lines.add(key, orjson.dumps([*line, 1, line[2]]))
        else:
            members.add(group.encode() + key, orjson.dumps(line))

    for facts in items:
        rule = taker.rule_of(facts)
        head, tail = _key(facts, rule, rules.label_order)
        line = [
            rule.name,
            _reason(facts, rule, asked),
            facts.sha256,
            facts.location_key.hex() if facts.location_key else None,
        ]
        if by_score.takes(rule.place):
            by_score.add(rule.place, facts.score if rule.by_score else None, head, tail, [facts.group, *line])
        else:
            put(head + tail, line, facts.group)
    for key, (group, name, reason, *rest), said in by_score.drain():
        put(key, [name, reason + said, *rest], group)
    for key, of_group in _group_lines(members.drain()):
        lines.add(key, of_group)
    for rank, (_, stored) in enumerate(lines.drain(), 1):
        name, reason, sha256, location_key, size, placed_by = orjson.loads(stored)
        yield QueueItem(
            rank=rank, sha256=sha256, location_key=bytes.fromhex(location_key) if location_key else None, rule=name, reason=reason,
            group_size=size, placed_by=placed_by,
        )  # fmt: skip


def _group_lines(members: Iterator[Record]) -> Iterator[Record]:
    """One line for each group, from its members in the order of group and key: the first is the most urgent."""
    for group, inside in groupby(members, key=lambda member: member[0][:_SHA256_CHARS]):
        shown, size, urgent, placing = group.decode(), 0, b"", b""
        for size, (key, line) in enumerate(inside, 1):
            if size == 1:
                urgent, placing = key[_SHA256_CHARS:], line
        name, reason, sha256, _ = orjson.loads(placing)
        if size > 1:
            other = f"; the one that places it here is {sha256[:12]}" if sha256 != shown else ""
            reason += f" Stands for {size} near-duplicates{other}."
        yield urgent, orjson.dumps([name, reason, shown, None, size, sha256])


def match_key(match: Match, label_order: Mapping[str, int]) -> tuple[int, str, int, int, str, str]:
    """Better matches first: by label, exact before PDQ, nearer before farther."""
    place = label_order.get(match.label, len(label_order))
    return place, match.label, int(match.how is MatchHow.PDQ), match.distance, match.hashset, match.bank


class _Taker:
    """Finds the rule that takes an item; items that look the same to the rules are looked up once."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules.rules
        self._known: dict[tuple[str, ...], Rule] = {}

    def rule_of(self, facts: ItemFacts) -> Rule:
        """The first rule whose conditions all hold; a rule of its own for what none takes."""
        asked = _asked(facts)
        key = tuple(asked.values())
        rule = self._known.get(key)
        if rule is None:
            rule = self._known[key] = next((rule for rule in self._rules if rule.takes(asked)), _NO_RULE)
        return rule


def _asked(facts: ItemFacts) -> dict[str, str]:
    """The facts in the words of the rules."""
    best = facts.known or facts.irrelevant
    return {
        "match": "known" if facts.known else "irrelevant" if facts.irrelevant else "none",
        "how": str(best.how) if best else "",
        "hashset": best.hashset if best else "",
        "label": best.label if best else "",
        "opinion": str(facts.opinion),
        "kind": facts.kind,
        "state": facts.state,
        "scene": facts.scene,
    }


def _key(facts: ItemFacts, rule: Rule, label_order: Mapping[str, int]) -> tuple[bytes, bytes]:
    """Bytes whose order is that of the queue, on every database and in every file; in two parts, between which a score can stand.

    In turn: place of the rule, place of the label, the label, exact before PDQ, distance, doubt; path, and what tells equal items apart.
    """
    label_place, label, near, distance = 0, "", 0, 0
    if facts.known:
        label_place, label, near, distance, _, _ = match_key(facts.known, label_order)
    # The weaker the support for "generated", the earlier it is looked at; the stronger the support for the rest, the earlier.
    doubt = facts.log10_lr if facts.opinion in _FOR_GENERATED else -facts.log10_lr
    identity = facts.sha256 or (facts.location_key or b"").hex()
    head = (
        _PLACES.pack(rule.place, label_place), _in_order(label), _NEARNESS.pack(near, distance), float_in_order(doubt),
    )  # fmt: skip
    return b"".join(head), _in_order(facts.path) + identity.encode()


def _in_order(text: str) -> bytes:
    """Text as bytes that are ordered as its characters are, and that end before anything that follows them."""
    return text.encode("utf-8", "surrogatepass").replace(b"\0", b"\0\1") + b"\0\0"


def _reason(facts: ItemFacts, rule: Rule, asked: bool = True) -> str:
    best = facts.known or facts.irrelevant
    text = rule.reason.format(
        hashset=_short(best.hashset) if best else "none", label=(_short(best.label) if best else "") or "none",
        how=str(best.how) if best else "none", distance=best.distance if best else 0, opinion=facts.opinion, strength=facts.strength,
        generator=_short(facts.generator) or "generator not named", kind=facts.kind,
        lists="On no known list" if asked else "No known list was asked",
    )  # fmt: skip
    if facts.irrelevant and "irrelevant" not in rule.when.get("match", ()):
        seems = "Looks like an entry of" if facts.irrelevant.how is MatchHow.PDQ else "Also on"
        text += (
            f" {seems} the list {_short(facts.irrelevant.hashset)} of known-irrelevant files, which did not lower it."
        )
    return text


@lru_cache(maxsize=256)
def _short(text: str) -> str:
    """A name that comes from evidence or from a list, for a sentence: one line, safe to print, not endless."""
    shown = display_text(text.encode("utf-8", "backslashreplace"))
    return shown if len(shown) <= _MOST_CHARS else shown[: _MOST_CHARS - 3] + "..."
