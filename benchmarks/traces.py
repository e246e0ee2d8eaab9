"""How often each trace in the pixels is found in pictures of known history, and in what the corpus holds as it is.

Known history: large photographs are shrunk by 3.1, which leaves neither a grid nor a period nor a colour filter of their own; what comes out counts
as never saved, enlarged or filtered. It is then saved, cut, scaled and filtered in known ways and read by the readers themselves.

As files are: by label, for the two halves of the sources apart (by a digest of the source's name). The threshold of `mosaic`
lies above all that the generated pictures of half A reach, and its figures are those of half B, a part of which had been seen by then. What is found
there can be true: nobody knows those histories. Files without loss in which no grid is seen are saved as JPEG once besides: whatever `jpeg-twice`
finds then is false.

usage: python -m benchmarks.traces MANIFEST.csv FOLDER... [--photographs N] [--a-source N] [--only READER]... [--sources]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from benchmarks.detector.__main__ import decoded
from benchmarks.detector.corpus import Item, corpus
from PIL import Image

from safelight.decode.content import Content
from safelight.decode.decoders import Pixels
from safelight.decode.formats import BMP, PNG, TIFF
from safelight.decode.limits import Limits
from safelight.model import Finding
from safelight.origin.detector.calibration import at_most
from safelight.origin.readers.enlarged import EnlargedReader
from safelight.origin.readers.jpegsaved import JpegSavedReader
from safelight.origin.readers.jpegtwice import JpegTwiceReader
from safelight.origin.readers.mosaic import MosaicReader

READERS: Final = {one.name: one() for one in (JpegSavedReader, JpegTwiceReader, EnlargedReader, MosaicReader)}
LOSSLESS: Final = (PNG, BMP, TIFF)
SHRUNK_BY: Final = 3.1
FACTORS: Final = ((1.15, "BILINEAR"), (1.25, "BICUBIC"), (1.4, "LANCZOS"), (1.6, "BILINEAR"), (1.9, "BICUBIC"))
QUALITIES: Final = (60, 75, 85, 90, 95)

SIDE_MAX: Final = 800
"""Of the pictures of those readers that look at no more pixels than this gives."""

History = tuple[str, bytes, dict[str, object] | None]
"""What was done, the file, and the details of the finding that would be right."""


def coded(pixels: Pixels, form: str = "BMP", **options: int) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(kept, form, **options)
    return kept.getvalue()


def jpeg(pixels: Pixels, quality: int) -> bytes:
    return coded(pixels, "JPEG", quality=quality, subsampling=2)


def saved(pixels: Pixels, quality: int) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(jpeg(pixels, quality))).convert("RGB"))


def scaled(pixels: Pixels, factor: float, by: str = "BICUBIC") -> Pixels:
    size = round(pixels.shape[1] * factor), round(pixels.shape[0] * factor)
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling[by]))


def filtered(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """As a camera with a colour filter would have measured it, with a little noise, and interpolated bilinearly."""
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]] % 2
    measured = np.take_along_axis(pixels, (rows + columns)[:, :, None], axis=2)[:, :, 0]
    noisy = np.clip(np.rint(measured + random.normal(0, 1.5, measured.shape)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(noisy, cv2.COLOR_BAYER_RGGB2RGB), np.uint8)


def saved_before(pixels: Pixels, random: np.random.Generator) -> Iterator[History]:
    never = scaled(pixels, 1 / SHRUNK_BY, "LANCZOS")
    yield "never", coded(never), None
    for factor in (1.3, 1.5, 2.0):
        yield f"never, enlarged {factor}", coded(scaled(never, factor)), None
    across, down = (int(random.integers(1, 8)) for _ in range(2))
    place: dict[str, object] = {"left_px": (8 - across) % 8, "top_px": (8 - down) % 8}
    for quality in (*QUALITIES, 98):
        yield f"JPEG {quality}, cut", coded(saved(never, quality)[down:, across:]), place
    yield "JPEG 85, cut, shrunk 0.8", coded(scaled(saved(never, 85)[down:, across:], 0.8)), None


def saved_twice(pixels: Pixels, _: np.random.Generator) -> Iterator[History]:
    never = scaled(pixels, 1 / SHRUNK_BY, "LANCZOS")[:SIDE_MAX, :SIDE_MAX]
    for now in QUALITIES:
        yield f"JPEG {now} once", jpeg(never, now), None
        for before in QUALITIES:
            if before != now:
                yield f"JPEG {before}, then {now}", jpeg(saved(never, before), now), {"earlier_quality": before}
    yield "JPEG 75, cut, then 90", jpeg(saved(never, 75)[3:, 5:], 90), None


def enlarged(pixels: Pixels, _: np.random.Generator) -> Iterator[History]:
    never = np.asarray(Image.fromarray(pixels).reduce(3))
    yield "never", coded(never), None
    yield "never, JPEG 85", jpeg(never, 85), None
    yield "shrunk 0.8", coded(scaled(never, 0.8)), None
    for factor, by in FACTORS:
        larger, done = scaled(never, factor, by), f"enlarged {factor}, {by.lower()}"
        yield done, coded(larger), {"factors": factor}
        for quality in (95, 85):
            yield f"{done}, JPEG {quality}", jpeg(larger, quality), {"factors": factor}


def through_a_filter(pixels: Pixels, random: np.random.Generator) -> Iterator[History]:
    never = scaled(pixels, 1 / SHRUNK_BY, "LANCZOS")[:SIDE_MAX, :SIDE_MAX]
    yield "never", coded(never), None
    for by in ("NEAREST", "BILINEAR", "BICUBIC"):
        yield f"never, enlarged 2, {by.lower()}", coded(scaled(never, 2, by)), None
    bayer = filtered(never, random)
    yield "filter", coded(bayer), None
    for quality in (98, 95, 85):
        yield f"filter, JPEG {quality}", jpeg(bayer, quality), None
    yield "filter, shrunk 0.8", coded(scaled(bayer, 0.8)), None


HISTORIES: Final[dict[str, Callable[[Pixels, np.random.Generator], Iterator[History]]]] = {
    "jpeg-saved": saved_before,
    "jpeg-twice": saved_twice,
    "enlarged": enlarged,
    "mosaic": through_a_filter,
}


def right(finding: Finding, truth: dict[str, object]) -> bool:
    def agrees(key: str, value: object) -> bool:
        said = finding.details[key]
        if key == "factors":
            assert isinstance(said, list) and isinstance(value, float)
            return any(isinstance(one, float) and abs(one - value) < 0.02 * value for one in said)
        if key == "earlier_quality":
            assert isinstance(value, int)
            return isinstance(said, int) and abs(said - value) <= 2
        return said == value

    return all(agrees(key, value) for key, value in truth.items())


class Tally:
    """Counts by line, and CPU time by reader."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, ...], list[bool]] = defaultdict(list)
        self.right: dict[tuple[str, ...], list[bool]] = defaultdict(list)
        self.spent: dict[str, list[float]] = defaultdict(list)

    def look(self, name: str, content: Content, line: tuple[str, ...], truth: dict[str, object] | None = None) -> None:
        """Reads one file; decoding is not counted, since other readers need it too."""
        reader = READERS[name]
        if not reader.applies(content) or content.pixels.stored() is None:
            return
        start = time.process_time()
        findings = list(reader.read(content))
        self.spent[name].append((time.process_time() - start) * 1000)
        self.found[(name, *line)].append(bool(findings))
        if findings and truth:
            self.right[(name, *line)].append(right(findings[0], truth))

    def lines(self) -> Iterator[str]:
        for line, found in sorted(self.found.items()):
            sure = self.right.get(line)
            cells = (
                *line,
                str(len(found)),
                f"{sum(found)} ({np.mean(found):.1%})",
                f"{at_most(sum(found), len(found)):.1%}",
            )
            yield f"| {' | '.join(cells)} | {f'{np.mean(sure):.0%}' if sure else '-'} |"


