"""The table back to items, as far as it carries them: no findings, no prompts, no exposures."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from safelight.errors import HashSetError
from safelight.exports.cells import text
from safelight.exports.items import Item
from safelight.exports.records import hex_digits, match_from, opinion_from, standing_from, time_ns
from safelight.exports.table import COLUMNS
from safelight.hashsets.entry import Rejected
from safelight.hashsets.source import ListFile
from safelight.model import Fingerprints, Location, MediaFile, MediaKind, PdqHash

__all__ = ["is_table", "read_table_items"]

_CELL_CHARS = 16 << 20
_PDQS = ("pdq", "pdq_nearest512", "pdq_oriented")

Row = Mapping[str, str]


def is_table(head: bytes) -> bool:
    """Whether a file that begins so is a table of ours."""
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].rstrip(b"\r")
    return line.replace(b'"', b"") == ",".join(COLUMNS).encode()


def read_table_items(path: Path) -> Iterator[Item | Rejected]:
    """Yields the item of the lines of each media, or why they cannot be used; lines of places without a digest are passed over.

    Args:
        path: A file that `safelight export --format csv` wrote. A spreadsheet that saved it again may have changed long numbers and dates.

    Raises:
        HashSetError: The file cannot be read, or is no table of ours.
    """
    with io.TextIOWrapper(
        io.BufferedReader(ListFile(path), 1 << 18), "utf-8-sig", newline="", errors="backslashreplace"
    ) as stream:
        before = csv.field_size_limit(_CELL_CHARS)
        try:
            rows = csv.DictReader(stream, strict=True)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise HashSetError(
                    f"{path} is no table of Safelight.", kept="Nothing was changed.", advice="Check the file."
                )
            numbered = ((rows.line_num, row) for row in rows)
            for sha256, found in groupby(numbered, key=lambda numbered: numbered[1]["sha256"]):
                if not sha256:
                    continue
                lines = list(found)
                number, first = lines[0]
                try:
                    yield _item(first, [row for _, row in lines])
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    yield Rejected(
                        number, str(error) if type(error) is ValueError else "the line does not have the form"
                    )
        except csv.Error as error:
            raise HashSetError(
                f"{path} breaks off or is damaged: {error}.", kept="Nothing was changed.", advice="Check the file."
            ) from error
        finally:
            csv.field_size_limit(before)


def _item(raw: Row, lines: list[Row]) -> Item:
    row = {name: text(value) for name, value in raw.items()}
    sha256 = hex_digits(row["sha256"], 64)
    pdq, nearest512, oriented = (_pdq(row[name], row[f"{name}_quality"]) for name in _PDQS)
    return Item(
        sha256=sha256, sha1=hex_digits(row["sha1"], 40), md5=hex_digits(row["md5"], 32), size_bytes=int(row["size_bytes"]),
        media_type=row["media_type"], kind=MediaKind(row["kind"]), width_px=_whole(row["width_px"]), height_px=_whole(row["height_px"]),
        frames=_whole(row["frames"]),
        fingerprints=Fingerprints(pdq=pdq, pdq_nearest512=nearest512, pdq_oriented=oriented) if pdq is not None else None,
        runs=(), places=tuple(_place(line) for line in lines if line["location"]), findings=(), place_findings=(), opinion=_opinion(row),
        matches=tuple(match_from(each, sha256) for each in _list(row["matches"])),
        representative=(hex_digits(row["near_duplicate_of"], 64), int(row["near_duplicate_bits"])) if row["near_duplicate_of"] else None,
        standing=standing_from(_list(row["decisions"]), sha256), exposures=(),
    )  # fmt: skip


def _place(raw: Row) -> MediaFile:
    row = {name: text(value) for name, value in raw.items()}
    source, *parts = (base64.b64decode(each, validate=True) for each in row["location"].split(" "))
    if not parts:
        raise ValueError("a place names no parts")
    created, modified, accessed, changed = (_time(row[name]) for name in ("created", "modified", "accessed", "changed"))
    return MediaFile(
        location=Location(source, tuple(parts)), size_bytes=_whole(row["place_size_bytes"]), created_ns=created, modified_ns=modified,
        accessed_ns=accessed, changed_ns=changed,
    )  # fmt: skip


def _opinion(row: Row) -> Any:
    if not row["opinion"]:
        return None
    named = ("opinion", "strength", "generator", "generator_version", "model", "seed", "captured_with")
    lists = {name: _list(row[name]) for name in ("basis", "conflicts", "limits")}
    return opinion_from({name: row[name] or None for name in named} | lists | {"log10_lr": float(row["log10_lr"])})


def _pdq(value: str, quality: str) -> PdqHash | None:
    return PdqHash(hex_digits(value, 64), int(quality)) if value else None


def _time(value: str) -> int | None:
    """A time as the table has it; a bare number of nanoseconds where no calendar has it."""
    return int(value) if value.removeprefix("-").isdecimal() else time_ns(value)


def _list(value: str) -> list[Any]:
    found = orjson.loads(value) if value else []
    if not isinstance(found, list):
        raise ValueError("a cell is no list")
    return found


def _whole(value: str) -> int | None:
    return int(value) if value else None
