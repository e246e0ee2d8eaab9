"""From records to rows, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import orjson

from safelight.case import tables
from safelight.case.schema import SCHEMA
from safelight.custody.chain import canonical, storable
from safelight.model import (
    Basis,
    Examination,
    Finding,
    Fingerprints,
    JsonValue,
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
    "FileRecord", "Row", "RowsDigest", "covered_columns", "feature_rows", "file_row", "finding_from_row", "finding_row", "fingerprints_from_row",
    "location_from_row", "media_row", "number_finding", "opinion_from_row", "opinion_row", "storable_number",
]  # fmt: skip

Row = dict[str, Any]

_VERSION: Final = "1"
_TIMES: Final = ("modified_ns", "accessed_ns", "changed_ns", "created_ns")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One place, as the intake hands it to the case.

    Attributes:
        media_file: The place. `sha256`: its content; None when it could not be digested.
        examination: What was found in the content; None when it is in the case already, or could not be examined.
        opinion: The opinion that goes with the examination.
        findings: Findings on the place itself.
        done: False for an archive whose members are still to come. `again`: an earlier run left part of it unread, which this one reads.
    """

    media_file: MediaFile
    sha256: str | None
    examination: Examination | None
    opinion: OriginOpinion | None
    findings: tuple[Finding, ...]
    done: bool
    again: bool = False


