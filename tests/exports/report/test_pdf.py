"""The PDF report: the same words, PDF/A, the same bytes each time, whatever the names are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest
from tests.exports.report.cases import PROMPT
from tests.exports.report.test_html import strings

from safelight.exports.report.document import document
from safelight.exports.report.facts import Facts
from safelight.exports.report.glyphs import COVERED, printable
from safelight.exports.report.pdf import STANDARDS, pdf
from safelight.model import JsonValue, display_text


def _text(made: bytes, folder: Path) -> str:
    """The text of a PDF, without the spaces and line breaks of its layout."""
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    (folder / "report.pdf").write_bytes(made)
    done = subprocess.run([tool, folder / "report.pdf", "-"], capture_output=True, check=True, timeout=60)
    return re.sub(r"\s", "", done.stdout.decode())


def test_the_same_document_gives_the_same_bytes(facts: Facts) -> None:
    made = document(facts)
    assert pdf(made) == pdf(made)


def test_it_declares_the_standards_and_the_date_of_the_last_event(facts: Facts) -> None:
    made = pdf(document(facts))
    assert made.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in made and b"<pdfaid:conformance>A</pdfaid:conformance>" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    moment = facts.custody.last_utc[:19].encode()
    assert re.findall(rb"<xmp:(?:CreateDate|ModifyDate)>([^<]*)<", made) == [moment + b"Z", moment + b"Z"]
    # Nothing that runs and nothing from outside.
    assert not re.search(rb"/(JavaScript|JS|Launch|URI|EmbeddedFile|GoToR)\b", made)


def test_everything_in_the_document_is_printed(facts: Facts, tmp_path: Path) -> None:
    made = document(facts)
    text = _text(pdf(made), tmp_path)
    assert PROMPT.rpartition(" ")[2] not in text
    shown = printable(made)
    assert isinstance(shown, dict)
    missing = []
    for line in strings(shown["sections"]):
        # Right-to-left letters, marks and signs come out of a PDF in another order or form.
        words = re.sub(r"\s", "", line)
        if words and words.isascii() and words not in text:
            missing.append(line)
    # A table cell that is cut by a page break comes out in two pieces.
    assert len(missing) <= 3, missing
    assert "<imgsrc=xonerror=alert(1)>.jpg" in text and '#letx=read("/etc/passwd")$x^2$*b*`c`@d<e>\\[f].png' in text


def test_every_character_that_counts_as_printable_is_in_the_fonts() -> None:
    import typst

    source = b"""
      #set document(title: "t")
      #set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), lang: "en")
      #let mono = ("DejaVu Sans Mono", "Libertinus Serif")
      #for t in json(bytes(sys.inputs.facts)) {
        block(t); block(text(font: mono, t)); block(strong(text(font: mono, t))); block(text(weight: "semibold", t))
      }
    """
    every = [
        chr(code)
        for first, last in COVERED
        for code in range(first, last + 1)
        if display_text(chr(code).encode()) == chr(code)
    ]
    assert len(every) > 6_000
    typst.compile(
        source,
        sys_inputs={"facts": orjson.dumps(every).decode()},
        ignore_system_fonts=True,
        pdf_standards=list(STANDARDS),
        format="pdf",
    )


def test_a_character_that_is_not_in_the_fonts_is_refused_by_the_standard() -> None:
    """So that the test above can fail."""
    import typst

    with pytest.raises(typst.TypstError):
        typst.compile(
            '#set document(title: "t")\n海'.encode(),
            ignore_system_fonts=True,
            pdf_standards=list(STANDARDS),
            format="pdf",
        )


def test_what_is_not_in_the_fonts_is_escaped_and_said() -> None:
    assert printable(["Küste 海", {"a": "🏔"}, 3, None]) == ["Küste \\u6d77", {"a": "\\U0001f3d4"}, 3, None]
    assert printable("Küste – “a”", ascii_only=True) == "K\\u00fcste – “a”"


@pytest.mark.parametrize(
    "name",
    ["x" * 5_000, "/".join("y" * 50), "א" * 300, "q̃̃̃" * 50, "क्षि" * 40, "ﷺ" * 30, "\\", "#", "$", "a" * 22 + " " * 50],
)
def test_any_name_can_be_set(facts: Facts, name: str) -> None:
    made = document(facts)
    sections = made["sections"]
    assert isinstance(sections, list)
    sections.append(
        {
            "name": "x", "title": name[:50], "blocks": [
                {"kind": "text", "text": name},
                {"kind": "lines", "items": [{"rank": "1", "place": name, "rows": [["Why here", name, "text"], ["Content", name, "path"]]}]},
                {"kind": "pairs", "caption": name[:50], "rows": [[name[:80], name, "code"]]},
            ],
        }
    )  # fmt: skip
    assert pdf(made).startswith(b"%PDF")


def test_a_text_that_the_standard_refuses_all_the_same_is_printed_in_ascii(
    facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.exports.report import pdf as module

    def gullible(value: JsonValue, *, ascii_only: bool = False) -> JsonValue:
        return printable(value, ascii_only=True) if ascii_only else value

    monkeypatch.setattr(module, "printable", gullible)
    text = _text(pdf(document(facts)), tmp_path)
    assert "\\u6d77\\u306e\\u5199\\u771f" in text
    assert "printedasbackslashescapes" in text
