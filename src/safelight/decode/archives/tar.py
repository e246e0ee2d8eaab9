"""TAR, plain or out of a compressed stream, read from front to back. Source: POSIX ustar and pax, and GNU tar's extensions."""

from __future__ import annotations

import tarfile
from decimal import Decimal
from typing import IO, Any, Final

from safelight.decode.archives.bounds import Gate, finding
from safelight.decode.archives.member import Member
from safelight.model import Outcome, display_text

__all__ = ["unpack"]

_STEP: Final = 1 << 20
_SECONDS_DIGITS: Final = 30
_KINDS: Final = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a named pipe",
}


def unpack(file: IO[bytes], gate: Gate) -> None:
    """Passes on the members of a TAR in order; where it breaks off, what came before is kept."""
    watched: Any = _Watched(file)
    # Names are bytes; which encoding the system prefers must not change them.
    with tarfile.open(
        fileobj=watched,
        mode="r|",
        errorlevel=2,
        encoding="utf-8",
        errors="surrogateescape",
    ) as archive:
        while (info := archive.next()) is not None:
            # The list of members is kept by the library for look-ups that are never made here.
            archive.members = []  # type: ignore[attr-defined]
            name = info.name.encode("utf-8", "surrogateescape")
            modified_ns = _modified_ns(info)
            if info.isdir():
                continue
            if info.type in _KINDS:
                target = display_text(info.linkname.encode("utf-8", "surrogateescape"))
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
        _check_rest(archive, watched, gate)


class _Watched:
    """The file, with the last bytes that were read of it kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.last = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self.last = (self.last + data)[-tarfile.BLOCKSIZE :]
        return data


def _modified_ns(info: tarfile.TarInfo) -> int | None:
    """The time to the nanosecond, which a float cannot hold; None where a text in the header is no time."""
    try:
        seconds = Decimal(info.pax_headers.get("mtime", info.mtime))
        return int(seconds * 1_000_000_000) if seconds.adjusted() < _SECONDS_DIGITS else None
    except (ArithmeticError, ValueError):
        return None


def _check_rest(archive: tarfile.TarFile, watched: _Watched, gate: Gate) -> None:
    """Reads on behind the end mark: damage can forge that mark, and a compressed stream keeps its checksum at its end."""
    stream, behind = archive.fileobj, 0
    assert stream is not None
    while block := stream.read(_STEP):
        gate.count(len(block))
        behind += len(block) if block.strip(b"\0") else 0
    if watched.last.strip(b"\0"):
        gate.about_archive(
            finding("The archive has no end mark: it may be cut off, and members after the last may be missing.")
        )
    if behind:
        gate.about_archive(
            finding(f"About {behind:,} bytes that are not empty follow the end mark; they were not read as members.")
        )
