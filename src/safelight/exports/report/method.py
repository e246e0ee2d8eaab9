"""Sections on how the work was done: runs, versions, readers, lists, settings, isolation; and what does not follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from safelight.case.summary import RunFacts
from safelight.exports.report.blocks import Block, bullets, pairs, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.saying import Said, joined, say
from safelight.exports.report.text import count_text, figure, shown, time_text
from safelight.exports.report.words import LIMITS, MODEL_RAN, NO_MODEL_RAN, NOT_SHOWN, OUTCOMES, SCALE, WORDS

__all__ = ["limits", "method", "not_shown"]

_RUN_ROWS: Final = 25
_VALUE_CHARS: Final = 300
_KEY_CHARS: Final = 120


def method(facts: Facts) -> Block:
    """With what the work was done, as the runs recorded it themselves."""
    if not facts.runs:
        return section(
            "method", say("Methods and versions"), text(say("No run was begun, so there is no method to state."))
        )
    return section(
        "method",
        say("Methods and versions"),
        text(
            say(
                "Evidence is opened read-only. Every distinct content is read once, in a separate worker process without network and without "
                "the right "
                "to write, which computes MD5, SHA-1, SHA-256 and the perceptual hash PDQ and runs the readers below. What follows was "
                "recorded by the "
                "runs themselves."
            )
        ),
        _runs(facts),
        _readers(facts),
        _hashsets(facts),
        pairs(_merged(facts.runs, "versions", _plain), say("Versions")),
        pairs(
            _merged(facts.runs, "isolation", _measure), say("Isolation of the workers, as they reached and proved it")
        ),
        pairs(_merged(facts.runs, "settings", _plain), say("Settings")),
    )


def _runs(facts: Facts) -> Block:
    listed = facts.runs[-_RUN_ROWS:]
    left = len(facts.runs) - len(listed)
    return table(
        say("Runs"),
        [
            (say("Run"), "number", 1),
            (say("Command"), "text", 2),
            (say("Begun"), "text", 4),
            (say("Ended"), "text", 4),
            (say("Outcome"), "text", 3),
            (say("Counts"), "text", 6),
        ],
        [
            (
                say("{number}", number=run.number),
                shown(run.command, 80),
                time_text(run.begun_utc),
                time_text(run.ended_utc) or say("not ended"),
                shown(run.outcome, 80) if run.outcome else say("killed, or still running"),
                joined(
                    ", ", (say("{name} {number:,}", name=name, number=number) for name, number in run.counts.items())
                ),
            )
            for run in listed
        ],
        left_out=say("{run}, recorded in the custody log.", run=count_text(left, "earlier run")) if left else "",
    )


def _readers(facts: Facts) -> Block | None:
    if not facts.readers:
        return None
    contents = facts.totals.contents
    rows = []
    for (name, version), outcomes in sorted(facts.readers.items()):
        counts = [outcomes[outcome] for outcome in OUTCOMES]
        rows.append(
            (
                shown(say("{name} {version}", name=name, version=version), 80),
                *(figure(count) for count in counts),
                figure(contents - sum(counts)),
            )
        )
    columns = [(label, "number", 2) for label in OUTCOMES.values()]
    return table(
        say("What became of each reader, over {content}", content=count_text(contents, "distinct content")),
        [(say("Reader and version"), "code", 5), *columns, (say("Not asked"), "number", 2)],
        rows,
        left_out=say(
            "“Nothing found” means that the reader looked and saw nothing of what it looks for; it does not mean that nothing is there. “Not "
            "asked”: the run that examined the content had no such reader."
        ),
    )


def _hashsets(facts: Facts) -> Block | None:
    sets = facts.hashsets.get("sets", [])
    if not facts.match_state.run:
        return None
    if not sets:
        return text(say("Lists: none ({why}).", why=shown(str(facts.hashsets.get("why", "no reason recorded")), 200)))
    low = facts.hashsets.get("entries_of_low_quality_left_out")
    return table(
        say("Lists, in the state in which they were matched"),
        [
            (say("List"), "text", 4),
            (say("For"), "text", 2),
            (say("Entries"), "text", 4),
            (say("SHA-256 over its entries"), "code", 8),
        ],
        [
            (
                shown(str(item.get("name", "")), 120),
                WORDS.get(str(item.get("role", "")), str(item.get("role", ""))),
                joined(
                    ", ",
                    (
                        say("{upper} {number:,}", upper=how.upper(), number=number)
                        for how, number in item.get("counts", {}).items()
                    ),
                )
                or say("none"),
                str(item.get("sha256", "")),
            )
            for item in sets
        ],
        left_out=say(
            "{entry} of low quality {verb} not matched.",
            entry=count_text(low, "PDQ entry", "PDQ entries"),
            verb=say("was") if low == 1 else say("were"),
        )
        if low
        else "",
    )


def _merged(runs: Iterable[RunFacts], name: str, words: Any) -> list[tuple[str, str, str]]:
    """What every run recorded under this name; a value that changed stands there once for each value, with its runs."""
    values: dict[str, dict[str, list[int]]] = {}
    number = 0
    for run in runs:
        number += 1
        for key, value in _flat(run.details.get(name, {})):
            values.setdefault(key, {}).setdefault(words(value), []).append(run.number)
    rows = []
    for key, by_value in sorted(values.items()):
        for value, of_runs in by_value.items():
            everywhere = len(of_runs) == number
            rows.append(
                (
                    key if isinstance(key, Said) else shown(key, _KEY_CHARS),
                    value if everywhere else say("{value} (run {of_runs})", value=value, of_runs=_numbers(of_runs)),
                    "text",
                )
            )
    return rows or [(say("Nothing is recorded"), "", "text")]


def _flat(recorded: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Entries; those of the proof of isolation one by one."""
    for key, value in recorded.items():
        if key == "proof" and isinstance(value, Mapping):
            yield from (
                (say("Tried: {attempt}", attempt=shown(attempt, _KEY_CHARS)), outcome)
                for attempt, outcome in value.items()
            )
        else:
            yield key, value


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int):
        return figure(value)
    if isinstance(value, list):
        return joined(", ", (shown(str(item), _VALUE_CHARS) for item in value)) or say("none")
    return shown(str(value), _VALUE_CHARS) or say("not set")


