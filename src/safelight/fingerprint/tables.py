"""The tables of multi-index hashing over one unchanging block of hashes, and every question that is put to them.

Each method has one rule: compiled code answers when `compiled` is said, NumPy compares all with all when not. Results come in blocks of
bounded length, each pair once, in no particular order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.arrays import DamagedArraysError
from safelight.fingerprint.plan import cut, masks, radii, tag_widths

__all__ = ["Block", "Found", "aligned"]

Quads = NDArray[np.uint64]
Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]

TABLES_FROM: Final = 4_096
"""Fewer hashes are compared one by one."""

_RESULTS: Final = 1 << 20
_LEAST_ROOM: Final = 1 << 10
_RESULTS_OF_ONE: Final = 64
_CANDIDATES: Final = 4_096
_THREADS_FROM: Final = 512
_THREADS_FROM_PAIRS: Final = 1 << 27
"""Queries, and these times hashes, from which it is worth while to start threads."""

_STRETCH: Final = 128
_NUMPY_PAIRS: Final = 500_000


def aligned(hashes: NDArray[np.uint8]) -> Quads:
    """The hashes as (n, 4) words; a copy at a multiple of 64 bytes where they do not lie so, for each is then in one line of memory."""
    if hashes.flags.c_contiguous and hashes.ctypes.data % 64 == 0:
        return hashes.view(np.uint64).reshape(-1, 4)
    room = np.empty(hashes.size + 64, np.uint8)
    start = -room.ctypes.data % 64
    made = room[start : start + hashes.size].reshape(hashes.shape)
    made[:] = hashes
    return made.view(np.uint64).reshape(-1, 4)


class Block:
    """Hashes that do not change, with tables over them when `cells` is given.

    Args:
        quads: Shape (n, 4), of `aligned`. `widths`: of the tables. `cells`, `rows`: of `kernels.build_table`, one table after another.
    """

    def __init__(
        self,
        quads: Quads,
        widths: tuple[int, ...] = (),
        cells: NDArray[np.uint32] | None = None,
        rows: NDArray[np.uint32] | None = None,
    ) -> None:
        self.quads = quads
        self.widths = widths
        self._cells, self._rows = cells, rows
        self._said = dict[int, tuple[Any, int]]()
        self._offsets = np.cumsum([0, *widths], dtype=np.int64)[:-1]
        lengths = [0, *(_cells_length(width) for width in widths)]
        self._cells_at = np.cumsum(lengths, dtype=np.int64)
        if cells is not None and (sum(widths) != 256 or len(cells) != self._cells_at[-1]):
            raise ValueError("the tables do not fit their widths")
        if rows is not None and len(rows) != len(widths) * len(quads):
            raise ValueError("the tables do not fit the hashes")

    def __len__(self) -> int:
        return len(self.quads)

    @property
    def has_tables(self) -> bool:
        """Whether there are tables."""
        return self._cells is not None

    def with_tables(self, distance_bits: int) -> Self:
        """The same hashes with tables that are fastest at a distance, and right at any."""
        from safelight.fingerprint.kernels import build_table, count_keys

        widths = cut(len(self), distance_bits)
        made = type(self)(
            self.quads, widths,
            np.empty(sum(_cells_length(width) for width in widths), np.uint32), np.empty(len(widths) * len(self), np.uint32),
        )  # fmt: skip
        assert made._cells is not None and made._rows is not None
        for table, (width, tag_width) in enumerate(zip(widths, tag_widths(widths, len(self)), strict=True)):
            starts = np.zeros((1 << width) + 1, np.uint32)
            count_keys(self.quads, made._offsets[table], width, starts)
            rows = made._rows[table * len(self) : (table + 1) * len(self)]
            cells = made._cells[made._cells_at[table] : made._cells_at[table + 1]]
            after = made._offsets[(table + 1) % len(widths)]
            build_table(self.quads, made._offsets[table], width, after, tag_width, starts, rows, cells)
        return made

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What `kernels.search` reads, by name, to be written to a file."""
        held = {"quads": self.quads}
        return held if self._cells is None or self._rows is None else {**held, "cells": self._cells, "rows": self._rows}

    @property
    def held_bytes(self) -> int:
        """Memory, or room in a file."""
        return sum(array.nbytes for array in self.arrays().values())

    def search(self, queries: Quads, distance_bits: int, *, compiled: bool, threads: int = 1) -> Iterator[Found]:
        """(query, row, bits) of every hash within the distance of each query; `threads` share many queries, in the same order of results."""
        if not compiled:
            yield from _compared(queries, self.quads, distance_bits)
            return
        from safelight.fingerprint.kernels import scan, search

        asked = radii(self.widths, len(self), distance_bits) if self._cells is not None else None
        if asked is None:

            def step(first: int, stop: int, out: Found) -> Any:
                return scan(queries[:stop], first, self.quads, distance_bits, *out, 0)

        else:
            given, most = self._given(distance_bits, asked)

            def step(first: int, stop: int, out: Found) -> Any:
                # Room that no two threads may share.
                room = tuple(np.empty(size, np.uint64) for size in (most, most, most, _CANDIDATES))
                return search(queries[:stop], first, self.quads, distance_bits, *(*given, *room, *out))

        if threads > 1 and len(queries) >= _THREADS_FROM and len(queries) * len(self) >= _THREADS_FROM_PAIRS:
            yield from _in_threads(step, len(queries), len(self), threads)
        else:
            yield from _stepped(
                lambda first, out: step(first, len(queries), out), len(queries), len(self), _room(len(queries))
            )

    def _given(self, distance_bits: int, asked: tuple[int, ...]) -> tuple[Any, int]:
        """What `kernels.search` is told of the tables at a distance, kept for the next question, and the most places that one key is turned to."""
        if distance_bits not in self._said:
            turned = [masks(width, max(radius, 0)) for width, radius in zip(self.widths, asked, strict=True)]
            self._said[distance_bits] = (
                (
                    self._offsets, np.array(self.widths, np.int64), np.array(asked, np.int64), self._cells_at, self._cells, self._rows,
                    np.concatenate(turned), np.cumsum([0, *(len(some) for some in turned)], dtype=np.int64),
                    np.array(tag_widths(self.widths, len(self)), np.int64),
                ),
                max(len(some) for some in turned) + 1,
            )  # fmt: skip
        return self._said[distance_bits]

    def join(self, distance_bits: int, *, compiled: bool) -> Iterator[Found]:
        """(smaller row, larger row, bits) of every pair of different rows within the distance."""
        if not compiled:
            for first, second, bits in _compared(self.quads, self.quads, distance_bits):
                kept = first < second
                yield first[kept], second[kept], bits[kept]
            return
        from safelight.fingerprint.kernels import count_keys, join_all, join_table, order_rows

        count, out = len(self), _room(_RESULTS)
        widths = cut(count, distance_bits)
        asked = radii(widths, count, distance_bits) if count >= TABLES_FROM else None
        if asked is None or self._is_crowded(widths):

            def whole(first: int, out: Found) -> Any:
                return join_all(self.quads, first, distance_bits, *out)

            yield from _stepped(whole, count, count, out)
            return
        offsets = np.cumsum([0, *widths], dtype=np.int64)
        for table, (width, radius) in enumerate(zip(widths, asked, strict=True)):
            if radius < 0:
                continue
            starts = np.zeros((1 << width) + 1, np.uint32)
            count_keys(self.quads, offsets[table], width, starts)
            rows, keys = np.empty(count, np.int64), np.empty(count, np.uint32)
            order_rows(self.quads, offsets[table], width, starts, rows, keys)
            given: tuple[Any, ...] = (
                distance_bits, table, offsets, np.array(widths, np.int64), np.array(asked, np.int64), np.zeros(len(widths), np.int64),
                starts, rows, masks(width, radius),
            )  # fmt: skip
            ordered = self.quads[rows]

            def step(first: int, out: Found, ordered: Quads = ordered, keys: Any = keys, given: Any = given) -> Any:
                return join_table(ordered, keys, first, *(*given, *out))

            yield from _stepped(step, count, count, out)

    def _is_crowded(self, widths: tuple[int, ...]) -> bool:
        """Whether so many hashes share keys that the tables would compare more pairs than there are."""
        from safelight.fingerprint.kernels import count_keys

        pairs = 0.0
        for table, width in enumerate(widths):
            starts = np.zeros((1 << width) + 1, np.uint32)
            count_keys(self.quads, sum(widths[:table]), width, starts)
            counts = (starts[1:] - starts[:-1]).astype(np.float64)
            pairs += float(np.dot(counts, counts - 1)) / 2
        return pairs > len(self) * len(self) / 8


