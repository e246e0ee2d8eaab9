"""Lists as plain text (one hash a line) and as CSV with a header."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final

from safelight.errors import HashSetError
from safelight.hashsets.entry import LENGTHS, Entry, Rejected, checked_hash
from safelight.model import MatchHow

__all__ = ["csv_header", "read_csv", "read_plain"]

_COLUMNS: Final[dict[str, MatchHow]] = {
    "md5": MatchHow.MD5, "md5hash": MatchHow.MD5, "hashmd5": MatchHow.MD5,
    "sha1": MatchHow.SHA1, "sha1hash": MatchHow.SHA1, "hashsha1": MatchHow.SHA1,
    "sha256": MatchHow.SHA256, "sha256hash": MatchHow.SHA256, "hashsha256": MatchHow.SHA256,
    "pdq": MatchHow.PDQ, "pdqhash": MatchHow.PDQ, "hashpdq": MatchHow.PDQ,
}  # fmt: skip
_LABELS: Final = ("label", "category", "classification", "tag", "baseline")
_BANKS: Final = ("bank", "source", "series", "seriesname", "origin", "productcode")
_QUALITIES: Final = ("quality", "pdqquality")
_DELIMITERS: Final = (",", ";", "\t", "|")
_SKIPPED: Final = ("#", "//", "%")


def _key(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def csv_header(line: str) -> tuple[str, list[str]] | None:
    """The delimiter and the normalised column names when this line is a CSV header with a column of hashes; else None."""
    for delimiter in _DELIMITERS:
        names = [_key(name) for name in next(csv.reader([line], delimiter=delimiter), [])]
        if any(name in _COLUMNS for name in names):
            return delimiter, names
    return None


def read_plain(lines: Iterable[tuple[int, str]], kind: MatchHow | None) -> Iterator[Entry | Rejected]:
    """Reads one hash a line; `hash,quality` and `pdq:hash` are understood, comment lines are passed over.

    Args:
        lines: (row number from 1, text). `kind`: what the hashes are, where the length does not say: 64 digits can be SHA-256 or PDQ.

    Raises:
        HashSetError: A hash of 64 digits, and nothing says which kind it is.
    """
    for row, line in lines:
        text = line.strip()
        if not text or text.startswith(_SKIPPED):
            continue
        said, separator, rest = text.partition(":")
        how = _COLUMNS.get(_key(said)) if separator else kind
        value, *more = (rest if separator else text).replace(";", ",").split(",")
        value = value.strip()
        if how is None:
            how = next((item for item in (MatchHow.MD5, MatchHow.SHA1) if len(value) == LENGTHS[item]), None)
        if how is None and len(value) == 64 and checked_hash(value, MatchHow.SHA256):
            raise HashSetError(
                f"Row {row} holds 64 hex digits, which can be SHA-256 or PDQ, and nothing says which.",
                kept="Nothing was imported.",
                advice="Say --kind sha256 or --kind pdq, or put a header line over the column.",
            )
        found = checked_hash(value, how) if how is not None else None
        if how is None or found is None:
            yield Rejected(row, "not a hash of a known length and in hex")
            continue
        quality = _quality(more[0]) if how is MatchHow.PDQ and more else None
        yield Entry(how, found, quality=quality)


def read_csv(
    lines: Iterable[str], delimiter: str, names: list[str], kind: MatchHow | None
) -> Iterator[Entry | Rejected]:
    """Reads the rows under a header; a row can hold several hashes of one file, each becomes an entry.

    Args:
        lines: The lines after the header. `delimiter`, `names`: from `csv_header`. `kind`: if given, columns of other kinds are left out.
    """
    columns = [(place, _COLUMNS[name]) for place, name in enumerate(names) if name in _COLUMNS]
    if kind is not None:
        columns = [item for item in columns if item[1] is kind]
    label, bank, quality = (_first(names, wanted) for wanted in (_LABELS, _BANKS, _QUALITIES))
    for row, fields in enumerate(csv.reader(lines, delimiter=delimiter), 2):
        if not any(field.strip() for field in fields):
            continue
        held = False
        for place, how in columns:
            raw = fields[place].strip() if place < len(fields) else ""
            if not raw:
                continue
            held = True
            found = checked_hash(raw, how)
            if found is None:
                yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
                continue
            stated = _quality(_at(fields, quality)) if how is MatchHow.PDQ else None
            yield Entry(how, found, bank=_at(fields, bank), label=_at(fields, label), quality=stated)
        if not held:
            yield Rejected(row, "no hash in the row")


def _first(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _at(fields: list[str], place: int | None) -> str:
    return fields[place].strip() if place is not None and place < len(fields) else ""


def _quality(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isdecimal() and int(text) <= 100 else None
