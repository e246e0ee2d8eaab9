"""The index files of a list: its rows once more, sorted and ready to be mapped. Derived from the store and made anew whenever they are not right.

The store is the truth. Of a list with many rows, those that came before its token are in index files, one for each kind of hash:
digests sorted, PDQ with the tables of multi-index hashing. Rows that came later are marked `late` and are read from the store when it
is asked; when they are more than 50,000 and more than an eighth of the others, the list gets a new token, and all its rows go into
new files. Withdrawn rows stay in the files and are passed over when asked. Files that are cut off, absent, of another token or of
another number of rows than the store says are never asked, nor any that has been touched and is not what was written: they are made again,
in memory where the directory cannot be written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection

from safelight.fingerprint.arrays import ArrayFile, DamagedArraysError
from safelight.hashsets.digests import SortedDigests, add_counts, prefix_bits
from safelight.hashsets.entry import LENGTHS
from safelight.hashsets.near import NearHashes
from safelight.hashsets.source import ImportProgress, no_progress
from safelight.model import PDQ_MIN_QUALITY, MatchHow

__all__ = [
    "LATE_ROWS",
    "BaseIndex",
    "DigestTable",
    "base_of",
    "index_path",
    "make_base",
    "open_base",
    "stale_files",
    "wants_index",
]

LATE_ROWS: Final = 50_000
"""So many rows of a list are read from the store when it is asked, a matter of some 50 ms."""

_LATE_SHARE: Final = 8
_ROWS: Final = 50_000
_FORM: Final = "safelight.list-index/1"
Part = tuple[NDArray[np.uint8], NDArray[Any]]
"""(hashes, mark of each)."""

_BASE: Final = (
    "SELECT hash, mark_id, quality FROM entry WHERE how = ? AND hashset_id = ? AND late IS NULL ORDER BY hash, mark_id"
)


def wants_index(base_rows: int, late_rows: int) -> bool:
    """Whether so many late rows are too many."""
    return late_rows > max(LATE_ROWS, base_rows // _LATE_SHARE)


@dataclass(frozen=True, slots=True)
class DigestTable:
    """Digests of one kind, and of each the list (one for all, or one each) and the mark it has there."""

    digests: SortedDigests
    sets: NDArray[np.int64] | int
    marks: NDArray[Any]

    def find(self, asked: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
        """(place in `asked`, list, mark) of each that is there."""
        rows, places = self.digests.find(asked)
        sets = np.broadcast_to(self.sets, len(places)) if isinstance(self.sets, int) else self.sets[places]
        yield from zip(rows.tolist(), sets.tolist(), self.marks[places].tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class BaseIndex:
    """What the index files of one list hold."""

    digests: dict[MatchHow, DigestTable]
    near: NearHashes | None


def index_path(directory: Path, set_id: int, token: str, how: MatchHow) -> Path:
    """The index file of a list for one kind of hash."""
    return directory / f"{set_id}-{token}.{how}"


def stale_files(directory: Path, tokens: dict[int, str | None]) -> list[Path]:
    """Index files that belong to no list as it is now."""
    try:
        there = list(directory.iterdir())
    except OSError:
        return []
    current = {f"{set_id}-{token}" for set_id, token in tokens.items() if token}
    return [path for path in there if path.name.partition(".")[0] not in current and not path.name.startswith(".")]


def open_base(directory: Path, set_id: int, token: str, base: dict[str, Any]) -> BaseIndex:
    """Maps the index files of a list.

    Raises:
        OSError, DamagedArraysError: One is absent, cut off, or not what the store says.
    """
    digests, near = dict[MatchHow, DigestTable](), None
    for name, count in base["indexed"].items():
        how = MatchHow(name)
        path = index_path(directory, set_id, token, how)
        file = ArrayFile(path)
        said = file.meta.get("said", file.meta)
        if (said.get("form"), said.get("list"), said.get("token")) != (_FORM, set_id, token):
            raise DamagedArraysError("it belongs to another list, or to another state of this one")
        marks = file.arrays.get("marks")
        if marks is None or len(marks) != count:
            raise DamagedArraysError("it says not of all entries what they are")
        if how is MatchHow.PDQ:
            near = NearHashes.of(file, set_id)
        else:
            digests[how] = DigestTable(SortedDigests.of(file), set_id, marks)
            if len(digests[how].digests) != count:
                raise DamagedArraysError("it does not hold all entries")
        _verify_once(path, file)
    return BaseIndex(digests, near)


def _verify_once(path: Path, file: ArrayFile) -> None:
    """Reads a file whole the first time, and again whenever it has been touched: one byte that is wrong would miss matches without a word.

    Raises:
        DamagedArraysError: It is not what was written.
    """
    state = path.stat()
    stamp = f"{state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"
    told = path.with_name(f"{path.name}.whole")
    with suppress(OSError):
        if told.read_text("ascii", "replace") == stamp:
            return
    file.verify()
    with suppress(OSError):
        told.write_text(stamp, "ascii")


def make_base(
    connection: Connection,
    set_id: int,
    token: str,
    directory: Path | None,
    on_progress: ImportProgress = no_progress,
    total: int | None = None,
) -> tuple[dict[str, Any], BaseIndex | None]:
    """Reads the rows of a list that are not late; returns what they are, and writes their index files.

    Args:
        connection: In a transaction. `directory`: for the files; None: they are not written but kept in memory, and returned.

    Returns:
        (`counts`: rows by kind; `indexed`: rows in the files by kind; `low_quality`; `sha256` over `kind NUL hash-in-hex NUL bank NUL
        label LF` of each in UTF-8, by kind, hash and mark; the index itself, without a directory).

    Raises:
        OSError: The files cannot be written.
    """
    reading = _Reading(connection, set_id, on_progress, total)
    digests, near = dict[MatchHow, DigestTable](), None
    said: dict[str, Any] = {"form": _FORM, "list": set_id, "token": token}
    for how in sorted(MatchHow, key=str):
        parts = reading.parts(how)
        first = next(parts, None)
        if first is None:
            continue
        path = None if directory is None else index_path(directory, set_id, token, how)
        if how is not MatchHow.PDQ and path is not None:
            _write_digests(path, said, chain([first], parts), total or LATE_ROWS)
            continue
        keys, marks = (np.concatenate(part) for part in zip(first, *parts, strict=True))
        if how is not MatchHow.PDQ:
            digests[how] = DigestTable(SortedDigests(keys), set_id, marks)
        elif path is not None:
            NearHashes(keys, set_id, marks).save(path, said)
        else:
            near = NearHashes(keys, set_id, marks)
    return reading.said(), BaseIndex(digests, near) if directory is None else None


def _write_digests(path: Path, said: dict[str, Any], parts: Iterator[Part], total: int) -> None:
    """Streams the digests of one kind into a file; only the marks and the table over the first bits are held in memory."""
    bits, marks = prefix_bits(total), list[NDArray[Any]]()
    counts = np.zeros((1 << bits) + 1, np.uint32)

    def keys() -> Iterator[NDArray[np.uint8]]:
        for some, its_marks in parts:
            add_counts(counts, some, bits)
            marks.append(its_marks)
            yield some

    def starts() -> Iterator[NDArray[np.uint32]]:
        yield np.cumsum(counts, dtype=np.uint32)

    def joined() -> Iterator[NDArray[Any]]:
        kind = max(part.dtype for part in marks)
        yield from (part.astype(kind) for part in marks)

    ArrayFile.write(path, said, {"keys": keys(), "starts": starts(), "marks": joined()})


class _Reading:
    """Reads the rows of a list by kind, in order, and digests and counts them on the way."""

    def __init__(self, connection: Connection, set_id: int, on_progress: ImportProgress, total: int | None) -> None:
        self._connection, self._set_id = connection, set_id
        self._on_progress, self._total, self._done = on_progress, total, 0
        self._digest = hashlib.sha256()
        self._counts: dict[str, int] = {}
        self._indexed: dict[str, int] = {}
        self._low = 0
        self._marks: dict[int, str] = {}

    def parts(self, how: MatchHow) -> Iterator[Part]:
        """(hashes, marks), in order; without PDQ hashes of low quality, which are counted."""
        width = LENGTHS[how] // 2
        result = self._connection.exec_driver_sql(_BASE, (str(how), self._set_id), {"stream_results": True})
        while rows := result.cursor.fetchmany(_ROWS):
            self._add(how, rows)
            if how is MatchHow.PDQ:
                rows = [row for row in rows if row[2] is None or row[2] >= PDQ_MIN_QUALITY]
            self._indexed[str(how)] = self._indexed.get(str(how), 0) + len(rows)
            marks = np.fromiter((row[1] for row in rows), np.uint32, len(rows))
            most = int(marks.max(initial=0))
            kind: Any = np.uint8 if most < 1 << 8 else np.uint16 if most < 1 << 16 else np.uint32
            yield np.frombuffer(b"".join([row[0] for row in rows]), np.uint8).reshape(-1, width), marks.astype(kind)

    def said(self) -> dict[str, Any]:
        return {
            "counts": self._counts, "indexed": self._indexed, "low_quality": self._low, "sha256": self._digest.hexdigest(),
        }  # fmt: skip

    def _add(self, how: MatchHow, rows: Sequence[Any]) -> None:
        for mark_id in {row[1] for row in rows} - self._marks.keys():
            if len(self._marks) > _ROWS:
                self._marks.clear()
            bank, label = self._connection.exec_driver_sql(
                "SELECT bank, label FROM mark WHERE id = ?", (mark_id,)
            ).one()
            self._marks[mark_id] = f"\0{bank}\0{label}\n"
        marks, first = self._marks, f"{how}\0"
        try:
            self._digest.update("".join([first + row[0].hex() + marks[row[1]] for row in rows]).encode())
        except KeyError:
            # More marks in one batch than are kept.
            for row in rows:
                self._add(how, [row])
            return
        self._counts[str(how)] = self._counts.get(str(how), 0) + len(rows)
        self._low += sum(row[2] is not None and row[2] < PDQ_MIN_QUALITY for row in rows) if how is MatchHow.PDQ else 0
        self._done += len(rows)
        self._on_progress("indexing the list", self._done, self._total)


def base_of(text: str | None) -> dict[str, Any] | None:
    """What the store says about the index files of a list."""
    if not text:
        return None
    with suppress(orjson.JSONDecodeError):
        found: dict[str, Any] = orjson.loads(text)
        return found
    return None
