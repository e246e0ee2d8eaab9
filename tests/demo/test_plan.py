"""The plan of a drawn seizure, at the size of the largest published case."""

from __future__ import annotations

from collections import Counter

import pytest

from safelight.demo.plan import plan_seizure


@pytest.mark.parametrize("files", [1, 20, 60, 1000, 36_209])
def test_a_plan_has_exactly_so_many_files_with_names_of_their_own(files: int) -> None:
    plan = plan_seizure(files, 7)
    assert len(plan) == files
    assert len({item.path for item in plan}) == files
    assert [item.number for item in plan] == list(range(files))


def test_every_copy_is_made_from_a_file_that_is_drawn_before_it() -> None:
    plan = plan_seizure(2_000, 7)
    drawn = {item.path: item for item in plan if item.source is None}
    assert sum(item.source is not None for item in plan) > 200
    assert all(item.source in drawn for item in plan if item.source is not None)
    assert all(
        drawn[item.source].kind == "camera" for item in plan if item.how == "ai-edited" and item.source is not None
    )


def test_shares_hold_in_a_large_seizure_and_folders_stay_small() -> None:
    plan = plan_seizure(36_209, 7)
    kinds = Counter(item.kind for item in plan)
    assert 0.34 < kinds["camera"] / len(plan) < 0.39
    assert 0.12 < kinds["a1111"] / len(plan) < 0.16
    assert kinds["exact"] / len(plan) > 0.04
    assert max(Counter(item.path.rpartition(b"/")[0] for item in plan).values()) <= 500


def test_names_cannot_leave_the_folder() -> None:
    assert all(b".." not in item.path.split(b"/") and not item.path.startswith(b"/") for item in plan_seizure(3_000, 1))
