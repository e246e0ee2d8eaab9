"""7z, through py7zr, straight into anonymous memory: nothing is ever written to a path."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import IO, Any, Final

import py7zr
from py7zr.exceptions import PasswordRequired
from py7zr.io import Py7zIO, WriterFactory

from safelight.decode.archives.bounds import BoundReached, Gate, Spool, finding
from safelight.decode.archives.member import Member

__all__ = ["unpack"]

_ENCRYPTED: Final = (
    "The member is encrypted; its name, size and time are kept. Unpack it with its password and run triage on it."
)


def unpack(file: IO[bytes], gate: Gate) -> None:
    """Passes on the members of a 7z archive in order; a damaged member ends its archive, what came before is kept."""
    try:
        archive = py7zr.SevenZipFile(file)
    except PasswordRequired:
        gate.about_archive(
            finding(
                "The list of the archive's members is encrypted: neither names nor content can be read without its password."
            )
        )
        return
    with archive:
        if archive.needs_password():
            for item in archive.files:
                if not item.is_directory:
                    gate.listed(_member(item, finding(_ENCRYPTED)))
            return
        writers = _Writers(gate, archive.files)
        try:
            archive.extractall(factory=writers)
        except BoundReached as error:
            writers.break_off(f"The member was read in part: {error}.")
            raise
        except Exception as error:
            writers.break_off(f"The member is damaged and was read in part: {type(error).__name__}.")
            raise


def _name(item: Any) -> bytes:
    return str(item.filename).encode("utf-8", "surrogatepass")


def _member(item: Any, what: Any) -> Member:
    return Member(name=_name(item), size_bytes=item.uncompressed, modified_ns=_modified_ns(item), findings=(what,))


def _modified_ns(item: Any) -> int | None:
    stamp = item.lastwritetime
    return None if stamp is None else int(stamp.totimestamp() * 1_000_000_000)


class _Writers(WriterFactory):
    """Gives the unpacker a writer for each member."""

    def __init__(self, gate: Gate, items: Any) -> None:
        self._gate = gate
        # The unpacker asks with a cleaned name; the exact one is what the case keeps.
        self._items = {
            PurePosixPath(str(item.filename)).as_posix(): item
            for item in reversed(list(items))
            if not item.is_directory
        }
        self._current: _Writer | None = None

    def create(self, filename: str) -> Py7zIO:
        """Starts the next member."""
        item = self._items.get(filename)
        name = _name(item) if item is not None else filename.encode("utf-8", "surrogatepass")
        size_bytes, modified_ns = (item.uncompressed, _modified_ns(item)) if item is not None else (None, None)
        self._current = _Writer(self._gate.begin(name, size_bytes, modified_ns))
        return self._current

    def break_off(self, what: str) -> None:
        """Passes on the member that was being written when the archive failed, with what there is of it."""
        if self._current is not None:
            self._current.end(finding(what))


class _Writer(Py7zIO):
    """One member on its way into memory."""

    def __init__(self, spool: Spool) -> None:
        self._spool: Spool | None = spool
        self._size = 0

    def write(self, s: bytes | bytearray) -> int:
        assert self._spool is not None
        self._size += len(s)
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
        self.end()

    def end(self, *findings: Any) -> None:
        """Passes the member on, once."""
        if self._spool is not None:
            spool, self._spool = self._spool, None
            spool.end(*findings)
