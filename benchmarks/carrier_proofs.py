"""Where a manifest of carriers is wrong, and how the file itself shows it; nothing here uses a reader of Safelight.

Four things can be shown:

    no mark    the file cannot hold what the manifest says that it carries: it is text about another file, or the letters that every label
               of its kind must hold stand nowhere in it, in a container that compresses none
    seed       the graph that ran, walked from the node that saves the picture through every link, takes the noise from another seed
    model      likewise, or the manifest's text runs on behind the end of the comment that it was read from
    name       the manifest names more than the file says, or no program at all; the same product then has another name, for a reason
               that can be looked up in the bytes of the file

Each is told with the reason. Files are never left out for it: the benchmark prints every figure both as listed and as shown.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from safelight.origin.aigc import COMPANIES

__all__ = ["Shown", "same_model", "same_name", "same_product", "shown"]

_COMPANY_WORDS = frozenset(
    "google openai adobe microsoft amazon xai bytedance samsung apple meta black forest labs ai unknown".split()
)
_SAMPLER_INPUTS = frozenset({"latent_image", "sigmas", "steps", "denoise"})
_SEED_INPUTS = ("seed", "noise_seed")
# How such a graph begins: `{"3": {"inputs": ...` or with another of the keys of a node.
_GRAPH = re.compile(r'\{\s{0,8}"[^"{}]{1,80}"\s{0,8}:\s{0,8}\{\s{0,8}"(?:inputs|class_type|_meta|is_changed)"')


@dataclass(frozen=True)
class Shown:
    """What a file shows against its line of the manifest; empty texts where nothing is.

    Attributes:
        no_mark: Why no mark can be in it.
        seed: The seed that makes the picture, where the manifest has another one. `why`: the walk that shows it.
        model: The model likewise. `model_why`: what shows it.
    """

    no_mark: str = ""
    seed: str = ""
    why: str = ""
    model: str = ""
    model_why: str = ""


def shown(told: dict[str, str], data: bytes) -> Shown:
    """Looks at one file whose line in the manifest is `told`."""
    seed, why = _other_seed(told["seed"], data) if told["seed"] else ("", "")
    model, model_why = _other_model(told["model"], data) if told["model"] else ("", "")
    return Shown(_no_mark(told["carrier"], data), seed, why, model, model_why)


# No mark

_LABELS = {"tc260": b"aigc", "c2pa": b"jumd"}


def _no_mark(carrier: str, data: bytes) -> str:
    try:
        json.loads(data)
    except ValueError:
        pass
    else:
        return "the whole file is JSON text: no picture, sound or video, and nothing in it is a mark on one"
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        folded = data.lower()
        for kind, sign in _LABELS.items():
            forms = (sign, sign.decode().encode("utf-16-le"), sign.decode().encode("utf-16-be"))
            if kind in carrier and not any(form in folded for form in forms):
                return f"the letters {sign.decode().upper()} stand nowhere in it, in 8 or 16 bits, and AVI compresses no text"
    return ""


# Seeds


def _other_seed(told: str, data: bytes) -> tuple[str, str]:
    graph = _graph_that_ran(data)
    if graph is None:
        return "", ""
    ends = _ends(graph)
    reached = list(_upstream(graph, ends))
    samplers = [name for name in reached if _samples(graph[name])]
    noisy = [name for name in samplers if _adds_noise(graph[name])]
    seeds = {name: _seed(graph, name) for name in noisy}
    if not noisy or told in seeds.values():
        return "", ""
    first = [name for name in noisy if not any(other in noisy for other in _upstream(graph, [name]) if other != name)]
    made = {seeds[name] for name in first}
    if len(made) != 1 or None in made:
        return "", ""
    seed = made.pop() or ""
    name = first[0]
    walk = f"node {ends[0]} ({graph[ends[0]]['class_type']}) saves what node {name} ({graph[name]['class_type']}) makes of noise from seed {seed}"
    return seed, f"{walk}; {_where(graph, told, reached)}"


def _where(graph: dict[str, Any], told: str, reached: list[str]) -> str:
    """Where the manifest's seed stands in the graph that ran."""
    for name, node in graph.items():
        for key, value in node["inputs"].items():
            if "seed" in key and not isinstance(value, list) and str(value) == told:
                place = f"{told} stands at node {name} ({node['class_type']}, {key})"
                if not _samples(node):
                    return f"{place}, which makes no picture"
                if not _adds_noise(node):
                    return f"{place}, which adds no noise"
                return place + ("" if name in reached else ", from which the saved picture does not come")
    return f"{told} stands at no node of it"


def _graph_that_ran(data: bytes) -> dict[str, Any] | None:
    """The largest JSON object in the bytes that is a graph of ComfyUI as it ran; PNG tEXt, WebP and MP4 do not compress its text."""
    best: dict[str, Any] | None = None
    text = data.decode("latin-1")
    for found in _GRAPH.finditer(text):
        try:
            value = json.JSONDecoder().raw_decode(text, found.start())[0]
        except (ValueError, RecursionError):
            continue
        nodes = {
            name: node
            for name, node in value.items()
            if isinstance(node, dict) and "class_type" in node and isinstance(node.get("inputs"), dict)
        }
        if len(nodes) > len(best or {}):
            best = nodes
    return best


def _links(node: dict[str, Any]) -> Iterator[str]:
    for value in node["inputs"].values():
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):
            yield str(value[0])


def _upstream(graph: dict[str, Any], names: list[str]) -> Iterator[str]:
    """These nodes and all that they come from, nearest first."""
    waiting, seen = deque(names), set(names)
    while waiting:
        name = waiting.popleft()
        if name not in graph:
            continue
        yield name
        for other in _links(graph[name]):
            if other not in seen:
                seen.add(other)
                waiting.append(other)


