"""Graphs as the editor keeps them."""

from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import given
from tests.origin.carriers import RECIPE, WORKFLOW
from tests.origin.graphs import workflows

from safelight.origin.graph import LINKS_MAX, NODES_MAX, Graph
from safelight.origin.workflow import from_workflow

SECOND = 1.0
BOUND_S = 10 * SECOND
"""What a test allows: a slow or busy machine is no reason to fail, and quadratic work takes minutes."""


def node(number: int, kind: str, widgets: Any = None, inputs: Any = (), **more: Any) -> dict[str, Any]:
    slots = [{"name": name, "type": sort, "link": link} for name, sort, link in inputs]
    return {"id": number, "type": kind, "widgets_values": widgets, "inputs": slots, **more}


def read(nodes: list[dict[str, Any]], links: list[list[Any]] | None = None, **more: Any) -> Graph:
    found = from_workflow({"nodes": nodes, "links": links or [], **more})
    assert found is not None
    return found


def test_widgets_are_named_and_links_found() -> None:
    found = from_workflow(json.loads(WORKFLOW))
    assert found is not None
    assert found.nodes["3"].values["seed"] == RECIPE.seed
    assert found.nodes["4"].values == {"ckpt_name": f"{RECIPE.model}.safetensors"}
    assert found.nodes["6"].values == {"text": RECIPE.prompt}


def test_names_that_the_editor_wrote_are_used_only_where_they_fit() -> None:
    told = [{"name": "prompt", "widget": {"name": "prompt"}}, {"name": "seed", "widget": {"name": "seed"}}]
    whole = read([{"id": 1, "type": "Unknown", "widgets_values": ["a hill", 7, "randomize"], "inputs": told}])
    assert whole.nodes["1"].values == {"prompt": "a hill", "seed": 7, "control_after_generate": "randomize"}
    part = read([{"id": 1, "type": "Unknown", "widgets_values": ["x", "a hill", 7, "randomize"], "inputs": told}])
    assert part.nodes["1"].values == {"widget 0": "x", "widget 1": "a hill", "seed": 7, "widget 3": "randomize"}
    by_name = read([node(1, "Unknown", {"seed": 7})])
    assert by_name.nodes["1"].values == {"seed": 7}
    word = read([node(1, "Unknown", ["a", "fixed"])])
    assert word.nodes["1"].values == {"widget 0": "a", "widget 1": "fixed"}


def test_a_linked_widget_has_no_value_of_its_own() -> None:
    found = read(
        [node(1, "CLIPTextEncode", ["stale"], [("text", "STRING", 5)]), node(2, "PrimitiveNode", ["a hill"])],
        [[5, 2, 0, 1, 0, "STRING"]],
    )
    assert (found.nodes["1"].values, found.nodes["1"].links) == ({}, {"text": "2"})


def test_links_as_objects_are_read() -> None:
    link = {"id": 5, "origin_id": 2, "origin_slot": 0, "target_id": 1, "target_slot": 0, "type": "IMAGE"}
    found = from_workflow(
        {
            "nodes": [node(1, "SaveImage", [], [("images", "IMAGE", 5)]), node(2, "LoadImage", ["a.png"])],
            "links": [link],
        }
    )
    assert found is not None
    assert found.nodes["1"].links == {"images": "2"}


def test_muted_nodes_did_not_run_and_bypassed_ones_pass_on() -> None:
    nodes = [
        node(1, "SaveImage", [], [("images", "IMAGE", 11)]),
        node(2, "ImageScale", [], [("mask", "MASK", 12), ("image", "IMAGE", 13)], mode=4, outputs=[{"type": "IMAGE"}]),
        node(3, "LoadImage", ["a.png"], outputs=[{"type": "IMAGE"}]),
        node(4, "SaveImage", [], [("images", "IMAGE", 14)], mode=2),
        node(5, "SaveImage", [], [("images", "IMAGE", 15)]),
    ]
    links = [[11, 2, 0, 1, 0, "IMAGE"], [13, 3, 0, 2, 1, "IMAGE"], [14, 3, 0, 4, 0, "IMAGE"], [15, 4, 0, 5, 0, "IMAGE"]]
    found = read(nodes, links)
    assert list(found.nodes) == ["1", "3", "5"]
    assert found.nodes["1"].links == {"images": "3"}
    assert found.nodes["5"].links == {}


