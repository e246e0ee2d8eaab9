"""Shows progress on stderr: a live line on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from safelight.errors import SafelightError
from safelight.pipeline.progress import StageCount

__all__ = ["ProgressLine", "duration_text"]

_PLAIN_EVERY_S = 5.0
_LIVE_EVERY_S = 0.2
_GIGABYTE = 1e9


def duration_text(seconds: float) -> str:
    """`2 h 05 min`, `3 min 20 s` or `8 s`."""
    whole = max(0, round(seconds))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole} s"


class ProgressLine:
    """Shows one line: stage, items done of all, items a second, time left, problems.

    Args:
        count_total: Called once in a thread of its own; returns how many files there are to read, and their bytes. Until it has
            returned the line shows no time left.
        stream: Where to write. `clock`: seconds, monotonic. `quiet`: show notes only.
    """

    def __init__(
        self,
        count_total: Callable[[], tuple[int, int]] | None = None,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        quiet: bool = False,
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._quiet = quiet
        self._live = self._stream.isatty()
        self._stage = ""
        self._stage_started = self._last_shown = clock()
        self._count: StageCount | None = None
        self._total: tuple[int, int] | None = None
        if count_total is not None and not quiet:
            threading.Thread(target=self._find_total, args=(count_total,), daemon=True).start()

    def _find_total(self, count_total: Callable[[], tuple[int, int]]) -> None:
        # What is wrong with a source is said by the work itself; without a total there is only no time left.
        with suppress(SafelightError, OSError):
            self._total = count_total()

    def update(self, count: StageCount) -> None:
        """Shows the count if it is time to."""
        now = self._clock()
        if count.stage != self._stage:
            self._end_stage(now)
            self._stage, self._stage_started, self._last_shown = count.stage, now, now
        self._count = count
        if now - self._last_shown >= (_LIVE_EVERY_S if self._live else _PLAIN_EVERY_S):
            self._last_shown = now
            self._show(self.line(now))

    def note(self, text: str) -> None:
        """Prints one line of its own."""
        if self._live:
            self._stream.write("\r\x1b[2K")
        self._stream.write(text + "\n")
        self._stream.flush()

    def line(self, now: float) -> str:
        """The line as it stands at the time `now`."""
        count = self._count
        if count is None:
            return ""
        elapsed = now - self._stage_started
        total, total_bytes = (count.total, 0) if count.total is not None or self._total is None else self._total
        done, done_bytes = count.done + count.skipped, count.bytes_done + count.bytes_skipped
        parts = [f"{count.stage}: {done:,}" + (f" of {total:,}" if total and total >= done else "")]
        if total_bytes >= _GIGABYTE and total_bytes >= done_bytes:
            parts.append(f"{done_bytes / _GIGABYTE:,.1f} of {total_bytes / _GIGABYTE:,.1f} GB")
        left = []
        if elapsed > 0 and count.done:
            rate = count.done / elapsed
            parts.append(f"{rate:,.0f} a second" if rate >= 1 else f"{60 * rate:,.0f} a minute")
            left += [(total - done) / rate] if total and total > done else []
        if elapsed > 0 and count.bytes_done:
            bytes_rate = count.bytes_done / elapsed
            parts.append(f"{bytes_rate / 1e6:,.0f} MB/s")
            left += [(total_bytes - done_bytes) / bytes_rate] if total_bytes > done_bytes else []
        if left:
            # Small files take their time by number, large ones by bytes: whichever of the two has more before it tells.
            parts.append(f"{duration_text(max(left))} left")
        if count.skipped:
            parts.append(f"{count.skipped:,} were done before")
        if count.problems:
            parts.append(f"{count.problems:,} with something that could not be read")
        return ", ".join(parts)

    def _show(self, line: str) -> None:
        if self._quiet:
            return
        self._stream.write(f"\r\x1b[2K{line}" if self._live else line + "\n")
        self._stream.flush()

    def _end_stage(self, now: float) -> None:
        # A stage that was over before its first line was due is not worth a line.
        if self._count is not None and now - self._stage_started >= 2.0:
            self._show(
                f"{self.line(now)}; took {duration_text(now - self._stage_started)}" + ("\n" if self._live else "")
            )
        elif self._live and not self._quiet:
            self._stream.write("\r\x1b[2K")
        self._count = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_stage(self._clock())


def count_files(sources: Sequence[bytes]) -> tuple[int, int]:
    """Counts the files and folders' entries below the sources, and the bytes to be read, for the time left; archives count as one."""
    from safelight.evidence import FileEntry, walk

    count = size_bytes = 0
    for source in sources:
        for entry in walk(source):
            count += 1
            size_bytes += (entry.media_file.size_bytes or 0) if isinstance(entry, FileEntry) else 0
    return count, size_bytes
