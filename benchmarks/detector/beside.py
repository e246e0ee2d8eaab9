"""Peers beside a scorer, on the same pictures, folds and conditions; and what each of them would make of a queue.

A peer is judged on the pictures that it gives a score for, and so is the scorer in its line: one that declines small pictures has an easier lot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safelight.origin.detector.calibration import at_most
from safelight.origin.detector.evaluation import FIXED_IN, Picture, matched_sets
from safelight.origin.detector.figures import (
    Figure,
    auc,
    found_at,
    interval,
    photographs_found,
    queue_area,
    threshold_at,
)
from safelight.origin.detector.table import table

__all__ = ["Peer", "lines", "read_peers"]

QUEUE_SHARE = 0.05
"""Share of photographs in the queue that is mostly generated, as in the seizures that are known."""

_LOOKED_AT = (0.1, 0.25, 0.5)
_LEAST_PAIRS = 20

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What one peer said.

    Attributes:
        scores: For each condition one number for each picture, NaN where there is none. `asked`: likewise, whether it was asked.
        cpu_ms: Of all that it gave a score for.
    """

    name: str
    version: str
    scores: Mapping[str, Scores]
    asked: Mapping[str, NDArray[np.bool_]]
    cpu_ms: Scores


def read_peers(path: Path, names: Sequence[str]) -> list[Peer]:
    """What `benchmarks.detector.peers` kept, in the order of the pictures.

    Args:
        path: The file. `names`: SHA-256 of the pictures.
    """
    with np.load(path) as file:
        row = {name: number for number, name in enumerate(file["sha256"].tolist())}
        at = np.array([row.get(name, -1) for name in names])
        there = at >= 0
        found: dict[str, dict[str, dict[str, NDArray[np.float64]]]] = {}
        for key in file.files:
            name, _, rest = key.partition("|")
            condition, _, what = rest.partition("|")
            if what:
                found.setdefault(name, {}).setdefault(what, {})[condition] = file[key]
        return [
            Peer(
                name=name,
                version=str(file[f"{name}|version"]),
                scores={one: np.where(there, rows[at], np.nan) for one, rows in kept["score"].items()},
                asked={one: there & rows[at].astype(np.bool_) for one, rows in kept["asked"].items()},
                cpu_ms=np.concatenate([rows[np.isfinite(kept["score"][one])] for one, rows in kept["cpu_ms"].items()]),
            )
            for name, kept in sorted(found.items())
        ]