def _measure(value: Any) -> str:
    if not isinstance(value, Mapping):
        return shown(str(value), _VALUE_CHARS)
    detail = shown(str(value.get("detail", "")), _VALUE_CHARS)
    return (say("in force") if value.get("in_force") else say("NOT in force")) + (
        say(": {detail}", detail=detail) if detail else ""
    )


def _numbers(numbers: list[int]) -> str:
    """`1 to 3, 5`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return joined(
        ", ",
        (
            say("{first} to {last}", first=part[0], last=part[-1]) if len(part) > 1 else say("{value}", value=part[0])
            for part in parts
        ),
    )


def not_shown() -> Block:
    """What does not follow from any figure in the report."""
    return section(
        "not-shown",
        say("What the results do not show"),
        bullets(NOT_SHOWN),
        table(
            say("Verbal scale of support (ENFSI guideline for evaluative reporting, 2015)"),
            [(say("Words"), "text", 4), (say("Likelihood ratio (LR)"), "text", 4), (say("log10 LR"), "text", 4)],
            [(say("{word} support", word=WORDS[word]), ratio, log10) for word, ratio, log10 in SCALE],
            left_out=say(
                "The likelihood ratio says how much more expected the findings are if the statement is true than if it is not."
            ),
        ),
    )


def limits(facts: Facts) -> Block:
    """Limits of this version."""
    model = MODEL_RAN if facts.scores else NO_MODEL_RAN
    return section("limits", say("Limits of this version"), bullets([LIMITS[0], model, *LIMITS[1:]]))
