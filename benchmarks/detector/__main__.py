"""Every figure of a detector on the benign corpus, beside two controls, by folds of families and sources that it has not seen.

A scorer is one of three:

    --model FILE.onnx --card CARD.toml   a model; whether it has seen the corpus is not known here and must be said beside its figures
    --scorer package.module:callable     any callable of decoded pixels (uint8, height x width x 3) that returns a number, higher for "generated"
    --scores FILE.npz                    scores that a training made by folds (`training.heads`), or that an earlier run kept (`--keep`)

`--peers FILE.npz` sets beside it what `benchmarks.detector.peers` has kept of other people's detectors.

usage: python -m benchmarks.detector MANIFEST.csv FOLDER... (--model ... --card ... | --scorer ... | --scores ...) [--conditions A,B,C,R]
                                     [--peers FILE.npz] [--sample N] [--keep FILE.npz]
                                     [--json | --page FILE.md --named TEXT [--remark TEXT]... [--ships CARD.toml]]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from benchmarks.detector import beside
from benchmarks.detector.corpus import Item, corpus
from benchmarks.detector.page import page

from safelight.decode.content import Content
from safelight.decode.decoders import Pixels
from safelight.decode.limits import Limits
from safelight.origin.detector.card import read_card
from safelight.origin.detector.conditions import condition
from safelight.origin.detector.controls import thumbnail
from safelight.origin.detector.evaluation import Picture, control_scores, evaluate
from safelight.origin.detector.network import Network
from safelight.origin.detector.table import figures_record, lines
from safelight.registry import load

Scorer = Callable[[Pixels], float]
_EVERY_S = 30.0


def decoded(item: Item) -> Pixels | None:
    """The pixels as the product sees them."""
    data = item.path.read_bytes()
    return Content(data, len(data), Limits(pixels=120_000_000)).pixels.rgb()


def measured(
    items: Sequence[Item], scorer: Scorer, conditions: Sequence[str]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """Scores in each condition, thumbnails, sizes (width, height), and ms of CPU of the scorer for each picture and condition."""
    scores = {name: np.full(len(items), np.nan) for name in conditions}
    thumbnails = np.zeros((len(items), 48, 48, 3), np.uint8)
    sizes = np.zeros((len(items), 2), np.int64)
    spent, next_word = [], time.monotonic() + _EVERY_S
    for number, item in enumerate(items):
        pixels = decoded(item)
        if pixels is None:
            continue
        sizes[number] = pixels.shape[1], pixels.shape[0]
        thumbnails[number] = thumbnail(condition(pixels, "A", item.sha256))
        for name in conditions:
            given = condition(pixels, name, item.sha256)
            start = time.process_time()
            scores[name][number] = scorer(given)
            spent.append((time.process_time() - start) * 1000)
        if time.monotonic() > next_word:
            print(f"{number + 1} of {len(items)}", file=sys.stderr, flush=True)
            next_word = time.monotonic() + _EVERY_S
    return scores, thumbnails, sizes, np.asarray(spent)


def pictures(items: Sequence[Item], sizes: np.ndarray) -> list[Picture]:
    """The items as the protocol wants them."""
    return [
        Picture(
            sha256=item.sha256, label=item.label, family=item.family, source=item.source, fold=item.fold,
            width_px=int(width), height_px=int(height),
        )
        for item, (width, height) in zip(items, sizes, strict=True)
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--card", type=Path)
    parser.add_argument("--scorer")
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--conditions", default="A,B,C,R")
    parser.add_argument("--sample", type=int, help="so many pictures, drawn from all")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--page", type=Path, help="write the model card there")
    parser.add_argument("--named", default="a scorer", help="what was measured, for the card")
    parser.add_argument("--remark", action="append", default=[], help="what must be said of this run, for the card")
    parser.add_argument(
        "--ships", type=Path, help="card of the file that ships and was learned as what was measured, for the card"
    )
    args = parser.parse_args()
    if sum(one is not None for one in (args.model, args.scorer, args.scores)) != 1:
        parser.error("give one of --model, --scorer and --scores")
    items = corpus(args.manifest, *args.folders)
    if args.sample and args.sample < len(items):
        items = [items[one] for one in sorted(np.random.default_rng(0).permutation(len(items))[: args.sample])]
    conditions = args.conditions.split(",")
    if args.scores is not None:
        scores, thumbnails, sizes, spent = _read(items, args.scores, conditions)
    else:
        scorer: Scorer = (
            Network(args.model, read_card(args.card)).score if args.model is not None else load(args.scorer)
        )
        scores, thumbnails, sizes, spent = measured(items, scorer, conditions)
    if args.keep:
        names = np.array([item.sha256 for item in items])
        np.savez(args.keep, sha256=names, thumbnails=thumbnails, sizes=sizes, spent=spent, **scores)
    shown = pictures(items, sizes)
    controls = control_scores(shown, thumbnails)
    found = evaluate(shown, scores, thumbnails, controls=controls)
    peers = beside.read_peers(args.peers, [item.sha256 for item in items]) if args.peers else []
    table = list(beside.lines(shown, scores, controls, peers)) if peers else []
    if args.page:
        ships = read_card(args.ships) if args.ships else None
        args.page.write_text(page(found, items, args.named, args.remark, spent, table, ships), "utf-8")
    if args.json:
        print(json.dumps(figures_record(found)))
        return 0
    print("\n".join((*lines(found), "", *table)))
    if len(spent):
        print(
            f"\nms of CPU a picture and condition, scorer alone: median {np.median(spent):.1f}, 95 % {np.quantile(spent, 0.95):.1f}"
        )
    return 0


def _read(
    items: Sequence[Item], file: Path, conditions: Sequence[str]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """What an earlier run or a training kept; NaN for pictures that it had not."""
    made = np.load(file)
    row = {name: number for number, name in enumerate(made["sha256"].tolist())}
    at = np.array([row.get(item.sha256, -1) for item in items])
    scores = {name: np.where(at >= 0, made[name][np.maximum(at, 0)], np.nan) for name in conditions if name in made}
    return scores, made["thumbnails"][np.maximum(at, 0)], made["sizes"][np.maximum(at, 0)], made["spent"]


if __name__ == "__main__":
    raise SystemExit(main())