class _Bench:
    """The pictures, and what is compared on them.

    Args:
        pictures: All. `controls`: scores of both. `draws`: for the intervals.
    """

    def __init__(self, pictures: Sequence[Picture], controls: Mapping[str, Scores], draws: int) -> None:
        self.generated = np.array([one.generated for one in pictures])
        self.photograph = np.array([one.label == "photo" for one in pictures])
        self.fold = np.array([-1 if one.fold is None else one.fold for one in pictures])
        self.clusters = np.array([one.cluster for one in pictures])
        self.controls, self.draws = controls, draws

    def plain(self, members: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Positions of tested photographs and generated pictures among the members."""
        return np.flatnonzero(members & (self.fold >= 0) & (self.generated | self.photograph))

    def auc(self, scores: Scores, at: NDArray[np.int64]) -> Figure:
        """With its interval over clusters."""
        given, made = scores[at], self.generated[at]
        return interval(lambda w: auc(given, made, w), self.clusters[at].tolist(), made, draws=self.draws)

    def queue(self, scores: Scores, at: NDArray[np.int64]) -> tuple[Figure, ...]:
        """Areas for an even and for a mostly generated queue, then what is found after some of the latter."""
        given, made, named = scores[at], self.generated[at], self.clusters[at].tolist()
        areas = [
            interval(lambda w, p=p: queue_area(given, made, p, w), named, made, draws=self.draws)  # type: ignore[misc]
            for p in (0.5, QUEUE_SHARE)
        ]
        found = [
            interval(lambda w, q=q: photographs_found(given, made, q, QUEUE_SHARE, w), named, made, draws=self.draws)  # type: ignore[misc]
            for q in _LOOKED_AT
        ]
        return (*areas, *found)


def lines(
    pictures: Sequence[Picture],
    own: Mapping[str, Scores],
    controls: Mapping[str, Scores],
    peers: Sequence[Peer],
    draws: int = 400,
) -> Iterator[str]:
    """The tables of peers and of the queue, as Markdown.

    Args:
        pictures: All. `own`: scores of the scorer, condition B among them. `controls`: of `control_scores`. `peers`: of `read_peers`.
        draws: For the intervals.
    """
    bench = _Bench(pictures, controls, draws)
    yield "### Peers, beside the model on the same pictures"
    yield ""
    yield (
        "A stratified sample of the tested pictures, the same for each peer; each in a process of its own, given a PNG of exactly the pixels of the "
        "condition. A peer may have learned from some of these pictures; the model has not. `-`: fewer than "
        f"{_LEAST_PAIRS} pairs."
    )
    yield ""
    yield from table(
        (
            "peer", "condition", "scored of asked", "generated / photographs", "AUC, raw", "content-matched", "content-and-size-matched",
            "the model, raw", "the model, content-matched",
        ),
        (_told_apart(bench, peer, name, own) for peer in peers for name in sorted(peer.scores) if name in own),
    )  # fmt: skip
    yield ""
    yield "At the threshold that condition B fixes for 5 % false alarms on each peer's sample; 95 % upper limits, pictures taken as independent:"
    yield ""
    yield from table(
        (
            "peer", "found, 5 % false alarms", "found, 1 %", "photographs above it in A", "in C", "hard negatives above it in B",
            "ms of CPU, median / 95 %",
        ),
        (_alarms(bench, peer) for peer in peers),
    )  # fmt: skip
    yield ""
    yield "### Order of a queue: photographs found against items looked at"
    yield ""
    mixed = np.logical_and.reduce([peer.asked[FIXED_IN] for peer in peers]) & np.isfinite(own[FIXED_IN])
    at = bench.plain(mixed)
    made = int(bench.generated[at].sum())
    yield (
        f"The sample in condition B, so with nothing left but pixels: {made} generated pictures and {len(at) - made} photographs, least score first. "
        f"Area under the curve for a queue of as many photographs as generated pictures, and for one of {QUEUE_SHARE:.0%} photographs; of the "
        "latter, what share of the photographs is found by then. A picture without a score takes the place of the middle one."
    )
    yield ""
    ordered = [("random order", np.zeros(len(pictures))), ("the model", own[FIXED_IN])]
    ordered += [(f"{peer.name} {peer.version}", _filled(peer.scores[FIXED_IN], at)) for peer in peers]
    ordered += [(f"control: {name}", scores) for name, scores in controls.items()]
    yield from table(
        ("order by", "area, even", f"area, {QUEUE_SHARE:.0%} photographs", *(f"found after {one:.0%}" for one in _LOOKED_AT)),
        ((name, *map(str, bench.queue(scores, at))) for name, scores in ordered),
    )  # fmt: skip


def _told_apart(bench: _Bench, peer: Peer, condition: str, own: Mapping[str, Scores]) -> tuple[str, ...]:
    asked = bench.plain(peer.asked[condition])
    at = bench.plain(np.isfinite(peer.scores[condition]) & np.isfinite(own[condition]))
    made = int(bench.generated[at].sum())
    sets = matched_sets(bench.controls, bench.generated, bench.fold, at)

    def told(scores: Scores, matching: str) -> str:
        return str(bench.auc(scores, sets[matching])) if len(sets[matching]) >= 2 * _LEAST_PAIRS else "-"

    return (
        f"{peer.name} {peer.version}",
        condition,
        f"{len(at)} of {len(asked)}",
        f"{made} / {len(at) - made}",
        *(told(peer.scores[condition], matching) for matching in sets),
        told(own[condition], "raw"),
        told(own[condition], "content-matched"),
    )


def _alarms(bench: _Bench, peer: Peer) -> tuple[str, ...]:
    fixed = peer.scores[FIXED_IN]
    at = bench.plain(np.isfinite(fixed))
    given, made, named = fixed[at], bench.generated[at], bench.clusters[at].tolist()
    least = threshold_at(given, made, 0.05)
    found = [
        str(interval(lambda w, v=v: found_at(given, made, v, w), named, made, draws=bench.draws))  # type: ignore[misc]
        for v in (0.05, 0.01)
    ]

    def above(condition: str, members: NDArray[np.bool_]) -> str:
        if condition not in peer.scores:
            return "-"
        scores = peer.scores[condition][members & (bench.fold >= 0)]
        scores = scores[np.isfinite(scores)]
        hits = int((scores > least).sum())
        return (
            f"{hits / len(scores):.1%} of {len(scores)} (at most {at_most(hits, len(scores)):.1%})"
            if len(scores)
            else "-"
        )

    hard = ~bench.generated & ~bench.photograph
    spent = f"{np.median(peer.cpu_ms):.0f} / {np.quantile(peer.cpu_ms, 0.95):.0f}" if len(peer.cpu_ms) else "-"
    return (
        f"{peer.name} {peer.version}",
        *found,
        above("A", bench.photograph),
        above("C", bench.photograph),
        above(FIXED_IN, hard),
        spent,
    )


def _filled(scores: Scores, at: NDArray[np.int64]) -> Scores:
    """Scores in which what has none stands in the middle."""
    return np.where(np.isfinite(scores), scores, np.nanmedian(scores[at]))
