"""What cases share: media, and values that tie files to each other, each with how rare it is among the cases that were compared.

Every case comes as a stream of its traces in one order, so that cases of any size are compared in the memory of what is kept: all
counts, and of each kind the traces that tie most. How rare a trace is follows from counts alone, and counts among few cases say little:
that is said, not guessed. A model that everybody can download links nobody; it is listed last, and never left out of the counts.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, groupby
from typing import Final

from safelight.model import SceneLink

__all__ = [
    "CASES_FOR_RARITY", "KINDS", "LinkedCase", "Links", "NearPair", "NearTotal", "Rarity", "SceneBetween", "SharedTrace", "Trace", "kind_words",
    "merged", "rarity", "shared_traces",
]  # fmt: skip

CASES_FOR_RARITY: Final = 5
"""Cases that must have been compared before counts say whether a trace is rare."""

KINDS: Final[dict[str, tuple[str, str]]] = {
    "media": ("content", "contents"), "job-id": ("job number", "job numbers"), "user": ("user name", "user names"),
    "host-path": ("path on a machine", "paths on a machine"), "lora-hash": ("LoRA, by hash", "LoRAs, by hash"), "lora": ("LoRA", "LoRAs"),
    "embedding-hash": ("embedding, by hash", "embeddings, by hash"), "embedding": ("embedding", "embeddings"),
    "manifest": ("manifest", "manifests"), "prompt": ("prompt", "prompts"), "workflow": ("workflow", "workflows"),
    "input-image": ("name of an input image", "names of input images"), "model-hash": ("model, by hash", "models, by hash"),
    "model": ("model", "models"), "resource": ("model of a platform", "models of a platform"),
    "device": ("camera or telephone model", "camera or telephone models"),
}  # fmt: skip
"""Kinds of traces that are compared, one and many, in the order in which they are told."""


class Rarity(StrEnum):
    """How rare a trace is."""

    RARE = "rare"
    SOME = "in some cases"
    COMMON = "common"
    PUBLIC = "public"
    UNKNOWN = "too few cases to tell"


@dataclass(frozen=True, slots=True)
class Trace:
    """One value in one case.

    Attributes:
        kind: One of `KINDS`. `key`: hex; stands for the value, the same in every case.
        label: How a person knows it; empty for what is told by its key (contents, workflows) or folded away (prompts).
        media: How many media of the case have it. `public`: everybody can have it.
    """

    kind: str
    key: str
    label: str
    media: int
    public: bool = False


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """One of the cases: its letter, its name as it was given, the number it was given when made, its media, and the head of its log."""

    letter: str
    name: str
    case_id: str
    media: int
    head: str


@dataclass(frozen=True, slots=True)
class SharedTrace:
    """A trace that two or more cases hold: (place of the case, media there) in their order."""

    kind: str
    key: str
    label: str
    held: tuple[tuple[int, int], ...]
    rarity: Rarity


@dataclass(frozen=True, slots=True, order=True)
class NearPair:
    """Two different contents of two cases that look alike: bits apart, the places of the cases, the SHA-256s."""

    distance: int
    first_case: int
    second_case: int
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class NearTotal:
    """How many contents of two cases look like a different one of the other, and in how many pairs."""

    first_case: int
    second_case: int
    first_media: int
    second_media: int
    pairs: int


@dataclass(frozen=True, slots=True)
class SceneBetween:
    """Pictures of two cases that share part of a scene, or of which one names the other.

    `first_case`: the place of the case of `link.sha256`. `second_case`: of that of `link.other`.
    """

    first_case: int
    second_case: int
    link: SceneLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Everything that was found.

    Attributes:
        cases: In the order given.
        totals: By (place of a case, place of a later one, kind), how many traces both hold. `public`: of those, how many are public.
        traces: The shared traces that are listed, by kind, the rarest first. `left_out`: how many more there are of each kind.
        distance_bits: Distance up to which contents count as near. `near_totals`, `near`: see there; the nearest pairs are listed.
        scenes_compared: Pictures of each case that were compared by local features; None when that was not asked for.
        scene_totals: By (place of a case, place of a later one, kind), how many pictures share part of a scene. `scenes`: the strongest of them.
    """

    cases: tuple[LinkedCase, ...]
    totals: dict[tuple[int, int, str], int]
    public: dict[tuple[int, int, str], int]
    traces: tuple[SharedTrace, ...]
    left_out: dict[str, int]
    distance_bits: int
    near_totals: tuple[NearTotal, ...]
    near: tuple[NearPair, ...]
    scenes_compared: tuple[int, ...] | None = None
    scene_totals: dict[tuple[int, int, str], int] = field(default_factory=dict)
    scenes: tuple[SceneBetween, ...] = ()


