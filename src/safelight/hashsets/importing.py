"""Tells the form of a list file by its content, and yields its entries."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from safelight.hashsets.entry import Entry, ImportReport, Rejected
from safelight.hashsets.source import ImportProgress, JsonText, ListFile, no_progress, unreadable
from safelight.hashsets.text import csv_header, read_csv, read_plain
from safelight.hashsets.vics import looks_like_vics, media_prefix, read_vics
from safelight.model import MatchHow

__all__ = ["read_list"]

_LINE_CHARS: Final = 1 << 16
_RECORD_BYTES: Final = 32 << 20
"""Bytes of Project VIC JSON in which a media record must end: real ones have a few KiB, and a record is held in memory."""


def read_list(
    path: Path, kind: MatchHow | None, report: ImportReport, on_progress: ImportProgress = no_progress
) -> Iterator[Entry | Rejected]:
    """Yields the entries and the rejected rows of a list file, in bounded memory.

    Args:
        path: The file. `kind`: what its hashes are, where it does not say.
        report: Gets the form, what is not used and, at the end, the digest of the file. `on_progress`: told of every MiB read.

    Raises:
        HashSetError: It is no file, cannot be read, is cut off, is binary, or does not say what its hashes are.
    """
    with ListFile(path, on_progress) as file:
        if not file.head.strip():
            raise unreadable(path, "the file is empty")
        if looks_like_vics(file.text_head):
            report.form = "Project VIC JSON"
            yield from _vics(path, file, report)
        elif file.text_head.lstrip()[:1] in {b"{", b"["}:
            raise unreadable(path, "the file is JSON, but not of Project VIC")
        elif not file.is_utf16 and b"\0" in file.head:
            raise unreadable(path, "the file is binary, or UTF-16 without a byte order mark")
        else:
            yield from _text(path, file, kind, report)
        report.file_sha256 = file.sha256()


def _vics(path: Path, file: ListFile, report: ImportReport) -> Iterator[Entry | Rejected]:
    import ijson

    try:
        with ListFile(path) as other:
            prefix = media_prefix(JsonText(other, _RECORD_BYTES))
        text = JsonText(file, _RECORD_BYTES)
        for item in read_vics(text, prefix, report.unused):
            text.mark()
            yield item
    except ijson.JSONError as error:
        raise unreadable(path, f"the JSON is damaged or cut off ({str(error).splitlines()[0][:200]})") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        # Exponents beyond reason, say: no exporter writes that.
        raise unreadable(path, f"the JSON cannot be read ({type(error).__name__}: {str(error)[:200]})") from error


def _text(path: Path, file: ListFile, kind: MatchHow | None, report: ImportReport) -> Iterator[Entry | Rejected]:
    encoding = "utf-16" if file.is_utf16 else "utf-8-sig"
    # Bytes that are no UTF-8 stay visible, as escapes, instead of all becoming the same sign.
    text = io.TextIOWrapper(io.BufferedReader(file, 1 << 18), encoding, errors="backslashreplace")
    lines = _lines(path, text)
    # Blank and comment lines, and the line in which a spreadsheet names its delimiter, may stand above a header.
    first = next((item for item in lines if item[1].strip() and not item[1].startswith(("#", "sep=", "SEP="))), (0, ""))
    if header := csv_header(first[1]):
        report.form = "CSV with a header"
        yield from read_csv(lines, header, kind, report.unused)
    else:
        report.form = "plain text"
        yield from read_plain(first, lines, kind, report.unused)
    text.detach().detach()


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    """Numbered lines of bounded length: a list has no line of 64 KiB, and a hostile one must not fill the memory."""
    row = 0
    while line := text.readline(_LINE_CHARS):
        if len(line) == _LINE_CHARS:
            raise unreadable(path, "a line is longer than 65,536 characters")
        row += 1
        yield row, line
