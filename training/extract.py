"""Writes the features of every cached picture in the conditions asked for, from which heads are learned within seconds.

    A   as cached        B   JPEG quality 90        C   half the size, JPEG quality 75        R   saved at random

Pictures are taken in a drawn order, so that a run that was cut short is a sample of all. Condition C comes from pieces and not from whole
pictures: what is learned is judged on whole pictures by `benchmarks.detector`.

usage: python -m training.extract CACHE FEATURES.onnx --conditions B,R
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from safelight.origin.detector.conditions import condition, drawn
from safelight.origin.detector.views import Preprocessing, tensor, views
from training.cache import decoded
from training.cached import Cache
from training.saving import crop_for_training, frame_for_training, middle, through

SIDE_PX = 128
WANTED = Preprocessing(side_px=SIDE_PX, crops=4)


def taken(cache: Cache, number: int, place: int, name: str) -> Any:
    """One view of one picture in one condition."""
    piece = np.asarray(cache.piece(number, place))
    if name == "R":
        random = drawn(cache.items[number].sha256, f"training-{place}")
        return frame_for_training(piece, SIDE_PX, random) if place == 0 else crop_for_training(piece, SIDE_PX, random)
    if name == "C":
        height, width = piece.shape[:2]
        piece = np.asarray(
            Image.fromarray(np.ascontiguousarray(piece)).resize((width // 2, height // 2), Image.Resampling.LANCZOS)
        )
    if name in {"B", "C"}:
        piece = through(piece, "JPEG", 90 if name == "B" else 75, subsampling=2)
    if place == 0:
        return np.asarray(
            Image.fromarray(np.ascontiguousarray(piece)).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
        )
    return middle(piece, SIDE_PX)


def opened(features: Path) -> Any:
    """The features, run on one core as in the product."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(features, options)


def cost(cache: Cache, features: Path, wanted: Preprocessing = WANTED, count: int = 60) -> np.ndarray:
    """Ms of CPU from the decoded pixels of a picture to its features, of so many drawn pictures in condition B; a head adds next to nothing."""
    session, spent = opened(features), []
    for number in np.random.default_rng(1).permutation(len(cache.items))[:count]:
        item = cache.items[number]
        pixels = decoded(item.path)
        if pixels is not None:
            given = condition(pixels, "B", item.sha256)
            start = time.process_time()
            session.run(None, {"views": tensor(views(given, wanted), wanted)})
            spent.append((time.process_time() - start) * 1000)
    return np.asarray(spent)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("features", type=Path)
    parser.add_argument("--conditions", default="B,R")
    args = parser.parse_args()
    cache = Cache(args.cache)
    session = opened(args.features)
    places, width = cache.views.shape[1], session.get_outputs()[0].shape[1]
    names = args.conditions.split(",")
    files = {
        name: np.lib.format.open_memmap(
            args.cache / f"features-{name}.part.npy", "w+", np.float16, (len(cache.items), places, width)
        )
        for name in names
    }
    start = time.monotonic()
    for count, number in enumerate(np.random.default_rng(0).permutation(len(cache.items))):
        if cache.sizes[number].min() < 1:
            continue
        for name, file in files.items():
            stacked = np.stack([taken(cache, number, place, name) for place in range(places)])
            file[number] = session.run(None, {"views": tensor(stacked, WANTED)})[0]
        if count % 100 == 0:
            print(count, round(time.monotonic() - start), flush=True)
    for name, file in files.items():
        file.flush()
        (args.cache / f"features-{name}.part.npy").rename(args.cache / f"features-{name}.npy")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
