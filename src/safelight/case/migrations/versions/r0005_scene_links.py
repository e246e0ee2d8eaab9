"""Local features of pictures, and the links between pictures that share part of a scene."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("local_features", "scene_link")

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _word(most: int) -> sa.String:
    return sa.String(most).with_variant(sa.String(most, collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the tables, their indexes and their protection."""
    op.create_table(
        "local_features",
        sa.Column("sha256", _word(64), primary_key=True),
        sa.Column("form", _word(16), nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "scene_link",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", _word(24), nullable=False),
        sa.Column("sha256", _word(64), nullable=False),
        sa.Column("other", _word(64), nullable=False),
        sa.Column("inliers", sa.Integer, nullable=False),
        sa.Column("share", sa.Float(53), nullable=False),
        sa.Column("other_share", sa.Float(53), nullable=False),
        sa.Column("details", _Text, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_scene_link_sha256", "scene_link", ["sha256"])
    op.create_index("ix_scene_link_other", "scene_link", ["other"])
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
