"""Lines that are written down to be read again, when there may be one for each item of a case."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["Spool"]

_BLOCK_BYTES: Final = 1 << 16


class Spool:
    """Lines in the order given, the newest in memory, all others in a file without a name, which is gone when the process is.

    After an error every line that was added before is still there, so that what it names can be cleared away.

    Args:
        folder: Of that file, which needs room on the same disk as what the lines are about; it must be there by the first 64 KiB.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1
        self._size_bytes = self._recent_bytes = 0
        self._recent: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Adds a line; it holds no line feed.

        Raises:
            OSError: There is no room; then it was not added.
        """
        if self._recent_bytes + len(line) >= _BLOCK_BYTES:
            self._put_down()
        self._recent.append(line)
        self._recent_bytes += len(line) + 1

    def _put_down(self) -> None:
        if self._descriptor < 0:
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                self._descriptor = os.dup(file.fileno())
        block, at = b"".join(line + b"\n" for line in self._recent), 0
        while at < len(block):
            at += os.pwrite(self._descriptor, block[at:], self._size_bytes + at)
        self._size_bytes += len(block)
        self._recent.clear()
        self._recent_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        at, rest = 0, b""
        while at < self._size_bytes:
            block = os.pread(self._descriptor, min(_BLOCK_BYTES, self._size_bytes - at), at)
            if not block:
                raise OSError(None, "lines that were put down cannot be read again")
            at += len(block)
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
        yield from self._recent

    def close(self) -> None:
        """Gives them up."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._size_bytes = 0
        self._recent.clear()
