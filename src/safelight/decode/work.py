"""What is asked of the wall and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from safelight.model import Examination, Finding, JsonValue

__all__ = ["Digests", "Reply", "WorkPlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPlan:
    """What every worker runs on every file, by registry names.

    Attributes:
        fingerprinter: Computes the fingerprints; None for none.
        readers: Readers, in the order in which they run.
        options: What single readers are made with, by registry name; JSON, since a worker can read no file of the unit's.
        dihedral: Whether the hashes of flips and rotations are asked for.
        unpacker: Unpacks archives.
    """

    fingerprinter: str | None
    readers: tuple[str, ...] = ()
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    dihedral: bool = False
    unpacker: str = "safelight.decode.archives.unpack:unpack"


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of one file, lower-case hex, and the number of bytes that they are of."""

    sha256: str
    sha1: str
    md5: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to one submitted file. It always comes, whatever the file does to the worker.

    Attributes:
        token: As submitted.
        digests: None when not even the digests could be had.
        examination: What was found; None for a known content and where there are no digests.
        known: Whether the content was known, so that it was not examined again.
        findings: What concerns this place of the content only: it could not be read, or not to its end.
    """

    token: int
    digests: Digests | None
    examination: Examination | None = None
    known: bool = False
    findings: tuple[Finding, ...] = ()
