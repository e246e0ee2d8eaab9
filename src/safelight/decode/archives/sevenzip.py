"""7z, through py7zr, straight into anonymous memory: nothing is ever written to a path.

py7zr's own `extractall` ends the whole archive at a name that it holds to be dangerous, passes over what is marked as a socket or a
folder though it has content, and stops at the first wrong checksum. Here each block of the archive is unpacked for itself and each
member checked for itself, so that none of these costs more than what it damages.
"""

from __future__ import annotations

import io
import zlib
from typing import IO, Any, Final

import py7zr
from py7zr.compressor import SupportedMethods
from py7zr.exceptions import PasswordRequired
from py7zr.io import MemIO, Py7zIO, WriterFactory

from safelight.decode.archives.bounds import BoundReached, Gate, Spool, finding, link_finding
from safelight.decode.archives.member import Member
from safelight.model import Finding

__all__ = ["unpack"]

_ENCRYPTED: Final = (
    "The member is encrypted; its name, size and time are kept. Unpack it with its password and run triage on it."
)
_FILETIME_OF_1970: Final = 116_444_736_000_000_000
"""100-nanosecond steps from 1601, where Windows begins to count, to 1970."""


class _Nameless(io.BufferedReader):
    """A file without a name: py7zr would make one up from it for a member that has none."""

    name = None


def unpack(file: IO[bytes], gate: Gate) -> None:
    """Passes on the members of a 7z archive, empty files first, then block by block."""
    try:
        archive = py7zr.SevenZipFile(_Nameless(file.raw))  # type: ignore[attr-defined]
    except PasswordRequired:
        gate.about_archive(
            finding(
                "The list of the archive's members is encrypted: neither names nor content can be read without its password."
            )
        )
        return
    with archive:
        for item in archive.files:
            if item.emptystream and not item.is_directory:
                gate.begin(_name(item), 0, _modified_ns(item)).end()
        streams = getattr(archive.header, "main_streams", None)
        if streams is None:
            return
        packed = 0
        for folder in streams.unpackinfo.folders:
            start = packed
            packed += max(1, len(folder.packed_indices))
            if folder.files is not None:
                _block(archive, folder, streams.packinfo.packpositions, start, gate)


def _block(archive: Any, folder: Any, positions: list[int], packed: int, gate: Gate) -> None:
    """Unpacks one block; whatever happens, each of its members is passed on with its name and with what could not be done."""
    writers: list[_Writer] = []
    encrypted = SupportedMethods.needs_password(folder.coders)
    for place, item in enumerate(folder.files):
        if encrypted:
            gate.listed(_member(item, finding(_ENCRYPTED)))
            continue
        writer = _Writer(gate, item)
        # Each writer checks its own sum: the first wrong one must not end the block.
        folder.files.files_list[place]["digest"] = None
        archive.worker.register_filelike(item.id, MemIO(str(item.id), _Factory(writer)))
        writers.append(writer)
    if encrypted:
        return
    offset = archive.worker.src_start
    try:
        archive.worker.extract_single(
            archive.fp, folder.files, None, offset + positions[packed], offset + positions[packed + 1], None
        )
    except BoundReached as error:
        for writer in writers:
            writer.end_started(error.finding(f"The member was read in part: {error}."))
        raise
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - unpackers raise nearly anything for damaged bytes; the members keep their finding
        why = f"{type(error).__name__}: {str(error)[:200]}".rstrip(": ")
        for writer in writers:
            writer.end_started(finding(f"The member is damaged and was read in part: {why}."))
        if all(writer.done for writer in writers):
            gate.about_archive(finding(f"A block of the archive does not end as it should: {why}."))
        for writer in writers:
            if not writer.done:
                what = finding(
                    f"The member was not read, since its block of the archive could not be read so far: {why}."
                )
                gate.listed(_member(writer.item, what))


def _name(item: Any) -> bytes:
    return str(item.filename).encode("utf-8", "surrogatepass")


def _member(item: Any, what: Finding) -> Member:
    return Member(name=_name(item), size_bytes=item.uncompressed, modified_ns=_modified_ns(item), findings=(what,))


def _modified_ns(item: Any) -> int | None:
    stamp = item.lastwritetime
    return None if stamp is None else (int(stamp) - _FILETIME_OF_1970) * 100


class _Factory(WriterFactory):
    """Gives the unpacker the writer of one member."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer

    def create(self, filename: str) -> Py7zIO:
        """Starts the member."""
        return self._writer.start()


class _Writer(Py7zIO):
    """One member on its way into memory."""

    def __init__(self, gate: Gate, item: Any) -> None:
        self.item = item
        self.done = False
        self._gate = gate
        self._expected = item.crc32
        self._spool: Spool | None = None
        self._size = self._sum = 0
        self._head = b""

    def start(self) -> _Writer:
        """The unpacker has come to this member."""
        self._spool = self._gate.begin(_name(self.item), self.item.uncompressed, _modified_ns(self.item))
        return self

    def write(self, s: bytes | bytearray) -> int:
        assert self._spool is not None
        self._size += len(s)
        self._sum = zlib.crc32(s, self._sum)
        if len(self._head) < 4096:
            self._head += bytes(s[: 4096 - len(self._head)])
        return self._spool.write(s)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        """Nothing is buffered here."""

    def size(self) -> int:
        return self._size

    def close(self) -> None:
        """The member is complete."""
        findings: list[Finding] = []
        if self._expected is not None and self._sum != self._expected:
            findings.append(
                finding("The member is damaged: its content does not have the checksum that the archive states.")
            )
        if self.item.is_symlink or self.item.is_junction:
            findings.append(link_finding(self._head))
        self.end_started(*findings)

    def end_started(self, *findings: Finding) -> None:
        """Passes the member on, once, if the unpacker had come to it."""
        if self._spool is not None:
            spool, self._spool = self._spool, None
            self.done = True
            spool.end(*findings)
