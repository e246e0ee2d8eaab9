"""Generation runs among N files that say how they were made, with the errors against the truth; and what cases of N files share.

Run: `python benchmarks/runs.py --n 100000 --json`. `drawn`: commands of an imagined maker: prompts of 4 to 14 parts with up to 3 slots,
seeds that count up, jump, or come in fours, times kept, lost or all the same. `seizure`: the recipes of the demo seizure of N files, without
drawing it. `crowded`: the worst case that is known: every prompt has the same 20 words and 20 of 2,000 others, so that no two are alike and
all are nearly so. `links`: four cases of N traces of each of four kinds. `memory_mb` is what the process grew by, the facts left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from safelight.demo.plan import plan_seizure
from safelight.demo.prompts import draw_recipe
from safelight.grouping.links import Trace, shared_traces
from safelight.grouping.runs import Found, MakingFacts, generation_runs

WORDS = [f"word{number:04d}" for number in range(3_000)]
ALWAYS = ["masterpiece", "best quality", "ultra detailed", "8k"]
Drawn = tuple[list[MakingFacts], dict[str, Any]]


def name(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def drawn(count: int) -> Drawn:
    chance = random.Random(1)
    facts: list[MakingFacts] = []
    truth: dict[str, Any] = {}
    command = 0
    while len(facts) < count:
        command += 1
        model = chance.randrange(12)
        loras = tuple(sorted(chance.sample([f"lora{n}" for n in range(20)], chance.choice([0, 0, 0, 1, 2]))))
        fixed = [" ".join(chance.choices(WORDS, k=chance.randint(1, 3))) for _ in range(chance.randint(4, 14))]
        places = chance.sample(range(len(fixed)), min(chance.choice([0, 0, 1, 1, 2, 3]), len(fixed) // 3))
        slots = {
            place: [
                " ".join(chance.choices(WORDS, k=chance.randint(1, 2))) for _ in range(chance.choice([2, 3, 9, 40]))
            ]
            for place in places
        }
        always = chance.sample(ALWAYS, chance.choice([0, 2, 4]))
        seed, seeds = chance.randrange(1 << 32), chance.choice(["up", "up", "jump", "fours"])
        start, times = chance.randrange(1_600_000_000, 1_750_000_000), chance.choice(["kept", "kept", "lost", "same"])
        for number in range(max(2, int(chance.expovariate(1 / 60)))):
            if seeds != "up" and (seeds == "jump" or number % 4 == 0):
                seed = chance.randrange(1 << 32)
            moment = {"kept": start + number * 25, "lost": None, "same": 1_760_000_000}[times]
            parts = [
                *always,
                *(chance.choice(slots[place]) if place in slots else text for place, text in enumerate(fixed)),
            ]
            truth[name(len(facts))] = command
            facts.append(
                MakingFacts(
                    sha256=name(len(facts)), software="a", model=f"m{model}", model_hash=f"{model:010x}", loras=loras, prompt=", ".join(parts),
                    seed=seed, time_ns=None if moment is None else moment * 10**9, folder=f"f{command % 9}",
                )
            )  # fmt: skip
            seed += 1
            if len(facts) == count:
                break
    return facts, truth


def seizure(count: int) -> Drawn:
    facts: list[MakingFacts] = []
    truth: dict[str, Any] = {}
    for planned in plan_seizure(count, 1):
        software = "comfyui" if planned.kind == "comfyui" else "a1111"
        if planned.kind not in {"a1111", "webp", "misnamed", "comfyui"} and planned.how != "ai-edited":
            continue
        recipe = draw_recipe(1, planned.run, planned.number)
        truth[name(planned.number)] = (software, planned.run)
        facts.append(
            MakingFacts(
                sha256=name(planned.number), software=software, model=recipe.model.casefold(), prompt=recipe.prompt, seed=recipe.seed,
                time_ns=planned.modified_s * 10**9, folder=os.fsdecode(planned.path.rpartition(b"/")[0]),
            )
        )  # fmt: skip
    return facts, truth


def crowded(count: int) -> Drawn:
    chance = random.Random(3)
    same, others = WORDS[:20], WORDS[20:2_020]
    weights = [1 / (place + 1) ** 0.7 for place in range(len(others))]
    facts = [
        MakingFacts(sha256=name(number), model="m", prompt=", ".join(same + chance.choices(others, weights, k=20)))
        for number in range(count)
    ]
    return facts, {item.sha256: number for number, item in enumerate(facts)}


def runs(make: Callable[[int], Drawn], count: int) -> dict[str, Any]:
    facts, truth = make(count)
    before, started = _memory_mib(), time.perf_counter()
    found = generation_runs(facts)
    seconds = time.perf_counter() - started
    return {
        "files": len(facts),
        "seconds": round(seconds, 2),
        "memory_mb": round(_memory_mib() - before, 1),
        **errors(found, truth),
    }


def errors(found: Found, truth: dict[str, Any], templates: dict[Any, Any] | None = None) -> dict[str, int]:
    """What is right and wrong in generation runs, given the recipe that each file was really made by.

    Args:
        found: The runs. `truth`: the recipe of each file.
        templates: What recipes must agree in to be one recipe of Safelight, by recipe: it takes prompts that differ in some slots as one. Without
            it every two recipes that come together count as mixed; with it those of two templates are counted as well.
    """
    of_recipe: dict[int, set[Any]] = defaultdict(set)
    of_truth: dict[Any, set[int]] = defaultdict(set)
    mixed: list[bool] = []
    for run in found.runs:
        inside = {truth[member] for member in run.members if member in truth}
        if len(inside) > 1:
            mixed.append(run.loose)
        for one in inside:
            of_recipe[run.recipe].add(one)
            of_truth[one].add(run.recipe)
    counted = {
        "true_recipes": len(set(truth.values())), "recipes": len(of_recipe), "runs": len(found.runs), "runs_mixing": len(mixed),
        "runs_mixing_loose": sum(mixed), "recipes_mixing": sum(len(of) > 1 for of in of_recipe.values()),
        "true_recipes_torn": sum(len(of) > 1 for of in of_truth.values()), "alone": found.alone,
    }  # fmt: skip
    if templates is not None:
        counted["true_templates"] = len({templates[one] for one in of_truth})
        counted["recipes_mixing_templates"] = sum(len({templates[one] for one in of}) > 1 for of in of_recipe.values())
    return counted


def links(count: int) -> dict[str, Any]:
    def traces(case: int) -> Iterator[Trace]:
        for kind in ("lora", "media", "model", "prompt"):
            # Every hundredth value is in all cases.
            yield from (
                Trace(kind, f"{place:08x}{0 if place % 100 == 0 else case + 1:02x}", "label", 3)
                for place in range(count)
            )

    before, started = _memory_mib(), time.perf_counter()
    totals, _, listed, left_out = shared_traces([traces(case) for case in range(4)], 50)
    return {
        "traces": 16 * count, "seconds": round(time.perf_counter() - started, 2), "memory_mb": round(_memory_mib() - before, 1),
        "shared_by_two_cases": totals[0, 1, "media"], "listed": len(listed), "left_out": sum(left_out.values()),
    }  # fmt: skip


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


ENGINES: dict[str, Callable[[int], dict[str, Any]]] = {
    "drawn": lambda count: runs(drawn, count), "seizure": lambda count: runs(seizure, count), "links": links,
    "crowded": lambda count: runs(crowded, count),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000, help="files")
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=["drawn", "seizure", "links"])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = parser.parse_args()
    for engine in asked.engines:
        record = {"engine": engine, "n": asked.n, "cores": len(os.sched_getaffinity(0)), **ENGINES[engine](asked.n)}
        print(
            json.dumps(record) if asked.json else "  ".join(f"{key}: {value}" for key, value in record.items()),
            flush=True,
        )


if __name__ == "__main__":
    main()
