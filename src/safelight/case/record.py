"""From records to rows, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from safelight.case import tables
from safelight.model import (
    Basis,
    Examination,
    Finding,
    Fingerprints,
    Location,
    MediaFile,
    Opinion,
    OriginOpinion,
    Outcome,
    PdqHash,
    Strength,
    Supports,
)

__all__ = [
    "FileRecord", "RowsDigest", "file_row", "finding_from_row", "finding_row", "fingerprints_from_row", "location_from_row", "media_row",
    "opinion_from_row", "opinion_row",
]  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One place, as the intake hands it to the case.

    Attributes:
        media_file: The place. `sha256`: its content; None when it could not be digested.
        examination: What was found in the content; None when it is in the case already, or could not be examined.
        opinion: The opinion that goes with the examination.
        findings: Findings on the place itself.
        done: False for an archive whose members are still to come.
    """

    media_file: MediaFile
    sha256: str | None
    examination: Examination | None
    opinion: OriginOpinion | None
    findings: tuple[Finding, ...]
    done: bool


class RowsDigest:
    """SHA-256 over rows as canonical JSON, one table after another, in the order of `tables.ORDER`."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.counts: dict[str, int] = {}

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Adds one row; its `id` and `event` are left out, since the database gives them."""
        values = [
            value.hex() if isinstance(value, bytes | memoryview) else value
            for name, value in sorted(row.items())
            if name not in {"id", "event"}
        ]
        # SQLAlchemy's names are a subclass of str, which JSON keys may not be.
        table = str(table)
        self._digest.update(orjson.dumps([table, values]) + b"\n")
        self.counts[table] = self.counts.get(table, 0) + 1

    def add_sorted(self, table: str, rows: Iterable[Row]) -> None:
        """Adds the rows of one table in the order in which they will be read back."""
        names = tables.ORDER[table]
        ordered = rows if names == ("id",) else sorted(rows, key=lambda row: tuple(row[name] for name in names))
        for row in ordered:
            self.add(table, row)

    def record(self) -> dict[str, Any]:
        """What goes into the custody event."""
        return {"rows": dict(self.counts), "rows_sha256": self._digest.hexdigest()}


def media_row(examination: Examination, run_id: int) -> Row:
    """The row of one media."""
    prints = examination.fingerprints or Fingerprints()
    return {
        "sha256": examination.sha256, "sha1": examination.sha1, "md5": examination.md5, "size_bytes": examination.size_bytes,
        "media_type": _text(examination.media_type), "kind": str(examination.kind), "width_px": examination.width_px,
        "height_px": examination.height_px, "frames": examination.frames, **_pdq("pdq", prints.pdq),
        **_pdq("pdq_nearest512", prints.pdq_nearest512), **_pdq("pdq_oriented", prints.pdq_oriented),
        "pdq_dihedral": _json(list(prints.pdq_dihedral)),
        "runs": _json([[item.reader, item.version, str(item.outcome)] for item in examination.runs]), "run_id": run_id,
    }  # fmt: skip


def _pdq(name: str, value: PdqHash | None) -> Row:
    return {name: value.hash if value else None, f"{name}_quality": value.quality if value else None}


def file_row(record: FileRecord, run_id: int, revision: int) -> Row:
    """The row of one place."""
    item = record.media_file
    return {
        "location_key": item.location.key, "revision": revision, "source": item.location.source,
        "parts": b"".join(len(part).to_bytes(4, "big") + part for part in item.location.parts),
        "path": item.location.display(), "size_bytes": item.size_bytes, "modified_ns": item.modified_ns,
        "accessed_ns": item.accessed_ns, "changed_ns": item.changed_ns, "created_ns": item.created_ns,
        "sha256": record.sha256, "opens": not record.done, "run_id": run_id,
    }  # fmt: skip


def finding_row(finding: Finding, run_id: int, *, sha256: str | None, location_key: bytes | None) -> Row:
    """The row of one finding, on a media or on a place."""
    return {
        "sha256": sha256, "location_key": location_key, "reader": _text(finding.reader), "version": _text(finding.version),
        "outcome": str(finding.outcome), "supports": str(finding.supports), "basis": str(finding.basis) if finding.basis else None,
        "what": _text(finding.what), "place": _text(finding.where), "strength": str(finding.strength),
        "could_be_faked_by": _text(finding.could_be_faked_by), "does_not_show": _text(finding.does_not_show),
        "details": _json(dict(finding.details)), "run_id": run_id,
    }  # fmt: skip


def opinion_row(sha256: str, opinion: OriginOpinion, run_id: int) -> Row:
    """The row of one opinion."""
    return {
        "sha256": sha256, "run_id": run_id, "opinion": str(opinion.opinion), "log10_lr": float(opinion.log10_lr),
        "strength": str(opinion.strength), "basis": _json([str(basis) for basis in opinion.basis]),
        "generator": _maybe(opinion.generator), "generator_version": _maybe(opinion.generator_version),
        "model": _maybe(opinion.model), "seed": _maybe(opinion.seed), "prompt": _maybe(opinion.prompt),
        "captured_with": _maybe(opinion.captured_with), "conflicts": _json(list(opinion.conflicts)), "limits": _json(list(opinion.limits)),
    }  # fmt: skip


def location_from_row(row: Mapping[str, Any]) -> Location:
    """The exact place."""
    packed = bytes(row["parts"])
    parts, offset = [], 0
    while offset < len(packed):
        end = offset + 4 + int.from_bytes(packed[offset : offset + 4], "big")
        parts.append(packed[offset + 4 : end])
        offset = end
    return Location(bytes(row["source"]), tuple(parts))


def fingerprints_from_row(row: Mapping[str, Any]) -> Fingerprints | None:
    """The fingerprints of a media; None when its pixels were not read."""
    if row["pdq"] is None:
        return None
    hashes = {
        name: PdqHash(row[name], row[f"{name}_quality"]) if row[name] is not None else None
        for name in ("pdq", "pdq_nearest512", "pdq_oriented")
    }
    return Fingerprints(**hashes, pdq_dihedral=tuple(orjson.loads(row["pdq_dihedral"])))


def finding_from_row(row: Mapping[str, Any]) -> Finding:
    """One finding."""
    return Finding(
        reader=row["reader"], version=row["version"], what=row["what"], outcome=Outcome(row["outcome"]),
        supports=Supports(row["supports"]), basis=Basis(row["basis"]) if row["basis"] else None, where=row["place"],
        strength=Strength(row["strength"]), could_be_faked_by=row["could_be_faked_by"], does_not_show=row["does_not_show"],
        details=orjson.loads(row["details"]),
    )  # fmt: skip


def opinion_from_row(row: Mapping[str, Any]) -> OriginOpinion:
    """One opinion."""
    return OriginOpinion(
        opinion=Opinion(row["opinion"]), log10_lr=row["log10_lr"], strength=Strength(row["strength"]),
        basis=tuple(Basis(name) for name in orjson.loads(row["basis"])), generator=row["generator"],
        generator_version=row["generator_version"], model=row["model"], seed=row["seed"], prompt=row["prompt"],
        captured_with=row["captured_with"], conflicts=tuple(orjson.loads(row["conflicts"])), limits=tuple(orjson.loads(row["limits"])),
    )  # fmt: skip


def _json(value: object) -> str:
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    # PostgreSQL stores no zero character, not even escaped in text that it checks; shown as its escape in words.
    return text.replace("\\u0000", "\\\\u0000")


def _text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def _maybe(value: str | None) -> str | None:
    return None if value is None else _text(value)
