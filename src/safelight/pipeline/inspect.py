"""Everything about a few files, with no case: the records that `safelight inspect` prints."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from safelight.decode.wall import Reply, Wall
from safelight.errors import SourceError
from safelight.evidence import FileEntry, walk
from safelight.model import Examination, Finding, JsonValue, Match, OriginOpinion, display_text
from safelight.origin.opinion import weigh
from safelight.pipeline.plan import limits_of, plan_of
from safelight.settings import Settings

if TYPE_CHECKING:
    from safelight.hashsets.matcher import Matcher

__all__ = ["SCHEMA", "inspect"]

SCHEMA = "safelight.inspect/1"

_NOTHING: dict[str, JsonValue] = {
    "sha256": None, "sha1": None, "md5": None, "size_bytes": None, "media_type": None, "width_px": None, "height_px": None,
    "pdq": None, "pdq_nearest512": None, "pdq_oriented": None, "pdq_dihedral": None, "hashsets": None, "matches": None, "matches_left_out": None,
    "origin": None, "findings": None, "readers": None,
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

    if hashset_names == () or (hashset_names is None and not HashSetStore.is_in(hashset_store)):
        yield from _inspect(paths, settings, None)
        return
    with HashSetStore(hashset_store, create=False) as store:
        yield from _inspect(paths, settings, store.matcher(hashset_names, settings.pdq_distance_bits))


def _inspect(paths: Sequence[Path], settings: Settings, matcher: Matcher | None) -> Iterator[dict[str, JsonValue]]:
    with Wall(
        plan_of(replace(settings, scenes=False, traces=True)), limits_of(settings), settings.worker_count
    ) as wall:
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
                ready[token] = _failed(path, f"{_shown(path)} could not be read: {_why(error)}.")
            except SourceError as error:  # it went away in between
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
    """A descriptor of the file; a link that is named is followed, as its name was given by a person.

    Raises:
        OSError: It is not there, cannot be read, or is no file.
    """
    raw = os.fsencode(os.path.abspath(path))  # noqa: PTH100 - resolve would follow links
    if stat.S_ISDIR(path.stat().st_mode):
        raise OSError(0, "it is a folder; use `safelight triage` for folders")
    # The room that lists evidence also knows how to open it: devices, pipes and sockets are refused there.
    entry = next(walk(raw))
    if not isinstance(entry, FileEntry):
        raise OSError(0, " ".join(finding.what for finding in entry.findings))
    return entry.open()


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".")


def _shown(path: Path) -> str:
    return display_text(os.fsencode(path))


def _collect(wall: Wall, paths: Sequence[Path], matcher: Matcher | None, ready: dict[int, dict[str, JsonValue]]) -> int:
    replies = wall.wait(1.0)
    examined: dict[str, Examination] = {}
    for reply in replies:
        examination = reply.examination
        if examination is not None:
            examined[examination.sha256] = examination
        elif reply.digests is not None:
            # Copies that were in the wall at the same time are examined once; their replies follow that of the first.
            examination = examined.get(reply.digests.sha256)
        ready[reply.token] = _record(paths[reply.token], reply, examination, matcher)
    return len(replies)


def _failed(path: Path, error: str) -> dict[str, JsonValue]:
    return {"schema": SCHEMA, "path": _shown(path), **_NOTHING, "error": error}


def _record(path: Path, reply: Reply, examination: Examination | None, matcher: Matcher | None) -> dict[str, JsonValue]:
    if examination is None:
        return _failed(
            path, " ".join(finding.what for finding in reply.findings) or f"{_shown(path)} could not be examined."
        )
    prints = examination.fingerprints
    matches: list[Match] = []
    left_out = 0
    if matcher is not None:
        before = matcher.left_out
        matches = matcher.match([(examination.sha256, examination.sha1, examination.md5, prints)])
        left_out = matcher.left_out - before
    findings = (*examination.findings, *reply.findings)
    return {
        "schema": SCHEMA,
        "path": _shown(path),
        "sha256": examination.sha256,
        "sha1": examination.sha1,
        "md5": examination.md5,
        "size_bytes": examination.size_bytes,
        "media_type": examination.media_type,
        "width_px": examination.width_px,
        "height_px": examination.height_px,
        **_pdq_records(examination),
        "hashsets": list(matcher.names) if matcher is not None else [],
        "matches": [_match_record(match) for match in matches],
        "matches_left_out": left_out,
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
    records: dict[str, JsonValue] = {"pdq": None, "pdq_nearest512": None, "pdq_oriented": None, "pdq_dihedral": None}
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
