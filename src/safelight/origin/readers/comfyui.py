"""ComfyUI, by the graph that it writes into its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, Outcome, Supports
from safelight.origin.graph import Graph, from_prompt
from safelight.origin.graph_facts import GraphFacts
from safelight.origin.graph_shape import shape
from safelight.origin.texts import JSON_CHARS, carried_texts, parsed_json, shown
from safelight.origin.workflow import from_workflow

__all__ = ["ComfyUiReader"]

# Savers of WebP and JPEG put the name of the text before it: `workflow:{...}`.
_LEAD: Final = re.compile(r"\s{0,20}(?:prompt|workflow)\s{0,20}:\s{0,20}(?=\{)", re.IGNORECASE)
_DOES_NOT_SHOW: Final = (
    "That this very file came from that graph: it can be copied, and the picture changed afterwards."
)


class ComfyUiReader:
    """Reads a graph wherever it lies and follows its links."""

    name: ClassVar[str] = "comfyui"
    version: ClassVar[str] = "3"
    looks_for: ClassVar[str] = (
        "the prompt or workflow graph of ComfyUI: model, LoRA, seed, prompts, input images, hosted services"
    )
    silence_means: ClassVar[str] = "no graph is there; saving without metadata, uploading or a screenshot removes it"
    cost: ClassVar[str] = (
        "about 0.1 ms a file, up to 1 ms where it carries a graph; graphs of 20,000 nodes take under a second"
    )
    source: ClassVar[str] = (
        "public behaviour of comfyanonymous/ComfyUI, Comfy-Org/ComfyUI_frontend and of the image savers made for it"
    )
    checked_on: ClassVar[str] = (
        "31 files of ComfyUI (11 real, 16 transplanted, 4 synthetic): 29 graphs read, 2 carry another text only; 22 of 25 seeds as listed, in the "
        "other 3 the list names another node; 788 files that no generator made: 0 findings"
    )
    where: ClassVar[str] = (
        "PNG text, EXIF of WebP and AVIF (Make, Model, ImageDescription, UserComment), XMP, tags of MP4, WebM, FLAC and MP3; stealth pnginfo in "
        "the pixels"
    )
    keys: ClassVar[str] = (
        "prompt (the graph that ran), workflow (the graph as drawn), both within one comment of a video; in the graph: class_type, inputs, "
        "links between nodes, file names of models and of input images, kinds of nodes that call a hosted service"
    )
    weighs: ClassVar[str] = (
        "generated or, where the graph leads to an input image, ai-edited: strong; moderately strong where only an enlarging step or no path to "
        "a saved picture is recognised; nothing for a graph without a generative step"
    )
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing or copying a graph into any file; a workflow that is there need not be the one that ran"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for the file: the prompt that ran if there is one, else the workflow; and what could not be read."""
        workflow: tuple[Graph, str, str] | None = None
        for key, text, where in carried_texts(content):
            if "class_type" not in text and "nodes" not in text:
                continue
            if len(text) > JSON_CHARS:
                if text.lstrip()[:1] == "{":
                    yield self._not_read(
                        f"A text of {len(text)} characters, which may be a graph, is too long to be read.", where
                    )
                continue
            value = parsed_json(_LEAD.sub("", text, count=1) if _LEAD.match(text) else text)
            for form in _forms(value):
                if (graph := from_prompt(form)) is not None:
                    yield from self._findings(graph, where, key)
                    return
                if workflow is None and (graph := from_workflow(form)) is not None:
                    workflow = (graph, where, key)
        if workflow is not None:
            yield from self._findings(*workflow)

    def _findings(self, graph: Graph, where: str, key: str) -> Iterator[Finding]:
        facts = GraphFacts(graph)
        making = facts.making()
        details: dict[str, JsonValue] = {"carrier": shown(key), **facts.details()}
        if (fingerprint := shape(graph)) is not None:
            details["workflow"] = fingerprint
        yield Finding(
            reader=self.name,
            version=self.version,
            what=f"A ComfyUI graph of {len(graph.nodes)} nodes: {shown(making.how, 300)}.",
            where=where,
            supports=making.supports,
            basis=None if making.supports is Supports.NOTHING else Basis.DECLARED,
            strength=making.strength,
            could_be_faked_by="writing the graph into any file, which takes seconds and no special tool",
            does_not_show=_DOES_NOT_SHOW,
            details=details,
        )
        if graph.cut:
            yield self._not_read(f"The ComfyUI graph was not read whole: it holds {graph.cut}.", where)

    def _not_read(self, what: str, where: str) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            outcome=Outcome.COULD_NOT_LOOK,
            what=what,
            where=where,
            does_not_show="What the part that was not read says.",
        )


def _forms(value: Any) -> Iterator[Any]:
    """The value itself, and the graphs that video savers wrap in one object, as objects or as texts."""
    if isinstance(value, dict):
        yield value
        for name in ("prompt", "workflow"):
            inner = value.get(name)
            yield parsed_json(inner) if isinstance(inner, str) else inner
