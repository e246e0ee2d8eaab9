"""Learns a head on the traces in the whole frame, fold by fold, and writes the scores that each fold gives to what it has not seen.

The traces are those that `training.extract` wrote; of a frame, without the network and without the crops. One linear head, learned as those of
`training.heads`: on conditions B and R, with what the controls know already as a head start. `training.pack` learns the same head on all pictures and
writes it as the model that ships.

usage: python -m training.order CACHE OUT.npz
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.detector.corpus import FOLDS, Item, trained_on

from safelight.origin.detector.conditions import CONDITIONS
from safelight.origin.detector.controls import size_features, thumbnail_features
from safelight.origin.detector.views import Preprocessing
from training.cached import Cache
from training.extract import SIDE_PX, cost
from training.features import Traces, export
from training.heads import DEEP, head_start, learned, weights

WANTED = Preprocessing(side_px=SIDE_PX, crops=0)
LEARNED_IN = ("B", "R")
FAR = 6.0
"""How many spreads from the mean a measure counts at most: rows that are like nothing seen are held near what was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A linear head: mean and spread of each trace where it was learned, what each then counts, and the constant."""

    mean: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    bias: float

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Logits of "generated", less what the controls said of it."""
        return np.asarray(np.clip((rows - self.mean) / self.spread, -FAR, FAR) @ self.weight + self.bias, np.float64)


def traces(cache: Cache, folder: Path) -> dict[str, np.ndarray]:
    """The traces in the frame of each picture, by condition, with the sizes (width, height) and the thumbnails for the controls."""
    files = {name: np.load(folder / f"features-{name}.npy", mmap_mode="r") for name in CONDITIONS}
    rows = {name: np.nan_to_num(np.asarray(file[:, 0, DEEP:], np.float32), nan=0.003) for name, file in files.items()}
    return {**rows, "sizes": cache.full[:, ::-1], "thumbnails": cache.thumbnails}


def head(made: Mapping[str, np.ndarray], items: Sequence[Item], learn: np.ndarray, seed: int = 1) -> Head:
    """The head learned from some of the pictures.

    Args:
        made: By `traces`. `items`: all pictures. `learn`: positions of those to learn from; those that were not decoded are left out.
    """
    learn = learn[made["sizes"][learn].min(1) > 0]
    generated = np.array([items[row].generated for row in learn])
    keys = np.array([f"{items[row].source}|{items[row].family}" for row in learn])
    sizes = size_features([(int(width), int(height)) for width, height in made["sizes"][learn]])
    known = head_start(sizes, thumbnail_features(made["thumbnails"][learn]), generated, keys)
    rows = np.concatenate([made[name][learn] for name in LEARNED_IN])
    mean, spread, times = rows.mean(0), rows.std(0) + 1e-6, len(LEARNED_IN)
    network: Any = learned(
        np.clip((rows - mean) / spread, -FAR, FAR),
        np.tile(generated, times), np.tile(weights(generated, keys), times) / times, np.tile(known, times), 0, seed,
    )  # fmt: skip
    linear = network[-1]
    return Head(mean=mean, spread=spread, weight=linear.weight.detach().numpy()[0], bias=float(linear.bias.detach()[0]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cache = Cache(args.cache)
    items, made = cache.items, traces(cache, args.cache)
    there = np.all([np.abs(made[name]).sum(1) > 0 for name in CONDITIONS], axis=0)
    position = {item.sha256: number for number, item in enumerate(items)}
    scores = {name: np.full(len(items), np.nan) for name in CONDITIONS}
    for fold in FOLDS:
        learn = np.array([position[item.sha256] for item in trained_on(items, fold)])
        test = np.flatnonzero(np.array([item.fold == fold for item in items]) & there)
        one = head(made, items, learn)
        for name in CONDITIONS:
            scores[name][test] = one.scores(made[name][test])
        print("fold", fold, "learned from", len(learn), "judged", len(test), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        export(Traces(), Path(folder) / "traces.onnx", SIDE_PX)
        spent = cost(cache, Path(folder) / "traces.onnx", WANTED)
    digests = np.array([item.sha256 for item in items])
    np.savez(args.out, sha256=digests, thumbnails=made["thumbnails"], sizes=made["sizes"], spent=spent, **scores)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
