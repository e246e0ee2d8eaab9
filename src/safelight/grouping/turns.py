"""Near-duplicates that are flipped or rotated too: stars as in `near`, where a member is near when one of its eight hashes is.

A member belongs to a representative when its hash as stored, or that of one of its flips and rotations, lies within the distance of the
hash of the representative as stored. So groups cannot drift by chaining here either; which turn it was is kept, and a member that is near as
stored counts as that. Representatives are taken in the order of how many hashes, all turns counted, lie near them (ties: how many as
stored, then the smaller SHA-256). A picture that looks the same when it is flipped has more of them; that decides the order alone.

Turned hashes come from the coefficients of the picture as stored, not from turned pixels: they can differ by some bits.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.hamming import HammingIndex
from safelight.grouping.near import NearGroups

__all__ = ["TURNS", "TurnedGroups", "turned_duplicates"]

TURNS: Final = ("", "turned-90", "turned-180", "turned-270", "top-bottom", "left-right", "transposed", "transverse")
"""By place among the eight hashes: what must be done to the member, degrees counterclockwise, so that it lies near the representative."""

_EIGHT: Final = len(TURNS)
_ASKED: Final = 64

Bytes: TypeAlias = "NDArray[np.uint8]"
Rows: TypeAlias = "NDArray[np.int64]"


class TurnedGroups(NamedTuple):
    """The groups, and for each member that was found through a flip or a rotation (by SHA-256) which it was."""

    groups: NearGroups
    turns: dict[str, str]


def turned_duplicates(sha256s: Bytes, turned: Bytes, known: NDArray[np.bool_], distance_bits: int) -> TurnedGroups:
    """Groups media whose hashes lie near each other, flips and rotations included.

    Args:
        sha256s: Shape (n, 32), uint8; all different.
        turned: Shape (n, 8, 32), uint8, in the order of `TURNS`; only media whose hashes may be matched.
        known: Shape (n,): whether the hashes of the turns are there; otherwise only the first of the eight counts.
        distance_bits: Largest distance to a representative, 0 to 64.

    Returns:
        Groups of two or more, largest first; the same for every order of the input. Memory: the index over eight hashes of each
        media, and the pairs of 64 representatives at a time.
    """
    order = np.lexsort(np.ascontiguousarray(sha256s).view(">u8").reshape(-1, 4).T[::-1])
    rows = np.concatenate((turned.reshape(-1, _EIGHT * 32), known[:, None]), axis=1)[order]
    # Media that agree in all eight hashes are one, so that 50,000 plain pictures cost one.
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.ravel()
    # Named by their first media, in the order of the SHA-256s: nothing depends on the values of the hashes.
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    inverse, first = place[inverse], np.sort(first)
    stars = _stars(turned[order][first], known[order][first], np.bincount(inverse, minlength=len(first)), distance_bits)
    leader, apart, turn = stars.leader[inverse], stars.distance[inverse], stars.turn[inverse]
    size = np.bincount(leader, minlength=len(first))
    kept = np.flatnonzero(size[leader] > 1)
    by_group = kept[np.lexsort((kept, apart[kept], inverse[kept] != leader[kept], leader[kept], -size[leader[kept]]))]
    starts = np.flatnonzero(np.diff(leader[by_group], prepend=-1))
    members = order[by_group]
    turns = {
        sha256s[member].tobytes().hex(): TURNS[int(which)]
        for member, which in zip(members, turn[by_group], strict=True)
        if which
    }
    groups = NearGroups(
        sha256s, members, apart[by_group].astype(np.int16), np.append(starts, len(members)), distance_bits
    )
    return TurnedGroups(groups, turns)


class _Stars(NamedTuple):
    """For each row the one that it belongs to, the bits between them, and the turn under which it lies there."""

    leader: Rows
    distance: Rows
    turn: Rows


def _stars(turned: Bytes, known: NDArray[np.bool_], weight: Rows, distance_bits: int) -> _Stars:
    number = len(turned)
    leader, distance, turn = np.arange(number), np.zeros(number, np.int64), np.zeros(number, np.int64)
    there = np.repeat(known[:, None], _EIGHT, axis=1)
    there[:, 0] = True
    ids = np.flatnonzero(there)
    index = HammingIndex(
        np.ascontiguousarray(turned.reshape(-1, 32)[ids]), ids.astype(np.int64), planned_bits=distance_bits
    )
    stored = np.ascontiguousarray(turned[:, 0])
    degree, unturned = np.zeros(number, np.int64), np.zeros(number, np.int64)
    for start in range(0, number, _ASKED):
        for asked, found, _ in index.blocks_within(stored[start : start + _ASKED], distance_bits):
            near = weight[found // _EIGHT]
            degree += np.bincount(asked + start, near, number).astype(np.int64)
            unturned += np.bincount(asked + start, near * (found % _EIGHT == 0), number).astype(np.int64)
    free = np.ones(number, bool)
    turns = np.lexsort((np.arange(number), -unturned, -degree))
    for start in range(0, number, _ASKED):
        some = turns[start : start + _ASKED]
        some = some[free[some]]
        if not len(some):
            continue
        blocks = list(index.blocks_within(stored[some], distance_bits))
        asked, found, bits = (np.concatenate(part) for part in zip(*blocks, strict=True))
        for place, row in enumerate(some):
            if not free[row]:
                continue
            free[row] = False
            here = asked == place
            _take(row, found[here], bits[here], free, _Stars(leader, distance, turn))
    return _Stars(leader, distance, turn)


def _take(row: int, found: Rows, bits: NDArray[np.int16], free: NDArray[np.bool_], stars: _Stars) -> None:
    """Gives a representative its free neighbours: as stored where that is near enough, else under the nearest turn."""
    member, turn = found // _EIGHT, found % _EIGHT
    best = np.lexsort((turn, bits, turn != 0, member))
    member, turn, bits = member[best], turn[best], bits[best]
    first = np.flatnonzero(np.diff(member, prepend=-1))
    taken = first[free[member[first]]]
    stars.leader[member[taken]], stars.distance[member[taken]], stars.turn[member[taken]] = (
        row,
        bits[taken],
        turn[taken],
    )
    free[member[taken]] = False
