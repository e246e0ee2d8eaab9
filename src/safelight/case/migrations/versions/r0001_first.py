"""First schema: every table, and triggers that refuse to change or delete what was found.

The tables are written out here, apart from `safelight.case.tables`: a released revision never changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PROTECTED = (
    "custody_event", "media", "media_file", "archive_done", "finding", "opinion", "stage", "match_", "media_group", "group_member", "queue",
)  # fmt: skip

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _word(most: int) -> sa.String:
    return sa.String(most).with_variant(sa.String(most, collation="C"), "postgresql")


_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_Sha256 = _word(64)


def upgrade() -> None:
    """Makes a new case."""
    _tables()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def _sqlite_triggers() -> None:
    for table in _PROTECTED:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are added, never changed'); END"
            )
    op.execute(
        "CREATE TRIGGER run_no_update BEFORE UPDATE ON run WHEN OLD.ended_utc IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'a run that has ended is never changed'); END"
    )
    op.execute(
        "CREATE TRIGGER run_no_delete BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'rows of run are never deleted'); END"
    )


def _postgresql_triggers() -> None:
    op.execute(
        "CREATE FUNCTION safelight_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % are added, never changed', TG_TABLE_NAME; END $$"
    )
    for table in _PROTECTED:
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION safelight_refuse()"
        )
    op.execute(
        "CREATE TRIGGER run_no_update BEFORE UPDATE ON run FOR EACH ROW WHEN (OLD.ended_utc IS NOT NULL) "
        "EXECUTE FUNCTION safelight_refuse()"
    )
    op.execute(
        "CREATE TRIGGER run_no_delete BEFORE DELETE OR TRUNCATE ON run FOR EACH STATEMENT EXECUTE FUNCTION safelight_refuse()"
    )


def _tables() -> None:
    op.create_table(
        "meta",
        sa.Column("name", _word(64), primary_key=True),
        sa.Column("value", _Text, nullable=False),
    )
    op.create_table(
        "custody_event",
        sa.Column("seq", _Id, primary_key=True, autoincrement=False),
        sa.Column("time_utc", _word(40), nullable=False),
        sa.Column("actor", _Text, nullable=False),
        sa.Column("host", _Text, nullable=False),
        sa.Column("action", _word(64), nullable=False),
        sa.Column("details", _Text, nullable=False),
        sa.Column("previous", _Sha256, nullable=False),
        sa.Column("digest", _Sha256, nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("command", _Text, nullable=False),
        sa.Column("begun_utc", _word(40), nullable=False),
        sa.Column("ended_utc", _word(40)),
        sa.Column("outcome", _word(32)),
        sa.Column("details", _Text, nullable=False),
        sa.Column("counts", _Text),
    )
    op.create_table(
        "media",
        sa.Column("sha256", _Sha256, primary_key=True),
        sa.Column("sha1", _word(40), nullable=False),
        sa.Column("md5", _word(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", _Text, nullable=False),
        sa.Column("kind", _word(16), nullable=False),
        sa.Column("width_px", sa.BigInteger),
        sa.Column("height_px", sa.BigInteger),
        sa.Column("frames", sa.BigInteger),
        sa.Column("pdq", _word(64)),
        sa.Column("pdq_quality", sa.Integer),
        sa.Column("pdq_nearest512", _word(64)),
        sa.Column("pdq_nearest512_quality", sa.Integer),
        sa.Column("pdq_oriented", _word(64)),
        sa.Column("pdq_oriented_quality", sa.Integer),
        sa.Column("pdq_dihedral", _Text, nullable=False),
        sa.Column("runs", _Text, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_media_event", "media", ["event"])
    op.create_table(
        "media_file",
        sa.Column("location_key", sa.LargeBinary(16), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.LargeBinary, nullable=False),
        sa.Column("parts", sa.LargeBinary, nullable=False),
        sa.Column("path", _Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("modified_ns", sa.BigInteger),
        sa.Column("accessed_ns", sa.BigInteger),
        sa.Column("changed_ns", sa.BigInteger),
        sa.Column("created_ns", sa.BigInteger),
        sa.Column("sha256", _Sha256),
        sa.Column("state", _word(8), nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_media_file_sha256", "media_file", ["sha256"])
    op.create_index("ix_media_file_event", "media_file", ["event"])
    op.create_table(
        "archive_done",
        sa.Column("location_key", sa.LargeBinary(16), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_archive_done_event", "archive_done", ["event"])
    op.create_table(
        "finding",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("sha256", _Sha256),
        sa.Column("location_key", sa.LargeBinary(16)),
        sa.Column("revision", sa.Integer),
        sa.Column("reader", _Text, nullable=False),
        sa.Column("version", _Text, nullable=False),
        sa.Column("outcome", _word(16), nullable=False),
        sa.Column("supports", _word(16), nullable=False),
        sa.Column("basis", _word(16)),
        sa.Column("what", _Text, nullable=False),
        sa.Column("place", _Text, nullable=False),
        sa.Column("strength", _word(24), nullable=False),
        sa.Column("could_be_faked_by", _Text, nullable=False),
        sa.Column("does_not_show", _Text, nullable=False),
        sa.Column("details", _Text, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_finding_sha256", "finding", ["sha256"])
    op.create_index("ix_finding_location_key", "finding", ["location_key"])
    op.create_index("ix_finding_event", "finding", ["event"])
    op.create_index("finding_outcome", "finding", ["outcome", "reader"])
    op.create_table(
        "opinion",
        sa.Column("sha256", _Sha256, primary_key=True),
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("opinion", _word(16), nullable=False),
        sa.Column("log10_lr", sa.Float(53), nullable=False),
        sa.Column("strength", _word(24), nullable=False),
        sa.Column("basis", _Text, nullable=False),
        sa.Column("generator", _Text),
        sa.Column("generator_version", _Text),
        sa.Column("model", _Text),
        sa.Column("seed", _Text),
        sa.Column("prompt", _Text),
        sa.Column("captured_with", _Text),
        sa.Column("conflicts", _Text, nullable=False),
        sa.Column("limits", _Text, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_opinion_event", "opinion", ["event"])
    op.create_table(
        "stage",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", _word(16), primary_key=True),
        sa.Column("details", _Text, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_stage_event", "stage", ["event"])
    op.create_table(
        "match_",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("sha256", _Sha256, nullable=False),
        sa.Column("hashset", _Text, nullable=False),
        sa.Column("bank", _Text, nullable=False),
        sa.Column("role", _word(16), nullable=False),
        sa.Column("how", _word(8), nullable=False),
        sa.Column("distance", sa.Integer, nullable=False),
        sa.Column("label", _Text, nullable=False),
        sa.Column("entry", _word(64), nullable=False),
        sa.Column("variant", _word(16), nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_match__run_id", "match_", ["run_id"])
    op.create_index("ix_match__sha256", "match_", ["sha256"])
    op.create_index("ix_match__event", "match_", ["event"])
    op.create_table(
        "media_group",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", _word(24), nullable=False),
        sa.Column("representative", _Sha256, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("distance_bits", sa.Integer, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_media_group_event", "media_group", ["event"])
    op.create_table(
        "group_member",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sha256", _Sha256, primary_key=True),
        sa.Column("distance", sa.Integer, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_group_member_event", "group_member", ["event"])
    op.create_index("group_member_media", "group_member", ["sha256"])
    op.create_table(
        "queue",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rank", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sha256", _Sha256),
        sa.Column("location_key", sa.LargeBinary(16)),
        sa.Column("placed_by", _Sha256),
        sa.Column("rule", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        sa.Column("group_size", sa.BigInteger, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_queue_event", "queue", ["event"])
