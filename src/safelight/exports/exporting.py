"""One export: a format's files and a manifest beside them, checked before they take their places, and written into the custody log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from safelight.case.case import Case
from safelight.case.read import CaseReader
from safelight.case.summary import sources
from safelight.custody.keys import UnitKey
from safelight.exports.gate import Gate, LeftOut
from safelight.exports.items import one_moment
from safelight.exports.manifest import Manifest
from safelight.exports.writing import Content, Contents, refuse_sources, write_whole
from safelight.model import JsonValue

__all__ = ["Exported", "Format", "Request", "export_case"]


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
    def contents(case: CaseReader, output: Path, request: Request) -> Contents:
        """What to write, by path, for the output that was named; a stream writer for whatever grows with the case.

        Where their number grows with the case, the files are made one after the other, each when the one before is written.

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
    """What an export wrote.

    Attributes:
        paths: The files, the manifest last; of many the first 100 only.
        left_out: What the gate left out. `checks`: which checks were made, where that can differ.
        more: How many files are not in `paths`; the manifest names them.
    """

    paths: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]
    checks: tuple[str, ...] = ()
    more: int = 0


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
    checks: list[str] = []
    with one_moment(case) as moment:
        evidence = [item.source for item in sources(moment)]
        manifest = Manifest(form, request, moment, key)

        def files() -> Iterator[tuple[Path, Content]]:
            contents = form.contents(moment, output, request)
            for path, content in contents.items() if isinstance(contents, Mapping) else contents:
                refuse_sources([path], evidence)
                yield path, manifest.watching(path, content)
            path = manifest.place(output)
            refuse_sources([path], evidence)
            yield path, manifest.write

        def check(path: Path, written: Path) -> None:
            if path != manifest.path and (said := form.check(path, written)):
                checks.append(said)

        try:
            write_whole(files(), check)
        finally:
            manifest.close()
    if logged:
        case.log("exported", {"format": form.name, "request": request.record(), **manifest.for_log()})
    return Exported((*manifest.paths, manifest.path), request.gate.left_out, tuple(checks), manifest.more)
