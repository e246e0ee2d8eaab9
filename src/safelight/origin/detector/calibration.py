"""From a score to a likelihood ratio that is no larger than its validation set can support.

The fit is logistic, on pictures the model did not learn from, the classes taken as equally many: then its log-odds are a log likelihood ratio
(Morrison, 2013). A slope that held on some sources is too steep for the next: it is lowered to what fitted best on sources left out, and never
raised. The bound: above a score lie at least so many of the generated pictures and at most so many of the photographs, both with 95 %
confidence, and the ratio of the two shares is the most that can be said of a picture above it, however high its score. Pictures of one source
are alike; the shares are therefore counted in clusters as well, and the wider interval holds. Nor are false alarms of a new source promised to be
fewer than those of the worst source that was seen: of so many sources, a new one is worse than all with a chance of one in one more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "Evidence", "at_least", "at_most", "fit"]

CONFIDENCE: Final = 0.95
_LEVELS: Final = (0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0)
_STEPS: Final = 100
_HALVINGS: Final = 40
_CLUSTER_LEAST: Final = 20
_PARTS: Final = 5
"""Into how many parts the sources are dealt to see what a slope is worth on others (at most)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a score is worth.

    Attributes:
        log10_lr: log10 of the likelihood ratio of "generated" against "not", within the bound.
        bound: The most that the validation set supports at this score.
        false_alarms_at_most: Upper 95 % limit of the share of photographs with this score or a higher one; 1.0 where none was measured.
    """

    log10_lr: float
    bound: float
    false_alarms_at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted calibration.

    Attributes:
        slope: Not negative. `intercept`: log10 likelihood ratio = slope * score + intercept, before the bounds.
        steps: (least score, bound on log10 likelihood ratio, most false alarms), scores rising, bounds never falling; above the last least
            score its bound holds.
        low: Least log10 likelihood ratio, not above 0: what the absence of what the model looks for can support.
        generated: Number of generated pictures it was fit on. `photographs`: number of the others.
    """

    slope: float
    intercept: float
    steps: tuple[tuple[float, float, float], ...]
    low: float
    generated: int
    photographs: int

    def evidence(self, score: float) -> Evidence:
        """What this score is worth. Never falls as the score rises."""
        reached = [(bound, most) for least, bound, most in self.steps if score >= least]
        bound, most = reached[-1] if reached else (0.0, 1.0)
        raw = self.slope * score + self.intercept
        return Evidence(log10_lr=min(max(raw, self.low), bound), bound=bound, false_alarms_at_most=most)


def fit(scores: NDArray[np.float64], generated: NDArray[np.bool_], clusters: Sequence[str]) -> Calibration:
    """Fits on held-out pictures.

    Args:
        scores: Finite. `generated`: the classes; both must be there. `clusters`: what each picture shares with those that are like it.

    Raises:
        ValueError: One class is missing.
    """
    if generated.all() or not generated.any():
        raise ValueError("a calibration needs pictures of both classes")
    names = np.asarray(clusters)
    share = _carries(scores, generated, names)
    slope, intercept = (share * one for one in _logistic(scores, generated))
    negative = np.sort(scores[~generated])
    steps: list[tuple[float, float, float]] = []
    bound_so_far, most_so_far = 0.0, 1.0
    for level in _LEVELS:
        least = float(np.nextafter(negative[-1 - int(level * len(negative))], np.inf))
        above = scores >= least
        most = _most(above[~generated], names[~generated])
        found = _least(above[generated], names[generated])
        bound = math.log10(found / most) if found > 0 else 0.0
        bound_so_far, most_so_far = max(bound_so_far, bound), min(most_so_far, most)
        if not steps or least > steps[-1][0]:
            steps.append((least, round(bound_so_far, 4), round(most_so_far, 6)))
    low_at = float(np.quantile(scores[generated], 0.05))
    missed = at_most(int((scores[generated] <= low_at).sum()), int(generated.sum()))
    passed = at_least(int((scores[~generated] <= low_at).sum()), int((~generated).sum()))
    low = math.log10(missed / passed) if passed > missed else 0.0
    return Calibration(
        slope=slope,
        intercept=intercept,
        steps=tuple(steps),
        low=min(0.0, round(low, 4)),
        generated=int(generated.sum()),
        photographs=int((~generated).sum()),
    )


