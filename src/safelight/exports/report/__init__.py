"""The report: what was examined, what was found, what could not be, and what does not follow, as HTML and PDF.

In: a case. Out: two files that say the same, since both are drawn from one document. It must never hold pixels or prompts, never read
text from evidence as markup, and never let a figure look like a judgement.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from safelight.case.read import CaseReader

__all__ = ["ReportFormat", "write_report"]


def write_report(case: CaseReader, directory: Path) -> list[Path]:
    """Writes `report.html` and `report.pdf` into a directory and returns their paths; both are written, or neither.

    The same case gives the same bytes.

    Raises:
        OutputError: The report cannot be made or written; an earlier one is still there.
    """
    return _write(case, (directory / "report.html", directory / "report.pdf"))


class ReportFormat:
    """The report as an export format."""

    name: ClassVar[str] = "report"
    what: ClassVar[str] = (
        "HTML and PDF to read, print and hand over; one of the two if the output ends in .html or .pdf"
    )

    @staticmethod
    def write(case: CaseReader, output: Path) -> list[Path]:
        """Writes both files into the directory `output`, or the one that its ending names.

        Raises:
            OutputError: As `write_report`.
        """
        if output.suffix.lower() in {".html", ".pdf"} and not output.is_dir():
            return _write(case, (output,))
        return write_report(case, output)


def _write(case: CaseReader, paths: tuple[Path, ...]) -> list[Path]:
    from safelight.exports.report.document import document
    from safelight.exports.report.facts import gather
    from safelight.exports.report.html import html
    from safelight.exports.report.pdf import pdf
    from safelight.exports.writing import refuse_sources, write_whole

    facts = gather(case)
    refuse_sources(paths, [item.source for item in facts.sources])
    made = document(facts)
    return write_whole({path: html(made) if path.suffix.lower() == ".html" else pdf(made) for path in paths})
