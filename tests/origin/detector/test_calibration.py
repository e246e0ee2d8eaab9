from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.origin.detector.calibration import at_least, at_most, fit


def _fitted(count: int = 400, apart: float = 3.0, seed: int = 0, clusters: int | None = None):
    random = np.random.default_rng(seed)
    made = np.arange(count) % 2 == 0
    scores = random.normal(size=count) + apart * made
    names = [str(number if clusters is None else number // 2 % clusters) for number in range(count)]
    return fit(scores, made, names), scores, made


def test_limits_of_a_share_are_those_of_clopper_and_pearson() -> None:
    assert math.isclose(at_most(0, 100), 1 - 0.05 ** (1 / 100), rel_tol=1e-9)
    assert math.isclose(at_most(5, 100), 0.10225, abs_tol=1e-4)
    assert math.isclose(at_least(95, 100), 1 - 0.10225, abs_tol=1e-4)
    assert at_most(0, 0) == 1.0
    assert at_least(0, 50) == 0.0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 50), st.floats(0, 5), st.lists(st.floats(-20, 20), min_size=2, max_size=20))
def test_evidence_never_falls_as_the_score_rises(seed: int, apart: float, asked: list[float]) -> None:
    calibration, _, _ = _fitted(120, apart, seed)
    worth = [calibration.evidence(score) for score in sorted(asked)]
    for before, after in itertools.pairwise(worth):
        assert before.log10_lr <= after.log10_lr
        assert before.bound <= after.bound
        assert before.false_alarms_at_most >= after.false_alarms_at_most


def test_no_score_is_worth_more_than_so_many_photographs_can_support() -> None:
    for count in (40, 400, 4000):
        calibration, _, _ = _fitted(count, apart=12.0)
        evidence = calibration.evidence(1e6)
        assert evidence.log10_lr <= math.log10(count / 2 / 2.9)
        assert evidence.log10_lr > math.log10(count / 2 / 2.9) - 0.3
        assert calibration.evidence(-1e6).log10_lr >= -math.log10(count / 2)


def test_pictures_of_few_sources_support_less() -> None:
    random = np.random.default_rng(2)
    made = np.arange(600) % 2 == 0
    source = np.arange(600) // 60
    scores = random.normal(size=10)[source] * 2 + 2.0 * made + random.normal(size=600) * 0.3
    alone = fit(scores, made, [str(number) for number in range(600)])
    grouped = fit(scores, made, [str(one) for one in source])
    score = float(np.quantile(scores[~made], 0.95))
    assert grouped.evidence(score).bound < alone.evidence(score).bound


def test_a_new_source_is_not_promised_to_be_better_than_the_worst_that_was_seen() -> None:
    made = np.arange(800) % 2 == 0
    source = np.array([f"{number // 2 % 10}" for number in range(800)])
    scores = np.random.default_rng(3).normal(size=800) + 3.0 * made
    scores[(source == "4") & ~made] += 2.0
    calibration = fit(scores, made, source.tolist())
    for score in (1.0, 2.0, 3.0):
        worst = float((scores[(source == "4") & ~made] >= score).mean())
        assert calibration.evidence(score).false_alarms_at_most >= worst


def test_a_scorer_that_knows_nothing_is_worth_nothing() -> None:
    calibration, scores, _ = _fitted(600, apart=0.0)
    assert max(calibration.evidence(float(score)).log10_lr for score in scores) < 0.3
    upside_down = fit(-scores, np.arange(600) % 2 == 0, ["a"] * 600)
    assert upside_down.slope >= 0


def test_stated_ratios_are_those_of_fresh_pictures() -> None:
    calibration, _, _ = _fitted(2000, apart=2.0, seed=1)
    _, scores, made = _fitted(4000, apart=2.0, seed=9)
    chance = np.array([1 / (1 + 10 ** -calibration.evidence(float(score)).log10_lr) for score in scores])
    for low in (0.1, 0.3, 0.5, 0.7):
        here = (chance >= low) & (chance < low + 0.2)
        assert abs(chance[here].mean() - made[here].mean()) < 0.06


def test_one_class_alone_gives_no_calibration() -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit(np.arange(4.0), np.ones(4, np.bool_), ["a"] * 4)


def test_a_slope_is_lowered_where_sources_differ_and_kept_where_they_are_alike() -> None:
    """Of half the generators nothing is seen: a fit on all promises too much of the next one."""
    random = np.random.default_rng(4)
    made, source = np.arange(4000) % 2 == 0, np.arange(4000) // 2 % 10
    noise = random.normal(size=4000)
    alike = noise + 2.0 * made
    differ = noise + np.where(source < 5, 4.0, 0.0) * made + np.where(source % 5 == 0, 2.0, 0.0) * ~made
    names = [f"{one}" for one in source]
    for scores, least, most in ((alike, 0.9, 1.0), (differ, 0.0, 0.95)):
        alone = fit(scores, made, ["g" if one else "p" for one in made])
        across = fit(scores, made, names)
        share = across.slope / alone.slope
        assert least <= share <= most
        assert np.isclose(across.intercept, share * alone.intercept)


@pytest.mark.parametrize("names", [["a", "a", "b", "b"], ["a", "b", "a", "c"]])
def test_too_few_sources_lower_nothing(names: list[str]) -> None:
    calibration = fit(np.array([2.0, 0.0, 1.0, 0.5]), np.array([True, False, True, False]), names)
    assert math.isfinite(calibration.slope)
    assert calibration.slope >= 0