def test_named_wires_are_joined() -> None:
    nodes = [
        node(1, "SaveImage", [], [("images", "IMAGE", 11)]),
        node(2, "GetNode", ["picture"]),
        node(3, "SetNode", ["picture"], [("IMAGE", "IMAGE", 12)]),
        node(4, "LoadImage", ["a.png"]),
    ]
    found = read(nodes, [[11, 2, 0, 1, 0, "IMAGE"], [12, 4, 0, 3, 0, "IMAGE"]])
    assert found.nodes["1"].links == {"images": "4"}


def test_subgraphs_stand_where_their_nodes_stood() -> None:
    inner = {
        "id": "sub",
        "nodes": [
            node(1, "KSampler", [0, "fixed", 20], [("latent_image", "LATENT", 1)]),
            node(2, "VAEDecode", [], [("samples", "LATENT", 2)]),
        ],
        "links": [
            {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": 0},
            {"id": 2, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 0},
            {"id": 3, "origin_id": 2, "origin_slot": 0, "target_id": -20, "target_slot": 0},
        ],
    }
    nodes = [
        node(5, "sub", [99], [("latent", "LATENT", 11)], properties={"proxyWidgets": [["1", "seed"]]}),
        node(6, "SaveImage", [], [("images", "IMAGE", 12)]),
        node(7, "EmptyLatentImage", [512, 512, 1]),
    ]
    found = read(nodes, [[11, 7, 0, 5, 0, "LATENT"], [12, 5, 0, 6, 0, "IMAGE"]], definitions={"subgraphs": [inner]})
    assert set(found.nodes) == {"5:1", "5:2", "6", "7"}
    assert found.nodes["6"].links == {"images": "5:2"}
    assert found.nodes["5:2"].links == {"samples": "5:1"}
    assert found.nodes["5:1"].links == {"latent_image": "7"}
    assert found.nodes["5:1"].values["seed"] == 99


def test_a_subgraph_within_itself_is_cut_and_said() -> None:
    inner = {"id": "sub", "nodes": [node(1, "sub"), node(2, "sub"), node(3, "KSampler", [7])], "links": []}
    start = time.process_time()
    found = read([node(1, "sub")], definitions={"subgraphs": [inner]})
    assert found.cut
    assert time.process_time() - start < BOUND_S


def test_what_is_no_workflow_is_none() -> None:
    for value in (None, [], {}, {"nodes": {}}, {"nodes": []}, {"nodes": [3, {"id": 1}, {"type": "K", "id": [1]}]}):
        assert from_workflow(value) is None


@given(workflows)
def test_random_workflows_never_raise(value: dict[str, Any]) -> None:
    found = from_workflow(value)
    if found is not None:
        for item in found.nodes.values():
            assert not item.values.keys() & item.links.keys()
            assert all(isinstance(source, str) for source in item.links.values())


def test_a_long_row_of_bypassed_nodes_is_followed_some_way_and_said() -> None:
    bypassed = {"type": "K", "mode": 4, "outputs": [{"type": "I"}]}
    row = [
        {"id": place, **bypassed, "inputs": [{"name": "a", "type": "I", "link": place}]}
        for place in range(NODES_MAX - 1)
    ]
    links = [[place, place - 1, 0, place, 0, "I"] for place in range(NODES_MAX)]
    start = time.process_time()
    found = read([*row, node(NODES_MAX, "SaveImage", [], [("images", "I", NODES_MAX - 1)])], links)
    assert time.process_time() - start < BOUND_S
    assert found.cut


def test_quadratic_links_are_cut_in_time() -> None:
    inputs = [{"name": str(number), "link": number} for number in range(500)]
    nodes = [{"id": place, "type": "K", "inputs": inputs} for place in range(500)]
    links = [[place, place % 500, 0, 0, 0, "I"] for place in range(LINKS_MAX)]
    start = time.process_time()
    found = read(nodes, links)
    assert time.process_time() - start < BOUND_S
    assert found.cut
    assert sum(len(item.links) for item in found.nodes.values()) <= LINKS_MAX
