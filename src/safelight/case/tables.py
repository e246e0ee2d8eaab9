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
    MetaData,
    String,
    Table,
    Text,
)

__all__ = ["COVERED", "METADATA", "ORDER", "archive_done", "custody_event", "finding", "group_member", "match", "media", "media_file",
           "media_group", "meta", "opinion", "queue", "run", "stage"]  # fmt: skip

METADATA: Final = MetaData()

# The collation "C" orders text by its bytes, as SQLite does: the same case has the same order on both.
_Text = Text().with_variant(Text(collation="C"), "postgresql")


def _word(most: int) -> String:
    return String(most).with_variant(String(most, collation="C"), "postgresql")


# In SQLite only INTEGER makes the key the row's own number, without an index beside it. The case counts ids up itself.
_Id = BigInteger().with_variant(Integer, "sqlite")
_Sha256 = _word(64)

meta = Table("meta", METADATA, Column("name", _word(64), primary_key=True), Column("value", _Text, nullable=False))

custody_event = Table(
    "custody_event",
    METADATA,
    Column("seq", _Id, primary_key=True, autoincrement=False),
    Column("time_utc", _word(40), nullable=False),
    Column("actor", _Text, nullable=False),
    Column("host", _Text, nullable=False),
    Column("action", _word(64), nullable=False),
    Column("details", _Text, nullable=False),
    Column("previous", _Sha256, nullable=False),
    Column("digest", _Sha256, nullable=False),
)

run = Table(
    "run",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("command", _Text, nullable=False),
    Column("begun_utc", _word(40), nullable=False),
    Column("ended_utc", _word(40)),
    Column("outcome", _word(32)),
    Column("details", _Text, nullable=False),
    Column("counts", _Text),
)

media = Table(
    "media",
    METADATA,
    Column("sha256", _Sha256, primary_key=True),
    Column("sha1", _word(40), nullable=False),
    Column("md5", _word(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("media_type", _Text, nullable=False),
    Column("kind", _word(16), nullable=False),
    Column("width_px", BigInteger),
    Column("height_px", BigInteger),
    Column("frames", BigInteger),
    Column("pdq", _word(64)),
    Column("pdq_quality", Integer),
    Column("pdq_nearest512", _word(64)),
    Column("pdq_nearest512_quality", Integer),
    Column("pdq_oriented", _word(64)),
    Column("pdq_oriented_quality", Integer),
    Column("pdq_dihedral", _Text, nullable=False),
    Column("runs", _Text, nullable=False),
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
    Column("path", _Text, nullable=False),
    Column("size_bytes", BigInteger),
    Column("modified_ns", BigInteger),
    Column("accessed_ns", BigInteger),
    Column("changed_ns", BigInteger),
    Column("created_ns", BigInteger),
    Column("sha256", _Sha256, index=True),
    Column("state", _word(8), nullable=False),
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
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("sha256", _Sha256, index=True),
    Column("location_key", LargeBinary(16), index=True),
    Column("revision", Integer),
    Column("reader", _Text, nullable=False),
    Column("version", _Text, nullable=False),
    Column("outcome", _word(16), nullable=False),
    Column("supports", _word(16), nullable=False),
    Column("basis", _word(16)),
    Column("what", _Text, nullable=False),
    Column("place", _Text, nullable=False),
    Column("strength", _word(24), nullable=False),
    Column("could_be_faked_by", _Text, nullable=False),
    Column("does_not_show", _Text, nullable=False),
    Column("details", _Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
Index("finding_outcome", finding.c.outcome, finding.c.reader)

opinion = Table(
    "opinion",
    METADATA,
    Column("sha256", _Sha256, primary_key=True),
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("opinion", _word(16), nullable=False),
    Column("log10_lr", Float(53), nullable=False),
    Column("strength", _word(24), nullable=False),
    Column("basis", _Text, nullable=False),
    Column("generator", _Text),
    Column("generator_version", _Text),
    Column("model", _Text),
    Column("seed", _Text),
    Column("prompt", _Text),
    Column("captured_with", _Text),
    Column("conflicts", _Text, nullable=False),
    Column("limits", _Text, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

stage = Table(
    "stage",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", _word(16), primary_key=True),
    Column("details", _Text, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

match = Table(
    "match_",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("run_id", BigInteger, nullable=False, index=True),
    Column("sha256", _Sha256, nullable=False, index=True),
    Column("hashset", _Text, nullable=False),
    Column("bank", _Text, nullable=False),
    Column("role", _word(16), nullable=False),
    Column("how", _word(8), nullable=False),
    Column("distance", Integer, nullable=False),
    Column("label", _Text, nullable=False),
    Column("entry", _word(64), nullable=False),
    Column("variant", _word(16), nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

media_group = Table(
    "media_group",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", _word(24), nullable=False),
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
    Column("placed_by", _Sha256),
    Column("rule", _Text, nullable=False),
    Column("reason", _Text, nullable=False),
    Column("group_size", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

ORDER: Final[dict[str, tuple[str, ...]]] = {
    "media": ("sha256",),
    "media_file": ("location_key", "revision"),
    "archive_done": ("location_key", "revision"),
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
"""The tables whose rows are covered by custody events. `run` is not among them: its rows are ended later, and its events hold all of it."""
