"""Graphs as the server ran them, and the walks over them."""

from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import given
from tests.origin.carriers import PROMPT, RECIPE
from tests.origin.graphs import chain, prompts

from safelight.origin.graph import INPUTS_MAX, LINKS_MAX, NODES_MAX, TEXT_CHARS, Graph, from_prompt

SECOND = 1.0
BOUND_S = 10 * SECOND
"""What a test allows: a slow or busy machine is no reason to fail, and quadratic work takes minutes."""


def graph_of(**links: list[str]) -> Graph:
    found = from_prompt(
        {name: {"class_type": "K", "inputs": {other: [other, 0] for other in others}} for name, others in links.items()}
    )
    assert found is not None
    return found


def test_values_and_links_are_told_apart() -> None:
    found = from_prompt(json.loads(PROMPT))
    assert found is not None
    sampler = found.nodes["3"]
    assert (sampler.kind, sampler.values["seed"]) == ("KSampler", RECIPE.seed)
    assert sampler.links == {"model": "4", "positive": "6", "negative": "7", "latent_image": "5"}
    assert not found.cut


def test_a_pair_of_numbers_that_names_no_node_is_a_value() -> None:
    found = from_prompt({"1": {"class_type": "K", "inputs": {"size": [512, 512], "other": ["1", 0], "one": ["1"]}}})
    assert found is not None
    assert found.nodes["1"].values == {"size": [512, 512], "one": ["1"]}
    assert found.nodes["1"].links == {"other": "1"}


def test_what_is_no_prompt_is_none() -> None:
    for value in (None, [], {}, {"1": 2}, {"1": {"inputs": {}}}, {"1": {"class_type": 3}}, "text"):
        assert from_prompt(value) is None


def test_upstream_goes_nearest_first_and_once_through_cycles() -> None:
    found = graph_of(a=["b", "c"], b=["d"], c=["d", "a"], d=["b"])
    assert list(found.upstream("a")) == ["a", "b", "c", "d"]
    assert list(found.upstream("d", "d", "nowhere")) == ["d", "b"]
    assert list(found.upstream()) == []


def test_downstream_names_what_depends_on_the_starts() -> None:
    found = graph_of(a=["b"], b=["c"], c=[], d=["c"], e=[])
    assert found.downstream(["c"]) == {"a", "b", "d"}
    assert found.downstream(["c", "b"]) == {"a", "b", "d"}
    assert graph_of(a=["b"], b=["a"]).downstream(["a"]) == {"a", "b"}


@given(prompts)
def test_walks_over_random_graphs_end_and_agree(value: dict[str, Any]) -> None:
    found = from_prompt(value)
    if found is None:
        return
    for name in found.nodes:
        up = list(found.upstream(name))
        assert up[0] == name
        assert len(up) == len(set(up))
        for other in up[1:]:
            assert name in found.downstream([other])


def test_more_than_anybody_builds_is_cut_and_said() -> None:
    many = chain("KSampler", NODES_MAX + 10, {}, "latent_image")
    found = from_prompt(many)
    assert found is not None
    assert len(found.nodes) == NODES_MAX
    assert found.cut
    wide = from_prompt({"1": {"class_type": "K", "inputs": {str(place): place for place in range(INPUTS_MAX + 1)}}})
    assert wide is not None
    assert len(wide.nodes["1"].values) == INPUTS_MAX
    assert wide.cut
    long = from_prompt({"1": {"class_type": "K" * 500, "inputs": {"text": "x" * (TEXT_CHARS + 1)}}})
    assert long is not None
    assert (len(long.nodes["1"].kind), len(long.nodes["1"].values["text"])) == (200, TEXT_CHARS)


def test_quadratic_links_are_cut_in_time() -> None:
    size = 1500
    links = {str(place): [str(place), 0] for place in range(size)}
    value = {str(place): {"class_type": "KSampler", "inputs": links} for place in range(size)}
    start = time.process_time()
    found = from_prompt(value)
    assert found is not None
    assert sum(len(node.links) for node in found.nodes.values()) == LINKS_MAX
    assert found.cut
    list(found.upstream("0"))
    found.downstream(["0"])
    assert time.process_time() - start < BOUND_S
