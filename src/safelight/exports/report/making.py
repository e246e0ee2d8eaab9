"""The section on generation runs: images that say that they were made alike. Prompts are counted, never printed."""

from __future__ import annotations

from typing import Final

from safelight.case.generation import StoredRun
from safelight.exports.report.blocks import Block, caveat, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.text import count_text, shown

__all__ = ["making"]

_NAME_CHARS: Final = 120


def making(facts: Facts) -> Block:
    """The runs, the largest first."""
    title = "Generation runs"
    found = facts.making
    if not facts.making_state.run:
        return section(
            "making", title, text("Runs were not looked for, or that did not finish: what was made alike is not known.")
        )
    rest = (
        f"{count_text(found.alone, 'content')} that say how they were made share it with no other; {found.silent:,} with some statement on their "
        "making do not say enough."
    )
    if not found.runs:
        return section("making", title, text(f"No two contents state the same making. {rest}"))
    return section(
        "making",
        title,
        text(
            f"{count_text(found.runs, 'run')} of {count_text(found.recipes, 'recipe')} hold {count_text(found.media, 'content')}. Contents of a "
            f"recipe state the same software, model, LoRAs and workflow, and prompts from one template; those of a run are also tied by "
            f"seed or time. {rest}"
        ),
        table(
            "Largest runs",
            [("Run", "number", 1), ("Recipe", "number", 1), ("What", "text", 8), ("Software and model", "text", 5)],
            [(f"{run.number:,}", f"{run.recipe:,}", shown(run.name), _software(run)) for run in facts.largest_runs],
            left_out=f"{count_text(found.runs - len(facts.largest_runs), 'further run')}."
            if found.runs > len(facts.largest_runs)
            else "",
        ),
        caveat(
            "A run rests on what files say of themselves, which can be forged and copied; files that lost their metadata are missing from it. It "
            "does not say that one person made them. `safelight link runs CASE` lists all runs."
        ),
    )


def _software(run: StoredRun) -> str:
    details = run.details
    parts = [
        details["software"] or "not named",
        details["model"] or details["model_hash"],
        *(f"LoRA {name}" for name in details["loras"]),
    ]
    return shown(", ".join(part for part in parts if part), _NAME_CHARS)
