"""Figures of a detector from scores of pictures of two classes, with intervals that respect that pictures of one source are alike.

A score is any number that is higher for what looks more generated. Intervals come from drawing whole clusters (a source, or what one source
has of one generator family) with replacement: five hundred pictures of one gallery are not five hundred witnesses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Figure",
    "auc",
    "expected_calibration_error",
    "found_at",
    "interval",
    "matched",
    "photographs_found",
    "queue_area",
    "threshold_at",
    "untied",
]

_DRAWS: Final = 400
_CALIPER: Final = 0.2
"""Most that two matched pictures may differ in a control's score, in standard deviations (the usual caliper for propensity scores: Austin, 2011)."""

Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def auc(scores: Scores, generated: Flags, weights: Scores | None = None) -> float:
    """How often a generated picture scores above one that is not; ties count half. NaN when a class is empty."""
    weight = np.ones(len(scores)) if weights is None else weights
    order = np.argsort(scores, kind="stable")
    ranked, made, weight = scores[order], generated[order], weight[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(ranked) else np.zeros(0, np.int64)
    if not len(starts):
        return float("nan")
    above = np.add.reduceat(np.where(made, weight, 0.0), starts)
    below = np.add.reduceat(np.where(made, 0.0, weight), starts)
    total = float(above.sum() * below.sum())
    return float((above * (np.cumsum(below) - below / 2)).sum() / total) if total else float("nan")


def threshold_at(scores: Scores, generated: Flags, false_alarms: float, weights: Scores | None = None) -> float:
    """The least score above which at most this share of what was not generated lies.

    Args:
        scores: One number for each picture. `generated`: which a generator made; only the others count. `false_alarms`: 0 to 1.
        weights: Of the pictures; all alike when left out.
    """
    negative = scores[~generated]
    weight = np.ones(len(negative)) if weights is None else weights[~generated]
    order = np.argsort(-negative, kind="stable")
    passed = np.cumsum(weight[order])
    allowed = false_alarms * float(weight.sum())
    over = np.flatnonzero(passed > allowed + 1e-9)
    return float(negative[order[over[0]]]) if len(over) else -np.inf


def found_at(scores: Scores, generated: Flags, false_alarms: float, weights: Scores | None = None) -> float:
    """The share of generated pictures above the threshold for that share of false alarms."""
    weight = np.ones(len(scores)) if weights is None else weights
    least = threshold_at(scores, generated, false_alarms, weights)
    total = float(weight[generated].sum())
    return float(weight[generated & (scores > least)].sum() / total) if total else float("nan")


def photographs_found(
    scores: Scores, generated: Flags, looked_at: float, photographs: float = 0.5, weights: Scores | None = None
) -> float:
    """The share of the photographs that is found once so much of a queue was looked at, least score first.

    Args:
        scores: One number for each picture; those of the same score are looked at in random order. `generated`: the classes.
        looked_at: Share of all items, 0 to 1. `photographs`: share of photographs in the queue, more than 0 and at most 1, whatever it is here.
        weights: Of the pictures within their class; all alike when left out.
    """
    weight = np.ones(len(scores)) if weights is None else weights
    sums = float(weight[~generated].sum()), float(weight[generated].sum())
    if not all(sums):
        return float("nan")
    values, place = np.unique(scores, return_inverse=True)
    found = np.bincount(place, np.where(generated, 0.0, weight), len(values)) / sums[0]
    others = np.bincount(place, np.where(generated, weight, 0.0), len(values)) / sums[1]
    looked = np.cumsum(photographs * found + (1 - photographs) * others)
    return float(np.interp(looked_at, np.r_[0.0, looked], np.r_[0.0, np.cumsum(found)]))


def queue_area(scores: Scores, generated: Flags, photographs: float = 0.5, weights: Scores | None = None) -> float:
    """The area under "photographs found against items looked at", least score first: 0.5 for a random order, 1 less half of `photographs` at best.

    Args:
        scores: One number for each picture. `generated`: the classes. `photographs`: share in the queue. `weights`: within the classes.
    """
    return photographs / 2 + (1 - photographs) * auc(scores, generated, weights)


def interval(
    measure: Callable[[Scores], float], clusters: Sequence[str], generated: Flags, *, draws: int = _DRAWS, seed: int = 0
) -> Figure:
    """A figure and its 95 % interval over clusters.

    Args:
        measure: The figure, from a weight for each picture. `clusters`: of each picture. `generated`: the classes, drawn from separately.
        draws: How often whole clusters are drawn.
    """
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    sides = [np.unique(cluster[generated]), np.unique(cluster[~generated])]
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        weights = np.zeros(len(cluster))
        for side, members in zip(sides, (generated, ~generated), strict=True):
            if not len(side):
                continue
            times = np.bincount(random.integers(len(side), size=len(side)), minlength=len(side))
            spread = np.zeros(int(cluster.max()) + 1)
            spread[side] = times
            weights[members] = spread[cluster[members]]
        values.append(measure(weights))
    drawn = np.asarray(values)
    drawn = drawn[~np.isnan(drawn)]
    value = measure(np.ones(len(cluster)))
    if not len(drawn):
        return Figure(value, float("nan"), float("nan"))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(value, float(low), float(high))


def matched(controls: Sequence[Scores], generated: Flags, within: Sequence[int]) -> NDArray[np.int64]:
    """Pairs of a generated picture and one that is not, alike in the scores of every control.

    Args:
        controls: Scores of each control. `generated`: the classes. `within`: a number for each picture; a pair has the same one (its fold).

    Returns:
        Positions, shape (pairs, 2), the generated one first. Nearest pairs first, each picture at most once, none farther than the caliper.
    """
    fold = np.asarray(within)
    places = np.stack([_normal_scores(control, fold) for control in controls], axis=1)
    pairs: list[tuple[int, int]] = []
    for one in np.unique(fold):
        left, right = np.flatnonzero(generated & (fold == one)), np.flatnonzero(~generated & (fold == one))
        if not len(left) or not len(right):
            continue
        apart = np.abs(places[left][:, None, :] - places[right][None, :, :]).max(axis=2)
        rows, columns = np.nonzero(apart <= _CALIPER)
        order = np.argsort(apart[rows, columns], kind="stable")
        used_left, used_right = np.zeros(len(left), np.bool_), np.zeros(len(right), np.bool_)
        for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
            if not used_left[row] and not used_right[column]:
                used_left[row] = used_right[column] = True
                pairs.append((int(left[row]), int(right[column])))
    return np.asarray(sorted(pairs), np.int64).reshape(-1, 2)


def _normal_scores(control: Scores, fold: NDArray[np.int64]) -> Scores:
    """Scores of one control, in standard deviations within each fold."""
    out = np.zeros(len(control))
    for one in np.unique(fold):
        here = fold == one
        out[here] = (control[here] - control[here].mean()) / (control[here].std() + 1e-12)
    return out


def expected_calibration_error(probability: Scores, generated: Flags, bins: int = 10) -> float:
    """Mean distance between stated and observed share of generated ones, over bins of equal count."""
    outcome = untied(probability, generated.astype(np.float64))
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(p) * abs(float(probability[p].mean()) - float(outcome[p].mean())) for p in parts]
    return float(sum(gaps) / max(1, len(order)))


def untied(probability: Scores, outcome: Scores) -> Scores:
    """Outcomes, those of the same probability each replaced by their mean: a bin that ends among them has no right to choose."""
    _, place, counts = np.unique(probability, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(place, outcome) / counts)[place] if len(outcome) else outcome, np.float64)
