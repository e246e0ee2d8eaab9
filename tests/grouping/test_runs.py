"""Generation runs: what is tied and what is not, whatever the order, and how often that is wrong."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.grouping.facts import drawn, sha256
from tests.grouping.slow_prompts import slow_clusters

from safelight.grouping.runs import SEED_GAP, TIME_GAP_NS, Found, MakingFacts, SeedRange, generation_runs

_DAY_NS = 86_400 * 1_000_000_000
_BASE = MakingFacts(
    sha256="",
    software="comfyui",
    model="terra",
    model_hash="31e35c80fc",
    prompt="a lighthouse on a rocky coast, oil painting",
)


def _facts(*changes: dict[str, object]) -> list[MakingFacts]:
    return [
        replace(_BASE, sha256=sha256(number), **change)  # type: ignore[arg-type]
        for number, change in enumerate(changes)
    ]


def _together(found: Found) -> list[set[int]]:
    numbers = {sha256(number): number for number in range(50)}
    return [{numbers[name] for name in run.members} for run in found.runs]


def test_seeds_that_count_up_are_one_run_and_far_ones_another() -> None:
    seeds = [*range(1_000, 1_005), *range(90_000, 90_004)]
    found = generation_runs(_facts(*({"seed": seed} for seed in seeds)))
    assert _together(found) == [{0, 1, 2, 3, 4}, {5, 6, 7, 8}]
    assert [run.recipe for run in found.runs] == [1, 1]
    assert found.runs[0].seeds == (SeedRange(1_000, 1_004, 5),)


@pytest.mark.parametrize(("apart", "runs"), [(SEED_GAP, 1), (SEED_GAP + 1, 2)])
def test_the_gap_of_seeds_is_the_one_that_is_stated(apart: int, runs: int) -> None:
    seeds = (0, 1, 2, 2 + apart, 3 + apart, 4 + apart)
    assert len(generation_runs(_facts(*({"seed": seed} for seed in seeds))).runs) == runs


@pytest.mark.parametrize(("apart", "runs"), [(TIME_GAP_NS, 1), (TIME_GAP_NS + 1, 2)])
def test_the_gap_of_times_is_the_one_that_is_stated(apart: int, runs: int) -> None:
    times = (0, 1, 2, 2 + apart, 3 + apart, 4 + apart)
    found = generation_runs(_facts(*({"seed": n * 10**9, "time_ns": t} for n, t in enumerate(times))))
    assert len(found.runs) == runs


def test_random_seeds_of_one_sitting_are_one_run_with_its_times() -> None:
    found = generation_runs(_facts(*({"seed": n * 10**8, "time_ns": n * _DAY_NS} for n in range(5))))
    assert len(found.runs) == 1
    assert (found.runs[0].first_ns, found.runs[0].last_ns, found.runs[0].timed) == (0, 4 * _DAY_NS, 5)
    assert len(found.runs[0].seeds) == found.runs[0].seeded == 5


def test_what_nothing_but_the_recipe_ties_is_kept_and_marked() -> None:
    found = generation_runs(_facts(*({"seed": seed} for seed in (1, 2, 3, 10**6, 2 * 10**6))))
    assert _together(found) == [{0, 1, 2}, {3, 4}]
    assert [run.loose for run in found.runs] == [False, True]


@pytest.mark.parametrize(
    "other",
    [
        {"model": "paper", "model_hash": ""}, {"software": "automatic1111"}, {"loras": ("grain",)}, {"workflow": "ab" * 16},
        {"prompt": "a red tractor in a barley field, watercolour"}, {"prompt": None}, {"model_hash": "cc6cb27103"}, {"host": "ada"},
    ],
)  # fmt: skip
def test_one_difference_in_the_recipe_parts_them(other: dict[str, object]) -> None:
    base = {"seed": 5, "host": "bob"}
    found = generation_runs(_facts(base, base, base | other, base | other))
    assert sorted(map(sorted, _together(found))) == [[0, 1], [2, 3]]


def test_media_that_lack_a_statement_join_those_that_agree_in_it_and_no_others() -> None:
    base = {"seed": 5}
    agreed = generation_runs(_facts(base, base | {"model_hash": ""}, base | {"host": "ada"}))
    assert _together(agreed) == [{0, 1, 2}]
    assert (agreed.runs[0].model_hash, agreed.runs[0].host) == ("31e35c80fc", "ada")
    # Two machines: whose the third media is, nothing says.
    torn = generation_runs(_facts(*(base | {"host": host} for host in ("ada", "ada", "bob", "bob", "", ""))))
    assert sorted(map(sorted, _together(torn))) == [[0, 1], [2, 3], [4, 5]]


def test_what_says_too_little_or_stands_alone_is_counted() -> None:
    silent = MakingFacts(sha256=sha256(40), software="firefly", seed=7)
    alone = MakingFacts(sha256=sha256(41), model="other")
    found = generation_runs([*_facts({}, {}), silent, alone])
    assert (len(found.runs), found.alone, found.silent) == (1, 1, 1)


def test_folders_are_counted_and_the_rest_of_them_is_told() -> None:
    found = generation_runs(_facts(*({"folder": f"f{number:02d}"} for number in [*range(30), 29])))
    assert found.runs[0].folders[0] == ("f29", 2)
    assert (len(found.runs[0].folders), found.runs[0].folders_all) == (20, 30)


_FEW_WORDS = st.lists(st.sampled_from("oak sea hill red old mist boat".split()), max_size=8).map(" ".join)
_SOME = st.builds(
    MakingFacts,
    sha256=st.just(""), software=st.sampled_from(["", "a"]), model=st.sampled_from(["", "m", "n"]), model_hash=st.sampled_from(["", "1", "2"]),
    host=st.sampled_from(["", "ada", "bob"]), prompt=st.none() | _FEW_WORDS, seed=st.none() | st.integers(0, 5_000),
    time_ns=st.none() | st.integers(0, 9).map(lambda day: day * _DAY_NS), folder=st.sampled_from(["x", "y"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_SOME, max_size=40), st.randoms(use_true_random=False))
def test_every_order_gives_the_same_and_nothing_is_lost_or_doubled(
    facts: list[MakingFacts], chance: random.Random
) -> None:
    facts = [replace(item, sha256=sha256(number)) for number, item in enumerate(facts)]
    found = generation_runs(facts)
    members = [name for run in found.runs for name in run.members]
    assert len(members) == len(set(members))
    assert len(members) + found.alone + found.silent == len(facts)
    shuffled = list(facts)
    chance.shuffle(shuffled)
    assert generation_runs(shuffled) == found
    assert generation_runs(facts, cluster=slow_clusters) == found


def test_commands_of_an_imagined_maker_are_found_with_few_errors() -> None:
    facts, truth = drawn(6_000, seed=5)
    found = generation_runs(facts)
    recipes: dict[int, set[int]] = defaultdict(set)
    commands: dict[int, set[int]] = defaultdict(set)
    for run in found.runs:
        for name in run.members:
            recipes[run.recipe].add(truth[name])
            commands[truth[name]].add(run.recipe)
    assert sum(len(of) > 1 for of in recipes.values()) == 0, "media of two commands in one recipe"
    torn = sum(len(of) > 1 for of in commands.values())
    assert torn <= 0.08 * len(commands), f"{torn} of {len(commands)} commands lie in several recipes"
    assert found.alone <= 0.005 * len(facts)


def test_many_media_take_seconds_and_little_memory() -> None:
    facts, _ = drawn(10_000, seed=9)
    tracemalloc.start()
    started = time.perf_counter()
    generation_runs(facts)
    taken_s, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken_s < 60
    assert peak < 100 << 20
