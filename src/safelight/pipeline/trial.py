"""A unit's own model on trial: its pictures go through the wall, and out come the figures of the protocol.

The pictures are the unit's own benign photographs and a set of generated ones, each in a folder whose subfolders are its sources: pictures of one
subfolder are alike and are never learned from and tested at the same time. They are read, never written, and enter no case.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safelight.decode.wall import Reply, Wall, WorkPlan
from safelight.errors import ModelError
from safelight.evidence import FileEntry, walk
from safelight.model import Finding, JsonValue, Outcome
from safelight.origin.detector.conditions import CONDITIONS
from safelight.origin.detector.controls import THUMBNAIL_PX
from safelight.origin.detector.evaluation import Picture
from safelight.origin.detector.store import StoredModel
from safelight.pipeline.plan import limits_of
from safelight.settings import Settings

__all__ = ["Trial", "measure"]

_READER = "safelight.origin.detector.trial:TrialReader"
_FOLDS = 3
_LEAST_SOURCES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the pictures of a trial gave.

    Attributes:
        scores: For each condition, one number for each picture. `thumbnails`: shape (count, 48, 48, 3).
        inside: Which pictures lie in the range that the model's card states; outside, it would abstain.
        left_out: Files that gave nothing.
    """

    pictures: list[Picture]
    scores: dict[str, NDArray[np.float64]]
    thumbnails: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Named:
    entry: FileEntry
    label: str
    source: str


def measure(
    model: StoredModel,
    folders: Sequence[tuple[str, Path]],
    settings: Settings,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Trial:
    """Scores every picture of some folders in every condition, behind the wall.

    Args:
        model: On trial. `folders`: (label, folder): "generated", "photo", or the kind of a hard negative. `settings`: those in force.
        on_progress: Told how many of how many files are done.

    Raises:
        ModelError: A class is missing or has too few sources.
        SourceError: A folder cannot be read.
        WallError: The workers cannot be started.
    """
    named = [one for label, folder in folders for one in _listed(label, folder)]
    folds = _folds(named)
    plan = WorkPlan(
        fingerprinter=None,
        readers=(_READER,),
        options={_READER: {"folder": str(model.store.absolute()), "model": model.card.name}},
    )
    found: dict[int, Finding] = {}
    left_out = 0
    with Wall(plan, limits_of(settings), settings.worker_count) as wall:
        for done, (token, reply) in enumerate(_replies(wall, named), 1):
            finding = _scored(reply)
            if finding is None:
                left_out += 1
            else:
                found[token] = finding
            on_progress(done, len(named))
    kept = sorted(found)
    pictures = [_picture(named[token], found[token], folds) for token in kept]
    for generated in (True, False):
        if not any(one.generated is generated for one in pictures):
            raise ModelError("No picture of one of the two classes could be scored.", advice="Check the folders.")
    details = [found[token].details for token in kept]
    return Trial(
        pictures=pictures,
        scores={name: np.array([_number(one["scores"], name) for one in details]) for name in CONDITIONS},
        thumbnails=np.stack([_thumbnail(one["thumbnail"]) for one in details]),
        inside=np.array([not one["outside"] for one in details]),
        left_out=left_out,
    )


def _listed(label: str, folder: Path) -> Iterator[_Named]:
    root = os.fsencode(folder.absolute())
    for entry in walk(root):
        if isinstance(entry, FileEntry):
            first, _, rest = entry.media_file.location.parts[0].partition(b"/")
            yield _Named(entry, label, f"{folder.name}/{os.fsdecode(first)}" if rest else folder.name)


def _folds(named: Sequence[_Named]) -> dict[str, int]:
    """Source -> fold: for each label the largest source first, each to the fold with fewest of that label."""
    folds: dict[str, int] = {}
    for label in sorted({one.label for one in named}):
        sources = [one.source for one in named if one.label == label]
        if label in {"generated", "photo"} and len(set(sources)) < _LEAST_SOURCES:
            raise ModelError(
                f"The pictures labelled {label!r} come from one source; what holds for it need not hold for another.",
                advice="Give a folder with at least two subfolders, one for each generator, camera or collection.",
            )
        filled = [0] * min(_FOLDS, len(set(sources)))
        for source in sorted(set(sources), key=lambda one: (-sources.count(one), one)):
            fold = filled.index(min(filled))
            folds[f"{label}|{source}"] = fold
            filled[fold] += sources.count(source)
    return folds


def _replies(wall: Wall, named: Sequence[_Named]) -> Iterator[tuple[int, Reply]]:
    for token, one in enumerate(named):
        while wall.room <= 0:
            yield from ((reply.token, reply) for reply in wall.wait(1.0))
        wall.submit(token, one.entry.open())
    while wall.outstanding:
        yield from ((reply.token, reply) for reply in wall.wait(1.0))


def _scored(reply: Reply) -> Finding | None:
    if reply.examination is None:
        return None
    return next(
        (one for one in reply.examination.findings if one.reader == "trial" and one.outcome is Outcome.FOUND), None
    )


def _picture(named: _Named, finding: Finding, folds: dict[str, int]) -> Picture:
    width, height = finding.details["width_px"], finding.details["height_px"]
    assert isinstance(width, int)
    assert isinstance(height, int)
    return Picture(
        sha256="",
        label=named.label,
        family=named.source if named.label == "generated" else named.label,
        source=f"{named.label}|{named.source}",
        fold=folds[f"{named.label}|{named.source}"],
        width_px=width,
        height_px=height,
    )


def _number(scores: JsonValue, name: str) -> float:
    assert isinstance(scores, dict)
    value = scores[name]
    assert isinstance(value, int | float)
    return float(value)


def _thumbnail(text: JsonValue) -> NDArray[np.uint8]:
    assert isinstance(text, str)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(THUMBNAIL_PX, THUMBNAIL_PX, 3)
