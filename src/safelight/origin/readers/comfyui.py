"""ComfyUI, by the graph that it writes into its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.graph import Graph, Node, from_prompt, from_workflow
from safelight.origin.texts import carried_texts, parsed_json

__all__ = ["ComfyUiReader"]

_LEAD: Final = re.compile(r"^\s*(?:prompt|workflow)\s*:\s*(?=\{)", re.IGNORECASE)
_MODELS: Final = ("ckpt_name", "unet_name", "model_name", "gguf_name", "diffusion_model", "base_ckpt_name", "model")
_MODEL_FILE: Final = re.compile(r"\.(?:safetensors|ckpt|gguf|sft|pt|pth|bin)$", re.IGNORECASE)
_SEEDS: Final = ("seed", "noise_seed")
_TEXTS: Final = ("text", "text_g", "text_l", "t5xxl", "clip_l", "prompt", "positive", "string", "value")
# Nodes that call a hosted service instead of a local model, by how their kinds are named.
_HOSTED: Final = re.compile(
    r"(?i)(openai|dalle|gptimage|flux(?:pro|kontext|2).*node|bfl|ideogram|recraft|stability(?:stable|ai|audio|upscale)|kling|luma|runway|minimax|"
    r"hailuo|pixverse|pika|veo|gemini|googleimagen|moonvalley|vidu|tripo|rodin|bytedance|seedream|seedance|wan.*api|grok|reve.*node|qwenimage.*api)"
)
_WORK: Final = re.compile(r"(?i)save|preview|combine|image")


class ComfyUiReader:
    """Reads a graph wherever it lies and follows its links."""

    name: ClassVar[str] = "comfyui"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the prompt or workflow graph of ComfyUI: model, LoRA, seed, prompts, input images, hosted services"
    )
    silence_means: ClassVar[str] = "no graph is there; saving without metadata, uploading or a screenshot removes it"
    cost: ClassVar[str] = "under 1 ms for most files, some milliseconds for graphs of hundreds of nodes"
    source: ClassVar[str] = "public behaviour of comfyanonymous/ComfyUI and of the image savers made for it"
    checked_on: ClassVar[str] = "see benchmarks/carriers.py: PNG, WebP, AVIF, MP4 and FLAC written by ComfyUI"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for the file: the prompt that ran if there is one, else the workflow."""
        workflow: tuple[Graph, str] | None = None
        for key, text, where in carried_texts(content):
            value = parsed_json(_LEAD.sub("", text, count=1))
            if not isinstance(value, dict):
                continue
            for form in (
                value,
                *(inner for name in ("prompt", "workflow") if (inner := _inner(value.get(name))) is not None),
            ):
                if (graph := from_prompt(form)) is not None:
                    yield self._finding(graph, where, key)
                    return
                if workflow is None and (graph := from_workflow(form)) is not None:
                    workflow = (graph, where)
        if workflow is not None:
            yield self._finding(*workflow, "workflow")

    def _finding(self, graph: Graph, where: str, key: str) -> Finding:
        facts = _Facts(graph)
        supports, how = facts.made_how()
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"A ComfyUI graph of {len(graph.nodes)} nodes: {how}.",
            where=where,
            supports=supports,
            basis=Basis.DECLARED if supports is not Supports.NOTHING else None,
            strength=Strength.STRONG if supports is not Supports.NOTHING else Strength.NONE,
            could_be_faked_by="writing the graph into any file, which takes seconds and no special tool",
            does_not_show="That this very file came from that graph: it can be copied, and the picture changed afterwards.",
            details={"carrier": key[:100], **facts.details()},
        )


def _inner(value: Any) -> Any:
    return parsed_json(value) if isinstance(value, str) else value if isinstance(value, dict) else None


