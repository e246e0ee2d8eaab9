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

__all__ = ["ImportProgress", "JsonText", "ListFile", "ListLines", "Position", "no_progress", "unreadable"]

ImportProgress = Callable[[str, int, int | None], None]
"""Called often with the stage in words, how much of it is done, and how much there is; None where that is not known."""

Position = dict[str, int | str]
"""Of a checkpoint: `offset` at which the reading can go on, the `row` before it, and what was digested so far. Where a form has no place to
begin in, `offset` is 0: everything is read again, and what stands in rows that are known is passed over."""

_MIB: Final = 1 << 20
_BLOCK: Final = 1 << 18
_CHECKPOINT: Final = 8 << 20
_LINE_CHARS: Final = 1 << 16
_HEAD: Final = 1 << 16
_NESTED: Final = 10_000
_CUTS: Final = 4_096
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
        self._done = self._known = self._checked = 0
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

    def position(self, offset: int, row: int) -> Position:
        """For `go_on`: where to go on, behind which row, and how much has been digested."""
        return {"offset": offset, "row": row, "digested": self._done, "sha256": self._digest.copy().hexdigest()}

    def checkpoint(self, row: int) -> Position | None:
        """A position behind this row for a form without a place to begin in, when the last checkpoint lies some MiB back; else None."""
        if self._done - self._checked < _CHECKPOINT:
            return None
        self._checked = self._done
        return self.position(0, row)

    def known_rows(self, position: Position | None) -> int:
        """The rows before a checkpoint of the kind that `checkpoint` gives, when the file is still the same; stands at the start."""
        known = position is not None and not position.get("offset") and self.go_on(position)
        self._checked = self._done
        return int(position["row"]) if known and position is not None else 0

    def go_on(self, position: Position) -> bool:
        """Reads what an earlier import had digested, and then stands at its `offset`; false, and at the start, if it is not what that had read.

        Raises:
            HashSetError: It cannot be read.
        """
        if "sha256" not in position:
            return False
        digested, offset = int(position["digested"]), int(position["offset"])
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

    def __init__(self, file: ListFile, position: Position | None = None) -> None:
        self._file = file
        self._row = self._checked = 0
        self._offset = len(codecs.BOM_UTF8) if file.head.startswith(codecs.BOM_UTF8) else 0
        self._lines = self._wide() if file.is_utf16 else self._plain()
        self.went_on = False
        if file.is_utf16:
            known = file.known_rows(position)
            self.went_on = known > 0
            while self._row < known:
                next(self._lines)
        elif position is not None:
            self.went_on = file.go_on(position)
            if self.went_on:
                self._row, self._offset = int(position["row"]), int(position["offset"])
                self._checked = self._offset
        if not self.went_on and self._offset:
            file.read(self._offset)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self._lines

    def __next__(self) -> tuple[int, str]:
        return next(self._lines)

    def checkpoint(self) -> Position | None:
        """Where the line after the last one begins, when the last checkpoint lies some MiB back; else None."""
        if self._file.is_utf16:
            return self._file.checkpoint(self._row)
        if self._offset - self._checked < _CHECKPOINT:
            return None
        self._checked = self._offset
        return self._file.position(self._offset, self._row)

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
        opening: Of `RecordPlace`, for checkpoints between records; without one they are only counted.
        position: Of `checkpoint`. If the file is still the same the text is `opening`, with its one record, and then what follows the checkpoint,
            or all of it where there is no opening; `known` says how many records stand before it.

    Attributes:
        went_on: Whether it goes on from the position. `known`: records before it. `passed`: how many of them the text still holds.
    """

    def __init__(
        self, file: ListFile, ahead_bytes: int, opening: bytes = b"", position: Position | None = None
    ) -> None:
        self._file = file
        self._ahead_bytes = ahead_bytes
        self._ahead = self._open_brackets = self._cuts = 0
        self._last = self._held = b""
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace") if file.is_utf16 else None
        self._opening = b"" if self._decoder is not None else opening
        self._offset = self.known = self.passed = 0
        self._ends_object = False
        if not self._opening:
            self.known = self.passed = file.known_rows(position)
        elif position is not None and position.get("offset") and file.go_on(position):
            self.known, self.passed = int(position["row"]), 1
            self._offset, self._held = int(position["offset"]), self._opening
            # It stands in no file.
            self._offset -= len(self._held)
        self.went_on = self.known > 0
        if not self._held and file.head.startswith(codecs.BOM_UTF8):
            self._offset = len(file.read(len(codecs.BOM_UTF8)) or b"")
        self._checked = self._offset

    def read(self, size: int = -1) -> bytes:
        """The next bytes, about `size` of them; none at the end.

        Raises:
            HashSetError: The file cannot be read, or a bound was passed.
        """
        if not size:
            # A parser asks so whether it gets text or bytes.
            return b""
        block, self._held = self._held or self._decoded(size), b""
        self._ends_object = False
        if self._opening and self._offset - self._checked >= _CHECKPOINT:
            # A checkpoint is due: no further than to the end of the next object, which may be that of a record.
            end = block.find(b"}") + 1
            if end:
                block, self._held, self._ends_object = block[:end], block[end:], True
            self._cuts += 1
            if self._cuts > _CUTS:
                # A record of so many parts is passed over at full speed; the next one may be another.
                self._checked, self._cuts = self._offset, 0
        self._offset += len(block)
        self._check(block)
        return block

    def _decoded(self, size: int) -> bytes:
        block = self._file.read(size) or b""
        while self._decoder is not None:
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode("utf-8", "replace")
            block = self._file.read(size) or b""
        return block

    def checkpoint(self, row: int, record: object) -> Position | None:
        """Where the text after this record goes on, when the last checkpoint lies some MiB back and the place is known; else None.

        Args:
            row: Of the record that a parser gave last. `record`: the record.
        """
        if not self._opening:
            return self._file.checkpoint(row)
        # What was given last ends with the one brace that it holds: an object that is done is done there.
        if not self._ends_object or not isinstance(record, dict):
            return None
        self._checked, self._cuts = self._offset, 0
        return self._file.position(self._offset, row)

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
