"""The tables of what people did: decisions, decisions taken back, what was shown, and until when.

A decision belongs to the custody event that stored it, and is taken back by that number. Flags are 0 or 1.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, Table

from safelight.case.columns import ID, METADATA, SHA256, TEXT, word

__all__ = ["decision", "decision_withdrawn", "exposure", "exposure_end"]

decision = Table(
    "decision",
    METADATA,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("sha256", SHA256, nullable=False, index=True),
    Column("person", TEXT, nullable=False),
    Column("scheme", TEXT, nullable=False),
    Column("category", TEXT, nullable=False),
    Column("label", TEXT, nullable=False),
    Column("origin", word(16)),
    Column("possible_real_victim", Integer, nullable=False),
    Column("second_review", Integer, nullable=False),
    Column("note", TEXT, nullable=False),
    Column("representative", SHA256),
    Column("decided_utc", word(40), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

decision_withdrawn = Table(
    "decision_withdrawn",
    METADATA,
    Column("act", ID, primary_key=True, autoincrement=False),
    Column("person", TEXT, nullable=False),
    Column("withdrawn_utc", word(40), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

exposure = Table(
    "exposure",
    METADATA,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("sha256", SHA256, nullable=False, index=True),
    Column("person", TEXT, nullable=False),
    Column("step", word(16), nullable=False),
    Column("in_full", Integer, nullable=False),
    Column("details", TEXT, nullable=False),
    Column("begun_utc", word(40), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

exposure_end = Table(
    "exposure_end",
    METADATA,
    Column("exposure", ID, primary_key=True, autoincrement=False),
    Column("ended_utc", word(40), nullable=False),
    Column("seconds", Float(53), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
