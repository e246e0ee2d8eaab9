"""Hash sets: the unit's own lists, in a store that all its cases share.

In: list files that a unit brings. Out: matches, each with its list, bank, label and distance. It must never ship a list, never import
half a file, and never let a match remove anything: a list only says what it says.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from safelight.hashsets.store import HashSetStore as HashSetStore
    from safelight.settings import Settings

__all__ = ["HashSetStore", "default_directory"]


def default_directory(settings: Settings) -> Path:
    """The directory of the store: from the settings, else in the user's data directory."""
    if settings.hashset_store:
        return Path(settings.hashset_store)
    from platformdirs import user_data_path

    return Path(user_data_path("safelight")) / "hashsets"


def __getattr__(name: str) -> Any:
    # The store needs SQLAlchemy, which the command line must not pay for before a command needs it.
    if name == "HashSetStore":
        from safelight.hashsets.store import HashSetStore

        return HashSetStore
    raise AttributeError(name)
