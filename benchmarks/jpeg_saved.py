"""How often the grid of an earlier JPEG is found in pixels of known history, and how often one is seen where there is none.

Large photographs are shrunk by a factor that is no whole number, which leaves nothing of their own JPEG; what comes out counts as never saved. It
is then saved, cut and scaled in known ways. PNGs of generators are listed by themselves: what is found in them can be true, since some were made from
JPEGs.

usage: python -m benchmarks.jpeg_saved MANIFEST.csv FOLDER... [--photographs N]
"""

from __future__ import annotations

import argparse
import io
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from benchmarks.detector.__main__ import decoded
from benchmarks.detector.corpus import corpus
from PIL import Image

from safelight.decode.decoders import Pixels
from safelight.origin.grid import grid_of

CHANCE_MAX = 1e-6
SHRUNK_BY = 3.1


def saved(pixels: Pixels, quality: int) -> Pixels:
    kept = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(kept, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(kept).convert("RGB"))


def scaled(pixels: Pixels, factor: float, by: Image.Resampling = Image.Resampling.BICUBIC) -> Pixels:
    size = round(pixels.shape[1] * factor), round(pixels.shape[0] * factor)
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size, by))


class Tally:
    """Counts by state."""

    def __init__(self) -> None:
        self.found: dict[str, list[bool]] = defaultdict(list)
        self.right: dict[str, list[bool]] = defaultdict(list)
        self.spent: list[float] = []

    def look(self, state: str, pixels: Pixels, true: tuple[int, int] | None = None) -> None:
        luma = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))
        start = time.process_time()
        grid = grid_of(luma)
        self.spent.append((time.process_time() - start) * 1000)
        hit = grid is not None and grid.chance <= CHANCE_MAX
        self.found[state].append(hit)
        if hit and grid is not None and true is not None:
            self.right[state].append((grid.left_px, grid.top_px) == true)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--photographs", type=int, default=160)
    args = parser.parse_args()
    random = np.random.default_rng(5)
    items = corpus(args.manifest, *args.folders)
    large = [item for item in items if item.label == "photo" and min(item.width_px, item.height_px) >= 1600]
    plain = [
        item for item in items if item.generated and item.form == "PNG" and min(item.width_px, item.height_px) >= 512
    ]
    tally = Tally()
    for one in random.permutation(len(large))[-args.photographs :]:
        pixels = decoded(large[one])
        if pixels is None:
            continue
        never = scaled(pixels, 1 / SHRUNK_BY, Image.Resampling.LANCZOS)
        tally.look("never saved", never)
        for factor in (1.3, 1.5, 2.0):
            tally.look(f"never saved, enlarged {factor}", scaled(never, factor))
        across, down = (int(random.integers(1, 8)) for _ in range(2))
        place = (8 - across) % 8, (8 - down) % 8
        for quality in (60, 75, 85, 90, 95, 98):
            tally.look(f"JPEG {quality}, cut, PNG", saved(never, quality)[down:, across:], place)
        tally.look("JPEG 85, cut, shrunk 0.8, PNG", scaled(saved(never, 85)[down:, across:], 0.8))
    for one in random.permutation(len(plain))[-args.photographs :]:
        pixels = decoded(plain[one])
        if pixels is not None:
            tally.look("PNG of a generator, as it is", pixels)
    print(f"| history | pictures | a grid found (p <= {CHANCE_MAX:g}) | at its true place |\n| --- | --- | --- | --- |")
    for state in sorted(tally.found):
        hits, right = tally.found[state], tally.right[state]
        print(
            f"| {state} | {len(hits)} | {sum(hits)} ({np.mean(hits):.1%}) | {f'{np.mean(right):.1%}' if right else '-'} |"
        )
    print(f"\nms of CPU: median {np.median(tally.spent):.1f}, 95 % {np.quantile(tally.spent, 0.95):.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
