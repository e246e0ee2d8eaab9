"""Learns heads on the features of `training.extract`, fold by fold, and writes the scores that each fold gives to what it has not seen.

Features are reduced by one fixed random projection (data-independent, so that nothing of a fold's test gets into it), and a small network is
learned on top. What the controls know already (size, 48-px thumbnail, cross-fitted over the fold's own training sources) is given to the loss as a
head start, so that the head has to learn the rest (product of experts: Clark, Yatskar and Zettlemoyer, 2019); `--head-start 0` leaves that out.
Parts of the features that are joined by `+` get heads of their own, whose logits are averaged in units of their spread on what was learned from.

usage: python -m training.heads CACHE OUT.npz [--parts crops,frame+frame-residual] [--hidden N] [--head-start F] [--seed S] [--features FEATURES.onnx]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.detector.corpus import FOLDS, trained_on
from torch import nn

from safelight.origin.detector.controls import KernelRidge, size_features, thumbnail_features
from training.cached import Cache
from training.extract import cost

PARTS = ("frame", "crops", "residual", "frame-residual")
DEEP = 2912
WIDTH = 384
STEPS = 800
BATCH = 256


def projected(features: Any, seed: int = 0) -> dict[str, np.ndarray]:
    """The parts of the features, each standardised and projected to at most `WIDTH` numbers."""
    clean = np.nan_to_num(np.asarray(features, np.float32), nan=0.003)
    raw = {"frame": clean[:, 0, :DEEP], "crops": clean[:, 1:, :DEEP].mean(1), "residual": clean[:, 1:, DEEP:].mean(1)}
    raw["frame-residual"] = clean[:, 0, DEEP:]
    random = np.random.default_rng(seed)
    return {
        name: part
        @ (random.normal(size=(part.shape[1], min(WIDTH, part.shape[1]))) / np.sqrt(part.shape[1])).astype(np.float32)
        for name, part in raw.items()
    }


def scales(features: Any) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each feature, frame and crops apart, over a few hundred pictures; labels are not looked at."""
    some = np.nan_to_num(np.asarray(features[:600], np.float32), nan=0.003)
    mean = np.stack([some[:, 0].mean(0), *[some[:, 1:].mean((0, 1))] * (some.shape[1] - 1)])
    spread = np.stack([some[:, 0].std(0), *[some[:, 1:].std((0, 1))] * (some.shape[1] - 1)])
    return mean, spread + 1e-3


