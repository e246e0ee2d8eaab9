"""The case form of Project VIC: one file for each kind of origin, with the counts of that file at its head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

from safelight import __version__
from safelight.case.read import CaseReader
from safelight.exports.exporting import Request
from safelight.exports.gate import Passed
from safelight.exports.parts import Part, by_origin, passing, survey
from safelight.exports.records import dumps
from safelight.exports.vics.checking import check_file
from safelight.exports.vics.header import MODELS, VARIANTS, Model, category_number, scheme_of
from safelight.exports.vics.record import case_media
from safelight.exports.writing import Content

__all__ = ["CaseForm13", "CaseForm20", "note_categories", "write_array"]

_UNKNOWN_CODE: Final = "the category of an item, as a number: its scheme is not that of the header, or its code is no number (it stays as a tag)"


def _contents(model: Model, case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
    parts = survey(case, output, request.gate, by_origin, f"vics-{model.version}.json")
    variant = request.variant or VARIANTS[0]
    # One scheme for all files of an export: the same number must not mean two things in them.
    scheme = scheme_of(variant, request.gate.scheme, set().union(*(part.schemes for part in parts)))
    return {part.path: _writer(model, model.context(variant, "Cases"), scheme, case, request, part) for part in parts}


def _writer(
    model: Model, context: str, scheme: str, case: CaseReader, request: Request, part: Part
) -> Callable[[BinaryIO], None]:

    def write(stream: BinaryIO) -> None:
        head, tail = _case_fields(case, part, request, scheme)
        stream.write(b'{"%s":%s,"value":[{' % (model.context_key.encode(), dumps(context)))
        stream.write(dumps(head)[1:-1] + b',"Media":[\n')
        write_array(
            stream,
            passing(case, request.gate, part, by_origin),
            lambda number, passed: case_media(model, number, passed, scheme),
            note_categories(request, scheme),
        )
        stream.write(b"\n]," + dumps(tail)[1:-1] + b"}]}\n")

    return write


def write_array(
    stream: BinaryIO, items: Any, record: Callable[[int, Passed], dict[str, Any]], note: Callable[[Passed], None]
) -> None:
    """Writes records with commas between them, one a line; `note` is told of each."""
    for number, passed in enumerate(items, 1):
        note(passed)
        stream.write((b",\n" if number > 1 else b"") + dumps(record(number, passed)))


def note_categories(request: Request, scheme: str) -> Callable[[Passed], None]:
    """Counts the decisions whose code cannot stand as the category."""

    def note(passed: Passed) -> None:
        if passed.decision is not None and category_number(passed.decision, scheme) is None:
            request.gate.leave_out(_UNKNOWN_CODE)

    return note


def _case_fields(case: CaseReader, part: Part, request: Request, scheme: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields before and after the media."""
    number = _guid(case.case_id())
    # Who seized what, when and under which number the case does not say; the unit's own system adds that.
    nobody = (
        "CaseNumber",
        "ContactOrganization",
        "ContactName",
        "ContactPhone",
        "ContactEmail",
        "ContactTitle",
        "SeizureDate",
    )
    head = {
        "CaseID": number, **dict.fromkeys(nobody), "SourceApplicationName": "Safelight", "SourceApplicationVersion": __version__,
        "TotalMediaFiles": part.places, "TotalPrecategorized": 0,
    }  # fmt: skip
    said = {
        "origin": str(part.origin), "media": str(part.media), "category_scheme": scheme, "custody_head": case.telling_head(),
        "undecided_items": "included" if request.gate.undecided else "left out", "votes": str(request.gate.votes),
    }  # fmt: skip
    facts = [
        {"CaseID": number, "PropertyName": f"Safelight.{name}", "PropertyValue": value} for name, value in said.items()
    ]
    return head, {"CaseMetadata": facts}


def _guid(text: str) -> str | None:
    """The number of the case in the form of a GUID, as case files have it."""
    if len(text) != 32:
        return text or None
    return f"{{{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}}}".upper()


class CaseForm20:
    """Project VIC 2.0."""

    name: ClassVar[str] = "vics-2.0"
    what: ClassVar[str] = "Project VIC JSON 2.0, case form, one file for each kind of origin"
    submission: ClassVar[bool] = True
    variants: ClassVar[tuple[str, ...]] = VARIANTS
    model: ClassVar[Model] = MODELS["2.0"]

    @classmethod
    def contents(cls, case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One file for each kind of origin.

        Raises:
            OutputError: Nothing passes the gate.
        """
        return _contents(cls.model, case, output, request)

    @classmethod
    def check(cls, path: Path, written: Path) -> None:
        """Head, order, types and counts are those of the data model.

        Raises:
            OutputError: They are not.
        """
        check_file(path, written, cls.model, "Cases")


class CaseForm13(CaseForm20):
    """Project VIC 1.3."""

    name: ClassVar[str] = "vics-1.3"
    what: ClassVar[str] = "Project VIC JSON 1.3, case form, one file for each kind of origin"
    model: ClassVar[Model] = MODELS["1.3"]
