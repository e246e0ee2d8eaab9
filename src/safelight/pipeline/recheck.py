"""Digests attached evidence again, and says of every file of a case whether it still holds what it held.

Only files are read, not members of archives: an archive whose bytes are the same holds the same members. Reading is all that is done
to them: nothing is parsed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from safelight.case.newest import newest_files
from safelight.case.read import CaseReader
from safelight.case.record import location_from_row
from safelight.evidence import open_below
from safelight.pipeline.progress import Progress, StageCount

__all__ = ["Checked", "State", "recheck_evidence"]


class State(StrEnum):
    """What became of one file."""

    SAME = "same"
    CHANGED = "changed"
    NOT_THERE = "not-there"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Checked:
    """One file: its place as text, what became of it, and what was read or why not."""

    place: str
    state: State
    what: str = ""


def recheck_evidence(case: CaseReader, progress: Progress) -> Iterator[Checked]:
    """Yields every file of which the case has a digest, in the order of the sources and paths.

    Args:
        case: Open for reading. `progress`: told about every file.
    """
    file = newest_files()
    count = StageCount("digesting evidence")
    chosen = select(file).where(file.c.sha256.is_not(None)).order_by(file.c.source, file.c.path, file.c.location_key)
    for row in case.stream(chosen):
        location = location_from_row(row)
        if location.depth:
            continue
        checked = _check(location.full_display(), location.source, location.parts[0], row["sha256"], count)
        count.done += 1
        count.problems += checked.state is not State.SAME
        progress.update(count)
        yield checked


def _check(shown: str, source: bytes, relative: bytes, expected: str, count: StageCount) -> Checked:
    try:
        descriptor = open_below(source, relative)
    except FileNotFoundError:
        return Checked(shown, State.NOT_THERE, "it is not there")
    except OSError as error:
        return Checked(shown, State.UNREADABLE, (error.strerror or str(error)).rstrip("."))
    try:
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
            count.bytes_done += stream.tell()
    except OSError as error:
        return Checked(shown, State.UNREADABLE, (error.strerror or str(error)).rstrip("."))
    if found == expected:
        return Checked(shown, State.SAME)
    return Checked(shown, State.CHANGED, f"its SHA-256 is {found} now, and was {expected}")
