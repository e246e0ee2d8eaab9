"""InvokeAI in its three generations: the Dream string, sd-metadata, invokeai_metadata with its graph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue, Strength
from safelight.origin.statements import (
    CHANGED,
    ENLARGED,
    FROM_TEXT,
    LISTED,
    REPLACED,
    How,
    facts,
    listed_loras,
    not_read,
    seed_of,
    stated,
    text_of,
)
from safelight.origin.texts import JSON_CHARS, CarriedText, carried_texts, parsed_json

__all__ = ["InvokeAiReader"]

_NAME: Final = "InvokeAI"
_FORK: Final = "InvokeAI (lstein fork)"
_APPS: Final = {"invoke-ai/invokeai": _NAME, "lstein/stable-diffusion": _FORK}

_DREAM_CHARS: Final = 1 << 16
_SEED: Final = re.compile(r"(?:^|\s)(?:-S|--seed)[ =]?([0-9]{1,20})(?=\s|$)")
_SAMPLER: Final = re.compile(r"(?:^|\s)(?:-A|-m|--sampler)[ =]?([a-z][a-z0-9_+]{1,40})(?=\s|$)")
_IMAGE: Final = re.compile(r'(?:^|\s)(?:-I|--init_img|-init_img)[ =]?("[^"]{1,1000}"|[^\s"]{1,1000})')
_MASK: Final = re.compile(r"(?:^|\s)(?:-M|--init_mask|-tm|--text_mask)[ =]?\S")

_NODES: Final = 20_000
_DEPTH: Final = 8


class InvokeAiReader:
    """Reads the newest of the three texts that a file carries; an older one beside it says the same."""

    name: ClassVar[str] = "invokeai"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the Dream string, the sd-metadata or the invokeai_metadata of InvokeAI and of the fork that it came from"
    )
    silence_means: ClassVar[str] = "no such text is there; exporting as JPEG, uploading or a screenshot removes it"
    cost: ClassVar[str] = "about 0.01 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of invoke-ai/InvokeAI (2.x to 6.x) and of lstein/stable-diffusion"
    checked_on: ClassVar[str] = "5 files (3 real, 1 transplanted, 1 synthetic): 5 read, 5 seeds and prompts right"
    where: ClassVar[str] = "PNG text"
    keys: ClassVar[str] = (
        "invokeai_metadata and invokeai_graph (version 3 on), sd-metadata (2), Dream (1, and the fork that it came from)"
    )
    weighs: ClassVar[str] = "generated or, with an input image, ai-edited: strong; moderately strong for a graph alone"
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding: for invokeai_metadata, else sd-metadata, else the Dream string, else the graph alone."""
        carried: dict[str, CarriedText] = {}
        for item in carried_texts(content):
            carried.setdefault(item.key.lower(), item)
        for key, read in (
            ("invokeai_metadata", self._newest), ("sd-metadata", self._older), ("dream", self._dream), ("invokeai_graph", self._graph),
        ):  # fmt: skip
            text = carried.get(key)
            if text is None:
                continue
            if len(text.text) > JSON_CHARS:
                yield not_read(self, text.where)
            elif (finding := read(text)) is not None:
                yield finding
                return

    def _newest(self, item: CarriedText) -> Finding | None:
        value = parsed_json(item.text)
        if not isinstance(value, dict) or not ({"generation_mode", "positive_prompt", "app_version"} & value.keys()):
            return None
        mode = text_of(value.get("generation_mode")) or ""
        model = _model(value.get("model"))
        loras = value.get("loras")
        pairs = [_model(one.get("lora") or one.get("model")) for one in _objects(loras)]
        details = facts(
            generator_version=text_of(value.get("app_version")), model=model[0], model_hash=model[1], seed=seed_of(value.get("seed")),
            sampler=text_of(value.get("scheduler")), prompt=text_of(value.get("positive_prompt")),
            negative_prompt=text_of(value.get("negative_prompt")), loras=listed_loras(pairs), input_images=_images(value),
            generation_mode=mode, user=text_of(value.get("created_by")),
        )  # fmt: skip
        return stated(self, _NAME, _how(mode, value), item.where, details)

    def _older(self, item: CarriedText) -> Finding | None:
        value = parsed_json(item.text)
        if not isinstance(value, dict):
            return None
        image = value.get("image")
        if image is None:
            image = next(iter(_objects(value.get("images"))), None)
        if not isinstance(image, dict) or not ({"app_id", "model_weights"} & value.keys()):
            return None
        app = text_of(value.get("app_id"))
        kind = text_of(image.get("type")) or ""
        how = CHANGED if kind == "img2img" else FROM_TEXT
        if image.get("mask_image_path") or image.get("mask"):
            how = REPLACED
        details = facts(
            generator_version=text_of(value.get("app_version")), model=text_of(value.get("model_weights")),
            model_hash=text_of(value.get("model_hash")), seed=seed_of(image.get("seed")), sampler=text_of(image.get("sampler")),
            prompt=_weighted(image.get("prompt")), negative_prompt=text_of(image.get("negative_prompt")),
            input_images=_named(image.get(key) for key in ("init_image_path", "mask_image_path", "orig_path", "init_img")),
            input_image_hash=text_of(image.get("orig_hash")), generation_mode=kind,
        )  # fmt: skip
        return stated(self, _APPS.get((app or "").lower(), app or _NAME), how, item.where, details)

    def _dream(self, item: CarriedText) -> Finding | None:
        text = item.text[:_DREAM_CHARS].strip("\0 \t\r\n")
        # A prompt can hold quotes, and so can the options: it ends at the first one that an option follows.
        end = text.find('" -')
        if not text.startswith('"') or end < 1:
            return None
        options = text[end + 1 :]
        seed = _SEED.search(options)
        if seed is None:
            return None
        image, sampler = _IMAGE.search(options), _SAMPLER.search(options)
        how = REPLACED if _MASK.search(options) and image else CHANGED if image else FROM_TEXT
        details = facts(
            seed=seed[1], prompt=text[1:end], sampler=sampler[1] if sampler else None, options=options.strip(),
            input_images=_named([image[1].strip('"')] if image else []),
        )  # fmt: skip
        return stated(self, _FORK, how, item.where, details, unsaid="Which model was used.")

    def _graph(self, item: CarriedText) -> Finding | None:
        value = parsed_json(item.text)
        if not isinstance(value, dict):
            return None
        nodes = value.get("nodes")
        if not isinstance(nodes, dict) or not isinstance(value.get("edges"), list):
            return None
        found = [node for node in list(nodes.values())[:_NODES] if isinstance(node, dict) and text_of(node.get("type"))]
        kinds = {node["type"] for node in found}
        if not any(
            kind.endswith(("denoise_latents", "_denoise", "l2i", "_vae_decode")) or kind in {"t2l", "l2l"}
            for kind in kinds
        ):
            return None
        models = _only(_model(node.get("model")) for node in found if node["type"].endswith("model_loader"))
        seeds = _only((seed_of(node.get("seed")),) for node in found if "seed" in node)
        how = CHANGED if any(kind.endswith(("i2l", "_vae_encode")) for kind in kinds) else FROM_TEXT
        details = facts(
            model=models[0] if models else None, model_hash=models[1] if models else None, seed=seeds[0] if seeds else None,
            input_images=_images(nodes), nodes=len(found),
        )  # fmt: skip
        unsaid = (
            "How the steps are linked: of the graph only names are read, and those only where there is one of a kind."
        )
        return stated(self, _NAME, how, item.where, details, strength=Strength.MODERATELY_STRONG, unsaid=unsaid)


