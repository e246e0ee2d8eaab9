"""How to cut 256 bits into tables, and how far to look in each.

Two hashes within d bits differ in at most t_i bits in one of the tables, whatever the tables are, if the sum of (t_i + 1) is d + 1:
were it more than t_i in each, they would differ in more than d bits (Norouzi, Punjani, Fleet, "Fast Exact Search in Hamming Space
with Multi-Index Hashing", 2014, section 3, whose radii all are equal). So any cut is exact at any distance; a good one is fast.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import comb, inf, log2
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["SCAN_NS", "cut", "masks", "radii", "tag_widths"]

SCAN_NS: Final = 1.2
"""What comparing with one hash takes when all are read in turn."""

_BITS: Final = 256
_LEAST_WIDTH: Final = 8
_MOST_WIDTH: Final = 25
_MOST_RADIUS: Final = 3
_MOST_MASKS: Final = 20_000
_PROBE_NS: Final = 20.0
_ENTRY_NS: Final = 5.4
_LOOK_NS: Final = 22.0
_CROWDED_NS: Final = 60.0
_CROWDED_FROM: Final = 8.0
"""Measured; only their ratios matter. A wide table does not stay in the processor's caches, and where so many hashes share each key its
counts do not suffice: see `_cost`."""


def _cost(width: int, radius: int, count: int) -> float:
    """Nanoseconds that one query spends in a table."""
    if radius < 0:
        return 0.0
    probes = sum(comb(width, turned) for turned in range(radius + 1))
    if probes > _MOST_MASKS:
        return inf
    each = count / float(2**width)
    tag = min(width, _tag_bits(count))
    looked_at = sum(comb(tag, bits) for bits in range(min(radius + 1, tag) + 1)) / float(2**tag)
    crowded = _CROWDED_NS * min(1.0, each / _CROWDED_FROM) ** 4
    return float(probes) * (_PROBE_NS + 3 * max(0, width - 19) + crowded + (_ENTRY_NS + _LOOK_NS * looked_at) * each)


def _tag_bits(count: int) -> int:
    return 32 - (count - 1).bit_length()


@lru_cache(maxsize=64)
def cut(count: int, distance_bits: int) -> tuple[int, ...]:
    """The widths of the tables, 256 bits in all, that answer fastest within a distance among so many random hashes."""
    most = max(_LEAST_WIDTH + 1, min(_MOST_WIDTH, int(log2(max(count, 2))) + 2))
    best = np.full((distance_bits + 2, _BITS + 1), np.inf)
    best[0, 0] = 0.0
    chosen: dict[tuple[int, int], tuple[int, int]] = {}
    for spent in range(1, distance_bits + 2):
        for radius in range(min(_MOST_RADIUS, spent - 1) + 1):
            for width in range(_LEAST_WIDTH, most + 1):
                cost = best[spent - radius - 1, :-width] + _cost(width, radius, count)
                for bits in np.flatnonzero(cost < best[spent, width:]).tolist():
                    best[spent, bits + width] = cost[bits]
                    chosen[spent, bits + width] = (width, radius)
    widths, spent, bits = list[int](), distance_bits + 1, _BITS
    if best[spent, bits] == inf:
        # Too few words for so small a distance: equal ones do.
        return (16,) * 16
    while bits:
        width, radius = chosen[spent, bits]
        widths.append(width)
        spent, bits = spent - radius - 1, bits - width
    return tuple(sorted(widths))


@lru_cache(maxsize=256)
def radii(widths: tuple[int, ...], count: int, distance_bits: int) -> tuple[int, ...] | None:
    """How many bits to turn in the key of each table, -1 where a table need not be asked; None when comparing with all is faster."""
    found = [-1] * len(widths)
    total = 0.0
    for _ in range(distance_bits + 1):
        more, table = min(
            (_cost(width, radius + 1, count) - _cost(width, radius, count), table)
            for table, (width, radius) in enumerate(zip(widths, found, strict=True))
        )
        total += more
        found[table] += 1
    return tuple(found) if total < SCAN_NS * count else None


@lru_cache(maxsize=64)
def masks(width: int, radius: int) -> NDArray[np.uint64]:
    """Every word of so many bits with at most `radius` of them set, in order: neighbours share a line of memory."""
    chosen = (bits for count in range(radius + 1) for bits in combinations(range(width), count))
    made = np.array(sorted(sum(1 << bit for bit in bits) for bits in chosen), np.uint64)
    made.setflags(write=False)
    return made


def tag_widths(widths: tuple[int, ...], count: int) -> tuple[int, ...]:
    """How many bits of the table after it (after the last, the first) stand beside the number of each row of a table, in 32 bits with it.

    They spare the hash itself a look, and still no pair is lost. Of a pair within d bits let b_i be the bits that differ in table i. As the sum of
    b_i - (t_i + 1) is less than zero, there is a table from which on, going round, every partial sum is (start behind the last of the greatest
    sums from any one table). There b_i is t_i or less, and b_i with b of the next table t_i + t_next + 1 or less (Qin, Xiao, "Pigeonring: A
    Principle for Faster Thresholded Similarity Search", 2018).
    """
    return tuple(min(_tag_bits(count), width) for width in (*widths[1:], *widths[:1]))
