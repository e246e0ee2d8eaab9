"""The tables of generation runs, and of the members of near-duplicate groups that were found through a flip or a rotation.

A generation run is media that say that they were made alike (see `safelight.grouping.runs`); it has nothing to do with the runs of
Safelight, whose number is `run_id`. `number` counts the generation runs of that run from 1. `recipe` is shared by generation runs that
agree in everything but seed and time. `details` is JSON, see `safelight.case.generation.run_details`; it holds prompt text, which is
folded away wherever it is shown. `group_turn` names, for a member of a near-duplicate group, the flip or rotation by which it lies near
the representative.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from safelight.case.columns import METADATA, SHA256, TEXT, word

__all__ = ["generation_member", "generation_run", "group_turn"]

generation_run = Table(
    "generation_run",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("recipe", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("details", TEXT, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

generation_member = Table(
    "generation_member",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", SHA256, primary_key=True),
    Column("event", BigInteger, nullable=False, index=True),
)
Index("generation_member_media", generation_member.c.sha256)

group_turn = Table(
    "group_turn",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", SHA256, primary_key=True),
    Column("turn", word(16), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
