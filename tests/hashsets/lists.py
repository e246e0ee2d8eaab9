"""How the tests of the hash sets import a list and look a media up in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safelight.hashsets import HashSetStore
from safelight.hashsets.entry import Entry, ImportReport, Rejected
from safelight.hashsets.importing import read_list
from safelight.model import Fingerprints, Match, MatchHow, PdqHash

MD5, SHA1, SHA256, PDQ = "0a" * 16, "0b" * 20, "0c" * 32, "f0" * 32
CONTEXTS = {
    "1.3": ("odata.metadata", "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#"),
    "2.0": ("@odata.context", "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#"),
}


def md5(word: object) -> str:
    return hashlib.md5(str(word).encode()).hexdigest()


def sha256(word: object) -> str:
    return hashlib.sha256(str(word).encode()).hexdigest()


def flipped(hexes: str, *bits: int) -> str:
    """The hash with these bits turned."""
    return f"{int(hexes, 16) ^ sum(1 << bit for bit in set(bits)):064x}"


def written(folder: Path, content: str | bytes, name: str = "list.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(
    folder: Path, content: str | bytes, kind: MatchHow | None = None
) -> tuple[list[Entry], list[Rejected], ImportReport]:
    """What a list file holds, without any store."""
    report = ImportReport(name="unit", file="list.txt")
    items = list(read_list(written(folder, content), kind, report))
    return (
        [item for item in items if isinstance(item, Entry)],
        [item for item in items if isinstance(item, Rejected)],
        report,
    )


def imported(folder: Path, content: str | bytes, name: str = "unit", **given: Any) -> ImportReport:
    """Imports a list into the store of this folder."""
    with HashSetStore(folder / "store") as store:
        return store.import_file(written(folder, content), name=name, **given)


def media(word: object = "media", **prints: Any) -> tuple[str, str, str, Fingerprints | None]:
    """A media whose digests are those of the word, and which is on no list by them."""
    data = str(word).encode()
    digests = (hashlib.sha256(data).hexdigest(), hashlib.sha1(data).hexdigest(), hashlib.md5(data).hexdigest())
    return *digests, Fingerprints(**prints) if prints else None


def pdq(hexes: str = PDQ, quality: int = 90) -> PdqHash:
    return PdqHash(hexes, quality)


def matches(folder: Path, asked: Sequence[Any], distance: int = 31, names: Sequence[str] | None = None) -> list[Match]:
    with HashSetStore(folder / "store") as store:
        return store.matcher(names, distance).match(asked)


def vics(records: Sequence[object], shape: str, version: str = "2.0") -> str:
    """Project VIC JSON as its exporters write it, header first."""
    key, context = CONTEXTS[version]
    value: list[object] = list(records)
    if shape == "case":
        value = [
            {"CaseID": "{0}", "TotalMediaFiles": "9", "TotalPrecategorized": 7, "Media": value, "CaseMetadata": []}
        ]
    return json.dumps({key: context + ("Media" if shape == "set" else "Cases"), "value": value})