def _ends(graph: dict[str, Any]) -> list[str]:
    """The nodes that save a picture; those that show one where none saves; all where there is neither."""
    for word in ("save", "preview"):
        found = [name for name, node in graph.items() if word in node["class_type"].lower() and any(_links(node))]
        if found:
            return found
    return list(graph)


def _samples(node: dict[str, Any]) -> bool:
    inputs = node["inputs"].keys()
    return any(key in inputs for key in _SEED_INPUTS) and not _SAMPLER_INPUTS.isdisjoint(inputs) and any(_links(node))


def _adds_noise(node: dict[str, Any]) -> bool:
    return node["inputs"].get("add_noise", True) not in (False, "disable")


def _seed(graph: dict[str, Any], name: str) -> str | None:
    """The seed of a sampler, through links to the node that holds a number."""
    for key in _SEED_INPUTS:
        value = graph[name]["inputs"].get(key)
        if isinstance(value, int):
            return str(value)
        if isinstance(value, list):
            for source in _upstream(graph, [str(value[0])]):
                for own in (*_SEED_INPUTS, "value", "int"):
                    if isinstance(held := graph[source]["inputs"].get(own), int):
                        return str(held)
    return None


# Models

_MODEL_INPUTS = ("ckpt_name", "unet_name")


def _other_model(told: str, data: bytes) -> tuple[str, str]:
    # The UserComment of these files is UTF-16, read on beyond its end into the JPEG's tables, whose first marker is FF DB.
    before, marker, _ = told.partition("\uffdb")
    if marker:
        if before.encode("utf-16-be") + b"\xff\xdb" in data:
            return (
                before,
                "the manifest's text runs on behind the comment into the JPEG's tables, from the marker FF DB on",
            )
        return "", ""
    graph = _graph_that_ran(data)
    if graph is None:
        return "", ""
    reached = list(_upstream(graph, _ends(graph)))
    loaded = [
        (name, value)
        for name in reached
        for key in _MODEL_INPUTS
        if isinstance(value := graph[name]["inputs"].get(key), str)
    ]
    if not loaded or any(same_model(told, value) for _, value in loaded) or len({value for _, value in loaded}) > 1:
        return "", ""
    name, model = loaded[0]
    place = next(
        (
            one
            for one, node in graph.items()
            if any(isinstance(one, str) and told in one for one in node["inputs"].values())
        ),
        None,
    )
    where = (
        f"{told} stands at node {place} ({graph[place]['class_type']}), which loads none"
        if place
        else f"{told} stands at no node of it"
    )
    return (
        model,
        f"node {name} ({graph[name]['class_type']}) loads the only model that the saved picture comes from; {where}",
    )


def same_model(told: str, said: str) -> bool:
    """Whether two names are of the same model file, with or without its folder and ending."""
    one, other = (
        re.sub(r"\.(?:safetensors|ckpt|gguf|sft)$", "", re.split(r"[\\/]", name.casefold())[-1])
        for name in (told, said)
    )
    return one == other


# Names


def _google(data: bytes) -> bool:
    return b"Google Generative AI" in data and not any(
        name in data.lower() for name in (b"gemini", b"veo ", b"imagen ")
    )


def _photoshop(data: bytes) -> bool:
    return all(word in data for word in (b"Photoshop", b"Firefly")) and b"generative fill" not in data.lower()


_SYNONYMS: tuple[tuple[str, str, Callable[[bytes], bool], str], ...] = (
    (
        "Google Gemini", r"Google Gemini or another Google model \(Google Generative AI\)", _google,
        "the file says 'Created by Google Generative AI.' and names no model of the house; Gemini is the manifest's inference",
    ),
    (
        "Google (Veo)", r"Google Veo or another Google model \(Google Generative AI\)", _google,
        "the file says 'Created by Google Generative AI.' and names no model of the house; Veo is the manifest's inference",
    ),
    (
        "Adobe Photoshop generative fill", r"Adobe Photoshop generative fill or another Firefly tool \(Adobe Firefly\)", _photoshop,
        "the step names Adobe Firefly within Photoshop and no tool; that it was generative fill is the manifest's inference",
    ),
)  # fmt: skip
_CODE = re.compile(rb"00[0-9A-Z]{2}([0-9A-Z]{18})[0-9A-Z]{5}")  # 27 characters: see `safelight.origin.aigc`


def same_name(told: str, said: str | None) -> bool:
    """Whether a tool gave the very name of the manifest, whatever the case."""
    return (said or "").casefold() == told.casefold()


def same_product(told: str, said: str | None, data: bytes) -> str:
    """Why another name than the manifest's is that of the same product; empty where it is not.

    To be fair to peers, a part of the manifest's name is enough, unless it is a company's name alone, or the manifest names a fork; and so
    is a name that holds all words of the manifest's.
    """
    if not said or same_name(told, said):
        return ""
    for name, pattern, holds, why in _SYNONYMS:
        if told == name and re.fullmatch(pattern, said) and holds(data):
            return why
    if told == "TC260 producer":
        codes = [code.decode() for code in _CODE.findall(data)]
        code = next((code for code in codes if COMPANIES.get(code) == said), None)
        return f"'TC260 producer' names nobody; the label's code {code} is that of {said}" if code else ""
    mine, theirs = _words(said), _words(told)
    more = mine >= theirs and bool(theirs - _COMPANY_WORDS) and "another" not in mine
    if more or (mine <= theirs and bool(mine - _COMPANY_WORDS) and "fork" not in theirs):
        return "the same words" if mine != theirs else "the same words in another order"
    return ""


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9.]+", name.casefold().replace("_", " ")))
