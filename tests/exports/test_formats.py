"""What every format promises, and the command that writes them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from tests.exports.report.cases import build

from safelight.case.case import Case
from safelight.case.read import CaseReader
from safelight.case.verify import verify
from safelight.errors import OutputError
from safelight.exports import FORMATS
from safelight.exports.exporting import Request, export_case
from safelight.exports.gate import Gate


def everything() -> Request:
    """Also what nobody has decided: the case that is built here has no decisions."""
    return Request(gate=Gate(undecided=True))


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
    assert all(form.what and callable(form.contents) and callable(form.check) for form in FORMATS)
    assert all(isinstance(form.submission, bool) and isinstance(form.variants, tuple) for form in FORMATS)


@pytest.mark.parametrize("form", list(FORMATS), ids=lambda form: str(form.name))
def test_every_format_writes_what_it_says_twice_alike_and_changes_no_case(
    form: type, case_directory: Path, tmp_path: Path
) -> None:
    before = (case_directory / "case.sqlite").read_bytes()
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with Case.open(case_directory) as case:
            paths = export_case(case, form, tmp_path / name, everything(), logged=False).paths
        assert len(paths) > 1 and all(path.is_file() and path.is_relative_to(tmp_path / name) for path in paths)
        assert {path for path in (tmp_path / name).rglob("*") if path.is_file()} == set(paths)
        made.append([path.read_bytes() for path in paths])
        manifest = orjson.loads(paths[-1].read_bytes())
        assert [each["sha256"] for each in manifest["files"]] == [
            hashlib.sha256(path.read_bytes()).hexdigest() for path in paths[:-1]
        ]
    assert made[0] == made[1]
    assert (case_directory / "case.sqlite").read_bytes() == before


@pytest.mark.parametrize("form", list(FORMATS), ids=lambda form: str(form.name))
def test_an_export_is_in_the_log_and_the_next_one_is_the_same(form: type, tmp_path: Path) -> None:
    made = []
    with Case.open(build(tmp_path / "case"), read_only=False, actor="Ada") as case:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            done = export_case(case, form, tmp_path / name, everything())
            made.append([path.read_bytes() for path in done.paths])
            event = case.last_event()
            assert event is not None and (event.action, event.actor) == ("exported", "Ada")
            logged = {each["name"]: each["sha256"] for each in orjson.loads(event.details)["files"]}
            assert logged == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in done.paths[:-1]}
        assert verify(case).breaks == ()
    assert made[0] == made[1]


@pytest.mark.parametrize("form", list(FORMATS), ids=lambda form: str(form.name))
def test_what_does_not_pass_its_check_never_takes_its_place(form: type, case_directory: Path, tmp_path: Path) -> None:
    class Broken(form):  # type: ignore[misc]
        @staticmethod
        def contents(case: CaseReader, output: Path, request: Request) -> dict[Path, bytes]:
            return dict.fromkeys(dict(form.contents(case, output, request)), b"\x00 broken")  # type: ignore[attr-defined]

    with Case.open(case_directory) as case, pytest.raises(OutputError):
        export_case(case, Broken, tmp_path, everything(), logged=False)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_command_lists_writes_and_refuses(case_directory: Path, tmp_path: Path) -> None:
    listed = _export("--format", "list")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [form.name for form in FORMATS]
    written = _export(case_directory, "--format", "report", "-o", tmp_path / "out")
    assert written.returncode == 0, written.stderr
    assert written.stdout.split() == [
        str(tmp_path / "out" / name) for name in ("report.html", "report.pdf", "manifest.json")
    ]
    one = _export(case_directory, "--format", "report", "-o", tmp_path / "only.pdf")
    assert one.stdout.split() == [str(tmp_path / "only.pdf"), str(tmp_path / "only.pdf.manifest.json")]
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
