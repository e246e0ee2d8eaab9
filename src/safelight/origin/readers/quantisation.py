"""The quantisation tables of a JPEG: which program's they could be. Facts for comparing files of one case, no evidence by themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.metadata import QuantisationTable
from safelight.model import Finding, JsonValue

__all__ = ["QuantisationReader"]

_TABLES_MAX: Final = 4


class QuantisationReader:
    """Tells the tables as a digest, and whether they are those of the IJG library."""

    name: ClassVar[str] = "quantisation"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the quantisation tables of a JPEG, to compare files that one device or program wrote"
    silence_means: ClassVar[str] = "it is no JPEG, or its tables are damaged"
    cost: ClassVar[str] = "about 0.4 ms a JPEG; nothing for other formats"
    source: ClassVar[str] = "ITU-T T.81 annexes B and K; the scaling rule of the IJG library"
    checked_on: ClassVar[str] = (
        "57 camera files, 24 of them with plain IJG tables: which is why tables support nothing here"
    )
    where: ClassVar[str] = "DQT segments of JPEG"
    keys: ClassVar[str] = "the tables themselves"
    weighs: ClassVar[str] = "nothing: cameras, editors and generators use the same tables"
    survives: ClassVar[str] = "until the picture is saved again, which writes the tables of the last program"
    faked_by: ClassVar[str] = "saving with chosen tables, an option of common libraries"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for a JPEG with tables."""
        tables = content.metadata.quantisation_tables[:_TABLES_MAX]
        if not tables:
            return
        qualities = [table.ijg_quality for table in tables]
        plain = None not in qualities
        said = (
            f"those of the IJG library at quality {', '.join(dict.fromkeys(str(one) for one in qualities))}"
            if plain
            else "not those of the IJG library"
        )
        listed: list[JsonValue] = [
            {"identifier": table.identifier, "bits": table.bits, "ijg_quality": quality, "estimated_quality": table.estimated_quality}
            for table, quality in zip(tables, qualities, strict=True)
        ]  # fmt: skip
        yield Finding(
            reader=self.name,
            version=self.version,
            what=f"The quantisation tables are {said}.",
            where=f"JPEG DQT at byte {tables[0].offset}",
            could_be_faked_by=self.faked_by,
            does_not_show="Anything on origin: cameras, editors and generators use the same tables. Equal tables can help to sort files.",
            details={"tables_sha256": _digest(tables), "ijg": plain, "tables": listed},
        )


def _digest(tables: tuple[QuantisationTable, ...]) -> str:
    """One name for a set of tables: SHA-256 over identifier and entries (two bytes each, big-endian), in the order of the file."""
    joined = b"".join(
        bytes((table.identifier & 0xFF,)) + b"".join(value.to_bytes(2, "big") for value in table.values)
        for table in tables
    )
    return hashlib.sha256(joined).hexdigest()
