"""Errors and their exit codes."""

from __future__ import annotations

from safelight import errors
from safelight.cli.group import EXIT_CODES
from safelight.errors import ExitCode, SafelightError


def test_every_exit_code_is_documented() -> None:
    assert set(EXIT_CODES) == set(ExitCode)


def test_every_error_has_its_code_and_says_what_was_kept_and_what_to_do() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error") and name != "SafelightError"]
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert ExitCode.DONE not in codes
    error = SafelightError("a.zip is damaged.", kept="12 files were kept.", advice="Run again.")
    assert str(error) == "a.zip is damaged. 12 files were kept. Run again."