def at_most(successes: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The upper limit of a share (one-sided; Clopper and Pearson, 1934): 1.0 for no trials."""
    if successes >= trials:
        return 1.0
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, trials + 1)))])
    some = np.arange(successes + 1)
    ways = factorials[trials] - factorials[some] - factorials[trials - some]
    low, high = successes / trials, 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        logs = ways + some * math.log(share) + (trials - some) * math.log1p(-share)
        top = float(logs.max())
        chance = math.exp(top) * float(np.exp(logs - top).sum())
        low, high = (share, high) if chance > 1 - confidence else (low, share)
    return high


def at_least(successes: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The lower limit of a share (one-sided; Clopper and Pearson, 1934): 0.0 for no trials."""
    return 1.0 - at_most(trials - successes, trials, confidence) if successes else 0.0


def _most(above: NDArray[np.bool_], clusters: NDArray[np.str_]) -> float:
    plain = at_most(int(above.sum()), len(above))
    share, effective = _effective(above, clusters)
    return max(plain, at_most(math.ceil(share * effective), effective), _worst(above, clusters))


def _least(above: NDArray[np.bool_], clusters: NDArray[np.str_]) -> float:
    plain = at_least(int(above.sum()), len(above))
    share, effective = _effective(above, clusters)
    return min(plain, at_least(math.floor(share * effective), effective))


def _worst(above: NDArray[np.bool_], clusters: NDArray[np.str_]) -> float:
    """The largest share of any cluster that is large enough to have one."""
    _, number = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(number)
    shares = np.bincount(number, weights=above.astype(np.float64)) / np.maximum(sizes, 1)
    return float(shares[sizes >= _CLUSTER_LEAST].max(initial=0.0))


def _effective(above: NDArray[np.bool_], clusters: NDArray[np.str_]) -> tuple[float, int]:
    """The share, and as how many independent pictures these count: by the design effect of their clusters (Kish, 1965)."""
    share = float(above.mean())
    _, number = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(number).astype(np.float64)
    if share in {0.0, 1.0} or len(sizes) < 2:
        return share, len(above) if len(sizes) >= 2 else 1
    hits = np.bincount(number, weights=above.astype(np.float64))
    between = float((((hits - share * sizes) ** 2).sum()) * len(sizes) / (len(sizes) - 1)) / len(above) ** 2
    independent = share * (1 - share) / len(above)
    return share, max(1, min(len(above), int(len(above) * independent / max(between, 1e-12))))


def _carries(scores: NDArray[np.float64], generated: NDArray[np.bool_], clusters: NDArray[np.str_]) -> float:
    """The share of its log-odds, 0 to 1, at which a fit does best on sources that it was not made from; 1 where there are too few to tell."""
    part, parts = _dealt(clusters, generated)
    said = np.full(len(scores), np.nan)
    for one in range(parts):
        rest = part != one
        slope, intercept = _logistic(scores[rest], generated[rest])
        said[~rest] = (slope * scores[~rest] + intercept) * math.log(10)
    if not parts:
        return 1.0
    right = np.where(generated, said, -said)
    weight = np.where(generated, 0.5 / generated.mean(), 0.5 / (1 - generated.mean()))
    shares = np.linspace(0.0, 1.0, 101)
    losses = [float(np.average(np.logaddexp(0, -share * right), weights=weight)) for share in shares]
    return float(shares[int(np.argmin(losses))])


def _dealt(clusters: NDArray[np.str_], generated: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """The part of each picture, clusters of each class dealt out largest first, and how many parts; none where a class has one cluster."""
    sides = (generated, ~generated)
    parts = min(_PARTS, *(len(np.unique(clusters[side])) for side in sides))
    part = np.zeros(len(clusters), np.int64)
    for side in sides:
        _, number, counts = np.unique(clusters[side], return_inverse=True, return_counts=True)
        place = np.empty(len(counts), np.int64)
        place[np.argsort(-counts, kind="stable")] = np.arange(len(counts)) % max(1, parts)
        part[side] = place[number]
    return part, parts if parts > 1 else 0


def _logistic(scores: NDArray[np.float64], generated: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept in log10 units, by Newton's method, lightly held towards 0; a falling slope becomes 0."""
    mean, spread = float(scores.mean()), float(scores.std()) or 1.0
    rows = np.column_stack([(scores - mean) / spread, np.ones(len(scores))])
    share = float(generated.mean())
    weight = np.where(generated, 0.5 / share, 0.5 / (1 - share))
    wanted, hold = generated.astype(np.float64), np.array([1e-3, 0.0]) * len(scores)
    solution = np.zeros(2)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ solution, -40, 40)))
        slope = rows.T @ (weight * (chance - wanted)) + hold * solution
        curve = rows.T @ (rows * (weight * chance * (1 - chance))[:, None]) + np.diag(hold + 1e-9)
        step = np.linalg.solve(curve, slope)
        solution = solution - step * min(1.0, 2.0 / (float(np.abs(step).max()) + 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    if solution[0] <= 0:
        return 0.0, 0.0
    ratio = math.log10(math.e)
    return float(solution[0] / spread * ratio), float((solution[1] - solution[0] * mean / spread) * ratio)
