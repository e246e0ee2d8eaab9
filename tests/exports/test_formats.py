"""What every format promises, and the command that writes them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.exports.report.cases import build

from safelight.case.case import Case
from safelight.errors import OutputError
from safelight.exports import FORMATS


def _export(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "safelight", "export", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def case_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("export") / "case")


def test_every_format_has_a_name_of_its_own_and_says_what_it_is() -> None:
    names = [form.name for form in FORMATS]
    assert names and len(set(names)) == len(names)
    assert all(name.isascii() and name == name.lower() and " " not in name for name in names)
    assert all(form.what and callable(form.write) for form in FORMATS)


@pytest.mark.parametrize("form", list(FORMATS), ids=lambda form: str(form.name))
def test_every_format_writes_what_it_says_twice_alike_and_changes_no_case(
    form: type, case_directory: Path, tmp_path: Path
) -> None:
    before = (case_directory / "case.sqlite").read_bytes()
    made = []
    for name in ("one", "two"):
        with Case.open(case_directory) as case:
            paths = form.write(case, tmp_path / name)  # type: ignore[attr-defined]
        assert paths and all(path.is_file() and path.is_relative_to(tmp_path / name) for path in paths)
        assert {path for path in (tmp_path / name).rglob("*") if path.is_file()} == set(paths)
        made.append([path.read_bytes() for path in paths])
    assert made[0] == made[1]
    assert (case_directory / "case.sqlite").read_bytes() == before


def test_the_command_lists_writes_and_refuses(case_directory: Path, tmp_path: Path) -> None:
    listed = _export("--format", "list")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [form.name for form in FORMATS]
    written = _export(case_directory, "--format", "report", "-o", tmp_path / "out")
    assert written.returncode == 0, written.stderr
    assert written.stdout.split() == [str(tmp_path / "out" / name) for name in ("report.html", "report.pdf")]
    one = _export(case_directory, "--format", "report", "-o", tmp_path / "only.pdf")
    assert one.stdout.split() == [str(tmp_path / "only.pdf")]
    assert (tmp_path / "only.pdf").read_bytes() == (tmp_path / "out" / "report.pdf").read_bytes()
    (tmp_path / "file").write_bytes(b"")
    refused = _export(case_directory, "--format", "report", "-o", tmp_path / "file" / "deeper")
    assert refused.returncode == 10
    assert "Kept:" in refused.stderr and "Next:" in refused.stderr and "Traceback" not in refused.stderr
    assert _export(case_directory, "--format", "none-such").returncode == 2
    assert _export("--format", "report").returncode == 2
    assert _export(tmp_path / "absent", "--format", "report").returncode == 5


def test_a_report_is_not_written_into_its_evidence(tmp_path: Path) -> None:
    from tests.exports.report.cases import clock

    from safelight.exports.report import write_report

    (tmp_path / "evidence").mkdir()
    with Case.create_or_open(tmp_path / "case", clock=clock()) as case:
        sources = [os.fsencode(tmp_path / "evidence")]
        case.begin_run(command="triage", sources=sources, settings={}, versions={}, isolation={})
        with pytest.raises(OutputError, match="lies inside the source"):
            write_report(case, tmp_path / "evidence")
    assert not list((tmp_path / "evidence").iterdir())
