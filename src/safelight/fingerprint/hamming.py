"""An exact index over 256-bit hashes that can be added to and withdrawn from, saved and memory-mapped: recall is 1.0 at any distance.

The hashes lie in blocks that never change, the larger ones with tables for multi-index hashing (see `plan`). What is added becomes a
block of its own, and blocks of like size are made into one, so that there are few; what is withdrawn is marked, and a block of which a
quarter is withdrawn is made anew. Questions read the blocks as they were when asked, so they need no lock and wait for nobody.

**One rule for what does the work**: an index that has been asked for fewer than 2^26 pairs (hashes times queries) compares all with
all in NumPy; from then on compiled code answers, whose import takes about half a second. Tables are made, for blocks of 4,096 hashes or
more, when an index has been asked 256 questions.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.arrays import ArrayFile, DamagedArraysError
from safelight.fingerprint.tables import TABLES_FROM, Block, Found, aligned

__all__ = ["MAX_DISTANCE_BITS", "Found", "HammingIndex"]

MAX_DISTANCE_BITS: Final = 64

_FORM: Final = "safelight.hamming-index/2"
_COMPILED_FROM_PAIRS: Final = 1 << 26
_TABLES_FROM_QUERIES: Final = 256
_LIKE_SIZE: Final = 4
_GONE_SHARE: Final = 4
_COMPILED: Final = "safelight.fingerprint.kernels"

Hashes = NDArray[np.uint8]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """A block, the ids of its hashes (None: their places, counted from `base`) and which of them are withdrawn."""

    block: Block
    ids: Ids | None
    base: int
    gone: NDArray[np.bool_]

    @property
    def living(self) -> int:
        return len(self.block) - int(np.count_nonzero(self.gone))

    def named(self, rows: Ids) -> Ids:
        return rows + self.base if self.ids is None else self.ids[rows]


class HammingIndex:
    """An index over hashes, each with a number; of all methods, only `add` and `withdraw` change it.

    Args:
        hashes: Shape (n, 32), uint8. Equal ones are fine.
        ids: What results name; the places from 0 when None.
        planned_bits: The distance, 0 to 64, that it should be fastest at; it is exact at every other one too.
        threads: That share hundreds of questions put at once; 0 for one a core.
    """

    def __init__(self, hashes: Hashes, ids: Ids | None = None, *, planned_bits: int = 31, threads: int = 0) -> None:
        self._planned_bits = _checked_distance(planned_bits)
        self._threads = threads or len(os.sched_getaffinity(0))
        self._asked = 0
        self._changing = threading.Lock()
        _checked(hashes)
        self._parts: tuple[_Part, ...] = ()
        if len(hashes):
            self._parts = (self._part(aligned(hashes), None if ids is None else np.asarray(ids, np.int64)),)

    def __len__(self) -> int:
        return sum(part.living for part in self._parts)

    @property
    def held_bytes(self) -> int:
        """Memory that it holds, or room in the file that it is mapped from."""
        return sum(
            part.block.held_bytes + part.gone.nbytes + (0 if part.ids is None else part.ids.nbytes)
            for part in self._parts
        )

    def within(self, queries: Hashes, distance_bits: int) -> Found:
        """(place of the query, id, bits) of every hash that differs from a query in at most `distance_bits` bits, 0 to 64."""
        return _joined(self.blocks_within(queries, distance_bits))

    def blocks_within(self, queries: Hashes, distance_bits: int) -> Iterator[Found]:
        """As `within`, in blocks, for results that may not fit into memory at once."""
        _checked_distance(distance_bits)
        _checked(queries)
        if not len(queries):
            return
        compiled = self._prepared(len(queries))
        quads = aligned(queries)
        for part in self._parts:
            for query, rows, bits in part.block.search(quads, distance_bits, compiled=compiled, threads=self._threads):
                kept = ~part.gone[rows]
                if kept.all():
                    yield query, part.named(rows), bits
                elif kept.any():
                    yield query[kept], part.named(rows[kept]), bits[kept]

    def blocks_of_pairs(self, distance_bits: int) -> Iterator[Found]:
        """(id, id, bits) of every two hashes of the index within the distance, each two once, in blocks."""
        _checked_distance(distance_bits)
        parts = self._parts
        compiled = self._prepared(sum(len(part.block) for part in parts), tables=len(parts) > 1)
        for number, part in enumerate(parts):
            for first, second, bits in part.block.join(distance_bits, compiled=compiled):
                kept = ~(part.gone[first] | part.gone[second])
                yield part.named(first[kept]), part.named(second[kept]), bits[kept]
            for other in parts[:number]:
                for first, second, bits in other.block.search(part.block.quads, distance_bits, compiled=compiled):
                    kept = ~(part.gone[first] | other.gone[second])
                    yield part.named(first[kept]), other.named(second[kept]), bits[kept]

    def add(self, hashes: Hashes, ids: Ids) -> None:
        """Adds hashes under their ids, which need not be new.

        Raises:
            ValueError: The shapes do not fit.
        """
        _checked(hashes)
        if len(ids) != len(hashes):
            raise ValueError("each hash needs an id")
        if not len(hashes):
            return
        with self._changing:
            quads, numbers, parts = aligned(hashes).copy(), np.array(ids, np.int64), list(self._parts)
            while parts and parts[-1].living < _LIKE_SIZE * len(quads):
                last = parts.pop()
                kept = np.flatnonzero(~last.gone)
                quads = np.concatenate((last.block.quads[kept], quads))
                numbers = np.concatenate((last.named(kept), numbers))
            self._parts = (*parts, self._part(quads, numbers))

    def withdraw(self, hashes: Hashes) -> int:
        """Withdraws every entry that equals one of these hashes; returns how many."""
        _checked(hashes)
        count, compiled = 0, self._prepared(len(hashes), tables=False)
        with self._changing:
            made = []
            for part in self._parts:
                rows = _joined(part.block.search(aligned(hashes), 0, compiled=compiled))[1]
                rows = np.unique(rows[~part.gone[rows]])
                count += len(rows)
                if len(rows):
                    gone = part.gone.copy()
                    gone[rows] = True
                    part = replace(part, gone=gone)
                    if _GONE_SHARE * np.count_nonzero(gone) > len(gone):
                        kept = np.flatnonzero(~gone)
                        if not len(kept):
                            continue
                        part = self._part(part.block.quads[kept], part.named(kept))
                made.append(part)
            self._parts = tuple(made)
        return count

    def prepare(self) -> Self:
        """Makes the tables now, so that no question waits for them; returns the index."""
        self._prepared(max(_TABLES_FROM_QUERIES, -(-_COMPILED_FROM_PAIRS // max(1, len(self)))))
        return self

    def save(self, path: Path, meta: dict[str, Any] | None = None, more: dict[str, NDArray[Any]] | None = None) -> None:
        """Writes the index, with its tables if it has `TABLES_FROM` hashes, into one file that `open` maps.

        Args:
            path: The file; one that is there is replaced. `meta`, `more`: what else is to be kept in it.

        Raises:
            OSError: It cannot be written; what was there before is as it was.
        """
        parts = [part for part in self._parts if part.living]
        if len(parts) == 1 and not parts[0].gone.any():
            (part,) = parts
        else:
            kept = [np.flatnonzero(~part.gone) for part in parts]
            quads = [part.block.quads[rows] for part, rows in zip(parts, kept, strict=True)]
            numbers = [part.named(rows) for part, rows in zip(parts, kept, strict=True)]
            none = np.empty((0, 4), np.uint64), np.empty(0, np.int64)
            part = self._part(np.concatenate((none[0], *quads)), np.concatenate((none[1], *numbers)))
        if len(part.block) >= TABLES_FROM and not part.block.has_tables:
            part = replace(part, block=part.block.with_tables(self._planned_bits))
        arrays = {**part.block.arrays(), **({} if part.ids is None else {"ids": part.ids}), **(more or {})}
        said = {
            "form": _FORM,
            "widths": list(part.block.widths),
            "planned_bits": self._planned_bits,
            "said": meta or {},
        }
        ArrayFile.write(path, said, arrays)

    @classmethod
    def open(cls, path: Path) -> tuple[Self, dict[str, Any]]:
        """The index of a file, memory-mapped, and what was said when it was saved.

        Raises:
            OSError: It cannot be opened.
            DamagedArraysError: It is cut off, or no index.
        """
        return cls.of(ArrayFile(path))

    @classmethod
    def of(cls, file: ArrayFile) -> tuple[Self, dict[str, Any]]:
        """As `open`."""
        meta, arrays = file.meta, file.arrays
        if meta.get("form") != _FORM or "quads" not in arrays or arrays["quads"].shape[1:] != (4,):
            raise DamagedArraysError("it is no index of hashes")
        made = cls(np.empty((0, 32), np.uint8), planned_bits=meta["planned_bits"])
        quads, widths = arrays["quads"], tuple(meta["widths"])
        try:
            block = Block(quads, widths, arrays["cells"], arrays["rows"]) if widths else Block(quads)
        except (KeyError, ValueError) as error:
            raise DamagedArraysError("its tables do not fit its hashes") from error
        if len(quads):
            made._parts = (_Part(block, arrays.get("ids"), 0, np.zeros(len(quads), bool)),)
        return made, dict(meta["said"])

    def _part(self, quads: NDArray[np.uint64], ids: Ids | None) -> _Part:
        part = _Part(Block(quads), ids, 0, np.zeros(len(quads), bool))
        return self._with_tables(part) if _is_loaded() and self._asked >= _TABLES_FROM_QUERIES else part

    def _with_tables(self, part: _Part) -> _Part:
        if part.block.has_tables or len(part.block) < TABLES_FROM:
            return part
        return replace(part, block=part.block.with_tables(self._planned_bits))

    def _prepared(self, queries: int, *, tables: bool = True) -> bool:
        """Counts what is asked; returns whether compiled code is to answer, and then makes tables if they are due."""
        self._asked += queries
        if not _is_loaded() and self._asked * len(self) < _COMPILED_FROM_PAIRS:
            return False
        due = tables and self._asked >= _TABLES_FROM_QUERIES
        if due and any(not part.block.has_tables and len(part.block) >= TABLES_FROM for part in self._parts):
            with self._changing:
                self._parts = tuple(self._with_tables(part) for part in self._parts)
        return True


def _is_loaded() -> bool:
    return _COMPILED in sys.modules


def _checked(hashes: Hashes) -> None:
    if hashes.ndim != 2 or hashes.shape[1] != 32 or hashes.dtype != np.uint8:
        raise ValueError(f"hashes must have shape (n, 32) and type uint8, not {hashes.shape} {hashes.dtype}")


def _checked_distance(distance_bits: int) -> int:
    if not 0 <= distance_bits <= MAX_DISTANCE_BITS:
        raise ValueError(f"the distance must lie between 0 and {MAX_DISTANCE_BITS}, not {distance_bits}")
    return distance_bits


def _joined(blocks: Iterator[Found]) -> Found:
    parts = list(blocks)
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16)
    first, second, bits = (np.concatenate(part) for part in zip(*parts, strict=True))
    return first, second, bits
