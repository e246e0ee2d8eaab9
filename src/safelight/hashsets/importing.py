"""Tells the form of a list file by its content, and yields its entries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from safelight.hashsets.entry import Checkpoint, ImportReport, Item
from safelight.hashsets.exchange import (
    looks_like_exchange_json,
    looks_like_ncmec_xml,
    read_ncmec_xml,
    read_update,
    record_place,
)
from safelight.hashsets.nsrl import looks_like_sqlite, read_nsrl
from safelight.hashsets.source import ImportProgress, JsonText, ListFile, ListLines, Position, no_progress, unreadable
from safelight.hashsets.text import csv_header, read_csv, read_plain
from safelight.hashsets.vics import looks_like_vics, media_place, read_record
from safelight.model import MatchHow

__all__ = ["read_list"]

_RECORD_BYTES: Final = 32 << 20
"""Bytes of JSON in which a record must end: real ones have a few KiB, and a record is held in memory."""

_BLOCK_BYTES: Final = 1 << 18


def read_list(
    path: Path,
    kind: MatchHow | None,
    report: ImportReport,
    on_progress: ImportProgress = no_progress,
    position: Position | None = None,
) -> Iterator[Item]:
    """Yields the entries and the rejected rows of a list file, in bounded memory.

    Args:
        path: The file. `kind`: what its hashes are, where it does not say.
        report: Gets the form, what is not used and, at the end, the digest of the file. `on_progress`: told of every MiB read.
        position: Of the last checkpoint of an import that was cut off; what was yielded before it is not yielded again if the file is the
            same, and `report.resumed` says whether it is. Everything is yielded if not.

    Raises:
        HashSetError: It is no file, cannot be read, is cut off, is binary, or does not say what its hashes are.
    """
    with ListFile(path, on_progress) as file:
        if not file.head.strip():
            raise unreadable(path, "the file is empty")
        start = file.text_head.lstrip()[:1]
        if looks_like_sqlite(file.head):
            report.form = "NSRL RDS, SQLite"
            yield from read_nsrl(path, report, on_progress, position)
        elif looks_like_vics(file.text_head):
            report.form = "Project VIC JSON"
            yield from _json(path, file, report, position, vics=True)
        elif looks_like_ncmec_xml(file.text_head):
            report.form = "NCMEC hash sharing, XML"
            yield from read_ncmec_xml(path, file, report, position)
        elif start in {b"{", b"["} and looks_like_exchange_json(file.text_head):
            report.form = "hash exchange, JSON"
            yield from _json(path, file, report, position, vics=False)
        elif start in {b"{", b"["}:
            raise unreadable(path, "the file is JSON, but of no form that is known")
        elif start == b"<":
            raise unreadable(path, "the file is XML, but not of NCMEC hash sharing")
        elif not file.is_utf16 and b"\0" in file.head:
            raise unreadable(path, "the file is binary, or UTF-16 without a byte order mark")
        else:
            yield from _text(file, kind, report, position)
        report.file_sha256 = file.sha256()


def _json(path: Path, file: ListFile, report: ImportReport, position: Position | None, *, vics: bool) -> Iterator[Item]:
    import ijson

    try:
        with ListFile(path) as other:
            place = (media_place if vics else record_place)(JsonText(other, _RECORD_BYTES))
        text = JsonText(file, _RECORD_BYTES, place.opening, position)
        report.resumed = text.went_on
        before = text.known - text.passed
        for number, record in enumerate(ijson.items(text, place.prefix, buf_size=_BLOCK_BYTES), 1):
            text.mark()
            if number <= text.passed:
                continue
            yield from (read_record if vics else read_update)(before + number, record, report.unused)
            if where := text.checkpoint(before + number, record):
                yield Checkpoint(where)
    except ijson.JSONError as error:
        raise unreadable(path, f"the JSON is damaged or cut off ({str(error).splitlines()[0][:200]})") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        # Exponents beyond reason, say: no exporter writes that.
        raise unreadable(path, f"the JSON cannot be read ({type(error).__name__}: {str(error)[:200]})") from error


def _text(file: ListFile, kind: MatchHow | None, report: ImportReport, position: Position | None) -> Iterator[Item]:
    lines = ListLines(file, position)
    if lines.went_on:
        report.resumed = True
        with ListFile(file.path) as other:
            first = _first(ListLines(other))
    else:
        first = _first(lines)
    if header := csv_header(first[1]):
        report.form = "CSV with a header"
        yield from read_csv(lines, header, kind, report.unused)
    else:
        report.form = "plain text"
        yield from read_plain((0, "") if report.resumed else first, lines, kind, report.unused)


def _first(lines: ListLines) -> tuple[int, str]:
    """The first line that says something: blank and comment lines, and the one in which a spreadsheet names its delimiter, may stand above."""
    return next((item for item in lines if item[1].strip() and not item[1].startswith(("#", "sep=", "SEP="))), (0, ""))
