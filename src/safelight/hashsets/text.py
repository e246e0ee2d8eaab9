"""Lists as plain text (one hash a line) and as CSV with a header.

Plain text also comes as the output of `md5sum` and its like: `hash  name`, or `MD5 (name) = hash`.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from safelight.errors import HashSetError
from safelight.hashsets.entry import LENGTHS, Checkpoint, Entry, Rejected, checked_hash
from safelight.hashsets.source import ListLines
from safelight.model import MatchHow

__all__ = ["Header", "csv_header", "read_csv", "read_plain"]

_KINDS: Final[dict[str, MatchHow]] = {
    "md5": MatchHow.MD5, "md5hash": MatchHow.MD5, "hashmd5": MatchHow.MD5,
    "sha1": MatchHow.SHA1, "sha1hash": MatchHow.SHA1, "hashsha1": MatchHow.SHA1,
    "sha256": MatchHow.SHA256, "sha256hash": MatchHow.SHA256, "hashsha256": MatchHow.SHA256,
    "pdq": MatchHow.PDQ, "pdqhash": MatchHow.PDQ, "hashpdq": MatchHow.PDQ,
    "videomd5": MatchHow.MD5, "hashvideomd5": MatchHow.MD5,
}  # fmt: skip
_ANY_KIND: Final = ("hash", "hashvalue", "signalstr", "indicator")
_KIND_COLUMNS: Final = ("hashtype", "signaltype", "type", "kind", "algorithm", "hashalgorithm")
_LABELS: Final = ("label", "category", "classification", "tag", "baseline")
_BANKS: Final = ("bank", "source", "series", "seriesname", "origin", "productcode", "collab")
_QUALITIES: Final = ("quality", "pdqquality")
_UNUSED: Final = {"photodna": "PhotoDNA hashes", "photodnahash": "PhotoDNA hashes"}
_BY_LINE: Final = {LENGTHS[how] + 1: how for how in (MatchHow.MD5, MatchHow.SHA1)}
"""Kinds that the length of a line tells, with its end."""
_DELIMITERS: Final = (",", ";", "\t", "|")
_SKIPPED: Final = ("#", "//", "%")
_TAGGED: Final = re.compile(r"(MD5|SHA1|SHA256) \(.*\) = ([0-9A-Fa-f]+)")
_BEHIND: Final = re.compile(r"[\s,;]+")
_JOINED_LINES: Final = 20
_JOINED_CHARS: Final = 1 << 16

Items = Iterator[Entry | Rejected | Checkpoint]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a CSV: its delimiter, the plain names of its columns, and where the columns are that count."""

    delimiter: str
    names: tuple[str, ...]
    hashes: tuple[tuple[int, MatchHow | None], ...]
    """(place, kind); None when the column's name does not say which kind."""
    kind: int | None
    label: int | None
    bank: int | None
    quality: int | None
    unused: tuple[tuple[int, str], ...]