def half(source: str) -> str:
    return "AB"[hashlib.sha256(source.encode()).digest()[0] % 2]


def content_of(data: bytes) -> Content:
    return Content(data, len(data), Limits(pixels=120_000_000))


def some(items: Iterable[Item], a_source: int) -> list[Item]:
    """At most so many of each source and label, in an order that no property of theirs decides."""
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda one: hashlib.sha256(one.sha256.encode()).digest()):
        groups[item.source, item.label].append(item)
    return [item for group in groups.values() for item in group[:a_source]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--photographs", type=int, default=100, help="of which histories are made; 0 for none")
    parser.add_argument(
        "--a-source", type=int, default=100, help="files of each source and label that are read as they are; 0 for none"
    )
    parser.add_argument("--only", action="append", choices=READERS, help="readers to measure (all of them)")
    parser.add_argument("--sources", action="store_true", help="a line for each source instead of each half")
    args = parser.parse_args()
    names = args.only or list(READERS)
    random = np.random.default_rng(5)
    items = corpus(args.manifest, *args.folders)
    large = [item for item in items if item.label == "photo" and min(item.width_px, item.height_px) >= 1600]
    made, lying = Tally(), Tally()
    for one in random.permutation(len(large))[: args.photographs]:
        pixels = decoded(large[one])
        if pixels is None:
            continue
        for name in names:
            for done, data, truth in HISTORIES[name](pixels, random):
                made.look(name, content_of(data), (done,), truth)
    for item in some(items, args.a_source):
        content = content_of(item.path.read_bytes())
        sources = item.source if args.sources else half(item.source)
        for name in names:
            lying.look(name, content, (item.label, sources))
        lossless = "jpeg-twice" in names and content.format in LOSSLESS
        pixels = content.pixels.rgb() if lossless and not list(READERS["jpeg-saved"].read(content)) else None
        for quality in (75, 90):
            if pixels is not None:
                once = content_of(jpeg(pixels, quality))
                lying.look("jpeg-twice", once, (f"{item.label}, JPEG {quality} once", sources))
    print(
        "| trace | history | pictures | found | at most, 95 % | rightly named |\n| --- | --- | --- | --- | --- | --- |"
    )
    print("\n".join(made.lines()))
    print(
        "\n| trace | label | sources | files | found | at most, 95 % | |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    print("\n".join(lying.lines()))
    for name in names:
        spent = [*made.spent[name], *lying.spent[name]]
        if spent:
            print(f"{name}: ms of CPU median {np.median(spent):.1f}, 95 % {np.quantile(spent, 0.95):.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
