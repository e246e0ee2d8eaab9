"""The section on what could not be examined, and why."""

from __future__ import annotations

from typing import Final

from safelight.case.newest import Place
from safelight.case.reasons import Reason
from safelight.exports.report.blocks import Block, caveat, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.material import at_place
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import count_text, figure, shown
from safelight.exports.report.words import OUTCOMES

__all__ = ["not_examined"]

_REASON_ROWS: Final = 20
_REASON_CHARS: Final = 300


def not_examined(facts: Facts) -> Block:
    """What was not looked at, and why; nothing that could not be read is missing here."""
    by_scope = {
        scope: [item for item in facts.reasons if item.scope == scope] for scope in ("place", "opened", "content")
    }
    unexplained = facts.undigested - sum(item.items for item in by_scope["place"])
    contents = _reasons(
        facts,
        say("Contents that were digested but not examined, or not whole"),
        say("Contents"),
        by_scope["content"],
        say("A content stands under each reason that holds for it, so the numbers overlap."),
    )
    places = None
    if facts.undigested:
        places = _reasons(
            facts,
            say("Places of which nothing was read"),
            say("Places"),
            by_scope["place"],
            "",
            total=facts.undigested,
            unexplained=unexplained,
        )
    opened = _reasons(
        facts, say("Places that were digested, of which more could not be read"), say("Places"), by_scope["opened"], ""
    )
    nothing = not facts.undigested and not facts.reasons
    return section(
        "not-examined",
        say("What could not be examined"),
        text(
            say(
                "Nothing is recorded that could not be read. Content inside videos, sound files and unknown formats is never examined."
            )
            if nothing
            else say(
                "“Could not look” means that reading failed; “did not run” means that it was not tried, for the reason named. Neither says "
                "anything about the content. All of it stands in the queue."
            )
        ),
        places,
        opened if by_scope["opened"] else None,
        contents if by_scope["content"] else None,
        caveat(say("A file that could not be examined is not a file without findings.")),
    )


def _reasons(
    facts: Facts, caption: str, unit: str, found: list[Reason], note: str, *, total: int = 0, unexplained: int = 0
) -> Block:
    rows = [
        (
            OUTCOMES.get(item.outcome, item.outcome),
            shown(item.what, _REASON_CHARS),
            figure(item.items),
            _first_places(facts, item),
        )
        for item in found[:_REASON_ROWS]
    ]
    if unexplained:
        rows.append((say("Could not look"), say("No reason is recorded."), figure(unexplained), ""))
    rest = found[_REASON_ROWS:]
    left_out = (
        say(
            "{reason} with {items:,} items. ",
            reason=count_text(len(rest), "further reason"),
            items=sum(item.items for item in rest),
        )
        if rest
        else ""
    )
    return table(
        caption,
        [(say("Result"), "text", 2), (say("Reason"), "text", 5), (unit, "number", 2), (say("First places"), "path", 6)],
        rows,
        total=(say("All"), "", figure(total), "") if total else (),
        left_out=left_out + note,
    )


def _first_places(facts: Facts, reason: Reason) -> str:
    words = [at_place(facts, Place(place.path, place.source)) for place in reason.first]
    if (more := reason.items - len(words)) > 0:
        words.append(say("and {more:,} more", more=more))
    return joined("\n", words)
