"""Near-duplicates as stars: every member lies within the distance of its representative.

Hashes are taken in the order of how many neighbours they have (ties: the smaller SHA-256). One that no group has taken yet becomes
a representative and takes all its free neighbours. So groups do not overlap, cannot drift by chaining, and every pair
within the distance has at least one of its two in a group. Two members can lie up to twice the distance apart; a hash near two
representatives belongs to the earlier one.

Everything is held in arrays, and pairs are never held all at once: neighbours are counted first, and found again, a bounded number of
pairs at a time, when it is the turn of a hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.hamming import HammingIndex
from safelight.model import Group

__all__ = ["NearGroups", "near_duplicates"]

_PAIRS: Final = 1 << 20
_MOST_ASKED: Final = 4_096

Bytes = NDArray[np.uint8]
Rows = NDArray[np.int64]


class NearGroups(Sequence[Group]):
    """Groups in arrays; each becomes a `Group` when it is asked for, and is not kept.

    Args:
        sha256s: Shape (n, 32), of all media. `rows`: the members of one group after another, as rows of `sha256s`.
        distances: Of each member to its representative. `starts`: where each group begins in `rows`, and where the last ends.
        distance_bits: Largest distance that was allowed.
    """

    def __init__(
        self, sha256s: Bytes, rows: Rows, distances: NDArray[np.int16], starts: Rows, distance_bits: int
    ) -> None:
        self._sha256s, self._rows, self._distances, self._starts = sha256s, rows, distances, starts
        self._distance_bits = distance_bits

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, number: int) -> Group: ...
    @overload
    def __getitem__(self, number: slice) -> list[Group]: ...
    def __getitem__(self, number: int | slice) -> Group | list[Group]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        place = range(len(self))[number]
        inside = slice(self._starts[place], self._starts[place + 1])
        members = tuple(
            (self._sha256s[row].tobytes().hex(), int(bits))
            for row, bits in zip(self._rows[inside], self._distances[inside], strict=True)
        )
        return Group(
            kind="near-duplicate", representative=members[0][0], members=members, distance_bits=self._distance_bits
        )


def near_duplicates(sha256s: Bytes, hashes: Bytes, distance_bits: int) -> NearGroups:
    """Groups media whose hashes lie near each other.

    Args:
        sha256s: Shape (n, 32), uint8; all different. `hashes`: shape (n, 32), uint8, only hashes that may be matched.
        distance_bits: Largest distance to a representative, 0 to 64.

    Returns:
        Groups of two or more, largest first, each with its representative first and then by distance and SHA-256; the same for
        every order of the input.
    """
    ordered = _order(sha256s)
    # Equal hashes have equal neighbours: they are collapsed, so that 50,000 identical ones cost one.
    unique, inverse = np.unique(hashes[ordered], axis=0, return_inverse=True)
    inverse = inverse.ravel()
    weight = np.bincount(inverse, minlength=len(unique))
    first = np.full(len(unique), len(ordered), np.int64)
    np.minimum.at(first, inverse, np.arange(len(ordered)))
    stars = _stars(unique, weight, first, distance_bits)
    leader, apart = stars.leader[inverse], stars.distance[inverse]
    size = np.bincount(leader, minlength=len(unique))
    rows = np.flatnonzero(size[leader] > 1)
    leader, apart = leader[rows], apart[rows]
    by_group = np.lexsort((rows, apart, first[leader], -size[leader]))
    starts = np.flatnonzero(np.diff(leader[by_group], prepend=-1))
    return NearGroups(sha256s, ordered[rows[by_group]], apart[by_group], np.append(starts, len(rows)), distance_bits)


class _Stars(NamedTuple):
    """For each hash the one that it belongs to (itself for a representative), and the bits between the two."""

    leader: Rows
    distance: NDArray[np.int16]


def _stars(unique: Bytes, weight: Rows, first: Rows, distance_bits: int) -> _Stars:
    """Deals the different hashes out to representatives.

    Args:
        weight: How many media have each hash. `first`: the least of them, which decides ties.
    """
    index = HammingIndex(unique)
    near = np.zeros(len(unique), np.int64)
    degree = weight.copy()
    for one, other, _ in index.blocks_of_pairs(distance_bits):
        for here, there in ((one, other), (other, one)):
            near += np.bincount(here, minlength=len(unique))
            degree += np.bincount(here, weights=weight[there], minlength=len(unique)).astype(np.int64)
    leader = np.arange(len(unique))
    distance = np.zeros(len(unique), np.int16)
    free = near > 0
    turns = np.lexsort((first, -degree))
    for asked in _turns(turns[free[turns]], near, free):
        found = _sorted(index.blocks_within(unique[asked], distance_bits))
        bounds = np.searchsorted(found[0], np.arange(len(asked) + 1))
        for place, row in enumerate(asked):
            if not free[row]:
                continue
            free[row] = False
            inside = slice(bounds[place], bounds[place + 1])
            taken = free[found[1][inside]]
            others = found[1][inside][taken]
            leader[others], distance[others] = row, found[2][inside][taken]
            free[others] = False
    return _Stars(leader, distance)


def _turns(turns: Rows, near: Rows, free: NDArray[np.bool_]) -> Iterator[Rows]:
    """The hashes in their turn, as many at a time as have few pairs together; those that were taken meanwhile are left out."""
    start = 0
    while start < len(turns):
        some = turns[start : start + _MOST_ASKED]
        # The hash itself is among its neighbours.
        stop = max(1, int(np.searchsorted(np.cumsum((near[some] + 1) * free[some]), _PAIRS, side="right")))
        some, start = some[:stop], start + stop
        if (left := some[free[some]]).size:
            yield left


def _sorted(blocks: Iterator[tuple[Rows, Rows, NDArray[np.int16]]]) -> tuple[Rows, Rows, NDArray[np.int16]]:
    """All pairs of some blocks, in the order of what was asked."""
    asked, found, bits = (np.concatenate(part) for part in zip(*blocks, strict=True))
    order = np.argsort(asked, kind="stable")
    return asked[order], found[order], bits[order]


def _order(sha256s: Bytes) -> Rows:
    """The rows in the order of their bytes."""
    words = np.ascontiguousarray(sha256s).view(">u8").reshape(-1, 4)
    return np.lexsort(words.T[::-1])
