"""The section on error rates: which were measured, in which conditions, which were not, and what the silence of each reader means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safelight.exports.report.blocks import Block, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.looking import Score
from safelight.exports.report.saying import say
from safelight.exports.report.text import count_text, figure, percent_text, shown
from safelight.model import Outcome
from safelight.origin.opinion import ALONE_FALSE_ALARMS
from safelight.origin.readers import READERS, OriginReader

__all__ = ["rates"]

_OF_PIXELS: Final = frozenset({"watermarks", "jpeg-saved", "jpeg-twice", "enlarged", "mosaic", "detector"})
"""Readers that can be wrong by chance, so that a rate was measured for them."""

_WORDS_CHARS: Final = 900
_CONDITION_ROWS: Final = 40


def rates(facts: Facts) -> Block:
    """What is known of errors; nothing here was measured on this case."""
    ran = list(_ran(facts))
    of_pixels = [(label, reader) for label, reader in ran if reader.name in _OF_PIXELS]
    unknown = [name for name, _ in sorted(facts.readers) if name not in {reader.name for _, reader in ran}]
    return section(
        "rates",
        say("Error rates, and what silence means"),
        text(
            say(
                "A rate holds for the conditions in which it was measured, and for no others; none was measured on this case. Readers of metadata "
                "read what stands in a file, and have no error rate of that kind: the question is who wrote it there. What stands "
                "below of each reader is its own documentation, in English."
            )
        ),
        table(
            say("Readers of pixels, as they were measured"),
            [(say("Reader and version"), "code", 3), (say("Measured"), "text", 9), (say("Survives"), "text", 5)],
            [(label, shown(reader.checked_on, _WORDS_CHARS), shown(reader.survives, _WORDS_CHARS)) for label, reader in of_pixels],
        )
        if of_pixels
        else text(say("No reader ran that looks for traces in pixels.")),
        _models(facts) if facts.scores else None,
        text(
            say(
                "Matches by likeness (PDQ): how often different pictures match by chance was not measured on the lists of this unit. It rises with "
                "the distance, with the size of a list, and for pictures of little structure; those of low quality are not matched. A person "
                "compares both pictures. Matches by digest do not err by chance."
            )
        ),
        table(
            say("What the silence of each reader means, and what would fake what it finds"),
            [
                (say("Reader and version"), "code", 3),
                (say("Looks for"), "text", 5),
                (say("Silence means"), "text", 6),
                (say("Faked by"), "text", 5),
            ],
            [
                (label, *(shown(words, _WORDS_CHARS) for words in (reader.looks_for, reader.silence_means, reader.faked_by)))
                for label, reader in ran
            ],
            left_out=say(
                "{reader} of the case {verb} not documented here: parts of the program that tell facts, and readers of other versions.",
                reader=count_text(len(unknown), "further reader"),
                verb=say("is") if len(unknown) == 1 else say("are"),
            )
            if unknown
            else "",
        )
        if ran
        else None,
    )  # fmt: skip


def _ran(facts: Facts) -> Iterator[tuple[str, type[OriginReader]]]:
    """The readers that looked at something, as installed here, where their version is that of the case."""
    by_name: dict[str, type[OriginReader]] = {reader.name: reader for reader in READERS}
    for (name, version), outcomes in sorted(facts.readers.items()):
        reader = by_name.get(name)
        looked = outcomes[Outcome.FOUND] + outcomes[Outcome.NOTHING_FOUND]
        # A model's digest follows the version of the reader that runs it.
        if reader is not None and looked and version.partition("+")[0] == reader.version:
            yield shown(say("{name} {version}", name=name, version=version), 80), reader


def _models(facts: Facts) -> Block:
    left = len(facts.scores) - _CONDITION_ROWS
    return table(
        say("Models of the unit, by condition"),
        [
            (say("Model"), "text", 3),
            (say("SHA-256 of the model"), "code", 5),
            (say("Condition"), "text", 4),
            (say("Scores"), "number", 2),
            (say("Abstained"), "number", 2),
            (say("False alarms at most"), "number", 3),
        ],
        [_model(item) for item in facts.scores[:_CONDITION_ROWS]],
        left_out=(say("{row}. ", row=count_text(left, "further row")) if left > 0 else "")
        + say(
            "False alarms: the share of photographs that reach a score as high, measured by the unit on its own pictures, upper limit with 95 % "
            "confidence, the largest of this condition. A score alone carries an opinion only up to {alone:.0f} %.",
            alone=100 * ALONE_FALSE_ALARMS,
        ),
    )


def _model(item: Score) -> tuple[str, ...]:
    bound = item.false_alarms
    return (
        shown(item.model, 120), item.sha256, shown(item.condition, 120) or say("not recorded"), figure(item.scores), figure(item.abstained),
        say("not measured") if bound is None else percent_text(round(bound * 1_000_000), 1_000_000),
    )  # fmt: skip
