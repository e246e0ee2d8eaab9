"""The section on pictures that share part of a scene. It names pictures and says what agrees; it shows none."""

from __future__ import annotations

from typing import Any, Final

from safelight.exports.report.blocks import Block, caveat, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.material import at_place
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import count_text, figure, shown
from safelight.grouping.sources import MEASURED
from safelight.model import SceneLinkKind

__all__ = ["scenes"]

_TITLE: Final = say("Pictures that share part of a scene")
_KINDS: Final = {
    SceneLinkKind.SOURCE_PHOTOGRAPH: say("with a picture that may be the photograph behind them"),
    SceneLinkKind.SAME_PICTURE: say("between pictures of one sort (crops, screenshots, several edits of one picture)"),
    SceneLinkKind.SAME_FRAME: say("on plain ground only (the same text, form or screen around them)"),
    SceneLinkKind.INPUT_NAME: say("by the name of an input file alone"),
}


def scenes(facts: Facts) -> Block:
    """The links by kind, and the strongest between an artificial picture and one that may be its source."""
    if not facts.scene_state.run:
        return section(
            "scenes", _TITLE, text(say("Not compared, or that did not finish: what shares a scene is not known."))
        )
    compared, left = facts.scene_details.get("compared", 0), facts.scene_details.get("not_compared", 0)
    how = say(
        "{image} were compared by local features; {left:,} could not be: they were not read, are flat, or were "
        "taken in before features were looked for.",
        image=count_text(compared, "image"),
        left=left,
    )
    if not facts.scene_totals:
        return section(
            "scenes", _TITLE, text(say("No two share part of a scene, as far as could be told. {how}", how=how))
        )
    counts = joined(
        "; ",
        (
            say("{value:,} {words}", value=facts.scene_totals[kind], words=words)
            for kind, words in _KINDS.items()
            if facts.scene_totals.get(kind)
        ),
    )
    total = facts.scene_totals.get(SceneLinkKind.SOURCE_PHOTOGRAPH, 0)
    return section(
        "scenes",
        _TITLE,
        text(say("Links: {counts}. {how}", counts=counts, how=how)),
        table(
            say("Pictures and what may be the photographs behind them, the strongest links first"),
            [
                (say("Picture"), "path", 5),
                (say("Other"), "path", 5),
                (say("What agrees"), "text", 5),
                (say("Places"), "number", 1),
            ],
            [_row(facts, link) for link in facts.scene_links],
            left_out=say("{link}.", link=count_text(total - len(facts.scene_links), "further link"))
            if total > len(facts.scene_links)
            else "",
        )
        if facts.scene_links
        else None,
        caveat(
            say(
                "A link says that part of both pictures shows the same thing in the same arrangement, not that one was "
                "made from the other: a printed chart, a logo, a screen or the same room links pictures too. {measured} "
                "That nothing was linked does not say that no source exists.",
                measured=say(MEASURED),
            )
        ),
    )


def _row(facts: Facts, link: dict[str, Any]) -> tuple[str, ...]:
    places = [
        at_place(facts, facts.places[sha256]) if sha256 in facts.places else sha256[:16]
        for sha256 in (link["sha256"], link["other"])
    ]
    return (*places, shown(link["words"]), figure(link["inliers"]))
