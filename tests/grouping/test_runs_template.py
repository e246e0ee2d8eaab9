"""Templates: what prompts share, in order, with nothing of a prompt lost."""

from __future__ import annotations

import random
import re
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.grouping.runs_prompts import tokens_of
from safelight.grouping.runs_template import Slot, _common, _within, template_of


def test_slots_and_their_values_are_found() -> None:
    prompts = [
        f"a {colour} boat at anchor, {way}"
        for colour in ("red", "blue")
        for way in ("oil painting", "at dusk", "35mm film")
    ]
    found = template_of(prompts)
    assert found.text == "a {1} boat at anchor, {2}"
    assert found.slots[0] == Slot(2, ("blue", "red"))
    assert found.slots[1].values == 3 and set(found.slots[1].samples) == {"35mm film", "at dusk", "oil painting"}


def test_a_word_that_some_have_is_a_slot_that_can_be_empty() -> None:
    found = template_of(["a boat, misty", "a boat"])
    assert found.text == "a boat{1}" or found.text == "a boat {1}"
    assert found.slots == (Slot(2, ("", ", misty")),)


def test_one_prompt_has_no_slot() -> None:
    assert template_of(["a boat (old:1.2), sea"]) == template_of(["a boat (old:1.2), sea"] * 3)
    assert template_of(["a boat"]).slots == ()


_WORDS = st.lists(st.sampled_from("abcde"), max_size=9)


def _longest(first: list[str], second: list[str]) -> int:
    """By trying every subsequence."""
    for size in range(len(first), 0, -1):
        if any(_within(list(some), second) for some in combinations(first, size)):
            return size
    return 0


@settings(max_examples=150, deadline=None)
@given(_WORDS, _WORDS)
def test_the_common_subsequence_is_one_and_is_longest(first: list[str], second: list[str]) -> None:
    found = _common(first, second)
    assert _within(found, first) and _within(found, second)
    assert len(found) == _longest(first, second)


@settings(max_examples=60, deadline=None)
@given(st.lists(_WORDS.map(" ".join), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_every_prompt_fills_the_template_and_the_order_does_not_matter(
    prompts: list[str], chance: random.Random
) -> None:
    found = template_of(prompts)
    shuffled = list(prompts)
    chance.shuffle(shuffled)
    assert template_of(shuffled) == found
    fixed = tokens_of(re.sub(r"\{\d+\}", " ", found.text))
    for prompt in prompts:
        assert _within(fixed, tokens_of(prompt))
    assert len(found.slots) == len(re.findall(r"\{\d+\}", found.text))


def test_long_prompts_are_folded_quickly() -> None:
    chance = random.Random(4)
    base = [f"w{number}" for number in range(400)]
    prompts = [" ".join(word if chance.random() > 0.02 else "other" for word in base) for _ in range(60)]
    assert "w0" in template_of(prompts).text
