"""The PDQ hashes of lists, and the nearest of them to each media: everything within a distance, a bounded number of it returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from safelight.fingerprint.arrays import ArrayFile

__all__ = ["NEAREST_KEPT", "Near", "NearHashes", "joined"]

NEAREST_KEPT: Final = 50
"""PDQ matches of one media with one list, bank and label that are returned. The bound is set for each of them apart, so that a crowd of
near entries on one list cannot push out what another list, or another label, says."""

_PAIRS_AT_ONCE: Final = 4_000_000

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Near:
    """What was found for some media. The arrays run in parallel, one element a match.

    Attributes:
        owners: Number of the media. `sets`, `mark_ids`: list and mark of the entry. `distances`: bits. `variants`: number of the variant.
        hashes: Shape (n, 32). `left_out_owners`, `left_out_counts`: media of which matches are not returned, and how many.
    """

    owners: Ints
    sets: Ints
    mark_ids: Ints
    distances: Ints
    variants: Ints
    hashes: NDArray[np.uint8]
    left_out_owners: Ints
    left_out_counts: Ints

    def cut(self) -> Near:
        """The nearest of each media, list and mark; of those equally near, the smaller hashes."""
        if not len(self.owners):
            return self
        words = np.ascontiguousarray(self.hashes).view(">u8")
        order = np.lexsort((*words.T[::-1], self.distances, self.mark_ids, self.sets, self.owners))
        keys = np.stack((self.owners, self.sets, self.mark_ids), axis=1)[order]
        starts = np.ones(len(keys), bool)
        starts[1:] = (keys[1:] != keys[:-1]).any(axis=1)
        begins = np.flatnonzero(starts)
        rank = np.arange(len(keys)) - np.repeat(begins, np.diff(np.append(begins, len(keys))))
        kept, out = order[rank < NEAREST_KEPT], order[rank >= NEAREST_KEPT]
        left, counts = np.unique(self.owners[out], return_counts=True)
        return Near(
            self.owners[kept], self.sets[kept], self.mark_ids[kept], self.distances[kept], self.variants[kept], self.hashes[kept],
            np.concatenate((self.left_out_owners, left)), np.concatenate((self.left_out_counts, counts)),
        )  # fmt: skip

    @property
    def left_out(self) -> int:
        """Matches not returned."""
        return int(self.left_out_counts.sum())

    @property
    def left_out_media(self) -> int:
        """Of how many media."""
        return len(np.unique(self.left_out_owners))

    @property
    def marks(self) -> set[int]:
        """The marks that occur."""
        return {int(item) for item in np.unique(self.mark_ids)}

    def rows(self) -> Iterator[tuple[int, int, int, int, int, bytes]]:
        """(owner, list, mark, distance, variant, hash) of each match."""
        columns = (self.owners, self.sets, self.mark_ids, self.distances, self.variants)
        for row, raw in zip(np.stack(columns, axis=1).tolist(), self.hashes, strict=True):
            yield (*row, raw.tobytes())


class NearHashes:
    """An index over the distinct hashes of a list, or of several.

    Args:
        hashes: Shape (n, 32), sorted, equal ones beside one another. `sets`: list of each, or the one of all. `marks`: mark of each.
    """

    def __init__(self, hashes: NDArray[np.uint8], sets: Ints | int, marks: NDArray[Any]) -> None:
        from safelight.fingerprint.hamming import HammingIndex

        fresh = np.ones(len(hashes), bool)
        if len(hashes):
            fresh[1:] = (hashes[1:] != hashes[:-1]).any(axis=1)
        # A long list seldom holds a hash twice, and then is not copied.
        self._hashes = np.ascontiguousarray(hashes if fresh.all() else hashes[fresh])
        self._starts: NDArray[Any] = np.concatenate((np.flatnonzero(fresh), [len(hashes)])).astype(np.uint32)
        self._sets, self._marks = sets, marks
        self._index = HammingIndex(self._hashes)

    def save(self, path: Path, said: dict[str, Any]) -> None:
        """Writes it into a file, with what is said about it.

        Raises:
            OSError: It cannot be written.
        """
        self._index.save(path, said, {"starts": self._starts, "marks": self._marks})

    @classmethod
    def of(cls, file: ArrayFile, set_id: int) -> NearHashes:
        """The hashes of one list, mapped from a file.

        Raises:
            DamagedArraysError: It holds no such index.
        """
        from safelight.fingerprint.arrays import DamagedArraysError
        from safelight.fingerprint.hamming import HammingIndex

        made = cls.__new__(cls)
        made._index, _ = HammingIndex.of(file)
        made._hashes = file.arrays["quads"].view(np.uint8).reshape(-1, 32)
        made._sets = set_id
        try:
            made._starts, made._marks = file.arrays["starts"], file.arrays["marks"]
        except KeyError as error:
            raise DamagedArraysError("it does not say what its hashes are") from error
        if len(made._starts) != len(made._hashes) + 1 or int(made._starts[-1]) != len(made._marks):
            raise DamagedArraysError("its entries do not fit its hashes")
        return made

    def __len__(self) -> int:
        return len(self._marks)

    def withdraw(self, hashes: NDArray[np.uint8]) -> None:
        """From now on these hashes are passed over."""
        self._index.withdraw(hashes)

    def nearest(self, queries: NDArray[np.uint8], owners: Ints, variants: Ints, distance_bits: int) -> Near:
        """The matches of some media, each with its nearest variant.

        Args:
            queries: Shape (n, 32). `owners`: which media each belongs to, the same ones beside one another. `variants`: which of its
                hashes it is; of two that are equally near the lower number is named.
            distance_bits: 0 to 64.
        """
        return joined(
            [self._kept(*pairs) for pairs in self._pairs(queries, owners, variants, distance_bits) if len(pairs[0])]
        )

    def _pairs(
        self, queries: NDArray[np.uint8], owners: Ints, variants: Ints, distance_bits: int
    ) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
        """Yields (owner, distinct hash, distance, variant) arrays; those of one media are never parted."""
        if not len(self._hashes) or not len(queries):
            return
        found: list[tuple[Ints, Ints, NDArray[np.int16]]] = []
        total = 0
        for block in self._index.blocks_within(queries, distance_bits):
            found.append(block)
            total += len(block[0])
            if total > _PAIRS_AT_ONCE and owners[0] != owners[-1]:
                # A list of many near-identical hashes: fewer media at a time, so that memory stays bounded.
                del found
                changes = np.flatnonzero(owners[1:] != owners[:-1]) + 1
                middle = int(changes[len(changes) // 2])
                for part in (slice(0, middle), slice(middle, None)):
                    yield from self._pairs(queries[part], owners[part], variants[part], distance_bits)
                return
        if found:
            rows, places, distances = (np.concatenate(part) for part in zip(*found, strict=True))
            yield owners[rows], places.astype(np.int64), distances.astype(np.int64), variants[rows]

    def _kept(self, owners: Ints, places: Ints, distances: Ints, variants: Ints) -> Near:
        """One row for each entry of a list, by its nearest variant, and of those the nearest of each list and mark."""
        order = np.lexsort((variants, distances, places, owners))
        owners, places, distances, variants = (column[order] for column in (owners, places, distances, variants))
        first = np.ones(len(owners), bool)
        first[1:] = (owners[1:] != owners[:-1]) | (places[1:] != places[:-1])
        owners, places, distances, variants = (column[first] for column in (owners, places, distances, variants))

        starts = self._starts[places].astype(np.int64)
        counts = self._starts[places + 1] - starts
        ends = np.cumsum(counts)
        rows = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts) + np.repeat(starts, counts)
        owners, places, distances, variants = (
            np.repeat(column, counts) for column in (owners, places, distances, variants)
        )
        sets = np.full(len(rows), self._sets, np.int64) if isinstance(self._sets, int) else self._sets[rows]
        none = np.empty(0, np.int64)
        found = Near(
            owners, sets, self._marks[rows].astype(np.int64), distances, variants, self._hashes[places], none, none
        )
        return found.cut()


def joined(parts: Sequence[Near]) -> Near:
    """Several together, cut again."""
    none = np.empty(0, np.int64)
    parts = [Near(none, none, none, none, none, np.empty((0, 32), np.uint8), none, none), *parts]

    def column(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return Near(*(column(field.name) for field in fields(Near))).cut()
