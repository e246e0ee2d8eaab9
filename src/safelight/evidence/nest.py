"""The bounds of everything that comes out of one outermost archive, archives inside it included.

Each archive has its own bounds, which the worker keeps. A nest of archives multiplies them: five archives of 200 to 1 inside one another
make 3 * 10^11 to 1. So what comes out at every depth is counted against the outermost archive, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safelight.decode.archives.bounds import RATIO_COUNTS_FROM_BYTES
from safelight.model import JsonValue

if TYPE_CHECKING:
    from safelight.decode.limits import Limits

__all__ = ["Nest"]


class Nest:
    """Counts what came out of an outermost archive.

    Args:
        packed_bytes: Size of the outermost archive. `limits`: the bounds.
    """

    def __init__(self, packed_bytes: int, limits: Limits) -> None:
        self._limits = limits
        self._ceiling = max(RATIO_COUNTS_FROM_BYTES, packed_bytes * limits.archive_ratio)
        self._bytes = self._members = 0

    def count(self, size_bytes: int) -> None:
        """Counts one member, at any depth."""
        self._members += 1
        self._bytes += size_bytes

    @property
    def reached(self) -> str:
        """The bound that was reached, in words; empty while none was."""
        return self._reached()[0]

    @property
    def details(self) -> dict[str, JsonValue]:
        """The same bound for a finding: its name in `Limits` and its value there."""
        _, bound = self._reached()
        return {"bound": bound, "limit": getattr(self._limits, bound)} if bound else {}

    def _reached(self) -> tuple[str, str]:
        if self._members > self._limits.archive_members:
            words = f"it and the archives inside it hold more than {self._limits.archive_members:,} members"
            return words, "archive_members"
        if self._bytes > self._limits.archive_total_bytes:
            words = f"more than {self._limits.archive_total_bytes:,} bytes came out of it and the archives inside it"
            return words, "archive_total_bytes"
        if self._bytes > self._ceiling:
            words = (
                f"{self._bytes:,} bytes came out of it and the archives inside it, more than {self._limits.archive_ratio} for each "
                "of its own"
            )
            return words, "archive_ratio"
        return "", ""
