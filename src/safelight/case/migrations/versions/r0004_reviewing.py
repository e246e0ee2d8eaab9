"""Reviewing: what people decided, took back, and were shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NEW = ("decision", "decision_withdrawn", "exposure", "exposure_end")

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _word(most: int) -> sa.String:
    return sa.String(most).with_variant(sa.String(most, collation="C"), "postgresql")


_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Adds the tables, their indexes and their protection."""
    op.create_table(
        "decision",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("sha256", _word(64), nullable=False),
        sa.Column("person", _Text, nullable=False),
        sa.Column("scheme", _Text, nullable=False),
        sa.Column("category", _Text, nullable=False),
        sa.Column("label", _Text, nullable=False),
        sa.Column("origin", _word(16)),
        sa.Column("possible_real_victim", sa.Integer, nullable=False),
        sa.Column("second_review", sa.Integer, nullable=False),
        sa.Column("note", _Text, nullable=False),
        sa.Column("representative", _word(64)),
        sa.Column("decided_utc", _word(40), nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_decision_sha256", "decision", ["sha256"])
    op.create_table(
        "decision_withdrawn",
        sa.Column("act", _Id, primary_key=True, autoincrement=False),
        sa.Column("person", _Text, nullable=False),
        sa.Column("withdrawn_utc", _word(40), nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "exposure",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("sha256", _word(64), nullable=False),
        sa.Column("person", _Text, nullable=False),
        sa.Column("step", _word(16), nullable=False),
        sa.Column("in_full", sa.Integer, nullable=False),
        sa.Column("details", _Text, nullable=False),
        sa.Column("begun_utc", _word(40), nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_exposure_sha256", "exposure", ["sha256"])
    op.create_table(
        "exposure_end",
        sa.Column("exposure", _Id, primary_key=True, autoincrement=False),
        sa.Column("ended_utc", _word(40), nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    for table in _NEW:
        op.create_index(f"ix_{table}_event", table, ["event"])
        _protect(table)


def _protect(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are added, never changed'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION safelight_refuse()"
        )
