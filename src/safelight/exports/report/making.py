"""The section on generation runs: images that say that they were made alike. Prompts are counted, never printed."""

from __future__ import annotations

from typing import Final

from safelight.case.generation import StoredRun
from safelight.exports.report.blocks import Block, caveat, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import count_text, figure, shown

__all__ = ["making"]

_NAME_CHARS: Final = 120


def making(facts: Facts) -> Block:
    """The runs, the largest first."""
    title = say("Generation runs")
    found = facts.making
    if not facts.making_state.run:
        return section(
            "making",
            title,
            text(say("Runs were not looked for, or that did not finish: what was made alike is not known.")),
        )
    rest = say(
        "{content} that say how they were made share it with no other; {silent:,} with some statement on their "
        "making do not say enough.",
        content=count_text(found.alone, "content"),
        silent=found.silent,
    )
    if not found.runs:
        return section("making", title, text(say("No two contents state the same making. {rest}", rest=rest)))
    return section(
        "making",
        title,
        text(
            say(
                "{run} of {recipe} hold {content}. Contents of a recipe state the same software, model, LoRAs and "
                "workflow, and prompts from one template; those of a run are also tied by seed or time. {rest}",
                run=count_text(found.runs, "run"),
                recipe=count_text(found.recipes, "recipe"),
                content=count_text(found.media, "content"),
                rest=rest,
            )
        ),
        table(
            say("Largest runs"),
            [
                (say("Run"), "number", 1),
                (say("Recipe"), "number", 1),
                (say("What"), "text", 8),
                (say("Software and model"), "text", 5),
            ],
            [(figure(run.number), figure(run.recipe), shown(run.name), _software(run)) for run in facts.largest_runs],
            left_out=say("{run}.", run=count_text(found.runs - len(facts.largest_runs), "further run"))
            if found.runs > len(facts.largest_runs)
            else "",
        ),
        caveat(
            say(
                "A run rests on what files say of themselves, which can be forged and copied; files that lost their metadata are missing from it. It "
                "does not say that one person made them. `safelight link runs CASE` lists all runs."
            )
        ),
    )


def _software(run: StoredRun) -> str:
    details = run.details
    parts = [
        details["software"] or say("not named"),
        details["model"] or details["model_hash"],
        *(say("LoRA {name}", name=name) for name in details["loras"]),
    ]
    return shown(joined(", ", (part for part in parts if part)), _NAME_CHARS)
