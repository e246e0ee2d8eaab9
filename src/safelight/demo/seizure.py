"""Draws a benign seizure into a directory: `evidence/`, `lists/` and `truth.json`."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Self

from safelight.demo.lists import write_lists
from safelight.demo.making import make
from safelight.demo.plan import PlannedFile, plan_seizure
from safelight.demo.truth import DrawnFile, SeizureTruth, place_of, write_truth
from safelight.errors import OutputError
from safelight.pipeline.progress import StageCount

__all__ = ["draw_seizure"]

_CHUNK: Final = 8
_WORTH_A_PROCESS: Final = 100
_LINKS: Final = ((b"Desktop/latest", b"../DCIM"), (b"Desktop/gone.jpg", b"../Removed/gone.jpg"))


def draw_seizure(
    directory: Path,
    *,
    files: int,
    seed: int,
    processes: int = 1,
    on_progress: Callable[[StageCount], None] | None = None,
) -> SeizureTruth:
    """Draws a seizure of so many files (links and archive members come on top) and returns the truth about it.

    The same `files` and `seed` give the same bytes, names and modification times, whatever the number of processes. `truth.json` is
    written last: a directory without it was not finished.

    Args:
        directory: Made when absent; must be empty.
        files: Number of regular files in `evidence/`, at least 1.
        seed: Decides everything.
        processes: Processes to draw with.
        on_progress: Told about files and bytes after every few files.

    Raises:
        OutputError: Something cannot be written, or the directory is not empty.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise OutputError(
                f"{directory} is not empty.", kept="It was left as it is.", advice="Name a new directory."
            )
        return _draw(directory, files, seed, processes, on_progress)
    except OSError as error:
        raise OutputError(
            f"The drawn seizure cannot be written to {directory}: {error.strerror}.",
            kept="What was drawn before is there, without truth.json.",
            advice="Free some room or name another directory, and draw again.",
        ) from error


def _draw(
    directory: Path, files: int, seed: int, processes: int, on_progress: Callable[[StageCount], None] | None
) -> SeizureTruth:
    plan = plan_seizure(files, seed)
    evidence = directory / "evidence"
    for folder in sorted(
        {name.rpartition(b"/")[0] for name in (*(item.path for item in plan), *(name for name, _ in _LINKS))}
    ):
        place_of(evidence, folder).mkdir(parents=True, exist_ok=True)
    count = StageCount("drawing", total=files)
    drawn: list[DrawnFile] = []
    originals = [planned for planned in plan if planned.source is None]
    copies = [planned for planned in plan if planned.source is not None]
    with _Drawers(min(processes, 1 + files // _WORTH_A_PROCESS), partial(_draw_one, evidence, seed)) as drawers:
        for phase in (originals, copies):
            for done in drawers.each(phase):
                drawn.append(done)
                count.done += 1
                count.bytes_done += done.size_bytes
                if on_progress is not None:
                    on_progress(count)
    for name, target in _LINKS:
        place_of(evidence, name).symlink_to(os.fsdecode(target))
    by_path = {item.path: item for item in drawn}
    ordered = [_with_origin(by_path[item.path], by_path) for item in plan]
    lists, marked = write_lists(directory, ordered, seed)
    truth = SeizureTruth(seed=seed, files=tuple(marked), lists=lists, links=_LINKS)
    write_truth(truth, directory / "truth.json")
    return truth


class _Drawers:
    """Draws here, or in processes of its own, and gives the results in order."""

    def __init__(self, processes: int, draw: Callable[[PlannedFile], DrawnFile]) -> None:
        self._draw = draw
        # Spawned, not forked: the caller may have threads.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, mp_context=context) if processes > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, plan: Sequence[PlannedFile]) -> Iterator[DrawnFile]:
        if self._pool is None:
            return map(self._draw, plan)
        return self._pool.map(self._draw, plan, chunksize=_CHUNK)


def _draw_one(evidence: Path, seed: int, planned: PlannedFile) -> DrawnFile:
    data, drawn = make(planned, seed, lambda name: place_of(evidence, name).read_bytes())
    path = place_of(evidence, planned.path)
    with path.open("xb") as stream:
        stream.write(data)
    os.utime(path, (planned.modified_s, planned.modified_s))
    return drawn


def _with_origin(drawn: DrawnFile, by_path: dict[bytes, DrawnFile]) -> DrawnFile:
    """An exact copy stands for what its original stands for."""
    if drawn.duplicate_of is None:
        return drawn
    original = by_path[drawn.duplicate_of]
    return replace(drawn, stands_for=original.stands_for, carries=original.carries, recipe=original.recipe)