class RowsDigest:
    """One SHA-256 for each table, over its rows as canonical JSON in the order of `tables.ORDER`.

    A digest for each table, so that a break can be named by its table. The schema is kept beside them: it says which columns the
    digests cover, so that a later schema with more columns can still check them.
    """

    def __init__(self) -> None:
        self._digests: dict[str, Any] = {}
        self.counts: dict[str, int] = {}

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Adds one row, which must hold every column; its `event` is left out, since that is where the digest goes."""
        self.add_values(table, [row[name] for name in covered_columns(table)])

    def add_values(self, table: str, values: Sequence[Any]) -> None:
        """As `add`, from the values of `covered_columns` in their order."""
        if table not in self._digests:
            self._digests[table], self.counts[table] = hashlib.sha256(), 0
        # Bytes stand in a list, so that they never look like the text of their digits.
        plain = [[value.hex()] if isinstance(value, bytes) else value for value in values]
        try:
            line = orjson.dumps(plain)
        except TypeError:
            # Nothing that Safelight stores: someone put text into the file that is not even UTF-8, or a number too large.
            line = repr(plain).encode("utf-8", "backslashreplace")
        self._digests[table].update(line + b"\n")
        self.counts[table] += 1

    def add_sorted(self, table: str, rows: Iterable[Row]) -> None:
        """Adds the rows of one table in the order in which they will be read back."""
        for row in sorted(rows, key=lambda row: tuple(row[name] for name in tables.ORDER[table])):
            self.add(table, row)

    def rows(self) -> dict[str, JsonValue]:
        """Number of rows and digest of each table."""
        return {
            name: {"count": self.counts[name], "sha256": digest.hexdigest()} for name, digest in self._digests.items()
        }

    def record(self) -> dict[str, JsonValue]:
        """What goes into the custody event."""
        return {"schema": SCHEMA, "rows": self.rows()}


@cache
def covered_columns(table: str) -> tuple[str, ...]:
    """The columns of a table that its digest covers, in their order."""
    return tuple(sorted(str(column.name) for column in tables.METADATA.tables[table].columns if column.name != "event"))


def storable_number(value: int | None) -> int | None:
    """The number, or None for one that no database can hold (`number_finding` then keeps it)."""
    return value if value is not None and -(1 << 63) <= value < 1 << 63 else None


def number_finding(item: MediaFile) -> Finding | None:
    """The finding that keeps sizes and times beyond 64 bits, which archives and some file systems can state."""
    stated: dict[str, JsonValue] = {}
    for name in ("size_bytes", *_TIMES):
        value = getattr(item, name)
        if value is not None and storable_number(value) is None:
            stated[name] = str(value) if value.bit_length() < 10_000 else hex(value)
    if not stated:
        return None
    return Finding(
        reader="case",
        version=_VERSION,
        what=f"The {' and '.join(stated)} recorded for this place cannot be stored as a number; the exact value is kept here.",
        does_not_show="Whether the value was ever true.",
        details=stated,
    )


def media_row(examination: Examination, run_id: int) -> Row:
    """The row of one media."""
    prints = examination.fingerprints or Fingerprints()
    return {
        "sha256": examination.sha256, "sha1": examination.sha1, "md5": examination.md5, "size_bytes": examination.size_bytes,
        "media_type": storable(examination.media_type), "kind": str(examination.kind), "width_px": examination.width_px,
        "height_px": examination.height_px, "frames": examination.frames, **_pdq("pdq", prints.pdq),
        **_pdq("pdq_nearest512", prints.pdq_nearest512), **_pdq("pdq_oriented", prints.pdq_oriented),
        "pdq_dihedral": canonical(list(prints.pdq_dihedral)),
        "runs": canonical([[item.reader, item.version, str(item.outcome)] for item in examination.runs]), "run_id": run_id,
    }  # fmt: skip


def feature_rows(examination: Examination, run_id: int) -> list[Row]:
    """The row of the local features of one media; none where they were not looked for."""
    packed = examination.fingerprints.features if examination.fingerprints else None
    if packed is None:
        return []
    from safelight.fingerprint.features import FORM

    return [{"sha256": examination.sha256, "form": FORM, "packed": packed, "run_id": run_id}]


def _pdq(name: str, value: PdqHash | None) -> Row:
    return {name: value.hash if value else None, f"{name}_quality": value.quality if value else None}


def file_row(record: FileRecord, run_id: int, revision: int) -> Row:
    """The row of one place."""
    item = record.media_file
    return {
        "location_key": item.location.key, "revision": revision, "source": item.location.source,
        "parts": b"".join(len(part).to_bytes(4, "big") + part for part in item.location.parts),
        "path": item.location.display(), "size_bytes": storable_number(item.size_bytes),
        **{name: storable_number(getattr(item, name)) for name in _TIMES},
        "sha256": record.sha256, "state": "done" if record.done else "opens", "run_id": run_id,
    }  # fmt: skip


def finding_row(
    finding: Finding,
    run_id: int,
    *,
    sha256: str | None = None,
    location_key: bytes | None = None,
    revision: int | None = None,
) -> Row:
    """The row of one finding, on a media or on one revision of a place; the case adds its `id`."""
    return {
        "sha256": sha256, "location_key": location_key, "revision": revision, "reader": storable(finding.reader),
        "version": storable(finding.version),
        "outcome": str(finding.outcome), "supports": str(finding.supports), "basis": str(finding.basis) if finding.basis else None,
        "what": storable(finding.what), "place": storable(finding.where), "strength": str(finding.strength),
        "could_be_faked_by": storable(finding.could_be_faked_by), "does_not_show": storable(finding.does_not_show),
        "details": canonical(dict(finding.details)), "run_id": run_id,
    }  # fmt: skip


def opinion_row(sha256: str, opinion: OriginOpinion, run_id: int) -> Row:
    """The row of one opinion."""
    return {
        "sha256": sha256, "run_id": run_id, "opinion": str(opinion.opinion), "log10_lr": opinion.log10_lr + 0.0,
        "strength": str(opinion.strength), "basis": canonical([str(basis) for basis in opinion.basis]),
        "generator": _maybe(opinion.generator), "generator_version": _maybe(opinion.generator_version),
        "model": _maybe(opinion.model), "seed": _maybe(opinion.seed), "prompt": _maybe(opinion.prompt),
        "captured_with": _maybe(opinion.captured_with), "conflicts": canonical(list(opinion.conflicts)), "limits": canonical(list(opinion.limits)),
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
    """The hashes of a media, without its local features; None when its pixels were not read."""
    if row["pdq"] is None:
        return None
    pdq, nearest512, oriented = (
        PdqHash(row[name], row[f"{name}_quality"]) if row[name] is not None else None
        for name in ("pdq", "pdq_nearest512", "pdq_oriented")
    )
    return Fingerprints(
        pdq=pdq, pdq_nearest512=nearest512, pdq_oriented=oriented, pdq_dihedral=tuple(orjson.loads(row["pdq_dihedral"]))
    )


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


def _maybe(value: str | None) -> str | None:
    return None if value is None else storable(value)
