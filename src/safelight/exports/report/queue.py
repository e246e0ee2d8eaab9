"""The section on the head of the queue: what a person must look at first, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from safelight.case.newest import Place
from safelight.case.stage_summary import LineMember, QueueLine
from safelight.exports.report.blocks import Block, lines, section, table, text
from safelight.exports.report.facts import QUEUE_LINES, Facts
from safelight.exports.report.material import at_place
from safelight.exports.report.results import how_words, somewhere
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import bytes_text, count_text, figure, shown
from safelight.exports.report.words import OPINIONS, WORDS, opinion_label
from safelight.model import JsonValue, Opinion

__all__ = ["head_of_queue", "match_words", "media_words", "opinion_words"]

_NAME_CHARS: Final = 120
_CONFLICTS: Final = 2


def head_of_queue(facts: Facts) -> Block:
    """The order for review, by rule, and its first lines."""
    title = say("What a person must look at, in order")
    if not facts.queue_state.run:
        return section(
            "queue",
            title,
            text(
                say(
                    "The order was not made, or the run that made it did not finish. Everything in the case is still to be looked at."
                )
            ),
        )
    items = sum(rule.items for rule in facts.rules)
    source, digest = facts.rules_record.get("source", "not recorded"), facts.rules_record.get("sha256", "not recorded")
    shown_lines = (
        say("The first {head:,} of {line}", head=len(facts.head), line=count_text(facts.queue_lines, "line"))
        if facts.head
        else say("No line")
    )
    return section(
        "queue",
        title,
        text(
            say(
                "Everything in the case stands in the queue exactly once, alone or in the line of its group. Rules in "
                "force: {source}, SHA-256 {digest}.",
                source=shown(str(source)),
                digest=digest,
            )
        ),
        table(
            say("The queue by rule, in order"),
            [
                (say("First rank"), "number", 1),
                (say("Rule"), "code", 5),
                (say("Lines"), "number", 2),
                (say("Items"), "number", 2),
            ],
            [
                (figure(rule.first_rank), shown(rule.rule, _NAME_CHARS), figure(rule.lines), figure(rule.items))
                for rule in facts.rules
            ],
            total=("", say("All"), figure(facts.queue_lines), figure(items)),
            left_out=say("Items are contents and unread places; a line can stand for several near-duplicates."),
        ),
        text(
            say("{shown_lines}. “safelight show CASE” prints all of them.", shown_lines=shown_lines)
            if facts.queue_lines > QUEUE_LINES
            else say("{shown_lines}.", shown_lines=shown_lines)
        ),
        lines([_line(facts, line) for line in facts.head]),
    )


def _line(facts: Facts, line: QueueLine) -> dict[str, JsonValue]:
    rows: list[JsonValue] = [[say("Why here"), shown(line.reason, 600), "text"]]
    if not line.members:
        return {"rank": figure(line.rank), "place": at_place(facts, Place(line.path, line.source)), "rows": rows}
    first, *placing = line.members
    rows += _about(first)
    for member in placing:
        rows.append([say("Placed by"), somewhere(facts, member.sha256), "path"])
        rows += _about(member)
    return {"rank": figure(line.rank), "place": somewhere(facts, first.sha256), "rows": rows}


def _about(member: LineMember) -> list[JsonValue]:
    rows: list[JsonValue] = []
    opinion = opinion_words(member.opinion)
    # An opinion on a file that is no image says nothing unless something was found.
    if opinion and (member.media.get("kind") == "image" or opinion != OPINIONS[Opinion.UNDETERMINED]):
        rows.append([say("Origin"), opinion, "text"])
    conflicts = member.opinion.get("conflicts", [])
    rows += [[say("Conflict"), shown(str(words), 400), "text"] for words in conflicts[:_CONFLICTS]]
    if len(conflicts) > _CONFLICTS:
        rows.append([say("Conflict"), say("and {number:,} more", number=len(conflicts) - _CONFLICTS), "text"])
    rows += [[say("On list"), match_words(match), "text"] for match in member.matches]
    if member.matches_left:
        rows.append(
            [
                say("On list"),
                say("and {match}", match=count_text(member.matches_left, "more match", "more matches")),
                "text",
            ]
        )
    if member.media:
        rows.append([say("Content"), media_words(member.media), "text"])
    return [*rows, [say("SHA-256"), member.sha256, "code"]]


def opinion_words(found: Mapping[str, Any]) -> str:
    """An opinion in words, from its record; empty without one."""
    if not found:
        return ""
    label = opinion_label(found["opinion"])
    if found["opinion"] == Opinion.UNDETERMINED:
        return label
    basis = joined(", ", (WORDS.get(basis) or shown(str(basis), 40) for basis in found["basis"]))
    words = say(
        "{label}: {strength} support (log10 LR {log10_lr:.1f}), {basis}",
        label=label,
        strength=WORDS.get(found["strength"], found["strength"]),
        log10_lr=found["log10_lr"],
        basis=basis or say("no basis stored"),
    )
    named = [found[name] for name in ("generator", "captured_with") if found.get(name)]
    return words + (
        say("; names {names}", names=joined(say(" and "), (shown(str(name), _NAME_CHARS) for name in named)))
        if named
        else ""
    )


def match_words(match: Mapping[str, Any]) -> str:
    """A match in words, from its record."""
    names = [(say("bank"), match["bank"]), (say("label"), match["label"])]
    parts = [
        shown(match["hashset"], _NAME_CHARS),
        *(say("{what} {name}", what=what, name=shown(name, _NAME_CHARS)) for what, name in names if name),
    ]
    how = (
        say("by likeness, {bit} of 256 apart", bit=count_text(match["distance"], "bit"))
        if match["how"] == "pdq"
        else say("by {how}", how=how_words(match["how"]))
    )
    role = say(" (known-irrelevant)") if match["role"] == "irrelevant" else ""
    return say("{parts}{role}: {how}", parts=joined(", ", parts), role=role, how=how)


def media_words(media: Mapping[str, Any]) -> str:
    """What a content is, from its record."""
    parts = [shown(media["media_type"], 80)]
    if media["width_px"] and media["height_px"]:
        parts.append(say("{width_px:,} × {height_px:,} px", width_px=media["width_px"], height_px=media["height_px"]))
    if (media["frames"] or 1) > 1:
        parts.append(count_text(media["frames"], "frame"))
    return joined(", ", [*parts, bytes_text(media["size_bytes"])])
