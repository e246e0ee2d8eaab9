"""Is an export or a report what was written: its files against their manifest, the manifest against its seal and the log of the case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from safelight.case.case import Case
from safelight.case.read import WRITTEN_OUT
from safelight.case.schema import DATABASE_NAME
from safelight.custody.chain import Break
from safelight.custody.keys import PublicKey
from safelight.custody.seals import signature_holds
from safelight.errors import OutputError
from safelight.exports.exporting import MANIFEST, manifest_digest

__all__ = ["ExportCheck", "verify_export"]

_MOST_BYTES = 64 << 20
_MOST_MANIFESTS = 100


@dataclass(frozen=True, slots=True)
class ExportCheck:
    """What a check found.

    Attributes:
        breaks: Every break; none when the export is what was written.
        files: How many files were checked. `checked_against`: what they were checked against, in words.
        head: Of the custody log when it was written, `number:digest`; empty when that is not known.
        sealed_by: Whose key sealed the manifest; None when none did.
    """

    breaks: tuple[Break, ...]
    files: int
    checked_against: str
    head: str
    sealed_by: PublicKey | None = None


def verify_export(path: Path, keys: Sequence[PublicKey] = ()) -> ExportCheck:
    """Checks one export.

    Args:
        path: Its manifest, or any of its files; or a report beside the case that it was written from.
        keys: Of the unit: the manifest must be sealed by one of them, when there are any.

    Raises:
        OutputError: The file cannot be read, or neither manifest nor case says what it was.
    """
    try:
        manifest_path = _manifest_of(path)
        if manifest_path is not None:
            return _against_manifest(manifest_path, keys)
        return _against_case(path, keys)
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}.", advice="Check the path.") from error


def _manifest_of(path: Path) -> Path | None:
    """The manifest that tells of this file."""
    if _read_manifest(path) is not None:
        return path
    # Several files that belong together, one for each kind of origin, have one manifest under the name that was asked for.
    beside = sorted(path.parent.glob("*.manifest.json"))[:_MOST_MANIFESTS]
    for candidate in (path.with_name(f"{path.name}.manifest.json"), path.with_name("manifest.json"), *beside):
        if candidate.is_file() and (found := _read_manifest(candidate)) is not None:
            names = [each.get("name") for each in found.get("files", []) if isinstance(each, dict)]
            if path.name in names:
                return candidate
    return None


def _read_manifest(path: Path) -> dict[str, Any] | None:
    with path.open("rb") as stream:
        content = stream.read(_MOST_BYTES)
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and found.get("schema") == MANIFEST else None


def _against_manifest(path: Path, keys: Sequence[PublicKey]) -> ExportCheck:
    manifest = _read_manifest(path) or {}
    breaks: list[Break] = []
    files = [each for each in manifest.get("files", []) if isinstance(each, dict)]
    for each in files:
        # Only the last part of a name counts: a manifest must not lead to other folders.
        breaks += _file_breaks(path.parent / Path(str(each.get("name"))).name, each.get("sha256"))
    seal = manifest.pop("seal", None)
    by = signature_holds(seal) if isinstance(seal, dict) else None
    named = seal.get("manifest_sha256") if isinstance(seal, dict) else None
    if seal is not None and (by is None or named != manifest_digest(manifest)):
        breaks.append(Break(str(path), "its seal does not hold: the manifest was changed"))
        by = None
    breaks += _key_breaks(str(path), by, keys)
    return ExportCheck(tuple(breaks), len(files), f"the manifest {path.name}", str(manifest.get("head", "")), by)


def _against_case(path: Path, keys: Sequence[PublicKey]) -> ExportCheck:
    """A report that triage wrote beside the case: the log says what its digest was."""
    if not (path.parent / DATABASE_NAME).is_file():
        raise OutputError(
            f"Nothing says what {path} was when it was written: there is no manifest and no case beside it.",
            kept="Nothing was changed.",
            advice="Give the manifest, or keep it beside the export.",
        )
    written: str | None = None
    head = ""
    with Case.open(path.parent, read_only=True) as case:
        for event in case.events():
            if event.action in WRITTEN_OUT:
                written = _digest_in(event.details, path.name) or written
            head = f"{event.seq}:{event.digest}"
    if written is None:
        raise OutputError(
            f"The custody log of the case names no file {path.name}.", advice="Write it again, or give its manifest."
        )
    breaks = [*_file_breaks(path, written), *_key_breaks(str(path), None, keys)]
    return ExportCheck(tuple(breaks), 1, "the custody log of the case beside it", head)


def _digest_in(details: str, name: str) -> str | None:
    """The digest that an event names for a file."""
    try:
        found = orjson.loads(details)
        by_name = dict(found.get("sha256", {})) | {each["name"]: each["sha256"] for each in found.get("files", [])}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return None
    digest = by_name.get(name)
    return digest if isinstance(digest, str) else None


def _file_breaks(path: Path, expected: object) -> list[Break]:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return [Break(str(path), "it is missing")]
    return [] if found == expected else [Break(str(path), "its content is not what was written")]


def _key_breaks(where: str, by: PublicKey | None, keys: Sequence[PublicKey]) -> list[Break]:
    if keys and (by is None or by.raw not in {key.raw for key in keys}):
        return [Break(where, "it is not sealed with a key that was given")]
    return []
