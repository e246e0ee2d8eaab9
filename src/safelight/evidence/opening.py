"""Opens again what a case says lies at a place, to show it to a person: a file below a source, or a member of an archive.

As when it was listed, nothing is written, no link is followed below the source, and archives are read by walled workers within the bounds
of the nest. Whoever asks must compare the digest of what comes back: another file can lie there by now.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, Final

from safelight.decode.archives.member import Member
from safelight.evidence.entry import FileEntry
from safelight.evidence.files import open_below
from safelight.evidence.members import may_open, members
from safelight.evidence.nest import Nest
from safelight.model import Location, MediaFile

if TYPE_CHECKING:
    from safelight.decode.limits import Limits

__all__ = ["file_at"]

_SECONDS: Final = 120.0


def file_at(
    location: Location,
    unpack: Callable[[int], Generator[tuple[Member, int | None], None, None]],
    limits: Limits,
    *,
    seconds: float = _SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """A read-only descriptor of what lies at a place now; the caller closes it.

    Args:
        location: The place. `unpack`: unpacks an archive behind the wall and takes the descriptor that it is given.
        limits: Bounds of archives. `seconds`: for finding a member, however many stand before it.

    Raises:
        OSError: It is not attached, is no plain file, cannot be read, or the member is not there or not reached in time.
    """
    give_up = clock() + seconds
    descriptor = open_below(location.source, location.parts[0])
    here = Location(location.source, location.parts[:1])
    nest = Nest(os.fstat(descriptor).st_size, limits)
    for part in location.parts[1:]:
        if not may_open(here, limits):
            os.close(descriptor)
            raise OSError(0, "it lies in more archives inside one another than the settings open")
        wanted = here.inside(part)
        descriptor = _member(MediaFile(location=here), wanted, unpack(descriptor), nest, give_up, clock)
        here = wanted
    return descriptor


def _member(
    archive: MediaFile,
    wanted: Location,
    unpacked: Generator[tuple[Member, int | None], None, None],
    nest: Nest,
    give_up: float,
    clock: Callable[[], float],
) -> int:
    with closing(unpacked):
        for entry in members(archive, unpacked, nest):
            if isinstance(entry, FileEntry):
                try:
                    if entry.media_file.location == wanted:
                        return entry.open()
                finally:
                    entry.close()
            elif entry.media_file.location == wanted:
                raise OSError(0, " ".join(finding.what for finding in entry.findings).rstrip("."))
            if clock() > give_up:
                raise OSError(0, "the archive member was not reached in time")
    raise OSError(0, "the archive does not hold this member any more")
