"""The name of a generation run in plain words: `412 images, one model, one prompt with 9 variants, seeds 1000 to 1411, 14 to 16 March 2024`.

Prompts are counted and never printed; models and LoRAs are counted too, since their names can describe what a picture shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from safelight.grouping.runs import GenerationRun, SeedRange

__all__ = ["days_text", "run_name"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def run_name(run: GenerationRun, images: int) -> str:
    """The name.

    Args:
        run: The run. `images`: how many of its members are images; the others make them "files".
    """
    size = len(run.members)
    parts = [_count(size, "image" if images == size else "file")]
    parts.append("one model" if run.model or run.model_hash else "no model named")
    if run.loras:
        parts.append("one LoRA" if len(run.loras) == 1 else f"{len(run.loras)} LoRAs together")
    if run.prompts > 1:
        parts.append(f"one prompt with {run.prompts:,} variants")
    else:
        parts.append("one prompt" if run.prompts else "no prompt recorded")
    parts.append(_seeds(run.seeds))
    if run.first_ns is not None and run.last_ns is not None:
        parts.append(days_text(run.first_ns, run.last_ns))
    if run.loose:
        parts.append("tied by the recipe alone")
    return ", ".join(part for part in parts if part)


def days_text(first_ns: int, last_ns: int) -> str:
    """The days from one time to another, UTC: `14 March 2024`, `14 to 16 March 2024`, `30 December 2023 to 2 January 2024`.

    Args:
        first_ns: Nanoseconds since 1970-01-01 UTC; likewise `last_ns`. Years outside 1 to 9999 are called so.
    """
    first, last = _day(first_ns), _day(last_ns)
    if first is None or last is None:
        return "at times that no calendar holds"
    ends = f"{last.day} {_MONTHS[last.month - 1]} {last.year}"
    if first == last:
        return ends
    begins = str(first.day)
    if (first.month, first.year) != (last.month, last.year):
        begins += f" {_MONTHS[first.month - 1]}"
    if first.year != last.year:
        begins += f" {first.year}"
    return f"{begins} to {ends}"


def _day(time_ns: int) -> date | None:
    try:
        return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).date()
    except (OverflowError, ValueError, OSError):
        return None


def _seeds(ranges: Sequence[SeedRange]) -> str:
    if not ranges:
        return "no seed recorded"
    first, last = ranges[0].first, ranges[-1].last
    if first == last:
        return f"seed {first}"
    if len(ranges) == 1:
        return f"seeds {first} to {last}"
    return f"seeds in {len(ranges):,} ranges between {first} and {last}"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
