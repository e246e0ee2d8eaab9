"""The table: a CSV file in UTF-8 with one line for each place, for spreadsheets and for scripts.

Cells are made by `safelight.exports.cells`, which says how to take them back. Prompts and findings are not in it: JSON lines have them.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

from safelight.case.read import CaseReader
from safelight.errors import OutputError
from safelight.exports.cells import STARTERS, cell
from safelight.exports.exporting import Request
from safelight.exports.gate import origin_of
from safelight.exports.items import Item, Unread, iter_items, iter_unread
from safelight.exports.records import decision_record, dumps, match_record, time_text
from safelight.exports.writing import Content
from safelight.model import MediaFile, Outcome, PdqHash

__all__ = ["COLUMNS", "HEADER", "Table", "table_lines"]

_PLACE: Final = ("path", "location", "place_size_bytes", "created", "modified", "accessed", "changed")
_MEDIA: Final = (
    "sha256", "sha1", "md5", "size_bytes", "media_type", "kind", "width_px", "height_px", "frames",
    "pdq", "pdq_quality", "pdq_nearest512", "pdq_nearest512_quality", "pdq_oriented", "pdq_oriented_quality",
    "origin", "opinion", "log10_lr", "strength", "basis", "generator", "generator_version", "model", "seed", "captured_with", "conflicts", "limits",
    "could_not_look", "category_scheme", "category", "category_label", "possible_real_victim", "second_review", "viewed_in_full",
    "near_duplicate_of", "near_duplicate_bits", "matches", "decisions",
)  # fmt: skip
COLUMNS: Final = (*_PLACE, *_MEDIA, "why_unread")
"""`location`: the exact bytes of the source and of each part of the name, Base64 with blanks between. `origin`: what people said, else the opinion.
`category`: where all who named one agree. `basis`, `conflicts`, `limits`, `matches` and `decisions` are JSON."""


class Table:
    """The case as a table."""

    name: ClassVar[str] = "csv"
    what: ClassVar[str] = "a table for spreadsheets, one line for each place"
    submission: ClassVar[bool] = False
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One file: `output`, or `case.csv` in it when that is a directory."""

        def write(stream: BinaryIO) -> None:
            stream.write(HEADER)
            stream.writelines(map(table_lines, iter_items(case)))
            stream.writelines(_lines([_unread_row(unread)]) for unread in iter_unread(case))

        return {output / "case.csv" if output.is_dir() else output: write}

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """Every line has all columns, media are in order, and no cell can be taken for a formula.

        Raises:
            OutputError: One is not right.
        """
        with written.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream, strict=True)
            before, count = "", 0
            try:
                right = next(rows, None) == list(COLUMNS)
                for row in rows:
                    count += 1
                    right = right and len(row) == len(COLUMNS) and rows.line_num == count + 1
                    right = right and not any(each[:1] in STARTERS for each in row if each)
                    sha256 = row[len(_PLACE)] if right else ""
                    right = right and (not sha256 or (len(sha256) == 64 and sha256 >= before))
                    if not right:
                        break
                    before = sha256 or before
            except (csv.Error, UnicodeDecodeError):
                right = False
            if not right:
                raise OutputError(
                    f"{path}: line {rows.line_num} did not come out right.",
                    kept="What was there before is still there.",
                )


def table_lines(item: Item) -> bytes:
    """One line for each place; one without a place where every place holds something else by now."""
    media = list(map(cell, _media(item)))
    return _lines([*map(cell, _place(place)), *media, ""] for place in item.places or (None,))


def _unread_row(unread: Unread) -> list[str]:
    why = "; ".join(dict.fromkeys(finding.what for finding in unread.findings))
    return [*map(cell, _place(unread.place)), *[""] * len(_MEDIA), cell(why)]


def _place(place: MediaFile | None) -> list[object]:
    if place is None:
        return [None] * len(_PLACE)
    exact = " ".join(base64.b64encode(part).decode() for part in (place.location.source, *place.location.parts))
    times = (place.created_ns, place.modified_ns, place.accessed_ns, place.changed_ns)
    return [place.location.full_display(), exact, place.size_bytes, *(time_text(each, 1) or each for each in times)]


def _media(item: Item) -> list[object]:
    prints, opinion, standing = item.fingerprints, item.opinion, item.standing
    settled = standing.settled() if standing is not None else None
    blind = sorted(run.reader for run in item.runs if run.outcome is Outcome.COULD_NOT_LOOK)
    pdqs = (prints.pdq, prints.pdq_nearest512, prints.pdq_oriented) if prints is not None else (None, None, None)
    weighed: list[object] = [None] * 11
    if opinion is not None:
        weighed = [
            opinion.opinion, repr(float(opinion.log10_lr)), opinion.strength, _json(list(map(str, opinion.basis))), opinion.generator,
            opinion.generator_version, opinion.model, opinion.seed, opinion.captured_with, _json(list(opinion.conflicts)),
            _json(list(opinion.limits)),
        ]  # fmt: skip
    return [
        item.sha256, item.sha1, item.md5, item.size_bytes, item.media_type, item.kind, item.width_px, item.height_px, item.frames,
        *(value for pdq in pdqs for value in _pdq(pdq)), origin_of(item), *weighed, " ".join(blind),
        *((settled.scheme, settled.category, settled.label) if settled is not None else (None, None, None)),
        *((_yes(standing.possible_real_victim), _yes(standing.second_review)) if standing is not None else (None, None)),
        _yes(item.viewed_in_full), *(item.representative or (None, None)),
        _json([match_record(match) for match in item.matches]),
        _json([decision_record(decision) for decision in (standing.decisions if standing is not None else ())]),
    ]  # fmt: skip


def _pdq(pdq: PdqHash | None) -> tuple[object, object]:
    return (pdq.hash, pdq.quality) if pdq is not None else (None, None)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _json(value: list[Any]) -> str:
    return dumps(value).decode() if value else ""


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


HEADER: Final = _lines([COLUMNS])
"""The first line of a table."""
