"""ComfyUI workflows: the graph as the editor keeps it, brought into the form of the prompt that the server ran.

A workflow has `nodes` and `links`, and the values of a node's widgets in the order of its widgets. Their names come from the node itself
where the editor wrote them, else from the list below; what cannot be named is kept under its place. Muted nodes did not run,
bypassed ones pass their input on, named wires (SetNode and GetNode) are joined, and subgraphs are put in place of the nodes that stand
for them.

Source: the public behaviour of comfyanonymous/ComfyUI and Comfy-Org/ComfyUI_frontend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

from safelight.origin.graph import INPUTS_MAX, LINKS_MAX, Budget, Graph, Node, plain

__all__ = ["from_workflow"]

_WIDGETS: Final[dict[str, tuple[str, ...]]] = {
    "KSampler": ("seed", "control_after_generate", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        "add_noise", "noise_seed", "control_after_generate", "steps", "cfg", "sampler_name", "scheduler", "start_at_step", "end_at_step",
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "control_after_generate", "cfg"),
    "RandomNoise": ("noise_seed", "control_after_generate"),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "LoadImage": ("image",),
    "PrimitiveNode": ("value", "control_after_generate"),
}  # fmt: skip
# What the editor writes behind a seed: the seed before it is told by that.
_AFTER_SEED: Final = frozenset({"fixed", "increment", "decrement", "randomize"})
_MUTED: Final = 2
_BYPASSED: Final = 4
_INSIDE: Final = -10
_OUTSIDE: Final = -20
_DEPTH: Final = 8
_HOPS: Final = 200
_PASSING: Final = 32


class _Source(NamedTuple):
    """Where a link comes from: a node's id as the file has it, and the slot of its output."""

    node: Any
    slot: Any


@dataclass(slots=True)
class _Scope:
    """One level of nodes and links: the workflow itself, or a subgraph in place of the node `outer`."""

    prefix: str
    items: dict[str, Mapping[str, Any]]
    sources: dict[int, _Source]
    outputs: dict[int, _Source] = field(default_factory=dict)
    wires: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    outer: tuple[_Scope, Mapping[str, Any]] | None = None


