"""The bounds of one archive, and the copying of a member into anonymous memory under them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from safelight.decode.archives.member import Member
from safelight.decode.limits import Limits
from safelight.model import Finding, JsonValue, Outcome, display_text

__all__ = ["RATIO_COUNTS_FROM_BYTES", "BoundReached", "Gate", "Spool", "finding", "link_finding"]

_STEP: Final = 1 << 20
RATIO_COUNTS_FROM_BYTES: Final = 16 << 20
"""Unpacked bytes from which on the ratio to the packed ones counts: a small, bland picture may be packed 1,000 to 1."""

_TARGET_BYTES: Final = 4_096
_NAME_BYTES: Final = 1 << 16
"""Longest name that is passed on whole, the same figure as in `replies`."""
_NAME_KEPT: Final = 4_096
VERSION: Final = "1"

Emit = Callable[[Member, "int | None"], None]


def finding(what: str, *, outcome: Outcome = Outcome.COULD_NOT_LOOK, **details: str | int) -> Finding:
    """A finding on an archive or on a member."""
    return Finding(
        reader="archive",
        version=VERSION,
        outcome=outcome,
        what=what,
        does_not_show="Nothing is known about the content that was not read.",
        details=dict(details),
    )


def link_finding(content: bytes) -> Finding:
    """On a member that is marked as a link: its content is the target, if it is a link.

    It is read as a file all the same, since a mark in a header must not keep content from being looked at.
    """
    return Finding(
        reader="archive",
        version=VERSION,
        what="The archive marks this member as a symbolic link; it was not followed, and its content was read as that of a file.",
        details={"target": display_text(content[:_TARGET_BYTES])},
    )


class BoundReached(Exception):
    """A bound of the whole archive was reached; nothing more of it is read.

    Args:
        what: The bound, in words. `bound`: its name in `Limits`. `limit`: its value there.
    """

    def __init__(self, what: str, bound: str, limit: int) -> None:
        super().__init__(what)
        self.bound, self.limit = bound, limit

    def finding(self, what: str) -> Finding:
        """A finding that says so in these words, and names the bound for a later run with a higher one."""
        return finding(what, bound=self.bound, limit=self.limit)


class Gate:
    """Counts what comes out of one archive and passes it on.

    Args:
        packed_bytes: Size of the archive. `limits`: the bounds. `emit`: takes members.
    """

    def __init__(self, packed_bytes: int, limits: Limits, emit: Emit) -> None:
        self._limits = limits
        self._emit = emit
        self._ceiling = max(RATIO_COUNTS_FROM_BYTES, packed_bytes * limits.archive_ratio)
        self._unpacked = 0
        self._members = 0

    def listed(self, member: Member) -> None:
        """Passes on a member whose bytes cannot be read.

        Raises:
            BoundReached: There are too many members.
        """
        self._count_member()
        self.pass_on(member, None)

    def about_archive(self, *findings: Finding) -> None:
        """Passes on findings on the archive as a whole."""
        self._emit(Member(name=None, findings=findings), None)

    def begin(self, name: bytes, size_bytes: int | None, modified_ns: int | None) -> Spool:
        """Starts a member whose bytes are about to be written.

        Raises:
            BoundReached: There are too many members.
        """
        self._count_member()
        return Spool(self, name, size_bytes, modified_ns)

    def copy(
        self,
        name: bytes,
        size_bytes: int | None,
        modified_ns: int | None,
        read: Callable[[int], bytes],
        findings: Callable[[], tuple[Finding, ...]] = tuple,
    ) -> None:
        """Copies a whole member; what the reader raises becomes a finding, and what came before is kept.

        Args:
            name: Of the member; likewise `size_bytes`, `modified_ns`. `read`: gives its next bytes, none at the end.
            findings: What else is to be said of it, asked for when all of it was read.

        Raises:
            BoundReached: A bound of the archive was reached; the member was passed on with what there was of it.
        """
        spool = self.begin(name, size_bytes, modified_ns)
        try:
            while block := read(_STEP):
                spool.write(block)
        except BoundReached as error:
            spool.end(error.finding(f"The member was read in part: {error}."))
            raise
        except MemoryError:
            spool.drop()
            raise
        except Exception as error:  # noqa: BLE001 - unpackers raise nearly anything for damaged bytes; the member keeps its finding
            text = str(error)[:200] or type(error).__name__
            spool.end(finding(f"The member is damaged and was read in part: {type(error).__name__}: {text}."))
            return
        spool.end(*findings())

    def count(self, size_bytes: int) -> None:
        """Counts unpacked bytes.

        Raises:
            BoundReached: They are too many, in all or against the archive's size.
        """
        self._unpacked += size_bytes
        if self._unpacked > self._limits.archive_total_bytes:
            limit = self._limits.archive_total_bytes
            raise BoundReached(f"more than {limit:,} bytes came out of the archive", "archive_total_bytes", limit)
        if self._unpacked > self._ceiling:
            raise BoundReached(
                f"{self._unpacked:,} bytes came out of the archive, more than {self._limits.archive_ratio} for each of its own",
                "archive_ratio",
                self._limits.archive_ratio,
            )

    def _count_member(self) -> None:
        self._members += 1
        if self._members > self._limits.archive_members:
            limit = self._limits.archive_members
            raise BoundReached(f"it holds more than {limit:,} members", "archive_members", limit)

    @property
    def member_bytes(self) -> int:
        """Size up to which a member is held in memory."""
        return self._limits.member_bytes

    def pass_on(self, member: Member, descriptor: int | None) -> None:
        """Hands a member over; the descriptor is gone afterwards."""
        self._emit(_fitting(member), descriptor)


def _fitting(member: Member) -> Member:
    """The member with what no file system can state taken out of it and into a finding: it must not cost the archive."""
    name, findings = member.name, list(member.findings)
    if name is not None and len(name) > _NAME_BYTES:
        what = f"The member's name has {len(name):,} bytes; the first {_NAME_KEPT:,} are kept."
        findings.append(_fact(what, name_bytes=len(name), name_sha256=hashlib.sha256(name).hexdigest()))
        name = name[:_NAME_KEPT]
    size_bytes, modified_ns = member.size_bytes, member.modified_ns
    if size_bytes is not None and not 0 <= size_bytes < 1 << 63:
        findings.append(_fact("The archive states a size that cannot be; it is kept here.", size_bytes=hex(size_bytes)))
        size_bytes = None
    if modified_ns is not None and not -(1 << 63) <= modified_ns < 1 << 63:
        what = "The archive states a time that cannot be; it is kept here, in nanoseconds since 1970."
        findings.append(_fact(what, modified_ns=hex(modified_ns)))
        modified_ns = None
    return replace(member, name=name, size_bytes=size_bytes, modified_ns=modified_ns, findings=tuple(findings))


def _fact(what: str, **details: JsonValue) -> Finding:
    return Finding(reader="archive", version=VERSION, what=what, details=details)


class Spool:
    """One member on its way into anonymous memory; past the bound it is digested only."""

    def __init__(self, gate: Gate, name: bytes, size_bytes: int | None, modified_ns: int | None) -> None:
        self._gate = gate
        self._name = name
        self._size_bytes = size_bytes
        self._modified_ns = modified_ns
        self._written = 0
        self._descriptor: int | None = os.memfd_create("member", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._digests: tuple[hashlib._Hash, ...] | None = None

    def write(self, block: bytes | bytearray | memoryview) -> int:
        """Takes the next bytes.

        Raises:
            BoundReached: A bound of the archive was reached.
        """
        self._gate.count(len(block))
        if self._descriptor is not None and self._written + len(block) > self._gate.member_bytes:
            self._digest_only()
        self._written += len(block)
        if self._descriptor is None:
            assert self._digests is not None
            for digest in self._digests:
                digest.update(block)
        else:
            view = memoryview(block)
            while view:
                view = view[os.write(self._descriptor, view) :]
        return len(block)

    def _digest_only(self) -> None:
        """Digests what is there and goes on without keeping it."""
        self._digests = tuple(hashlib.new(name, usedforsecurity=False) for name in ("sha256", "sha1", "md5"))
        assert self._descriptor is not None
        offset = 0
        while block := os.pread(self._descriptor, _STEP, offset):
            offset += len(block)
            for digest in self._digests:
                digest.update(block)
        self.drop()

    def end(self, *findings: Finding) -> None:
        """Passes the member on with what was written."""
        digests = None
        if self._digests is not None:
            sha256, sha1, md5 = (digest.hexdigest() for digest in self._digests)
            digests = (sha256, sha1, md5)
            too_large = (
                f"The member has {self._written:,} bytes, more than are held in memory; it was digested and not examined. "
                "Unpack it and run triage on it."
            )
            findings = (*findings, finding(too_large, outcome=Outcome.DID_NOT_RUN))
        member = Member(
            name=self._name,
            size_bytes=self._size_bytes if digests is None else self._written,
            modified_ns=self._modified_ns,
            digests=digests,
            findings=findings,
        )
        descriptor, self._descriptor = self._descriptor, None
        self._gate.pass_on(member, descriptor)

    def drop(self) -> None:
        """Gives the memory back without passing anything on."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
