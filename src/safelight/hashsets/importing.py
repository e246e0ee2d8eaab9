"""Opens a list file, tells its form by content, and yields its entries."""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from safelight.errors import HashSetError
from safelight.hashsets.entry import Entry, ImportReport, Rejected
from safelight.hashsets.text import csv_header, read_csv, read_plain
from safelight.hashsets.vics import looks_like_vics, read_vics
from safelight.model import MatchHow

__all__ = ["file_sha256", "read_list"]

_HEAD: Final = 1 << 16
_LINE_CHARS: Final = 1 << 16


def file_sha256(path: Path) -> str:
    """Digest of the list file.

    Raises:
        HashSetError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def read_list(path: Path, kind: MatchHow | None, report: ImportReport) -> Iterator[Entry | Rejected]:
    """Yields the entries and the rejected rows of a list file.

    Args:
        path: The file. `kind`: what its hashes are, where it does not say. `report`: gets the form and what is not used.

    Raises:
        HashSetError: It cannot be read, is cut off, is binary, or does not say what its hashes are.
    """
    import ijson

    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            if not head.strip():
                raise _unreadable(path, "the file is empty")
            stream.seek(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
            if looks_like_vics(head):
                report.form = "Project VIC JSON"
                yield from read_vics(stream, report.unused)
            elif head.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] in {b"{", b"["}:
                raise _unreadable(path, "the file is JSON, but not of Project VIC")
            else:
                yield from _text(path, stream, head, kind, report)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except ijson.JSONError as error:
        raise _unreadable(path, f"the JSON is damaged or cut off ({error})") from error


def _text(
    path: Path, stream: IO[bytes], head: bytes, kind: MatchHow | None, report: ImportReport
) -> Iterator[Entry | Rejected]:
    encoding = "utf-8"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
        stream.seek(0)
    elif b"\0" in head:
        raise _unreadable(path, "the file is binary")
    lines = _lines(path, io.TextIOWrapper(stream, encoding, errors="replace", newline=None))
    first = next(lines, "")
    while first.strip().startswith("#"):
        first = next(lines, "")
    if header := csv_header(first):
        report.form = "CSV with a header"
        yield from read_csv(lines, *header, kind)
        return
    report.form = "plain text"

    def numbered() -> Iterator[tuple[int, str]]:
        yield 1, first
        yield from enumerate(lines, 2)

    yield from read_plain(numbered(), kind)


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    """Lines of bounded length: a list has no line of 64 KiB, and a hostile one must not fill the memory."""
    while line := text.readline(_LINE_CHARS):
        if len(line) == _LINE_CHARS:
            raise _unreadable(path, "a line is longer than 65,536 characters")
        yield line


def _unreadable(path: Path, why: str) -> HashSetError:
    return HashSetError(
        f"The list {path} cannot be imported: {why}.",
        kept="Nothing was imported.",
        advice="Plain text, CSV with a header, and Project VIC JSON 1.3 and 2.0 are read; check the file.",
    )
