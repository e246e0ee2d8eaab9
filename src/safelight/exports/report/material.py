"""Sections on the material: the summary, and what was examined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safelight.case.newest import Place
from safelight.case.stage_summary import StageState
from safelight.exports.report.blocks import Block, bars, bullets, caveat, figures, notice, pairs, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import bytes_text, count_text, figure, shown
from safelight.exports.report.words import BEST_READ_FIRST, KIND_NAMES, KINDS, WORDS
from safelight.model import display_text

__all__ = ["at_place", "examined", "summary"]

_FORMAT_ROWS: Final = 30
_SOURCE_ROWS: Final = 30


def at_place(facts: Facts, place: Place) -> str:
    """A place in words: its path, the number of its source where there are several, and how many more places hold the same content."""
    words = shown(place.path)
    if len(facts.sources) > 1:
        number = next((row for row, item in enumerate(facts.sources, 1) if item.source == place.source), None)
        words += say(" [{number}]", number=number) if number else ""
    return words + (say(" (and {place})", place=count_text(place.others, "more place")) if place.others else "")


def summary(facts: Facts) -> Block:
    """The first page: is the case whole and complete, and what a reader must know before anything else."""
    totals, matches = facts.totals, facts.matches
    known = figure(matches.known) if facts.match_state.run else say("not known")
    return section(
        "summary",
        say("Summary"),
        text(BEST_READ_FIRST),
        *_notices(facts),
        figures(
            [
                (
                    figure(totals.places),
                    say("files and archive members"),
                    say("links, folders and other places included"),
                ),
                (figure(totals.contents), say("distinct contents"), say("the same bytes count once")),
                (
                    figure(totals.images),
                    say("of them images"),
                    say(
                        "{images_read:,} read, {number:,} not",
                        images_read=totals.images_read,
                        number=totals.images - totals.images_read,
                    ),
                ),
                (known, say("on a list of known material"), say("by digest or by likeness")),
                (figure(facts.undigested), say("places not read at all"), say("nothing is known of their content")),
            ]
        ),
        bullets(list(_findings(facts))),
    )


def _notices(facts: Facts) -> Iterator[Block]:
    if facts.custody.breaks:
        yield notice(
            say("The custody log is not whole."),
            say(
                "{fault}. Something in this case was changed from outside Safelight; do not rely on any figure below "
                "before “safelight verify” has named every break.",
                fault=shown(facts.custody.breaks[0]),
            ),
        )
    if not facts.runs:
        yield notice(say("Nothing was done in this case yet."), say("No run was begun."))
    for run in facts.unfinished_runs[:1]:
        how = {
            None: say("has not ended: it was killed, or is still running"),
            "interrupted": say("was interrupted"),
            "failed": say("failed"),
        }
        yield notice(
            say("This case is not complete."),
            say(
                "Run {number} {outcome}. The figures are those of what was stored until then; what was not reached is not "
                "counted anywhere. Run the same command again to go on.",
                number=run.number,
                outcome=how.get(run.outcome, WORDS["did not end"]),
            ),
        )
    if facts.totals.open_archives:
        yield notice(
            say("Archives were not taken in whole."),
            say(
                "The members of {archive} are not all in the case yet.",
                archive=count_text(facts.totals.open_archives, "archive"),
            ),
        )
    if facts.runs and not facts.totals.places:
        yield notice(
            say("No file was found in the sources."),
            say(
                "That is a statement about what the system listed there, not about the data carrier: deleted files, other partitions and disk images "
                "are not looked into."
            ),
        )
    elif facts.totals.contents and not facts.totals.images:
        yield notice(
            say("No image was found."),
            say("None of the contents is an image by its bytes. That says nothing about the other contents."),
        )
    for name, state in (
        (say("Matching"), facts.match_state),
        (say("Grouping"), facts.group_state),
        (say("Ordering for review"), facts.queue_state),
    ):
        if words := _short_of(state):
            yield notice(say("{name} does not cover the whole case.", name=name), words)
    now = {"match": facts.match_state.run, "group": facts.group_state.run}
    if facts.queue_state.run and any(run != now.get(name, run) for name, run in facts.rests_on.items()):
        yield notice(
            say("The order for review is older than what it rests on."),
            say(
                "It is of run {run}; matches or groups were made anew after it. Run triage again to go on.",
                run=facts.queue_state.run,
            ),
        )


def _short_of(state: StageState) -> str:
    if state.complete or not (state.run or state.contents_after or state.places_after):
        return ""
    if not state.run:
        return say("It was not done, or did not finish; its results are not known. Run triage again to go on.")
    missing = [count_text(state.contents_after, "content")] if state.contents_after else []
    missing += [count_text(state.places_after, "unread place")] if state.places_after else []
    return say(
        "It is of run {run}; {missing} came in later and are not part of it. Run triage again to go on.",
        run=state.run,
        missing=joined(say(" and "), missing),
    )


def _findings(facts: Facts) -> Iterator[str]:
    totals, matches = facts.totals, facts.matches
    if facts.match_state.run and not facts.lists_used:
        yield say("No list of known material was used, so nothing can be said about what is known.")
    elif facts.match_state.run and totals.contents:
        by_likeness = matches.known - matches.known_exact
        if matches.known:
            verb = say("is") if matches.known == 1 else say("are")
            yield (
                say(
                    "{content} {verb} on a list of known material: {known_exact:,} by digest, {by_likeness:,} only by "
                    "likeness.",
                    content=count_text(matches.known, "content"),
                    verb=verb,
                    known_exact=matches.known_exact,
                    by_likeness=by_likeness,
                )
            )
        else:
            yield (
                say(
                    "No content is on the {list} of the unit that {verb} used. That says nothing about what the contents show.",
                    list=count_text(facts.lists_used, "list"),
                    verb=say("was") if facts.lists_used == 1 else say("were"),
                )
            )
    opinions: dict[str, int] = {}
    for item in facts.opinions:
        if item.kind == "image":
            opinions[item.opinion or ""] = opinions.get(item.opinion or "", 0) + item.contents
    if totals.images:
        photographs = opinions.get("captured", 0) + opinions.get("edited", 0)
        yield (
            say(
                "Of {image}, {photographs:,} carry support for a photograph, {edited:,} for an edit by AI, {generated:,} for "
                "generation; {number:,} are undetermined. A generated or edited image can show, or be made from, a real "
                "child.",
                image=count_text(totals.images, "image"),
                photographs=photographs,
                edited=opinions.get("ai-edited", 0),
                generated=opinions.get("generated", 0),
                number=opinions.get("undetermined", 0) + opinions.get("", 0),
            )
        )
    if facts.groups.mixed:
        yield (
            say(
                "{group} of near-duplicates {verb} both photographs and generated or AI-edited pictures: the photograph "
                "behind an artificial picture may be among them.",
                group=count_text(facts.groups.mixed, "group"),
                verb=say("holds") if facts.groups.mixed == 1 else say("hold"),
            )
        )
    if totals.conflicting:
        yield say(
            "The findings on {content} pull in different directions; both sides are kept.",
            content=count_text(totals.conflicting, "content"),
        )
    unread = totals.images - totals.images_read
    if facts.undigested or totals.images:
        pixels = (
            say("the pixels of {image} were not read", image=count_text(unread, "image"))
            if unread
            else say("the pixels of every image were read, at least in part")
        )
        yield say(
            "Of {place} nothing was read; {verb}.",
            place=count_text(facts.undigested, "place"),
            verb=pixels if totals.images else say("no image was found"),
        )
    if facts.queue_state.run:
        yield say("{line} wait for a person. Nothing was left out.", line=count_text(facts.queue_lines, "line"))


def examined(facts: Facts) -> Block:
    """What the case holds, adding up from places to contents to formats."""
    totals = facts.totals
    kinds = {kind: sum(item.contents for item in facts.formats if item.kind == kind) for kind in KINDS}
    return section(
        "examined",
        say("What was examined"),
        table(
            say("Sources"),
            [
                (say("No."), "text", 1),
                (say("Source"), "path", 8),
                (say("Places"), "number", 2),
                (say("Read"), "number", 2),
                (say("Size"), "number", 2),
            ],
            [
                (
                    say("{number}", number=number),
                    shown(display_text(item.source)),
                    figure(item.places),
                    figure(item.digested),
                    bytes_text(item.size_bytes),
                )
                for number, item in enumerate(facts.sources[:_SOURCE_ROWS], 1)
            ],
            total=(
                "",
                say("All"),
                figure(totals.places),
                figure(totals.digested_places),
                bytes_text(totals.place_bytes),
            ),
            left_out=_left_out(len(facts.sources) - _SOURCE_ROWS, "further source")
            + (say("A number in brackets behind a path is that of its source.") if len(facts.sources) > 1 else ""),
        ),
        pairs(_sums(facts), say("How the figures add up")),
        bars(
            say("Distinct contents by kind, told by their bytes"),
            say("Contents"),
            [(label, kinds[kind], "plain") for kind, label in KINDS.items() if kinds[kind]],
            totals.contents,
        )
        if totals.contents
        else None,
        _formats(facts) if totals.contents else None,
        caveat(
            say(
                "Archives and their members are counted side by side, so sizes do not add up to what the sources take up on a disk."
            )
        ),
    )


def _sums(facts: Facts) -> list[tuple[str, str, str]]:
    totals = facts.totals
    copies = totals.digested_places - totals.contents_in_place
    rows = [
        (say("Places listed"), figure(totals.places), "number"),
        (say("− of which nothing was read"), figure(facts.undigested), "number"),
        (say("= places whose content was digested"), figure(totals.digested_places), "number"),
        (say("− exact copies of another place"), figure(copies), "number"),
        (say("= distinct contents in place"), figure(totals.contents_in_place), "number"),
    ]
    gone = totals.contents - totals.contents_in_place
    if gone:
        rows += [
            (say("+ contents replaced between two runs, kept"), figure(gone), "number"),
            (say("= distinct contents in the case"), figure(totals.contents), "number"),
        ]
    if totals.superseded:
        rows.append((say("Earlier records of the same places, kept"), figure(totals.superseded), "number"))
    return [*rows, (say("Bytes of the distinct contents"), bytes_text(totals.content_bytes), "number")]


def _formats(facts: Facts) -> Block:
    listed, rest = facts.formats[:_FORMAT_ROWS], facts.formats[_FORMAT_ROWS:]
    rows = [
        (
            KIND_NAMES.get(item.kind, item.kind),
            shown(item.media_type, 80),
            figure(item.contents),
            figure(item.places),
            bytes_text(item.size_bytes),
        )
        for item in listed
    ]
    if rest:
        contents, places, size = (
            sum(getattr(item, name) for item in rest) for name in ("contents", "places", "size_bytes")
        )
        rows.append(
            ("", count_text(len(rest), "further format"), figure(contents), figure(places), bytes_text(size)),
        )
    totals = facts.totals
    return table(
        say("Formats"),
        [
            (say("Kind"), "text", 3),
            (say("Format"), "code", 6),
            (say("Contents"), "number", 2),
            (say("Places"), "number", 2),
            (say("Size"), "number", 2),
        ],
        rows,
        total=(
            say("All"),
            "",
            figure(totals.contents),
            figure(totals.digested_places),
            bytes_text(totals.content_bytes),
        ),
    )


def _left_out(number: int, what: str) -> str:
    return say("{number}. ", number=count_text(number, what)) if number > 0 else ""
