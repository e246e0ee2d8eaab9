"""Turns what an unpacking worker passes on into entries with their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from safelight.decode.archives.member import Member
from safelight.evidence.entry import FileEntry, Problem
from safelight.model import Location, MediaFile

if TYPE_CHECKING:
    from safelight.decode.limits import Limits

__all__ = ["may_open", "members"]


def may_open(location: Location, limits: Limits) -> bool:
    """Whether an archive that lies here may be opened: `archive_depth` archives inside one another at most."""
    return location.depth < limits.archive_depth


def members(archive: MediaFile, unpacked: Iterator[tuple[Member, int | None]]) -> Iterator[FileEntry | Problem]:
    """Yields the members of an archive.

    A name that stands twice in an archive gets a slash and a number (`/2`, `/3`), the first that no member before it has; so places
    differ, and are the same in every run. Findings on the archive as a whole become problems at the place `/` inside it.

    Args:
        archive: The archive. `unpacked`: as `Wall.unpack` yields it; its descriptors are owned by the entries from then on.
    """
    used: set[bytes] = set()
    for member, descriptor in unpacked:
        name = member.name if member.name is not None else b"/"
        part, number = name, 1
        while part in used:
            number += 1
            part = b"%s/%d" % (name, number)
        used.add(part)
        media_file = MediaFile(
            location=archive.location.inside(part), size_bytes=member.size_bytes, modified_ns=member.modified_ns
        )
        if descriptor is None and member.digests is None:
            yield Problem(media_file, member.findings)
            continue
        yield FileEntry(media_file, digests=member.digests, findings=member.findings, _descriptor=descriptor)
