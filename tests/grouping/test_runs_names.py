"""Names of runs: plain words, counts, and never a word of a prompt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from safelight.grouping.runs import GenerationRun, SeedRange
from safelight.grouping.runs_names import days_text, run_name
from safelight.grouping.runs_template import Template


def _ns(*day: int) -> int:
    return int(datetime(*day, tzinfo=UTC).timestamp()) * 1_000_000_000  # type: ignore[arg-type,misc]


_RUN = GenerationRun(
    recipe=1, members=tuple(f"{number:064x}" for number in range(412)), software="comfyui", model="terra", model_hash="", loras=(),
    workflow="", host="", prompts=9, template=Template("a secret word {1}", ()), seeds=(SeedRange(1_000, 1_411, 412),), seeded=412,
    first_ns=_ns(2024, 3, 14), last_ns=_ns(2024, 3, 16), timed=412, folders=(("out", 412),), folders_all=1, loose=False,
)  # fmt: skip


def test_the_name_is_the_one_that_was_asked_for() -> None:
    name = "412 images, one model, one prompt with 9 variants, seeds 1000 to 1411, 14 to 16 March 2024"
    assert run_name(_RUN, 412) == name
    assert run_name(_RUN, 411).startswith("412 files, ")


def test_what_is_not_known_is_said_and_loose_runs_are_called_so() -> None:
    bare = replace(
        _RUN, members=_RUN.members[:2], model="", prompts=0, template=None, seeds=(), first_ns=None, last_ns=None, loose=True, loras=("a", "b")
    )  # fmt: skip
    name = "2 images, no model named, 2 LoRAs together, no prompt recorded, no seed recorded, tied by the recipe alone"
    assert run_name(bare, 2) == name


def test_several_ranges_and_one_seed_are_told_apart() -> None:
    ranges = (SeedRange(1, 4, 4), SeedRange(9_000, 9_000, 1))
    assert "seeds in 2 ranges between 1 and 9000" in run_name(replace(_RUN, seeds=ranges), 412)
    assert "seed 7," in run_name(replace(_RUN, seeds=(SeedRange(7, 7, 412),)), 412)


def test_no_word_of_a_prompt_model_or_lora_is_in_a_name() -> None:
    name = run_name(replace(_RUN, model="hush", loras=("quiet",)), 412)
    assert not {"secret", "hush", "quiet"} & set(name.replace(",", "").split())


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ((2024, 3, 14), (2024, 3, 14), "14 March 2024"), ((2024, 3, 30), (2024, 4, 2), "30 March to 2 April 2024"),
        ((2023, 12, 30), (2024, 1, 2), "30 December 2023 to 2 January 2024"),
    ],
)  # fmt: skip
def test_days_are_told_as_people_do(first: tuple[int, ...], last: tuple[int, ...], words: str) -> None:
    assert days_text(_ns(*first), _ns(*last)) == words


def test_times_beyond_the_calendar_do_not_end_the_run() -> None:
    assert days_text(0, 1 << 62) != ""
    assert days_text(-(1 << 63), 0) == "1 January 1970" or "calendar" in days_text(-(1 << 70), 0)
