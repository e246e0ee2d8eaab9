"""The template of prompts that are alike: what all of them have in the same order, and the slots in which they differ.

What they share is a common subsequence of their words and signs, folded together prompt by prompt; a prompt that holds all of it already
costs one walk along it. The fold need not be the longest that exists for many prompts (finding that is NP-hard), but it is common to all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from safelight.grouping.runs_prompts import tokens_of

__all__ = ["SAMPLES_MAX", "Slot", "Template", "template_of"]

SAMPLES_MAX: Final = 20
"""Values of one slot that are kept."""

_VALUES_MAX: Final = 10_000
_NO_BLANK_BEFORE: Final = frozenset(",.;:)]}>")
_NO_BLANK_AFTER: Final = frozenset("([{<")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in which prompts differ.

    Attributes:
        values: How many different values there are, nothing at all included; at most 10,000 are counted.
        samples: The most frequent ones, by the prompts that have them.
    """

    values: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """What prompts share, with the number of the slot in braces where they differ (`a boat, {1}, oil painting`), and the slots."""

    text: str
    slots: tuple[Slot, ...]


def template_of(prompts: Iterable[str]) -> Template:
    """Finds the template of prompts; the same for every order of them.

    Args:
        prompts: At least one. What lies beyond `TOKENS_MAX` words and signs of a prompt is not looked at.
    """
    ordered = sorted(set(prompts))
    common = tokens_of(ordered[0])
    for prompt in ordered[1:]:
        tokens = tokens_of(prompt)
        if not _within(common, tokens):
            common = _common(common, tokens)
    gaps: list[Counter[str]] = [Counter() for _ in range(len(common) + 1)]
    for prompt in ordered:
        for gap, filler in zip(gaps, _fillers(common, tokens_of(prompt)), strict=True):
            if filler in gap or len(gap) < _VALUES_MAX:
                gap[filler] += 1
    slots: list[Slot] = []
    pieces: list[str] = []
    for place, gap in enumerate(gaps):
        if list(gap) != [""]:
            best = sorted(gap, key=lambda value: (-gap[value], value))[:SAMPLES_MAX]
            slots.append(Slot(len(gap), tuple(best)))
            pieces.append(f"{{{len(slots)}}}")
        pieces += common[place : place + 1]
    return Template(_joined(pieces), tuple(slots))


def _within(common: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether the one is a subsequence of the other."""
    walk = iter(tokens)
    return all(token in walk for token in common)


def _common(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """A longest common subsequence.

    Rows of the table are bit vectors in whole numbers (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): a zero bit is a
    place where the length grows.
    """
    places: dict[str, int] = {}
    for place, token in enumerate(first):
        places[token] = places.get(token, 0) | 1 << place
    whole = (1 << len(first)) - 1
    rows = [whole]
    row = whole
    for token in second:
        match = row & places.get(token, 0)
        row = (row + match | row - match) & whole
        rows.append(row)
    found: list[str] = []
    left, right = len(first), len(second)
    while left and right:
        mask = (1 << left) - 1
        here = left - (rows[right] & mask).bit_count()
        if here == left - (rows[right - 1] & mask).bit_count():
            right -= 1
        elif here == left - 1 - (rows[right] & mask >> 1).bit_count():
            left -= 1
        else:
            found.append(first[left - 1])
            left, right = left - 1, right - 1
    return found[::-1]


def _fillers(common: Sequence[str], tokens: Sequence[str]) -> list[str]:
    """What lies before, between and behind the common tokens, taken as early as they come."""
    found = []
    start = 0
    for token in common:
        end = tokens.index(token, start)
        found.append(_joined(tokens[start:end]))
        start = end + 1
    found.append(_joined(tokens[start:]))
    return found


def _joined(tokens: Sequence[str]) -> str:
    text = ""
    for before, token in zip(("", *tokens), tokens, strict=False):
        blank = before and token not in _NO_BLANK_BEFORE and before not in _NO_BLANK_AFTER
        text += " " + token if blank else token
    return text
