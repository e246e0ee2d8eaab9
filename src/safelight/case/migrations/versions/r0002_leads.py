"""Leads: values from findings that tie files to each other, in a table that can be searched by value and by media.

Leads of findings that are there already are added by the case itself once it is open, under an event of their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _word(most: int) -> sa.String:
    return sa.String(most).with_variant(sa.String(most, collation="C"), "postgresql")


_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Adds the table, its indexes and its protection."""
    op.create_table(
        "lead",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("sha256", _word(64), nullable=False),
        sa.Column("kind", _word(24), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("value", _Text, nullable=False),
        sa.Column("finding", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_lead_sha256", "lead", ["sha256"])
    op.create_index("ix_lead_event", "lead", ["event"])
    op.create_index("lead_value", "lead", ["kind", "key", "sha256"])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER lead_no_{act.lower()} BEFORE {act} ON lead "
                "BEGIN SELECT RAISE(ABORT, 'rows of lead are added, never changed'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER lead_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON lead "
            "FOR EACH STATEMENT EXECUTE FUNCTION safelight_refuse()"
        )
