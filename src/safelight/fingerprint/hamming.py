"""Exact neighbours of 256-bit hashes within a distance: multi-index hashing in NumPy.

Cut a hash into 16 words of 16 bits. Two hashes that differ in at most d bits have a word in which they differ in at most d // 16
bits, so looking up every word within that radius finds every neighbour: recall is 1.0 by construction. For a large radius, and for
few hashes, comparing all with all is faster, and is what happens. Memory is bounded by blocks.

Source of the method: Norouzi, Punjani, Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing" (2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_DISTANCE_BITS", "HammingIndex"]

MAX_DISTANCE_BITS: Final = 64

_WORDS: Final = 16
_WORD_BITS: Final = 16
_BLOCK_PAIRS: Final = 2_000_000
_ALL_PAIRS_BELOW: Final = 2_048
_ALL_PAIRS_FROM_RADIUS: Final = 3

Hashes = NDArray[np.uint8]
Rows = NDArray[np.int64]
Found = tuple[Rows, Rows, NDArray[np.int16]]
"""(row in the queries, row in the index, distance in bits), in no particular order, each pair once."""


class HammingIndex:
    """An exact index over hashes.

    Args:
        hashes: Shape (n, 32), uint8; row i is entry i. Equal rows are fine.
    """

    def __init__(self, hashes: Hashes) -> None:
        if hashes.ndim != 2 or hashes.shape[1] != 32 or hashes.dtype != np.uint8:
            raise ValueError(f"hashes must have shape (n, 32) and type uint8, not {hashes.shape} {hashes.dtype}")
        self._quads = _quads(hashes)
        self._order: list[NDArray[np.int64]] = []
        self._starts: list[NDArray[np.int64]] = []
        self._words = _words(hashes)

    def __len__(self) -> int:
        return len(self._quads)

    def within(self, queries: Hashes, distance_bits: int) -> Found:
        """Every pair of a query and an entry that differ in at most `distance_bits` bits (0 to 64)."""
        blocks = list(self.blocks_within(queries, distance_bits))
        if not blocks:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16)
        first, second, distances = (np.concatenate(part) for part in zip(*blocks, strict=True))
        return first, second, distances

    def blocks_within(self, queries: Hashes, distance_bits: int) -> Iterator[Found]:
        """As `within`, in blocks, for results that may not fit into memory at once."""
        if not 0 <= distance_bits <= MAX_DISTANCE_BITS:
            raise ValueError(f"the distance must lie between 0 and {MAX_DISTANCE_BITS}, not {distance_bits}")
        if not len(self) or not len(queries):
            return
        quads, radius = _quads(queries), distance_bits // _WORDS
        if len(self) < _ALL_PAIRS_BELOW or radius >= _ALL_PAIRS_FROM_RADIUS:
            yield from self._all_pairs(quads, distance_bits)
            return
        words, patterns = _words(queries), _patterns(radius)
        self._prepare()
        # The expected number of candidates of a query is n * words * patterns / 65536; blocks are cut by the real one below.
        step = max(1, int(_BLOCK_PAIRS * 65536 / (len(self) * _WORDS * len(patterns))))
        for start in range(0, len(quads), step):
            chosen = slice(start, min(start + step, len(quads)))
            yield from self._by_words(quads[chosen], words[chosen], patterns, distance_bits, start)

    def _prepare(self) -> None:
        if self._order:
            return
        for word in range(_WORDS):
            values = self._words[:, word]
            self._order.append(np.argsort(values, kind="stable"))
            counts = np.bincount(values, minlength=1 << _WORD_BITS)
            self._starts.append(np.concatenate(([0], np.cumsum(counts))))

    def _by_words(
        self,
        quads: NDArray[np.uint64],
        words: NDArray[np.uint16],
        patterns: NDArray[np.uint16],
        limit: int,
        offset: int,
    ) -> Iterator[Found]:
        for word in range(_WORDS):
            keys = (words[:, word, None] ^ patterns).astype(np.int64)
            starts = self._starts[word][keys].ravel()
            counts = self._starts[word][keys + 1].ravel() - starts
            asked = np.repeat(np.arange(len(quads)), len(patterns))
            # One crowded bucket can hold every entry: cut by the number of candidates.
            for piece in _pieces(counts):
                some = counts[piece]
                queries = np.repeat(asked[piece], some)
                ends = np.cumsum(some)
                places = (
                    np.arange(int(ends[-1]) if len(ends) else 0)
                    - np.repeat(ends - some, some)
                    + np.repeat(starts[piece], some)
                )
                entries = self._order[word][places]
                yield from self._checked(quads, words, queries, entries, word, limit, offset)

    def _checked(
        self,
        quads: NDArray[np.uint64],
        words: NDArray[np.uint16],
        queries: Rows,
        entries: Rows,
        word: int,
        limit: int,
        offset: int,
    ) -> Iterator[Found]:
        distances = _distances(quads[queries], self._quads[entries])
        kept = distances <= limit
        queries, entries, distances = queries[kept], entries[kept], distances[kept]
        if not len(queries):
            return
        if word:
            # A pair belongs to the first word that finds it; later words see it again.
            radius = limit // _WORDS
            apart = np.bitwise_count(words[queries, :word] ^ self._words[entries, :word])
            fresh = (apart > radius).all(axis=1)
            queries, entries, distances = queries[fresh], entries[fresh], distances[fresh]
        yield queries + offset, entries, distances

    def _all_pairs(self, quads: NDArray[np.uint64], limit: int) -> Iterator[Found]:
        step = max(1, _BLOCK_PAIRS // len(self))
        for start in range(0, len(quads), step):
            distances = _distances(quads[start : start + step, None, :], self._quads[None, :, :])
            first, second = np.nonzero(distances <= limit)
            yield first + start, second, distances[first, second]


def _quads(hashes: Hashes) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view(np.uint64).reshape(-1, 4)


def _words(hashes: Hashes) -> NDArray[np.uint16]:
    return np.ascontiguousarray(hashes).view(np.uint16).reshape(-1, _WORDS)


def _distances(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.int16]:
    return np.asarray(np.bitwise_count(first ^ second).sum(axis=-1, dtype=np.int16))


@lru_cache(maxsize=8)
def _patterns(radius: int) -> NDArray[np.uint16]:
    """Every 16-bit word with at most `radius` bits set."""
    chosen = (bits for count in range(radius + 1) for bits in combinations(range(_WORD_BITS), count))
    return np.array([sum(1 << bit for bit in bits) for bits in chosen], np.uint16)


def _pieces(counts: NDArray[np.int64]) -> Iterator[slice]:
    """Runs of buckets whose candidates fit into one block; a single larger bucket makes a piece of its own."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK_PAIRS, side="right")))
        yield slice(start, stop)
        start = stop
