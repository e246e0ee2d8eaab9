"""A list file while it is read: once from front to back, digested on the way, with bounds."""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from safelight.errors import HashSetError
from safelight.model import display_text

__all__ = ["ImportProgress", "JsonText", "ListFile", "ListLines", "no_progress", "unreadable"]

ImportProgress = Callable[[str, int, int | None], None]
"""Called often with the stage in words, how much of it is done, and how much there is; None where that is not known."""

_MIB: Final = 1 << 20
_BLOCK: Final = 1 << 18
_CHECKPOINT: Final = 8 << 20
_LINE_CHARS: Final = 1 << 16
_HEAD: Final = 1 << 16
_NESTED: Final = 10_000
_DIGITS: Final = b"0" * 2_000
_AS_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))


def no_progress(stage: str, done: int, total: int | None) -> None:
    """Shows nothing."""


def unreadable(path: Path, why: str) -> HashSetError:
    """The error that a list cannot be imported, with what to do next."""
    return HashSetError(
        f"The list {display_text(os.fsencode(path))} cannot be imported: {why}.",
        kept="Nothing was imported.",
        advice="What is read: plain text, CSV with a header, Project VIC JSON 1.3 and 2.0, NSRL RDS 3 (SQLite), and the forms of hash exchanges "
        "that the documentation names; check the file.",
    )


