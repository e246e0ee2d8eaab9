"""The tables of a case, portable between SQLite and PostgreSQL.

Every row that says what was found carries the number of the custody event that wrote it; that event holds a digest over the rows,
so a later change to any of them is found. Such rows are added, never updated: triggers refuse it (see the migrations).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

__all__ = ["COVERED", "METADATA", "ORDER", "archive_done", "custody_event", "finding", "group_member", "match", "media", "media_file",
           "media_group", "meta", "opinion", "queue", "run", "stage"]  # fmt: skip

METADATA: Final = MetaData()

# SQLite counts ids up by itself only for INTEGER; PostgreSQL wants 64 bits said.
_Id = BigInteger().with_variant(Integer, "sqlite")
_Sha256 = String(64)

meta = Table("meta", METADATA, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))

custody_event = Table(
    "custody_event",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("time_utc", String(40), nullable=False),
    Column("actor", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", _Sha256, nullable=False),
    Column("digest", _Sha256, nullable=False),
)

run = Table(
    "run",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("command", Text, nullable=False),
    Column("begun_utc", String(40), nullable=False),
    Column("ended_utc", String(40)),
    Column("outcome", String(32)),
    Column("details", Text, nullable=False),
    Column("counts", Text),
)

media = Table(
    "media",
    METADATA,
    Column("sha256", _Sha256, primary_key=True),
    Column("sha1", String(40), nullable=False),
    Column("md5", String(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("width_px", BigInteger),
    Column("height_px", BigInteger),
    Column("frames", BigInteger),
    Column("pdq", String(64)),
    Column("pdq_quality", Integer),
    Column("pdq_nearest512", String(64)),
    Column("pdq_nearest512_quality", Integer),
    Column("pdq_oriented", String(64)),
    Column("pdq_oriented_quality", Integer),
    Column("pdq_dihedral", Text, nullable=False),
    Column("runs", Text, nullable=False),
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
    Column("path", Text, nullable=False),
    Column("size_bytes", BigInteger),
    Column("modified_ns", BigInteger),
    Column("accessed_ns", BigInteger),
    Column("changed_ns", BigInteger),
    Column("created_ns", BigInteger),
    Column("sha256", _Sha256, index=True),
    Column("opens", Boolean, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

archive_done = Table(
    "archive_done",
    METADATA,
    Column("location_key", LargeBinary(16), primary_key=True),
    Column("event", BigInteger, nullable=False, index=True),
)

finding = Table(
    "finding",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("sha256", _Sha256, index=True),
    Column("location_key", LargeBinary(16), index=True),
    Column("reader", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("supports", String(16), nullable=False),
    Column("basis", String(16)),
    Column("what", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("strength", String(24), nullable=False),
    Column("could_be_faked_by", Text, nullable=False),
    Column("does_not_show", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
Index("finding_outcome", finding.c.outcome, finding.c.reader)

opinion = Table(
    "opinion",
    METADATA,
    Column("sha256", _Sha256, primary_key=True),
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("opinion", String(16), nullable=False),
    Column("log10_lr", Float(53), nullable=False),
    Column("strength", String(24), nullable=False),
    Column("basis", Text, nullable=False),
    Column("generator", Text),
    Column("generator_version", Text),
    Column("model", Text),
    Column("seed", Text),
    Column("prompt", Text),
    Column("captured_with", Text),
    Column("conflicts", Text, nullable=False),
    Column("limits", Text, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

stage = Table(
    "stage",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(16), primary_key=True),
    Column("details", Text, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

match = Table(
    "match_",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("run_id", BigInteger, nullable=False, index=True),
    Column("sha256", _Sha256, nullable=False, index=True),
    Column("hashset", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("how", String(8), nullable=False),
    Column("distance", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("entry", String(64), nullable=False),
    Column("variant", String(16), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

media_group = Table(
    "media_group",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("representative", _Sha256, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("distance_bits", Integer, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

group_member = Table(
    "group_member",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", _Sha256, primary_key=True),
    Column("distance", Integer, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
Index("group_member_media", group_member.c.sha256)

queue = Table(
    "queue",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", _Sha256),
    Column("location_key", LargeBinary(16)),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("group_size", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

ORDER: Final[dict[str, tuple[str, ...]]] = {
    "media": ("sha256",),
    "media_file": ("location_key", "revision"),
    "archive_done": ("location_key",),
    "finding": ("id",),
    "opinion": ("sha256", "run_id"),
    "stage": ("run_id", "name"),
    "match_": ("id",),
    "media_group": ("run_id", "number"),
    "group_member": ("run_id", "number", "sha256"),
    "queue": ("run_id", "rank"),
}
"""The order in which the rows of one event are digested, by table."""

COVERED: Final = tuple(METADATA.tables[name] for name in ORDER)
"""The tables whose rows are covered by custody events, in the order in which they are digested."""
