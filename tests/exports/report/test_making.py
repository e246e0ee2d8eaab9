"""The section on generation runs: what was made alike is counted and named, and no word of a prompt is printed."""

from __future__ import annotations

from pathlib import Path

import orjson
from tests.case.making import fill_making, made

from safelight.case.case import Case
from safelight.case.generation import add_generation_runs, making_facts
from safelight.exports.report.document import document
from safelight.exports.report.facts import gather
from safelight.exports.report.making import making
from safelight.grouping.runs import generation_runs


def _case(directory: Path, *, stage: bool, runs: int = 1) -> Case:
    case = Case.create_or_open(directory)
    records = [
        made(number, {"generator": "ComfyUI", "model": f"terra{number % runs}", "prompt": "a NEVERPRINTED lighthouse", "seed": str(number)})
        for number in range(3 * runs)
    ]  # fmt: skip
    run_id = fill_making(case, records)
    if stage:
        add_generation_runs(case, run_id, generation_runs(making_facts(case)))
    return case


def test_runs_are_counted_and_named_and_prompts_are_not_printed(tmp_path: Path) -> None:
    with _case(tmp_path / "case", stage=True) as case:
        whole = orjson.dumps(document(gather(case))).decode()
    assert "3 images, one model, one prompt, seeds 0 to 2, 4 October 2024" in whole
    assert "1 run of 1 recipe hold 3 contents." in whole and "comfyui, terra0" in whole
    assert "NEVERPRINTED" not in whole


def test_what_was_not_looked_for_is_said(tmp_path: Path) -> None:
    with _case(tmp_path / "case", stage=False) as case:
        assert "what was made alike is not known" in orjson.dumps(making(gather(case))).decode()


def test_what_is_not_listed_is_told(tmp_path: Path) -> None:
    with _case(tmp_path / "case", stage=True, runs=20) as case:
        section = orjson.dumps(making(gather(case))).decode()
    assert "5 further runs." in section and "20 runs of 20 recipes hold 60 contents" in section