class ListFile(io.RawIOBase):
    """A list file, open for reading.

    Args:
        path: A regular file. `on_progress`: told of every MiB.

    Attributes:
        head: The first 64 KiB, which reading does not skip.

    Raises:
        HashSetError: It is not a file, or cannot be opened.
    """

    def __init__(self, path: Path, on_progress: ImportProgress = no_progress) -> None:
        self.path = path
        self._on_progress = on_progress
        self._digest = hashlib.sha256()
        self._done = self._known = 0
        try:
            # Without O_NONBLOCK the opening of a pipe would wait for its other end.
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise unreadable(path, getattr(error, "strerror", None) or str(error)) from error
        state = os.fstat(self._descriptor)
        if not stat.S_ISREG(state.st_mode):
            self.close()
            raise unreadable(path, "it is not a file")
        self._total = state.st_size
        try:
            self.head = os.pread(self._descriptor, _HEAD, 0)
        except OSError as error:
            self.close()
            raise unreadable(path, error.strerror or str(error)) from error

    @property
    def text_head(self) -> bytes:
        """The head as UTF-8, whatever the byte order mark says, without that mark."""
        if self.is_utf16:
            return self.head.decode("utf-16", "replace").encode("utf-8", "replace")
        return self.head.removeprefix(codecs.BOM_UTF8)

    @property
    def is_utf16(self) -> bool:
        """Whether a byte order mark of UTF-16 leads."""
        return self.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Reads, digests and counts the next bytes.

        Raises:
            HashSetError: It cannot be read.
        """
        try:
            read = os.readv(self._descriptor, [buffer])
        except OSError as error:
            raise unreadable(self.path, error.strerror or str(error)) from error
        # What an earlier import had read ahead is digested already.
        known = min(self._known, read)
        self._known -= known
        self._digest.update(buffer[known:read])
        before, self._done = self._done, self._done + read - known
        if before // _MIB != self._done // _MIB:
            self._on_progress("reading the list, MiB", self._done // _MIB, max(self._total, self._done) // _MIB)
        return read

    def position(self) -> dict[str, int | str]:
        """How much has been digested, for `go_on`."""
        return {"digested": self._done, "sha256": self._digest.copy().hexdigest()}

    def go_on(self, offset: int, position: dict[str, int | str]) -> bool:
        """Reads what an earlier import had digested, and then stands at `offset`; false, and at the start, if it is not what that had read.

        Raises:
            HashSetError: It cannot be read.
        """
        digested = int(position["digested"])
        while self._done < digested and self.read(min(_MIB, digested - self._done)):
            pass
        same = self._done == digested and self._digest.hexdigest() == position["sha256"] and offset <= digested
        if not same:
            self._digest, self._done = hashlib.sha256(), 0
        os.lseek(self._descriptor, offset if same else 0, os.SEEK_SET)
        self._known = digested - offset if same else 0
        return same

    def sha256(self) -> str:
        """Reads what is left and returns the digest of the whole file."""
        while self.read(_MIB):
            pass
        return self._digest.hexdigest()

    def close(self) -> None:
        """Closes the file."""
        if not self.closed:
            os.close(self._descriptor)
            self._descriptor = -1
        super().close()


class ListLines:
    """The lines of a list file, numbered from 1, each with a line feed at its end. Bytes that are no UTF-8 stay visible, as escapes.

    Args:
        file: At its start. `position`: of `checkpoint`; the lines go on from there if the file is still the same.

    Raises:
        HashSetError: The file cannot be read, or a line is longer than 65,536 characters: a list has none, and a hostile one must not
            fill the memory.
    """

    def __init__(self, file: ListFile, position: dict[str, int | str] | None = None) -> None:
        self._file = file
        self._row = self._checked = 0
        self._offset = len(codecs.BOM_UTF8) if file.head.startswith(codecs.BOM_UTF8) else 0
        self.went_on = False
        if position is not None and not file.is_utf16:
            self.went_on = file.go_on(int(position["offset"]), position)
            if self.went_on:
                self._row, self._offset = int(position["row"]), int(position["offset"])
                self._checked = self._offset
        if not self.went_on and self._offset:
            file.read(self._offset)
        self._lines = self._wide() if file.is_utf16 else self._plain()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self._lines

    def __next__(self) -> tuple[int, str]:
        return next(self._lines)

    def checkpoint(self) -> dict[str, int | str] | None:
        """Where the line after the last one begins, when the last checkpoint lies some MiB back; else None."""
        if self._offset - self._checked < _CHECKPOINT or self._file.is_utf16:
            return None
        self._checked = self._offset
        return {"offset": self._offset, "row": self._row, **self._file.position()}

    def _plain(self) -> Iterator[tuple[int, str]]:
        rest = b""
        while True:
            block = self._file.read(_BLOCK) or b""
            parts = (rest + block).splitlines(keepends=True)
            # The last line may go on in the next block, and what ends in CR may end in CR LF.
            rest = parts.pop() if block and parts else b""
            if len(rest) > 4 * _LINE_CHARS:
                raise unreadable(self._file.path, "a line is longer than 65,536 characters")
            for part in parts:
                self._row += 1
                self._offset += len(part)
                text = part.decode("utf-8", "backslashreplace")
                if len(text) >= _LINE_CHARS:
                    raise unreadable(self._file.path, "a line is longer than 65,536 characters")
                yield self._row, text if text[-1] == "\n" and text[-2:] != "\r\n" else text.rstrip("\r\n") + "\n"
            if not block:
                return

    def _wide(self) -> Iterator[tuple[int, str]]:
        text = io.TextIOWrapper(io.BufferedReader(self._file, _BLOCK), "utf-16", errors="backslashreplace")
        while line := text.readline(_LINE_CHARS):
            if len(line) == _LINE_CHARS:
                raise unreadable(self._file.path, "a line is longer than 65,536 characters")
            self._row += 1
            yield self._row, line
        text.detach().detach()


class JsonText:
    """The JSON text of a list file, in UTF-8 and without a byte order mark, as a parser may be given it.

    Args:
        file: At its start. `ahead_bytes`: most bytes that may be read before `mark` is called again.
    """

    def __init__(self, file: ListFile, ahead_bytes: int) -> None:
        self._file = file
        self._ahead_bytes = ahead_bytes
        self._ahead = self._open_brackets = 0
        self._last = b""
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace") if file.is_utf16 else None
        if file.head.startswith(codecs.BOM_UTF8):
            file.read(len(codecs.BOM_UTF8))

    def read(self, size: int = -1) -> bytes:
        """The next bytes, about `size` of them; none at the end.

        Raises:
            HashSetError: The file cannot be read, or a bound was passed.
        """
        block = self._file.read(size) or b""
        while self._decoder is not None:
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                block = text.encode("utf-8", "replace")
                break
            block = self._file.read(size) or b""
        self._check(block)
        return block

    def mark(self) -> None:
        """A record was complete: the bounds count from here."""
        self._ahead = self._open_brackets = 0

    def _check(self, block: bytes) -> None:
        self._ahead += len(block)
        if self._ahead > self._ahead_bytes:
            raise unreadable(self._file.path, f"no media record ends within {self._ahead_bytes // _MIB} MiB")
        # A parser that names the path to each value takes quadratic time on brackets that nest without end. Brackets in texts are
        # counted too, which does no harm: no record has ten thousand of them more on one side than on the other.
        self._open_brackets += block.count(b"[") + block.count(b"{") - block.count(b"]") - block.count(b"}")
        if self._open_brackets > _NESTED:
            raise unreadable(self._file.path, "the JSON nests without end")
        # ijson 3.6.0 crashes the process on an integer of more than 4,300 digits.
        block = self._last + block
        self._last = block[-len(_DIGITS) :]
        if _DIGITS in block.translate(_AS_DIGITS):
            raise unreadable(self._file.path, "the JSON holds a number of thousands of digits")
