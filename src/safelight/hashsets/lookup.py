"""Everything that some lists hold, ready to be asked: their index files, and the rows that came later, as one state of the store has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from safelight.hashsets.digests import SortedDigests
from safelight.hashsets.entry import LENGTHS
from safelight.hashsets.index import BaseIndex, DigestTable
from safelight.hashsets.near import Near, NearHashes, joined
from safelight.model import PDQ_MIN_QUALITY, MatchHow

__all__ = ["LookUp"]

_ROWS: Final = 20_000
_LATE: Final = (
    "SELECT hash, hashset_id, mark_id, quality FROM entry WHERE hashset_id IN ({}) AND how = ? AND late IS NOT NULL "
    "AND withdrawn_utc IS NULL ORDER BY hash, hashset_id, mark_id"
)
_WITHDRAWN: Final = "SELECT hash FROM entry WHERE hashset_id = ? AND how = ? AND withdrawn_utc IS NOT NULL AND late IS NULL ORDER BY hash"


class LookUp:
    """Lists as they are in the transaction of a connection.

    Args:
        connection: In a transaction that lives as long as this. `bases`: of each list its index, or None when it has none.
    """

    def __init__(self, connection: Connection, bases: dict[int, BaseIndex | None]) -> None:
        self._connection = connection
        self._bases = bases
        self._digests: dict[MatchHow, list[DigestTable]] = {}
        self._withdrawn: dict[tuple[int, MatchHow], frozenset[bytes]] = {}

    def equal(self, how: MatchHow, asked: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
        """(place in `asked`, list, mark) of each entry that equals a digest."""
        width = LENGTHS[how] // 2
        array = np.frombuffer(b"".join(asked), np.uint8).reshape(-1, width)
        for table in self._tables(how):
            for place, set_id, mark_id in table.find(array):
                # The late rows of a list that were withdrawn are not among them at all.
                if asked[place] not in self._gone(set_id, how):
                    yield place, set_id, mark_id

    def near(self, queries: NDArray[np.uint8], owners: Any, variants: Any, distance_bits: int) -> Near:
        """The nearest PDQ hashes of each list and mark; see `NearHashes.nearest`."""
        return joined([part.nearest(queries, owners, variants, distance_bits) for part in self._near])

    def _tables(self, how: MatchHow) -> list[DigestTable]:
        if how not in self._digests:
            made = [base.digests[how] for base in self._bases.values() if base is not None and how in base.digests]
            hashes, sets, marks = self._late(how)
            if len(hashes):
                made.append(DigestTable(SortedDigests(hashes), sets, marks))
            self._digests[how] = made
        return self._digests[how]

    @cached_property
    def _near(self) -> list[NearHashes]:
        """The PDQ hashes in force, without those of low quality."""
        made = []
        for set_id, base in self._bases.items():
            if base is not None and base.near is not None and len(base.near):
                if gone := self._gone(set_id, MatchHow.PDQ):
                    base.near.withdraw(np.frombuffer(b"".join(sorted(gone)), np.uint8).reshape(-1, 32))
                made.append(base.near)
        late = NearHashes(*self._late(MatchHow.PDQ))
        return [*made, late] if len(late) else made

    def _late(self, how: MatchHow) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """(hashes, lists, marks) of the rows that are in no index file, in order of the hashes."""
        chosen = _LATE.format(",".join(str(int(set_id)) for set_id in self._bases))
        result = self._connection.exec_driver_sql(chosen, (str(how),), {"stream_results": True})
        hashes, numbers = bytearray(), [np.empty((0, 2), np.int64)]
        while rows := result.cursor.fetchmany(_ROWS):
            kept = [row for row in rows if row[3] is None or row[3] >= PDQ_MIN_QUALITY or how is not MatchHow.PDQ]
            hashes += b"".join(row[0] for row in kept)
            numbers.append(np.array([row[1:3] for row in kept], np.int64).reshape(-1, 2))
        both = np.concatenate(numbers)
        return np.frombuffer(hashes, np.uint8).reshape(-1, LENGTHS[how] // 2), both[:, 0], both[:, 1]

    def _gone(self, set_id: int, how: MatchHow) -> frozenset[bytes]:
        """What stands in the index files of a list and is withdrawn."""
        found = self._withdrawn.get((set_id, how))
        if found is None:
            rows = self._connection.exec_driver_sql(_WITHDRAWN, (set_id, str(how)))
            found = self._withdrawn[set_id, how] = frozenset(row[0] for row in rows)
        return found