def _cells_length(width: int) -> int:
    return 3 * (1 << width >> 4) + 1


def _room(queries: int) -> Found:
    """Room for results: for one question not what a million needs, for to touch that memory first takes longer than the answer."""
    size = min(_RESULTS, max(_LEAST_ROOM, _RESULTS_OF_ONE * queries))
    return np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int16)


def _grown(out: Found, *, stuck: bool, most_of_one: int) -> Found:
    """More room, where there was too little; always when not even one question got to its end (`stuck`).

    Raises:
        DamagedArraysError: That question found more than there is.
    """
    if stuck and len(out[0]) > most_of_one:
        raise DamagedArraysError("the index is damaged: it finds more than it holds")
    if not stuck and len(out[0]) >= _RESULTS:
        return out
    size = min(most_of_one + 1, 16 * len(out[0]))
    return (
        out if size <= len(out[0]) else (np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int16))
    )


def _stepped(step: Any, total: int, most_of_one: int, out: Found) -> Iterator[Found]:
    """Calls a compiled loop until all is done; it stops where its room ends, and one item that needs more gets more."""
    first = 0
    while first < total:
        done, found = _whole(step(first, out))
        if found:
            yield out[0][:found].copy(), out[1][:found].copy(), out[2][:found].copy()
        if done < total:
            out = _grown(out, stuck=done == first, most_of_one=most_of_one)
        first = done