class _Reader:
    """Reads one workflow."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._budget = Budget()
        self._hops = LINKS_MAX
        self._nodes: dict[str, Node] = {}
        self._instances: dict[str, _Scope] = {}
        self._subgraphs: dict[str, Mapping[str, Any]] = {}
        definitions = value.get("definitions")
        subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        for item in islice(subgraphs, 1000) if isinstance(subgraphs, list) else ():
            if isinstance(item, dict) and isinstance(item.get("id"), str):
                self._subgraphs[item["id"]] = item
        self._top = self._scope(value, "", None)

    def graph(self) -> Graph | None:
        self._expand(self._top, 0)
        scopes = [self._top, *self._instances.values()]
        for scope in scopes:
            for name, item in scope.items.items():
                if _rests(item) or f"{scope.prefix}{name}" in self._instances:
                    continue
                links = dict(self._links(scope, item))
                values = {key: value for key, value in _widgets(item).items() if key not in links}
                self._nodes[f"{scope.prefix}{name}"] = Node(item["type"][:200], values, links)
        return Graph(self._nodes, self._budget.cut) if self._nodes else None

    def _scope(self, value: Mapping[str, Any], prefix: str, outer: tuple[_Scope, Mapping[str, Any]] | None) -> _Scope:
        items: dict[str, Mapping[str, Any]] = {}
        for item in value["nodes"] if isinstance(value.get("nodes"), list) else ():
            if not self._budget.node():
                break
            if isinstance(item, dict) and isinstance(item.get("type"), str) and isinstance(item.get("id"), int | str):
                items[str(item["id"])] = item
        scope = _Scope(prefix, items, {}, outer=outer)
        for item in items.values():
            if item["type"] == "SetNode" and (wire := _wire(item)) is not None:
                scope.wires.setdefault(wire, item)
        for link in value["links"] if isinstance(value.get("links"), list) else ():
            if not self._budget.link():
                break
            number, source, target, slot = _link(link)
            if isinstance(number, int):
                scope.sources[number] = source
            if target == _OUTSIDE and isinstance(slot, int):
                scope.outputs[slot] = source
        return scope

    def _expand(self, scope: _Scope, depth: int) -> None:
        for name, item in scope.items.items():
            subgraph = self._subgraphs.get(item["type"])
            if subgraph is None or _rests(item):
                continue
            if depth >= _DEPTH or self._budget.refused:
                self._budget.refused = True
                return
            place = f"{scope.prefix}{name}"
            inner = self._scope(subgraph, f"{place}:", (scope, item))
            _promote(item, inner)
            self._instances[place] = inner
            self._expand(inner, depth + 1)

    def _links(self, scope: _Scope, item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for entry in _entries(item, "inputs"):
            name, link = entry.get("name"), entry.get("link")
            if isinstance(name, str) and isinstance(link, int) and (source := scope.sources.get(link)) is not None:
                found = self._real(scope, source)
                if found is not None:
                    yield name, found

    def _real(self, scope: _Scope, source: _Source) -> str | None:
        """The id of the node that a link really comes from: through subgraphs, and past nodes that were bypassed."""
        for _ in range(_HOPS):
            self._hops -= 1
            if self._hops < 0:
                break
            if source.node == _INSIDE and scope.outer is not None:
                scope, item = scope.outer
                link = _at(item, "inputs", source.slot).get("link")
            elif not isinstance(source.node, int | str):
                return None
            else:
                name = str(source.node)
                inner = self._instances.get(f"{scope.prefix}{name}")
                if inner is not None:
                    if not isinstance(source.slot, int) or source.slot not in inner.outputs:
                        return None
                    scope, source = inner, inner.outputs[source.slot]
                    continue
                found = scope.items.get(name)
                if found is None or found.get("mode") == _MUTED:
                    return None
                link = _passed_on(scope, found, source.slot)
                if link is None:
                    return f"{scope.prefix}{name}"
            if not isinstance(link, int) or link not in scope.sources:
                return None
            source = scope.sources[link]
        self._budget.refused = True
        return None


def from_workflow(value: Any) -> Graph | None:
    """The graph of a workflow, or None when the value is not one."""
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return None
    return _Reader(value).graph()


def _link(link: Any) -> tuple[Any, _Source, Any, Any]:
    """Number, source, target and slot of the target; the two forms in which the editor writes a link."""
    if isinstance(link, list) and len(link) >= 5:
        return link[0], _Source(link[1], link[2]), link[3], link[4]
    if isinstance(link, dict):
        source = _Source(link.get("origin_id"), link.get("origin_slot"))
        return link.get("id"), source, link.get("target_id"), link.get("target_slot")
    return None, _Source(None, None), None, None


def _rests(item: Mapping[str, Any]) -> bool:
    """Whether a node did not run."""
    return item.get("mode") in (_MUTED, _BYPASSED)


def _wire(item: Mapping[str, Any]) -> str | None:
    values = item.get("widgets_values")
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else None


def _passed_on(scope: _Scope, item: Mapping[str, Any], slot: Any) -> Any:
    """The number of the link that a node hands on as it is, or None when the node makes something of its own."""
    if item.get("mode") == _BYPASSED:
        sort, source = _at(item, "outputs", slot).get("type"), item
    elif item["type"] == "GetNode" and (setter := scope.wires.get(_wire(item) or "")) is not None:
        sort, source = None, setter
    else:
        return None
    inputs = islice(_entries(source, "inputs"), _PASSING)
    return next((entry.get("link") for entry in inputs if sort is None or entry.get("type") == sort), -1)


def _entries(item: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    entries = item.get(name)
    if isinstance(entries, list):
        yield from (entry for entry in islice(entries, INPUTS_MAX) if isinstance(entry, dict))


def _at(item: Mapping[str, Any], name: str, slot: Any) -> Mapping[str, Any]:
    entries = item.get(name)
    if isinstance(entries, list) and isinstance(slot, int) and 0 <= slot < len(entries):
        entry = entries[slot]
        return entry if isinstance(entry, dict) else {}
    return {}


def _promote(item: Mapping[str, Any], inner: _Scope) -> None:
    """Sets the values of widgets that the editor shows on the node outside; those inside are stale."""
    properties = item.get("properties")
    places = properties.get("proxyWidgets") if isinstance(properties, dict) else None
    values = item.get("widgets_values")
    if not isinstance(places, list) or not isinstance(values, list):
        return
    named: dict[str, dict[str, Any]] = {}
    for place, value in zip(places[:INPUTS_MAX], values, strict=False):
        if not isinstance(place, list) or len(place) < 2 or not isinstance(place[1], str):
            continue
        if not isinstance(place[0], int | str) or (node := inner.items.get(str(place[0]))) is None:
            continue
        if str(place[0]) not in named:
            named[str(place[0])] = _widgets(node)
            inner.items[str(place[0])] = {**node, "widgets_values": named[str(place[0])]}
        named[str(place[0])][place[1]] = value


def _widgets(item: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a node's widgets by name, or under their place where the name is not known."""
    values = item.get("widgets_values")
    if isinstance(values, dict):
        return {str(key): plain(value) for key, value in islice(values.items(), INPUTS_MAX)}
    if not isinstance(values, list):
        return {}
    names = _names(item, values[:INPUTS_MAX])
    return {name: plain(value) for name, value in zip(names, values[:INPUTS_MAX], strict=True)}


def _names(item: Mapping[str, Any], values: list[Any]) -> list[str]:
    controls = {
        place for place in range(1, len(values)) if _is_control(values[place]) and _is_number(values[place - 1])
    }
    known = list(_WIDGETS.get(item["type"], ()))
    if not known:
        told = [
            entry["widget"].get("name") for entry in _entries(item, "inputs") if isinstance(entry.get("widget"), dict)
        ]
        names = iter([name for name in told if isinstance(name, str)])
        # Older editors listed only the widgets that had become inputs: then places cannot be told apart.
        if len(told) + len(controls) == len(values):
            known = ["control_after_generate" if place in controls else next(names, "") for place in range(len(values))]
    known += [""] * (len(values) - len(known))
    for place in controls:
        known[place - 1] = known[place - 1] or "seed"
    return [name or f"widget {place}" for place, name in enumerate(known[: len(values)])]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_control(value: Any) -> bool:
    return isinstance(value, str) and value in _AFTER_SEED
