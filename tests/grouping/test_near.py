"""Near-duplicate groups: no drift, no overlap, nothing missed, whatever the order."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safelight.grouping import near, near_duplicates
from safelight.model import Group


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


def _raw(names: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer(bytes.fromhex("".join(names)), np.uint8).reshape(-1, 32)


def _reference(names: list[str], hashes: NDArray[np.uint8], limit: int) -> list[Group]:
    """The rule written down plainly: hashes in the order of their neighbours, each taking those that are free."""
    place = {name: number for number, name in enumerate(names)}

    def between(first: str, second: str) -> int:
        return _apart(hashes[place[first]], hashes[place[second]])

    near_of = {name: [other for other in names if between(name, other) <= limit] for name in names}
    free, groups = set(names), []
    for name in sorted(names, key=lambda name: (-len(near_of[name]), name)):
        if name not in free:
            continue
        taken = sorted((between(name, other), other) for other in near_of[name] if other in free)
        # Equal hashes are one: the least of their names stands for all.
        free -= {other for _, other in taken}
        members = tuple((other, bits) for bits, other in taken)
        if len(members) > 1:
            groups.append(
                Group(kind="near-duplicate", representative=members[0][0], members=members, distance_bits=limit)
            )
    return sorted(groups, key=lambda group: (-len(group.members), group.representative))


def _apart(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> int:
    return int(np.bitwise_count(first ^ second).sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 40), st.integers(0, 64))
def test_groups_hold_what_they_promise(seed: int, size: int, limit: int) -> None:
    hashes = _hashes(seed, size)
    names = [f"{number:064x}" for number in range(size)]
    place = {name: number for number, name in enumerate(names)}
    groups = near_duplicates(_raw(names), hashes, limit)
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
        _raw([name for name, _ in shuffled]), np.array([row for _, row in shuffled], np.uint8).reshape(-1, 32), limit
    )
    assert list(again) == list(groups)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 1 << 30), st.integers(0, 40), st.sampled_from([0, 8, 31, 64]), st.sampled_from([1, 3, 20, 1 << 20])
)
def test_groups_are_those_of_the_plain_rule_however_few_pairs_are_held(
    seed: int, size: int, limit: int, pairs: int
) -> None:
    hashes = _hashes(seed, size)
    hashes[size // 2 :][:3] = hashes[:3][: size - size // 2]
    names = [f"{number * 7919 % 104729:064x}" for number in range(size)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near, "_PAIRS", pairs)
        assert list(near_duplicates(_raw(names), hashes, limit)) == _reference(names, hashes, limit)


def test_memory_is_that_of_arrays_also_where_everything_is_near_everything() -> None:
    count = 4_000
    chance = np.random.default_rng(5)
    hashes = np.zeros((count, 32), np.uint8)
    hashes[:, :2] = chance.integers(0, 256, (count, 2))
    names = chance.integers(0, 256, (count, 32), np.uint8)
    near_duplicates(names[:9], hashes[:9], 31)  # what is imported once is not counted
    tracemalloc.start()
    groups = near_duplicates(names, hashes, 31)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(group.members) for group in groups] == [count]
    assert most < 120 << 20, "eight million pairs of 20 bytes were held at once"


def test_groups_can_be_asked_for_by_number_and_again() -> None:
    names = [f"{number:064x}" for number in range(6)]
    hashes = np.repeat(np.random.default_rng(1).integers(0, 256, (2, 32), np.uint8), [4, 2], axis=0)
    groups = near_duplicates(_raw(names), hashes, 31)
    assert len(groups) == 2
    assert [group.representative for group in groups] == [names[0], names[4]]
    assert groups[-1] == groups[1] == groups[:][1]
    with pytest.raises(IndexError):
        groups[2]
    assert len(near_duplicates(_raw([]), np.empty((0, 32), np.uint8), 31)) == 0


def test_many_equal_hashes_are_one_group_and_cheap() -> None:
    names = [f"{number:064x}" for number in range(20_000)]
    groups = near_duplicates(_raw(names), np.zeros((20_000, 32), np.uint8), 31)
    assert len(groups) == 1
    assert len(groups[0].members) == 20_000
