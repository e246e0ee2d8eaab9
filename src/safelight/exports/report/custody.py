"""The section on custody: the log and its head, seals, handovers and time stamps, and what was shown to people."""

from __future__ import annotations

from typing import Final

from safelight.case.reviewing import RevealStep
from safelight.custody.timestamps import STAMPED
from safelight.exports.report.blocks import Block, caveat, notice, pairs, section, table, text
from safelight.exports.report.custody_log import Mark
from safelight.exports.report.facts import Facts
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import count_text, figure, shown, time_text

__all__ = ["STEPS", "custody"]

_NAME_CHARS: Final = 120
_MARK_ROWS: Final = 100

_ACTIONS: Final[dict[str, str]] = {
    "sealed": say("Sealed"),
    "handed-over": say("Handed over"),
    "received": say("Received"),
    STAMPED: say("Time stamp"),
}

STEPS: Final[dict[RevealStep, str]] = {
    RevealStep.SHIELDED: say("Blurred and grey, as offered at first"),
    RevealStep.SHARPER: say("Less blurred"),
    RevealStep.LARGER: say("Larger"),
    RevealStep.REGION: say("A part of the picture"),
    RevealStep.COLOUR: say("In colour"),
    RevealStep.FULL: say("The whole picture, unblurred"),
    RevealStep.TEXT: say("A prompt or a workflow"),
}
"""Steps of showing, from the least to the most."""


def custody(facts: Facts) -> Block:
    """The log, its head, and what was checked of it."""
    log = facts.custody
    broken = (
        [notice(say("The chain of the log is broken."), joined("; ", (shown(item) for item in log.breaks[:20])))]
        if log.breaks
        else []
    )
    chain = (
        say("{breaks} found", breaks=count_text(len(log.breaks), "break"))
        if log.breaks
        else say("whole, recomputed for this report")
    )
    return section(
        "custody",
        say("Custody"),
        *broken,
        pairs(
            [
                (say("Case"), log.case_id or say("not recorded"), "code"),
                (
                    say("Events in the log"),
                    say("{events:,}, before the entry about this report", events=log.events),
                    "text",
                ),
                (say("First event"), time_text(log.first_utc), "text"),
                (say("Last event"), time_text(log.last_utc), "text"),
                (say("By"), joined(", ", (shown(actor, 80) for actor in log.actors)), "text"),
                (say("On"), joined(", ", (shown(host, 80) for host in log.hosts)), "text"),
                (
                    say("Actions"),
                    joined(
                        ", ",
                        (
                            say("{action} {number:,}", action=shown(action, 64), number=number)
                            for action, number in log.actions
                        ),
                    ),
                    "text",
                ),
                (say("Head of the log"), log.head or say("missing"), "code"),
                (say("Sealed with a key"), _sealed(facts), "text"),
                (say("Chain of the events"), chain, "text"),
                (
                    say("Rows that the events cover"),
                    say("not checked by the report: “safelight verify CASE” checks them"),
                    "text",
                ),
            ]
        ),
        _marks(facts),
        _shown(facts),
        caveat(
            say(
                "The chain shows that nothing was changed, added or removed by someone who did not also rewrite everything after it. Until a case "
                "is sealed, someone with write access to all of it could do that: keep the head of the log somewhere else, with this report."
            )
        ),
    )


def _sealed(facts: Facts) -> str:
    seals = [mark for mark in facts.custody.marks if mark.holds and mark.action != STAMPED]
    if not seals:
        return say("no")
    events, last = facts.custody.events, int(seals[-1].head.partition(":")[0] or 0)
    # The last seal is an event itself.
    after = max(0, events - last - 1)
    return say(
        "yes: the last seal covers the events up to {last:,}; {event} came after it. Whose key it is must be compared with what the unit publishes.",
        last=last,
        event=count_text(after, "event"),
    )


def _marks(facts: Facts) -> Block:
    marks = facts.custody.marks
    if not marks:
        return text(say("The log holds no seal, no handover and no time stamp."))
    left = len(marks) - _MARK_ROWS
    return table(
        say("Seals, handovers and time stamps"),
        [
            (say("Event"), "number", 1),
            (say("What"), "text", 3),
            (say("When, as its maker says"), "text", 4),
            (say("By"), "text", 6),
            (say("Key"), "code", 4),
            (say("For the head"), "code", 4),
        ],
        [_mark(mark) for mark in marks[-_MARK_ROWS:]],
        left_out=(say("{mark}. ", mark=count_text(left, "earlier mark")) if left > 0 else "")
        + say(
            "Signatures were checked for this report; whether an authority of time stamps can be trusted was not: “safelight verify CASE” does it, "
            "with its certificate."
        ),
    )


def _mark(mark: Mark) -> tuple[str, ...]:
    what = _ACTIONS.get(mark.action, mark.action)
    if not mark.holds:
        what = say("{what}: does NOT hold", what=what)
    by = shown(mark.by, _NAME_CHARS)
    if mark.to:
        by = say("{by}, to {whom}", by=by, whom=shown(mark.to, _NAME_CHARS))
    number, _, digest = mark.head.partition(":")
    return (
        say("{number}", number=mark.seq), what, time_text(mark.time_utc), by, shown(mark.key, _NAME_CHARS),
        f"{number}:{digest[:16]}" if digest else "",
    )  # fmt: skip


def _shown(facts: Facts) -> Block:
    """What was viewed; sums only, since a figure of one person is that person's own."""
    if not facts.shown:
        return text(
            say(
                "Nothing of this case was shown to anybody in the workbench of Safelight. What other programs showed is not known."
            )
        )
    return table(
        say("What was shown to people in the workbench, by step"),
        [
            (say("Step"), "text", 6),
            (say("Acts"), "number", 2),
            (say("Contents"), "number", 2),
            (say("Whole picture"), "number", 2),
            (say("Seconds"), "number", 2),
            (say("End not heard of"), "number", 2),
        ],
        [
            (
                STEPS[item.step], figure(item.acts), figure(item.contents), figure(item.full), _seconds(item.seconds), figure(item.unended),
            )
            for item in facts.shown
        ],
        total=(
            say("All"), figure(sum(item.acts for item in facts.shown)), "", figure(sum(item.full for item in facts.shown)),
            _seconds(sum(item.seconds for item in facts.shown)), figure(sum(item.unended for item in facts.shown)),
        ),
        left_out=say(
            "Sums over all persons. A content counts once in each step. Seconds are those in which it stood on the screen, where the end was heard "
            "of. What other programs showed is not known."
        ),
    )  # fmt: skip


def _seconds(seconds: float) -> str:
    return say("{seconds:,.1f}", seconds=seconds)
