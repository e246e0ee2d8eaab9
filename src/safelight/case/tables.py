"""The tables of a case, portable between SQLite and PostgreSQL.

Every row that says what was found carries the number of the custody event that wrote it; that event holds a digest over the rows,
so a later change to any of them is found. Such rows are added, never updated: triggers refuse it (see the migrations). A change here needs
a migration of its own: a test compares what the migrations make with these tables.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from safelight.case.columns import ID, METADATA, SHA256, TEXT, word
from safelight.case.generation_tables import generation_member, generation_run, group_turn
from safelight.case.lead_table import lead
from safelight.case.review_tables import decision, decision_withdrawn, exposure, exposure_end
from safelight.case.scene_tables import local_features, scene_link

__all__ = ["COVERED", "METADATA", "ORDER", "archive_done", "custody_event", "decision", "decision_withdrawn", "exposure",
           "exposure_end", "finding", "generation_member", "generation_run", "group_member", "group_turn", "lead", "local_features", "match",
           "media", "media_file", "media_group", "meta", "opinion", "queue", "run", "scene_link", "stage"]  # fmt: skip

meta = Table("meta", METADATA, Column("name", word(64), primary_key=True), Column("value", TEXT, nullable=False))

custody_event = Table(
    "custody_event",
    METADATA,
    Column("seq", ID, primary_key=True, autoincrement=False),
    Column("time_utc", word(40), nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("host", TEXT, nullable=False),
    Column("action", word(64), nullable=False),
    Column("details", TEXT, nullable=False),
    Column("previous", SHA256, nullable=False),
    Column("digest", SHA256, nullable=False),
)

run = Table(
    "run",
    METADATA,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("command", TEXT, nullable=False),
    Column("begun_utc", word(40), nullable=False),
    Column("ended_utc", word(40)),
    Column("outcome", word(32)),
    Column("details", TEXT, nullable=False),
    Column("counts", TEXT),
)

media = Table(
    "media",
    METADATA,
    Column("sha256", SHA256, primary_key=True),
    Column("sha1", word(40), nullable=False),
    Column("md5", word(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("media_type", TEXT, nullable=False),
    Column("kind", word(16), nullable=False),
    Column("width_px", BigInteger),
    Column("height_px", BigInteger),
    Column("frames", BigInteger),
    Column("pdq", word(64)),
    Column("pdq_quality", Integer),
    Column("pdq_nearest512", word(64)),
    Column("pdq_nearest512_quality", Integer),
    Column("pdq_oriented", word(64)),
    Column("pdq_oriented_quality", Integer),
    Column("pdq_dihedral", TEXT, nullable=False),
    Column("runs", TEXT, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

media_file = Table(
    "media_file",
    METADATA,
    Column("location_key", LargeBinary(16), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("source", LargeBinary, nullable=False),
    Column("parts", LargeBinary, nullable=False),
    Column("path", TEXT, nullable=False),
    Column("size_bytes", BigInteger),
    Column("modified_ns", BigInteger),
    Column("accessed_ns", BigInteger),
    Column("changed_ns", BigInteger),
    Column("created_ns", BigInteger),
    Column("sha256", SHA256, index=True),
    Column("state", word(8), nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

archive_done = Table(
    "archive_done",
    METADATA,
    Column("location_key", LargeBinary(16), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False, index=True),
)

finding = Table(
    "finding",
    METADATA,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("sha256", SHA256, index=True),
    Column("location_key", LargeBinary(16), index=True),
    Column("revision", Integer),
    Column("reader", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("outcome", word(16), nullable=False),
    Column("supports", word(16), nullable=False),
    Column("basis", word(16)),
    Column("what", TEXT, nullable=False),
    Column("place", TEXT, nullable=False),
    Column("strength", word(24), nullable=False),
    Column("could_be_faked_by", TEXT, nullable=False),
    Column("does_not_show", TEXT, nullable=False),
    Column("details", TEXT, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
Index("finding_outcome", finding.c.outcome, finding.c.reader)

opinion = Table(
    "opinion",
    METADATA,
    Column("sha256", SHA256, primary_key=True),
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("opinion", word(16), nullable=False),
    Column("log10_lr", Float(53), nullable=False),
    Column("strength", word(24), nullable=False),
    Column("basis", TEXT, nullable=False),
    Column("generator", TEXT),
    Column("generator_version", TEXT),
    Column("model", TEXT),
    Column("seed", TEXT),
    Column("prompt", TEXT),
    Column("captured_with", TEXT),
    Column("conflicts", TEXT, nullable=False),
    Column("limits", TEXT, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

stage = Table(
    "stage",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", word(16), primary_key=True),
    Column("details", TEXT, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

match = Table(
    "match_",
    METADATA,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("run_id", BigInteger, nullable=False, index=True),
    Column("sha256", SHA256, nullable=False, index=True),
    Column("hashset", TEXT, nullable=False),
    Column("bank", TEXT, nullable=False),
    Column("role", word(16), nullable=False),
    Column("how", word(8), nullable=False),
    Column("distance", Integer, nullable=False),
    Column("label", TEXT, nullable=False),
    Column("entry", word(64), nullable=False),
    Column("variant", word(16), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

media_group = Table(
    "media_group",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", word(24), nullable=False),
    Column("representative", SHA256, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("distance_bits", Integer, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

group_member = Table(
    "group_member",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", SHA256, primary_key=True),
    Column("distance", Integer, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
Index("group_member_media", group_member.c.sha256)

queue = Table(
    "queue",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", SHA256),
    Column("location_key", LargeBinary(16)),
    Column("placed_by", SHA256),
    Column("rule", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("group_size", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

ORDER: Final[dict[str, tuple[str, ...]]] = {
    "media": ("sha256",),
    "local_features": ("sha256",),
    "media_file": ("location_key", "revision"),
    "archive_done": ("location_key", "revision"),
    "finding": ("id",),
    "lead": ("id",),
    "opinion": ("sha256", "run_id"),
    "stage": ("run_id", "name"),
    "match_": ("id",),
    "media_group": ("run_id", "number"),
    "group_member": ("run_id", "number", "sha256"),
    "group_turn": ("run_id", "number", "sha256"),
    "generation_run": ("run_id", "number"),
    "generation_member": ("run_id", "number", "sha256"),
    "scene_link": ("run_id", "number"),
    "queue": ("run_id", "rank"),
    "decision": ("id",),
    "decision_withdrawn": ("act",),
    "exposure": ("id",),
    "exposure_end": ("exposure",),
}
"""The order in which the rows of one event are digested, by table."""

COVERED: Final = tuple(METADATA.tables[name] for name in ORDER)
"""The tables whose rows are covered by custody events. `run` is not among them: its rows are ended later, and its events hold all of it."""
