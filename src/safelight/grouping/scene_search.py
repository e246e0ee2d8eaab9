"""Which pairs of pictures are worth a geometric check: those whose spots point to each other in one size and direction.

Spots are looked up by 20 of their 128 bits in eight tables; the bits are chosen from the features so that they are even and tell different
things. Of a crowded cell only so many spots are looked at, the latest pictures first, so that neither a plain texture nor thousands of edits
of one picture make the search long. Tables are made for some thousands of pictures at a time, which all earlier pictures ask, so memory does
not grow with the case. Small cases compare every pair.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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

__all__ = ["ANSWERING", "Block", "Pair", "SceneSet", "all_pairs", "likely_pairs"]

_TABLES: Final = 8
_BITS: Final = 20
_SAMPLE: Final = 20_000
_MOST_OF_A_CELL: Final = 256
_LIMIT_BITS: Final = 20
_LEAST_VOTES: Final = 3
_LISTS: Final = 3
_KEPT: Final = 8
"""Candidates of each other list for one picture that are checked, and of its own list."""
_KEPT_OF_OWN: Final = 4

ANSWERING: Final = 4_096
"""Pictures whose tables are held at a time: at most a million features, or some 120 MB."""
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
    """The features of some pictures, in flat arrays; their order is the caller's. Picture p has the rows `begins[p]` to `begins[p + 1]`.

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
        self.x, self.y = np.ascontiguousarray(self.rows["x"]), np.ascontiguousarray(self.rows["y"])
        self.angles, self.sizes = np.ascontiguousarray(self.rows["angle"]), self.rows["size"] & np.uint8(PLAIN - 1)

    def __len__(self) -> int:
        return len(self.widths)

    def picture(self, number: int) -> LocalFeatures:
        """The features of one picture."""
        rows = self.rows[self.begins[number] : self.begins[number + 1]]
        return unpacked_rows(int(self.widths[number]), int(self.heights[number]), rows)