def _whole(told: tuple[int, int]) -> tuple[int, int]:
    if told[0] < 0:
        raise DamagedArraysError("the index is damaged: it names hashes that it does not hold")
    return told


def _in_threads(step: Any, total: int, most_of_one: int, threads: int) -> Iterator[Found]:
    """As `_stepped`, stretch by stretch in threads, for compiled loops let go of the interpreter; results in the order of the stretches.

    Only so many stretches are under way as there are threads, so that results wait in bounded room.
    """
    waiting = deque((first, min(first + _STRETCH, total)) for first in range(0, total, _STRETCH))
    under_way: deque[tuple[int, int, Found, Future[Any]]] = deque()
    with ThreadPoolExecutor(threads) as pool:

        def begin(first: int, stop: int, out: Found) -> tuple[int, int, Found, Future[Any]]:
            return first, stop, out, pool.submit(step, first, stop, out)

        while waiting or under_way:
            while waiting and len(under_way) < 2 * threads:
                first, stop = waiting.popleft()
                under_way.append(begin(first, stop, _room(stop - first)))
            first, stop, out, future = under_way.popleft()
            done, found = _whole(future.result())
            if found:
                yield out[0][:found].copy(), out[1][:found].copy(), out[2][:found].copy()
            if done < stop:
                out = _grown(out, stuck=done == first, most_of_one=most_of_one)
                under_way.appendleft(begin(done, stop, out))


def _compared(queries: Quads, entries: Quads, limit: int) -> Iterator[Found]:
    """All with all, in NumPy."""
    if not len(entries):
        return
    step = max(1, _NUMPY_PAIRS // len(entries))
    for start in range(0, len(queries), step):
        some = queries[start : start + step, None, :]
        bits = np.zeros((some.shape[0], len(entries)), np.int16)
        for word in range(4):
            bits += np.bitwise_count(some[:, :, word] ^ entries[None, :, word])
        first, second = np.nonzero(bits <= limit)
        if len(first):
            yield first + start, second, bits[first, second]
