"""STIX 2.1: a bundle of files with their hashes, when they were observed, and notes on what is said of them; marked TLP:RED.

A file carries its PDQ hash as the custom property `x_pdq`, since the standard names no perceptual hash. Written as plain JSON, one object after the
other, and read back by the library `stix2`, which knows what the standard demands.

Source: OASIS STIX 2.1, sections 2.9 (identifiers), 3.2, 4.10 (note), 4.14 (observed data), 6.7 (file), 7.2.1.4 (TLP).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final
from uuid import UUID, uuid5

from safelight import __version__
from safelight.case.read import CaseReader
from safelight.errors import OutputError
from safelight.exports.exporting import Request
from safelight.exports.gate import Passed
from safelight.exports.identifiers import numbering
from safelight.exports.items import Item
from safelight.exports.parts import Part, passing, survey, unburied_by_origin
from safelight.exports.records import dumps, hex_digits
from safelight.exports.statements import sentences
from safelight.exports.times import written_between
from safelight.exports.writing import Content
from safelight.model import display_text

__all__ = ["TLP_RED", "Stix", "file_id"]

TLP_RED: Final[dict[str, Any]] = {
    "type": "marking-definition", "spec_version": "2.1", "id": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
    "created": "2017-01-20T00:00:00.000Z", "definition_type": "tlp", "name": "TLP:RED", "definition": {"tlp": "red"},
}  # fmt: skip
"""As the standard gives it, word for word."""
_MARKED: Final = [TLP_RED["id"]]
_FILES: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The name space of observables, section 2.9."""
_INSTALL: Final = "pip install 'safelight[stix]'"


class Stix:
    """A STIX 2.1 bundle."""

    name: ClassVar[str] = "stix-2.1"
    what: ClassVar[str] = "STIX 2.1 bundle, TLP:RED, one file for each kind of origin"
    submission: ClassVar[bool] = True
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One bundle for each kind of origin.

        Raises:
            OutputError: Nothing passes the gate, or `stix2`, which checks the bundle, is not installed.
        """
        _stix2()
        parts = survey(case, output, request.gate, unburied_by_origin, "stix-2.1.json")
        return {part.path: _writer(case, request, part) for part in parts}

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """`stix2` takes every object, each is marked, and notes and observations are of the file before them.

        Raises:
            OutputError: It is not so.
        """
        import ijson

        stix2 = _stix2()
        seen: dict[str, str] = {}
        count = 0
        try:
            with written.open("rb") as stream:
                for count, record in enumerate(ijson.items(stream, "objects.item", use_float=True), 1):
                    stix2.parse(record, allow_custom=True)
                    if fault := _fault(record, seen):
                        raise _wrong(path, f"object {count}: {fault}")
            with written.open("rb") as stream:
                heads = {name: value for name, _, value in ijson.parse(stream) if name in {"type", "id"}}
        except (stix2.exceptions.STIXError, ijson.JSONError, ValueError, TypeError, KeyError) as error:
            raise _wrong(path, f"object {count + 1}: {error!s:.300}") from error
        if heads.get("type") != "bundle" or not str(heads.get("id")).startswith("bundle--") or "note" not in seen:
            raise _wrong(path, "it is no bundle of files")


def _fault(record: Mapping[str, Any], seen: dict[str, str]) -> str:
    kind, number = record["type"], record["id"]
    if record != TLP_RED and record.get("object_marking_refs") != _MARKED:
        return "it is not marked TLP:RED"
    if "x_pdq" in record:
        hex_digits(record["x_pdq"], 64)
    before = {"observed-data": "file", "note": "observed-data"}.get(kind)
    if before and record["object_refs"] != [seen.get(before)]:
        return f"it is not of the {before} before it"
    if seen.get(kind) == number:
        return "it is there twice"
    seen[kind] = number
    return ""


def _writer(case: CaseReader, request: Request, part: Part) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        number = numbering(case, "stix-2.1")
        made, changed = written_between(case)
        common = {"spec_version": "2.1", "created": made, "modified": changed, "object_marking_refs": _MARKED}
        author = {
            "type": "identity", "id": f"identity--{number('safelight')}", **common, "name": "Safelight", "identity_class": "system",
            "description": f"Safelight {__version__}, software of the unit that sends this. The unit names itself beside it.",
        }  # fmt: skip
        stream.write(b'{"type":"bundle","id":"bundle--%s","objects":[\n' % number("bundle", part.key).encode())
        stream.write(dumps(TLP_RED) + b",\n" + dumps(author))
        for passed in passing(case, request.gate, part, unburied_by_origin):
            stream.writelines(b",\n" + dumps(record) for record in _objects(passed, number, common, str(author["id"])))
        stream.write(b"\n]}\n")

    return write


def _objects(
    passed: Passed, number: Callable[..., str], common: dict[str, Any], author: str
) -> Iterator[dict[str, Any]]:
    item = passed.item
    file = _file(item)
    yield file
    seen = {
        "type": "observed-data", "id": f"observed-data--{number('seen', item.sha256)}", **common, "created_by_ref": author,
        "first_observed": common["created"], "last_observed": common["modified"], "number_observed": max(1, len(item.places)),
        "object_refs": [file["id"]],
    }  # fmt: skip
    yield seen
    yield {
        "type": "note", "id": f"note--{number('note', item.sha256)}", **common, "created_by_ref": author,
        "abstract": "Origin and decisions", "content": " ".join(sentences(passed)), "labels": [f"origin-{passed.origin}"],
        "object_refs": [seen["id"]],
    }  # fmt: skip


def _file(item: Item) -> dict[str, Any]:
    hashes = {"MD5": item.md5, "SHA-1": item.sha1, "SHA-256": item.sha256}
    record: dict[str, Any] = {
        "type": "file",
        "spec_version": "2.1",
        "id": "",
        "hashes": hashes,
        "size": item.size_bytes,
    }
    if item.places:
        location = item.places[0].location
        raw = (location.parts[-1] or location.source).rstrip(b"/").rpartition(b"/")[2]
        if raw:
            record["name"] = display_text(raw)
    record |= {"mime_type": item.media_type, "object_marking_refs": _MARKED}
    pdq = item.fingerprints.pdq if item.fingerprints is not None else None
    if pdq is not None:
        record |= {"x_pdq": pdq.hash, "x_pdq_quality": pdq.quality}
    return record | {"id": file_id(item.md5, record.get("name"))}


def file_id(md5: str, name: str | None) -> str:
    """The number of a file, which everybody derives alike: from its first hash in the order of section 2.9 (MD5), and its name."""
    said: dict[str, Any] = {"hashes": {"MD5": md5}} | ({"name": name} if name is not None else {})
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"file--{uuid5(_FILES, text)}"


def _stix2() -> Any:
    try:
        import stix2
    except ModuleNotFoundError as error:
        raise OutputError(
            "STIX bundles are checked by the library stix2, which is not installed.",
            kept="Nothing was written.",
            advice=_INSTALL,
        ) from error
    return stix2


def _wrong(path: Path, fault: str) -> OutputError:
    return OutputError(f"{path} did not come out as STIX 2.1: {fault}.", kept="What was there before is still there.")
