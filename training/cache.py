"""Writes what training reads: of each picture of the corpus the frame and some native crops, with room for random saving.

Every picture goes through the crop that both classes share and is shrunk to at most 1,024 px, as in the product; nothing is saved again yet,
since training saves at random. One picture takes 1.2 MB, so 5,000 take 6 GB.

usage: python -m training.cache MANIFEST.csv OUT FOLDER...
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from benchmarks.detector.corpus import Item, corpus
from PIL import Image

from safelight.decode.content import Content
from safelight.decode.decoders import Pixels
from safelight.decode.limits import Limits
from safelight.origin.detector.conditions import cropped, drawn
from safelight.origin.detector.views import crop_corners, frame_view, shrunk

SIDE_PX = 288
CROPS = 4
LONGEST_PX = 1024
THUMBNAIL_PX = 48
_PIXELS_MAX = 120_000_000


def decoded(path: Path) -> Pixels | None:
    """The pixels of a file as the product sees them."""
    data = path.read_bytes()
    return Content(data, len(data), Limits(pixels=_PIXELS_MAX)).pixels.rgb()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    args = parser.parse_args()
    items = corpus(args.manifest, *args.folders)
    args.out.mkdir(parents=True, exist_ok=True)
    count = len(items)
    shape = (count, CROPS + 1, SIDE_PX, SIDE_PX, 3)
    cache = np.lib.format.open_memmap(args.out / "views.npy", "w+", np.uint8, shape)
    sizes = np.zeros((count, 2), np.int32)
    thumbnails = np.zeros((count, THUMBNAIL_PX, THUMBNAIL_PX, 3), np.uint8)
    full = np.zeros((count, 2), np.int32)
    start = time.monotonic()
    for number, item in enumerate(items):
        pixels = decoded(item.path)
        if pixels is None:
            continue
        full[number] = pixels.shape[:2]
        crop = shrunk(cropped(pixels, drawn(item.sha256, "crop")), LONGEST_PX)
        thumbnails[number] = np.asarray(
            Image.fromarray(crop).resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX)
        )
        height, width = crop.shape[:2]
        sizes[number] = min(height, SIDE_PX), min(width, SIDE_PX)
        cache[number, 0] = frame_view(crop, SIDE_PX)
        for place, (top, left) in enumerate(crop_corners(height, width, SIDE_PX, CROPS), 1):
            piece = crop[top : top + SIDE_PX, left : left + SIDE_PX]
            cache[number, place, : piece.shape[0], : piece.shape[1]] = piece
        if number % 250 == 0:
            print(number, count, round(time.monotonic() - start), flush=True)
    cache.flush()
    np.savez(args.out / "facts.npz", sizes=sizes, thumbnails=thumbnails, full=full)
    (args.out / "items.json").write_text(json.dumps([_as_json(item) for item in items]))
    return 0


def _as_json(item: Item) -> dict[str, object]:
    return {name: getattr(item, name) for name in Item.__slots__ if name != "path"} | {"path": str(item.path)}


if __name__ == "__main__":
    raise SystemExit(main())