def kind_words(kind: str, number: int) -> str:
    """`3 LoRAs`."""
    return f"{number:,} {KINDS[kind][number != 1]}"


def rarity(held_by: int, cases: int, *, public: bool) -> Rarity:
    """How rare a trace is that so many of so many cases hold."""
    if public:
        return Rarity.PUBLIC
    if cases < CASES_FOR_RARITY:
        return Rarity.UNKNOWN
    if 2 * held_by > cases:
        return Rarity.COMMON
    return Rarity.RARE if held_by <= max(2, cases // 10) else Rarity.SOME


def merged(streams: Sequence[Iterable[Trace]]) -> Iterator[list[tuple[int, Trace]]]:
    """The traces that two or more cases hold, each with the cases that hold it.

    Args:
        streams: The traces of each case, in ascending order of (kind, key), each once.
    """

    def placed(place: int, stream: Iterable[Trace]) -> Iterator[tuple[str, str, int, Trace]]:
        for trace in stream:
            yield trace.kind, trace.key, place, trace

    in_order = heapq.merge(*(placed(place, stream) for place, stream in enumerate(streams)), key=lambda item: item[:3])
    for _, same in groupby(in_order, key=lambda item: item[:2]):
        held = [(place, trace) for _, _, place, trace in same]
        if len(held) > 1:
            yield held


def shared_traces(
    streams: Sequence[Iterable[Trace]], limit: int
) -> tuple[dict[tuple[int, int, str], int], dict[tuple[int, int, str], int], tuple[SharedTrace, ...], dict[str, int]]:
    """Counts what cases share and keeps the traces that tie most.

    Args:
        streams: As `merged` takes them. `limit`: traces of each kind that are kept.

    Returns:
        `totals`, `public`, `traces` and `left_out` of `Links`; the same for every way of reading the cases.
    """
    totals: Counter[tuple[int, int, str]] = Counter()
    public: Counter[tuple[int, int, str]] = Counter()
    numbers: Counter[str] = Counter()
    best: dict[str, list[_Ranked]] = {}
    for held in merged(streams):
        is_public = any(trace.public for _, trace in held)
        kind = held[0][1].kind
        for (first, _), (second, _) in combinations(held, 2):
            totals[first, second, kind] += 1
            public[first, second, kind] += is_public
        numbers[kind] += 1
        found = SharedTrace(
            kind, held[0][1].key, min(trace.label for _, trace in held), tuple((place, trace.media) for place, trace in held),
            rarity(len(held), len(streams), public=is_public),
        )  # fmt: skip
        kept = best.setdefault(kind, [])
        ranked = _Ranked((is_public, len(held), sum(media for _, media in found.held), found.key), found)
        if len(kept) < limit:
            heapq.heappush(kept, ranked)
        elif limit and kept[0] < ranked:
            heapq.heapreplace(kept, ranked)
    order = list(KINDS)
    listed = tuple(
        ranked.trace
        for kind in sorted(best, key=order.index)
        for ranked in sorted(best[kind], key=lambda ranked: ranked.rank)
    )
    left_out = {kind: numbers[kind] - len(best[kind]) for kind in order if numbers[kind] > len(best.get(kind, []))}
    return dict(totals), {key: number for key, number in public.items() if number}, listed, left_out


@dataclass(slots=True)
class _Ranked:
    """A trace in a heap whose first is the one that ties least."""

    rank: tuple[bool, int, int, str]
    trace: SharedTrace

    def __lt__(self, other: _Ranked) -> bool:
        return self.rank > other.rank
