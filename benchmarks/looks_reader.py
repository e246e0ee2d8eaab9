"""A reader of the previews that the workbench hands out at each step below the full one, taught on drawings that are of no seizure.

No person: it goes from step to step, and says what it sees only where it was wrong in at most `WRONG` of such answers on yet other drawings.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.case.reviewing import RevealStep
from safelight.decode.preview_service import shielded
from safelight.demo import pictures
from safelight.demo.prompts import draw_recipe
from safelight.demo.scenes import SUBJECTS, add_grain, draw_scene
from safelight.review.wellness import StepForm

__all__ = ["SIDE", "STEPS", "Floats", "Reader", "region_of", "taught"]

STEPS: Final = (RevealStep.SHIELDED, RevealStep.SHARPER, RevealStep.LARGER, RevealStep.REGION, RevealStep.COLOUR)
SIDE: Final = 64
PATCH: Final = 7
WORDS: Final = 160
WRONG: Final = 1 / 200
SIZES: Final = ((512, 512), (512, 768), (768, 512), (640, 480), (800, 600))
ALTERED: Final = 0.2
"""Share of the drawings taught on that are copied as a seizure's near-duplicates are: resized, captioned, brightened, edited by a generator."""

TURNED: Final = 0.25
"""Share that is turned by a quarter or a half: a camera held upright says so in its EXIF, and the preview follows it."""

TAUGHT_SEED: Final = 4711

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Words:
    """Small patches that drawings are made of, learnt without being told any subject (Coates, Lee and Ng, 2011)."""

    mean: Floats
    patches: Floats

    def features(self, picture: Image.Image) -> Floats:
        """How much of each patch lies in each ninth of the picture; in colour also its mean by cell."""
        grey = np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
        like = (_windows(grey) - self.mean) @ self.patches
        like = np.concatenate([np.maximum(like - 0.5, 0), np.maximum(-like - 0.5, 0)], 1)
        side = SIDE - PATCH + 1
        edges = [number * side // 3 for number in range(4)]
        square = like.reshape(side, side, -1)
        ninths = [
            square[edges[row] : edges[row + 1], edges[column] : edges[column + 1]].mean((0, 1))
            for row in range(3)
            for column in range(3)
        ]
        if picture.mode == "RGB":
            ninths.append(np.asarray(picture.resize((8, 8), Image.Resampling.BOX), np.float32).ravel() / 255)
        return np.concatenate(ninths).astype(np.float32)


def _windows(grey: Floats) -> Floats:
    """Each patch of a picture, free of its own light and contrast."""
    found = np.lib.stride_tricks.sliding_window_view(grey, (PATCH, PATCH)).reshape(-1, PATCH * PATCH)
    even = found - found.mean(1, keepdims=True)
    return even / np.sqrt(found.var(1, keepdims=True) + 10)  # type: ignore[no-any-return]


def words(shown: Sequence[Image.Image], rng: np.random.Generator) -> Words:
    """K-means on whitened patches."""
    greys = [np.asarray(one.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), np.float32) for one in shown]
    seen = np.concatenate([_windows(one)[rng.choice((SIDE - PATCH + 1) ** 2, 8, replace=False)] for one in greys])
    mean = seen.mean(0)
    values, vectors = np.linalg.eigh(np.cov((seen - mean).T))
    white = (vectors / np.sqrt(values + 0.1)) @ vectors.T
    points = (seen - mean) @ white
    centres = _one_long(points[rng.choice(len(points), WORDS, replace=False)])
    for _ in range(10):
        likeness = points @ centres.T
        nearest = likeness.argmax(1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, points * likeness[np.arange(len(points)), nearest][:, None])
        centres = _one_long(sums)
    return Words(mean.astype(np.float32), (white @ centres.T).astype(np.float32))


