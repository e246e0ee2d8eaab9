"""Everything about a few files, with no case: the records that `safelight inspect` prints."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from safelight.decode.wall import Reply, Wall
from safelight.errors import SafelightError
from safelight.evidence import FileEntry, walk
from safelight.model import Examination, Finding, JsonValue, Match, OriginOpinion, display_text
from safelight.origin.opinion import weigh
from safelight.pipeline.plan import limits_of, plan_of
from safelight.settings import Settings

__all__ = ["SCHEMA", "inspect"]

SCHEMA = "safelight.inspect/1"

_NOTHING: dict[str, JsonValue] = {
    "sha256": None, "sha1": None, "md5": None, "size_bytes": None, "media_type": None, "width_px": None, "height_px": None,
    "pdq": None, "pdq_nearest512": None, "pdq_oriented": None, "matches": None, "origin": None, "findings": None, "readers": None,
}  # fmt: skip


def inspect(
    paths: Sequence[Path], settings: Settings, *, hashset_store: Path, hashset_names: tuple[str, ...] | None = None
) -> Iterator[dict[str, JsonValue]]:
    """Examines files behind the wall and yields one record for each, in the order asked.

    Args:
        paths: Files; a folder or a file that cannot be read yields a record with `error` set.
        settings: The settings in force.
        hashset_store: Directory of the hash sets. `hashset_names`: the lists to use; every list when None.

    Raises:
        HashSetError: A list that was named is not in the store.
        WallError: The workers cannot be started.
    """
    from safelight.hashsets import HashSetStore

    if hashset_names == () or (hashset_names is None and not hashset_store.is_dir()):
        yield from _inspect(paths, settings, None)
        return
    with HashSetStore(hashset_store) as store:
        yield from _inspect(
            paths, settings, store.matcher(list(hashset_names) if hashset_names else None, settings.pdq_distance_bits)
        )


def _inspect(paths: Sequence[Path], settings: Settings, matcher: object | None) -> Iterator[dict[str, JsonValue]]:
    with Wall(plan_of(settings), limits_of(settings), settings.worker_count) as wall:
        ready: dict[int, dict[str, JsonValue]] = {}
        waiting = 0
        next_out = 0
        for token, path in enumerate(paths):
            while wall.room <= 0:
                waiting -= _collect(wall, paths, matcher, ready)
            try:
                wall.submit(token, _open(path))
                waiting += 1
            except OSError as error:
                ready[token] = _failed(path, f"{path} could not be read: {error.strerror or error}.")
            except SafelightError as error:
                ready[token] = _failed(path, str(error))
            while next_out in ready:
                yield ready.pop(next_out)
                next_out += 1
        while waiting or ready:
            if waiting and next_out not in ready:
                waiting -= _collect(wall, paths, matcher, ready)
            while next_out in ready:
                yield ready.pop(next_out)
                next_out += 1


def _open(path: Path) -> int:
    # The room that lists evidence also knows how to open it: links, devices and pipes are refused there.
    entry = next(walk(os.fsencode(os.path.abspath(path))))  # noqa: PTH100 - resolve would follow links
    if not isinstance(entry, FileEntry):
        raise OSError(0, " ".join(finding.what for finding in entry.findings))
    if entry.media_file.location.parts[0]:
        entry.close()
        raise OSError(0, "it is a folder; use `safelight triage` for folders")
    return entry.open()


def _collect(wall: Wall, paths: Sequence[Path], matcher: object | None, ready: dict[int, dict[str, JsonValue]]) -> int:
    replies = wall.wait(1.0)
    for reply in replies:
        ready[reply.token] = _record(paths[reply.token], reply, matcher)
    return len(replies)


def _failed(path: Path, error: str) -> dict[str, JsonValue]:
    return {"schema": SCHEMA, "path": display_text(os.fsencode(path)), **_NOTHING, "error": error}


def _record(path: Path, reply: Reply, matcher: object | None) -> dict[str, JsonValue]:
    examination = reply.examination
    if examination is None:
        return _failed(path, " ".join(finding.what for finding in reply.findings) or f"{path} could not be examined.")
    prints = examination.fingerprints
    matches: list[Match] = []
    if matcher is not None:
        matches = matcher.match([(examination.sha256, examination.sha1, examination.md5, prints)])  # type: ignore[attr-defined]
    findings = (*examination.findings, *reply.findings)
    return {
        "schema": SCHEMA,
        "path": display_text(os.fsencode(path)),
        "sha256": examination.sha256,
        "sha1": examination.sha1,
        "md5": examination.md5,
        "size_bytes": examination.size_bytes,
        "media_type": examination.media_type,
        "width_px": examination.width_px,
        "height_px": examination.height_px,
        **_pdq_records(examination),
        "matches": [_match_record(match) for match in matches],
        "origin": origin_record(weigh(findings)),
        "findings": [finding_record(finding) for finding in findings],
        "readers": [
            {"reader": run.reader, "version": run.version, "outcome": str(run.outcome)} for run in examination.runs
        ],
        "error": None,
    }


def _pdq_records(examination: Examination) -> dict[str, JsonValue]:
    prints = examination.fingerprints
    named = (
        {}
        if prints is None
        else {"pdq": prints.pdq, "pdq_nearest512": prints.pdq_nearest512, "pdq_oriented": prints.pdq_oriented}
    )
    records: dict[str, JsonValue] = {"pdq": None, "pdq_nearest512": None, "pdq_oriented": None}
    for name, value in named.items():
        if value is not None:
            records[name] = {"hash": value.hash, "quality": value.quality}
    if prints is not None and prints.pdq_dihedral:
        records["pdq_dihedral"] = list(prints.pdq_dihedral)
    return records


def _match_record(match: Match) -> dict[str, JsonValue]:
    return {
        "hashset": match.hashset, "bank": match.bank, "role": str(match.role), "how": str(match.how), "distance": match.distance,
        "label": match.label, "entry": match.entry, "variant": match.variant,
    }  # fmt: skip


def origin_record(opinion: OriginOpinion) -> dict[str, JsonValue]:
    """An opinion as JSON."""
    return {
        "opinion": str(opinion.opinion), "log10_lr": opinion.log10_lr, "strength": str(opinion.strength),
        "basis": [str(basis) for basis in opinion.basis], "generator": opinion.generator,
        "generator_version": opinion.generator_version,
        "model": opinion.model, "seed": opinion.seed, "prompt": opinion.prompt, "captured_with": opinion.captured_with,
        "conflicts": list(opinion.conflicts), "limits": list(opinion.limits),
    }  # fmt: skip


def finding_record(finding: Finding) -> dict[str, JsonValue]:
    """A finding as JSON."""
    return {
        "reader": finding.reader, "version": finding.version, "outcome": str(finding.outcome), "supports": str(finding.supports),
        "basis": str(finding.basis) if finding.basis else None, "what": finding.what, "where": finding.where,
        "strength": str(finding.strength), "could_be_faked_by": finding.could_be_faked_by, "does_not_show": finding.does_not_show,
        "details": dict(finding.details),
    }  # fmt: skip
