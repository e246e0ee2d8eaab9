"""The truth of the benchmark of looks is what was drawn, and its reader is no surer than it may be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.looks_reader import WRONG, _least
from benchmarks.looks_truth import subjects
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from safelight.demo import making, scenes
from safelight.demo.plan import plan_seizure
from safelight.demo.seizure import draw_seizure


def test_the_subjects_are_those_that_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def noting(name: str, draw: Callable[..., Image.Image]) -> Callable[..., Image.Image]:
        def noted(*given: Any) -> Image.Image:
            drawn.append(name)
            return draw(*given)

        return noted

    draw_seizure(tmp_path, files=45, seed=5)
    told = subjects(tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text())
    seen = 0
    with monkeypatch.context() as patched:
        patched.setattr(scenes, "_SUBJECTS", {name: noting(name, draw) for name, draw in scenes._SUBJECTS.items()})
        for planned, row in zip(plan_seizure(45, 5), truth["files"], strict=True):
            if planned.source is None and row["sha256"] in told:
                drawn.clear()
                made, _ = making.make(planned, 5, lambda _path: b"")
                assert drawn == [told[row["sha256"]]], planned.path
                seen += bool(made)
    assert seen >= 15
    by_path = {row["path"]: row["sha256"] for row in truth["files"]}
    copies = [row for row in truth["files"] if row["near_duplicate_of"]]
    assert copies and all(told[row["sha256"]] == told[by_path[row["near_duplicate_of"]]] for row in copies)
    assert len(told) > len({row["sha256"] for row in truth["files"]} & set(told)), "members of archives are told too"


@given(st.lists(st.tuples(st.floats(-1, 1, width=32), st.booleans()), min_size=1, max_size=300))
def test_the_bound_of_sureness_holds(answers: list[tuple[float, bool]]) -> None:
    sure = np.array([one for one, _ in answers], np.float32)
    right = np.array([two for _, two in answers])
    least = _least(sure, right)
    if np.isfinite(least):
        above = right[sure > least]
        assert (~above).sum() <= WRONG * max(1, len(answers))
    else:
        assert not right[sure.argmax()] or (sure == sure.max()).sum() > 1
