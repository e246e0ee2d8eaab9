"""Contents of two cases that look alike, by PDQ.

Equal hashes of one case are asked once: two cases that each hold thousands of copies of one picture have millions of pairs, which are counted
and not made.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice, product
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.hamming import HammingIndex
from safelight.grouping.links import NearPair, NearTotal

__all__ = ["near_between"]

Hashes: TypeAlias = "NDArray[np.uint8]"
Numbers: TypeAlias = "NDArray[np.int64]"

_BLOCK = 4_096


class _Side(NamedTuple):
    """The hashes of one case, each once: `row` leads from a content to its hash, `holders` holds the contents of each as SHA-256s in their order."""

    hashes: Hashes
    row: Numbers
    size: Numbers
    holders: list[list[str]]


def near_between(
    places: tuple[int, int], first: tuple[Hashes, Hashes], second: tuple[Hashes, Hashes], distance_bits: int, limit: int
) -> tuple[NearTotal, list[NearPair]]:
    """Finds every pair of different contents within the distance; exact.

    Args:
        places: Of the two cases. `first`, `second`: SHA-256s, all different, and PDQ hashes of each case, each (n, 32) uint8; only hashes that may be
            matched.
        distance_bits: 0 to 64. `limit`: the nearest pairs that are returned.
    """
    if not len(first[0]) or not len(second[0]):
        return NearTotal(*places, 0, 0, 0), []
    one, other = _side(*first), _side(*second)
    # The same bytes in both cases are told as shared contents: by content whether it is such a one, and how many for each pair of hashes.
    same_one, same_other, same_keys = _same_contents(first, second, one, other, distance_bits)
    keys, same = np.unique(same_keys, return_counts=True)
    reach_one, reach_other = np.zeros(len(one.hashes), np.int64), np.zeros(len(other.hashes), np.int64)
    at_bits = np.zeros(distance_bits + 1, np.int64)

    def pairs() -> Iterator[NearPair]:
        index = HammingIndex(other.hashes, planned_bits=distance_bits)
        for start in range(0, len(one.hashes), _BLOCK):
            for query, row, bits in index.blocks_within(one.hashes[start : start + _BLOCK], distance_bits):
                query = query + start
                np.add.at(reach_one, query, other.size[row])
                np.add.at(reach_other, row, one.size[query])
                number = one.size[query] * other.size[row]
                if len(keys):
                    key = query * len(other.hashes) + row
                    place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
                    number -= np.where(keys[place] == key, same[place], 0)
                np.add.at(at_bits, bits, number)
                # No more than can be among the nearest so far; with their equals, so that the order of blocks decides nothing.
                near = bits <= np.searchsorted(np.cumsum(at_bits), max(1, limit))
                for here, there, apart in zip(query[near], row[near], bits[near], strict=True):
                    names = product(one.holders[here], other.holders[there])
                    for mine, theirs in islice((both for both in names if both[0] != both[1]), max(1, limit)):
                        yield NearPair(int(apart), *places, mine, theirs)

    # All pairs are counted, also where none is wanted.
    nearest = heapq.nsmallest(max(1, limit), pairs())[:limit]
    seen_one, seen_other = reach_one[one.row] - same_one, reach_other[other.row] - same_other
    return NearTotal(*places, int((seen_one > 0).sum()), int((seen_other > 0).sum()), int(seen_one.sum())), nearest


def _side(names: Hashes, hashes: Hashes) -> _Side:
    unique, row = np.unique(hashes, axis=0, return_inverse=True)
    row = row.ravel()
    holders: list[list[str]] = [[] for _ in range(len(unique))]
    for name, place in sorted((name.tobytes().hex(), int(place)) for name, place in zip(names, row, strict=True)):
        holders[place].append(name)
    return _Side(unique, row.astype(np.int64), np.bincount(row, minlength=len(unique)), holders)


def _same_contents(
    first: tuple[Hashes, Hashes], second: tuple[Hashes, Hashes], one: _Side, other: _Side, distance_bits: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Contents that both cases hold, as far as their hashes are near: 1 for such a content of each case, and the number of each pair of hashes."""
    names = [np.ascontiguousarray(side[0]).view("V32").ravel() for side in (first, second)]
    where = {name.tobytes(): row for row, name in enumerate(names[1])}
    both = [(row, where[name.tobytes()]) for row, name in enumerate(names[0]) if name.tobytes() in where]
    mine, theirs = np.array(both, np.int64).reshape(-1, 2).T
    apart = np.bitwise_count(first[1][mine] ^ second[1][theirs]).sum(axis=1)
    mine, theirs = mine[apart <= distance_bits], theirs[apart <= distance_bits]
    same_one, same_other = np.zeros(len(first[0]), np.int64), np.zeros(len(second[0]), np.int64)
    same_one[mine] = same_other[theirs] = 1
    return same_one, same_other, one.row[mine] * len(other.hashes) + other.row[theirs]
