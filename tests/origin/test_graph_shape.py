"""The fingerprint of a graph holds on to its form and to nothing else."""

from __future__ import annotations

import random
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from safelight.origin.graph import Graph, Node, from_prompt
from safelight.origin.graph_shape import shape

PROMPT: dict[str, Any] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "hills.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "hills", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["4", 1]}},
    "3": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
}  # fmt: skip


def of(prompt: dict[str, Any]) -> str | None:
    graph = from_prompt(prompt)
    assert graph is not None
    return shape(graph)


def changed(number: str, **inputs: Any) -> dict[str, Any]:
    node = PROMPT[number]
    return {**PROMPT, number: {**node, "inputs": {**node["inputs"], **inputs}}}


@given(st.randoms(use_true_random=False))
def test_ids_order_texts_seeds_and_files_do_not_matter(chance: random.Random) -> None:
    names = {name: str(number) for name, number in zip(PROMPT, chance.sample(range(1000), len(PROMPT)), strict=True)}
    items = list(PROMPT.items())
    chance.shuffle(items)
    made = {}
    for name, node in items:
        inputs = list(node["inputs"].items())
        chance.shuffle(inputs)
        renamed = {
            key: [names[value[0]], value[1]] if isinstance(value, list) else chance.random() for key, value in inputs
        }
        made[names[name]] = {"class_type": node["class_type"], "inputs": renamed}
    made["note"] = {"class_type": "Note", "inputs": {"text": "mine"}}
    assert of(made) == of(PROMPT)


def test_another_kind_another_link_and_one_node_more_do() -> None:
    lora = {"class_type": "LoraLoader", "inputs": {"model": ["4", 0], "lora_name": "fog"}}
    forms = [
        PROMPT,
        {**PROMPT, "9": {**PROMPT["9"], "class_type": "PreviewImage"}},
        changed("3", positive=["7", 0], negative=["4", 0]),
        changed("3", model=["10", 0]) | {"10": lora},
        changed("3", extra=["5", 0]),
    ]
    found = [of(form) for form in forms]
    assert len(set(found)) == len(forms) and all(one is not None and len(one) == 32 for one in found)


def test_a_graph_without_links_has_none_and_one_in_a_ring_has_one() -> None:
    assert shape(Graph({"1": Node("Note", {}, {}), "2": Node("Note", {}, {"a": "7"})})) is None
    ring = {str(n): Node("Odd\udc00", {}, {"a": str((n + 1) % 5)}) for n in range(5)}
    assert shape(Graph(ring)) is not None


def test_the_largest_graph_takes_no_more_than_a_moment() -> None:
    nodes = {
        str(n): Node("KSampler", {}, {f"i{k}": str((n * 7 + k) % 20_000) for k in range(5)}) for n in range(20_000)
    }
    begun = time.perf_counter()
    assert shape(Graph(nodes)) is not None
    assert time.perf_counter() - begun < 20
