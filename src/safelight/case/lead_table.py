"""The table of leads: values that tie files to each other, to a machine and to a person, each from one finding.

`kind` is a `model.LeadKind`, `key` what `origin.leads.lead_key` gives: rows with the same kind and key hold the same value, perhaps
written differently (a model with or without its folder). A value itself can be longer than PostgreSQL indexes. The same value can be
there several times for one media, from several findings; reader and place are those of the finding. Leads are added with their
findings, never changed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table

from safelight.case.columns import ID, METADATA, SHA256, TEXT, word

__all__ = ["lead"]

lead = Table(
    "lead",
    METADATA,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("sha256", SHA256, nullable=False, index=True),
    Column("kind", word(24), nullable=False),
    Column("key", LargeBinary(16), nullable=False),
    Column("value", TEXT, nullable=False),
    Column("finding", BigInteger, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
Index("lead_value", lead.c.kind, lead.c.key, lead.c.sha256)
