"""Whether what was written is what the CyberTipline takes: our own check of the order and the fields that open clients of the service agree on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from safelight.errors import OutputError
from safelight.exports.cybertip.schema import (
    ANNOTATIONS,
    BOOLEANS,
    CLASSIFICATIONS,
    INCIDENT_TYPES,
    LENGTHS,
    PLACEHOLDER,
    RELEVANCE,
    REPEATED,
    REQUIRED,
    ROOT_ATTRIBUTES,
    SEQUENCES,
    SUPPLEMENTAL,
)

__all__ = ["check_checklist", "check_details", "check_report", "faults"]

_HASHES: Final = {"MD5": 32, "SHA1": 40, "SHA256": 64}
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_NUMBER: Final = re.compile(r"[0-9]+")
_HEX: Final = re.compile(r"[0-9a-f]+")


def check_report(path: Path, written: Path) -> None:
    """Checks the report.

    Raises:
        OutputError: It is not valid.
    """
    _check(path, written, "report")


def check_details(path: Path, written: Path) -> None:
    """Checks the details of one file, which must be of the item that its name says.

    Raises:
        OutputError: They are not valid.
    """
    root = _check(path, written, "fileDetails")
    hashes = {each.get("hashType"): each.text for each in root.iter("originalFileHash")}
    if hashes.get("SHA256") not in path.name.split("."):
        raise _wrong(path, "it holds the details of another item")


def check_checklist(path: Path, written: Path) -> None:
    """Checks that the list is text and has points to tick.

    Raises:
        OutputError: It is not.
    """
    ticks = 0
    try:
        with written.open(encoding="utf-8", newline="\n") as stream:
            for line in stream:
                ticks += line.startswith("[ ] ")
                if not line.endswith("\n") or "\0" in line:
                    raise _wrong(path, "a line is not whole")
    except UnicodeDecodeError as error:
        raise _wrong(path, "it is no text") from error
    if not ticks:
        raise _wrong(path, "it has no points")


def faults(root: Any) -> Iterator[str]:
    """What is wrong with an element and all below it."""
    if root.tag in {"report", "fileDetails"} and dict(root.attrib) != ROOT_ATTRIBUTES:
        yield "the root does not name the schema"
    for element in root.iter():
        if element.tag in SEQUENCES:
            yield from _sequence_faults(element)
        elif element.tag == "fileAnnotations":
            yield from (f"there is no annotation {each.tag}" for each in element if each.tag not in ANNOTATIONS)
            yield from (f"{each.tag} is not empty" for each in element if each.text or len(each))
        elif element.tag not in ANNOTATIONS:
            yield from _value_faults(element)
    if root.findtext("fileRelevance") == SUPPLEMENTAL and (
        root.find("industryClassification") is not None or root.find("fileAnnotations/potentialMeme") is not None
    ):
        yield "what is supplemental carries a classification or potentialMeme"


def _check(path: Path, written: Path, tag: str) -> Any:
    from defusedxml import ElementTree as Defused
    from defusedxml.common import DefusedXmlException

    try:
        root = Defused.parse(written, forbid_dtd=True).getroot()
    except (Defused.ParseError, DefusedXmlException, UnicodeError) as error:
        raise _wrong(path, f"it is no XML: {error}") from error
    if root.tag != tag:
        raise _wrong(path, f"its root is {root.tag}")
    if fault := next(faults(root), ""):
        raise _wrong(path, fault)
    return root


def _sequence_faults(element: Any) -> Iterator[str]:
    order, names = SEQUENCES[element.tag], [child.tag for child in element]
    if strange := [name for name in names if name not in order]:
        yield f"{element.tag} has no element {strange[0]}"
        return
    places = [order.index(name) for name in names]
    if places != sorted(places):
        yield f"the elements of {element.tag} are out of order"
    yield from (
        f"{element.tag} has {name} twice"
        for name in dict.fromkeys(names)
        if names.count(name) > 1 and name not in REPEATED
    )
    yield from (f"{element.tag} lacks {name}" for name in REQUIRED.get(element.tag, ()) if name not in names)
    if element.tag == "nameValuePair" and element.get("type") not in {"EXIF", "HASH"}:
        yield f"a pair is of the type {element.get('type')!r}"


def _value_faults(element: Any) -> Iterator[str]:
    name, text = element.tag, element.text or ""
    if len(element):
        return
    if not text.strip() and name != "value":
        yield f"{name} is empty"
    if len(text) > LENGTHS.get(name, len(text)):
        yield f"{name} is longer than {LENGTHS[name]} characters"
    right = True
    if name in BOOLEANS:
        right = text in {"true", "false"}
    elif name == "reportId":
        right = _NUMBER.fullmatch(text) is not None
    elif name == "fileId":
        right = len(text) == 32 and _HEX.fullmatch(text) is not None
    elif name == "fileRelevance":
        right = text in RELEVANCE
    elif name == "industryClassification":
        right = text in CLASSIFICATIONS
    elif name == "incidentType":
        right = text in INCIDENT_TYPES or text.startswith(PLACEHOLDER)
    elif name == "incidentDateTime":
        right = _TIME.fullmatch(text) is not None or text.startswith(PLACEHOLDER)
    elif name == "originalFileHash":
        right = len(text) == _HASHES.get(str(element.get("hashType")), -1) and _HEX.fullmatch(text) is not None
    if not right:
        yield f"{name} is {text!r:.80}"


def _wrong(path: Path, fault: str) -> OutputError:
    return OutputError(f"{path} did not come out right: {fault}.", kept="What was there before is still there.")
