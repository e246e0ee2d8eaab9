"""How often enlarging is seen in pictures of known history, and how often where there was none.

Large photographs are shrunk by exactly 3, each pixel the mean of nine, which leaves no period of its own; what comes out counts as never enlarged.
It is enlarged, shrunk and saved in known ways. What camera files themselves show is listed by source, since cameras enlarge too.

usage: python -m benchmarks.enlarged MANIFEST.csv FOLDER... [--photographs N]
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from benchmarks.detector.__main__ import decoded
from benchmarks.detector.corpus import corpus
from benchmarks.jpeg_saved import saved, scaled
from PIL import Image

from safelight.decode.decoders import Pixels
from safelight.origin.enlarged import enlargement_of

CHANCES = (1e-6, 1e-12, 1e-20)
FACTORS = (1.15, 1.25, 1.4, 1.6, 1.9)
FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


class Tally:
    """Chances by history, and whether the true factor is among those named."""

    def __init__(self) -> None:
        self.chances: dict[str, list[float]] = defaultdict(list)
        self.right: dict[str, list[bool]] = defaultdict(list)
        self.spent: list[float] = []

    def look(self, history: str, pixels: Pixels, factor: float | None = None) -> None:
        luma = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))
        start = time.process_time()
        found = enlargement_of(luma)
        self.spent.append((time.process_time() - start) * 1000)
        self.chances[history].append(1.0 if found is None else found.chance)
        if factor and found and found.chance <= CHANCES[-1]:
            self.right[history].append(any(abs(one - factor) < 0.02 * factor for one in found.factors))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--photographs", type=int, default=60)
    args = parser.parse_args()
    random = np.random.default_rng(8)
    items = corpus(args.manifest, *args.folders)
    large = [item for item in items if item.label == "photo" and min(item.width_px, item.height_px) >= 1600]
    tally = Tally()
    for one in random.permutation(len(large))[-args.photographs :]:
        pixels = decoded(large[one])
        if pixels is None:
            continue
        tally.look("a camera's own file", pixels)
        never = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).reduce(3))
        tally.look("never enlarged", never)
        tally.look("never enlarged, JPEG 85", saved(never, 85))
        tally.look("shrunk 0.8", scaled(never, 0.8))
        for number, factor in enumerate(FACTORS):
            by = FILTERS[number % len(FILTERS)]
            larger = scaled(never, factor, by)
            tally.look(f"enlarged {factor}, {by.name.lower()}", larger, factor)
            for quality in (95, 85):
                tally.look(f"enlarged {factor}, {by.name.lower()}, JPEG {quality}", saved(larger, quality), factor)
    print(f"| history | pictures | {' | '.join(f'seen at p <= {chance:g}' for chance in CHANCES)} | its factor named |")
    print(f"| --- | --- |{' --- |' * (len(CHANCES) + 1)}")
    for history, chances in sorted(tally.chances.items()):
        counts = [sum(one <= chance for one in chances) for chance in CHANCES]
        right = tally.right[history]
        print(
            f"| {history} | {len(chances)} | {' | '.join(map(str, counts))} | {f'{np.mean(right):.0%}' if right else '-'} |"
        )
    print(f"\nms of CPU: median {np.median(tally.spent):.1f}, 95 % {np.quantile(tally.spent, 0.95):.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
