"""A report never lies beside the annex of another one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.exports.report.cases import build, reviewed

from safelight.case.case import Case
from safelight.errors import OutputError
from safelight.exports.exporting import Request, export_case
from safelight.exports.report import ReportFormat, write_report
from safelight.exports.report import annex as module
from safelight.exports.report.annex import Annex, look
from safelight.exports.verifying import verify_export


def _export(case: Path, output: Path, annex: str = "noted") -> tuple[Path, ...]:
    with Case.open(case) as opened:
        return export_case(opened, ReportFormat, output, Request(annex=annex), logged=False).paths


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return reviewed(tmp_path_factory.mktemp("done") / "case")


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Annexes of more than five items go beside the report."""

    def few(case: Any, facts: Any, wanted: str) -> Annex:
        return look(case, facts, wanted, 5)

    monkeypatch.setattr(module, "look", few)


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("output", [".", "x.html", "x.pdf"])
def test_an_export_without_a_file_for_its_annex_is_refused_where_an_older_one_lies(
    done: Path, tmp_path: Path, output: str
) -> None:
    out = tmp_path / output
    before = {path: path.read_bytes() for path in _export(done, out)}
    (annex,) = [path for path in before if path.name.endswith("-annex.html")]
    with pytest.raises(OutputError, match="older export") as error:
        _export(done, out, "none")
    assert str(annex) in error.value.what and error.value.kept
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    # One that has its own takes its place, and elsewhere nothing is in the way.
    assert set(_export(done, out, "all")) == set(before)
    annex.unlink()
    assert annex not in _export(done, out, "none")


@pytest.mark.usefixtures("beside")
def test_a_run_moves_an_exported_report_aside_whole_and_writes_its_own(done: Path, tmp_path: Path) -> None:
    directory = tmp_path / "case"
    shutil.copytree(done, directory)
    before = {path.name: path.read_bytes() for path in _export(directory, directory)}
    with Case.open(directory) as opened:
        (page, _) = write_report(opened, directory)
        write_report(opened, directory)
    aside = directory / "earlier-report-1"
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == before and len(before) == 4
    assert not verify_export(aside / "report.html").breaks
    # Its own has no manifest; with that of the export beside it, it would look changed.
    assert page.read_bytes() != before["report.html"] and not (directory / "manifest.json").exists()
    assert not (directory / "report-annex.html").exists() and not (directory / "earlier-report-2").exists()


def test_nothing_but_a_report_is_moved(tmp_path: Path) -> None:
    directory = build(tmp_path / "case")
    manifest = {
        "schema": "safelight.export/1", "format": "report", "files": [{"name": "case.sqlite"}, {"name": "../x"}, {"name": "report.pdf"}, 7],
    }  # fmt: skip
    (tmp_path / "x").write_bytes(b"x")
    (directory / "manifest.json").write_bytes(orjson.dumps(manifest | {"format": "cybertip"}))
    with Case.open(directory) as opened:
        write_report(opened, directory)
        assert (directory / "manifest.json").is_file()
        (directory / "manifest.json").write_bytes(orjson.dumps(manifest))
        write_report(opened, directory)
    assert {path.name for path in (directory / "earlier-report-1").iterdir()} == {"report.pdf", "manifest.json"}
    assert (directory / "case.sqlite").is_file() and (tmp_path / "x").is_file()


def test_an_annex_that_lost_its_manifest_is_moved_too(tmp_path: Path) -> None:
    directory = build(tmp_path / "case")
    (directory / "report-annex.html").write_bytes(b"an annex")
    with Case.open(directory) as opened:
        write_report(opened, directory)
    assert (directory / "earlier-report-1" / "report-annex.html").read_bytes() == b"an annex"
    assert not (directory / "report-annex.html").exists()
