"""A file that is too large to be held, looked at through its descriptor: what is asked for is read, and nothing else.

In: an open, read-only descriptor. Out: what walkers need of `bytes` (`Source`), and a stream for libraries that take one. Only `pread` is
used: the descriptor's offset stays as it is, and nothing is mapped. It must never read without bounds: a window closes after so many bytes,
reads or seconds, and says why by an exception.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from typing import Final, Protocol, overload

__all__ = ["Source", "Window", "WindowClosedError"]

_PAGE_BITS: Final = 12
_PAGE_BYTES: Final = 1 << _PAGE_BITS
_PAGES_KEPT: Final = 64
_PIECE_BYTES_MAX: Final = 64 << 20
_SEARCH_BYTES: Final = 1 << 20
_READ_BYTES_MAX: Final = 8 << 30
_READS_MAX: Final = 2_000_000


class Source(Protocol):
    """What walkers ask of a file: the part of `bytes` that a `Window` has too."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, place: int, /) -> int: ...

    @overload
    def __getitem__(self, place: slice, /) -> bytes: ...

    def find(self, wanted: bytes, start: int = ..., end: int = ..., /) -> int:
        """As that of `bytes`; so are the others."""
        ...

    def rfind(self, wanted: bytes, start: int = ..., end: int = ..., /) -> int: ...  # noqa: D102

    def startswith(self, prefix: bytes, start: int = ..., /) -> bool: ...  # noqa: D102


class WindowClosedError(Exception):
    """No more is read through this window.

    Args:
        why: To follow "Reading stopped: ", without a full stop.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Window:
    """A file behind a descriptor, read piece by piece; the pages last used are kept (256 KiB).

    Its methods do what those of `bytes` do, and raise `WindowClosedError` where a bound is reached, the medium cannot be read, the
    file ends before `size_bytes`, or more than 64 MiB are asked for in one piece.

    Args:
        descriptor: Open for reading; whoever made the window keeps it open and closes it.
        size_bytes: Size of the file.
        seconds: Time from the first read on after which the window closes.
        most_bytes: Bytes after which it closes.
        clock: Monotonic, in seconds.
    """

    def __init__(
        self,
        descriptor: int,
        size_bytes: int,
        *,
        seconds: float,
        most_bytes: int = _READ_BYTES_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._descriptor = descriptor
        self._size_bytes = size_bytes
        self._seconds = seconds
        self._clock = clock
        self._until: float | None = None
        self._most_bytes = self._bytes_left = most_bytes
        self._reads_left = _READS_MAX
        self._pages: dict[int, bytes] = {}

    def __len__(self) -> int:
        return self._size_bytes

    @overload
    def __getitem__(self, place: int, /) -> int: ...

    @overload
    def __getitem__(self, place: slice, /) -> bytes: ...

    def __getitem__(self, place: int | slice, /) -> int | bytes:
        if isinstance(place, int):
            at = place + self._size_bytes if place < 0 else place
            if not 0 <= at < self._size_bytes:
                raise IndexError("outside of the file")
            return self._page(at >> _PAGE_BITS)[at & _PAGE_BYTES - 1]
        start, stop, step = place.indices(self._size_bytes)
        if step != 1:
            raise ValueError("only pieces without gaps are read")
        return self._piece(start, stop)

    def startswith(self, prefix: bytes, start: int = 0, /) -> bool:
        """Whether the file holds `prefix` at `start`."""
        return self[start : start + len(prefix)] == prefix

    def find(self, wanted: bytes, start: int = 0, end: int | None = None, /) -> int:
        """The first place of `wanted`, whole between `start` and `end`; -1 when there is none."""
        start, end, _ = slice(start, end).indices(self._size_bytes)
        overlap = max(0, len(wanted) - 1)
        while end - start >= len(wanted):
            at = self._piece(start, min(end, start + _SEARCH_BYTES + overlap)).find(wanted)
            if at >= 0:
                return start + at
            start += _SEARCH_BYTES
        return -1

    def rfind(self, wanted: bytes, start: int = 0, end: int | None = None, /) -> int:
        """The last place of `wanted`, whole between `start` and `end`; -1 when there is none."""
        start, end, _ = slice(start, end).indices(self._size_bytes)
        overlap = max(0, len(wanted) - 1)
        while end - start >= len(wanted):
            first = max(start, end - _SEARCH_BYTES - overlap)
            at = self._piece(first, end).rfind(wanted)
            if at >= 0:
                return first + at
            end = first + overlap if first > start else start
        return -1

    def stream(self, seconds: float) -> WindowStream:
        """A stream over the whole file, with a bound of time of its own and none of bytes."""
        return WindowStream(self._descriptor, self._size_bytes, seconds, self._clock)

    def _piece(self, start: int, stop: int) -> bytes:
        if stop <= start:
            return b""
        first, last = start >> _PAGE_BITS, stop - 1 >> _PAGE_BITS
        if first == last:
            base = first << _PAGE_BITS
            return self._page(first)[start - base : stop - base]
        if stop - start > _PIECE_BYTES_MAX:
            raise WindowClosedError(f"a part of {stop - start} bytes was to be read in one piece")
        return self._read(start, stop - start)

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            start = number << _PAGE_BITS
            page = self._read(start, min(_PAGE_BYTES, self._size_bytes - start))
            if len(self._pages) >= _PAGES_KEPT:
                del self._pages[next(iter(self._pages))]
            self._pages[number] = page
        return page

    def _read(self, start: int, count: int) -> bytes:
        now = self._clock()
        if self._until is None:
            self._until = now + self._seconds
        self._bytes_left -= count
        self._reads_left -= 1
        if now > self._until:
            raise WindowClosedError(f"it took more than {self._seconds:.0f} seconds")
        if self._bytes_left < 0 or self._reads_left < 0:
            raise WindowClosedError(f"more than {self._most_bytes} bytes or {_READS_MAX} places had to be read")
        try:
            parts = [os.pread(self._descriptor, count, start)]
            while parts[-1] and sum(map(len, parts)) < count:
                done = sum(map(len, parts))
                parts.append(os.pread(self._descriptor, count - done, start + done))
        except OSError as error:
            raise WindowClosedError(error.strerror or str(error)) from error
        found = b"".join(parts)
        if len(found) < count:
            raise WindowClosedError("the file ends there")
        return found


class WindowStream(io.RawIOBase):
    """A read-only, seekable stream over a descriptor that it does not own.

    Attributes:
        closed_why: Why it gave no more; empty while it does. What it raises is lost in libraries that call it from native code.
    """

    def __init__(self, descriptor: int, size_bytes: int, seconds: float, clock: Callable[[], float]) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._size_bytes = size_bytes
        self._seconds = seconds
        self._clock = clock
        self._until = clock() + seconds
        self._at = 0
        self.closed_why = ""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size_bytes}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Reads at most `len(buffer)` bytes; 0 at the end of the file.

        Raises:
            WindowClosedError: Its time is over, or the medium cannot be read.
        """
        if self._clock() > self._until:
            self.closed_why = f"it took more than {self._seconds:.0f} seconds"
            raise WindowClosedError(self.closed_why)
        with memoryview(buffer)[: max(0, self._size_bytes - self._at)] as target:
            try:
                got = os.preadv(self._descriptor, [target], self._at) if len(target) else 0
            except OSError as error:
                self.closed_why = error.strerror or str(error)
                raise WindowClosedError(self.closed_why) from error
        self._at += got
        return got
