"""Links and generation runs as text on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from safelight.case.generation import RunTotals, StoredRun
from safelight.grouping.links import CASES_FOR_RARITY, KINDS, Links, Trace, kind_words
from safelight.grouping.links_graph import trace_title
from safelight.grouping.links_scenes import SHARED
from safelight.grouping.links_svg import pair_words
from safelight.grouping.sources import MEASURED
from safelight.model import JsonValue, display_text

__all__ = ["comparison_record", "print_comparison", "print_links", "print_runs", "run_record"]

_NEAR_LISTED: Final = 10
_FOLDERS: Final = 3
_NEVER: Final = (
    "That nothing is shared says nothing: other copies, other sizes and other prompts leave no common trace."
)


def print_links(links: Links) -> None:
    """Prints who shares what with whom, then the shared values, the rarest first."""
    for case in links.cases:
        print(f"{case.letter}  {_line(case.name)}: {case.media:,} contents")
    print()
    sharing = 0
    for one in range(len(links.cases)):
        for two in range(one + 1, len(links.cases)):
            if words := pair_words(links, one, two):
                sharing += 1
                print(f"{links.cases[one].letter} and {links.cases[two].letter} share {'; '.join(words)}.")
    if not sharing:
        print("No two of these cases share anything that was compared.")
    kind = ""
    for trace in links.traces:
        if trace.kind != kind:
            kind = trace.kind
            print(f"\n{KINDS[kind][1].capitalize()}")
        held = ", ".join(f"{links.cases[place].letter} {media:,}" for place, media in trace.held)
        print(f"  {trace_title(trace)}  [{held}]  {trace.rarity}")
        if links.left_out.get(kind) and trace is [item for item in links.traces if item.kind == kind][-1]:
            print(f"  and {links.left_out[kind]:,} more")
    if links.near:
        print(f"\nNear-duplicates, within {links.distance_bits} bits of 256, nearest first")
        for pair in links.near[:_NEAR_LISTED]:
            ends = (links.cases[pair.first_case].letter, links.cases[pair.second_case].letter)
            print(f"  {pair.distance:>2} bits  {ends[0]} {pair.first}  {ends[1]} {pair.second}")
        pairs = sum(total.pairs for total in links.near_totals)
        if pairs > _NEAR_LISTED:
            print(f"  and {pairs - min(pairs, _NEAR_LISTED):,} more pairs")
    _print_scenes(links)
    print()
    if len(links.cases) < CASES_FOR_RARITY:
        print(
            f"With fewer than {CASES_FOR_RARITY} cases counts cannot tell what is rare. A model that everybody can download links nobody."
        )
    print(_NEVER)


def _print_scenes(links: Links) -> None:
    if links.scenes_compared is None:
        print("\nThat pictures of different cases share part of a scene was not looked for; --scenes does it.")
        return
    compared = ", ".join(
        f"{case.letter} {number:,}" for case, number in zip(links.cases, links.scenes_compared, strict=True)
    )
    print(f"\nPictures of different cases that share part of a scene (compared: {compared})")
    for item in links.scenes[:_NEAR_LISTED]:
        ends = links.cases[item.first_case].letter, links.cases[item.second_case].letter
        print(f"  {item.link.kind}  {ends[0]} {item.link.sha256}  {ends[1]} {item.link.other}")
        print(f"    {_line(item.link.words)}")
    total = sum(links.scene_totals.values())
    if total > _NEAR_LISTED:
        print(f"  and {total - min(total, _NEAR_LISTED):,} more")
    print(f"  {SHARED} {MEASURED}" if total else "  None were found; that does not say that there are none.")


def comparison_record(counts: Mapping[str, tuple[int, int, int | None]], held: Sequence[Trace]) -> dict[str, JsonValue]:
    """What a comparison with a link file found, as JSON, schema `safelight.link-compare/1`.

    Args:
        counts: By kind, how many are shared, how many the file holds, and how many the other file holds (None for a case).
        held: Traces of the own case that are shared; prompts and what has no name are told by their key.
    """
    kinds: list[JsonValue] = [
        {"kind": kind, "shared": counts[kind][0], "in_file": counts[kind][1], "in_other": counts[kind][2]}
        for kind in KINDS
        if kind in counts
    ]
    traces: list[JsonValue] = [
        {"kind": item.kind, "key": item.key, "label": item.label or None, "media": item.media} for item in held
    ]
    return {"schema": "safelight.link-compare/1", "kinds": kinds, "traces": traces}


def print_comparison(record: Mapping[str, JsonValue]) -> None:
    """Prints such a record."""
    kinds, traces = record["kinds"], record["traces"]
    assert isinstance(kinds, list) and isinstance(traces, list)
    shared = 0
    for item in kinds:
        assert isinstance(item, dict)
        number, kind = item["shared"], str(item["kind"])
        assert isinstance(number, int)
        shared += number
        print(f"{kind_words(kind, number)} shared, of {item['in_file']:,} in the file")
    for item in traces:
        assert isinstance(item, dict)
        label = item["label"]
        told = _line(label) if isinstance(label, str) else str(item["key"])[:12]
        print(f"  {KINDS[str(item['kind'])][0]}: {told}  [{item['media']:,}]")
    print("Something is shared." if shared else "Nothing that both hold was found.")
    print(
        "Only equal values are found: near-duplicates, and whatever one side does not hold, are not."
        if shared
        else _NEVER
    )


def run_record(run: StoredRun, *, templates: bool) -> dict[str, JsonValue]:
    """A generation run as JSON, schema `safelight.run/1`; `template` only where asked for."""
    details = {name: value for name, value in run.details.items() if templates or name != "template"}
    head: dict[str, JsonValue] = {
        "schema": "safelight.run/1", "number": run.number, "recipe": run.recipe, "size": run.size, "name": run.name,
    }  # fmt: skip
    return {**head, **details}


def print_runs(runs: Sequence[StoredRun], totals: RunTotals, *, templates: bool) -> None:
    """Prints runs by recipe, and what is in none."""
    recipe = 0
    for run in runs:
        if run.recipe != recipe:
            recipe = run.recipe
            print(f"Recipe {recipe}: {_line(_recipe(run))}")
        print(f"  run {run.number}: {run.name}")
        folders = run.details["folders"]
        more = run.details["folders_all"] - min(len(folders), _FOLDERS)
        listed = ", ".join(f"{_line(folder) or '(top)'} {number:,}" for folder, number in folders[:_FOLDERS])
        print(f"    in {listed}{f' and {more:,} more folders' if more > 0 else ''}")
        if templates and run.details["template"] is not None:
            print(f"    prompt: {_line(run.details['template']['text'])}")
            for number, slot in enumerate(run.details["template"]["slots"], 1):
                samples = " | ".join(_line(value) or "(nothing)" for value in slot["samples"])
                print(f"      {{{number}}} {slot['values']:,} values: {samples}")
    if totals.runs > len(runs):
        print(f"and {totals.runs - len(runs):,} more runs")
    print(
        f"{totals.runs:,} runs of {totals.recipes:,} recipes hold {totals.media:,} contents; {totals.alone:,} say how they were made and share "
        f"it with no other, {totals.silent:,} do not say enough. All of it is what files say of themselves."
    )


def _recipe(run: StoredRun) -> str:
    details = run.details
    parts = [
        details["software"] or "software not named",
        f"model {details['model'] or details['model_hash'] or 'not named'}",
    ]
    if details["loras"]:
        parts.append(f"LoRA {', '.join(details['loras'])}")
    if details["workflow"]:
        parts.append(f"workflow {details['workflow'][:12]}")
    if details["host"]:
        parts.append(f"user {details['host']}")
    return ", ".join(parts)


def _line(text: str) -> str:
    return display_text(text.encode("utf-8", "backslashreplace"))
