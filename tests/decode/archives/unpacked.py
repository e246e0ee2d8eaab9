"""What comes out of an archive, in this process."""

from __future__ import annotations

import os

from safelight.decode.archives.member import Member
from safelight.decode.archives.unpack import unpack
from safelight.decode.limits import Limits

Unpacked = list[tuple[Member, bytes | None]]


def unpacked(content: bytes, **bounds: int) -> Unpacked:
    """The members of an archive with their bytes."""
    found: Unpacked = []

    def emit(member: Member, descriptor: int | None) -> None:
        data = None
        if descriptor is not None:
            data = os.pread(descriptor, 1 << 26, 0)
            os.close(descriptor)
        found.append((member, data))

    fd = os.memfd_create("archive")
    try:
        os.write(fd, content)
        unpack(fd, Limits(**bounds), emit)  # type: ignore[arg-type]
    finally:
        os.close(fd)
    return found


def words(found: Unpacked) -> str:
    """Everything that was said, in one text."""
    return "\n".join(finding.what for member, _ in found for finding in member.findings)
