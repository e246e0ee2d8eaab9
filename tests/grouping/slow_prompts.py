"""The plain way of finding prompts from one template: each is compared with every leader so far. Slow, and easy to believe."""

from __future__ import annotations

from fractions import Fraction

from safelight.grouping.runs_prompts import ALIKE, words_of


def slow_clusters(files: dict[str, int]) -> dict[str, str]:
    """The leader of each prompt."""
    leaders: list[str] = []
    found: dict[str, str] = {}
    for prompt in sorted(files, key=lambda prompt: (-files[prompt], prompt)):
        best, nearest = Fraction(0), None
        for leader in leaders:
            alike = _alike(prompt, leader)
            if alike >= Fraction(*ALIKE) and alike > best:
                best, nearest = alike, leader
        if nearest is None:
            leaders.append(prompt)
        found[prompt] = nearest or prompt
    return found


def _alike(one: str, other: str) -> Fraction:
    first, second = words_of(one), words_of(other)
    return Fraction(len(first & second), len(first | second)) if first or second else Fraction(0)