def _one_long(rows: Floats) -> Floats:
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was learnt of one step: its patches, and the weights of the drawings that it was taught on."""

    words: Words
    mean: Floats
    spread: Floats
    taught: Floats
    weights: Floats

    def scores(self, given: Floats) -> Floats:
        """One row of scores, one for each subject, for each row of features."""
        return _alike(self._even(given), self.taught) @ self.weights

    def _even(self, given: Floats) -> Floats:
        return np.clip((given - self.mean) / self.spread, -4, 4)  # type: ignore[no-any-return]

    @classmethod
    def learnt(cls, found: Words, given: Floats, truth: NDArray[np.int64]) -> Reading:
        """Ridge regression on how alike two drawings are."""
        mean, spread = given.mean(0), given.std(0) + 1e-3
        even = np.clip((given - mean) / spread, -4, 4)
        target = np.eye(len(SUBJECTS), dtype=np.float32)[truth] * 2 - 1
        weights = np.linalg.solve(_alike(even, even) + 0.05 * np.eye(len(even), dtype=np.float32), target)
        return cls(found, mean, spread, even, weights)


def _alike(one: Floats, other: Floats) -> Floats:
    """A Gaussian of the distance, whose width is the root of the number of features."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.exp(-0.5 * squares / one.shape[1])  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Reader:
    """Goes from step to step and keeps in mind what it saw; `enough`: how sure it must be of each subject, to say no and to say yes."""

    readings: dict[RevealStep, Reading]
    enough: dict[tuple[RevealStep, str], tuple[float, float]]

    def told(self, scores: Sequence[Floats], subject: str) -> tuple[RevealStep | None, bool]:
        """The first step at which it is sure, and what it says; None when it asks for the full view.

        Args:
            scores: Of each step, in order; none when there was nothing to see. `subject`: which is pursued.
        """
        for place, step in enumerate(STEPS[: len(scores)]):
            (surplus,) = _surplus(np.stack(scores[: place + 1]).mean(0, keepdims=True), subject)
            no, yes = self.enough[step, subject]
            if surplus >= yes or surplus <= no:
                return step, bool(surplus >= yes)
        return None, False


def _surplus(scores: Floats, subject: str) -> Floats:
    place = SUBJECTS.index(subject)
    return scores[:, place] - np.delete(scores, place, 1).max(1)  # type: ignore[no-any-return]


def _least(sure: Floats, right: NDArray[np.bool_]) -> float:
    """The least sureness from which on at most `WRONG` of the answers were wrong; infinite when there is none."""
    order = np.argsort(-sure)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(wrong <= WRONG)
    return float(sure[order][good[-1]]) if len(good) else float("inf")


def _drawn(rng: np.random.Generator, number: int) -> Image.Image:
    """One drawing as a seizure holds them: some with the grain of a camera, some turned, some copied, captioned or edited."""
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    picture = draw_scene(rng, width, height, SUBJECTS[number % len(SUBJECTS)])
    if rng.random() < 0.5:
        picture = add_grain(picture, rng, float(rng.uniform(0.04, 0.11)))
    if rng.random() < ALTERED:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=88)
        how = sorted(pictures.COPIES)[int(rng.integers(len(pictures.COPIES)))]
        made = pictures.draw_copy(how, pictures.Brush(rng, draw_recipe(TAUGHT_SEED, number, 0)), stream.getvalue())
        with Image.open(io.BytesIO(made.data)) as opened:
            picture = opened.convert("RGB")
    if rng.random() < TURNED:
        picture = picture.rotate(int(rng.choice([90, 180, 270])), expand=True)
    return picture


def taught(forms: dict[RevealStep, StepForm], count: int, seed: int) -> Reader:
    """Learns each step on `count` drawings and sets the bounds on half as many others; none is of the seizure."""
    rng = np.random.default_rng([seed, 4711])
    shown: dict[RevealStep, list[Image.Image]] = {step: [] for step in STEPS}
    for number in range(count + count // 2):
        whole = np.asarray(_drawn(rng, number))
        for step in STEPS:
            form = forms[step]
            small = shielded(
                whole, longest_px=form.longest_px, blur_px=form.blur_px, colour=form.colour, region=region_of(step)
            )
            # What reaches the browser is a JPEG.
            stream = io.BytesIO()
            Image.fromarray(small).save(stream, "JPEG", quality=85)
            with Image.open(stream) as opened:
                shown[step].append(opened.resize((SIDE, SIDE), Image.Resampling.BOX))
    truth = np.arange(count + count // 2) % len(SUBJECTS)
    readings, enough = {}, {}
    so_far: Floats = np.zeros((count // 2, len(SUBJECTS)), np.float32)
    open_still = {name: np.ones(count // 2, bool) for name in SUBJECTS}
    for place, step in enumerate(STEPS):
        found = words(shown[step][:count], rng)
        given = np.stack([found.features(one) for one in shown[step]])
        readings[step] = Reading.learnt(found, given[:count], truth[:count])
        so_far = so_far + readings[step].scores(given[count:])
        for number, name in enumerate(SUBJECTS):
            # Each bound is set on what the steps before left open, so that their errors do not add up.
            surplus, is_it, left = (
                _surplus(so_far / np.float32(place + 1), name),
                truth[count:] == number,
                open_still[name],
            )
            no, yes = -_least(-surplus[left], ~is_it[left]), _least(surplus[left], is_it[left])
            enough[step, name] = no, yes
            open_still[name] = left & (surplus > no) & (surplus < yes)
    return Reader(readings, enough)


def region_of(step: RevealStep) -> tuple[float, float, float, float] | None:
    """The middle, where a region begins before the pointer was moved."""
    return (0.375, 0.375, 0.625, 0.625) if step is RevealStep.REGION else None
