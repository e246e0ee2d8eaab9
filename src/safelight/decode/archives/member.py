"""What an unpacking worker says of one archive member."""

from __future__ import annotations

from dataclasses import dataclass

from safelight.model import Finding

__all__ = ["Member"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of an archive, or (`name` is None) a finding on the archive itself.

    Attributes:
        name: Exact bytes of the member's name; None for a finding on the archive as a whole.
        size_bytes: Size as the archive's directory states it; None when it does not.
        modified_ns: Modification time as recorded, nanoseconds since 1970 UTC; None when not recorded.
        digests: (sha256, sha1, md5) of a member that is too large to be held in memory; else None.
        findings: What could not be done: encrypted, damaged, a link, a device, a bound reached.
    """

    name: bytes | None
    size_bytes: int | None = None
    modified_ns: int | None = None
    digests: tuple[str, str, str] | None = None
    findings: tuple[Finding, ...] = ()
