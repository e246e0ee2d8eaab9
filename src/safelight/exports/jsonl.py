"""JSON lines: one object a line with everything that the case holds on a media or a place, for other programs to read.

Schema `safelight.item/1`. Nothing is left out and nothing is rounded: text from evidence stands in it as it is, escaped by JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import orjson

from safelight.case.read import CaseReader
from safelight.custody.chain import canonical
from safelight.errors import OutputError
from safelight.exports.exporting import Request
from safelight.exports.items import Item, Unread, iter_items, iter_unread
from safelight.exports.records import decision_record, finding_record, match_record, place_record
from safelight.exports.writing import Content
from safelight.model import Fingerprints

__all__ = ["SCHEMA", "JsonLines", "item_record", "unread_record"]

SCHEMA: Final = "safelight.item/1"


class JsonLines:
    """The whole case as JSON lines."""

    name: ClassVar[str] = "jsonl"
    what: ClassVar[str] = "everything, one JSON object a line, for other programs"
    submission: ClassVar[bool] = False
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One file: `output`, or `case.jsonl` in it when that is a directory."""

        def write(stream: BinaryIO) -> None:
            stream.writelines(canonical(item_record(item)).encode() + b"\n" for item in iter_items(case))
            stream.writelines(canonical(unread_record(unread)).encode() + b"\n" for unread in iter_unread(case))

        return {output / "case.jsonl" if output.is_dir() else output: write}

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """Every line is an object of the schema, and media are in order.

        Raises:
            OutputError: One is not.
        """
        before = ""
        with written.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    found = orjson.loads(line)
                    right = (
                        line.endswith(b"\n")
                        and found["schema"] == SCHEMA
                        and (found["sha256"] is None or found["sha256"] > before)
                    )
                except (orjson.JSONDecodeError, KeyError, TypeError):
                    right = False
                if not right:
                    raise OutputError(
                        f"{path}: line {number} did not come out right.", kept="What was there before is still there."
                    )
                before = found["sha256"] or before


def item_record(item: Item) -> dict[str, Any]:
    """One media as JSON."""
    opinion = item.opinion
    return {
        "schema": SCHEMA, "sha256": item.sha256, "sha1": item.sha1, "md5": item.md5, "size_bytes": item.size_bytes,
        "media_type": item.media_type, "kind": str(item.kind), "width_px": item.width_px, "height_px": item.height_px,
        "frames": item.frames, "fingerprints": _prints(item.fingerprints),
        "readers": [{"reader": run.reader, "version": run.version, "outcome": str(run.outcome)} for run in item.runs],
        "places": [place_record(place) for place in item.places],
        "findings": [finding_record(finding) for finding in item.findings],
        "place_findings": [finding_record(finding) for finding in item.place_findings],
        "origin": None if opinion is None else {**asdict(opinion), "basis": list(opinion.basis)},
        "matches": [match_record(match) for match in item.matches],
        "near_duplicate_of": None if item.representative is None else {
            "sha256": item.representative[0], "distance_bits": item.representative[1],
        },
        "decisions": _decisions(item),
        "exposures": [{**asdict(shown), "step": str(shown.step)} for shown in item.exposures],
    }  # fmt: skip


def unread_record(unread: Unread) -> dict[str, Any]:
    """One place without a digest as JSON."""
    return {
        "schema": SCHEMA, "sha256": None, "places": [place_record(unread.place)],
        "place_findings": [finding_record(finding) for finding in unread.findings],
    }  # fmt: skip


def _prints(prints: Fingerprints | None) -> dict[str, Any] | None:
    return None if prints is None else asdict(prints) | {"pdq_dihedral": list(prints.pdq_dihedral)}


def _decisions(item: Item) -> list[dict[str, Any]]:
    decisions = item.standing.decisions if item.standing else ()
    return [{"sha256": item.sha256, **decision_record(decision)} for decision in decisions]
