"""Which pairs of pictures are worth a geometric check: those whose spots point to each other in one size and direction.

Spots are looked up by 20 of their 128 bits in eight tables; the bits are chosen from the features of the case so that they are even and
tell different things. Of a crowded cell only so many spots are looked at, the latest pictures first, so that neither a plain texture nor
thousands of edits of one picture make the search long; memory is some 110 bytes a feature whatever is found. Small cases compare every
pair.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.features import (
    HEAD_BYTES,
    MOST_FEATURES,
    PLAIN,
    ROW,
    LocalFeatures,
    mirrored_codes,
    packed_length_is_right,
    picture_size,
    unpacked_rows,
)
from safelight.grouping.scene_geometry import ALIKE_BITS, FIRST_PX, MOST_SIZE, MOST_TURN, mirrored, pose_agreement

__all__ = ["Pair", "SceneSet", "all_pairs", "likely_pairs"]

_TABLES: Final = 8
_BITS: Final = 20
_SAMPLE: Final = 100_000
_MOST_OF_A_CELL: Final = 256
_LIMIT_BITS: Final = 20
_LEAST_VOTES: Final = 3
_LISTS: Final = 3
_KEPT: Final = 8
"""Candidates of each other list for one picture that are checked, and of its own list."""
_KEPT_OF_OWN: Final = 4

_BLOCK: Final = 256
_SEED: Final = 20

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of pictures by their numbers, the earlier first, and how many spots agree in a rough pose."""

    first: int
    second: int
    mirror: bool
    agreeing: int


