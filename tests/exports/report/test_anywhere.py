"""The same bytes whatever the machine's time zone and language; and the PDF is what its standard says, as another library reads it."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.exports.report.cases import reviewed

from safelight.case.case import Case
from safelight.exports.exporting import Request, export_case
from safelight.exports.report import ReportFormat
from safelight.exports.report.saying import LOCALES

_SCRIPT = """
import hashlib, sys
from pathlib import Path
from safelight.case.case import Case
from safelight.exports.exporting import Request, export_case
from safelight.exports.report import ReportFormat
with Case.open(Path(sys.argv[1])) as case:
    done = export_case(case, ReportFormat, Path(sys.argv[2]), Request(locale="fr", annex="all"), logged=False)
print([(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in done.paths])
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that people worked on."""
    return reviewed(tmp_path_factory.mktemp("done") / "case")


def test_time_zone_and_language_of_the_machine_change_nothing(done: Path, tmp_path: Path) -> None:
    told = set()
    for number, (zone, language) in enumerate((("UTC", "C"), ("Pacific/Kiritimati", "tr_TR.UTF-8"))):
        out = tmp_path / str(number)
        out.mkdir()
        changed = {"TZ": zone, "LANG": language, "LC_ALL": language, "PYTHONHASHSEED": str(number)}
        ran = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(done), str(out)],
            env=os.environ | changed,
            capture_output=True,
            check=True,
            timeout=300,
            text=True,
        )
        told.add(ran.stdout)
    assert len(told) == 1 and "report.pdf" in told.pop()


def test_the_pdf_is_what_its_standard_says(done: Path, tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    for locale in LOCALES:
        with Case.open(done) as case:
            paths = export_case(
                case, ReportFormat, tmp_path / f"{locale}.pdf", Request(locale=locale), logged=False
            ).paths
        reader = pypdf.PdfReader(io.BytesIO(paths[0].read_bytes()))
        root = reader.trailer["/Root"]
        assert not reader.is_encrypted and "/Encrypt" not in reader.trailer and "/ID" in reader.trailer
        assert root["/Lang"] == locale and root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
        assert [each.get_object()["/S"] for each in root["/OutputIntents"]] == ["/GTS_PDFA1"]
        assert "/AcroForm" not in root and "/OpenAction" not in root and "/JavaScript" not in root.get("/Names", {})
        metadata = root["/Metadata"].get_data()
        assert b"<pdfaid:part>2</pdfaid:part>" in metadata and b"<pdfaid:conformance>A</pdfaid:conformance>" in metadata
        fonts = _fonts(reader)
        assert len(fonts) >= 4
        for name, embedded, unicode in fonts:
            # A subset has six letters and a plus before its name; every letter can be copied out as the character that it is.
            assert embedded and unicode and name[7:8] == "+", name


def _fonts(reader: Any) -> set[tuple[str, bool, bool]]:
    found = set()
    for page in reader.pages:
        for each in (page["/Resources"].get("/Font") or {}).values():
            font = each.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            described = inner["/FontDescriptor"].get_object()
            found.add(
                (str(font["/BaseFont"]), any(key.startswith("/FontFile") for key in described), "/ToUnicode" in font)
            )
    return found


def test_the_log_names_the_digests_that_are_written(done: Path, tmp_path: Path) -> None:
    with Case.open(done) as case:
        paths = export_case(
            case, ReportFormat, tmp_path / "r.html", Request(stated={"question": "Why?"}), logged=False
        ).paths
    manifest = paths[-1].read_text("utf-8")
    assert hashlib.sha256(paths[0].read_bytes()).hexdigest() in manifest and '"question": "Why?"' in manifest
