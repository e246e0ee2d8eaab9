"""Sections on how the work was done: runs, versions, readers, lists, settings, isolation, custody; and what does not follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from safelight.case.summary import RunFacts
from safelight.exports.report.blocks import Block, bullets, caveat, notice, pairs, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.text import count_text, shown, time_text
from safelight.exports.report.words import LIMITS, NOT_SHOWN, OUTCOMES, SCALE

__all__ = ["custody", "limits", "method", "not_shown"]

_RUN_ROWS: Final = 25
_VALUE_CHARS: Final = 300


def method(facts: Facts) -> Block:
    """With what the work was done, as the runs recorded it themselves."""
    if not facts.runs:
        return section("method", "Methods and versions", text("No run was begun, so there is no method to state."))
    return section(
        "method",
        "Methods and versions",
        text(
            "Evidence is opened read-only. Every distinct content is read once, in a separate worker process without network and without the right "
            "to write, which computes MD5, SHA-1, SHA-256 and the perceptual hash PDQ and runs the readers below. What follows was recorded by the "
            "runs themselves."
        ),
        _runs(facts),
        _readers(facts),
        _hashsets(facts),
        pairs(_merged(facts.runs, "versions", _plain), "Versions"),
        pairs(_merged(facts.runs, "isolation", _measure), "Isolation of the workers, as they reached and proved it"),
        pairs(_merged(facts.runs, "settings", _plain), "Settings"),
    )


def _runs(facts: Facts) -> Block:
    listed = facts.runs[-_RUN_ROWS:]
    left = len(facts.runs) - len(listed)
    return table(
        "Runs",
        [("Run", "number", 1), ("Command", "text", 2), ("Begun", "text", 4), ("Ended", "text", 4), ("Outcome", "text", 3), ("Counts", "text", 6)],
        [
            (
                f"{run.number}", shown(run.command, 80), time_text(run.begun_utc), time_text(run.ended_utc) or "not ended",
                shown(run.outcome or "killed, or still running", 80),
                ", ".join(f"{name} {number:,}" for name, number in run.counts.items()),
            )
            for run in listed
        ],
        left_out=f"{count_text(left, 'earlier run')}, recorded in the custody log." if left else "",
    )  # fmt: skip


def _readers(facts: Facts) -> Block | None:
    if not facts.readers:
        return None
    contents = facts.totals.contents
    rows = []
    for (name, version), outcomes in sorted(facts.readers.items()):
        counts = [outcomes[outcome] for outcome in OUTCOMES]
        rows.append(
            (
                shown(f"{name} {version}", 80),
                *(f"{count:,}" for count in counts),
                f"{contents - sum(counts):,}",
            )
        )
    columns = [(label, "number", 2) for label in OUTCOMES.values()]
    return table(
        f"What became of each reader, over {count_text(contents, 'distinct content')}",
        [("Reader and version", "code", 5), *columns, ("Not asked", "number", 2)],
        rows,
        left_out="“Nothing found” means that the reader looked and saw nothing of what it looks for; it does not mean that nothing is there. “Not "
        "asked”: the run that examined the content had no such reader.",
    )


def _hashsets(facts: Facts) -> Block | None:
    sets = facts.hashsets.get("sets", [])
    if not facts.match_state.run:
        return None
    if not sets:
        return text(f"Lists: none ({shown(str(facts.hashsets.get('why', 'no reason recorded')), 200)}).")
    low = facts.hashsets.get("entries_of_low_quality_left_out")
    return table(
        "Lists, in the state in which they were matched",
        [("List", "text", 4), ("For", "text", 2), ("Entries", "text", 4), ("SHA-256 over its entries", "code", 8)],
        [
            (
                shown(str(item.get("name", "")), 120),
                str(item.get("role", "")),
                ", ".join(f"{how.upper()} {number:,}" for how, number in item.get("counts", {}).items()) or "none",
                str(item.get("sha256", "")),
            )
            for item in sets
        ],
        left_out=f"{count_text(low, 'PDQ entry', 'PDQ entries')} of low quality {'was' if low == 1 else 'were'} not matched."
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
            rows.append((shown(key, 120), value if everywhere else f"{value} (run {_numbers(of_runs)})", "text"))
    return rows or [("Nothing is recorded", "", "text")]


def _flat(recorded: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Entries; those of the proof of isolation one by one."""
    for key, value in recorded.items():
        if key == "proof" and isinstance(value, Mapping):
            yield from ((f"Tried: {attempt}", outcome) for attempt, outcome in value.items())
        else:
            yield key, value


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(shown(str(item), _VALUE_CHARS) for item in value) or "none"
    return shown(str(value), _VALUE_CHARS) or "not set"


def _measure(value: Any) -> str:
    if not isinstance(value, Mapping):
        return shown(str(value), _VALUE_CHARS)
    detail = shown(str(value.get("detail", "")), _VALUE_CHARS)
    return ("in force" if value.get("in_force") else "NOT in force") + (f": {detail}" if detail else "")


def _numbers(numbers: list[int]) -> str:
    """`1 to 3, 5`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{part[0]} to {part[-1]}" if len(part) > 1 else f"{part[0]}" for part in parts)


def custody(facts: Facts) -> Block:
    """The log, its head, and what was checked of it."""
    log = facts.custody
    broken = (
        [notice("The chain of the log is broken.", "; ".join(shown(item) for item in log.breaks[:20]))]
        if log.breaks
        else []
    )
    chain = f"{count_text(len(log.breaks), 'break')} found" if log.breaks else "whole, recomputed for this report"
    return section(
        "custody",
        "Custody",
        *broken,
        pairs(
            [
                ("Case", log.case_id or "not recorded", "code"),
                ("Events in the log", f"{log.events:,}, before the entry about this report", "text"),
                ("First event", time_text(log.first_utc), "text"),
                ("Last event", time_text(log.last_utc), "text"),
                ("By", ", ".join(shown(actor, 80) for actor in log.actors), "text"),
                ("On", ", ".join(shown(host, 80) for host in log.hosts), "text"),
                ("Actions", ", ".join(f"{shown(action, 64)} {number:,}" for action, number in log.actions), "text"),
                ("Head of the log", log.head or "missing", "code"),
                ("Sealed with a key", "no: this version does not seal", "text"),
                ("Chain of the events", chain, "text"),
                ("Rows that the events cover", "not checked by the report: “safelight verify CASE” checks them", "text"),
            ]
        ),
        caveat(
            "The chain shows that nothing was changed, added or removed by someone who did not also rewrite everything after it. Until a case "
            "is sealed, someone with write access to all of it could do that: keep the head of the log somewhere else, with this report."
        ),
    )  # fmt: skip


def not_shown() -> Block:
    """What does not follow from any figure in the report."""
    return section(
        "not-shown",
        "What the results do not show",
        bullets(NOT_SHOWN),
        table(
            "Verbal scale of support (ENFSI guideline for evaluative reporting, 2015)",
            [("Words", "text", 4), ("Likelihood ratio (LR)", "text", 4), ("log10 LR", "text", 4)],
            [(f"{word} support", ratio, log10) for word, ratio, log10 in SCALE],
            left_out="The likelihood ratio says how much more expected the findings are if the statement is true than if it is not.",
        ),
    )


def limits() -> Block:
    """Limits of this version."""
    return section("limits", "Limits of this version", bullets(LIMITS))
