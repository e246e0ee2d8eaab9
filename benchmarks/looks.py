"""What settling a drawn seizure costs in full views, against opening each distinct picture.

Run: `python benchmarks/looks.py SEIZURE --case CASE`, where SEIZURE holds `evidence/` and `truth.json` as `safelight demo` draws them, and CASE is
the case that was made of it.

The truth: the subject of each picture (hills, sea, houses, ...), which the drawing takes from the file's own random numbers and writes nowhere; it
is read by drawing again from the plan, and goes by the SHA-256 of the file. The task: a person pursues one subject, and says of each picture
yes or no; each of the seven subjects is pursued once, so that none is picked.

Who looks: no person, but a reader of the previews that the workbench hands out at each step (the region: the middle). It was taught on other
drawings, goes from step to step as far as the colour one, and says what it sees only where it was wrong in at most one of 200 such answers on yet
other drawings; else it asks for the full view, which tells the truth. That shows what the steps below the full one leave to be told on drawn
pictures, and nothing about people or about real material. The bound above it is counted too: a full view for each look that the pages ask for.

A group is decided by its representative; each member of another opinion is looked at by itself. A line with a digest on a list of known material
is settled by that match.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.record import location_from_row
from safelight.case.reviewing import RevealStep
from safelight.decode.limits import Limits
from safelight.decode.preview_service import shielded
from safelight.decode.previewing import NoPictureError, PreviewAsked
from safelight.demo import making, pictures
from safelight.demo.plan import plan_seizure
from safelight.demo.scenes import SUBJECTS, add_grain, draw_scene
from safelight.model import MediaKind
from safelight.review.lines import queue_lines, queue_state
from safelight.review.wellness import StepForm, load_wellness
from safelight.workbench.pixels import NotThereError, PreviewDesk

STEPS: Final = (RevealStep.SHIELDED, RevealStep.SHARPER, RevealStep.LARGER, RevealStep.REGION, RevealStep.COLOUR)
SIDE: Final = 64
PATCH: Final = 7
WORDS: Final = 160
WRONG: Final = 1 / 200

Floats = NDArray[np.float32]


# The truth


def subjects(seizure: Path) -> dict[str, str]:
    """The subject of each drawn picture whose drawing has one, by SHA-256; members of archives too."""
    truth = json.loads((seizure / "truth.json").read_text())
    plan = plan_seizure(len(truth["files"]), truth["seed"])
    found: dict[str, str] = {}
    by_path: dict[bytes, str] = {}
    for planned, row in zip(plan, truth["files"], strict=True):
        path = bytes.fromhex(row["path_hex"]) if "path_hex" in row else row["path"].encode()
        assert path == planned.path, "this truth is of another plan"
        if planned.source is not None:
            subject = by_path.get(planned.source)
        elif row["members"]:
            found |= dict(_members(planned, truth["seed"]))
            continue
        else:
            subject = _first_subject(planned, truth["seed"])
        if subject:
            by_path[path] = subject
            found[row["sha256"]] = subject
    return found


class _ChosenError(Exception):
    """Ends a drawing as soon as its subject is known."""


def _first_subject(planned: Any, seed: int) -> str | None:
    def chosen(rng: np.random.Generator, _width: int, _height: int, subject: str | None = None) -> Image.Image:
        raise _ChosenError(subject or SUBJECTS[int(rng.integers(len(SUBJECTS)))])

    if planned.kind not in {*pictures.PICTURES, "truncated", "misnamed"} - {"heic"}:
        return None
    try:
        with mock.patch.object(pictures, "draw_scene", chosen):
            making.make(planned, seed, lambda _path: b"")
    except _ChosenError as told:
        return str(told)
    return None


def _members(planned: Any, seed: int) -> Iterator[tuple[str, str]]:
    """Members are drawn one after the other from the same numbers, so that they must be drawn in whole."""
    told: list[str] = []
    drawn: list[tuple[str, bytes]] = []
    small = making._small

    def noted(rng: np.random.Generator, width: int, height: int, subject: str | None = None) -> Image.Image:
        name = subject or SUBJECTS[int(rng.integers(len(SUBJECTS)))]
        told.append(name)
        return draw_scene(rng, width, height, name)

    def kept(order: Any, count: int) -> Any:
        made = small(order, count)
        drawn.extend(made[0])
        return made

    with mock.patch.object(pictures, "draw_scene", noted), mock.patch.object(making, "_small", kept):
        making.make(planned, seed, lambda _path: b"")
    for (_, data), name in zip(drawn, told, strict=True):
        yield hashlib.sha256(data).hexdigest(), name


# The reader of previews


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


def taught(forms: dict[RevealStep, StepForm], count: int, seed: int) -> Reader:
    """Learns each step on `count` drawings and sets the bounds on half as many others; none is of the seizure."""
    rng = np.random.default_rng([seed, 4711])
    shown: dict[RevealStep, list[Image.Image]] = {step: [] for step in STEPS}
    for number in range(count + count // 2):
        width, height = ((512, 512), (512, 768), (768, 512), (640, 480), (800, 600))[int(rng.integers(5))]
        picture = draw_scene(rng, width, height, SUBJECTS[number % len(SUBJECTS)])
        if rng.random() < 0.5:
            picture = add_grain(picture, rng, float(rng.uniform(0.04, 0.11)))
        whole = np.asarray(picture)
        for step in STEPS:
            form = forms[step]
            small = shielded(
                whole, longest_px=form.longest_px, blur_px=form.blur_px, colour=form.colour, region=_region(step)
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


def _region(step: RevealStep) -> tuple[float, float, float, float] | None:
    """The middle, where a region begins before the pointer was moved."""
    return (0.375, 0.375, 0.625, 0.625) if step is RevealStep.REGION else None


# The looks


@dataclass(frozen=True, slots=True)
class Look:
    """One picture that must be looked at, and the members that its decision is stored for."""

    sha256: str
    members: Sequence[str]


def looks(case: Case) -> tuple[list[Look], int, int]:
    """(what must be looked at, pictures that a match with a digest settles, all distinct pictures)."""
    opinion, media = tables.opinion.c, tables.media.c
    chosen = select(opinion.sha256, opinion.opinion).order_by(opinion.run_id)
    judged = {row["sha256"]: row["opinion"] for row in case.stream(chosen)}
    images = {row["sha256"] for row in case.stream(select(media.sha256).where(media.kind == MediaKind.IMAGE))}
    found, settled = [], 0
    for line in queue_lines(case, queue_state(case)):
        head = str(line["sha256"])
        if head not in images:
            continue
        group: Any = line["group"]
        members = [one["sha256"] for one in group["members"]] if group else [head]
        apart = [one for one in members if judged.get(one) != judged.get(head)]
        alike = [one for one in members if judged.get(one) == judged.get(head)]
        matches: Any = line["matches"]
        if any(one["role"] == "known" and one["how"] != "pdq" for one in matches):
            settled += len(alike)
        else:
            found.append(Look(head, alike))
        found += [Look(one, [one]) for one in apart]
    return found, settled, len(images)


def counted(seizure: Path, directory: Path, sample: int, teach: int, seed: int) -> dict[str, Any]:
    forms = dict(load_wellness().steps)
    truth = subjects(seizure)
    reader = taught(forms, teach, seed)
    with Case.open(directory) as case, PreviewDesk(Limits(memory_bytes=2 << 30)) as desk:
        wanted, settled, images = looks(case)
        rng = np.random.default_rng(seed)
        taken = sorted(rng.choice(len(wanted), min(sample, len(wanted)), replace=False).tolist())
        seen = {place: _scores(case, desk, forms, reader, wanted[place].sha256) for place in taken}
    by_subject: dict[str, dict[str, Any]] = {}
    for subject in SUBJECTS:
        full = wrong = below = 0
        at: dict[str, int] = dict.fromkeys(STEPS, 0)
        for place in taken:
            look = wanted[place]
            step, said = reader.told(seen[place], subject) if look.sha256 in truth else (None, False)
            full += step is None
            if step is not None:
                at[step] += 1
                below += 1
                wrong += said != (truth[look.sha256] == subject)
        share = full / max(1, len(taken))
        views = share * len(wanted)
        by_subject[subject] = {
            "full_views": round(views), "one_in": round(images / max(1.0, views), 1), "settled_at": at,
            "wrong_below_full": wrong, "below_full": below,
        }  # fmt: skip
    mixed = sum(len({truth.get(one) for one in look.members if one in truth}) > 1 for look in wanted)
    return {
        "distinct_pictures": images, "looks": len(wanted), "settled_by_digest": settled, "looked_at": len(taken), "taught_on": teach,
        "wrong_of_answers_below_full": _share(
            sum(one["wrong_below_full"] for one in by_subject.values()), sum(one["below_full"] for one in by_subject.values())
        ),
        "without_truth": sum(wanted[place].sha256 not in truth for place in taken), "groups_of_more_than_one_subject": mixed,
        "one_in_if_each_look_is_a_full_view": round(images / max(1, len(wanted)), 2),
        "full_views_mean": round(sum(one["full_views"] for one in by_subject.values()) / len(by_subject)),
        "one_in_mean": round(images / max(1.0, sum(one["full_views"] for one in by_subject.values()) / len(by_subject)), 1),
        "one_in_worst": min(one["one_in"] for one in by_subject.values()), "by_subject": by_subject,
    }  # fmt: skip


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 4)


def _scores(
    case: Case, desk: PreviewDesk, forms: dict[RevealStep, StepForm], reader: Reader, sha256: str
) -> list[Floats]:
    """The scores of one picture at each step, from the previews that the workbench hands out; none when it cannot be shown."""
    file = tables.media_file
    rows = case.rows(select(file).where(file.c.sha256 == sha256).order_by(file.c.path).limit(8))
    places = sorted((location_from_row(row) for row in rows), key=lambda place: place.depth)
    found = []
    for step in STEPS:
        form, reading = forms[step], reader.readings[step]
        asked = PreviewAsked(longest_px=form.longest_px, blur_px=form.blur_px, colour=form.colour, region=_region(step))
        try:
            with Image.open(io.BytesIO(desk.show(sha256, places, asked))) as shown:
                given = reading.words.features(shown.resize((SIDE, SIDE), Image.Resampling.BOX))
        except (NoPictureError, NotThereError):
            return []
        found.append(reading.scores(given[None])[0])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seizure", type=Path, help="holds evidence/ and truth.json")
    parser.add_argument("--case", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=1_000, help="looks that are made, drawn by chance")
    parser.add_argument("--teach", type=int, default=4_000, help="drawings that the reader of previews is taught on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = counted(given.seizure, given.case, given.sample, given.teach, given.seed)
    print(json.dumps(found) if given.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
