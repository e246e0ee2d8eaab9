"""How far a run has come, without a word on how that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["NoProgress", "Progress", "StageCount"]


@dataclass(slots=True)
class StageCount:
    """Counts of the running stage.

    Attributes:
        stage: Name of the stage, in words.
        done: Items done. `total`: items to do, None while it is not known. `skipped`: done in an earlier run.
        problems: Items of which something could not be read or looked at.
        bytes_done: Bytes read, for the stages that read, also of what is not done yet. `bytes_skipped`: of the files read in an earlier run.
    """

    stage: str
    done: int = 0
    total: int | None = None
    skipped: int = 0
    problems: int = 0
    bytes_done: int = 0
    bytes_skipped: int = 0


class Progress(Protocol):
    """What a caller that shows progress provides."""

    def update(self, count: StageCount) -> None:
        """Called often; must return at once."""
        ...

    def note(self, text: str) -> None:
        """One line that a person should read now."""
        ...


class NoProgress:
    """Shows nothing."""

    def update(self, count: StageCount) -> None:
        """Does nothing."""

    def note(self, text: str) -> None:
        """Does nothing."""
