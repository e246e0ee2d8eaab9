"""One export: a format's files and a manifest beside them, checked before they take their places, and written into the custody log."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final, Protocol, cast

import orjson

from safelight import __version__
from safelight.case.case import Case
from safelight.case.read import CaseReader
from safelight.case.summary import sources
from safelight.custody.chain import canonical
from safelight.custody.keys import UnitKey
from safelight.custody.seals import sign
from safelight.exports.gate import Gate, LeftOut
from safelight.exports.items import one_moment
from safelight.exports.writing import Content, refuse_sources, write_whole
from safelight.model import JsonValue

__all__ = ["MANIFEST", "MANIFEST_FIELDS", "Exported", "Format", "Request", "export_case", "manifest_digest"]

MANIFEST: Final = "safelight.export/1"
MANIFEST_FIELDS: Final = frozenset(
    ("schema", "safelight", "format", "request", "files", "left_out", "case", "head", "manifest_sha256", "seal")
)
"""Every field that a manifest can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for.

    Attributes:
        gate: What may pass into a submission. Formats that are no submission do not ask it.
        locale: Language of what people read, `en`, `fr` or `da`.
        variant: Of formats that have several, such as the header of Project VIC; empty for the usual one.
        annex: Of the report: which items its annex has, `noted`, `all` or `none`.
        stated: What the report says in the words of the unit: `question`, `unit`, `examiner`, where somebody stated it.
    """

    gate: Gate = field(default_factory=Gate)
    locale: str = "en"
    variant: str = ""
    annex: str = "noted"
    stated: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, JsonValue]:
        """For the manifest and the log."""
        gate = self.gate
        return {
            "undecided": gate.undecided, "votes": gate.votes, "scheme": gate.scheme, "origins": list(map(str, sorted(gate.origins))),
            "locale": self.locale, "variant": self.variant, "annex": self.annex, "stated": dict(self.stated),
        }  # fmt: skip


class Format(Protocol):
    """One format of the field.

    Attributes:
        name: As the command line takes it. `what`: one line for people.
        submission: Whether it goes into somebody else's database, so that the gate holds back what nobody decided.
        variants: Names that `Request.variant` may have; empty when there is one form only.
    """

    name: ClassVar[str]
    what: ClassVar[str]
    submission: ClassVar[bool]
    variants: ClassVar[tuple[str, ...]]

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """What to write, by path, for the output that was named; a stream writer for whatever grows with the case.

        The same case gives the same bytes.

        Raises:
            OutputError: It cannot be made.
        """
        ...

    @staticmethod
    def check(path: Path, written: Path) -> str | None:
        """Validates a file that was written for `path` and lies at `written`.

        Returns:
            Which check was made, in words, where that depends on what is installed.

        Raises:
            OutputError: It is not valid; it never takes its place then.
        """
        ...


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote: the files, the manifest last; what the gate left out; and which checks were made, where that can differ."""

    paths: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]
    checks: tuple[str, ...] = ()


def export_case(
    case: Case, form: Any, output: Path, request: Request, *, logged: bool = True, key: UnitKey | None = None
) -> Exported:
    """Writes a case in one format.

    Args:
        case: Open for writing when `logged`, else for reading.
        form: A `Format`. `output`: file or directory, as the format understands it. `request`: what was asked for.
        logged: Whether the export goes into the custody log of the case. `key`: seals the manifest; not sealed when None.

    Raises:
        OutputError: It cannot be made or written, is not valid, or would lie in evidence; what was there before is still there.
    """
    with one_moment(case) as moment:
        contents = dict(form.contents(moment, output, request))
        manifest = _Manifest(form, request, moment, key)
        files = {path: manifest.watching(path, content) for path, content in contents.items()}
        files[_manifest_path(contents, output)] = manifest.write
        refuse_sources(list(files), [item.source for item in sources(moment)])

        checks: list[str] = []

        def check(path: Path, written: Path) -> None:
            if path in contents and (said := form.check(path, written)):
                checks.append(said)

        paths = write_whole(files, check)
    if logged:
        case.log(
            "exported",
            {"format": form.name, "request": request.record(), "files": manifest.files, "left_out": manifest.left_out},
        )
    return Exported(tuple(paths), request.gate.left_out, tuple(checks))


def _manifest_path(contents: Mapping[Path, Content], output: Path) -> Path:
    """Beside files that stand where the output was named, under its name; else in the directory of the files."""
    if all(path.parent == output.parent for path in contents):
        return output.with_name(f"{output.name}.manifest.json")
    return next(iter(contents)).parent / "manifest.json"


def manifest_digest(manifest: Mapping[str, JsonValue]) -> str:
    """SHA-256 of a manifest without its own digest and its seal: what the seal signs."""
    return hashlib.sha256(canonical(manifest).encode()).hexdigest()


class _Manifest:
    """Digests the files as they are written, and is written after them."""

    def __init__(self, form: Any, request: Request, case: CaseReader, key: UnitKey | None) -> None:
        self._form, self._request, self._case, self._key = form, request, case, key
        self.files: list[JsonValue] = []

    @property
    def left_out(self) -> list[JsonValue]:
        return [{"reason": each.reason, "count": each.count} for each in self._request.gate.left_out]

    def watching(self, path: Path, content: Content) -> Content:
        def write(stream: BinaryIO) -> None:
            digesting = _Digesting(stream)
            if isinstance(content, bytes):
                digesting.write(content)
            else:
                content(cast("BinaryIO", digesting))
            self.files.append(
                {"name": path.name, "sha256": digesting.digest.hexdigest(), "size_bytes": digesting.size_bytes}
            )

        return write

    def write(self, stream: BinaryIO) -> None:
        case_id, head = self._case.case_id(), self._case.telling_head()
        record: dict[str, JsonValue] = {
            "schema": MANIFEST, "safelight": __version__, "format": self._form.name, "request": self._request.record(), "files": self.files,
            "left_out": self.left_out, "case": case_id, "head": head,
        }  # fmt: skip
        digest = manifest_digest(record)
        if self._key is not None:
            # Without a time: an export that is written again is the same, byte for byte. The log has the time.
            statement: dict[str, JsonValue] = {
                "action": "exported", "case": case_id, "head": head, "manifest_sha256": digest,
            }  # fmt: skip
            record["seal"] = sign(self._key, statement)
        # Shows damage where nothing is sealed; whoever changes a manifest on purpose changes this too, and then the seal tells.
        record["manifest_sha256"] = digest
        stream.write(orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


class _Digesting(io.RawIOBase):
    """A stream that digests what goes through. Formats write from the front to the end: it cannot be read or turned back."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Passes bytes on."""
        self.digest.update(data)
        self.size_bytes += len(data)
        return self._stream.write(data)
