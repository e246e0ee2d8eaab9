"""What a source is made of: files that can be opened, and places that cannot."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from safelight.model import Finding, MediaFile, Outcome

__all__ = ["VERSION", "FileEntry", "Problem", "could_not_look"]

VERSION = "1"
_READER = "evidence"


@dataclass(slots=True)
class FileEntry:
    """One file, on disk or in an archive.

    Attributes:
        media_file: Its place, size and times.
        digests: (sha256, sha1, md5) of an archive member too large to be held in memory, which cannot be opened; else None.
        findings: What is to be said of the place.
    """

    media_file: MediaFile
    digests: tuple[str, str, str] | None = None
    findings: tuple[Finding, ...] = ()
    _opener: Callable[[], int] | None = field(default=None, repr=False)
    _descriptor: int | None = field(default=None, repr=False)

    def open(self) -> int:
        """A new read-only descriptor; the caller closes it. May be called more than once until `close`.

        Raises:
            OSError: The file cannot be opened, or is not the file that was listed.
        """
        if self._descriptor is not None:
            return os.dup(self._descriptor)
        if self._opener is None:
            raise OSError("the entry holds no bytes")
        return self._opener()

    def close(self) -> None:
        """Gives back the memory of an archive member; a file on disk needs no closing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that is listed and cannot, or must not, be opened; the findings say why."""

    media_file: MediaFile
    findings: tuple[Finding, ...]


def could_not_look(what: str, *, outcome: Outcome = Outcome.COULD_NOT_LOOK, **details: str | int | None) -> Finding:
    """A finding on a place."""
    return Finding(
        reader=_READER,
        version=VERSION,
        outcome=outcome,
        what=what,
        does_not_show="Nothing is known about its content.",
        details=dict(details),
    )
