"""The kinds of columns that the tables of a case are made of, portable between SQLite and PostgreSQL, and the set they belong to."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Integer, MetaData, String, Text

__all__ = ["ID", "METADATA", "SHA256", "TEXT", "word"]

METADATA: Final = MetaData()

# The collation "C" orders text by its bytes, as SQLite does: the same case has the same order on both.
TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")


def word(most: int) -> String:
    """A text of at most so many characters."""
    return String(most).with_variant(String(most, collation="C"), "postgresql")


# In SQLite only INTEGER makes the key the row's own number, without an index beside it. The case counts ids up itself.
ID: Final = BigInteger().with_variant(Integer, "sqlite")
SHA256: Final = word(64)
