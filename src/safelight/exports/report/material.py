"""Sections on the material: the summary, what was examined, and what could not be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safelight.case.newest import Place
from safelight.case.reasons import Reason
from safelight.case.stage_summary import StageState
from safelight.exports.report.blocks import Block, bars, bullets, caveat, figures, notice, pairs, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.text import bytes_text, count_text, shown
from safelight.exports.report.words import BEST_READ_FIRST, KINDS, OUTCOMES
from safelight.model import display_text

__all__ = ["at_place", "examined", "not_examined", "summary"]

_FORMAT_ROWS: Final = 30
_REASON_ROWS: Final = 20
_SOURCE_ROWS: Final = 30
_REASON_CHARS: Final = 300


def at_place(facts: Facts, place: Place) -> str:
    """A place in words: its path, the number of its source where there are several, and how many more places hold the same content."""
    words = shown(place.path)
    if len(facts.sources) > 1:
        number = next((row for row, item in enumerate(facts.sources, 1) if item.source == place.source), None)
        words += f" [{number}]" if number else ""
    return words + (f" (and {count_text(place.others, 'more place')})" if place.others else "")


def summary(facts: Facts) -> Block:
    """The first page: is the case whole and complete, and what a reader must know before anything else."""
    totals, matches = facts.totals, facts.matches
    known = f"{matches.known:,}" if facts.match_state.run else "not known"
    return section(
        "summary",
        "Summary",
        text(BEST_READ_FIRST),
        *_notices(facts),
        figures(
            [
                (f"{totals.places:,}", "files and archive members", "links, folders and other places included"),
                (f"{totals.contents:,}", "distinct contents", "the same bytes count once"),
                (f"{totals.images:,}", "of them images", f"{totals.images_read:,} read, {totals.images - totals.images_read:,} not"),
                (known, "on a list of known material", "by digest or by likeness"),
                (f"{facts.undigested:,}", "places not read at all", "nothing is known of their content"),
            ]
        ),
        bullets(list(_findings(facts))),
    )  # fmt: skip


def _notices(facts: Facts) -> Iterator[Block]:
    if facts.custody.breaks:
        yield notice(
            "The custody log is not whole.",
            f"{shown(facts.custody.breaks[0])}. Something in this case was changed from outside Safelight; do not rely on any figure below "
            "before “safelight verify” has named every break.",
        )
    if not facts.runs:
        yield notice("Nothing was done in this case yet.", "No run was begun.")
    for run in facts.unfinished_runs[:1]:
        how = {
            None: "has not ended: it was killed, or is still running",
            "interrupted": "was interrupted",
            "failed": "failed",
        }
        yield notice(
            "This case is not complete.",
            f"Run {run.number} {how.get(run.outcome, 'did not end')}. The figures are those of what was stored until then; what was not reached "
            "is not counted anywhere. Run the same command again to go on.",
        )
    if facts.totals.open_archives:
        yield notice(
            "Archives were not taken in whole.",
            f"The members of {count_text(facts.totals.open_archives, 'archive')} are not all in the case yet.",
        )
    if facts.runs and not facts.totals.places:
        yield notice(
            "No file was found in the sources.",
            "That is a statement about what the system listed there, not about the data carrier: deleted files, other partitions and disk images "
            "are not looked into.",
        )
    elif facts.totals.contents and not facts.totals.images:
        yield notice(
            "No image was found.",
            "None of the contents is an image by its bytes. That says nothing about the other contents.",
        )
    for name, state in (
        ("Matching", facts.match_state),
        ("Grouping", facts.group_state),
        ("Ordering for review", facts.queue_state),
    ):
        if words := _short_of(state):
            yield notice(f"{name} does not cover the whole case.", words)
    now = {"match": facts.match_state.run, "group": facts.group_state.run}
    if facts.queue_state.run and any(run != now.get(name, run) for name, run in facts.rests_on.items()):
        yield notice(
            "The order for review is older than what it rests on.",
            f"It is of run {facts.queue_state.run}; matches or groups were made anew after it. Run triage again to go on.",
        )


def _short_of(state: StageState) -> str:
    if state.complete or not (state.run or state.contents_after or state.places_after):
        return ""
    if not state.run:
        return "It was not done, or did not finish; its results are not known. Run triage again to go on."
    missing = [count_text(state.contents_after, "content")] if state.contents_after else []
    missing += [count_text(state.places_after, "unread place")] if state.places_after else []
    return f"It is of run {state.run}; {' and '.join(missing)} came in later and are not part of it. Run triage again to go on."


def _findings(facts: Facts) -> Iterator[str]:
    totals, matches = facts.totals, facts.matches
    if facts.match_state.run and not facts.lists_used:
        yield "No list of known material was used, so nothing can be said about what is known."
    elif facts.match_state.run and totals.contents:
        by_likeness = matches.known - matches.known_exact
        if matches.known:
            verb = "is" if matches.known == 1 else "are"
            yield (
                f"{count_text(matches.known, 'content')} {verb} on a list of known material: {matches.known_exact:,} by digest, "
                f"{by_likeness:,} only by likeness."
            )
        else:
            yield (
                f"No content is on the {count_text(facts.lists_used, 'list')} of the unit that {'was' if facts.lists_used == 1 else 'were'} used. "
                "That says nothing about what the contents show."
            )
    opinions: dict[str, int] = {}
    for item in facts.opinions:
        if item.kind == "image":
            opinions[item.opinion or ""] = opinions.get(item.opinion or "", 0) + item.contents
    if totals.images:
        photographs = opinions.get("captured", 0) + opinions.get("edited", 0)
        yield (
            f"Of {count_text(totals.images, 'image')}, {photographs:,} carry support for a photograph, {opinions.get('ai-edited', 0):,} for an "
            f"edit by AI, {opinions.get('generated', 0):,} for generation; {opinions.get('undetermined', 0) + opinions.get('', 0):,} are "
            "undetermined. A generated or edited image can show, or be made from, a real child."
        )
    if facts.groups.mixed:
        yield (
            f"{count_text(facts.groups.mixed, 'group')} of near-duplicates {'holds' if facts.groups.mixed == 1 else 'hold'} both photographs and "
            "generated or AI-edited pictures: the photograph behind an artificial picture may be among them."
        )
    if totals.conflicting:
        yield f"The findings on {count_text(totals.conflicting, 'content')} pull in different directions; both sides are kept."
    unread = totals.images - totals.images_read
    if facts.undigested or totals.images:
        pixels = (
            f"the pixels of {count_text(unread, 'image')} were not read"
            if unread
            else "the pixels of every image were read, at least in part"
        )
        yield f"{count_text(facts.undigested, 'place')} could not be read at all; {pixels if totals.images else 'no image was found'}."
    if facts.queue_state.run:
        yield f"{count_text(facts.queue_lines, 'line')} wait for a person. Nothing was left out."


def examined(facts: Facts) -> Block:
    """What the case holds, adding up from places to contents to formats."""
    totals = facts.totals
    kinds = {kind: sum(item.contents for item in facts.formats if item.kind == kind) for kind in KINDS}
    return section(
        "examined",
        "What was examined",
        table(
            "Sources",
            [("No.", "text", 1), ("Source", "path", 8), ("Places", "number", 2), ("Read", "number", 2), ("Size", "number", 2)],
            [
                (f"{number}", shown(display_text(item.source)), f"{item.places:,}", f"{item.digested:,}", bytes_text(item.size_bytes))
                for number, item in enumerate(facts.sources[:_SOURCE_ROWS], 1)
            ],
            total=("", "All", f"{totals.places:,}", f"{totals.digested_places:,}", bytes_text(totals.place_bytes)),
            left_out=_left_out(len(facts.sources) - _SOURCE_ROWS, "further source")
            + ("A number in brackets behind a path is that of its source." if len(facts.sources) > 1 else ""),
        ),
        pairs(_sums(facts), "How the figures add up"),
        bars(
            "Distinct contents by kind, told by their bytes",
            "Contents",
            [(label, kinds[kind], "plain") for kind, label in KINDS.items() if kinds[kind]],
            totals.contents,
        )
        if totals.contents
        else None,
        _formats(facts) if totals.contents else None,
        caveat("Archives and their members are counted side by side, so sizes do not add up to what the sources take up on a disk."),
    )  # fmt: skip


def _sums(facts: Facts) -> list[tuple[str, str, str]]:
    totals = facts.totals
    copies = totals.digested_places - totals.contents_in_place
    rows = [
        ("Places listed", f"{totals.places:,}", "number"),
        ("− of which nothing was read", f"{facts.undigested:,}", "number"),
        ("= places whose content was digested", f"{totals.digested_places:,}", "number"),
        ("− exact copies of another place", f"{copies:,}", "number"),
        ("= distinct contents in place", f"{totals.contents_in_place:,}", "number"),
    ]
    gone = totals.contents - totals.contents_in_place
    if gone:
        rows += [
            ("+ contents replaced between two runs, kept", f"{gone:,}", "number"),
            ("= distinct contents in the case", f"{totals.contents:,}", "number"),
        ]
    if totals.superseded:
        rows.append(("Earlier records of the same places, kept", f"{totals.superseded:,}", "number"))
    return [*rows, ("Bytes of the distinct contents", bytes_text(totals.content_bytes), "number")]


def _formats(facts: Facts) -> Block:
    listed, rest = facts.formats[:_FORMAT_ROWS], facts.formats[_FORMAT_ROWS:]
    rows = [
        (
            KINDS.get(item.kind, item.kind).partition(" (")[0], shown(item.media_type, 80), f"{item.contents:,}", f"{item.places:,}",
            bytes_text(item.size_bytes),
        )
        for item in listed
    ]  # fmt: skip
    if rest:
        contents, places, size = (
            sum(getattr(item, name) for item in rest) for name in ("contents", "places", "size_bytes")
        )
        rows.append(
            ("", count_text(len(rest), "further format"), f"{contents:,}", f"{places:,}", bytes_text(size)),
        )
    totals = facts.totals
    return table(
        "Formats",
        [("Kind", "text", 3), ("Format", "code", 6), ("Contents", "number", 2), ("Places", "number", 2), ("Size", "number", 2)],
        rows,
        total=("All", "", f"{totals.contents:,}", f"{totals.digested_places:,}", bytes_text(totals.content_bytes)),
    )  # fmt: skip


def not_examined(facts: Facts) -> Block:
    """What was not looked at, and why; nothing that could not be read is missing here."""
    by_scope = {
        scope: [item for item in facts.reasons if item.scope == scope] for scope in ("place", "opened", "content")
    }
    unexplained = facts.undigested - sum(item.items for item in by_scope["place"])
    contents = _reasons(
        facts,
        "Contents that were digested but not examined, or not whole",
        "Contents",
        by_scope["content"],
        "A content stands under each reason that holds for it, so the numbers overlap.",
    )
    places = None
    if facts.undigested:
        places = _reasons(
            facts,
            "Places of which nothing was read",
            "Places",
            by_scope["place"],
            "",
            total=facts.undigested,
            unexplained=unexplained,
        )
    opened = _reasons(
        facts, "Places that were digested, of which more could not be read", "Places", by_scope["opened"], ""
    )
    nothing = not facts.undigested and not facts.reasons
    return section(
        "not-examined",
        "What could not be examined",
        text(
            "Nothing is recorded that could not be read. Content inside videos, sound files and unknown formats is never examined."
            if nothing
            else "“Could not look” means that reading failed; “did not run” means that it was not tried, for the reason named. Neither says "
            "anything about the content. All of it stands in the queue."
        ),
        places,
        opened if by_scope["opened"] else None,
        contents if by_scope["content"] else None,
        caveat("A file that could not be examined is not a file without findings."),
    )  # fmt: skip


def _reasons(
    facts: Facts, caption: str, unit: str, found: list[Reason], note: str, *, total: int = 0, unexplained: int = 0
) -> Block:
    rows = [
        (
            OUTCOMES.get(item.outcome, item.outcome),
            shown(item.what, _REASON_CHARS),
            f"{item.items:,}",
            _first_places(facts, item),
        )
        for item in found[:_REASON_ROWS]
    ]
    if unexplained:
        rows.append(("Could not look", "No reason is recorded.", f"{unexplained:,}", ""))
    rest = found[_REASON_ROWS:]
    left_out = (
        f"{count_text(len(rest), 'further reason')} with {sum(item.items for item in rest):,} items. " if rest else ""
    )
    return table(
        caption,
        [("Result", "text", 2), ("Reason", "text", 5), (unit, "number", 2), ("First places", "path", 6)],
        rows,
        total=("All", "", f"{total:,}", "") if total else (),
        left_out=left_out + note,
    )


def _first_places(facts: Facts, reason: Reason) -> str:
    words = [at_place(facts, Place(place.path, place.source)) for place in reason.first]
    if (more := reason.items - len(words)) > 0:
        words.append(f"and {more:,} more")
    return "\n".join(words)


def _left_out(number: int, what: str) -> str:
    return f"{count_text(number, what)}. " if number > 0 else ""
