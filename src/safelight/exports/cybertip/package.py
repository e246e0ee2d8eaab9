"""The package: the report, the details of its files, and what a person must do before anything is sent."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, ClassVar, Final
from xml.etree import ElementTree as ET

from safelight.case.read import CaseReader
from safelight.case.schema import DATABASE_NAME
from safelight.errors import OutputError
from safelight.exports.cybertip.checking import check_checklist, check_details, check_report
from safelight.exports.cybertip.file_details import exif_viewed, file_details, to_bytes, viewed_whole
from safelight.exports.cybertip.schema import INCIDENT_TYPES, PLACEHOLDER, ROOT_ATTRIBUTES
from safelight.exports.exporting import Request
from safelight.exports.gate import Gate, LeftOut, Passed
from safelight.exports.items import iter_items
from safelight.exports.statements import CHILD, said_origins
from safelight.exports.writing import Content
from safelight.model import MediaKind, Opinion

__all__ = ["CyberTip"]

_REPORT: Final = "report.xml"
_CHECKLIST: Final = "CHECKLIST.txt"
_DETAILS: Final = re.compile(r"fileDetails\.[a-z-]+\.[0-9a-f]{64}\.xml")


class CyberTip:
    """A package for the CyberTipline of NCMEC."""

    name: ClassVar[str] = "cybertip"
    what: ClassVar[str] = "NCMEC CyberTipline XML with a check list, for a person to complete; nothing is sent"
    submission: ClassVar[bool] = True
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Iterator[tuple[Path, Content]]:
        """The folder `output`: the report, one XML for each item, the check list; made one after the other.

        Raises:
            OutputError: Nothing passes the gate; the folder is the case; or it holds the details of another export.
        """
        if (output / DATABASE_NAME).exists():
            raise OutputError(
                f"{output} is the case itself.",
                kept="Nothing was written.",
                advice="Name a folder for the package with -o.",
            )
        counts = _survey(case, output, request.gate)
        yield output / _REPORT, to_bytes(_report(counts, case.telling_head()))
        for passed in _again(case, request.gate):
            yield output / _file_name(passed), to_bytes(file_details(passed))
        yield output / _CHECKLIST, _checklist_writer(case, request.gate, counts)

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """Every element stands in the order that is enforced, and what is required is there.

        Raises:
            OutputError: It does not.
        """
        if path.name == _REPORT:
            check_report(path, written)
        elif path.name == _CHECKLIST:
            check_checklist(path, written)
        else:
            check_details(path, written)


def _again(case: CaseReader, gate: Gate) -> Iterator[Passed]:
    """What passes, once more; what is left out was counted the first time."""
    return Gate(gate.undecided, gate.votes, gate.scheme, gate.origins, gate.withdrawn).passing(iter_items(case))


def _file_name(passed: Passed) -> str:
    """The origin comes first, so that the files of one kind stand together."""
    return f"fileDetails.{passed.origin}.{passed.item.sha256}.xml"


def _survey(case: CaseReader, output: Path, gate: Gate) -> Counter[Opinion]:
    """How many pass the gate, by origin.

    Raises:
        OutputError: None does; or an older export left details that this one would not replace.
    """
    older = sum(1 for _ in _details_in(output))
    counts: Counter[Opinion] = Counter()
    replaced = 0
    for passed in gate.passing(iter_items(case)):
        counts[passed.origin] += 1
        replaced += bool(older) and (output / _file_name(passed)).exists()
    if not counts:
        left = "; ".join(f"{each.count:,}: {each.reason}" for each in gate.left_out) or "the case holds no items"
        raise OutputError(
            f"There is nothing to report ({left}).",
            kept="Nothing was written.",
            advice="Decide items with `safelight review CASE`; --undecided also takes what nobody has decided.",
        )
    if older > replaced:
        names = set(_details_in(output)) - {_file_name(passed) for passed in _again(case, gate)}
        raise OutputError(
            f"{output / min(names)} is there from an older export, and this one does not hold that item ({len(names):,} such files).",
            kept="Nothing was written.",
            advice="Move them away, or name another folder with -o: files of two exports must not lie together.",
        )
    return counts


def _details_in(output: Path) -> Iterator[str]:
    if output.is_dir():
        with os.scandir(output) as entries:
            yield from (entry.name for entry in entries if _DETAILS.fullmatch(entry.name))


def _report(counts: Counter[Opinion], head: str) -> ET.Element:
    """The report, with placeholders for everything that the case does not know and no software may decide."""
    root = ET.Element("report", ROOT_ATTRIBUTES)
    summary = ET.SubElement(root, "incidentSummary")
    _child(summary, "incidentType", f"{PLACEHOLDER}: one of the types in the check list")
    _child(summary, "incidentDateTime", f"{PLACEHOLDER}: when it happened, such as 2026-01-31T00:00:00Z")
    person = ET.SubElement(ET.SubElement(root, "reporter"), "reportingPerson")
    for name, what in (("firstName", "first name"), ("lastName", "last name"), ("email", "address")):
        _child(person, name, f"{PLACEHOLDER}: {what} of who reports")
    listed = ", ".join(f"{count:,} {origin}" for origin, count in sorted(counts.items()))
    _child(
        root,
        "additionalInfo",
        f"{counts.total():,} files: {listed}. The words for their origin are those of people where people said so, else an automated opinion that "
        f"no person has verified; the details of each file say which. {CHILD} Prepared with Safelight; custody log at {head}.",
    )
    return root


def _child(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _checklist_writer(case: CaseReader, gate: Gate, counts: Counter[Opinion]) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        stream.write("\n".join(_head(counts, gate.left_out)).encode())
        for passed in _again(case, gate):
            points = "; ".join(_points(passed))
            stream.write(f"[ ] {_file_name(passed)}: {points}\n".encode())

    return write


def _head(counts: Counter[Opinion], left_out: tuple[LeftOut, ...]) -> Iterator[str]:
    yield "CHECK LIST before anything of this is sent to the CyberTipline"
    yield ""
    yield "Safelight wrote these files and sent nothing. A person completes, confirms and sends them. Whether and what to report is that person's"
    yield "decision and the law's; this list is no legal advice."
    yield ""
    yield "What is here:"
    yield from (f"    {count:,} files whose origin is {origin}" for origin, count in sorted(counts.items()))
    yield from (f"    left out: {each.count:,} ({each.reason})" for each in left_out)
    yield ""
    yield f"Fill in, in {_REPORT}. Every text that begins with {PLACEHOLDER!r} must be replaced; the service refuses them as they stand."
    yield "[ ] incidentType, one of:"
    yield from (f"        {each}" for each in INCIDENT_TYPES)
    yield "[ ] incidentDateTime: when it happened. The case knows when files were changed, not when they were uploaded or seen."
    yield "[ ] reportingPerson: first name, last name, e-mail address of who reports; the company and its terms where the service asks for them."
    yield "[ ] The address, page or service where it was found (internetDetails) and the person or account (personOrUserReported), if known."
    yield "[ ] Whether a child is in danger now (escalateToHighPriority)."
    yield ""
    yield "Fill in, in each fileDetails:"
    yield "[ ] reportId and fileId: the service gives them when the report is opened and the file is uploaded; they are zeros here."
    yield "[ ] uploadedToEspTimestamp, locationOfFile, publiclyAvailable, industryClassification, ipCaptureEvent:"
    yield "    Safelight does not know them and wrote none."
    yield ""
    yield "Confirm:"
    yield "[ ] fileViewedByEsp is true only where the exposure ledger of this case says that a person was shown the whole picture"
    yield "    unblurred. It is false where the ledger says nothing, and always for video and for pictures of several frames. If somebody"
    yield "    viewed a file elsewhere, change it: what is said here can decide whether a warrant is needed."
    yield "[ ] exifViewedByEsp is true only where the ledger says that the texts in the file were shown, and one of them lay in its EXIF."
    yield "[ ] generativeAi is set only where a person said that the picture is generated, and nobody contradicts. The software never sets it;"
    yield "    its opinion stands in additionalInfo. For pictures edited by AI a person decides whether to set it."
    yield "[ ] fileRelevance: 'Reported' where a person settled the category, 'Supplemental Reported' where not."
    yield "[ ] The order of the elements: other tools must not change it. Check against the schema of the service (GET /xsd) on the day."
    yield "[ ] manifest.json names the digest of every file as it was written. What you fill in changes them: keep the originals."
    yield ""
    yield "Each file, and what to look at:"
    yield ""


def _points(passed: Passed) -> Iterator[str]:
    item, said = passed.item, said_origins(passed.item)
    if passed.decision is None:
        yield "NOBODY HAS SETTLED ITS CATEGORY"
    if item.standing is not None and item.standing.possible_real_victim:
        yield "A PERSON FLAGGED A POSSIBLE REAL CHILD AT RISK"
    yield "viewed in full" if viewed_whole(item) else "not viewed in full in Safelight"
    if exif_viewed(item):
        yield "text in its EXIF was viewed"
    if item.kind is not MediaKind.IMAGE:
        yield f"it is {item.kind}: no viewing of the whole is recorded"
    if len(said) > 1:
        yield "people contradict each other on its origin"
    elif Opinion.GENERATED in said:
        yield "generativeAi set, as a person said"
    elif Opinion.AI_EDITED in said:
        yield "a person said that it is edited by AI: decide on generativeAi"
    elif passed.origin in {Opinion.GENERATED, Opinion.AI_EDITED}:
        yield f"the software thinks that it is {passed.origin}; no person said so, and generativeAi is not set"
    if passed.withdrawn:
        yield "a list has withdrawn an entry that it matched"
