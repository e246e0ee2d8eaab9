"""Every error that a user can meet, with its exit code and advice.

A problem with one file is never an exception that ends the run: it becomes a Finding. These errors are for what stops
the command itself: a wrong argument, an unusable case, a full disk.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = [
    "CameraError",
    "CaseError",
    "CustodyError",
    "CustodyKeyError",
    "ExitCode",
    "HashSetError",
    "ModelError",
    "OutputError",
    "SafelightError",
    "SettingsError",
    "SourceError",
    "TakingInError",
    "WallError",
]


class ExitCode(IntEnum):
    """Exit codes of the command line. 0 says that the command did its work; it never means that anything is clean."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    DONE_WITH_PROBLEMS = 3
    SOURCE = 4
    CASE = 5
    HASHSET = 6
    CUSTODY_BROKEN = 7
    SETTINGS = 8
    WALL = 9
    OUTPUT = 10
    MODEL = 11
    KEY = 12
    TAKING_IN = 13
    CAMERA = 14
    INTERRUPTED = 130


class SafelightError(Exception):
    """An error that ends the command.

    Args:
        what: What happened and to which file, one sentence.
        kept: What was kept, one sentence; empty when there is nothing to say.
        advice: What to do next, one sentence.
    """

    exit_code: ExitCode = ExitCode.UNEXPECTED

    def __init__(self, what: str, *, kept: str = "", advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.kept = kept
        self.advice = advice

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.kept, self.advice) if part)


class SourceError(SafelightError):
    """A SOURCE that was named cannot be used at all."""

    exit_code = ExitCode.SOURCE


class CaseError(SafelightError):
    """The case directory cannot be opened, created, locked or written."""

    exit_code = ExitCode.CASE


class HashSetError(SafelightError):
    """A list cannot be imported or found, or the store cannot be used."""

    exit_code = ExitCode.HASHSET


class CustodyError(SafelightError):
    """The custody log is not whole."""

    exit_code = ExitCode.CUSTODY_BROKEN


class CustodyKeyError(SafelightError):
    """A key of the unit cannot be made, found, opened or read."""

    exit_code = ExitCode.KEY


class SettingsError(SafelightError):
    """A setting or a rules file is not valid."""

    exit_code = ExitCode.SETTINGS


class WallError(SafelightError):
    """The walled workers cannot be started."""

    exit_code = ExitCode.WALL


class OutputError(SafelightError):
    """A report or an export could not be written."""

    exit_code = ExitCode.OUTPUT


class ModelError(SafelightError):
    """A unit's model cannot be added, found or run."""

    exit_code = ExitCode.MODEL


class CameraError(SafelightError):
    """A camera cannot be enrolled or found, or its fingerprint cannot be used."""

    exit_code = ExitCode.CAMERA


class TakingInError(SafelightError):
    """Decisions that were made elsewhere cannot be taken into a case."""

    exit_code = ExitCode.TAKING_IN
