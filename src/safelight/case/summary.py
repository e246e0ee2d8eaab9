"""Figures over a whole case: what is in it, what could not be examined, what was thought of it, and how the work was done.

Counted by the database or in one pass, so that memory does not grow with the case. A place counts with its newest revision only; a
content counts once, however many places it lies in. `reasons` says why something was not examined, `stage_summary` counts what the
later stages stored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import and_, func, select
from sqlalchemy import case as when

from safelight.case import tables
from safelight.case.newest import newest_files, newest_opinions
from safelight.case.read import CaseReader
from safelight.model import PDQ_MIN_QUALITY, MediaKind

__all__ = [
    "BasisCount", "FormatCount", "OpinionCount", "RunFacts", "SourceCount", "Totals", "bases", "formats", "generators", "opinions",
    "reader_outcomes", "runs", "sources", "totals",
]  # fmt: skip

_FILE, _MEDIA = tables.media_file, tables.media


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much is in a case.

    Attributes:
        places: Places (files, archive members, links ...) as they were found last. `digested_places`: those whose content was read.
        contents: Distinct contents. `contents_in_place`: those that still lie somewhere; the others were replaced between two runs.
        place_bytes: Bytes of all digested places; `content_bytes`: of all distinct contents. Members of archives count beside them.
        superseded: Older revisions of places whose content changed between two runs.
        open_archives: Places of archives whose members were not all taken in.
        images, images_read: Contents that are images, and those whose pixels were read. `images_low_quality`: those read whose PDQ
            hashes are all too poor to be matched.
        conflicting: Contents whose findings pull in different directions. `prompts`: contents for which a prompt is recorded.
    """

    places: int
    digested_places: int
    contents: int
    contents_in_place: int
    place_bytes: int
    content_bytes: int
    superseded: int
    open_archives: int
    images: int
    images_read: int
    images_low_quality: int
    conflicting: int
    prompts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCount:
    """One source: its path as exact bytes, its places, how many of them were digested, and their bytes."""

    source: bytes
    places: int
    digested: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCount:
    """Contents of one kind and media type, the places they lie in, and the bytes of the contents."""

    kind: str
    media_type: str
    contents: int
    places: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionCount:
    """Contents with the same kind, opinion (None: none is stored), strength, and whether their pixels were read."""

    kind: str
    opinion: str | None
    strength: str
    pixels_read: bool
    contents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisCount:
    """Contents whose opinion rests on exactly these bases."""

    opinion: str
    basis: tuple[str, ...]
    contents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run, with everything that it recorded when it began and ended; `outcome` is None while it has not ended."""

    number: int
    command: str
    begun_utc: str
    ended_utc: str | None
    outcome: str | None
    details: dict[str, Any]
    counts: dict[str, int]


def totals(case: CaseReader) -> Totals:
    """Counts places and contents."""
    file, media, opinion = newest_files(), _MEDIA.c, newest_opinions()
    placed = _one(
        case,
        select(
            func.count().label("places"),
            func.count(file.c.sha256).label("digested"),
            func.count(file.c.sha256.distinct()).label("contents"),
            func.coalesce(func.sum(media.size_bytes), 0).label("bytes"),
        ).select_from(file.outerjoin(_MEDIA, file.c.sha256 == media.sha256)),
    )
    image = media.kind == MediaKind.IMAGE
    qualities = (media.pdq_quality, media.pdq_nearest512_quality, media.pdq_oriented_quality)
    poor = [func.coalesce(quality, 0) < PDQ_MIN_QUALITY for quality in qualities]
    held = _one(
        case,
        select(
            func.count().label("contents"),
            func.coalesce(func.sum(media.size_bytes), 0).label("bytes"),
            _sum_if(image).label("images"),
            _sum_if(and_(image, media.pdq.is_not(None))).label("images_read"),
            _sum_if(and_(image, media.pdq.is_not(None), *poor)).label("poor"),
        ),
    )
    closed = tables.archive_done
    taken_in = and_(file.c.location_key == closed.c.location_key, file.c.revision == closed.c.revision)
    waiting = select(func.count().label("number")).select_from(file.outerjoin(closed, taken_in))
    thought = _one(
        case,
        select(
            _sum_if(opinion.c.conflicts != "[]").label("conflicting"),
            func.count(opinion.c.prompt).label("prompts"),
        ),
    )
    revisions = _one(case, select(func.count().label("number")).select_from(_FILE))["number"]
    return Totals(
        places=placed["places"],
        digested_places=placed["digested"],
        contents=held["contents"],
        contents_in_place=placed["contents"],
        place_bytes=int(placed["bytes"]),
        content_bytes=int(held["bytes"]),
        superseded=revisions - placed["places"],
        open_archives=_one(case, waiting.where(and_(file.c.state == "opens", closed.c.event.is_(None))))["number"],
        images=int(held["images"]),
        images_read=int(held["images_read"]),
        images_low_quality=int(held["poor"]),
        conflicting=int(thought["conflicting"]),
        prompts=int(thought["prompts"]),
    )


def sources(case: CaseReader) -> list[SourceCount]:
    """Every source that a run was given, in the order of the exact bytes of the paths; one without a place counts 0."""
    file = newest_files()
    statement = (
        select(
            file.c.source,
            func.count().label("places"),
            func.count(file.c.sha256).label("digested"),
            func.coalesce(func.sum(_MEDIA.c.size_bytes), 0).label("bytes"),
        )
        .select_from(file.outerjoin(_MEDIA, file.c.sha256 == _MEDIA.c.sha256))
        .group_by(file.c.source)
    )
    found = [
        SourceCount(
            source=bytes(row["source"]), places=row["places"], digested=row["digested"], size_bytes=int(row["bytes"])
        )
        for row in case.rows(statement)
    ]
    seen = {item.source.decode("utf-8", "backslashreplace") for item in found}
    for run in runs(case):
        for named in run.details.get("sources", ()):
            if named not in seen:
                seen.add(named)
                found.append(SourceCount(source=named.encode("utf-8", "replace"), places=0, digested=0, size_bytes=0))
    return sorted(found, key=lambda item: item.source)


def formats(case: CaseReader) -> list[FormatCount]:
    """Contents by kind and media type, most first."""
    file, media = newest_files(), _MEDIA.c
    lying = select(file.c.sha256, func.count().label("places")).group_by(file.c.sha256).subquery()
    number = func.count().label("contents")
    statement = (
        select(
            media.kind,
            media.media_type,
            number,
            func.coalesce(func.sum(lying.c.places), 0).label("places"),
            func.coalesce(func.sum(media.size_bytes), 0).label("bytes"),
        )
        .select_from(_MEDIA.outerjoin(lying, media.sha256 == lying.c.sha256))
        .group_by(media.kind, media.media_type)
        .order_by(number.desc(), media.kind, media.media_type)
    )
    return [
        FormatCount(
            kind=row["kind"], media_type=row["media_type"], contents=row["contents"], places=int(row["places"]),
            size_bytes=int(row["bytes"]),
        )
        for row in case.rows(statement)
    ]  # fmt: skip


def opinions(case: CaseReader) -> list[OpinionCount]:
    """Contents by kind, newest opinion, strength and whether the pixels were read; the counts add up to the contents."""
    opinion, media = newest_opinions(), _MEDIA.c
    read = media.pdq.is_not(None).label("pixels_read")
    columns = (media.kind, opinion.c.opinion, opinion.c.strength, read)
    statement = (
        select(*columns, func.count().label("contents"))
        .select_from(_MEDIA.outerjoin(opinion, media.sha256 == opinion.c.sha256))
        .group_by(media.kind, opinion.c.opinion, opinion.c.strength, media.pdq.is_not(None))
    )
    found = [
        OpinionCount(
            kind=row["kind"], opinion=row["opinion"], strength=row["strength"] or "none", pixels_read=bool(row["pixels_read"]),
            contents=row["contents"],
        )
        for row in case.rows(statement)
    ]  # fmt: skip
    return sorted(found, key=lambda item: (item.kind, item.opinion or "", item.strength, item.pixels_read))


def bases(case: CaseReader) -> list[BasisCount]:
    """Contents by newest opinion and the set of bases that it rests on."""
    opinion = newest_opinions()
    statement = select(opinion.c.opinion, opinion.c.basis, func.count().label("contents")).group_by(
        opinion.c.opinion, opinion.c.basis
    )
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for row in case.rows(statement):
        counts[row["opinion"], tuple(sorted(orjson.loads(row["basis"])))] += row["contents"]
    return [BasisCount(opinion=key[0], basis=key[1], contents=number) for key, number in sorted(counts.items())]


def generators(case: CaseReader, limit: int) -> tuple[list[tuple[str, int]], int, int]:
    """Generators that opinions name: (the most frequent with their contents, number of other names, contents of those)."""
    opinion = newest_opinions()
    number = func.count().label("contents")
    statement = (
        select(opinion.c.generator, number)
        .where(opinion.c.generator.is_not(None))
        .group_by(opinion.c.generator)
        .order_by(number.desc(), opinion.c.generator)
    )
    named: list[tuple[str, int]] = []
    others = rest = 0
    for row in case.stream(statement):
        if len(named) < limit:
            named.append((row["generator"], row["contents"]))
        else:
            others, rest = others + 1, rest + row["contents"]
    return named, others, rest


def reader_outcomes(case: CaseReader) -> dict[tuple[str, str], Counter[str]]:
    """What became of every reader, by (name, version): contents by outcome.

    A reader that was not part of the run that examined a content has no outcome for it.
    """
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in case.stream(select(_MEDIA.c.runs, func.count().label("contents")).group_by(_MEDIA.c.runs)):
        for reader, version, outcome in orjson.loads(row["runs"]):
            found.setdefault((reader, version), Counter())[outcome] += row["contents"]
    return found


def runs(case: CaseReader) -> list[RunFacts]:
    """Every run, in order."""
    return [
        RunFacts(
            number=row["id"], command=row["command"], begun_utc=row["begun_utc"], ended_utc=row["ended_utc"], outcome=row["outcome"],
            details=dict(orjson.loads(row["details"])), counts=dict(orjson.loads(row["counts"])) if row["counts"] else {},
        )
        for row in case.rows(select(tables.run).order_by(tables.run.c.id))
    ]  # fmt: skip


def _sum_if(condition: Any) -> Any:
    return func.coalesce(func.sum(when((condition, 1), else_=0)), 0)


def _one(case: CaseReader, statement: Any) -> Any:
    return case.rows(statement)[0]
