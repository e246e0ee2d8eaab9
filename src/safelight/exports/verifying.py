"""Is an export or a report what was written: its files against their manifest, the manifest against its seal and the log of the case."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from safelight.case.case import Case
from safelight.case.read import WRITTEN_OUT, CaseReader
from safelight.case.schema import DATABASE_NAME
from safelight.custody.chain import Break
from safelight.custody.keys import PublicKey
from safelight.custody.seals import signature_holds
from safelight.errors import CaseError, OutputError
from safelight.exports.manifest import MANIFEST_FIELDS, manifest_digest, read_manifest

__all__ = ["ExportCheck", "verify_export", "verify_reports"]

_MOST_MANIFESTS = 100
_BESIDE = "report-written"
"""What the log calls a report that a run wrote beside its case."""


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
    if read_manifest(path) is not None:
        return path
    # Several files that belong together, one for each kind of origin, have one manifest under the name that was asked for.
    beside = sorted(path.parent.glob("*.manifest.json"))[:_MOST_MANIFESTS]
    for candidate in (path.with_name(f"{path.name}.manifest.json"), path.with_name("manifest.json"), *beside):
        if candidate.is_file() and (found := read_manifest(candidate)) is not None:
            names = [each.get("name") for each in found.get("files", []) if isinstance(each, dict)]
            if path.name in names:
                return candidate
    return None


def _against_manifest(path: Path, keys: Sequence[PublicKey]) -> ExportCheck:
    manifest = read_manifest(path) or {}
    breaks = [
        Break(str(path), f"it has {word} that no manifest of Safelight has")
        for word in sorted(map(repr, manifest.keys() - MANIFEST_FIELDS))
    ]
    files = [each for each in manifest.get("files", []) if isinstance(each, dict)]
    for each in files:
        # Only the last part of a name counts: a manifest must not lead to other folders.
        breaks += _file_breaks(path.parent / Path(str(each.get("name"))).name, each.get("sha256"))
    seal, own = manifest.pop("seal", None), manifest.pop("manifest_sha256", None)
    if own is not None and own != manifest_digest(manifest):
        breaks.append(Break(str(path), "it was changed"))
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
    with Case.open(path.parent, read_only=True) as case:
        written = _all(_written(case).get(path.name, {}))
        head = case.head()
    if not written:
        raise OutputError(
            f"The custody log of the case names no file {path.name}.", advice="Write it again, or give its manifest."
        )
    breaks = [*_file_breaks(path, *written), *_key_breaks(str(path), None, keys)]
    return ExportCheck(tuple(breaks), 1, "the custody log of the case beside it", head)


def verify_reports(case: CaseReader, directory: Path) -> tuple[int, tuple[Break, ...]]:
    """Checks the reports that lie beside a case against its log; those that were taken away are not missed.

    Args:
        case: Open for reading. `directory`: where it lies.

    Returns:
        How many there are, and a break for each that is not as any run wrote it.
    """
    try:
        written = _written(case)
    except CaseError:
        # What is wrong with the log is named by the check of the log.
        return 0, (Break("reports beside the case", "they could not be checked, since the log holds what is no text"),)
    # Exports have their manifest, and can lie anywhere.
    there = [
        name for name, by_action in sorted(written.items()) if _BESIDE in by_action and (directory / name).is_file()
    ]
    return len(there), tuple(found for name in there for found in _file_breaks(directory / name, *_all(written[name])))


def _written(case: CaseReader) -> Mapping[str, Mapping[str, list[str]]]:
    """By name and by what the log calls it, every digest that a file was written with: a later export of that name may lie elsewhere."""
    found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for event in case.events():
        if event.action in WRITTEN_OUT:
            for name, digest in _digests_in(event.details).items():
                found[name][event.action].append(digest)
    return found


def _all(by_action: Mapping[str, list[str]]) -> list[str]:
    return [digest for digests in by_action.values() for digest in digests]


def _digests_in(details: str) -> dict[str, str]:
    """The digests that an event names, by file."""
    try:
        found = orjson.loads(details)
        by_name = dict(found.get("sha256", {})) | {each["name"]: each["sha256"] for each in found.get("files", [])}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return {}
    # A name of a changed log must not lead to other folders.
    return {
        name: digest for name, digest in by_name.items() if isinstance(digest, str) and name == Path(name).name != ""
    }


def _file_breaks(path: Path, *expected: object) -> list[Break]:
    """What is wrong with a file that had one of these digests."""
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return [Break(str(path), "it is missing")]
    return [] if found in expected else [Break(str(path), "its content is not what was written")]


def _key_breaks(where: str, by: PublicKey | None, keys: Sequence[PublicKey]) -> list[Break]:
    if keys and (by is None or by.raw not in {key.raw for key in keys}):
        return [Break(where, "it is not sealed with a key that was given")]
    return []
