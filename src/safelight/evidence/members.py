"""Turns what an unpacking worker passes on into entries with their places."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from safelight.decode.archives.member import Member
from safelight.evidence.entry import VERSION, FileEntry, Problem
from safelight.evidence.nest import Nest
from safelight.model import Finding, Location, MediaFile, Outcome

if TYPE_CHECKING:
    from safelight.decode.limits import Limits

__all__ = ["may_open", "members", "not_opened", "read_on"]


def may_open(location: Location, limits: Limits) -> bool:
    """Whether an archive that lies here may be opened: `archive_depth` archives inside one another at most."""
    return location.depth < limits.archive_depth


def members(
    archive: MediaFile, unpacked: Iterator[tuple[Member, int | None]], nest: Nest
) -> Iterator[FileEntry | Problem]:
    """Yields the members of an archive until a bound of its nest is reached.

    A name that stands twice in an archive gets a slash and a number (`/2`, `/3`), the first that no member before it has; so places
    differ, and are the same in every run. Findings on the archive as a whole become problems at the place `/` inside it.

    Args:
        archive: The archive. `unpacked`: as `Wall.unpack` yields it; its descriptors are owned by the entries from then on.
        nest: Of the outermost archive around it; counts every member.
    """
    places = _Places(archive)
    for member, descriptor in unpacked:
        name = member.name if member.name is not None else b"/"
        media_file = MediaFile(location=places.next(name), size_bytes=member.size_bytes, modified_ns=member.modified_ns)
        if descriptor is None and member.digests is None:
            nest.count(0)
            yield Problem(media_file, member.findings)
        else:
            nest.count(os.fstat(descriptor).st_size if descriptor is not None else member.size_bytes or 0)
            yield FileEntry(media_file, digests=member.digests, findings=member.findings, _descriptor=descriptor)
        if nest.reached:
            what = f"Reading of the archive stopped: {nest.reached} (counted from the outermost archive). The members before are kept."
            yield Problem(MediaFile(location=places.next(b"/")), (_stopped(what, nest),))
            return


def not_opened(archive: MediaFile, nest: Nest) -> Problem:
    """What stands for the members of an archive that is not opened any more because a bound of its nest was reached."""
    what = f"The archive was digested and not opened: of the outermost archive around it, {nest.reached}."
    return Problem(MediaFile(location=archive.location.inside(b"/")), (_stopped(what, nest),))


def read_on(place: MediaFile) -> Problem:
    """What is now to be said at a place where an earlier run stopped reading an archive, or did not open it."""
    what = "An earlier run stopped here at a bound of the settings; this one, with a higher bound, did not."
    finding = Finding(
        reader="archive", version=VERSION, outcome=Outcome.NOTHING_FOUND, what=what, does_not_show="What else is said of the archive."
    )  # fmt: skip
    return Problem(place, (finding,))


def _stopped(what: str, nest: Nest) -> Finding:
    return Finding(
        reader="archive",
        version=VERSION,
        outcome=Outcome.COULD_NOT_LOOK,
        what=what,
        does_not_show="Nothing is known about the members that were not read.",
        details=nest.details,
    )


class _Places:
    """Gives each member a place of its own."""

    def __init__(self, archive: MediaFile) -> None:
        self._archive = archive
        self._used: set[bytes] = set()
        # The last number that was tried for a name: a million members of one name must not be counted up to each time.
        self._numbers: dict[bytes, int] = {}

    def next(self, name: bytes) -> Location:
        part, number = name, self._numbers.get(name, 1)
        while part in self._used:
            number += 1
            part = b"%s/%d" % (name, number)
        if number > 1:
            self._numbers[name] = number
        self._used.add(part)
        return self._archive.location.inside(part)