def head_start(sizes: np.ndarray, shown: np.ndarray, generated: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """What both controls say of each training row, learned on its other sources."""
    _, part = np.unique(keys, return_inverse=True)
    part = part % 3
    out = np.zeros(len(keys))
    for one in range(3):
        learn, judge = part != one, part == one
        for features in (sizes, shown):
            out[judge] += np.clip(KernelRidge(features[learn], generated[learn], 500).score(features[judge]), -1, 1)
    return out


def weights(generated: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Chances of being drawn: classes alike, sources and families by the square root of their number."""
    _, number, counts = np.unique(keys, return_inverse=True, return_counts=True)
    chance = 1 / np.sqrt(counts[number])
    chance[generated] *= 0.5 / chance[generated].sum()
    chance[~generated] *= 0.5 / chance[~generated].sum()
    return chance / chance.sum()


def learned(
    rows: np.ndarray, wanted: np.ndarray, chance: np.ndarray, known: np.ndarray, hidden: int, seed: int
) -> nn.Module:
    """A head, learned on rows of standardised projections."""
    torch.manual_seed(seed)
    width = rows.shape[1]
    layers = [nn.Dropout(0.3), nn.Linear(width, 1)] if not hidden else [
        nn.Dropout(0.3), nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(hidden, 1)
    ]  # fmt: skip
    network = nn.Sequential(*layers)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    random = np.random.default_rng(seed)
    chosen = random.choice(len(rows), (STEPS, BATCH), p=chance)
    inputs, target, start = (torch.tensor(one, dtype=torch.float32) for one in (rows, wanted, known))
    for batch in torch.from_numpy(chosen):
        logits = network(inputs[batch])[:, 0] + start[batch]
        loss = nn.functional.binary_cross_entropy_with_logits(logits, target[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--parts", default="crops,residual,frame+frame-residual")
    parser.add_argument("--hidden", type=int, default=0)
    parser.add_argument("--head-start", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--features", type=Path, help="to measure what they cost")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cache = Cache(args.cache)
    items = cache.items
    generated = np.array([item.generated for item in items])
    keys = np.array([f"{item.source}|{item.family}" for item in items])
    groups = [group.split(",") for group in args.parts.split("+")]
    names = [name for name in "ABCR" if (args.cache / f"features-{name}.npy").is_file()]
    given = [{name: table(args.cache, name, group) for name in names} for group in groups]
    sizes, shown = size_features([(int(w), int(h)) for h, w in cache.full]), thumbnail_features(cache.thumbnails)
    there = np.abs(given[0]["B"]).sum(1) > 0
    position = {item.sha256: number for number, item in enumerate(items)}
    scores = {name: np.full(len(items), np.nan) for name in names}
    for fold in FOLDS:
        learn = np.array([position[item.sha256] for item in trained_on(items, fold)])
        learn = learn[there[learn]]
        test = np.array([number for number, item in enumerate(items) if item.fold == fold])
        known = (
            args.head_start * head_start(sizes[learn], shown[learn], generated[learn], keys[learn])
            if args.head_start
            else np.zeros(len(learn))
        )
        chance = np.tile(weights(generated[learn], keys[learn]), 2) / 2
        for name in names:
            usable = test[np.abs(given[0][name][test]).sum(1) > 0]
            scores[name][usable] = 0.0
        for views in given:
            both = np.concatenate([views["B"][learn], views["R"][learn]])
            mean, spread = both.mean(0), both.std(0) + 1e-6
            wanted, known_twice = np.tile(generated[learn], 2), np.tile(known, 2)
            head = learned((both - mean) / spread, wanted, chance, known_twice, args.hidden, args.seed)
            unit = float(logits(head, (both - mean) / spread).std()) if len(given) > 1 else 1.0
            for name, rows in views.items():
                usable = test[np.isfinite(scores[name][test])]
                scores[name][usable] += logits(head, (rows[usable] - mean) / spread) / unit / len(given)
        print("fold", fold, "learned from", len(learn), "judged", len(test), flush=True)
    digests = np.array([item.sha256 for item in items])
    spent = cost(cache, args.features) if args.features else np.zeros(0)
    np.savez(args.out, sha256=digests, thumbnails=cache.thumbnails, sizes=cache.full[:, ::-1], spent=spent, **scores)
    return 0


def logits(head: nn.Module, rows: np.ndarray) -> np.ndarray:
    """What a head says of rows of standardised projections."""
    with torch.no_grad():
        return np.asarray(head(torch.tensor(rows, dtype=torch.float32))[:, 0].numpy())


def table(folder: Path, name: str, parts: list[str]) -> np.ndarray:
    """The projected features of one condition, kept beside the cache; rows of zeros where there are none."""
    kept = folder / f"projected-{name}.npz"
    source = folder / f"features-{name}.npy"
    if (
        not kept.is_file()
        or kept.stat().st_mtime < source.stat().st_mtime
        or not set(PARTS) <= set(np.load(kept).files)
    ):
        features = np.load(source, mmap_mode="r")
        mean, spread = scales(np.load(folder / "features-B.npy", mmap_mode="r"))
        made: dict[str, list[np.ndarray]] = {part: [] for part in PARTS}
        for start in range(0, len(features), 500):
            chunk = np.nan_to_num(np.asarray(features[start : start + 500], np.float32), nan=0.003)
            empty = np.abs(chunk[:, 1]).sum(1) == 0
            for part, rows in projected(np.clip((chunk - mean) / spread, -6, 6)).items():
                rows[empty] = 0
                made[part].append(rows)
        np.savez(kept, **{part: np.concatenate(rows) for part, rows in made.items()})
    found = np.load(kept)
    return np.concatenate([found[part] for part in parts], axis=1)


if __name__ == "__main__":
    raise SystemExit(main())