class _Facts:
    """What a graph says, from its last sampler upwards."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._samplers = [name for name, node in graph.nodes.items() if _is_sampler(node)]
        self._hosted = [node for node in graph.nodes.values() if _HOSTED.search(node.kind)]
        self._images = [node for node in graph.nodes.values() if "loadimage" in node.kind.lower().replace(" ", "")]
        self._first = self._first_sampler()

    def _first_sampler(self) -> str | None:
        """The sampler that no other sampler feeds: it starts the picture, later ones refine it."""
        for name in self._samplers:
            if not any(_is_sampler(node) for node in self._graph.upstream(name)):
                return name
        return self._samplers[0] if self._samplers else None

    def made_how(self) -> tuple[Supports, str]:
        if self._first is not None:
            if self._starts_from_image():
                return Supports.AI_EDITED, "an input image was changed by a model (image to image or inpainting)"
            return Supports.GENERATED, "text to image" + (" with an image as a guide" if self._images else "")
        if self._hosted:
            kind = self._hosted[0].kind
            if self._images:
                return Supports.AI_EDITED, f"an input image was sent to a hosted service ({kind})"
            return Supports.GENERATED, f"made by a hosted service ({kind})"
        kinds = " ".join(node.kind.lower() for node in self._graph.nodes.values())
        if self._images and ("upscale" in kinds or "inpaint" in kinds or "restore" in kinds):
            return (
                Supports.AI_EDITED,
                "an input image was enlarged or restored by a model, nothing was generated from text",
            )
        if self._images or not _makes_pictures(self._graph):
            return Supports.NOTHING, "no step that generates a picture was recognised"
        return Supports.GENERATED, "its steps are not known to this reader; ComfyUI wrote the file"

    def _starts_from_image(self) -> bool:
        """Whether the latent that the first sampler starts from comes from a loaded image; a control image does not count."""
        assert self._first is not None
        node = self._graph.nodes[self._first]
        names = [
            name
            for name in node.links
            if "latent" in name.lower() or name.lower() in {"image", "images", "pixels", "samples"}
        ]
        started = any(item in self._images for name in names for item in self._graph.upstream(self._first, name))
        denoise = self._graph.value(node, "denoise")
        return started and not (isinstance(denoise, int | float) and denoise >= 1.0 and "inpaint" not in self._kinds())

    def _kinds(self) -> str:
        return " ".join(node.kind.lower() for node in self._graph.nodes.values())

    def details(self) -> dict[str, JsonValue]:
        details: dict[str, JsonValue] = {"generator": "ComfyUI", "nodes": len(self._graph.nodes)}
        positive, negative = self._prompts()
        named = {
            "model": self._model(),
            "seed": self._seed(),
            "prompt": positive,
            "negative_prompt": negative,
            "sampler": self._sampler(),
        }
        details.update({name: value for name, value in named.items() if value})
        loras: list[JsonValue] = [
            str(value) for node in self._graph.nodes.values() for key, value in node.values.items()
            if key.startswith("lora") and isinstance(value, str) and _MODEL_FILE.search(value)
        ]  # fmt: skip
        if loras:
            details["loras"] = list(dict.fromkeys(loras))
        images: list[JsonValue] = [
            str(node.values["image"]) for node in self._images if isinstance(node.values.get("image"), str)
        ]
        if images:
            details["input_images"] = images
        if self._hosted:
            details["hosted_nodes"] = [node.kind for node in self._hosted]
        return details

    def _nearest(self) -> Iterator[Node]:
        """The first sampler, what it depends on, then everything else."""
        if self._first is not None:
            yield self._graph.nodes[self._first]
            yield from self._graph.upstream(self._first)
        yield from self._hosted
        yield from self._graph.nodes.values()

    def _model(self) -> str | None:
        for node in self._nearest():
            if "lora" in node.kind.lower() or "upscale" in node.kind.lower():
                continue
            for name in _MODELS:
                value = self._graph.value(node, name) if name in node.values or name in node.links else None
                if isinstance(value, str) and (_MODEL_FILE.search(value) or node in self._hosted):
                    return value
            value = next(
                (item for item in node.values.values() if isinstance(item, str) and _MODEL_FILE.search(item)), None
            )
            if (
                value is not None
                and "loader" in node.kind.lower()
                and "clip" not in node.kind.lower()
                and "vae" not in node.kind.lower()
            ):
                return value
        return self._hosted[0].kind if self._hosted else None

    def _seed(self) -> str | None:
        for node in self._nearest():
            for name in _SEEDS:
                value = self._graph.value(node, name)
                if isinstance(value, int) and not isinstance(value, bool):
                    return str(value)
        return None

    def _sampler(self) -> str | None:
        found = (self._graph.value(node, "sampler_name") for node in self._nearest())
        return next((value for value in found if isinstance(value, str)), None)

    def _prompts(self) -> tuple[str | None, str | None]:
        if self._first is not None:
            node = self._graph.nodes[self._first]
            names = list(node.links)
            positive = self._text_through(("positive", "guider", "cond", "conditioning", "guidance", "model"), names)
            negative = self._text_through(("negative",), names)
            if positive is not None:
                return positive, negative
        texts = (self._text_of(node) for node in (*self._hosted, *self._graph.nodes.values()) if _carries_text(node))
        return next((text for text in texts if text), None), None

    def _text_through(self, wanted: tuple[str, ...], names: list[str]) -> str | None:
        assert self._first is not None
        for name in (name for want in wanted for name in names if name.lower() == want):
            for node in self._graph.upstream(self._first, name):
                if _carries_text(node) and (text := self._text_of(node)):
                    return text
        return None

    def _text_of(self, node: Node) -> str | None:
        for name in _TEXTS:
            value = self._graph.value(node, name) if name in node.values or name in node.links else None
            if isinstance(value, str) and value.strip() and not _MODEL_FILE.search(value.strip()):
                return value
        return None


def _is_sampler(node: Node) -> bool:
    kind = node.kind.lower()
    names = {*node.values, *node.links}
    if "sampler" not in kind and "generat" not in kind:
        return False
    return bool(names & {"seed", "noise_seed", "noise", "latent_image", "steps"}) and "select" not in kind


def _carries_text(node: Node) -> bool:
    kind = node.kind.lower()
    return (
        "textencode" in kind.replace("_", "").replace(" ", "")
        or "prompt" in kind
        or "prompt" in node.values
        or bool(_HOSTED.search(node.kind))
    )


def _makes_pictures(graph: Graph) -> bool:
    return any(_WORK.search(node.kind) for node in graph.nodes.values())
