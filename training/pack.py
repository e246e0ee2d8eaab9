"""Learns the head of `training.order` on all pictures and writes the model that ships: one ONNX file with its card, in the form of the slot.

The traces, their mean and spread, and the head become one graph, from the frame to the score. Nothing is drawn anew: the same cache gives the same
bytes. No figure is told of this file itself, since no picture of the corpus is left that it has not learned from: the figures of the model card
are those of the folds.

usage: python -m training.pack CACHE src/safelight/origin/detector/shipped
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from safelight.origin.detector.network import digest_of
from safelight.origin.detector.store import SHIPPED
from training.cached import Cache
from training.features import Traces, export
from training.order import FAR, WANTED, Head, head, traces

VERSION = "1"
LICENCE = "Apache-2.0"


class Packed(nn.Module):
    """From the frame to the score, shape (views, 1)."""

    def __init__(self, learned: Head) -> None:
        super().__init__()
        self.traces, self.bias = Traces(), learned.bias
        for name, numbers in (("mean", learned.mean), ("spread", learned.spread), ("weight", learned.weight[:, None])):
            self.register_buffer(name, torch.tensor(np.asarray(numbers, np.float32)))

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        rows = torch.clamp((self.traces(views) - self.mean) / self.spread, -FAR, FAR)
        return rows @ self.weight + self.bias


def card(sha256: str) -> str:
    """The card as TOML; what the model is worth is told by the model card."""
    given = [
        f"{key} = {json.dumps(list(one) if isinstance(one, tuple) else one)}" for key, one in asdict(WANTED).items()
    ]
    return "\n".join(
        (
            "# Made by `python -m training.pack`; docs/model-card.md says what was measured and why it only orders.",
            f'name = "{SHIPPED}"', f'version = "{VERSION}"', f'licence = "{LICENCE}"', f'sha256 = "{sha256}"', "only_orders = true",
            "", "[input]", *given, "",
        )
    )  # fmt: skip


def written(learned: Head, folder: Path) -> Path:
    """Writes model, card and pinned digests into a folder; returns the model's path."""
    folder.mkdir(parents=True, exist_ok=True)
    model, beside = folder / "model.onnx", folder / "card.toml"
    export(Packed(learned), model, WANTED.side_px)
    beside.write_text(card(digest_of(model)), "utf-8")
    pinned = {"sha256": digest_of(model), "card_sha256": digest_of(beside)}
    (folder / "pinned.json").write_text(json.dumps(pinned, indent=1) + "\n", "utf-8")
    return model


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cache = Cache(args.cache)
    model = written(head(traces(cache, args.cache), cache.items, np.arange(len(cache.items))), args.out)
    print(model, model.stat().st_size, "bytes, SHA-256", digest_of(model))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
