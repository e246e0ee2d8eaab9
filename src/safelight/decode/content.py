"""What a reader is given inside a worker: one file's bytes, its metadata and, on demand, its pixels.

Everything is computed at most once a file and kept for the next reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from safelight.decode import formats, metadata, pixels
from safelight.model import Finding

if TYPE_CHECKING:
    from safelight.decode.limits import Limits

__all__ = ["Content", "Fingerprinter", "Reader"]

_T = TypeVar("_T")


@dataclass(eq=False)
class Content:
    """One file inside the worker.

    Attributes:
        data: The whole file, or its head when `complete` is false (files above `Limits.content_bytes`).
        size_bytes: Size of the whole file.
        limits: The limits in force.
    """

    data: bytes
    size_bytes: int
    limits: Limits
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
        """Whether `data` is the whole file."""
        return len(self.data) == self.size_bytes

    @cached_property
    def format(self) -> formats.FileFormat:
        """The file format told by content; `formats.UNKNOWN` when it is none that we know."""
        return formats.sniff(self.data)

    @cached_property
    def metadata(self) -> metadata.Metadata:
        """Every metadata block of the file, from one bounded pass; problems met on the way are in its `problems`."""
        return metadata.collect(self.data, self.format, self.limits)

    @cached_property
    def pixels(self) -> pixels.PixelSource:
        """The pixels, decoded on demand and at most once for each form asked for."""
        return pixels.PixelSource(self.data, self.format, self.metadata, self.limits)


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
