"""Prompts that are made from one template, found without comparing each with each.

Two prompts are alike when the words that they share are at least three fifths of the words of both together (Jaccard, each word
as often as it occurs). Prompts are taken in the order of how many files have them; one that is alike to no leader so far becomes a leader, any
other goes to the leader that it is most alike to. So every prompt is alike to its leader, and a cluster cannot drift by chaining.

The leaders that can be alike are found by prefix filtering, which misses none: with words ordered from rare to frequent, two alike
sets share at least `l` words among the first `n - ceil(0.6 n) + l` of each. Where more than 32 leaders pass, the 32 that share most
of those words are compared: thousands of long prompts put together from few words have so many near misses that comparing all
would take hours. Source of the method: Wang, Li, Feng, "Can We Beat the Prefix Filtering? An Adaptive Framework for Similarity Join
and Search" (SIGMOD 2012).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

__all__ = ["ALIKE", "TOKENS_MAX", "cluster_prompts", "tokens_of", "words_of"]

ALIKE: Final = (3, 5)
"""Numerator and denominator of the share of words from which on two prompts are alike."""

TOKENS_MAX: Final = 2_000
"""Words and signs of one prompt that are looked at."""

# Scripts that are written without blanks are taken sign by sign.
_SIGNS: Final = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3"
_TOKEN: Final = re.compile(rf"[{_SIGNS}]|[^\W{_SIGNS}]+|[^\w\s]")
_CHARS_MAX: Final = 1 << 16
_PUNCTUATION: Final = frozenset(",.;:()[]{}<>|\"'`")
_FEW_POSTINGS: Final = 256
_COMPARED_MAX: Final = 32


def tokens_of(prompt: str) -> list[str]:
    """The words and signs of a prompt in their order, the first `TOKENS_MAX` of them."""
    return _TOKEN.findall(prompt, 0, _CHARS_MAX)[:TOKENS_MAX]


def words_of(prompt: str) -> frozenset[tuple[str, int]]:
    """The words that two prompts are compared by: in lower case, without punctuation, each with which time of its it is."""
    seen: Counter[str] = Counter()
    words = []
    for token in tokens_of(prompt):
        word = token.casefold()
        if word not in _PUNCTUATION:
            words.append((word, seen[word]))
            seen[word] += 1
    return frozenset(words)


def cluster_prompts(files: Mapping[str, int]) -> dict[str, str]:
    """Finds the leader of each prompt.

    Args:
        files: How many files have each prompt.

    Returns:
        The leader of every prompt, itself a prompt; a prompt without any word is alike to none.
    """
    order = sorted(files, key=lambda prompt: (-files[prompt], prompt))
    sets = _numbered([words_of(prompt) for prompt in order])
    leaders = _Leaders()
    names: list[str] = []
    found = {}
    for prompt, words in zip(order, sets, strict=True):
        leader = leaders.nearest(words)
        if leader is None:
            leader = leaders.add(words)
            names.append(prompt)
        found[prompt] = names[leader]
    return found


def _numbered(sets: Sequence[frozenset[tuple[str, int]]]) -> list[array[int]]:
    """Words as numbers, rare ones first, each set sorted."""
    frequency: Counter[tuple[str, int]] = Counter()
    for words in sets:
        frequency.update(words)
    ordered = sorted(frequency, key=lambda word: (frequency[word], word))
    number = {word: place for place, word in enumerate(ordered)}
    return [array("i", sorted(number[word] for word in words)) for words in sets]


class _Leaders:
    """The leaders so far, to be found by the rare words at the head of their sets."""

    def __init__(self) -> None:
        self._sets: list[array[int]] = []
        self._least = array("i")
        self._postings: dict[int, array[int]] = {}

    def add(self, words: array[int]) -> int:
        """Adds a leader and returns its number."""
        number = len(self._sets)
        self._sets.append(words)
        self._least.append(_least(len(words)))
        for word in words[: _prefix(len(words))]:
            self._postings.setdefault(word, array("i")).append(number)
        return number

    def nearest(self, words: array[int]) -> int | None:
        """The most alike leader, the earliest where several are as much alike; None when none is alike."""
        most, of = ALIKE
        best: tuple[int, int, int] | None = None
        wanted = set(words)
        size = len(words)
        for leader in self._candidates(words):
            other = self._sets[leader]
            if len(other) * of < size * most or size * of < len(other) * most:
                continue
            shared = sum(map(wanted.__contains__, other))
            union = size + len(other) - shared
            if shared * of < union * most:
                continue
            # shared / union against the best so far, without dividing.
            better = best is None or (shared * best[1], best[2]) > (best[0] * union, leader)
            if better:
                best = shared, union, leader
        return best[2] if best is not None else None

    def _candidates(self, words: array[int]) -> list[int]:
        """Leaders that share enough of the rare words, those that share most of them first."""
        postings = [self._postings[word] for word in words[: _prefix(len(words))] if word in self._postings]
        least = _least(len(words))
        if sum(map(len, postings)) <= _FEW_POSTINGS:
            counted = Counter(leader for posting in postings for leader in posting)
            enough = [
                leader for leader, count in counted.items() if count >= min(least, _least(len(self._sets[leader])))
            ]
            return sorted(enough, key=lambda leader: (-counted[leader], leader))[:_COMPARED_MAX]
        counts = np.bincount(np.concatenate([np.frombuffer(posting, np.intc) for posting in postings]))
        found = np.flatnonzero(counts >= np.minimum(least, np.frombuffer(self._least, np.intc)[: len(counts)]))
        best = np.lexsort((found, -counts[found]))[:_COMPARED_MAX]
        return [int(leader) for leader in found[best]]


def _least(size: int) -> int:
    """How many words two prefixes must share, for a set of so many words; the smaller of two sets decides."""
    return 1 + size // 16


def _prefix(size: int) -> int:
    """Length of the head of a set of so many words that is looked up."""
    most, of = ALIKE
    return size - -(-size * most // of) + _least(size) if size else 0
