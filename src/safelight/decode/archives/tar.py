"""TAR, plain or out of a compressed stream, read from front to back. Source: POSIX ustar and pax, and GNU tar's extensions."""

from __future__ import annotations

import tarfile
from typing import IO, Final

from safelight.decode.archives.bounds import Gate, finding
from safelight.decode.archives.member import Member
from safelight.model import Outcome

__all__ = ["unpack"]

_STEP: Final = 1 << 20
_KINDS: Final = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a named pipe",
}


def unpack(file: IO[bytes], gate: Gate) -> None:
    """Passes on the members of a TAR in order; where it breaks off, what came before is kept."""
    with tarfile.open(fileobj=file, mode="r|", errorlevel=2) as archive:
        while (info := archive.next()) is not None:
            # The list of members is kept by the library for look-ups that are never made here.
            archive.members = []  # type: ignore[attr-defined]
            name = info.name.encode("utf-8", "surrogateescape")
            modified_ns = int(info.mtime * 1_000_000_000)
            if info.isdir():
                continue
            if info.type in _KINDS:
                target = info.linkname.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
                what = finding(
                    f"The member is {_KINDS[info.type]}; it was listed and not followed.",
                    outcome=Outcome.DID_NOT_RUN,
                    target=target,
                )
                gate.listed(Member(name=name, size_bytes=info.size, modified_ns=modified_ns, findings=(what,)))
                continue
            source = archive.extractfile(info)
            if source is None:
                what = finding("The member is of an unknown kind; it was listed and not read.")
                gate.listed(Member(name=name, size_bytes=info.size, modified_ns=modified_ns, findings=(what,)))
                continue
            gate.copy(name, info.size, modified_ns, source.read)
        _check_rest(archive, gate)


def _check_rest(archive: tarfile.TarFile, gate: Gate) -> None:
    """Reads on behind the end mark: damage can forge that mark, and a compressed stream keeps its checksum at its end."""
    stream, behind = archive.fileobj, 0
    assert stream is not None
    while block := stream.read(_STEP):
        gate.count(len(block))
        behind += len(block) if block.strip(b"\0") else 0
    if behind:
        gate.about_archive(
            finding(f"About {behind:,} bytes that are not empty follow the end mark; they were not read as members.")
        )
