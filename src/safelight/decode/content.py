"""What a reader is given inside a worker: one file's bytes, its metadata and, on demand, its pixels.

Everything is computed at most once a file and kept for the next reader. Of a file too large to be held, metadata are read through a window;
whoever asks for its bytes or pixels is told by `NotHeldError`, which the examiner records as "did not run".
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar

from safelight.decode import formats, metadata, pixels
from safelight.decode.window import Window, WindowStream
from safelight.model import Finding

if TYPE_CHECKING:
    from safelight.decode.limits import Limits

__all__ = ["Content", "Fingerprinter", "NotHeldError", "Reader", "window_on"]

_METADATA_SHARE: Final = 0.2
_STREAM_SHARE: Final = 0.4

_T = TypeVar("_T")


class NotHeldError(Exception):
    """The whole file was asked for, and it is too large to be held in memory."""


@dataclass(eq=False)
class Content:
    """One file inside the worker.

    Attributes:
        held: The whole file, or its head when `complete` is false (files above `Limits.content_bytes`).
        size_bytes: Size of the whole file.
        limits: The limits in force.
        window: A view of the whole file where only its head is held.
    """

    held: bytes
    size_bytes: int
    limits: Limits
    window: Window | None = None
    _made: dict[Callable[[Content], Any], Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, make: Callable[[Content], _T]) -> _T:
        """What a function makes of this content: called the first time, kept for everybody who asks again. What it raises is not kept.

        Args:
            make: A function of a module; it is the key, so that a lambda or a bound method would be kept under a name nobody has.
        """
        if make not in self._made:
            self._made[make] = make(self)
        made: _T = self._made[make]
        return made

    @property
    def complete(self) -> bool:
        """Whether the whole file is held."""
        return len(self.held) == self.size_bytes

    @property
    def data(self) -> bytes:
        """The whole file.

        Raises:
            NotHeldError: It is too large to be held.
        """
        if not self.complete:
            raise NotHeldError(f"{self.size_bytes} bytes are more than are held")
        return self.held

    def stream(self) -> io.BytesIO | WindowStream:
        """The whole file as a stream, also where it is not held; one through a window gives no more after two fifths of the time for one file.

        Raises:
            NotHeldError: It is too large to be held, and there is no window.
        """
        if self.window is None or self.complete:
            return io.BytesIO(self.data)
        return self.window.stream(_seconds(self.limits, _STREAM_SHARE))

    @cached_property
    def format(self) -> formats.FileFormat:
        """The file format told by content; `formats.UNKNOWN` when it is none that we know."""
        return formats.sniff(self.held)

    @cached_property
    def metadata(self) -> metadata.Metadata:
        """Every metadata block of the file, from one bounded pass; problems met on the way are in its `problems`.

        Raises:
            NotHeldError: The file is not held, and those of its format are not read through a window.
        """
        if self.window is not None and not self.complete and metadata.in_place(self.held, self.format):
            return metadata.collect(self.window, self.format, self.limits)
        return metadata.collect(self.data, self.format, self.limits)

    @cached_property
    def pixels(self) -> pixels.PixelSource:
        """The pixels, decoded on demand and at most once for each form asked for.

        Raises:
            NotHeldError: The file is too large to be held.
        """
        return pixels.PixelSource(self.data, self.format, self.metadata, self.limits)


def window_on(descriptor: int, size_bytes: int, limits: Limits) -> Window:
    """A view of a file that is not held, for as long as its metadata may take: one fifth of the time for one file."""
    return Window(descriptor, size_bytes, seconds=_seconds(limits, _METADATA_SHARE))


def _seconds(limits: Limits, share: float) -> float:
    """Part of the time for one file, so that what reads for long ends by itself, before it is ended."""
    return share * min(limits.wall_s, 2 * limits.cpu_s)


class Reader(Protocol):
    """One reader of origin or other evidence. One file and one line in its room's registry.

    Class attributes are its documentation and its contract; `safelight doctor` and `docs/` print them.

    A reader that leaves whole kinds of files out, for a reason that its `silence_means` states, may have a method
    `applies(content) -> bool`; where that is false it is recorded as not run, with no finding.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    looks_for: ClassVar[str]
    silence_means: ClassVar[str]
    cost: ClassVar[str]
    source: ClassVar[str]
    checked_on: ClassVar[str]

    def read(self, content: Content) -> Iterable[Finding]:
        """Yields what was found; nothing when nothing was found; a `could-not-look` finding when it could not look."""
        ...


class Fingerprinter(Protocol):
    """Computes the fingerprints of one content inside a worker."""

    def __call__(self, content: Content, *, dihedral: bool) -> tuple[object, tuple[Finding, ...]]:
        """Returns (Fingerprints or None, findings)."""
        ...
