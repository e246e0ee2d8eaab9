"""Generation runs and their members, and which members of near-duplicate groups were found through a flip or a rotation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("generation_run", "generation_member", "group_turn")

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _word(most: int) -> sa.String:
    return sa.String(most).with_variant(sa.String(most, collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the tables, their indexes and their protection."""
    op.create_table(
        "generation_run",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("recipe", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("name", _Text, nullable=False),
        sa.Column("details", _Text, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "generation_member",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sha256", _word(64), primary_key=True),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("generation_member_media", "generation_member", ["sha256"])
    op.create_table(
        "group_turn",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sha256", _word(64), primary_key=True),
        sa.Column("turn", _word(16), nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    for table in _TABLES:
        op.create_index(f"ix_{table}_event", table, ["event"])
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
