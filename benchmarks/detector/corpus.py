"""The benign corpus by its manifest: which pictures there are, of which generator family and source, and in which fold each is tested.

A fold tests one or two families and some sources; what is learned for it sees neither the one nor the other. A source with pictures of several
families (one gallery has six) is shut out of the learning of every fold that tests one of them; so what is less than a fifth of a source is learned
from and not tested. Photographs and hard negatives are spread over the
folds by source, never by picture.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["FOLDS", "HARD", "Item", "corpus", "trained_on"]

HARD: Final = ("photo-edited", "computer-graphics", "art", "screenshot-or-scan")
"""Labels of the hard negatives: no generator made them, and a detector likes to say that one did."""

_LEAST_SHARE: Final = 0.2

FOLDS: Final = (0, 1, 2, 3, 4, 5)

# Beginning of the generator's name in the manifest -> (family, fold it is tested in).
_FAMILIES: Final = (
    ("dalle-mini", "vq-transformer", 2),
    ("mindalle", "vq-transformer", 2),
    ("amused", "vq-transformer", 2),
    ("vqgan", "vq-transformer", 2),
    ("dalle2", "dall-e", 0),
    ("midjourney", "midjourney", 1),
    ("gpt-image", "gpt-image", 1),
    ("ldm", "early-diffusion", 3),
    ("glid", "early-diffusion", 3),
    ("disco", "early-diffusion", 3),
    ("majesty", "early-diffusion", 3),
    ("biggan", "gan", 3),
    ("gan-mixed", "gan", 3),
    ("diffusion-mixed", "diffusion-mixed", 3),
    ("sdxl", "sdxl", 5),
    ("sd3", "sd3", 5),
    ("flux", "flux", 5),
    ("pixart", "pixart", 5),
    ("sd", "stable-diffusion", 4),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture of the corpus.

    Attributes:
        label: As in the manifest. `family`: of the generator; the label, for what no generator made.
        fold: In which it is tested; None for what is only learned from.
    """

    sha256: str
    path: Path
    label: str
    generator: str
    family: str
    source: str
    fold: int | None
    width_px: int
    height_px: int
    form: str

    @property
    def generated(self) -> bool:
        """Whether a generator made it."""
        return self.label == "generated"

    @property
    def hard(self) -> bool:
        """Whether it is a hard negative."""
        return self.label in HARD


def trained_on(items: Sequence[Item], fold: int | None) -> list[Item]:
    """The items that share neither source nor family with anything that the fold tests; all of them for None."""
    if fold is None:
        return list(items)
    tested = [item for item in items if item.fold == fold]
    sources = {item.source for item in tested}
    families = {item.family for item in tested if item.generated}
    return [item for item in items if item.source not in sources and not (item.generated and item.family in families)]


def corpus(manifest: Path, *folders: Path) -> list[Item]:
    """The pictures of the manifest that are there, in the order of their SHA-256.

    Args:
        manifest: manifest.csv. `folders`: where files lie, by the manifest's `file`, or as materialise.py writes them.
    """
    with manifest.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in {"generated", "photo", *HARD}]
    rows = list({row["sha256"]: row for row in rows}.values())
    found = [(row, path) for row in rows if (path := _path(row, folders)) is not None]
    negative, tested = _negative_folds(rows), _tested(rows)
    items = [
        Item(
            sha256=row["sha256"],
            path=path,
            label=row["label"],
            generator=row["generator"],
            family=_family(row["generator"])[0] if row["label"] == "generated" else row["label"],
            source=row["source"],
            fold=_fold(row, negative, tested),
            width_px=int(row["width"] or 0),
            height_px=int(row["height"] or 0),
            form=row["format"],
        )
        for row, path in found
    ]
    return sorted(items, key=lambda item: item.sha256)


def _fold(row: dict[str, str], negative: dict[str, int], tested: set[tuple[str, int]]) -> int | None:
    if row["label"] != "generated":
        return negative[row["source"]]
    own = _family(row["generator"])[1]
    return own if (row["source"], own) in tested else None


def _tested(rows: Sequence[dict[str, str]]) -> set[tuple[str, int]]:
    """(source, fold) of which the source has enough to be worth its loss."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(FOLDS))
    for row in rows:
        if row["label"] == "generated":
            counts[row["source"]][_family(row["generator"])[1]] += 1
    return {
        (source, fold)
        for source, count in counts.items()
        for fold in FOLDS
        if count[fold] >= _LEAST_SHARE * sum(count) > 0
    }


def _family(generator: str) -> tuple[str, int]:
    for start, family, fold in _FAMILIES:
        if generator.startswith(start):
            return family, fold
    return generator, int(hashlib.sha256(generator.encode()).hexdigest(), 16) % len(FOLDS)


def _negative_folds(rows: Sequence[dict[str, str]]) -> dict[str, int]:
    """Source -> fold: largest source first, each to the fold that has fewest of its main label so far."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["label"] != "generated":
            by_source[row["source"]].append(row["label"])
    filled: dict[str, list[int]] = defaultdict(lambda: [0] * len(FOLDS))
    folds = {}
    for source, labels in sorted(by_source.items(), key=lambda item: (-len(item[1]), item[0])):
        main = max(sorted(set(labels)), key=labels.count)
        fold = min(FOLDS, key=lambda one: (filled[main][one], one))
        folds[source] = fold
        for label in labels:
            filled[label][fold] += 1
    return folds


def _path(row: dict[str, str], folders: Sequence[Path]) -> Path | None:
    def places() -> Iterator[Path]:
        for folder in folders:
            if row["file"]:
                yield folder / row["file"]
            yield folder / row["sha256"][:2] / (row["sha256"] + Path(row["source_path"]).suffix.lower())

    return next((path for path in places() if path.is_file()), None)
