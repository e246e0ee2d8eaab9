"""Leads of a case: their rows, and the leads of findings that are older than the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.case.record import Row, finding_from_row
from safelight.custody.chain import storable
from safelight.model import Finding
from safelight.origin.leads import lead_key, leads_of

__all__ = ["FILLED", "lead_rows", "leads_are_missing", "older_leads"]

FILLED: Final = "leads-added"
"""The action under which the leads of older findings are logged."""

_FIRST_SCHEMA: Final = "0002"


def lead_rows(finding: Finding, row: Row) -> list[Row]:
    """The rows of the leads of one finding on a media; the case adds their `id`.

    Args:
        finding: The finding. `row`: its row, with its `id`.
    """
    return [
        {
            "sha256": lead.sha256, "kind": str(lead.kind), "key": lead_key(lead.kind, lead.value), "value": storable(lead.value),
            "finding": row["id"], "run_id": row["run_id"],
        }
        for lead in leads_of(finding, row["sha256"])
    ]  # fmt: skip


def leads_are_missing(case: CaseReader) -> bool:
    """Whether the case holds findings from before there were leads, whose leads were not added yet."""
    event = tables.custody_event.c
    first = case.rows(select(event.details).where(event.seq == 1))
    made_with = str(orjson.loads(first[0]["details"]).get("schema", "")) if first else _FIRST_SCHEMA
    return made_with < _FIRST_SCHEMA and not case.rows(select(event.seq).where(event.action == FILLED).limit(1))


def older_leads(case: CaseReader) -> Iterator[tuple[str, Row]]:
    """The leads of every finding on a media, in the order of the findings, as (table, row)."""
    finding = tables.finding.c
    for row in case.stream(select(tables.finding).where(finding.sha256.is_not(None)).order_by(finding.id)):
        found: Mapping[str, Any] = dict(row)
        for made in lead_rows(finding_from_row(found), dict(found)):
            yield tables.lead.name, made
