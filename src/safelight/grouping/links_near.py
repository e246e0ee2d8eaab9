"""Contents of two cases that look alike, by PDQ."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.hamming import HammingIndex
from safelight.grouping.links import NearPair, NearTotal

__all__ = ["near_between"]

Hashes: TypeAlias = "NDArray[np.uint8]"

_BLOCK = 4_096


def near_between(
    places: tuple[int, int], first: tuple[Hashes, Hashes], second: tuple[Hashes, Hashes], distance_bits: int, limit: int
) -> tuple[NearTotal, list[NearPair]]:
    """Finds every pair of different contents within the distance; exact.

    Args:
        places: Of the two cases. `first`, `second`: SHA-256s and PDQ hashes of each case, each (n, 32) uint8, only hashes that may be matched.
        distance_bits: 0 to 64. `limit`: the nearest pairs that are returned.
    """
    (one_names, one_hashes), (other_names, other_hashes) = first, second
    seen_one, seen_other = np.zeros(len(one_names), bool), np.zeros(len(other_names), bool)
    number = 0

    def pairs() -> Iterator[NearPair]:
        nonlocal number
        index = HammingIndex(other_hashes, planned_bits=distance_bits)
        for start in range(0, len(one_hashes), _BLOCK):
            block = one_hashes[start : start + _BLOCK]
            for query, row, bits in index.blocks_within(block, distance_bits):
                query = query + start
                # The same bytes in both cases are told as shared contents.
                other = (one_names[query] != other_names[row]).any(axis=1)
                query, row, bits = query[other], row[other], bits[other]
                seen_one[query] = seen_other[row] = True
                number += len(query)
                if len(bits) > limit:
                    # No more of one block than can be among the nearest of all; with their equals, so that the order of blocks decides nothing.
                    near = bits <= np.partition(bits, max(0, limit - 1))[max(0, limit - 1)]
                    query, row, bits = query[near], row[near], bits[near]
                for one, two, apart in zip(query, row, bits, strict=True):
                    yield NearPair(
                        int(apart), *places, one_names[one].tobytes().hex(), other_names[two].tobytes().hex()
                    )

    # All pairs are counted, also where none is wanted.
    nearest = heapq.nsmallest(max(1, limit), pairs())[:limit] if len(one_hashes) and len(other_hashes) else []
    return NearTotal(*places, int(seen_one.sum()), int(seen_other.sum()), number), nearest
