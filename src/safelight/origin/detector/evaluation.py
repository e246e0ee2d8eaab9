"""The protocol: what a scorer is worth beside two controls that know nothing of how a picture was made.

In: pictures with their facts, thumbnails and scores in each condition. Out: every figure of a model card. The controls are learned on exactly what a
model of the fold may learn from (no source and no family of what the fold tests) and are shown beside the scorer. Content-matched means that each
generated picture is compared with a photograph to which the thumbnail control gave the same score; size-matched likewise. A scorer that only knows
sizes looks good raw, and is exposed there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.origin.detector.calibration import Calibration, fit
from safelight.origin.detector.controls import KernelRidge, size_features, thumbnail_features
from safelight.origin.detector.figures import (
    Figure,
    auc,
    found_at,
    interval,
    matched,
    queue_area,
    threshold_at,
)
from safelight.origin.detector.held_out import HeldOut, Share, held_out

__all__ = [
    "FIXED_IN",
    "MATCHINGS",
    "Evaluation",
    "Picture",
    "Row",
    "Share",
    "control_scores",
    "evaluate",
    "matched_sets",
]

FIXED_IN: Final = "B"
"""The condition whose thresholds hold for all others."""

MATCHINGS: Final = ("raw", "content-matched", "content-and-size-matched")
_LEVELS: Final = (0.05, 0.01)
_LEAST_PICTURES: Final = 5
_SIDES_PX: Final = ((0, 320), (320, 640), (640, 1024), (1024, 1 << 30))

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Facts on one picture of an evaluation.

    Attributes:
        label: "generated", "photo", or the kind of a hard negative. `family`: of the generator; the label for the rest.
        fold: In which it is tested; None when it is only there for the controls to learn from.
        width_px: Of the file as decoded, before any condition; likewise `height_px`.
    """

    sha256: str
    label: str
    family: str
    source: str
    fold: int | None
    width_px: int
    height_px: int

    @property
    def generated(self) -> bool:
        """Whether a generator made it."""
        return self.label == "generated"

    @property
    def cluster(self) -> str:
        """What it shares with pictures that are like it."""
        return f"{self.source}|{self.family}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Figures of one scorer on one set of pictures in one condition."""

    scorer: str
    condition: str
    matching: str
    generated: int
    photographs: int
    auc: Figure
    found: Mapping[float, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Every figure on one scorer.

    Attributes:
        rows: The scorer and both controls, each condition, raw and matched.
        fixed: Shares above the thresholds of condition B, of generated pictures and photographs, in each condition.
        hard: False alarms on each kind of hard negative, condition B. `families`, `sources`, `resolutions`: shares above, condition B.
        held_out: What came of thresholds, a calibration and bounds on folds that they were not made from, condition B.
        calibration: Fit on all tested pictures, condition B.
        queue: Area under "photographs found against items looked at" for an equal mixture, least score first, in condition B; 0.5 is
            random order.
    """

    rows: tuple[Row, ...]
    fixed: tuple[Share, ...]
    hard: tuple[Share, ...]
    families: tuple[Share, ...]
    sources: tuple[Share, ...]
    resolutions: tuple[Share, ...]
    held_out: HeldOut
    calibration: Calibration
    queue: Figure

    def row(self, scorer: str, condition: str, matching: str) -> Row:
        """The row so named.

        Raises:
            KeyError: There is none.
        """
        for row in self.rows:
            if (row.scorer, row.condition, row.matching) == (scorer, condition, matching):
                return row
        raise KeyError(f"{scorer}, {condition}, {matching}")

    @property
    def beats_the_thumbnail(self) -> bool:
        """The rule for shipping as evidence: content-matched in condition B, the whole interval lies above the thumbnail control's value."""
        own = self.row("scorer", FIXED_IN, "content-matched").auc
        control = self.row("thumbnail", FIXED_IN, "content-matched").auc
        return own.low > max(control.value, 0.5)


def control_scores(pictures: Sequence[Picture], thumbnails: NDArray[np.uint8]) -> dict[str, Scores]:
    """Scores of both controls for every tested picture; NaN for the others.

    Args:
        pictures: All. `thumbnails`: of each, shape (count, 48, 48, 3).
    """
    generated = np.array([picture.generated for picture in pictures])
    features = {
        "size": size_features([(picture.width_px, picture.height_px) for picture in pictures]),
        "thumbnail": thumbnail_features(thumbnails),
    }
    scores = {name: np.full(len(pictures), np.nan) for name in features}
    for fold in sorted({picture.fold for picture in pictures if picture.fold is not None}):
        tested = np.array([picture.fold == fold for picture in pictures])
        learn = np.flatnonzero(_may_learn(pictures, tested))
        if not generated[learn].any() or generated[learn].all():
            raise ValueError(f"nothing of both classes is left to learn a control from for fold {fold}")
        for name, rows in features.items():
            scores[name][tested] = KernelRidge(rows[learn], generated[learn]).score(rows[tested])
    return scores


def evaluate(
    pictures: Sequence[Picture],
    scores: Mapping[str, Scores],
    thumbnails: NDArray[np.uint8],
    *,
    controls: Mapping[str, Scores] | None = None,
    levels: Sequence[float] = _LEVELS,
    draws: int = 400,
) -> Evaluation:
    """Measures one scorer.

    Args:
        pictures: All. `scores`: for each condition one number for each picture, NaN where there is none; condition B must be there.
        thumbnails: Of each picture. `controls`: their scores, where `control_scores` has made them already.
        levels: Shares of false alarms at which the found share is told. `draws`: for the intervals.

    Raises:
        ValueError: A fold has nothing to compare.
    """
    generated = np.array([picture.generated for picture in pictures])
    photograph = np.array([picture.label == "photo" for picture in pictures])
    tested = np.array([picture.fold is not None for picture in pictures])
    fold = np.array([-1 if picture.fold is None else picture.fold for picture in pictures])
    clusters = np.array([picture.cluster for picture in pictures])
    everywhere = np.isfinite(np.stack(list(scores.values()))).all(axis=0)
    plain = np.flatnonzero(tested & everywhere & (generated | photograph))
    controls = control_scores(pictures, thumbnails) if controls is None else controls
    sets = matched_sets(controls, generated, fold, plain)
    rows = []
    for matching, at in sets.items():
        named = [("scorer", name, values) for name, values in scores.items()]
        named += [(name, FIXED_IN, values) for name, values in controls.items()]
        rows += [
            _row(name, condition, matching, values[at], generated[at], clusters[at], levels, draws)
            for name, condition, values in named
        ]
    fixed_in = scores[FIXED_IN]
    least = {level: threshold_at(fixed_in[plain], generated[plain], level) for level in levels}

    def above(of: str, condition: str, level: float, members: NDArray[np.bool_]) -> Share:
        here = members & tested & np.isfinite(scores[condition])
        return Share(
            of=of,
            condition=condition,
            level=level,
            above=int((scores[condition][here] > least[level]).sum()),
            total=int(here.sum()),
        )

    fixed = [
        above(of, condition, level, members)
        for level in levels
        for condition in scores
        for of, members in (("generated", generated), ("photo", photograph))
    ]
    kinds = sorted({picture.label for picture in pictures} - {"generated", "photo"})
    labels = np.array([picture.label for picture in pictures])
    hard = [above("all hard negatives", FIXED_IN, level, ~generated & ~photograph) for level in levels]
    hard += [above(kind, FIXED_IN, level, labels == kind) for level in levels for kind in kinds]
    queue = interval(
        lambda weights: queue_area(fixed_in[plain], generated[plain], weights=weights), clusters[plain].tolist(), generated[plain],
        draws=draws,
    )  # fmt: skip
    told = held_out(fixed_in, generated, photograph, fold, plain, clusters, levels, FIXED_IN)
    return Evaluation(
        rows=tuple(rows),
        fixed=tuple(fixed),
        hard=tuple(hard),
        families=_groups(pictures, lambda one: one.family if one.generated else "", above, levels[0]),
        sources=_groups(pictures, lambda one: f"{one.source} ({one.label})", above, levels[0]),
        resolutions=_groups(pictures, _resolution, above, levels[0]),
        held_out=told,
        calibration=fit(fixed_in[plain], generated[plain], clusters[plain].tolist()),
        queue=queue,
    )


def matched_sets(
    controls: Mapping[str, Scores], generated: NDArray[np.bool_], fold: NDArray[np.int64], plain: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    """For each of `MATCHINGS` the positions of the pictures that are compared.

    Args:
        controls: Scores of both, as `control_scores` makes them. `generated`, `fold`: of all pictures. `plain`: positions to choose from.
    """
    sets = {"raw": plain}
    for matching, names in (("content-matched", ["thumbnail"]), ("content-and-size-matched", ["thumbnail", "size"])):
        pairs = matched([controls[name][plain] for name in names], generated[plain], fold[plain].tolist())
        sets[matching] = plain[np.sort(pairs.reshape(-1))]
    return sets


def _may_learn(pictures: Sequence[Picture], tested: NDArray[np.bool_]) -> NDArray[np.bool_]:
    these = [picture for picture, here in zip(pictures, tested, strict=True) if here]
    sources, families = {one.source for one in these}, {one.family for one in these if one.generated}
    return np.array([one.source not in sources and not (one.generated and one.family in families) for one in pictures])


def _row(
    scorer: str,
    condition: str,
    matching: str,
    scores: Scores,
    generated: NDArray[np.bool_],
    clusters: NDArray[np.str_],
    levels: Sequence[float],
    draws: int,
) -> Row:
    named = clusters.tolist()
    return Row(
        scorer=scorer,
        condition=condition,
        matching=matching,
        generated=int(generated.sum()),
        photographs=int((~generated).sum()),
        auc=interval(lambda weights: auc(scores, generated, weights), named, generated, draws=draws),
        found={level: interval(_found(scores, generated, level), named, generated, draws=draws) for level in levels},
    )


def _found(scores: Scores, generated: NDArray[np.bool_], level: float) -> Callable[[Scores], float]:
    return lambda weights: found_at(scores, generated, level, weights)


def _groups(
    pictures: Sequence[Picture],
    name: Callable[[Picture], str],
    above: Callable[[str, str, float, NDArray[np.bool_]], Share],
    level: float,
) -> tuple[Share, ...]:
    names = np.array([name(picture) for picture in pictures])
    shares = [above(str(one), FIXED_IN, level, names == one) for one in sorted(set(names.tolist()) - {""})]
    return tuple(share for share in shares if share.total >= _LEAST_PICTURES)


def _resolution(picture: Picture) -> str:
    side = min(picture.width_px, picture.height_px)
    low, high = next((low, high) for low, high in _SIDES_PX if low <= side < high)
    kind = picture.label if picture.label in {"generated", "photo"} else "hard negatives"
    return f"shorter side {low} to {high - 1} px, {kind}" if high < 1 << 30 else f"shorter side from {low} px, {kind}"