def _key(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def csv_header(line: str) -> Header | None:
    """Reads a line as a CSV header; None when it names no column of hashes."""
    for delimiter in _DELIMITERS:
        names = tuple(_key(name) for name in next(csv.reader([line], delimiter=delimiter), []))
        hashes = [(place, _KINDS[name]) for place, name in enumerate(names) if name in _KINDS]
        found: list[tuple[int, MatchHow | None]] = list(hashes)
        # A column of hashes without a kind counts only when there is none with one: beside those it is something else.
        found = found or [(place, None) for place, name in enumerate(names) if name in _ANY_KIND]
        if found:
            kind, label, bank, quality = (
                _first(names, wanted) for wanted in (_KIND_COLUMNS, _LABELS, _BANKS, _QUALITIES)
            )
            unused = tuple((place, _UNUSED[name]) for place, name in enumerate(names) if name in _UNUSED)
            return Header(delimiter, names, tuple(found), None if hashes else kind, label, bank, quality, unused)
    return None


def _first(names: tuple[str, ...], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def read_plain(first: tuple[int, str], lines: ListLines, kind: MatchHow | None, unused: dict[str, int]) -> Items:
    """Reads one hash a line; `hash,quality`, `pdq:hash` and the output of `md5sum` are understood, comment lines are passed over.

    Args:
        first: The first line. `lines`: the others. `kind`: what the hashes are, where the length does not say: 64 digits can be either of two.
        unused: Counts what stands behind a hash and is not used.

    Raises:
        HashSetError: A hash of 64 digits, and nothing says which kind it is.
    """
    yield from _plain_line(*first, kind, unused)
    for row, line in lines:
        yield from _plain_line(row, line, kind, unused)
        if position := lines.checkpoint():
            yield Checkpoint(position)


def _plain_line(row: int, line: str, kind: MatchHow | None, unused: dict[str, int]) -> Iterator[Entry | Rejected]:
    bare = kind or _BY_LINE.get(len(line))
    if bare is not None and (plain := checked_hash(line, bare)) is not None:
        # Nothing but a hash: nearly every line of a long list.
        yield Entry(bare, plain)
        return
    text = line.strip()
    if not text or text.startswith(_SKIPPED):
        return
    how = kind
    if tagged := _TAGGED.fullmatch(text):
        how, text = _KINDS[tagged[1].lower()], tagged[2]
    elif ":" in text[:12] and (said := _KINDS.get(_key(text.partition(":")[0]))):
        how, text = said, text.partition(":")[2].strip()
    # `md5sum` puts a backslash before the hash of a file whose name holds a line break.
    value, *behind = _BEHIND.split(text.removeprefix("\\"), maxsplit=1)
    how = _kind_of(value.strip('"'), how, row)
    found = checked_hash(value, how) if how is not None else None
    if how is None or found is None:
        yield Rejected(row, "not a hash of a known length and in hex")
        return
    quality = _quality(behind[0]) if how is MatchHow.PDQ and behind else None
    if behind and behind[0] and quality is None:
        unused["words behind a hash"] = unused.get("words behind a hash", 0) + 1
    yield Entry(how, found, quality=quality)


def _kind_of(value: str, how: MatchHow | None, row: int) -> MatchHow | None:
    """The kind that was said, else the one that the length tells."""
    if how is not None:
        return how
    if len(value) == LENGTHS[MatchHow.SHA256] and checked_hash(value, MatchHow.SHA256):
        raise HashSetError(
            f"Row {row} holds 64 hex digits, which can be SHA-256 or PDQ, and nothing says which.",
            kept="Nothing was imported.",
            advice="Say --kind sha256 or --kind pdq, or put a header line over the column.",
        )
    return next((item for item in (MatchHow.MD5, MatchHow.SHA1) if len(value) == LENGTHS[item]), None)


def read_csv(lines: ListLines, header: Header, kind: MatchHow | None, unused: dict[str, int]) -> Items:
    """Reads the rows under a header; a row can hold several hashes of one file, each becomes an entry.

    Args:
        lines: The lines after the header. `kind`: what hashes are in a column whose name does not say. `unused`: counts what is not used.

    Raises:
        HashSetError: A hash of 64 digits in a column whose name does not say which kind, and nothing else does.
    """
    for row, fields, whole in _records(lines, header.delimiter):
        if not row:
            if position := lines.checkpoint():
                yield Checkpoint(position)
            continue
        if not any(field.strip() for field in fields):
            continue
        if not whole:
            yield Rejected(row, "a quotation mark is not closed; what follows it was left out")
        bank, label = _at(fields, header.bank), _at(fields, header.label)
        if any(field.strip() for field in fields[len(header.names) :]) and (bank or label):
            # A delimiter in a name shifts what follows: a hash still proves itself by its form, a label does not.
            yield Rejected(row, "more fields than the header has: bank and label were left out")
            bank = label = ""
        if label and header.label is not None and header.names[header.label] == "baseline":
            label = f"baseline {label}"
        for place, what in header.unused:
            if _at(fields, place):
                unused[what] = unused.get(what, 0) + 1
        yield from _row(row, fields, header, kind, bank, label)


def _row(
    row: int, fields: list[str], header: Header, kind: MatchHow | None, bank: str, label: str
) -> Iterator[Entry | Rejected]:
    held = False
    for place, named in header.hashes:
        raw = _at(fields, place)
        if not raw:
            continue
        held = True
        how = named or _kind_of(raw, _KINDS.get(_key(_at(fields, header.kind))) or kind, row)
        found = checked_hash(raw, how) if how is not None else None
        if how is None:
            yield Rejected(row, "not a hash of a known length and in hex")
        elif found is None:
            yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
        else:
            said = _at(fields, header.quality) if how is MatchHow.PDQ else ""
            quality = _quality(said) if said else None
            if said and quality is None:
                yield Rejected(row, "the quality is not a number from 0 to 100; the hash was imported without it")
            yield Entry(how, found, bank=bank, label=label, quality=quality)
    if not held:
        yield Rejected(row, "no hash in the row")


def _records(lines: ListLines, delimiter: str) -> Iterator[tuple[int, list[str], bool]]:
    """Yields (row, fields, whether every quotation mark is closed). A mark left open costs its own line, never those that follow.

    Between records, where no line has been read ahead, it yields row 0 now and then.
    """
    waiting: deque[tuple[int, str]] = deque()
    while waiting or (item := next(lines, None)) is not None:
        row, line = waiting.popleft() if waiting else item  # type: ignore[misc]
        if '"' not in line:
            yield row, line.rstrip("\n").split(delimiter), True
            if not waiting and not row & 0xFFF:
                yield 0, [], True
            continue
        joined, more = line, list[tuple[int, str]]()
        while True:
            try:
                yield row, next(csv.reader([joined], delimiter=delimiter, strict=True)), True
                break
            except csv.Error as error:
                open_at_end = "unexpected end of data" in str(error)
            following = None
            if open_at_end and len(more) < _JOINED_LINES and len(joined) < _JOINED_CHARS:
                following = waiting.popleft() if waiting else next(lines, None)
            if following is None:
                waiting.extendleft(reversed(more))
                # `"name" of a file` breaks the rules of quoting and can still be read; a mark left open cannot.
                fields = next(csv.reader([line], delimiter=delimiter), [])
                yield row, fields, not _is_open(line, delimiter)
                break
            more.append(following)
            joined += following[1]
        if not waiting:
            yield 0, [], True


def _is_open(line: str, delimiter: str) -> bool:
    try:
        next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _at(fields: list[str], place: int | None) -> str:
    return fields[place].strip() if place is not None and place < len(fields) else ""


def _quality(text: str) -> int | None:
    """A quality from 0 to 100, also when it is written as `87.0`; else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if 0 <= value <= 100 else None
