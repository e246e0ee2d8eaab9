"""Reads what `training.cache` wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.detector.corpus import Item


class Cache:
    """What `training.cache` wrote."""

    def __init__(self, folder: Path) -> None:
        self.views = np.load(folder / "views.npy", mmap_mode="r")
        facts = np.load(folder / "facts.npz")
        self.sizes, self.thumbnails, self.full = facts["sizes"], facts["thumbnails"], facts["full"]
        raw = json.loads((folder / "items.json").read_text())
        self.items = [Item(**{**one, "path": Path(one["path"])}) for one in raw]

    def piece(self, number: int, place: int) -> Any:
        """A cached piece without its unused border; place 0 is the frame."""
        height, width = (self.views.shape[2],) * 2 if place == 0 else self.sizes[number]
        return self.views[number, place, :height, :width]
