"""ZIP, and what is a ZIP under another name (office documents, programs, comic books).

Source: PKWARE APPNOTE 6.3. A member's data are reached through the central directory, as unpacking programs do.
"""

from __future__ import annotations

import calendar
import io
import stat
import struct
import zipfile
from typing import IO, Final

from safelight.decode.archives.bounds import Gate, finding, link_finding
from safelight.decode.archives.member import Member

__all__ = ["unpack"]

_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_UNIX: Final = 3
_LINK_BYTES: Final = 1 << 16
_CENTRAL: Final = b"PK\x01\x02"
_EXTENDED_TIME: Final = 0x5455
_METHODS: Final = {
    6: "imploding",
    9: "Deflate64",
    93: "Zstandard",
    95: "xz",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
    99: "AES encryption",
}


class _ExactNames(io.BufferedReader):
    """Clears the UTF-8 flag of every header while it is read.

    `zipfile` then decodes every name as code page 437, in which each byte is a character: the exact bytes come back by encoding, and a
    name that is not valid UTF-8 despite its flag does not cost the whole archive.
    """

    header_next = False
    """Whether the next read is that of a member's own header, which must be told from data that looks like one."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size)
        if self.header_next:
            self.header_next = False
            out = bytearray(data)
            if len(out) > 7:
                out[7] &= ~(_UTF8 >> 8) & 0xFF
            return bytes(out)
        if not self._directory_next or not data.startswith(_CENTRAL):
            return data
        out, offset = bytearray(data), 0
        while data.startswith(_CENTRAL, offset) and offset + 46 <= len(data):
            out[offset + 9] &= ~(_UTF8 >> 8) & 0xFF
            offset += 46 + sum(struct.unpack_from("<3H", data, offset + 28))
        return bytes(out)

    _directory_next = True

    def directory_was_read(self) -> None:
        """From now on only headers that are announced are touched."""
        self._directory_next = False


def unpack(file: IO[bytes], gate: Gate) -> None:
    """Passes on the members of a ZIP in the order of its central directory."""
    raw = _ExactNames(file.raw)  # type: ignore[attr-defined]
    with zipfile.ZipFile(raw) as archive:
        raw.directory_was_read()
        for info in archive.infolist():
            name = info.orig_filename.encode("cp437")
            if name.endswith(b"/") and not info.file_size:
                continue
            _member(archive, raw, info, name, gate)


def _member(archive: zipfile.ZipFile, raw: _ExactNames, info: zipfile.ZipInfo, name: bytes, gate: Gate) -> None:
    modified_ns = _modified_ns(info)
    if info.flag_bits & _ENCRYPTED:
        what = finding(
            "The member is encrypted; its name, size and time are kept. Unpack it with its password and run triage on it."
        )
        gate.listed(Member(name=name, size_bytes=info.file_size, modified_ns=modified_ns, findings=(what,)))
        return
    raw.header_next = True
    try:
        source = archive.open(info)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error, RuntimeError) as error:
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        why = (
            f"its compression ({method}) is not read"
            if isinstance(error, NotImplementedError)
            else f"{error or type(error).__name__}"
        )
        what = finding(f"The member could not be opened: {str(why)[:200]}.")
        gate.listed(Member(name=name, size_bytes=info.file_size, modified_ns=modified_ns, findings=(what,)))
        return
    with source:
        if info.create_system == _UNIX and stat.S_ISLNK(info.external_attr >> 16) and info.file_size <= _LINK_BYTES:
            _link(source, name, info.file_size, modified_ns, gate)
        else:
            gate.copy(name, info.file_size, modified_ns, source.read)


def _link(source: IO[bytes], name: bytes, size_bytes: int, modified_ns: int | None, gate: Gate) -> None:
    """A member that is marked as a link; its content, which is short, is passed on like that of any other."""
    content = b""

    def read(size: int) -> bytes:
        nonlocal content
        block = source.read(size)
        content += block
        return block

    gate.copy(name, size_bytes, modified_ns, read, lambda: (link_finding(content),))


def _modified_ns(info: zipfile.ZipInfo) -> int | None:
    """The UTC time of the extended-time field; else the MS-DOS time, which has no time zone, taken as if it were UTC."""
    extra, offset = info.extra, 0
    while offset + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, offset)
        if kind == _EXTENDED_TIME and size >= 5 and offset + 9 <= len(extra) and extra[offset + 4] & 1:
            return int(struct.unpack_from("<i", extra, offset + 5)[0]) * 1_000_000_000
        offset += 4 + size
    try:
        return calendar.timegm((*info.date_time, 0, 0, 0)) * 1_000_000_000
    except (ValueError, OverflowError):
        return None
