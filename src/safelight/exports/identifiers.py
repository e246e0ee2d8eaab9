"""Numbers of things that a format wants a UUID for: the same case and the same thing always give the same number."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid5

from safelight.case.read import CaseReader

__all__ = ["numbering"]

_SPACE = UUID("6b0e1f1e-6d3c-5f0e-9a51-2f0f6c9c7d10")


def numbering(case: CaseReader, format_name: str) -> Callable[..., str]:
    """Gives version 5 UUIDs from the number of the case, the format, and the words that it is called with."""
    space = uuid5(_SPACE, f"{case.case_id()}\n{format_name}")

    def number(*words: object) -> str:
        # Each word with its length before it, so that no two lists of words run together.
        text = "".join(f"{len(word)}:{word}" for word in map(str, words))
        return str(uuid5(space, text.encode("utf-8", "backslashreplace").decode()))

    return number
