"""The report: what was examined, what was found, what could not be, and what does not follow, as HTML and PDF.

In: a case. Out: two files that say the same, since both are drawn from one document. It must never hold pixels or prompts, never read
text from evidence as markup, and never let a figure look like a judgement.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Final

from safelight.case.read import CaseReader
from safelight.errors import OutputError

if TYPE_CHECKING:
    from safelight.exports.exporting import Request
    from safelight.exports.writing import Content

__all__ = ["ReportFormat", "write_report"]

_TAIL_BYTES: Final = 256


def write_report(case: CaseReader, directory: Path) -> list[Path]:
    """Writes `report.html` and `report.pdf`, without the annex, into a directory and returns their paths; both are written, or neither.

    The same case gives the same bytes. An exported report that lies there, with its annex and its manifest, is moved aside.

    Raises:
        OutputError: The report cannot be made or written; an earlier one is still there.
    """
    from safelight.case.summary import sources
    from safelight.exports.exporting import Request
    from safelight.exports.report.earlier import set_aside
    from safelight.exports.writing import refuse_sources, write_whole

    paths = _both(directory)
    refuse_sources(paths, [item.source for item in sources(case)])
    contents = _contents(case, paths, Request(annex="none"))
    set_aside(directory)
    write_whole(contents)
    return list(paths)


class ReportFormat:
    """The report as an export format."""

    name: ClassVar[str] = "report"
    what: ClassVar[str] = (
        "HTML and PDF to read, print and hand over, with the findings item by item; one of the two if the output ends in .html or .pdf"
    )
    submission: ClassVar[bool] = False
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> dict[Path, Content]:
        """Both files in the directory `output`, or the one that its ending names; an annex of many items beside, before them.

        Raises:
            OutputError: The report cannot be made; or it has no annex beside it, and an older one lies there.
        """
        from safelight.exports.report.earlier import annex_beside, refuse_earlier_annex

        alone = output.suffix.lower() in {".html", ".pdf"} and not output.is_dir()
        paths = (output,) if alone else _both(output)
        made = _contents(case, paths, request)
        if annex_beside(paths) not in made:
            refuse_earlier_annex(paths)
        return made

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """Makes sure that the file is whole: it begins and ends as its kind does.

        Raises:
            OutputError: It does not.
        """
        begins, ends = (b"<!DOCTYPE html>", b"</html>") if path.suffix.lower() == ".html" else (b"%PDF-", b"%%EOF")
        with written.open("rb") as stream:
            first = stream.read(len(begins))
            stream.seek(max(0, written.stat().st_size - _TAIL_BYTES))
            last = stream.read()
        if first != begins or not last.rstrip().endswith(ends):
            raise OutputError(
                f"{path} did not come out whole.", kept="What was there before is still there.", advice="Try again."
            )


def _both(directory: Path) -> tuple[Path, Path]:
    return directory / "report.html", directory / "report.pdf"


def _contents(case: CaseReader, paths: tuple[Path, ...], request: Request) -> dict[Path, Content]:
    from safelight.exports.report.annex import look
    from safelight.exports.report.document import annex_document, document
    from safelight.exports.report.earlier import annex_beside
    from safelight.exports.report.facts import gather
    from safelight.exports.report.html import html, html_parts
    from safelight.exports.report.pdf import pdf
    from safelight.exports.report.saying import locale_of

    locale, facts = locale_of(request.locale), gather(case)
    annex = look(case, facts, request.annex)

    def drawn(path: Path) -> bytes:
        made = document(facts, locale, annex=annex, stated=request.stated)
        return html(made) if path.suffix.lower() == ".html" else pdf(made)

    if not annex.beside:
        return {path: drawn(path) for path in paths}

    beside = annex_beside(paths)
    annex.name = beside.name

    def write_annex(stream: BinaryIO) -> None:
        digest = hashlib.sha256()
        for part in html_parts(annex_document(case, facts, annex, locale)):
            digest.update(part)
            annex.size_bytes += stream.write(part)
        annex.sha256 = digest.hexdigest()

    def writes(path: Path) -> Content:
        # Written after the annex, whose digest it names.
        def write(stream: BinaryIO) -> None:
            stream.write(drawn(path))

        return write

    return {beside: write_annex, **{path: writes(path) for path in paths}}
