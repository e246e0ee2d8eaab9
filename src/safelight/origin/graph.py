"""ComfyUI graphs: nodes that name their inputs and the nodes these come from.

Two forms exist: the prompt, which the server ran (`{id: {class_type, inputs}}`), and the workflow, which the editor shows (`nodes` and
`links`, with the values of widgets in the order of the widgets). The workflow is brought into the form of the prompt as far as
the order of widgets is known. Source: the public behaviour of comfyanonymous/ComfyUI.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["Graph", "Node", "from_prompt", "from_workflow"]

_NODES: Final = 20_000
_TEXT_CHARS: Final = 200_000

_WIDGETS: Final[dict[str, tuple[str, ...]]] = {
    "KSampler": ("seed", "control_after_generate", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        "add_noise",
        "noise_seed",
        "control_after_generate",
        "steps",
        "cfg",
        "sampler_name",
        "scheduler",
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "control_after_generate", "cfg"),
    "RandomNoise": ("noise_seed", "control_after_generate"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name",),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "LoadImage": ("image",),
    "PrimitiveNode": ("value",),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its kind, the values of its inputs, and for linked inputs the id of the node they come from."""

    kind: str
    values: Mapping[str, Any]
    links: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes by id, in the order of the file."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def upstream(self, start: str, first: str | None = None) -> Iterator[Node]:
        """Every node that a node depends on, nearest first, each once; only through the input `first` when that is given."""
        node = self.nodes.get(start)
        if node is None:
            return
        waiting = deque(
            [node.links[first]]
            if first is not None and first in node.links
            else node.links.values()
            if first is None
            else ()
        )
        seen = set(waiting)
        while waiting:
            found = self.nodes.get(waiting.popleft())
            if found is None:
                continue
            yield found
            for other in found.links.values():
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)

    def value(self, node: Node, name: str) -> Any:
        """The value of an input; where it is linked, the first plain value of a fitting sort in the node it comes from."""
        if name in node.values:
            return node.values[name]
        found = self.nodes.get(node.links.get(name, ""))
        if found is None:
            return None
        wanted: tuple[type, ...] = (int,) if "seed" in name else (str,)
        for key in (name, "value", "seed", "int", "text", "string", "Text"):
            value = found.values.get(key)
            if isinstance(value, wanted) and not isinstance(value, bool):
                return value
        return next(
            (value for value in found.values.values() if isinstance(value, wanted) and not isinstance(value, bool)),
            None,
        )


def from_prompt(value: Any) -> Graph | None:
    """The graph of a prompt, or None when the value is not one."""
    if not isinstance(value, dict) or not value or len(value) > _NODES:
        return None
    nodes = {}
    for name, item in value.items():
        if not isinstance(item, dict) or not isinstance(item.get("class_type"), str):
            continue
        inputs = item.get("inputs")
        inputs = inputs if isinstance(inputs, dict) else {}
        links = {key: str(link[0]) for key, link in inputs.items() if _is_link(link)}
        plain = {key: _plain(entry) for key, entry in inputs.items() if key not in links}
        nodes[str(name)] = Node(item["class_type"][:200], plain, links)
    return Graph(nodes) if nodes else None


def from_workflow(value: Any) -> Graph | None:
    """The graph of a workflow, or None when the value is not one."""
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list) or len(value["nodes"]) > _NODES:
        return None
    sources: dict[Any, str] = {}
    for link in value["links"] if isinstance(value.get("links"), list) else ():
        if isinstance(link, list) and len(link) >= 2 and isinstance(link[0], int):
            sources[link[0]] = str(link[1])
        elif isinstance(link, dict) and isinstance(link.get("id"), int):
            sources[link["id"]] = str(link.get("origin_id"))
    nodes = {}
    for item in value["nodes"]:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            continue
        if item.get("mode") in {2, 4}:  # muted and bypassed nodes did not run
            continue
        links = {}
        for entry in item["inputs"] if isinstance(item.get("inputs"), list) else ():
            if (
                isinstance(entry, dict)
                and isinstance(entry.get("name"), str)
                and isinstance(entry.get("link"), int)
                and entry["link"] in sources
            ):
                links[entry["name"]] = sources[entry["link"]]
        nodes[str(item.get("id"))] = Node(item["type"][:200], _widgets(item["type"], item.get("widgets_values")), links)
    return Graph(nodes) if nodes else None


def _widgets(kind: str, values: Any) -> dict[str, Any]:
    if isinstance(values, dict):
        return {str(key): _plain(value) for key, value in values.items()}
    if not isinstance(values, list):
        return {}
    names = _WIDGETS.get(kind, ())
    return {
        names[place] if place < len(names) else f"widget {place}": _plain(value)
        for place, value in enumerate(values[:200])
    }


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int) and isinstance(value[1], int)


def _plain(value: Any) -> Any:
    return value[:_TEXT_CHARS] if isinstance(value, str) else value
