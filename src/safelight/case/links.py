"""The traces of a case, as `safelight link` compares them: read only, in one order, in memory that does not grow with the case."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from sqlalchemy import and_, exists, func, select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.grouping.links import KINDS, Trace
from safelight.grouping.links_public import PUBLIC_MODELS
from safelight.model import HashSetRole, LeadKind, MediaKind
from safelight.origin.leads import lead_key

__all__ = ["traces"]

_MEDIA: Final = "media"
_BY_KEY: Final = (LeadKind.WORKFLOW, LeadKind.PROMPT)
_KINDS: Final = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.ARCHIVE)


def traces(case: CaseReader) -> Iterator[Trace]:
    """The traces of a case in ascending order of (kind, key), each once.

    Contents are images, videos, sound files and archives that are not empty; those on a list of known-irrelevant files and on no list of known
    material are called public. Values of prompts are not read.
    """
    for kind in sorted(KINDS):
        yield from _contents(case) if kind == _MEDIA else _leads(case, LeadKind(kind))


def _contents(case: CaseReader) -> Iterator[Trace]:
    media, match, current = tables.media.c, tables.match.c, case.current("match")
    listed = {
        role: exists(
            select(match.id).where(and_(match.run_id == current, match.sha256 == media.sha256, match.role == role))
        )
        for role in (HashSetRole.IRRELEVANT, HashSetRole.KNOWN)
    }
    public = and_(listed[HashSetRole.IRRELEVANT], ~listed[HashSetRole.KNOWN])
    chosen = select(media.sha256, public.label("public")).where(media.kind.in_(_KINDS), media.size_bytes > 0)
    for row in case.stream(chosen.order_by(media.sha256)):
        yield Trace(_MEDIA, row["sha256"], "", 1, bool(row["public"]))


def _leads(case: CaseReader, kind: LeadKind) -> Iterator[Trace]:
    lead = tables.lead.c
    columns = [lead.key, func.count(lead.sha256.distinct()).label("media")]
    if kind not in _BY_KEY:
        columns.append(func.min(lead.value).label("label"))
    for row in case.stream(select(*columns).where(lead.kind == kind).group_by(lead.key).order_by(lead.key)):
        key = bytes(row["key"])
        yield Trace(str(kind), key.hex(), row.get("label", ""), row["media"], (kind, key) in _public())


@cache
def _public() -> frozenset[tuple[LeadKind, bytes]]:
    named = [(LeadKind.MODEL_HASH, digest) for digest, _, _ in PUBLIC_MODELS]
    named += [(LeadKind.MODEL, name) for _, name, _ in PUBLIC_MODELS]
    return frozenset((kind, lead_key(kind, value)) for kind, value in named)
