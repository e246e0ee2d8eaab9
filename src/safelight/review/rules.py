"""The rules of the queue: read from a file that the unit can change, checked, and kept with their digest."""

from __future__ import annotations

import hashlib
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from safelight.errors import SettingsError
from safelight.model import HashSetRole, JsonValue, MatchHow, MediaKind, Opinion

__all__ = ["CONDITIONS", "FIELDS", "LAST_PLACE", "WITHIN", "Rule", "RuleSet", "load_rules"]

FIELDS: Final = ("lists", "hashset", "label", "how", "distance", "opinion", "strength", "generator", "kind")
"""What a reason can name."""

CONDITIONS: Final[dict[str, frozenset[str] | None]] = {
    "match": frozenset({*HashSetRole, "none"}),
    "how": frozenset(MatchHow),
    "hashset": None,
    "label": None,
    "opinion": frozenset(Opinion),
    "kind": frozenset({*MediaKind, "place"}),
    "scene": frozenset({"behind", "made-from", "shared", "none"}),
    "state": frozenset({"examined", "partly", "could-not-look", "did-not-run", "unreadable"}),
}
"""Every condition with the words it can take; None for any text."""

WITHIN: Final = ("support", "score")
"""By what a rule's items of one place and label are ordered; the first where it does not say."""

LAST_PLACE: Final = 1_000_000
"""Where an item goes that no rule takes: behind every place that a rule can name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: an item for which every condition holds goes to `place` with `reason`.

    `by_score`: whether items of equal support stand there by a learned model's score.
    """

    name: str
    place: int
    reason: str
    when: Mapping[str, frozenset[str]]
    by_score: bool = False

    def takes(self, facts: Mapping[str, str]) -> bool:
        """Whether every condition holds for these facts."""
        return all(facts.get(name, "") in wanted for name, wanted in self.when.items())


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force.

    Attributes:
        source: Where they come from. `text`: all of it. `sha256`: of the file's exact bytes.
        rules: In the order in which they are tried. `label_order`: place of each label that is named, 0 first.
    """

    source: str
    text: str
    sha256: str
    rules: tuple[Rule, ...]
    label_order: Mapping[str, int] = field(default_factory=dict)

    def record(self) -> dict[str, JsonValue]:
        """For the custody log."""
        return {"source": self.source, "sha256": self.sha256, "text": self.text}


def load_rules(path: Path | None) -> RuleSet:
    """Reads the rules of a unit, or those that Safelight ships.

    Raises:
        SettingsError: The file cannot be read, or a rule in it is wrong; the message names the rule and what is allowed.
    """
    try:
        if path is None:
            source = "default rules of Safelight"
            raw = resources.files(__package__).joinpath("default_rules.toml").read_bytes()
        else:
            source, raw = str(path), path.read_bytes()
        text = raw.decode("utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(
            f"The queue rules {path} cannot be read: {error}.", advice="Correct the file or its name."
        ) from error
    wrong = _Wrong(source)
    if unknown := set(content) - {"rule", "label_order"}:
        raise wrong(f"unknown entry {min(unknown)!r}", "label_order and [[rule]] are known")
    order = content.get("label_order", [])
    if not isinstance(order, list) or not all(isinstance(label, str) for label in order):
        raise wrong("label_order is not a list of texts", "give labels as the lists write them")
    if twice := [label for label in order if order.count(label) > 1]:
        raise wrong(f"label_order names {twice[0]!r} twice", "give each label one place")
    rules = content.get("rule", [])
    if not isinstance(rules, list) or not rules:
        raise wrong("it holds no [[rule]]", "give at least one")
    made = tuple(_rule(number, item, wrong) for number, item in enumerate(rules, 1))
    names = [rule.name for rule in made]
    if len(set(names)) != len(names):
        raise wrong(f"two rules are named {max(names, key=names.count)!r}", "give each a name of its own")
    labels = {label: place for place, label in enumerate(order)}
    return RuleSet(source, text, hashlib.sha256(raw).hexdigest(), made, labels)


class _Wrong:
    """Makes the error for a wrong rules file."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __call__(self, what: str, allowed: str) -> SettingsError:
        return SettingsError(
            f"The queue rules in {self._source} are wrong: {what}.", advice=f"Correct the file: {allowed}."
        )


def _rule(number: int, item: Any, wrong: _Wrong) -> Rule:
    where = f"rule {number}"
    if not isinstance(item, dict):
        raise wrong(f"{where} is not a table", "write [[rule]] and its entries")
    where = f"rule {number} ({item.get('name', 'without a name')})"
    if unknown := set(item) - {"name", "place", "reason", "when", "within"}:
        raise wrong(f"{where} has an unknown entry {min(unknown)!r}", "name, place, reason, when and within are known")
    name, place, reason = item.get("name"), item.get("place"), item.get("reason")
    if not isinstance(name, str) or not name or not isinstance(reason, str) or not reason:
        raise wrong(f"{where} lacks a name or a reason", "both are texts")
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < LAST_PLACE:
        raise wrong(f"{where} has no place", f"a whole number from 0 to {LAST_PLACE - 1}")
    try:
        parts = [part for part in string.Formatter().parse(reason) if part[1] is not None]
    except ValueError as error:
        raise wrong(f"the reason of {where} has a stray brace", "write {{ for a brace") from error
    if unknown := {str(name) for _, name, _, _ in parts} - set(FIELDS):
        raise wrong(f"the reason of {where} names {min(unknown)!r}", f"it can name {', '.join(FIELDS)}")
    if any(form or conversion for _, _, form, conversion in parts):
        raise wrong(f"the reason of {where} says how a name is to be formatted", "write the name alone, as {label}")
    if (within := item.get("within", WITHIN[0])) not in WITHIN:
        raise wrong(f"`within` of {where} is {within!r}", f"{' and '.join(WITHIN)} are known")
    return Rule(name, place, reason, _conditions(where, item.get("when", {}), wrong), within == "score")


def _conditions(where: str, when: Any, wrong: _Wrong) -> dict[str, frozenset[str]]:
    if not isinstance(when, dict):
        raise wrong(f"`when` of {where} is not a table", "write when = { ... }")
    found: dict[str, frozenset[str]] = {}
    for name, value in when.items():
        if name not in CONDITIONS:
            raise wrong(f"{where} has an unknown condition {name!r}", f"{', '.join(CONDITIONS)} are known")
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise wrong(f"the condition {name!r} of {where} is not a text or a list of texts", "correct it")
        if not words:
            raise wrong(f"the condition {name!r} of {where} names nothing, so that no item can meet it", "name a word")
        allowed = CONDITIONS[name]
        if allowed is not None and (strange := set(words) - allowed):
            raise wrong(
                f"the condition {name!r} of {where} has the word {min(strange)!r}",
                f"{', '.join(sorted(allowed))} are known",
            )
        found[name] = frozenset(words)
    return found
