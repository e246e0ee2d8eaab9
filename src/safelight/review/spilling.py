"""Puts records into order in a bounded amount of memory: what does not fit lies, sorted, in files without a name until it is read back."""

from __future__ import annotations

import heapq
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from safelight.errors import CaseError

__all__ = ["Record", "Sorter"]

Record = tuple[bytes, bytes]
"""(key, content): ordered by the bytes of the key, equal keys by those of the content."""

_MEMORY_BYTES: Final = 8 << 20
_HEAD: Final = struct.Struct(">II")


class Sorter:
    """Takes records in any order and gives them back sorted, once.

    Args:
        directory: Where the files lie; they never have a name there, so nothing is left behind however the process ends. One file is
            open for each `memory_bytes` of records.
        memory_bytes: Keys and contents held in memory; Python needs about as much again for them.
    """

    def __init__(self, directory: Path, *, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._directory = directory
        self._memory_bytes = memory_bytes
        self._waiting: list[Record] = []
        self._waiting_bytes = 0
        self._runs: list[IO[bytes]] = []

    def add(self, key: bytes, content: bytes) -> None:
        """Takes one record.

        Raises:
            CaseError: The disk is full.
        """
        # A copy of its exact size: what a serialiser hands over can lie in a buffer of several times that.
        self._waiting.append((key, bytes(memoryview(content))))
        self._waiting_bytes += len(key) + len(content)
        if self._waiting_bytes >= self._memory_bytes:
            self._spill()

    def drain(self) -> Iterator[Record]:
        """Yields everything in order and forgets it."""
        last, self._waiting, self._waiting_bytes = sorted(self._waiting), [], 0
        runs, self._runs = self._runs, []
        try:
            yield from heapq.merge(last, *(_read(run) for run in runs))
        finally:
            for run in runs:
                run.close()

    def _spill(self) -> None:
        self._waiting.sort()
        try:
            run = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115 - closed when it was read
            self._runs.append(run)
            for key, content in self._waiting:
                run.write(_HEAD.pack(len(key), len(content)) + key + content)
            run.flush()
        except OSError as error:
            raise CaseError(
                f"The queue cannot be ordered: {self._directory} cannot be written: {error.strerror}.",
                kept="Everything reported as done is stored.",
                advice="Free some room, then run the same command again: it goes on where it stopped.",
            ) from error
        self._waiting, self._waiting_bytes = [], 0


def _read(run: IO[bytes]) -> Iterator[Record]:
    run.seek(0)
    while head := run.read(_HEAD.size):
        key_bytes, content_bytes = _HEAD.unpack(head)
        yield run.read(key_bytes), run.read(content_bytes)
