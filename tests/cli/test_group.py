"""The command itself: help, errors, exit codes."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from safelight.cli import group
from safelight.cli.group import COMMANDS, EXIT_CODES
from safelight.errors import CaseError, ExitCode


def test_each_command_is_there_and_its_line_is_its_own_first_line() -> None:
    context = click.Context(group._safelight)
    for name, text in COMMANDS.items():
        command = group._safelight.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(200) == text
        assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        group.run(["--help"])
    assert ended.value.code == ExitCode.DONE
    shown = " ".join(capsys.readouterr().out.split())
    for code, text in EXIT_CODES.items():
        assert f"{int(code)} {text}" in shown


def test_help_imports_no_heavy_module() -> None:
    code = (
        "import sys\nfrom safelight.cli.group import run\ntry:\n run(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'PIL', 'sqlalchemy', 'pydantic', 'c2pa', 'typst', 'jinja2', 'rich', 'asyncio'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_an_error_says_what_was_kept_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise CaseError("The disk is full.", kept="12 files are stored.", advice="Free some room and run again.")

    monkeypatch.setattr(group._safelight, "main", broken)
    with pytest.raises(SystemExit) as ended:
        group.run(["show", "x"])
    assert ended.value.code == ExitCode.CASE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Error: The disk is full.\nKept:  12 files are stored.\nNext:  Free some room and run again.\n"


def test_an_unforeseen_error_has_no_traceback_without_v(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr(group._safelight, "main", broken)
    with pytest.raises(SystemExit) as ended:
        group.run(["show", "x"])
    assert ended.value.code == ExitCode.UNEXPECTED
    assert "Traceback" not in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        group.run(["-v", "show", "x"])


def test_an_unknown_command_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        group.run(["nonsense"])
    assert ended.value.code == ExitCode.USAGE


def test_an_interruption_says_that_nothing_is_lost_and_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(click.Command, "invoke", interrupted)
    with pytest.raises(SystemExit) as ended:
        group.run(["doctor"])
    assert ended.value.code == ExitCode.INTERRUPTED
    assert "What was stored is kept; run the same command again to go on." in capsys.readouterr().err
