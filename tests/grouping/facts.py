"""Facts on the making of media, drawn with their truth: which media came from one command of an imagined maker."""

from __future__ import annotations

import hashlib
import random

from safelight.grouping.runs import MakingFacts

_WORDS = [
    f"{first}{second}" for first in ("oak", "sea", "hill", "red", "old", "mist") for second in "abcdefghijklmnopqrst"
]
_ALWAYS = ["best quality", "ultra detailed", "8k", "landscape"]
_DAY_NS = 86_400 * 1_000_000_000


def sha256(number: int) -> str:
    """The SHA-256 of the media with this number."""
    return hashlib.sha256(b"media %d" % number).hexdigest()


def drawn(files: int, seed: int) -> tuple[list[MakingFacts], dict[str, int]]:
    """So many facts, and the command that made each media. Prompts share words, have slots, and seeds and times as makers leave them."""
    chance = random.Random(seed)
    facts: list[MakingFacts] = []
    truth: dict[str, int] = {}
    command = 0
    while len(facts) < files:
        command += 1
        model = chance.randrange(9)
        fixed = [" ".join(chance.choices(_WORDS, k=chance.randint(1, 3))) for _ in range(chance.randint(5, 12))]
        places = chance.sample(range(len(fixed)), chance.choice([0, 1, 1, 2]))
        slots = {place: chance.sample(_WORDS, chance.choice([2, 3, 9])) for place in places}
        always = chance.sample(_ALWAYS, chance.choice([0, 2, 4]))
        loras = tuple(sorted(chance.sample(["grain", "harbour", "ink"], chance.choice([0, 0, 1, 2]))))
        start, counted = chance.randrange(1 << 32), chance.random() < 0.6
        time_ns = chance.randrange(17_000, 20_000) * _DAY_NS if chance.random() < 0.8 else None
        for number in range(min(files - len(facts), chance.randint(3, 120))):
            words = [chance.choice(slots[place]) if place in slots else text for place, text in enumerate(fixed)]
            name = sha256(len(facts))
            truth[name] = command
            facts.append(
                MakingFacts(
                    sha256=name, software="automatic1111", model=f"model{model}", model_hash=f"{model:010x}", loras=loras,
                    prompt=", ".join([*always, *words]), seed=start + number if counted else chance.randrange(1 << 32),
                    time_ns=None if time_ns is None else time_ns + number * 20_000_000_000, folder=f"outputs/{command % 7}",
                )
            )  # fmt: skip
    return facts, truth
