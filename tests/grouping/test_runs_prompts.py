"""Prompts from one template: the fast way finds what the slow one does."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.grouping.slow_prompts import slow_clusters

from safelight.grouping.runs_prompts import TOKENS_MAX, cluster_prompts, tokens_of, words_of

_WORDS = [f"w{number}" for number in range(30)]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.lists(st.sampled_from(_WORDS), max_size=40).map(", ".join), st.integers(1, 5), max_size=40))
def test_the_fast_way_finds_what_the_slow_way_finds(files: dict[str, int]) -> None:
    assert cluster_prompts(files) == slow_clusters(files)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(2, 90), st.integers(2, 25))
def test_long_prompts_with_few_differences_too(seed: int, length: int, number: int) -> None:
    chance = random.Random(seed)
    base = chance.choices(_WORDS, k=length)
    files = {}
    for _ in range(number):
        words = [chance.choice(_WORDS) if chance.random() < chance.choice([0.1, 0.3, 0.5]) else word for word in base]
        files[" ".join(words)] = chance.randint(1, 3)
    assert cluster_prompts(files) == slow_clusters(files)


def test_crowds_of_leaders_go_through_the_same_door() -> None:
    """Enough leaders with shared words that they are counted by arrays."""
    chance = random.Random(8)
    words = [f"v{number}" for number in range(60)]
    files = {" ".join(chance.sample(words, 20)): 1 for _ in range(150)}
    files |= {f"{prompt} more": 1 for prompt in list(files)[:40]}
    found = cluster_prompts(files)
    assert found == slow_clusters(files)
    assert len(set(found.values())) == 150


def test_capitals_and_punctuation_make_no_difference_and_the_order_of_words_neither() -> None:
    files = {"A Boat, (oil painting:1.2)": 2, "oil painting 1.2 a boat": 1}
    assert set(cluster_prompts(files).values()) == {"A Boat, (oil painting:1.2)"}


def test_a_word_counts_as_often_as_it_occurs() -> None:
    assert len(words_of("boat boat boat")) == 3


def test_prompts_without_words_are_alike_to_none() -> None:
    files = {"": 1, ",,,": 1, "()": 1}
    assert cluster_prompts(files) == {"": "", ",,,": ",,,", "()": "()"}


def test_scripts_without_blanks_are_taken_sign_by_sign() -> None:
    assert tokens_of("灯台と海 boat") == ["灯", "台", "と", "海", "boat"]
    assert len(set(cluster_prompts({"古い灯台と青い海": 1, "古い灯台と赤い海": 1}).values())) == 1


def test_a_text_without_end_is_cut() -> None:
    assert len(tokens_of("boat " * 50_000)) == TOKENS_MAX
