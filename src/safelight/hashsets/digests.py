"""Digests of one length, sorted, in memory or mapped from a file: which of them equal the digests that are asked.

A table over the first bits says where to look, then the bisection goes over the first eight bytes, for all questions at once; only what is
equal in these is compared as a whole. Equal digests may stand in it several times. NumPy is enough: half of the time is memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.arrays import ArrayFile, DamagedArraysError

__all__ = ["SortedDigests", "add_counts", "prefix_bits"]

_QUESTIONS: Final = 1 << 20
_AT_ONCE: Final = 1 << 14
"""So many questions are bisected together: what that needs stays in the processor's caches."""
_PAIRS: Final = 1 << 22
_HEAD: Final = 8

Keys = NDArray[np.uint8]
Places = NDArray[np.int64]


def prefix_bits(count: int) -> int:
    """Bits of the table over about so many digests: eight or so share an entry."""
    return min(max(count.bit_length() - 4, 1), 28)


class SortedDigests:
    """A sorted array of digests.

    Args:
        keys: Shape (n, width), uint8, in order, width 8 or more. `starts`: how many lie before each value of the first bits, 2**bits + 1, uint32;
            made when None.
    """

    def __init__(self, keys: Keys, starts: NDArray[np.uint32] | None = None) -> None:
        if keys.ndim != 2 or keys.shape[1] < _HEAD or keys.dtype != np.uint8:
            raise ValueError(f"digests must have shape (n, 8 or more) and type uint8, not {keys.shape} {keys.dtype}")
        self.keys = keys
        self._starts = _starts_of(keys) if starts is None else starts
        self._bits = (len(self._starts) - 1).bit_length() - 1
        if self._bits < 1 or len(self._starts) != (1 << self._bits) + 1 or int(self._starts[-1]) != len(keys):
            raise ValueError("the table over the first bits does not fit the digests")

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, file: ArrayFile) -> SortedDigests:
        """From the arrays `keys` and `starts` of a file.

        Raises:
            DamagedArraysError: They are not there or do not fit.
        """
        try:
            return cls(file.arrays["keys"], file.arrays["starts"])
        except (KeyError, ValueError) as error:
            raise DamagedArraysError("it holds no digests") from error

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What `of` reads."""
        return {"keys": self.keys, "starts": self._starts}

    def find(self, asked: Keys) -> tuple[Places, Places]:
        """(place in `asked`, place in the digests) of every two that are equal, in the order of `asked`."""
        found = [self._found(asked[start : start + _QUESTIONS], start) for start in range(0, len(asked), _QUESTIONS)]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        first, second = (np.concatenate(part) for part in zip(*found, strict=True))
        return first, second

    def _found(self, asked: Keys, offset: int) -> tuple[Places, Places]:
        width = self.keys.shape[1]
        if asked.shape[1:] != (width,):
            raise ValueError(f"digests of {width} bytes are asked with such of {asked.shape[1:]}")
        heads = _heads(np.ascontiguousarray(asked)).astype(np.uint64)
        # In their order the questions pass over the memory, or the file, once.
        order = np.argsort(heads)
        heads = heads[order]
        ours = _heads(self.keys)
        low, high = np.empty(len(heads), np.int64), np.empty(len(heads), np.int64)
        for start in range(0, len(heads), _AT_ONCE):
            batch = slice(start, start + _AT_ONCE)
            low[batch], high[batch] = self._between(heads[batch], ours)
        rows, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        hits = np.flatnonzero(low < high)
        for some in _pieces(hits, high[hits] - low[hits]):
            counts = high[some] - low[some]
            ends = np.cumsum(counts)
            there = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts) + np.repeat(low[some], counts)
            question = order[np.repeat(some, counts)]
            equal = (asked[question, _HEAD:] == self.keys[there, _HEAD:]).all(axis=1)
            rows.append(question[equal])
            places.append(there[equal])
        row, place = np.concatenate(rows), np.concatenate(places)
        back = np.argsort(row, kind="stable")
        return row[back] + offset, place[back]

    def _between(self, heads: NDArray[np.uint64], ours: Any) -> tuple[Places, Places]:
        """Where the digests with these first eight bytes begin and end."""
        entries = (heads >> np.uint64(64 - self._bits)).astype(np.int64)
        begin, end = self._starts[entries].astype(np.int64), self._starts[entries + 1].astype(np.int64)
        if not len(self.keys):
            return begin, end
        low = _bisected(ours, heads, begin, end, np.less)
        high = low.copy()
        # Nearly every question ends here: its digest is not there, or stands once.
        inside = np.flatnonzero(low < end)
        here = inside[ours[low[inside]] == heads[inside]]
        high[here] = _bisected(ours, heads[here], low[here], end[here], np.less_equal)
        return low, high


def _bisected(ours: Any, heads: NDArray[np.uint64], low: Places, high: Places, before: Any) -> Places:
    """The first places, from `low` to `high`, of which `before(ours, heads)` is not true."""
    low, left = low.copy(), high - low
    last = len(ours) - 1
    while left.any():
        half = left >> 1
        middle = low + half
        # Where nothing is left `middle` may lie behind the end; what is read there changes nothing.
        passed = before(ours[np.minimum(middle, last)], heads) & (left > 0)
        low += passed * (half + 1)
        left = np.where(passed, left - half - 1, half)
    return low


def _starts_of(keys: Keys) -> NDArray[np.uint32]:
    if len(keys) >= 1 << 32:
        raise ValueError("a table of digests has fewer than 2^32")
    bits = prefix_bits(len(keys))
    counts = np.zeros((1 << bits) + 1, np.uint32)
    add_counts(counts, keys, bits)
    return np.cumsum(counts, dtype=np.uint32)


def add_counts(counts: NDArray[np.uint32], keys: Keys, bits: int) -> None:
    """Counts sorted digests by their first bits, one cell ahead: `starts` is the running sum of the counts of all."""
    if len(keys):
        entries = (_heads(np.ascontiguousarray(keys)).astype(np.uint64) >> np.uint64(64 - bits)).astype(np.int64)
        values, many = np.unique(entries, return_counts=True)
        counts[values + 1] += many.astype(np.uint32)


def _heads(keys: Keys) -> Any:
    """The first eight bytes of each as a number; a view."""
    return np.ndarray((len(keys),), ">u8", keys, 0, (keys.strides[0],)) if len(keys) else np.empty(0, ">u8")


def _pieces(hits: Places, counts: Places) -> Iterator[Places]:
    """The hits in pieces of bounded length: a file may hold many digests with the same first bytes."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(hits):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _PAIRS, side="right")))
        yield hits[start:stop]
        start = stop
