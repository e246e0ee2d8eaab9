"""ComfyUI graphs: nodes that name their inputs and the nodes these come from.

Two forms exist: the prompt, which the server ran (`{id: {class_type, inputs}}`), read here, and the workflow, which the editor shows, read
by `workflow`. Source: the public behaviour of comfyanonymous/ComfyUI.

A graph comes from a hostile file: it may have cycles, links to nothing and any number of nodes. Everything here is bounded, each walk
visits a node once, and what a bound cut off is said in `Graph.cut`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

__all__ = ["INPUTS_MAX", "LINKS_MAX", "NODES_MAX", "TEXT_CHARS", "Budget", "Graph", "Node", "from_prompt", "plain"]

NODES_MAX: Final = 20_000
"""Nodes of one graph that are read; large real ones have some hundreds."""

LINKS_MAX: Final = 100_000
"""Links of one graph that are read."""

INPUTS_MAX: Final = 500
"""Inputs of one node that are read."""

TEXT_CHARS: Final = 200_000
"""Characters of one text in a node that are kept."""

_KIND_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its kind, the values of its inputs, and for linked inputs the id of the node they come from."""

    kind: str
    values: Mapping[str, Any]
    links: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes by id, in the order of the file; `cut` says in words what was left out, empty when nothing was."""

    nodes: dict[str, Node] = field(default_factory=dict)
    cut: str = ""

    def upstream(self, *starts: str) -> Iterator[str]:
        """The ids of the nodes so named and of every node that they depend on, nearest first, each once."""
        waiting = deque(name for name in dict.fromkeys(starts) if name in self.nodes)
        seen = set(waiting)
        while waiting:
            name = waiting.popleft()
            yield name
            for other in self.nodes[name].links.values():
                if other not in seen and other in self.nodes:
                    seen.add(other)
                    waiting.append(other)

    def downstream(self, starts: Iterable[str]) -> set[str]:
        """The ids of every node that depends on one of these, in any number of steps; a start only where it depends on another."""
        fed: dict[str, list[str]] = {}
        for name, node in self.nodes.items():
            for other in node.links.values():
                fed.setdefault(other, []).append(name)
        waiting = deque(dict.fromkeys(starts))
        found: set[str] = set()
        while waiting:
            for other in fed.pop(waiting.popleft(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found


@dataclass(slots=True)
class Budget:
    """What may still be read of one graph; remembers whether anything was refused."""

    nodes: int = NODES_MAX
    links: int = LINKS_MAX
    refused: bool = False

    def node(self) -> bool:
        """Takes one node; False when there is none left."""
        self.nodes -= 1
        self.refused |= self.nodes < 0
        return self.nodes >= 0

    def link(self) -> bool:
        """Takes one link; False when there is none left."""
        self.links -= 1
        self.refused |= self.links < 0
        return self.links >= 0

    @property
    def cut(self) -> str:
        """What was left out, in words; empty when nothing was."""
        return (
            f"more than {NODES_MAX} nodes, {LINKS_MAX} links or {INPUTS_MAX} inputs of a node" if self.refused else ""
        )


def from_prompt(value: Any) -> Graph | None:
    """The graph of a prompt, or None when the value is not one."""
    if not isinstance(value, dict):
        return None
    budget = Budget()
    nodes: dict[str, Node] = {}
    for name, item in value.items():
        if not isinstance(item, dict) or not isinstance(item.get("class_type"), str):
            continue
        if not budget.node():
            break
        inputs = item.get("inputs")
        nodes[str(name)] = _node(item["class_type"], inputs if isinstance(inputs, dict) else {}, value, budget)
    return Graph(nodes, budget.cut) if nodes else None


def _node(kind: str, inputs: Mapping[str, Any], everything: Mapping[str, Any], budget: Budget) -> Node:
    values: dict[str, Any] = {}
    links: dict[str, str] = {}
    for key, entry in islice(inputs.items(), INPUTS_MAX):
        # A pair of numbers can also be a value; only a link names a node that is there.
        if _is_link(entry) and str(entry[0]) in everything:
            if budget.link():
                links[key] = str(entry[0])
        else:
            values[key] = plain(entry)
    budget.refused |= len(inputs) > INPUTS_MAX
    return Node(kind[:_KIND_CHARS], values, links)


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int) and isinstance(value[1], int)


def plain(value: Any) -> Any:
    """A value of an input as it is kept: texts are cut at `TEXT_CHARS`."""
    return value[:TEXT_CHARS] if isinstance(value, str) else value
