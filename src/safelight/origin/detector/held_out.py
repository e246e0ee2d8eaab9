"""What thresholds, a calibration and bounds are worth on sources and families that they were not made from: each fold judged by the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safelight.origin.detector.calibration import at_most, fit
from safelight.origin.detector.figures import expected_calibration_error, threshold_at, untied

__all__ = ["HeldOut", "Share", "held_out"]

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of some pictures lie above a threshold that was fixed elsewhere."""

    of: str
    condition: str
    level: float
    above: int
    total: int

    @property
    def share(self) -> float:
        """0 to 1; NaN of nothing."""
        return self.above / self.total if self.total else float("nan")

    @property
    def at_most(self) -> float:
        """Upper 95 % limit of the share, pictures taken as independent."""
        return at_most(self.above, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What came of it.

    Attributes:
        carried: Realised false alarms on each fold's photographs at a threshold fixed on the other folds'.
        error: Expected calibration error, each fold by a calibration fit on the others, classes taken as equally many; before the bounds, which
            only ever say less. Mean over folds, so that the errors of two folds cannot make up for one another.
        floor: The same of statements without any fault on as many pictures: what chance alone makes of it.
        pooled_error: Expected calibration error of all folds taken together, of the same statements.
        reliability: (stated chance of "generated", share that was, pictures), by tenths in the order of what was stated; from the same.
        bounds_hold: How many of the stated limits of false alarms the fold's photographs kept, and how many were stated.
    """

    carried: tuple[Share, ...]
    error: float
    floor: float
    pooled_error: float
    reliability: tuple[tuple[float, float, int], ...]
    bounds_hold: tuple[int, int]


def held_out(
    scores: Scores,
    generated: NDArray[np.bool_],
    photograph: NDArray[np.bool_],
    fold: NDArray[np.int64],
    plain: NDArray[np.int64],
    clusters: NDArray[np.str_],
    levels: Sequence[float],
    condition: str,
) -> HeldOut:
    """Each fold judged by thresholds, a calibration and bounds that come from the other folds.

    Args:
        scores: Of all pictures in one condition. `generated`, `photograph`, `fold`, `clusters`: of all pictures. `plain`: positions of those judged.
        levels: Shares of false alarms. `condition`: its name.
    """
    carried: list[Share] = []
    errors, floors, weights, kept, stated = [], [], [], 0, 0
    chances, outcomes = [], []
    for one in np.unique(fold[plain]):
        inside, outside = plain[fold[plain] == one], plain[fold[plain] != one]
        photographs = inside[photograph[inside]]
        if not len(outside) or generated[outside].all() or not generated[outside].any() or not len(photographs):
            continue
        for level in levels:
            least = threshold_at(scores[outside], generated[outside], level)
            hits = int((scores[photographs] > least).sum())
            carried.append(
                Share(of=f"fold {one}", condition=condition, level=level, above=hits, total=len(photographs))
            )
        calibration = fit(scores[outside], generated[outside], clusters[outside].tolist())
        chance = 1 / (1 + 10.0 ** -(calibration.slope * scores[inside] + calibration.intercept))
        both = _as_many(generated[inside])
        chances.append(chance[both])
        outcomes.append(generated[inside][both])
        errors.append(expected_calibration_error(chance[both], generated[inside][both]))
        floors.append(_floor(chance, both))
        weights.append(len(inside))
        for least, _, most in calibration.steps:
            stated += 1
            kept += bool((scores[photographs] >= least).mean() <= most)
    told = bool(errors)
    return HeldOut(
        carried=tuple(carried),
        error=float(np.average(errors, weights=weights)) if told else float("nan"),
        floor=float(np.average(floors, weights=weights)) if told else float("nan"),
        pooled_error=expected_calibration_error(np.concatenate(chances), np.concatenate(outcomes))
        if told
        else float("nan"),
        reliability=_reliability(chances, outcomes) if told else (),
        bounds_hold=(kept, stated),
    )


def _floor(chance: Scores, both: NDArray[np.int64], draws: int = 50) -> float:
    """The error that statements without fault would show: outcomes drawn as stated, a picture that is counted twice drawn once."""
    random = np.random.default_rng(0)
    made = (random.random((draws, len(chance))) < chance)[:, both]
    return float(np.mean([expected_calibration_error(chance[both], one) for one in made]))


def _as_many(generated: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Positions with as many pictures of the one class as of the other, the smaller repeated."""
    sides = [np.flatnonzero(side) for side in (generated, ~generated)]
    most = max(len(side) for side in sides)
    return np.concatenate([np.resize(side, most) for side in sides if len(side)]).astype(np.int64)


def _reliability(
    chances: Sequence[Scores], outcomes: Sequence[NDArray[np.bool_]]
) -> tuple[tuple[float, float, int], ...]:
    chance = np.concatenate(chances)
    outcome = untied(chance, np.concatenate(outcomes).astype(np.float64))
    parts = np.array_split(np.argsort(chance, kind="stable"), 10)
    return tuple((float(chance[part].mean()), float(outcome[part].mean()), len(part)) for part in parts if len(part))
