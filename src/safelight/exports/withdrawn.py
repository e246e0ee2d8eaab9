"""Which matches of a case rest on entries that their list has withdrawn since, or that are no longer there at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from safelight.hashsets.store import HashSetStore
from safelight.model import Match

__all__ = ["withdrawn_since"]


def withdrawn_since(store: Path) -> Callable[[Match], bool]:
    """Says of a match whether its entry is no longer in force.

    Where there is no store, as on a machine that only reads the case, nothing is known to be withdrawn.

    Args:
        store: Directory of the hash sets.
    """
    if not HashSetStore.is_in(store):
        return lambda _match: False
    opened = HashSetStore(store, create=False)

    @lru_cache(maxsize=4096)
    def withdrawn(match: Match) -> bool:
        return not opened.stands(match)

    return withdrawn
