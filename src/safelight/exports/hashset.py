"""Hash sets of what people decided: the hashes of a case for other tools, without a place, a person or a note.

A list of bare hashes cannot say of which category they are, so those variants write one file for each category beside one for each kind of
origin. A hash that its list has withdrawn since is not given out again, whatever was decided of it here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

from safelight.case.read import CaseReader
from safelight.errors import OutputError
from safelight.exports.cells import cell
from safelight.exports.exporting import Request
from safelight.exports.gate import Passed
from safelight.exports.parts import Part, passing, survey, unburied_by_origin
from safelight.exports.records import dumps
from safelight.exports.vics.case_form import note_categories, write_array
from safelight.exports.vics.checking import check_file
from safelight.exports.vics.header import MODELS, Model, scheme_of
from safelight.exports.vics.record import set_media
from safelight.exports.writing import Content

__all__ = ["COLUMNS", "HashSetFormat"]

COLUMNS: Final = (
    "sha256",
    "sha1",
    "md5",
    "pdq",
    "pdq_quality",
    "size_bytes",
    "bank",
    "label",
    "category_scheme",
    "category",
)
"""Of the CSV. `bank` is the kind of origin, so that whoever imports the file can tell photographs from generated pictures."""

_BARE: Final = {"text": "sha256", "sha1": "sha1", "md5": "md5"}
_HEADER: Final = "Default"
_HEX_LINE: Final = re.compile(rb"[0-9a-f]+\n")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")


class HashSetFormat:
    """A hash set of what people decided."""

    name: ClassVar[str] = "hashset"
    what: ClassVar[str] = "hashes of what people decided, one file for each kind of origin"
    submission: ClassVar[bool] = True
    variants: ClassVar[tuple[str, ...]] = ("csv", *_BARE, *(f"vics-{version}" for version in MODELS))

    @classmethod
    def contents(cls, case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One file for each kind of origin; for bare hashes also for each category.

        Raises:
            OutputError: Nothing passes the gate.
        """
        variant = request.variant or cls.variants[0]
        key = _origin_and_category if variant in _BARE else unburied_by_origin
        ending = "csv" if variant == "csv" else "json" if variant.startswith("vics") else "txt"

        parts = survey(case, output, request.gate, key, f"hashset.{ending}")
        scheme = scheme_of(_HEADER, request.gate.scheme, set().union(*(part.schemes for part in parts)))
        return {part.path: _writer(variant, scheme, case, request, part, key) for part in parts}

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """Every hash is one, and a Project VIC file is one.

        Raises:
            OutputError: One is not.
        """
        with written.open("rb") as stream:
            head = stream.read(256)
        for model in MODELS.values():
            if head.startswith(b'{"%s":' % model.context_key.encode()):
                check_file(path, written, model, "Media")
                return
        if head.startswith(COLUMNS[0].encode() + b","):
            _check_table(path, written)
        else:
            _check_lines(path, written)


def _writer(
    variant: str, scheme: str, case: CaseReader, request: Request, part: Part, key: Callable[[Passed], str]
) -> Callable[[BinaryIO], None]:
    def items() -> Iterator[Passed]:
        return passing(case, request.gate, part, key)

    def write_lines(stream: BinaryIO) -> None:
        stream.writelines(b"%s\n" % getattr(passed.item, _BARE[variant]).encode() for passed in items())

    def write_table(stream: BinaryIO) -> None:
        stream.write(_line(COLUMNS))
        stream.writelines(_line(map(cell, _row(passed))) for passed in items())

    def write_vics(stream: BinaryIO) -> None:
        model: Model = MODELS[variant.removeprefix("vics-")]
        stream.write(b'{"%s":%s,"value":[\n' % (model.context_key.encode(), dumps(model.context(_HEADER, "Media"))))
        note = note_categories(request, scheme)
        write_array(stream, items(), lambda number, passed: set_media(model, number, passed, scheme), note)
        stream.write(b"\n]}\n")

    return write_lines if variant in _BARE else write_table if variant == "csv" else write_vics


def _row(passed: Passed) -> list[object]:
    item, decision = passed.item, passed.decision
    pdq = item.fingerprints.pdq if item.fingerprints is not None and item.fingerprints.pdq is not None else None
    pdq = pdq if pdq is not None and pdq.matchable else None
    return [
        item.sha256, item.sha1, item.md5, pdq.hash if pdq else None, pdq.quality if pdq else None, item.size_bytes, passed.origin,
        *((decision.label, decision.scheme, decision.category) if decision is not None else (None, None, None)),
    ]  # fmt: skip


def _line(cells: object) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)  # type: ignore[arg-type]
    return text.getvalue().encode()


def _origin_and_category(passed: Passed) -> str:
    origin, decision = unburied_by_origin(passed), passed.decision
    if not origin:
        return ""
    if decision is None:
        return f"{origin}.undecided"
    return ".".join((origin, *(_UNSAFE.sub(_escape, word) for word in (decision.scheme, decision.category))))


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "backslashreplace"))


def _check_lines(path: Path, written: Path) -> None:
    length = 0
    with written.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            length = length or len(line)
            if len(line) != length or length not in {33, 41, 65} or not _HEX_LINE.fullmatch(line):
                raise _wrong(path, number)
    if not length:
        raise _wrong(path, 1)


def _check_table(path: Path, written: Path) -> None:
    with written.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, strict=True)
        try:
            right = next(rows, None) == list(COLUMNS)
            for row in rows:
                right = right and len(row) == len(COLUMNS) and [len(each) for each in row[:3]] == [64, 40, 32]
                right = right and all(re.fullmatch(r"[0-9a-f]*", each) for each in row[:4]) and len(row[3]) in {0, 64}
                if not right:
                    break
        except (csv.Error, UnicodeDecodeError):
            right = False
        if not right:
            raise _wrong(path, rows.line_num)


def _wrong(path: Path, number: int) -> OutputError:
    return OutputError(f"{path}: line {number} did not come out right.", kept="What was there before is still there.")
