"""The report as one PDF/A file, set by Typst with the fonts that it carries; no font, package or file from outside is used."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from typing import Any, Final

import orjson

from safelight.errors import OutputError
from safelight.exports.report.blocks import Block
from safelight.exports.report.glyphs import printable

__all__ = ["STANDARDS", "pdf"]

STANDARDS: Final = ("a-2a", "ua-1")
"""PDF/A-2a (ISO 19005-2, for archives) and PDF/UA-1 (ISO 14289-1, for readers who cannot see)."""


def pdf(document: Block) -> bytes:
    """Draws the document. The same document gives the same bytes: its date is that of the last custody event.

    Raises:
        OutputError: Typst is not installed, or refuses the document.
    """
    try:
        import typst
    except ImportError as error:
        raise OutputError(
            f"The PDF cannot be made: {error}.",
            kept="No report was written; an earlier one is still there.",
            advice='Install what Safelight needs: pip install "typst>=0.14".',
        ) from error
    source = resources.files("safelight.exports.report").joinpath("report.typ").read_bytes()
    # A name can hold characters that are covered one by one and not as they stand together; in ASCII nothing can fail.
    try:
        return _compiled(typst, source, document, ascii_only=False)
    except typst.TypstError:
        pass
    try:
        return _compiled(typst, source, document, ascii_only=True)
    except typst.TypstError as error:
        raise OutputError(
            f"The PDF cannot be made: {str(error).strip()[:500]}.",
            kept="No report was written; an earlier one is still there.",
            advice="Report this with the version of Safelight; the case is as it was, and `safelight show CASE` prints it.",
        ) from error


def _compiled(typst: Any, source: bytes, document: Block, *, ascii_only: bool) -> bytes:
    shown = printable(document, ascii_only=ascii_only)
    assert isinstance(shown, dict)
    if shown != document:
        about, words = shown["about"], shown["words"]
        assert isinstance(about, list) and isinstance(words, dict)
        shown["about"] = [*about, [words["names"], words["escaped"], "text"]]
    moment = _moment(str(document["time_utc"]))
    shown["time"] = [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second]
    head = str(document["head"])
    number, _, digest = head.partition(":")
    shown["head_short"] = f"{number}:{digest[:16]}" if digest else ""
    made = typst.compile(
        source,
        sys_inputs={"report": orjson.dumps(shown).decode()},
        ignore_system_fonts=True,
        pdf_standards=list(STANDARDS),
        timestamp=int(moment.timestamp()),
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def _moment(time_utc: str) -> datetime:
    try:
        moment = datetime.fromisoformat(time_utc)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
