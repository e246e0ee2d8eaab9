"""Generation runs: media that say that they were made alike.

A recipe is what media agree in: software, model, set of LoRAs, shape of the workflow, trace of the maker's machine, and prompts
from one template (see `runs_prompts`). Where some media of a recipe lack the hash of the model or the trace of the machine and all
others agree in it, they are taken together; where the others differ, those that lack it stand apart.

A run is the part of a recipe that hangs together by seed or by time: two media are tied when their seeds lie at most 1,000 apart, or
their times at most two days. Parts that hold less than three media or less than a twentieth of the recipe are put together as a run
that is marked `loose`: same recipe, no tie of all. So no media of a recipe is lost, and a recipe always stands behind its runs.

All of it is what files say of themselves: it can be forged, and media that say nothing are in no run. Nothing here compares pixels.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from safelight.grouping.runs_prompts import cluster_prompts
from safelight.grouping.runs_template import Template, template_of

__all__ = ["SEED_GAP", "TIME_GAP_NS", "Found", "GenerationRun", "MakingFacts", "SeedRange", "generation_runs"]

SEED_GAP: Final = 1_000
"""Seeds at most so far apart are taken as counted up in one go."""

TIME_GAP_NS: Final = 2 * 86_400 * 1_000_000_000
"""Times at most so far apart are taken as one sitting."""

_FEW: Final = 3
_SMALL_SHARE: Final = 20
_FOLDERS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MakingFacts:
    """What one media says of how it was made; texts are empty where it says nothing.

    Attributes:
        sha256: The media.
        software: Name of the generator. `model`, `loras`: names in a form that is the same however a dialect writes them.
        model_hash: The same for the hash of the model. `workflow`: fingerprint of the graph. `host`: trace of the maker's machine or account.
        prompt: None where none is recorded. `seed`: None where none is.
        time_ns: Earliest time that a place of it states, nanoseconds since 1970 UTC. `folder`: of that place.
    """

    sha256: str
    software: str = ""
    model: str = ""
    model_hash: str = ""
    loras: tuple[str, ...] = ()
    workflow: str = ""
    host: str = ""
    prompt: str | None = None
    seed: int | None = None
    time_ns: int | None = None
    folder: str = ""

    @property
    def says_enough(self) -> bool:
        """Whether there is anything to go by: the name of the software alone is not."""
        return bool(self.model or self.model_hash or self.workflow or self.prompt)


@dataclass(frozen=True, slots=True)
class SeedRange:
    """Seeds that follow each other at most `SEED_GAP` apart, and how many media have one of them."""

    first: int
    last: int
    media: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRun:
    """One run.

    Attributes:
        recipe: Number of its recipe, from 1; runs of one recipe share it.
        members: SHA-256s in the order of seed, then time.
        software, model, model_hash, loras, workflow, host: What all members agree in; empty where nothing is stated.
        prompts: Number of different prompts; 0 where none is recorded.
        template: What the prompts of the run share; None where none is recorded. It holds prompt text.
        seeds: Ranges of seeds, ascending. `seeded`: media with a seed.
        first_ns, last_ns: Earliest and latest time; None where no member has one. `timed`: media with a time.
        folders: (folder, media in it), most first, at most 20 of them. `folders_all`: how many there are.
        loose: Nothing but the recipe ties the members.
    """

    recipe: int
    members: tuple[str, ...]
    software: str
    model: str
    model_hash: str
    loras: tuple[str, ...]
    workflow: str
    host: str
    prompts: int
    template: Template | None
    seeds: tuple[SeedRange, ...]
    seeded: int
    first_ns: int | None
    last_ns: int | None
    timed: int
    folders: tuple[tuple[str, int], ...]
    folders_all: int
    loose: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the media that were given.

    Attributes:
        runs: Recipes of two media or more, those with most first; runs of a recipe in the order of seed and time, a loose one last.
        alone: Media whose recipe no other shares. `silent`: media that do not say enough.
    """

    runs: tuple[GenerationRun, ...]
    alone: int
    silent: int


_Clusters = Callable[[dict[str, int]], dict[str, str]]


def generation_runs(facts: Iterable[MakingFacts], *, cluster: _Clusters = cluster_prompts) -> Found:
    """Finds the runs; the same for every order of the facts.

    Args:
        facts: One for each media. Memory: the facts, and a few hundred bytes for each different prompt.
        cluster: Finds the leader of each prompt; tests put a slow one in its place.
    """
    ordered = sorted(facts, key=lambda item: item.sha256)
    speaking = [item for item in ordered if item.says_enough]
    recipes = [
        part for block in _blocks(speaking) for part in _by_template(block, cluster) if len(part) > 1
    ]  # fmt: skip
    recipes.sort(key=lambda part: (-len(part), part[0].sha256))
    runs = [
        _described(members, number, loose=loose)
        for number, recipe in enumerate(recipes, 1)
        for members, loose in _parts(recipe)
    ]
    kept = sum(len(recipe) for recipe in recipes)
    return Found(tuple(runs), len(speaking) - kept, len(ordered) - len(speaking))


