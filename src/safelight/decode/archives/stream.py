"""gzip, bzip2 and xz: a TAR inside is read as such, anything else is one member."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from typing import IO, Any, Final

from safelight.decode import formats
from safelight.decode.archives import tar
from safelight.decode.archives.bounds import Gate

__all__ = ["unpack"]

_HEAD: Final = 4096
_NAME_FLAG, _EXTRA_FLAG = 0x08, 0x04


def unpack(file: IO[bytes], gate: Gate) -> None:
    """Passes on the members of a compressed TAR, or the one member of a compressed file."""
    head = file.read(_HEAD)
    file.seek(0)
    form = formats.sniff(head)
    opened: Any
    if form is formats.GZIP:
        opened = gzip.GzipFile(fileobj=file, mode="rb")
    elif form is formats.BZIP2:
        opened = bz2.BZ2File(file, "rb")
    else:
        opened = lzma.LZMAFile(file, "rb")  # noqa: SIM115 - as above
    buffered = io.BufferedReader(opened, 1 << 16)
    try:
        inside = formats.sniff(buffered.peek(_HEAD)[:_HEAD])
    except (OSError, EOFError, lzma.LZMAError, ValueError):
        # Damaged from the start: copying it says so, with what there is.
        inside = formats.UNKNOWN
    if inside is formats.TAR:
        tar.unpack(buffered, gate)
        return
    name, modified_ns = _gzip_header(head) if form is formats.GZIP else (b"", None)
    gate.copy(name, None, modified_ns, buffered.read1)


def _gzip_header(head: bytes) -> tuple[bytes, int | None]:
    """File name (may be empty) and time of a gzip header (RFC 1952)."""
    flags, seconds = (head[3], int.from_bytes(head[4:8], "little")) if len(head) >= 10 else (0, 0)
    offset = 10
    if flags & _EXTRA_FLAG:
        offset += 2 + int.from_bytes(head[offset : offset + 2], "little")
    end = head.find(b"\0", offset)
    name = head[offset:end] if flags & _NAME_FLAG and end > 0 else b""
    return name, seconds * 1_000_000_000 if seconds else None
