from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.origin.detector.figures import (
    auc,
    expected_calibration_error,
    found_at,
    interval,
    matched,
    photographs_found,
    queue_area,
    threshold_at,
)

_SCORED = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=60).filter(
    lambda rows: 0 < sum(made for _, made in rows) < len(rows)
)


def _arrays(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(score) for score, _ in rows]), np.array([made for _, made in rows])


@given(_SCORED)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    scores, made = _arrays(rows)
    pairs = scores[made][:, None] - scores[~made][None, :]
    assert np.isclose(auc(scores, made), (pairs > 0).mean() + (pairs == 0).mean() / 2)


@given(_SCORED, st.floats(0, 1))
def test_no_more_false_alarms_than_allowed_and_none_to_spare(rows: list[tuple[int, bool]], level: float) -> None:
    scores, made = _arrays(rows)
    least = threshold_at(scores, made, level)
    assert (scores[~made] > least).mean() <= level + 1e-9
    if np.isfinite(least):
        assert (scores[~made] >= least).mean() > level
    assert np.isclose(found_at(scores, made, level), (scores[made] > least).mean())


def test_weights_count_as_copies() -> None:
    scores, made = np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, True, False, True])
    times = np.array([1, 2, 3, 1])
    copied = np.repeat(np.arange(4), times)
    assert np.isclose(auc(scores, made, times.astype(float)), auc(scores[copied], made[copied]))
    assert np.isclose(found_at(scores, made, 0.3, times.astype(float)), found_at(scores[copied], made[copied], 0.3))


def test_an_interval_over_clusters_is_wider_than_one_over_pictures() -> None:
    random = np.random.default_rng(0)
    made = np.arange(400) % 2 == 0
    cluster = np.arange(400) // 40
    scores = random.normal(size=10)[cluster] * 2 + made + random.normal(size=400) * 0.2
    wide = interval(lambda w: auc(scores, made, w), [str(one) for one in cluster], made)
    narrow = interval(lambda w: auc(scores, made, w), [str(one) for one in range(400)], made)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert wide.low <= wide.value <= wide.high


def test_pairs_are_alike_in_every_control_and_nobody_is_paired_twice() -> None:
    random = np.random.default_rng(1)
    made = np.arange(300) < 120
    fold = np.arange(300) % 3
    controls = [random.normal(size=300) + made, random.normal(size=300)]
    pairs = matched(controls, made, fold.tolist())
    assert len(pairs) > 30
    assert made[pairs[:, 0]].all()
    assert not made[pairs[:, 1]].any()
    assert len(np.unique(pairs)) == pairs.size
    assert (fold[pairs[:, 0]] == fold[pairs[:, 1]]).all()
    for control in controls:
        assert abs(control[pairs[:, 0]] - control[pairs[:, 1]]).max() < 0.3


@settings(deadline=None, max_examples=30)
@given(_SCORED, st.floats(0.1, 1))
def test_the_area_of_a_queue_is_that_under_its_curve(rows: list[tuple[int, bool]], share: float) -> None:
    scores, made = _arrays(rows)
    looked = np.linspace(0, 1, 401)
    curve = [photographs_found(scores, made, float(one), share) for one in looked]
    assert np.isclose(np.trapezoid(curve, looked), queue_area(scores, made, share), atol=0.01)
    assert curve[0] == 0.0
    assert np.isclose(curve[-1], 1.0)
    assert (np.diff(curve) >= -1e-12).all()


def test_a_queue_in_random_order_finds_as_much_as_it_looks_at_and_the_best_finds_all_at_once() -> None:
    made = np.arange(100) % 2 == 0
    for looked in (0.0, 0.1, 0.5, 1.0):
        assert np.isclose(photographs_found(np.zeros(100), made, looked, 0.05), looked)
    assert np.isclose(queue_area(np.zeros(100), made, 0.05), 0.5)
    assert np.isclose(photographs_found(made.astype(float), made, 0.05, 0.05), 1.0)
    assert np.isclose(queue_area(made.astype(float), made, 0.05), 0.975)


def test_a_bin_of_equal_chances_cannot_choose_among_them() -> None:
    chance, made = np.full(200, 0.5), np.arange(200) < 100
    assert np.isclose(expected_calibration_error(chance, made), 0.0)
    assert np.isclose(expected_calibration_error(np.where(made, 0.9, 0.1), made), 0.1)
