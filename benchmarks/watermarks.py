"""How often the dwtDct decoder finds marks that are there, and what it makes of pictures that have none.

Three tables over the pictures of some folders:

    unmarked   what chance gives: every message in every view of every picture is a trial; printed is the share of trials with a chance
               up to t, over t, which must not exceed 1, and every mark found (none are expected, unless a file really carries one)
    marked     marks written into pictures of the folders by the tests' own encoder, saved in other ways and looked for again: the share
               surely found, the share found at all (where weaker it says so), and in brackets what the rule of the public package finds:
               ordinary decoding, one view, the majority of each bit's blocks, and the thresholds in use for it (112 of 136, 32 of 32,
               44 of 48, 43 of 46 bits)
    cost       ms of CPU of the reader a file, digests, metadata and the decoding that fingerprints need anyway left out

usage: python -m benchmarks.watermarks FOLDER... [--marked N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tests.origin.watermarks.marking import Pixels, content, encoded, mark, message, view

from safelight.decode import formats
from safelight.decode.content import Content
from safelight.model import MediaKind
from safelight.origin.readers.watermarks import WatermarkReader
from safelight.origin.watermarks.blocks import VIEWS, Blocks
from safelight.origin.watermarks.chance import chance_of
from safelight.origin.watermarks.colour import Colour, colour_of
from safelight.origin.watermarks.dwtdct import PIXELS_MIN, highest, leanings
from safelight.origin.watermarks.messages import MESSAGES
from safelight.origin.watermarks.slot import CHANCE_SURE, NotLooked

MARKS = (
    ("SD1", message("Stable Diffusion 1.x (CompVis"), view("bytes", "BGR"), 112),
    ("SD2", message("Stable Diffusion 2"), view("bytes", "BGR"), 32),
    ("SDXL", message("SDXL"), view("floats", "BGR"), 44),
    ("SDXL/RGB", message("SDXL"), view("floats", "RGB"), 44),
    ("FLUX", message("FLUX"), view("floats", "BGR"), 43),
)
SAVED = (
    ("PNG", "PNG", {}),
    *((f"JPEG {quality} 4:4:4", "JPEG", {"quality": quality, "subsampling": 0}) for quality in (95, 90, 80, 70)),
    *((f"JPEG {quality} 4:2:0", "JPEG", {"quality": quality, "subsampling": 2}) for quality in (98, 95, 92, 90, 85)),
    *((f"WebP {quality}", "WEBP", {"quality": quality}) for quality in (95, 85)),
)  # fmt: skip
LEVELS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
SIDE_PX = 1024


def files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def seen(file: Content) -> Colour | None:
    try:
        colour = colour_of(file) if (file.pixels.width_px or 0) * (file.pixels.height_px or 0) >= PIXELS_MIN else None
    except NotLooked:
        colour = None
    return colour


def unmarked(paths: list[Path]) -> list[Pixels]:
    """Prints the first and the last table; returns pictures to write marks into."""
    reader, pictures = WatermarkReader(), []
    chances: list[float] = []
    regular, looked_at, found = 0.0, 0, 0
    cost: dict[str, list[float]] = defaultdict(list)
    for path in paths:
        file = content(path.read_bytes())
        if file.format.kind is not MediaKind.IMAGE or not file.format.decodable:
            continue
        if file.format is not formats.JPEG:
            file.pixels.stored()
        _ = file.metadata, file.pixels.width_px
        start = time.process_time()
        findings = list(reader.read(file))
        cost[file.format.name].append((time.process_time() - start) * 1e3)
        for finding in findings:
            if finding.supports != "nothing":
                print(f"  {path}: {finding.what}")
                found += 1
        if (colour := seen(file)) is None or findings:
            continue
        looked_at += 1
        blocks = Blocks(colour.pixels, halved=colour.halved)
        votes = blocks.votes()
        for one in MESSAGES:
            chances += [chance_of(one, highest(row, one.ones)) for row in leanings(votes, one.length)]
        regular = max(regular, *(blocks.seated(way)[0] for way in VIEWS))
        if not colour.halved and min(colour.pixels.shape[:2]) >= 384:
            pictures.append(colour.pixels[:SIDE_PX, :SIDE_PX, :3])
    drawn = np.array(chances)
    print(f"\nunmarked: {looked_at} pictures looked at, {found} marks found, {len(drawn)} trials")
    print("  " + "  ".join(f"up to {level:g}: {(drawn <= level).mean() / level:.2f}" for level in LEVELS))
    print(f"  smallest chance of one trial {drawn.min():.1e}; largest share of regular coefficients {regular:.2f}")
    print(f"\ncost (ms CPU): {'files':>6} {'mean':>7} {'median':>7} {'95 %':>7} {'most':>7}")
    every = [one for ms in cost.values() for one in ms]
    for name, ms in [*sorted(cost.items()), ("all", every)]:
        middle, high = np.percentile(ms, [50, 95])
        print(f"  {name:<12} {len(ms):>4} {np.mean(ms):>7.2f} {middle:>7.2f} {high:>7.2f} {max(ms):>7.1f}")
    return pictures


def marked(pictures: list[Pixels]) -> None:
    """Prints the second table."""
    print(f"\nmarked: {len(pictures)} pictures, surely found / found (found by the rule of the public package)")
    print(f"  {'':<16}" + "".join(f"{name:>18}" for name, *_ in MARKS))
    ours: dict[tuple[str, str], int] = defaultdict(int)
    sure: dict[tuple[str, str], int] = defaultdict(int)
    theirs: dict[tuple[str, str], int] = defaultdict(int)
    reader = WatermarkReader()
    for picture in pictures:
        for name, one, way, threshold in MARKS:
            pixels = mark(picture, one.bits, way)
            for saved, form, how in SAVED:
                file = content(encoded(pixels, form, **how))
                right = [found for found in reader.read(file) if found.details.get("generator") == one.generator]
                ours[saved, name] += bool(right)
                sure[saved, name] += any(found.details["p_value"] <= CHANCE_SURE for found in right)
                plain = file.pixels.stored()
                assert plain is not None
                votes = Blocks(plain).votes()[VIEWS.index(view("bytes", "BGR"))] > 0
                places = np.arange(len(votes)) % one.length
                shares = np.bincount(places, votes, one.length) / np.bincount(places, minlength=one.length)
                theirs[saved, name] += int(((shares * 255 > 127) == one.bits).sum()) >= threshold
    for saved, *_ in SAVED:
        cells = [
            "{:.2f}/{:.2f} ({:.2f})".format(*(counted[saved, name] / len(pictures) for counted in (sure, ours, theirs)))
            for name, *_ in MARKS
        ]
        print(f"  {saved:<16}" + "".join(f"{cell:>18}" for cell in cells))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folders", nargs="+", type=Path)
    arguments.add_argument("--marked", type=int, default=24, help="how many pictures to write marks into")
    given = arguments.parse_args()
    pictures = unmarked(list(files(given.folders)))
    if pictures and given.marked:
        marked(pictures[:: max(1, len(pictures) // given.marked)][: given.marked])
    return 0


if __name__ == "__main__":
    sys.exit(main())
