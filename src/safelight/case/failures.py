"""What a database says, in words with what was kept and what to do next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError

from safelight.errors import CaseError

__all__ = ["reading_explained", "writing_explained"]

# The driver's own message can quote bytes of a damaged file that are no text.
_RAISED: Final = (DBAPIError, sqlite3.Error, UnicodeDecodeError)


@contextmanager
def reading_explained(where: str) -> Iterator[None]:
    """Turns an error of the database into a `CaseError`.

    Args:
        where: The case, as a person knows it.
    """
    try:
        yield
    except _RAISED as error:
        raise CaseError(
            f"The case {where} cannot be read: {_said(error)}.",
            kept="It was left as it is.",
            advice="Check the disk and that this is a case; if the database is damaged, restore it from a copy.",
        ) from error


@contextmanager
def writing_explained(where: str, places: Callable[[], int]) -> Iterator[None]:
    """Turns an error of the database into a `CaseError` that says how much is stored.

    Args:
        where: The case. `places`: counts the places that are stored; asked only after an error.
    """
    try:
        yield
    except _RAISED as error:
        raise CaseError(
            f"The case {where} cannot be written: {_said(error)}.",
            kept=f"{_count(places)} What was being written is not stored.",
            advice="Free some room or repair what is wrong, then run the same command again: it goes on where it stopped.",
        ) from error


def _said(error: Exception) -> str:
    # The driver's own words, in one line: SQLAlchemy's add the statement and its values, which can be evidence.
    if isinstance(error, UnicodeDecodeError):
        return "it is damaged, and holds bytes where text should be"
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split()).rstrip(".")


def _count(places: Callable[[], int]) -> str:
    try:
        return f"Everything reported as done is stored ({places():,} places)."
    except (*_RAISED, CaseError):
        return "Everything reported as done is stored."
