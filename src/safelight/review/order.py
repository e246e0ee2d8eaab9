"""The order itself: pure, total and complete.

Every item gets exactly one place, alone or in the line of its group; equal items are told apart by path and SHA-256, so the order is the
same in every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from safelight.model import Match, MatchHow, Opinion, QueueItem, Strength, display_text
from safelight.review.rules import LAST_PLACE, Rule, RuleSet

__all__ = ["ItemFacts", "order_items"]

_NO_RULE: Final = Rule(
    "no-rule", LAST_PLACE, "No rule of the queue names this; it is listed so that nothing is left out.", {}
)
_FOR_GENERATED: Final = frozenset({Opinion.GENERATED})
_MOST_CHARS: Final = 80


@dataclass(slots=True)
class ItemFacts:
    """What the rules can ask of one media, or of one place without a digest.

    Attributes:
        sha256: The media; None for a place. `location_key`: the place; None for a media.
        path: Where it lies, for people and for ties.
        kind: `image`, `video`, `audio`, `archive`, `other` or `place`. `state`: see the default rules.
        opinion, strength, log10_lr, generator: Of the opinion.
        known: The best match with a list of the role `known`. `irrelevant`: the best with one of the role `irrelevant`.
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

    def consider(self, match: Match, label_order: Mapping[str, int]) -> None:
        """Keeps the match if it is better than the one that is there."""
        name = "known" if match.role == "known" else "irrelevant"
        there = getattr(self, name)
        if there is None or match_key(match, label_order) < match_key(there, label_order):
            setattr(self, name, match)


Key = tuple[int, int, str, int, int, float, str, str]


@dataclass(slots=True)
class _Line:
    """One line of the queue while it is being ordered."""

    key: Key
    rule: Rule
    facts: ItemFacts
    size: int = 1
    representative: ItemFacts | None = None


def order_items(items: Iterable[ItemFacts], groups: Sequence[Sequence[str]], rules: RuleSet) -> Iterator[QueueItem]:
    """Orders everything.

    Args:
        items: Every media and every place without a digest, once each.
        groups: SHA-256s of near-duplicate groups, representative first; they do not overlap.
        rules: The rules in force.

    Yields:
        The lines of the queue; their group sizes add up to the number of items.
    """
    group_of = {sha256: number for number, group in enumerate(groups) for sha256 in group}
    lines: list[_Line] = []
    of_group: dict[int, _Line] = {}
    taker = _Taker(rules)
    for facts in items:
        rule = taker.rule_of(facts)
        key = _key(facts, rule, rules.label_order)
        number = group_of.get(facts.sha256) if facts.sha256 is not None else None
        if number is None:
            lines.append(_Line(key, rule, facts))
            continue
        line = of_group.get(number)
        if line is None:
            line = of_group[number] = _Line(key, rule, facts)
            lines.append(line)
        else:
            line.size += 1
            if key < line.key:
                line.key, line.rule, line.facts = key, rule, facts
        if facts.sha256 == groups[number][0]:
            line.representative = facts
    lines.sort(key=lambda line: line.key)
    for rank, line in enumerate(lines, 1):
        shown = line.representative or line.facts
        yield QueueItem(
            rank=rank,
            sha256=shown.sha256,
            location_key=shown.location_key,
            rule=line.rule.name,
            reason=_reason(line, shown),
            group_size=line.size,
            placed_by=line.facts.sha256,
        )


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
    }


def _key(facts: ItemFacts, rule: Rule, label_order: Mapping[str, int]) -> Key:
    label_place, label, near, distance = 0, "", 0, 0
    if facts.known:
        label_place, label, near, distance, _, _ = match_key(facts.known, label_order)
    # The weaker the support for "generated", the earlier it is looked at; the stronger the support for the rest, the earlier.
    doubt = facts.log10_lr if facts.opinion in _FOR_GENERATED else -facts.log10_lr
    identity = facts.sha256 or (facts.location_key or b"").hex()
    return rule.place, label_place, label, near, distance, doubt, facts.path, identity


def _reason(line: _Line, shown: ItemFacts) -> str:
    facts, best = line.facts, line.facts.known or line.facts.irrelevant
    text = line.rule.reason.format(
        hashset=_short(best.hashset) if best else "none", label=(_short(best.label) if best else "") or "none",
        how=str(best.how) if best else "none", distance=best.distance if best else 0, opinion=facts.opinion, strength=facts.strength,
        generator=_short(facts.generator) or "generator not named", kind=facts.kind,
    )  # fmt: skip
    if facts.irrelevant and "irrelevant" not in line.rule.when.get("match", ()):
        seems = "Looks like an entry of" if facts.irrelevant.how is MatchHow.PDQ else "Also on"
        text += (
            f" {seems} the list {_short(facts.irrelevant.hashset)} of known-irrelevant files, which did not lower it."
        )
    if line.size > 1:
        text += f" Stands for {line.size} near-duplicates"
        if facts is not shown and facts.sha256:
            text += f"; the one that places it here is {facts.sha256[:12]}"
        text += "."
    return text


def _short(text: str) -> str:
    """A name that comes from evidence or from a list, for a sentence: one line, safe to print, not endless."""
    shown = display_text(text.encode("utf-8", "backslashreplace"))
    return shown if len(shown) <= _MOST_CHARS else shown[: _MOST_CHARS - 3] + "..."
