"""Near-duplicates as stars: every member lies within the distance of its representative.

Hashes are taken in the order of how many neighbours they have (ties: the smaller SHA-256). One that no group has taken yet becomes
a representative and takes all its free neighbours. So groups do not overlap, cannot drift by chaining, and every pair
within the distance has at least one of its two in a group. Two members can lie up to twice the distance apart; a hash near two
representatives belongs to the earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.hamming import HammingIndex
from safelight.model import Group

__all__ = ["near_duplicates"]


def near_duplicates(sha256s: Sequence[str], hashes: NDArray[np.uint8], distance_bits: int) -> list[Group]:
    """Groups media whose hashes lie near each other.

    Args:
        sha256s: n different SHA-256s. `hashes`: shape (n, 32), uint8, only hashes that may be matched.
        distance_bits: Largest distance to a representative, 0 to 64.

    Returns:
        Groups of two or more, largest first; the same for every order of the input.
    """
    if len(sha256s) < 2:
        return []
    # Equal hashes have equal neighbours: they are collapsed, so that 50,000 identical ones cost one.
    unique, inverse = np.unique(hashes, axis=0, return_inverse=True)
    members: list[list[str]] = [[] for _ in range(len(unique))]
    for sha256, same in zip(sha256s, inverse.ravel(), strict=True):
        members[int(same)].append(sha256)
    for together in members:
        together.sort()
    first, second, distance = _neighbours(unique, distance_bits)
    weight = np.array([len(together) for together in members])
    degree = weight + np.bincount(first, weights=weight[second], minlength=len(unique)).astype(np.int64)
    order = sorted(range(len(unique)), key=lambda row: (-int(degree[row]), members[row][0]))
    bounds = np.searchsorted(first, np.arange(len(unique) + 1))
    free = np.ones(len(unique), bool)
    groups = []
    for row in order:
        if not free[row]:
            continue
        free[row] = False
        near = slice(bounds[row], bounds[row + 1])
        taken = [
            (int(other), int(bits)) for other, bits in zip(second[near], distance[near], strict=True) if free[other]
        ]
        for other, _ in taken:
            free[other] = False
        names = [(sha256, 0) for sha256 in members[row]]
        names += sorted(
            ((sha256, apart) for other, apart in taken for sha256 in members[other]),
            key=lambda item: (item[1], item[0]),
        )
        if len(names) > 1:
            groups.append(
                Group(
                    kind="near-duplicate", representative=names[0][0], members=tuple(names), distance_bits=distance_bits
                )
            )
    return sorted(groups, key=lambda group: (-len(group.members), group.representative))


def _neighbours(
    unique: NDArray[np.uint8], distance_bits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]:
    """Every ordered pair of different rows within the distance, sorted by the first row."""
    parts = []
    for first, second, distance in HammingIndex(unique).blocks_of_pairs(distance_bits):
        parts += [(first, second, distance), (second, first, distance)]
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16)
    first, second, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((second, first))
    return first[order], second[order], distance[order]
