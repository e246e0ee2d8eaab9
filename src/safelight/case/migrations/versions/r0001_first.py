"""First schema: every table, and triggers that refuse to change or delete what was found."""

from __future__ import annotations

from alembic import op

from safelight.case.tables import COVERED, METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PROTECTED = ("custody_event", *(table.name for table in COVERED))


def upgrade() -> None:
    """Makes a new case."""
    METADATA.create_all(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        for table in _PROTECTED:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are added, never changed'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION safelight_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % are added, never changed', TG_TABLE_NAME; END $$"
    )
    for table in _PROTECTED:
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION safelight_refuse()"
        )
