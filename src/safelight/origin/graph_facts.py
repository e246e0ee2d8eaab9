"""What a ComfyUI graph says of how a picture was made: from what, by which model, with which seed and prompt.

The walk starts at the nodes that save the picture and goes up. The sampler that no other sampler feeds started the picture, later ones
refine it: its seed is the seed. Whether the picture began as an input image decides between "generated" and "ai-edited"; where the
graph leaves that open, the answer is "ai-edited", behind which somebody looks for a photograph.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from safelight.model import JsonValue, Strength, Supports
from safelight.origin import node_kinds as kinds
from safelight.origin.graph import Graph, Node

__all__ = ["GraphFacts", "Making"]

_LATENTS: Final = frozenset(
    {"latent_image", "latent", "latents", "samples", "init_latent", "pixels", "image", "images"}
)
_FRAMES: Final = frozenset(
    {
        "start_image",
        "end_image",
        "init_image",
        "first_frame",
        "last_frame",
        "start_frame",
        "input_image",
        "source_image",
    }
)
_MODEL_NAMES: Final = (
    "ckpt_name", "unet_name", "gguf_name", "model_name", "diffusion_model", "base_ckpt_name", "checkpoint", "model", "model_path",
)  # fmt: skip
_SEEDS: Final = ("seed", "noise_seed")
_SEED_KEYS: Final = ("seed", "noise_seed", "value", "int", "number", "Number")
_SAMPLERS: Final = ("sampler_name", "sampler")
_TEXTS: Final = (
    "text", "text_g", "t5xxl", "text_l", "clip_l", "prompt", "wildcard_text", "populated_text", "string", "value", "Text", "text_a", "text_b",
    "string_a", "string_b", "text1", "text2", "tags", "lyrics", "widget 0",
)  # fmt: skip
_WORD: Final = re.compile(r"\w")
_ROLES: Final = {
    "positive": (*_TEXTS, "positive", "positive_prompt"),
    "negative": ("negative_prompt", "negative", *_TEXTS),
}
_TOWARDS_TEXT: Final = re.compile(r"(?i)cond|guid|prompt|text|pipe|embed|positive|negative")

# Bounds of the walks that are begun anew for several nodes; real graphs stay far below.
_STARTS: Final = 4
_NODES_TRIED: Final = 2000
_TEXTS_TRIED: Final = 50
_LINKS_TRIED: Final = 32
_HOPS: Final = 64
_LISTED: Final = 200


class Making(NamedTuple):
    """How the picture was made: what that supports, how strongly, and in words."""

    supports: Supports
    strength: Strength
    how: str


class GraphFacts:
    """What one graph says.

    Args:
        graph: Any graph; the time taken grows with its size only.
    """

    def __init__(self, graph: Graph) -> None:
        self._nodes = graph.nodes
        self._graph = graph
        self._images = [name for name, node in self._nodes.items() if kinds.loads_picture(node)]
        self._from_image = graph.downstream(self._images) | set(self._images)
        self._reached = self._reach()
        self._samplers = [name for name in self._reached if kinds.samples(self._nodes[name])]
        self._hosted = [name for name in self._reached if kinds.hosted(self._nodes[name])]
        fed, samplers = graph.downstream(self._samplers), set(self._samplers)
        in_order = [name for name in self._nodes if name in samplers]
        self._starts = [name for name in in_order if name not in fed] or in_order[:1]
        self._before = list(graph.upstream(*self._starts))

    def _reach(self) -> list[str]:
        """What the saved picture comes from, nearest first; every node where no saving node leads anywhere."""
        for ends in (kinds.saves, kinds.previews):
            names = [
                name for name, node in self._nodes.items() if node.links and ends(node) and not kinds.samples(node)
            ]
            reached = list(self._graph.upstream(*names))
            if any(self._begins_here(name) for name in reached):
                return reached
        return list(self._nodes)

    def _begins_here(self, name: str) -> bool:
        node = self._nodes[name]
        return name in self._from_image or kinds.samples(node) or kinds.hosted(node)

    def making(self) -> Making:
        """How the picture was made, as far as the steps are known."""
        if self._starts:
            return self._sampled()
        if self._hosted:
            kind = self._nodes[self._hosted[0]].kind
            if self._some(self._hosted, kinds.hosted):
                return Making(
                    Supports.AI_EDITED, Strength.STRONG, f"an input image was sent to a hosted service ({kind})"
                )
            return Making(Supports.GENERATED, Strength.STRONG, f"made by a hosted service ({kind})")
        if self._some(self._reached, kinds.replaces):
            return Making(Supports.AI_EDITED, Strength.STRONG, "part of an input image was replaced (inpainting)")
        if self._some(self._reached, kinds.swaps_face):
            return Making(Supports.AI_EDITED, Strength.STRONG, "a face was put into an input image, or moved within it")
        if self._some(self._reached, kinds.enlarges):
            how = "an input image was enlarged or restored by a model, nothing was generated from text"
            return Making(Supports.AI_EDITED, Strength.MODERATELY_STRONG, how)
        if self._from_image.isdisjoint(self._reached) and self._model() is not None:
            how = "a model is loaded, by steps that are not known to this reader"
            return Making(Supports.GENERATED, Strength.MODERATELY_STRONG, how)
        return Making(Supports.NOTHING, Strength.NONE, "no step that generates a picture was recognised")

    def _sampled(self) -> Making:
        begins = [name for name in self._starts if self._takes(name, _LATENTS)]
        if self._some(self._reached, kinds.swaps_face):
            how = "a face from an input image was put in"
        elif self._some(self._before, kinds.edits):
            how = "an input image was edited as a text asks"
        elif begins and self._some(self._before, kinds.masks):
            how = "part of an input image was replaced (inpainting)"
        elif any(not self._all_noise(name) for name in begins):
            how = "an input image was changed by a model (image to image)"
        elif any(self._takes(name, _FRAMES) for name in self._before):
            how = "an input image was continued or set in motion by a model"
        else:
            guided = not self._from_image.isdisjoint(self._before)
            how = "text to image" + (" with an input image as a guide" if guided else "")
            return Making(Supports.GENERATED, Strength.STRONG, how)
        return Making(Supports.AI_EDITED, Strength.STRONG, how)

    def _some(self, names: Iterable[str], does: Callable[[Node], bool]) -> bool:
        """Whether one of these nodes does it to an input image."""
        return any(name in self._from_image and does(self._nodes[name]) for name in names)

    def _takes(self, name: str, inputs: frozenset[str]) -> bool:
        """Whether one of these inputs of a node comes from an input image; an image that only guides a sampler does not count."""
        return any(
            source in self._from_image for key, source in self._nodes[name].links.items() if key.lower() in inputs
        )

    def _all_noise(self, name: str) -> bool:
        """Whether a sampler covers its start with noise whole, so that nothing of an input image is left."""
        node = self._nodes[name]
        if "start_at_step" in node.values:
            return node.values["start_at_step"] == 0 and node.values.get("add_noise") == "enable"
        denoise = node.values.get("denoise")
        if denoise is None and (source := self._nodes.get(node.links.get("sigmas", ""))) is not None:
            denoise = source.values.get("denoise")
        return isinstance(denoise, int | float) and not isinstance(denoise, bool) and denoise >= 1

    def details(self) -> dict[str, JsonValue]:
        """The facts, under the keys that all readers use; what is not found is left out."""
        details: dict[str, JsonValue] = {"generator": "ComfyUI", "nodes": len(self._nodes)}
        positive, negative = self._prompts()
        seeds = self._seed_list()
        model = self._model()
        named = {
            "model": model, "seed": seeds[0] if seeds else None, "prompt": positive,
            "negative_prompt": negative if negative != positive else None, "sampler": self._sampler(),
        }  # fmt: skip
        details.update({name: value for name, value in named.items() if value})
        lists: dict[str, Iterable[str]] = {
            "seeds": seeds if len(seeds) > 1 else (),
            # Those that go on with what the first one began, as where one model takes the high noise and another the low.
            "refiner_model": (
                other for name in self._reached if (other := self._model_of(self._nodes[name])) not in (None, model)
            ),
            "loras": (lora for name in self._reached for lora in kinds.loras(self._nodes[name])),
            "input_images": (file for name in self._images for file in kinds.input_files(self._nodes[name])),
            "hosted_nodes": (self._nodes[name].kind for name in self._hosted),
        }
        for key, values in lists.items():
            if listed := list(dict.fromkeys(islice(values, _LISTED))):
                details[key] = list[JsonValue](listed)
        return details

    def _model(self) -> str | None:
        """The model file of the first sampler, else the model that a hosted service was asked for, else the kind of its node."""
        along = self._nodes[self._starts[0]].links if self._starts else {}
        first = self._graph.upstream(*(along[key] for key in ("model", "guider", "pipe") if key in along))
        for name in dict.fromkeys((*first, *self._before, *self._hosted, *self._reached)):
            if (model := self._model_of(self._nodes[name])) is not None:
                return model
        return self._nodes[self._hosted[0]].kind if self._hosted else None

    @staticmethod
    def _model_of(node: Node) -> str | None:
        if kinds.other_model(node):
            return None
        for key in _MODEL_NAMES:
            value = node.values.get(key)
            if isinstance(value, dict):
                value = value.get("content")
            if (
                isinstance(value, str)
                and value
                and (kinds.MODEL_FILE.search(value) or (key == "model" and kinds.hosted(node)))
            ):
                return value
        texts = node.values.values() if "load" in node.kind.lower() else ()
        return next((text for text in texts if isinstance(text, str) and kinds.MODEL_FILE.search(text)), None)

    def _seed_list(self) -> list[str]:
        """The seeds of the samplers, of those that start the picture first; without a sampler those of the hosted services."""
        names = (*self._starts, *reversed(self._samplers)) if self._starts else self._hosted
        found = (self._seed(self._nodes[name]) for name in islice(dict.fromkeys(names), _LISTED))
        return list(dict.fromkeys(seed for seed in found if seed is not None))

    def _seed(self, node: Node) -> str | None:
        for key in _SEEDS:
            if key in node.values or key in node.links:
                return self._found(node, key, _SEED_KEYS, _whole_number)
        return self._found(node, "noise", _SEEDS, _whole_number)

    def _sampler(self) -> str | None:
        tried = (
            self._found(self._nodes[name], key, _SAMPLERS, _text)
            for name in self._starts[:_STARTS]
            for key in _SAMPLERS
        )
        return next((found for found in tried if found is not None), None)

    def _prompts(self) -> tuple[str | None, str | None]:
        for name in self._starts[:_STARTS]:
            if (positive := self._text_for(name, "positive")) is not None:
                return positive, self._text_for(name, "negative")
        names = dict.fromkeys((*self._hosted, *self._before, *self._reached))
        carriers = (self._nodes[name] for name in names if kinds.carries_text(self._nodes[name]))
        texts = (self._own_text(node, _ROLES["positive"]) for node in islice(carriers, _TEXTS_TRIED))
        return next((text for text in texts if text), None), None

    def _text_for(self, start: str, role: str) -> str | None:
        """The text of the nearest node that carries one, going up through links of that role where a node tells roles apart."""
        if role == "negative" and self._nodes[start].links.keys().isdisjoint(
            {"negative", "guider", "pipe", "text_embeds"}
        ):
            return None
        waiting, seen, tried = deque([start]), {start}, 0
        while waiting and tried < _TEXTS_TRIED and len(seen) < _NODES_TRIED:
            name = waiting.popleft()
            node = self._nodes[name]
            if name != start and kinds.carries_text(node):
                tried += 1
                if (text := self._own_text(node, _ROLES[role])) is not None:
                    return text
            for other in _towards(node, role):
                if other in self._nodes and other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return None

    def _own_text(self, node: Node, keys: tuple[str, ...]) -> str | None:
        return next((text for key in keys if (text := self._found(node, key, _TEXTS, _text)) is not None), None)

    def _found(self, node: Node, key: str, keys: tuple[str, ...], fitting: Callable[[Any], str | None]) -> str | None:
        """The value of an input; where it is linked, the first fitting one among the nodes that it comes from."""
        if key in node.values:
            return fitting(node.values[key])
        for source in self._sources(node.links.get(key)):
            for own in (key, *keys):
                if own in source.values and (value := fitting(source.values[own])) is not None:
                    return value
        return None

    def _sources(self, start: str | None) -> Iterator[Node]:
        """The node of that id and some of those that it depends on, nearest first."""
        waiting = deque([start] if start in self._nodes else [])
        seen = set(waiting)
        for _ in range(_HOPS):
            if not waiting:
                return
            node = self._nodes[waiting.popleft() or ""]
            yield node
            for other in islice(node.links.values(), _LINKS_TRIED):
                if other in self._nodes and other not in seen:
                    seen.add(other)
                    waiting.append(other)


def _towards(node: Node, role: str) -> Iterator[str]:
    """The nodes that the text of a role can come from."""
    links = dict(islice(node.links.items(), _LINKS_TRIED))
    same = [source for key, source in links.items() if role in key.lower()]
    if same:
        return iter(same)
    return iter([source for key, source in links.items() if _TOWARDS_TEXT.search(key)] or list(links.values()))


def _whole_number(value: Any) -> str | None:
    if isinstance(value, str):
        return value if re.fullmatch(r"-?[0-9]{1,20}", value) else None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1 << 53 else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64 else None


def _text(value: Any) -> str | None:
    return (
        value if isinstance(value, str) and _WORD.search(value) and not kinds.MODEL_FILE.search(value.strip()) else None
    )