def _blocks(facts: Sequence[MakingFacts]) -> Iterator[list[MakingFacts]]:
    """Media that agree in everything but prompt, seed, time and folder."""
    coarse: dict[tuple[object, ...], list[MakingFacts]] = defaultdict(list)
    for item in facts:
        # A hash stands for the model where no name is given.
        coarse[item.software, item.model or item.model_hash, item.loras, item.workflow].append(item)
    for block in coarse.values():
        for same_model in _split(block, lambda item: item.model_hash):
            yield from _split(same_model, lambda item: item.host)


def _split(block: Sequence[MakingFacts], of: Callable[[MakingFacts], str]) -> Iterator[list[MakingFacts]]:
    """Parts that agree in one more statement; media that lack it join the others where these all agree."""
    parts: dict[str, list[MakingFacts]] = defaultdict(list)
    for item in block:
        parts[of(item)].append(item)
    if len(parts) == 2 and "" in parts:
        yield list(block)
    else:
        yield from parts.values()


def _by_template(block: Sequence[MakingFacts], cluster: _Clusters) -> Iterator[list[MakingFacts]]:
    files = Counter(item.prompt for item in block if item.prompt is not None)
    leaders = cluster(dict(files))
    parts: dict[str | None, list[MakingFacts]] = defaultdict(list)
    for item in block:
        parts[None if item.prompt is None else leaders[item.prompt]].append(item)
    yield from parts.values()


def _parts(recipe: Sequence[MakingFacts]) -> Iterator[tuple[list[MakingFacts], bool]]:
    """The runs of a recipe in order, each with whether it is loose."""
    tied = _Ties(len(recipe))
    for key, gap in (("seed", SEED_GAP), ("time_ns", TIME_GAP_NS)):
        placed = sorted((value, row) for row, item in enumerate(recipe) if (value := getattr(item, key)) is not None)
        for (before, one), (after, other) in pairwise(placed):
            if after - before <= gap:
                tied.tie(one, other)
    parts: dict[int, list[MakingFacts]] = defaultdict(list)
    for row, item in enumerate(recipe):
        parts[tied.root(row)].append(item)
    least = max(_FEW, len(recipe) // _SMALL_SHARE) if len(parts) > 1 else 0
    whole = [part for part in parts.values() if len(part) >= least]
    rest = [item for part in parts.values() if len(part) < least for item in part]
    for part in whole:
        part.sort(key=_place)
    whole.sort(key=lambda part: _place(part[0]))
    for part in whole:
        yield part, False
    if rest:
        # A rest of one stays a run of its own: it belongs to a recipe, and nothing is left out.
        yield sorted(rest, key=_place), True


def _place(item: MakingFacts) -> tuple[bool, int, bool, int, str]:
    return item.seed is None, item.seed or 0, item.time_ns is None, item.time_ns or 0, item.sha256


class _Ties:
    """Which rows hang together (union and find)."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, row: int) -> int:
        while self._above[row] != row:
            self._above[row] = self._above[self._above[row]]
            row = self._above[row]
        return row

    def tie(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._above[second] = first


def _described(members: Sequence[MakingFacts], recipe: int, *, loose: bool) -> GenerationRun:
    first = members[0]
    prompts = {item.prompt for item in members if item.prompt is not None}
    times = [item.time_ns for item in members if item.time_ns is not None]
    folders = Counter(item.folder for item in members)
    ranges = tuple(_ranges(sorted(item.seed for item in members if item.seed is not None)))
    return GenerationRun(
        recipe=recipe, members=tuple(item.sha256 for item in members), software=first.software, model=first.model, loras=first.loras,
        model_hash=max(item.model_hash for item in members), workflow=first.workflow, host=max(item.host for item in members),
        prompts=len(prompts), template=template_of(prompts) if prompts else None,
        seeds=ranges, seeded=sum(item.media for item in ranges), first_ns=min(times, default=None), last_ns=max(times, default=None),
        timed=len(times), folders=tuple(sorted(folders.items(), key=lambda item: (-item[1], item[0]))[:_FOLDERS]), folders_all=len(folders),
        loose=loose,
    )  # fmt: skip


def _ranges(seeds: Sequence[int]) -> Iterator[SeedRange]:
    found: SeedRange | None = None
    for seed in seeds:
        if found is None or seed - found.last > SEED_GAP:
            if found is not None:
                yield found
            found = SeedRange(seed, seed, 0)
        found = replace(found, last=seed, media=found.media + 1)
    if found is not None:
        yield found
