"""Thresholds, calibrations and bounds are judged on folds that they were not made from."""

from __future__ import annotations

import numpy as np
import pytest

from safelight.origin.detector.held_out import HeldOut, held_out


def _judged(moved: float = 0.0, flipped: bool = False, count: int = 3000) -> HeldOut:
    """Three folds; the scores of the last one are moved, or say the opposite."""
    random = np.random.default_rng(5)
    made, fold = np.arange(count) % 2 == 0, np.arange(count) // 2 % 3
    scores = random.normal(size=count) + 2.0 * made
    last = fold == 2
    scores[last] = (2.0 - scores[last] if flipped else scores[last]) + moved
    clusters = np.array([f"{number // 6 % 40}" for number in range(count)])
    return held_out(scores, made, ~made, fold, np.arange(count), clusters, (0.05,), "B")


def test_folds_that_are_alike_are_calibrated_down_to_what_chance_makes() -> None:
    told = _judged()
    assert told.error < told.floor + 0.02
    assert told.pooled_error < 0.03
    assert all(abs(share.share - 0.05) < 0.03 for share in told.carried)
    kept, stated = told.bounds_hold
    assert kept >= 0.9 * stated > 0


def test_a_fold_that_differs_is_seen_where_folds_are_judged_one_by_one() -> None:
    moved, alike = _judged(moved=1.5), _judged()
    assert moved.error > alike.error + 0.05
    assert max(share.share for share in moved.carried) > 0.2
    assert moved.bounds_hold[0] < moved.bounds_hold[1]
    assert _judged(flipped=True).error > 0.15


def test_two_folds_cannot_make_up_for_one_another() -> None:
    """One fold is found better than stated and one worse: together they look right, each by itself is not."""
    random = np.random.default_rng(6)
    made, fold = np.arange(4000) % 2 == 0, np.arange(4000) // 2 % 2
    scores = random.normal(size=4000) + np.where(fold == 0, 4.0, 0.0) * (made - 0.5)
    told = held_out(scores, made, ~made, fold, np.arange(4000), np.array(["a", "b"] * 2000), (0.05,), "B")
    assert told.pooled_error < told.error


def test_one_fold_alone_tells_nothing() -> None:
    made = np.arange(100) % 2 == 0
    told = held_out(made + 0.0, made, ~made, np.zeros(100, int), np.arange(100), np.array(["a"] * 100), (0.05,), "B")
    assert np.isnan([told.error, told.floor, told.pooled_error]).all()
    assert told.carried == told.reliability == ()


@pytest.mark.parametrize("count", [60, 3000])
def test_reliability_covers_every_picture_that_was_judged(count: int) -> None:
    told = _judged(count=count)
    assert sum(pictures for *_, pictures in told.reliability) == count
    assert [stated for stated, *_ in told.reliability] == sorted(stated for stated, *_ in told.reliability)
