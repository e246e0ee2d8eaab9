"""Finds photographs behind edited pictures, and counts what is linked falsely; time a file and for a whole case.

Photographs are those of a corpus with labels (rows of `manifest.csv` with a file and the label `photo`), else scenes drawn by code. Each is
edited by `edits.py`. The photographs are divided into two halves; how much must agree was fixed on the first, and the
rates of what Safelight does with it are given for both. Unrelated are pictures of different sources (data sets), of which none is made from
what the other is made from; screenshots and captions have the same screen and words around them. Photographs of one source are look-alikes:
the same room, chart or shelf, which often do share something, so links between them are counted apart and not called false. Time for a case
is measured on sets of features put together from halves of real descriptors, with edits planted among them.

usage: python benchmarks/sources.py [--corpus DIR] [--photographs 400] [--edits 4] [--scale 36209] [--json]
Prints one JSON object a line with --json, else the same as text. Run it on a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from edits import EDITS, edited
from safelight.demo.scenes import draw_scene
from safelight.fingerprint.extraction import find_features
from safelight.fingerprint.features import HEAD_BYTES, MOST_FEATURES, ROW, pack
from safelight.grouping.scene_geometry import Agreement, agree
from safelight.grouping.scene_map import grids, share_of
from safelight.grouping.scene_search import SceneSet, likely_pairs
from safelight.grouping.sources import LEAST_ROUGH, LEAST_WORTH, Picture, is_frame, is_link, scene_links
from safelight.model import Opinion

_SIDE_PX = 800
_LEAST = (0, 3, 4, 5, 6, 7, 8)
_ALL_DIFFERENT = "imagenet-sample-images"
"""A source of which every picture is of another kind of thing: its pictures are unrelated to each other."""


@dataclass(slots=True)
class Shown:
    """One picture: `origin` says from which photograph it is made, `filler` what its replaced parts show."""

    packed: bytes
    source: str
    half: int
    size_px: tuple[int, int]
    edit: str = ""
    origin: int = -1
    filler: int = -1


@dataclass(slots=True)
class Linked:
    """How two pictures agree, and whether only as a frame around both does."""

    found: Agreement
    maps: tuple[str, str]
    frame: bool

    @property
    def counts(self) -> bool:
        """Whether Safelight links the two as showing part of one scene."""
        return is_link(self.found, self.maps) and not self.frame

    def counts_from(self, least: int) -> bool:
        """The same with another worth that is asked."""
        worth = self.found.inliers * max(map(share_of, self.maps))
        return worth >= least and is_link(self.found, ("a", "a")) and not self.frame


def photographs(corpus: Path | None, most: int) -> Iterator[tuple[str, str, Image.Image]]:
    """(name, source, pixels) of each."""
    manifest = corpus / "manifest.csv" if corpus else None
    if corpus is None or manifest is None or not manifest.is_file():
        for number in range(most):
            chance = np.random.default_rng(number)
            yield f"drawn {number}", f"drawn {number}", draw_scene(chance, 1024, 768)
        return
    rows = [row for row in csv.DictReader(manifest.open(newline="")) if row["file"] and row["label"] == "photo"]
    random.Random(1).shuffle(rows)
    for row in rows[:most]:
        try:
            with Image.open(corpus / row["file"]) as opened:
                opened.draft("RGB", (_SIDE_PX, _SIDE_PX))
                picture = opened.convert("RGB")
        except OSError:
            continue
        picture.thumbnail((_SIDE_PX, _SIDE_PX))
        yield row["sha256"], row["source"], picture


def gathered(corpus: Path | None, most: int, edits_of_each: int) -> tuple[list[Shown], float]:
    """Photographs, then their edits; and milliseconds of CPU for the features of one."""
    pictures, shown, spent, times = [], [], 0.0, 0
    for name, source, picture in photographs(corpus, most):
        pictures.append(picture)
        half = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2
        shown.append(Shown(b"", source, half, picture.size))
    chance = random.Random(2)

    def made() -> Iterator[tuple[int, str, int, Image.Image]]:
        """One at a time: all of them would not fit into memory."""
        yield from ((number, "", number, picture) for number, picture in enumerate(pictures))
        for number, picture in enumerate(pictures):
            for turn in range(edits_of_each):
                edit = EDITS[(number + turn * (len(EDITS) // edits_of_each)) % len(EDITS)]
                filler = (number + 1 + chance.randrange(len(pictures) - 1)) % len(pictures)
                yield number, edit, filler, edited(edit, picture, pictures[filler], chance)

    for number, edit, filler, picture in made():
        pixels = np.asarray(picture)
        began = time.process_time()
        packed = pack(find_features(pixels))
        spent, times = spent + time.process_time() - began, times + 1
        if edit:
            first = shown[number]
            uses = edit.startswith(("replaced", "combined"))
            shown.append(Shown(packed, first.source, first.half, picture.size, edit, number, filler if uses else -1))
        else:
            shown[number].packed = packed
    return shown, spent / times * 1000


def _unrelated(one: Shown, other: Shown, places: tuple[int, int], shown: list[Shown]) -> bool:
    """Whether neither is made from what the other is made from, and their sources differ."""
    parts = [
        {place if picture.origin < 0 else picture.origin, picture.filler} - {-1}
        for picture, place in zip((one, other), places, strict=True)
    ]
    if parts[0] & parts[1]:
        return False
    return not any(
        shown[a].source == shown[b].source and _ALL_DIFFERENT not in shown[a].source for a in parts[0] for b in parts[1]
    )


def measured(shown: list[Shown]) -> Iterator[dict[str, Any]]:
    """Agreements of every likely pair, then the rates by half."""
    # As a case would order them: edits ask, photographs answer. Here photographs come first, so the numbers are turned around.
    turned = list(range(len(shown)))[::-1]
    lists = np.array([2 if shown[number].origin < 0 else 0 for number in turned], np.int8)
    began, checked = time.perf_counter(), 0
    best: dict[tuple[int, int], Linked] = {}
    blocks = likely_pairs(
        lambda start, stop: SceneSet(shown[number].packed for number in turned[start:stop]),
        LEAST_ROUGH,
        lists=lists,
        together=np.full(len(shown), -1, np.int64),
    )
    for block in blocks:
        for pair in block.pairs:
            checked += 1
            first, second = block.features(pair)
            found = agree(first, second, mirror=pair.mirror)
            if found is None:
                continue
            key = turned[pair.second], turned[pair.first]
            if key not in best or best[key].found.inliers < found.inliers:
                maps = grids(first, second, found)
                best[key] = Linked(found, maps, is_frame(first, second, found, maps))
    yield {
        "figure": "pairs",
        "pictures": len(shown),
        "checked": checked,
        "seconds": round(time.perf_counter() - began, 2),
    }
    for half in (0, 1):
        yield from _rates(shown, best, half)


def _rates(shown: list[Shown], best: dict[tuple[int, int], Linked], half: int) -> Iterator[dict[str, Any]]:
    inside = [number for number, item in enumerate(shown) if item.half == half]
    unrelated = alike = alike_linked = 0
    at = dict.fromkeys(_LEAST, 0)
    false: dict[str, int] = {}
    frames = 0
    for place, first in enumerate(inside):
        for second in inside[place + 1 :]:
            linked = best.get((first, second))
            if _unrelated(shown[first], shown[second], (first, second), shown):
                unrelated += 1
                if linked is None:
                    continue
                frames += linked.frame
                for least in _LEAST:
                    at[least] += linked.counts_from(least)
                if linked.counts:
                    pair = f"{shown[first].edit or 'photograph'} and {shown[second].edit or 'photograph'}"
                    false[pair] = false.get(pair, 0) + 1
            elif shown[first].origin < 0 and shown[second].origin < 0:
                alike += 1
                alike_linked += linked is not None and linked.counts
    name, number = ("first half", "second half")[half], sum(false.values())
    yield {
        "figure": "false links", "half": name, "unrelated_pairs": unrelated, "false_links": number, "a_pair": number / unrelated,
        "a_pair_at_most_95": (3.0 if number == 0 else number + 2 + 1.96 * number**0.5) / unrelated, "false_pairs": false,
        "linked_as_frames": frames, "false_links_by_least_worth": at, "built_in_least_worth": LEAST_WORTH,
        "look_alike_pairs": alike, "look_alike_pairs_linked": alike_linked,
    }  # fmt: skip
    everything = [0, 0]
    found_at = dict.fromkeys(_LEAST, 0)
    for edit in EDITS:
        made = [number for number in inside if shown[number].edit == edit]
        hits = [best.get((shown[number].origin, number)) for number in made]
        found_ones = sum(linked is not None and linked.counts for linked in hits)
        everything[0] += found_ones
        everything[1] += len(made)
        for least in _LEAST:
            found_at[least] += sum(linked is not None and linked.counts_from(least) for linked in hits)
        agreeing = sorted(linked.found.inliers if linked else 0 for linked in hits)
        if made:
            yield {
                "figure": "found", "half": name, "edit": edit, "edited": len(made), "found": round(found_ones / len(made), 4),
                "as_frames": sum(linked is not None and linked.frame for linked in hits),
                "places_median": agreeing[len(agreeing) // 2], "places_5_percent": agreeing[len(agreeing) // 20],
            }  # fmt: skip
    if everything[1]:
        share = round(everything[0] / everything[1], 4)
        by_least = {least: round(number / everything[1], 4) for least, number in found_at.items()}
        yield {
            "figure": "found", "half": name, "edit": "all", "edited": everything[1], "found": share, "found_by_least_worth": by_least,
        }  # fmt: skip


def synthetic(shown: list[Shown], count: int) -> tuple[list[Picture], list[bytes], list[int]]:
    """Feature sets of a whole case, from halves of real descriptors, with edits planted: (pictures, features, number of the planted source or -1)."""
    chance = np.random.default_rng(3)
    rows = np.concatenate([np.frombuffer(item.packed, ROW, offset=HEAD_BYTES) for item in shown])
    sizes = np.array([(len(item.packed) - HEAD_BYTES) // ROW.itemsize for item in shown])
    pictures, features, planted = [], [], []
    sorts = (Opinion.CAPTURED, Opinion.UNDETERMINED, Opinion.GENERATED)
    held: list[Any] = []
    for number in range(count):
        sort = sorts[0] if number < count // 5 else sorts[1] if number < count // 2 else sorts[2]
        length = int(sizes[chance.integers(len(sizes))])
        own = rows[chance.integers(len(rows), size=length)].copy()
        own["code"][:, 8:] = rows["code"][chance.integers(len(rows), size=length)][:, 8:]
        own["x"], own["y"] = chance.integers(0, 65536, (2, length))
        origin = -1
        if sort == Opinion.GENERATED and number % 10 == 0 and length:
            origin = int(chance.integers(count // 5))
            kept = held[origin][: len(held[origin]) * 2 // 5].copy()
            flips = np.packbits(chance.random((len(kept), 128)) < 0.05, axis=1)
            kept["code"] ^= flips
            own = np.concatenate([kept, own])[:MOST_FEATURES]
        if number < count // 5:
            held.append(own)
        sha256 = hashlib.sha256(str(number).encode()).hexdigest()
        pictures.append(Picture(sha256, sort, 1024, 768))
        features.append((245).to_bytes(2, "little") + (184).to_bytes(2, "little") + own.tobytes())
        planted.append(origin)
    return pictures, features, planted


def of_a_case(shown: list[Shown], count: int) -> dict[str, Any]:
    """Links a whole case of drawn feature sets."""
    pictures, features, planted = synthetic(shown, count)
    places = {picture.sha256: number for number, picture in enumerate(pictures)}
    began, cpu = time.perf_counter(), time.process_time()
    links = list(
        scene_links(pictures, lambda ordered: SceneSet(features[places[picture.sha256]] for picture in ordered))
    )
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    found = {(places[link.sha256], places[link.other]) for link in links}
    true = {(number, origin) for number, origin in enumerate(planted) if origin >= 0}
    # Two edits of one photograph share it too.
    made_from = dict(true)
    strange = [pair for pair in found - true if made_from.get(pair[0], -1) != made_from.get(pair[1], -2)]
    return {
        "figure": "a whole case", "pictures": count, "features": sum(len(item) // ROW.itemsize for item in features),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_s, 1), "cores": len(os.sched_getaffinity(0)), "planted": len(true),
        "planted_found": len(found & true) / max(1, len(true)),
        "other_links": len(strange), "state_bytes_a_picture": round(sum(map(len, features)) / count),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--photographs", type=int, default=400)
    parser.add_argument("--edits", type=int, default=4)
    parser.add_argument("--scale", type=int, nargs="*", default=[36_209])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()

    def say(record: dict[str, Any]) -> None:
        print(
            json.dumps(record) if asked.json else ", ".join(f"{name}: {value}" for name, value in record.items()),
            flush=True,
        )

    shown, each_ms = gathered(asked.corpus, asked.photographs, asked.edits)
    say({"figure": "features", "pictures": len(shown), "cpu_ms_a_picture": round(each_ms, 2)})
    for record in measured(shown):
        say(record)
    for count in asked.scale:
        say(of_a_case(shown, count))


if __name__ == "__main__":
    main()