def _how(mode: str, value: dict[str, Any]) -> How:
    if mode.endswith(("inpaint", "outpaint")):
        return REPLACED
    if mode.endswith("img2img"):
        return CHANGED
    if "upscale_initial_image" in value or "upscale_model" in value:
        return ENLARGED
    return FROM_TEXT


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value[:LISTED] if isinstance(one, dict)] if isinstance(value, list) else []


def _model(value: Any) -> tuple[str | None, str | None]:
    """Name and hash, as versions 3 (`model_name`) and 4 (`name`) write them, or a bare name."""
    if not isinstance(value, dict):
        return text_of(value), None
    return text_of(value.get("name")) or text_of(value.get("model_name")), text_of(value.get("hash"))


def _weighted(value: Any) -> str | None:
    """A prompt that is a text, or a list of texts with weights."""
    if isinstance(value, list):
        return " ".join(text for one in _objects(value) if (text := text_of(one.get("prompt")))) or None
    return text_of(value)


def _images(value: Any) -> list[JsonValue]:
    """Names under which input images stand in the program's gallery."""
    found: list[Any] = []
    waiting = [(value, 0)]
    while waiting and len(found) < LISTED:
        one, depth = waiting.pop()
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        if isinstance(one, dict):
            found.append(one.get("image_name"))
        if depth < _DEPTH:
            waiting.extend((item, depth + 1) for item in list(inner)[:_NODES] if isinstance(item, dict | list))
    return _named(found)


def _named(values: Any) -> list[JsonValue]:
    return list[JsonValue](dict.fromkeys(text for value in values if (text := text_of(value))))


def _only(found: Iterator[tuple[str | None, ...]]) -> tuple[str | None, ...] | None:
    """The one that is named, where all name the same."""
    named = {one for one in found if one[0] is not None}
    return named.pop() if len(named) == 1 else None