class SceneSet:
    """The features of many pictures; their order is the caller's.

    Args:
        packed: The packed features of each picture.

    Raises:
        ValueError: One has no length that features can have; compiled code trusts it.
    """

    def __init__(self, packed: Iterable[bytes]) -> None:
        held, sizes, begins = bytearray(), [], [0]
        for item in packed:
            if not packed_length_is_right(len(item)):
                raise ValueError(f"{len(item)} bytes are no local features")
            sizes.append(picture_size(item))
            held += memoryview(item)[HEAD_BYTES:]
            begins.append(len(held) // ROW.itemsize)
        self.rows: Any = np.frombuffer(held, ROW)
        self.begins = np.array(begins, np.int64)
        self.widths, self.heights = np.array(sizes, np.int32).reshape(-1, 2).T.copy()
        self.codes = np.ascontiguousarray(self.rows["code"]).view(np.uint64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.widths)

    def picture(self, number: int) -> LocalFeatures:
        """The features of one picture."""
        rows = self.rows[self.begins[number] : self.begins[number + 1]]
        return unpacked_rows(int(self.widths[number]), int(self.heights[number]), rows)


def all_pairs(scenes: SceneSet, least: int) -> list[Pair]:
    """Every pair of pictures of which at least `least` spots agree, by trying all; for small sets, and to check the fast way."""
    pictures = [scenes.picture(number) for number in range(len(scenes))]
    found = []
    for first, picture in enumerate(pictures):
        for mirror, shown in ((False, picture), (True, mirrored(picture))):
            for second in range(first + 1, len(pictures)):
                agreeing = len(pose_agreement(shown, pictures[second])[0])
                if agreeing >= least:
                    found.append(Pair(first, second, mirror, agreeing))
    return found


def likely_pairs(
    scenes: SceneSet,
    least: int,
    *,
    lists: NDArray[np.int8],
    together: NDArray[np.int64],
    threads: int = 0,
    on_done: Callable[[int], None] = lambda _pictures: None,
) -> list[Pair]:
    """The pairs that many spots speak for and of which at least `least` agree in a rough pose.

    Args:
        scenes: The pictures. Of a pair the earlier one asks, and of a crowd the latest answer: put last what must not be missed.
        least: Spots.
        lists: 0, 1 or 2 for each picture: of each list an asking picture keeps so many candidates, so that one sort cannot crowd out another.
        together: A number a picture; two pictures of one list with the same number are not compared; -1 for none.
        threads: 0 for one a core.
        on_done: Told how many pictures more have been asked for.

    Returns:
        In the order of (first, mirror, second).
    """
    if len(scenes) < 2 or not len(scenes.codes):
        return []
    search = _Search(scenes, lists, together, least)
    blocks = [(start, min(start + _BLOCK, len(scenes))) for start in range(0, len(scenes), _BLOCK)]
    found: list[Pair] = []
    workers = threads or len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(workers) as pool:
        for (start, stop), pairs in zip(blocks, pool.map(search.block, blocks), strict=True):
            found += pairs
            on_done(stop - start)
    return found


class _Search:
    """The tables, and what each thread needs of its own."""

    def __init__(self, scenes: SceneSet, lists: NDArray[np.int8], together: NDArray[np.int64], least: int) -> None:
        from safelight.grouping import scene_kernels

        self._kernels = scene_kernels
        self._scenes, self._least = scenes, least
        self._kinds, self._together = lists.astype(np.int8), together.astype(np.int64)
        rows, count = scenes.rows, len(scenes.codes)
        self._x, self._y = np.ascontiguousarray(rows["x"]), np.ascontiguousarray(rows["y"])
        self._angles, self._sizes = np.ascontiguousarray(rows["angle"]), rows["size"] & np.uint8(PLAIN - 1)
        self._mirrored = np.empty_like(scenes.codes)
        for start in range(0, count, _SAMPLE):
            self._mirrored[start : start + _SAMPLE] = mirrored_codes(scenes.codes[start : start + _SAMPLE])
        self._picture_of = np.repeat(np.arange(len(scenes), dtype=np.int32), np.diff(scenes.begins))
        self._bits = _chosen_bits(scenes.codes)
        self._starts = np.zeros((_TABLES, (1 << _BITS) + 1), np.uint32)
        self._rows = np.empty((_TABLES, count), np.uint32)
        keys = np.empty(count, np.uint32)
        for table in range(_TABLES):
            scene_kernels.fill_keys(scenes.codes, self._bits[table], keys)
            self._rows[table] = np.argsort(keys, kind="stable")
            np.cumsum(np.bincount(keys, minlength=1 << _BITS), out=self._starts[table, 1:])
        self._idle: list[_Room] = []

    def block(self, block: tuple[int, int]) -> list[Pair]:
        """The pairs of which the earlier picture lies in the block."""
        room = self._idle.pop() if self._idle else _Room(len(self._scenes))
        found = [pair for mirror in (False, True) for pair in self._asked(block, mirror, room)]
        self._idle.append(room)
        return sorted(found, key=lambda pair: (pair.first, pair.mirror, pair.second))

    def _asked(self, block: tuple[int, int], mirror: bool, room: _Room) -> list[Pair]:
        scenes, (low, high) = self._scenes, block
        asking = self._mirrored if mirror else scenes.codes
        others = np.full((high - low, _LISTS, _KEPT), -1, np.int32)
        scores = np.zeros(others.shape, np.int32)
        room.last[:] = -1
        self._kernels.vote(
            low, high, scenes.codes, asking, self._angles, self._sizes, self._picture_of, scenes.begins, self._bits, self._starts,
            self._rows, _MOST_OF_A_CELL, _LIMIT_BITS, _LEAST_VOTES, int(mirror), self._kinds, self._together, _KEPT_OF_OWN, room.totals, room.last,
            room.bins, room.touched, others, scores,
        )  # fmt: skip
        firsts, _, _ = np.nonzero(others >= 0)
        firsts = (firsts + low).astype(np.int32)
        seconds = others[others >= 0]
        agreeing = np.zeros(len(firsts), np.int32)
        self._kernels.count_agreeing(
            firsts, seconds, scenes.codes, asking, self._x, self._y, self._angles, self._sizes, scenes.begins, scenes.widths,
            scenes.heights, int(mirror), ALIKE_BITS, FIRST_PX, MOST_SIZE, MOST_TURN, room.nearest, room.apart, room.back,
            room.back_apart, room.pairs, room.pose, agreeing,
        )  # fmt: skip
        return [
            Pair(int(firsts[row]), int(seconds[row]), mirror, int(agreeing[row]))
            for row in np.flatnonzero(agreeing >= self._least)
        ]


class _Room:
    """Working room of one thread."""

    def __init__(self, pictures: int) -> None:
        from safelight.grouping.scene_kernels import SIZE_BINS, TURN_BINS

        self.totals, self.touched = np.zeros(pictures, np.int32), np.empty(pictures, np.int32)
        self.last = np.full(pictures, -1, np.int64)
        self.bins = np.zeros((pictures, TURN_BINS * SIZE_BINS), np.uint8)
        self.nearest, self.apart, self.back, self.back_apart = (np.empty(MOST_FEATURES, np.int64) for _ in range(4))
        self.pairs, self.pose = np.empty((MOST_FEATURES, 2), np.int64), np.empty((MOST_FEATURES, 8), np.float64)


def _chosen_bits(codes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each table the bits to look up by: bits that are set about half the time, and that tell little of each other."""
    sample = codes[:: max(1, len(codes) // _SAMPLE)][:_SAMPLE]
    places = np.arange(64, dtype=np.uint64)
    bits = np.concatenate([(sample[:, word, None] >> places) & np.uint64(1) for word in (0, 1)], axis=1).astype(
        np.float32
    )
    share = bits.mean(axis=0)
    away = bits - share
    spread = np.maximum(away.std(axis=0), 1e-3)
    alike = np.abs(away.T @ away / len(bits) / np.outer(spread, spread))
    uneven = 0.6 * (0.5 - 2 * share * (1 - share))
    chance = np.random.default_rng(_SEED)
    tables = []
    for _ in range(_TABLES):
        chosen = [int(chance.integers(128))]
        while len(chosen) < _BITS:
            cost = alike[:, chosen].max(axis=1) + uneven + chance.uniform(0, 0.15, 128)
            cost[chosen] = np.inf
            chosen.append(int(cost.argmin()))
        tables.append(sorted(chosen))
    return np.array(tables, np.int64)
