"""Scores of peers on a stratified sample of the tested pictures, kept in a file that `benchmarks.detector --peers FILE` sets beside a scorer.

The sample is drawn once (`drawn_order`): every beginning of it has all folds and classes in their shares, so a run that was cut short, and a smaller
sample, are part of the same one. A second run goes on where the first stopped.

usage: python -m benchmarks.detector.peers MANIFEST.csv FOLDER... --keep FILE.npz --peer NAME=PYTHON... [--conditions A,B,C] [--sample N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.detector.__main__ import decoded
from benchmarks.detector.corpus import Item, corpus
from benchmarks.detector.process import Process

from safelight.origin.detector.conditions import condition

_SEED = 4
_KEEP_EVERY_S = 60.0


def drawn_order(items: Sequence[Item]) -> list[Item]:
    """The tested pictures in an order of which every beginning is stratified by fold and class."""
    strata: dict[tuple[int, str], list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.sha256):
        if item.fold is not None:
            strata[item.fold, "generated" if item.generated else "hard" if item.hard else "photo"].append(item)
    random = np.random.default_rng(_SEED)
    placed = []
    for key in sorted(strata):
        members = strata[key]
        for rank, one in enumerate(random.permutation(len(members)).tolist()):
            placed.append(((rank + 0.5) / len(members), key, members[one]))
    return [item for *_, item in sorted(placed, key=lambda place: place[:2])]


class Kept:
    """What is in the file: for each peer and condition a score for each picture (NaN: it declined), and whether it was asked."""

    def __init__(self, path: Path, order: Sequence[Item]) -> None:
        self.path = path
        self.names = np.array([item.sha256 for item in order])
        self.arrays: dict[str, np.ndarray] = {}
        if path.is_file():
            with np.load(path) as file:
                if not np.array_equal(file["sha256"], self.names):
                    raise SystemExit(f"{path} is of other pictures.")
                self.arrays = {name: file[name] for name in file.files if name != "sha256"}

    def of(self, peer: str, condition: str, what: str) -> np.ndarray:
        """`what`: score, asked or cpu_ms."""
        empty = np.zeros(len(self.names), np.bool_) if what == "asked" else np.full(len(self.names), np.nan)
        return self.arrays.setdefault(f"{peer}|{condition}|{what}", empty)

    def save(self) -> None:
        """Writes the file whole, or leaves the one that was."""
        new = self.path.with_suffix(".part.npz")
        np.savez(new, sha256=self.names, **self.arrays)
        new.replace(self.path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--peer", action="append", required=True, help="NAME=PYTHON")
    parser.add_argument("--conditions", default="A,B,C")
    parser.add_argument("--sample", type=int, default=1000)
    args = parser.parse_args()
    order = drawn_order(corpus(args.manifest, *args.folders))
    kept = Kept(args.keep, order)
    peers = [Process(*one.split("=", 1)) for one in args.peer]
    for peer in peers:
        kept.arrays[f"{peer.name}|version"] = np.array(peer.version)
    next_word = time.monotonic() + _KEEP_EVERY_S
    for number, item in enumerate(order[: args.sample]):
        asked = {
            name: [peer for peer in peers if not kept.of(peer.name, name, "asked")[number]]
            for name in args.conditions.split(",")
        }
        pixels = decoded(item) if any(asked.values()) else None
        for name, here in asked.items() if pixels is not None else ():
            given = condition(pixels, name, item.sha256) if here else pixels
            for peer in here:
                start = peer.cpu_s
                kept.of(peer.name, name, "score")[number] = peer(given)
                kept.of(peer.name, name, "cpu_ms")[number] = (peer.cpu_s - start) * 1000
                kept.of(peer.name, name, "asked")[number] = True
        if time.monotonic() > next_word:
            kept.save()
            print(f"{number + 1} of {args.sample}", file=sys.stderr, flush=True)
            next_word = time.monotonic() + _KEEP_EVERY_S
    kept.save()
    for peer in peers:
        peer.close()
        print(peer.name, peer.version, "gave no score:", peer.reasons, file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