def all_pairs(scenes: SceneSet, least: int, answering: SceneSet | None = None) -> list[Pair]:
    """Every pair of pictures of which at least `least` spots agree, by trying all; for small sets, and to check the fast way.

    Args:
        scenes: The pictures. `answering`: others, numbered behind these; then only pairs of one of each are tried.
    """
    pictures = [scenes.picture(number) for number in range(len(scenes))]
    others = pictures if answering is None else [answering.picture(number) for number in range(len(answering))]
    behind = 0 if answering is None else len(pictures)
    found = []
    for first, picture in enumerate(pictures):
        for mirror, shown in ((False, picture), (True, mirrored(picture))):
            for second in range(first + 1 if answering is None else 0, len(others)):
                agreeing = len(pose_agreement(shown, others[second])[0])
                if agreeing >= least:
                    found.append(Pair(first, behind + second, mirror, agreeing))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some asking pictures against some answering ones: the pairs, by the numbers of all pictures, and the features of both sides.

    Attributes:
        pairs: In the order of (first, mirror, second). `asking`: the pictures from number `asking_from` on. `answering`: from `answering_from` on.
    """

    pairs: list[Pair]
    asking: SceneSet
    asking_from: int
    answering: SceneSet
    answering_from: int

    def features(self, pair: Pair) -> tuple[LocalFeatures, LocalFeatures]:
        """Those of the first and of the second picture of one of the pairs."""
        return self.asking.picture(pair.first - self.asking_from), self.answering.picture(
            pair.second - self.answering_from
        )


def likely_pairs(
    part: Callable[[int, int], SceneSet],
    least: int,
    *,
    lists: NDArray[np.int8],
    together: NDArray[np.int64],
    asking: int | None = None,
    threads: int = 0,
    answering: int = ANSWERING,
    on_done: Callable[[int], None] = lambda _pictures: None,
) -> Iterator[Block]:
    """The pairs that many spots speak for and of which at least `least` agree in a rough pose.

    Only the features of `answering` pictures and of a few blocks of asking ones are held at a time, however many there are in all.

    Args:
        part: Gives the features of the pictures from one number up to another, as often as it is asked; on the caller's thread.
        least: Spots.
        lists: 0, 1 or 2 for each picture: of each list an asking picture keeps so many candidates, so that one sort cannot crowd out another.
        together: A number a picture; two pictures of one list with the same number are not compared; -1 for none.
        asking: So many pictures, from the first on, only ask, and the others only answer; None: each asks the later ones.
        threads: 0 for one a core.
        answering: Pictures whose tables are held at a time. Of a pair the earlier one asks, and of a crowd the latest of these answer: put last
            what must not be missed.
        on_done: Told how many pictures more are done, the whole taken as the number of pictures.

    Yields:
        Blocks by their answering, then by their asking pictures; each pair in one of them.
    """
    count, units, told = len(lists), 0, 0
    bases = range(asking or 0, count, answering)
    last = count if asking is None else asking
    whole = sum(min(base + answering, last) for base in bases)
    workers = threads or len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(workers) as pool:
        for base in bases:
            stop = min(base + answering, count)
            search = _Search(part(base, stop), base, lists, together, least)
            waiting: deque[tuple[Future[Block], int]] = deque()
            asked = min(stop, last)
            for start in range(0, asked, _BLOCK):
                end = min(start + _BLOCK, asked)
                waiting.append((pool.submit(search.block, part(start, end), start), end - start))
                while len(waiting) > (workers if end < asked else 0):
                    done, asking_now = waiting.popleft()
                    yield done.result()
                    del done
                    units += asking_now
                    on_done(count * units // whole - told)
                    told = count * units // whole
            # Before the next tables are made: two at a time would be the most that is held.
            del search


class _Search:
    """The tables of the answering pictures, and what each thread needs of its own."""

    def __init__(
        self, scenes: SceneSet, base: int, lists: NDArray[np.int8], together: NDArray[np.int64], least: int
    ) -> None:
        from safelight.grouping import scene_kernels

        self._kernels = scene_kernels
        self._scenes, self._base, self._least = scenes, base, least
        self._kinds, self._together = lists.astype(np.int8), together.astype(np.int64)
        self._picture_of = np.repeat(np.arange(len(scenes), dtype=np.int32), np.diff(scenes.begins))
        self._idle: list[_Room] = []
        if not (count := len(scenes.codes)):
            return
        self._bits = _chosen_bits(scenes.codes)
        self._starts = np.zeros((_TABLES, (1 << _BITS) + 1), np.uint32)
        self._rows = np.empty((_TABLES, count), np.uint32)
        keys = np.empty(count, np.uint32)
        for table in range(_TABLES):
            scene_kernels.fill_keys(scenes.codes, self._bits[table], keys)
            self._rows[table] = np.argsort(keys, kind="stable")
            np.cumsum(np.bincount(keys, minlength=1 << _BITS), out=self._starts[table, 1:])

    def block(self, asking: SceneSet, start: int) -> Block:
        """The pairs that these pictures, of which the first has the number `start`, ask for."""
        found: list[Pair] = []
        if len(asking.codes) and len(self._scenes.codes):
            room = self._idle.pop() if self._idle else _Room(len(self._scenes))
            found = [pair for mirror in (False, True) for pair in self._asked(asking, start, mirror, room)]
            self._idle.append(room)
        found.sort(key=lambda pair: (pair.first, pair.mirror, pair.second))
        return Block(found, asking, start, self._scenes, self._base)

    def _asked(self, asking: SceneSet, start: int, mirror: bool, room: _Room) -> Iterator[Pair]:
        scenes = self._scenes
        codes = mirrored_codes(asking.codes) if mirror else asking.codes
        others = np.full((len(asking), _LISTS, _KEPT), -1, np.int32)
        scores = np.zeros(others.shape, np.int32)
        room.last[:] = -1
        self._kernels.vote(
            start, codes, asking.angles, asking.sizes, asking.begins, self._base, scenes.codes, scenes.angles, scenes.sizes,
            self._picture_of, self._bits, self._starts, self._rows, _MOST_OF_A_CELL, _LIMIT_BITS, _LEAST_VOTES, int(mirror), self._kinds,
            self._together, _KEPT_OF_OWN, room.totals, room.last, room.bins, room.touched, others, scores,
        )  # fmt: skip
        firsts = np.nonzero(others >= 0)[0].astype(np.int32)
        seconds = others[others >= 0]
        agreeing = np.zeros(len(firsts), np.int32)
        self._kernels.count_agreeing(
            firsts, codes, asking.x, asking.y, asking.angles, asking.sizes, asking.begins, asking.widths, asking.heights,
            seconds, scenes.codes, scenes.x, scenes.y, scenes.angles, scenes.sizes, scenes.begins, scenes.widths, scenes.heights,
            int(mirror), ALIKE_BITS, FIRST_PX, MOST_SIZE, MOST_TURN, room.nearest, room.apart, room.back, room.back_apart, room.pairs,
            room.pose, agreeing,
        )  # fmt: skip
        for row in np.flatnonzero(agreeing >= self._least):
            yield Pair(start + int(firsts[row]), self._base + int(seconds[row]), mirror, int(agreeing[row]))


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
