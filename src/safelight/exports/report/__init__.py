"""The report: what was examined, what was found, what could not be, and what does not follow, as HTML and PDF.

In: a case. Out: two files that say the same, since both are drawn from one document. It must never hold pixels or prompts, never read
text from evidence as markup, and never let a figure look like a judgement.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from safelight.case.read import CaseReader
from safelight.errors import OutputError

if TYPE_CHECKING:
    from safelight.exports.exporting import Request
    from safelight.exports.writing import Content

__all__ = ["ReportFormat", "write_report"]


def write_report(case: CaseReader, directory: Path) -> list[Path]:
    """Writes `report.html` and `report.pdf` into a directory and returns their paths; both are written, or neither.

    The same case gives the same bytes.

    Raises:
        OutputError: The report cannot be made or written; an earlier one is still there.
    """
    from safelight.case.summary import sources
    from safelight.exports.writing import refuse_sources, write_whole

    paths = _both(directory)
    refuse_sources(paths, [item.source for item in sources(case)])
    return write_whole(_contents(case, paths))


class ReportFormat:
    """The report as an export format."""

    name: ClassVar[str] = "report"
    what: ClassVar[str] = (
        "HTML and PDF to read, print and hand over; one of the two if the output ends in .html or .pdf"
    )
    submission: ClassVar[bool] = False
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> dict[Path, Content]:
        """Both files in the directory `output`, or the one that its ending names.

        Raises:
            OutputError: The report cannot be made.
        """
        if output.suffix.lower() in {".html", ".pdf"} and not output.is_dir():
            return dict(_contents(case, (output,), request.locale))
        return dict(_contents(case, _both(output), request.locale))

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """Makes sure that the file is whole: it begins and ends as its kind does.

        Raises:
            OutputError: It does not.
        """
        content = written.read_bytes()
        begins, ends = (b"<!DOCTYPE html>", b"</html>") if path.suffix.lower() == ".html" else (b"%PDF-", b"%%EOF")
        if not content.startswith(begins) or not content.rstrip().endswith(ends):
            raise OutputError(
                f"{path} did not come out whole.", kept="What was there before is still there.", advice="Try again."
            )


def _both(directory: Path) -> tuple[Path, Path]:
    return directory / "report.html", directory / "report.pdf"


def _contents(case: CaseReader, paths: tuple[Path, ...], locale: str = "en") -> dict[Path, bytes]:
    from safelight.exports.report.document import document
    from safelight.exports.report.facts import gather
    from safelight.exports.report.html import html
    from safelight.exports.report.pdf import pdf
    from safelight.exports.report.saying import locale_of

    made = document(gather(case), locale_of(locale))
    return {path: html(made) if path.suffix.lower() == ".html" else pdf(made) for path in paths}
