"""Near-duplicate groups: no drift, no overlap, nothing missed, whatever the order."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safelight.grouping import near_duplicates


def _hashes(seed: int, size: int) -> NDArray[np.uint8]:
    """A chain of hashes, each a few bits from the one before: the case in which careless grouping drifts."""
    chance = np.random.default_rng(seed)
    bits = np.unpackbits(chance.integers(0, 256, 32, np.uint8))
    rows = []
    for _ in range(size):
        bits = bits.copy()
        bits[chance.choice(256, chance.integers(0, 40), replace=False)] ^= 1
        rows.append(bits)
    return np.packbits(np.array(rows).reshape(-1, 256).astype(np.uint8), axis=1)


def _apart(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> int:
    return int(np.bitwise_count(first ^ second).sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 40), st.integers(0, 64))
def test_groups_hold_what_they_promise(seed: int, size: int, limit: int) -> None:
    hashes = _hashes(seed, size)
    names = [f"{number:064x}" for number in range(size)]
    place = {name: number for number, name in enumerate(names)}
    groups = near_duplicates(names, hashes, limit)
    seen = [name for group in groups for name, _ in group.members]
    assert len(seen) == len(set(seen)), "groups overlap"
    for group in groups:
        assert len(group.members) > 1
        assert group.members[0] == (group.representative, 0)
        for name, distance in group.members:
            assert distance == _apart(hashes[place[name]], hashes[place[group.representative]]) <= limit
    for first in range(size):
        for second in range(first):
            if _apart(hashes[first], hashes[second]) <= limit:
                assert names[first] in seen or names[second] in seen, "a near pair was missed"
    shuffled = list(zip(names, hashes, strict=True))
    random.Random(seed).shuffle(shuffled)
    again = near_duplicates(
        [name for name, _ in shuffled], np.array([row for _, row in shuffled], np.uint8).reshape(-1, 32), limit
    )
    assert again == groups


def test_many_equal_hashes_are_one_group_and_cheap() -> None:
    names = [f"{number:064x}" for number in range(20_000)]
    groups = near_duplicates(names, np.zeros((20_000, 32), np.uint8), 31)
    assert len(groups) == 1
    assert len(groups[0].members) == 20_000
