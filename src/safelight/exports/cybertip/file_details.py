"""The XML of one item, `fileDetails`."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from safelight.case.reviewing import RevealStep
from safelight.exports.cybertip.schema import LENGTHS, RELEVANCE, ROOT_ATTRIBUTES, SUPPLEMENTAL, XSI
from safelight.exports.gate import Passed
from safelight.exports.items import Item
from safelight.exports.statements import said_origins, sentences
from safelight.model import MediaKind, Opinion, display_text

__all__ = ["NO_FILE", "NO_REPORT", "exif_viewed", "file_details", "to_bytes", "viewed_whole"]

NO_REPORT: Final = "0"
NO_FILE: Final = "0" * 32
"""The service gives both numbers when a person opens the report and uploads the file; it has no report 0."""
_ESCAPED: Final = "Characters that XML forbids or that do not show are written as backslash escapes (\\x00, \\u202e); bytes that are no text, too."
_CUT: Final = "The name was cut to the length that the service takes."


def file_details(passed: Passed) -> ET.Element:
    """The element of one item, its children in the order that is enforced."""
    item = passed.item
    root = ET.Element("fileDetails", ROOT_ATTRIBUTES)
    _child(root, "reportId", NO_REPORT)
    _child(root, "fileId", NO_FILE)
    name, remarks = _file_name(item)
    if name:
        _child(root, "originalFileName", name)
    _child(root, "fileViewedByEsp", _word(viewed_whole(item)))
    _child(root, "exifViewedByEsp", _word(exif_viewed(item)))
    # What nobody has settled, and was asked for, goes along beside what is reported.
    _child(root, "fileRelevance", RELEVANCE[0] if passed.decision is not None else SUPPLEMENTAL)
    if said_origins(item) == {Opinion.GENERATED}:
        ET.SubElement(ET.SubElement(root, "fileAnnotations"), "generativeAi")
    for kind, value in (("MD5", item.md5), ("SHA1", item.sha1), ("SHA256", item.sha256)):
        _child(root, "originalFileHash", value).set("hashType", kind)
    pdq = item.fingerprints.pdq if item.fingerprints is not None else None
    if pdq is not None:
        details = ET.SubElement(root, "details")
        for word, value in (("PDQ", pdq.hash), ("PDQ quality", str(pdq.quality))):
            pair = ET.SubElement(details, "nameValuePair", {"type": "HASH"})
            _child(pair, "name", word)
            _child(pair, "value", value)
    _child(root, "additionalInfo", " ".join((*sentences(passed), *remarks)))
    return root


def viewed_whole(item: Item) -> bool:
    """Whether the ledger says that a person was shown the entire content: a still picture, whole and unblurred."""
    return item.viewed_in_full and item.kind is MediaKind.IMAGE and item.frames in {None, 1}


def exif_viewed(item: Item) -> bool:
    """Whether the ledger says that a person was shown the texts in the file, and a reader found such a text in its EXIF.

    What the prompts of a generation run share was shown for the run, and is not the text of any one file.
    """
    shown = any(each.step is RevealStep.TEXT and "generation_run" not in each.details for each in item.exposures)
    return shown and any("exif" in finding.where.casefold() for finding in item.findings)


def to_bytes(root: ET.Element) -> bytes:
    """The document."""
    ET.register_namespace("xsi", XSI)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _file_name(item: Item) -> tuple[str, tuple[str, ...]]:
    """The name in its first place, as it can be shown, and what must be said of it."""
    if not item.places:
        return "", ("Its places hold something else by now.",)
    location = item.places[0].location
    raw = (location.parts[-1] or location.source).rstrip(b"/").rpartition(b"/")[2]
    name, most = display_text(raw), LENGTHS["originalFileName"]
    remarks = (_ESCAPED,) if name.encode() != raw else ()
    return name[:most], remarks + ((_CUT,) if len(name) > most else ())


def _child(parent: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = text
    return child


def _word(value: bool) -> str:
    return "true" if value else "false"
