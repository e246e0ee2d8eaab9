"""Where a case may lie: never inside a source, and no source inside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from safelight.errors import CaseError

__all__ = ["check_placement"]


def check_placement(directory: Path, sources: Sequence[bytes]) -> None:
    """Refuses a case directory that would write into evidence or take itself in.

    Args:
        directory: The case directory, perhaps not made yet.
        sources: Absolute paths of the sources.

    Raises:
        CaseError: One lies inside the other, links followed.
    """
    case = os.path.realpath(os.fsencode(directory))
    for source in sources:
        real = os.path.realpath(source)
        if case == real or case.startswith(real.rstrip(b"/") + b"/"):
            raise CaseError(
                f"The case directory {directory} lies inside the source {os.fsdecode(source)}.",
                kept="Nothing was written.",
                advice="Put the case somewhere else: evidence is never written to.",
            )
        if real.startswith(case.rstrip(b"/") + b"/"):
            raise CaseError(
                f"The source {os.fsdecode(source)} lies inside the case directory {directory}.",
                kept="Nothing was written.",
                advice="Name a case directory that holds nothing else.",
            )
