"""The annex: findings item by item, one item in memory at a time. No pixels, and of prompts only that there is one.

Few items stand in the report itself; more go into an HTML file beside it, whose digest the report names. Nothing is cut off in silence: what is
not listed is counted.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import and_, select

from safelight.case import tables
from safelight.case.generation import STAGE as MAKING
from safelight.case.read import CaseReader
from safelight.case.scenes import STAGE as SCENES
from safelight.case.scenes import scene_links_of
from safelight.exports.items import Item, Side, iter_items, iter_unread
from safelight.exports.report.annex_lines import item_line, unread_line
from safelight.exports.report.blocks import Block, bullets, caveat, lines, pairs, section, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.saying import say
from safelight.exports.report.text import bytes_text, count_text, figure
from safelight.model import HashSetRole, Opinion, SceneLinkKind

__all__ = ["IN_REPORT", "NOTES", "Annex", "annex_blocks", "annex_section", "look"]

IN_REPORT: Final = 200
"""Items up to which the annex stands in the report. Setting an item as PDF takes some 7 ms of CPU and 1 MB of memory, see docs/exports.md."""

NOTES: Final[dict[str, str]] = {
    "decided": say("decided by a person"),
    "known": say("on a list of known material"),
    "conflict": say("findings in conflict"),
    "artificial": say("generated or edited by AI, by the opinion"),
    "source": say("may be the photograph behind an artificial picture"),
    "viewed": say("shown to a person whole and unblurred"),
}
"""Why an item is of note, in the order in which it is told."""


@dataclass(slots=True)
class Annex:
    """Which items the annex has, and where it stands.

    Attributes:
        wanted: `noted`, `all` or `none`. `beside`: whether it is a file of its own.
        lines: Those that stand in the report. `listed`: how many there are, here or there. `notes`: of the contents among them.
        name, sha256, size_bytes: Of the file beside, once it is written.
    """

    wanted: str
    beside: bool = False
    lines: list[Block] = field(default_factory=list)
    listed: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    name: str = ""
    sha256: str = ""
    size_bytes: int = 0


def look(case: CaseReader, facts: Facts, wanted: str, limit: int = IN_REPORT) -> Annex:
    """Takes the items into memory where they are at most `limit`; else the annex goes beside, and none is kept."""
    found = Annex(wanted)
    if wanted == "none":
        return found
    taken = list(islice(_lines_of(case, facts, found), limit + 1))
    if len(taken) > limit:
        return Annex(wanted, beside=True)
    found.lines = taken
    return found


def _lines_of(case: CaseReader, facts: Facts, annex: Annex) -> Iterator[Block]:
    """The items as lines, ordered by SHA-256, then unread places by path when all are wanted; counts them in `annex`."""
    sources = [item.source for item in facts.sources]
    linked, made = _linked(case), _made(case)
    for item in iter_items(case):
        kinds = {row["kind"] for row in linked.take(item.sha256)}
        run = next(((row["number"], row["name"]) for row in made.take(item.sha256)), None)
        notes = _notes(item, kinds)
        if annex.wanted != "all" and not notes:
            continue
        annex.listed += 1
        annex.notes.update(notes)
        links = scene_links_of(case, item.sha256) if kinds else []
        words = [NOTES[note] for note in notes]
        yield item_line(item, number=annex.listed, notes=words, links=links, run=run, sources=sources)
    if annex.wanted == "all":
        for unread in iter_unread(case):
            annex.listed += 1
            yield unread_line(unread, number=annex.listed, sources=sources)


def _notes(item: Item, kinds: set[str]) -> list[str]:
    opinion = item.opinion
    holds = {
        "decided": item.standing is not None,
        "known": any(match.role is HashSetRole.KNOWN for match in item.matches),
        "conflict": opinion is not None and bool(opinion.conflicts),
        "artificial": opinion is not None and opinion.opinion in {Opinion.GENERATED, Opinion.AI_EDITED},
        "source": SceneLinkKind.SOURCE_PHOTOGRAPH in kinds,
        "viewed": item.viewed_in_full,
    }
    return [note for note in NOTES if holds[note]]


def _linked(case: CaseReader) -> Side[Any]:
    """The kinds of the scene links of each media, whichever end of them it is."""
    link = tables.scene_link.c
    current = case.current(SCENES)
    ends = [
        case.stream(select(column.label("sha256"), link.kind).where(link.run_id == current).order_by(column))
        for column in (link.sha256, link.other)
    ]
    return Side(heapq.merge(*ends, key=lambda row: str(row["sha256"])))


def _made(case: CaseReader) -> Side[Any]:
    """The generation run of each media that is in one."""
    run, member = tables.generation_run, tables.generation_member
    joined = member.join(run, and_(run.c.run_id == member.c.run_id, run.c.number == member.c.number))
    chosen = select(member.c.sha256, run.c.number, run.c.name).select_from(joined)
    return Side(case.stream(chosen.where(run.c.run_id == case.current(MAKING)).order_by(member.c.sha256)))


def annex_section(facts: Facts, annex: Annex) -> Block:
    """The section of the report: the items, or where they are."""
    title = say("Annex: findings item by item")
    if annex.wanted == "none":
        return section(
            "annex",
            title,
            text(
                say(
                    "Left out of this report. `safelight export CASE --format report` writes it with what is of note, and with all items when asked "
                    "(`--annex all`)."
                )
            ),
        )
    if annex.beside:
        rows: list[tuple[str, str, str]] = [
            (say("File"), annex.name, "code"),
            (say("SHA-256"), annex.sha256, "code"),
            (say("Size"), bytes_text(annex.size_bytes), "text"),
            (say("Items in it"), figure(annex.listed), "text"),
        ]
        where = say(
            "More than {limit:,} items are to be listed, so the annex is a file of its own beside this report. It belongs to it: its "
            "digest is below.",
            limit=IN_REPORT,
        )
        return section(
            "annex",
            title,
            text(_which(annex)),
            text(where),
            pairs(rows, say("Annex")),
            *_counts(facts, annex),
            _kept_out(),
        )
    listed: list[Block | None] = [_lines(annex.lines)] if annex.lines else [text(say("No item is of note."))]
    return section("annex", title, text(_which(annex)), _kept_out(), *listed, *_counts(facts, annex))


def annex_blocks(case: CaseReader, facts: Facts, annex: Annex) -> Iterator[Block]:
    """The blocks of the file beside, made as they are written."""
    yield text(_which(annex))
    yield _kept_out()
    yield {**_lines([]), "items": _lines_of(case, facts, annex)}  # type: ignore[dict-item]
    yield from _counts(facts, annex)


def _lines(items: list[Block]) -> Block:
    return {**lines(items), "manner": "annex"}


def _which(annex: Annex) -> str:
    if annex.wanted == "all":
        return say("Every content of the case, ordered by SHA-256, and every place of which nothing was read.")
    return say(
        "Contents of note, ordered by SHA-256: decided by a person, on a list of known material, with findings in conflict, generated or "
        "edited by AI by the opinion, linked as what may be a photograph behind an artificial picture, or shown to a "
        "person whole. Not being of note says nothing about a content."
    )


def _kept_out() -> Block:
    return caveat(
        say(
            "No picture, no preview and no prompt is printed; where a prompt is recorded, its length stands in its place. The case keeps it."
        )
    )


def _counts(facts: Facts, annex: Annex) -> list[Block]:
    contents, unread = facts.totals.contents, facts.undigested
    if annex.wanted == "all":
        return [
            text(
                say(
                    "{item} in all: {content} and {place}.", item=count_text(annex.listed, "item"), content=count_text(contents, "content"),
                    place=count_text(unread, "unread place"),
                )
            )
        ]  # fmt: skip
    left = contents - annex.listed
    why = [say("{note}: {number:,}", note=NOTES[note], number=annex.notes[note]) for note in NOTES if annex.notes[note]]
    counted = text(
        say(
            "{item} of {content} listed, each under every reason that holds for it. Not listed: {left:,} contents and {place}; "
            "`--annex all` lists them too.",
            item=count_text(annex.listed, "item"),
            content=count_text(contents, "content"),
            left=left,
            place=count_text(unread, "unread place"),
        )
    )
    return [counted, bullets(why)] if why else [counted]
