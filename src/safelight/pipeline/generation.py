"""The stage that finds generation runs, over the whole case."""

from __future__ import annotations

from safelight.case.case import Case
from safelight.pipeline.progress import Progress, StageCount

__all__ = ["find_generation_runs"]


def find_generation_runs(case: Case, run_id: int, progress: Progress) -> int:
    """Groups the media that say how they were made; stores the generation runs and returns how many."""
    from safelight.case.generation import add_generation_runs, making_facts
    from safelight.grouping.runs import generation_runs

    progress.update(StageCount("finding runs"))
    found = generation_runs(making_facts(case))
    number = add_generation_runs(case, run_id, found)
    media = sum(len(run.members) for run in found.runs)
    progress.update(StageCount("finding runs", done=media, total=media))
    return number
