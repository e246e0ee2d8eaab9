"""The PDQ hashes of lists, and the nearest of them to each media: everything within a distance, a bounded number of it returned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from safelight.fingerprint.hamming import HammingIndex

__all__ = ["NEAREST_KEPT", "Near", "NearHashes"]

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
        hashes: Shape (n, 32). `left_out`: matches not returned. `left_out_owners`: of how many media.
    """

    owners: Ints
    sets: Ints
    mark_ids: Ints
    distances: Ints
    variants: Ints
    hashes: NDArray[np.uint8]
    left_out: int
    left_out_owners: int

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
    """An index over the distinct hashes of some lists.

    Args:
        hashes: Shape (n, 32), sorted, equal ones beside one another. `entries`: shape (n, 2): list and mark of each.
    """

    def __init__(self, hashes: NDArray[np.uint8], entries: Ints) -> None:
        fresh = np.ones(len(hashes), bool)
        if len(hashes):
            fresh[1:] = (hashes[1:] != hashes[:-1]).any(axis=1)
        self._hashes = np.ascontiguousarray(hashes[fresh])
        self._starts = np.concatenate((np.flatnonzero(fresh), [len(hashes)]))
        self._entries = entries

    @cached_property
    def _index(self) -> HammingIndex:
        from safelight.fingerprint.hamming import HammingIndex

        return HammingIndex(self._hashes)

    def nearest(self, queries: NDArray[np.uint8], owners: Ints, variants: Ints, distance_bits: int) -> Near:
        """The matches of some media, each with its nearest variant.

        Args:
            queries: Shape (n, 32). `owners`: which media each belongs to, the same ones beside one another. `variants`: which of its
                hashes it is; of two that are equally near the lower number is named.
            distance_bits: 0 to 64.
        """
        parts = [self._kept(*pairs) for pairs in self._pairs(queries, owners, variants, distance_bits) if len(pairs[0])]
        if not parts:
            none = np.empty(0, np.int64)
            return Near(none, none, none, none, none, np.empty((0, 32), np.uint8), 0, 0)

        def joined(name: str) -> Any:
            return np.concatenate([getattr(part, name) for part in parts])

        return Near(
            joined("owners"), joined("sets"), joined("mark_ids"), joined("distances"), joined("variants"), joined("hashes"),
            left_out=sum(part.left_out for part in parts), left_out_owners=sum(part.left_out_owners for part in parts),
        )  # fmt: skip

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

        counts = self._starts[places + 1] - self._starts[places]
        ends = np.cumsum(counts)
        rows = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts) + np.repeat(self._starts[places], counts)
        owners, places, distances, variants = (
            np.repeat(column, counts) for column in (owners, places, distances, variants)
        )
        sets, mark_ids = self._entries[rows, 0], self._entries[rows, 1]

        order = np.lexsort((places, distances, mark_ids, sets, owners))
        keys = np.stack((owners, sets, mark_ids), axis=1)[order]
        starts = np.ones(len(keys), bool)
        starts[1:] = (keys[1:] != keys[:-1]).any(axis=1)
        begins = np.flatnonzero(starts)
        rank = np.arange(len(keys)) - np.repeat(begins, np.diff(np.append(begins, len(keys))))
        kept, out = order[rank < NEAREST_KEPT], order[rank >= NEAREST_KEPT]
        return Near(
            owners[kept], sets[kept], mark_ids[kept], distances[kept], variants[kept], self._hashes[places[kept]],
            len(out), len(np.unique(owners[out])),
        )  # fmt: skip
