"""What the nodes of ComfyUI graphs do, told by their kind and by the names of their inputs.

Kinds are names that hundreds of authors chose, so they are told by words in them; a word that is missing here costs a detail, never a
file. Where a kind could be taken for two things, it is taken for the one behind which somebody looks for a photograph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from safelight.origin.graph import Node

__all__ = [
    "MODEL_FILE", "carries_text", "edits", "enlarges", "hosted", "input_files", "loads_picture", "loras", "masks", "other_model", "previews",
    "replaces", "samples", "saves", "swaps_face",
]  # fmt: skip

MODEL_FILE: Final = re.compile(r"\.(?:safetensors|ckpt|gguf|sft|pt|pth|bin)$", re.IGNORECASE)
"""How the file name of a model ends."""

_SAVES: Final = re.compile(r"(?i)save|combine|export|upload|send.?image|image.?output|output.?image")
_PREVIEWS: Final = re.compile(r"(?i)preview")
# Matched against the kind without blanks and signs, in lower case.
_LOADS: Final = re.compile(
    r"load(?:image|img|video|picture|photo|frame)|(?:image|img|video|photo)s?(?:load|input|from(?:url|path|base64|clipboard|folder|dir))"
)
_LOADS_NOT: Final = re.compile(r"model|lora|vae|encoder")
_HOSTED: Final = re.compile(
    r"(?i)^(?:openai(?:dalle|gptimage|video|sora)|flux2?(?:pro|max|flex|kontextpro|kontextmax)\w*node|ideogramv\d|recraft\w+node|"
    r"stability(?:stableimage|upscale|audio|textto)|kling\w+|luma\w*(?:image|video)\w*node|runway\w+|minimax\w+node|pixverse\w+node|pika(?:scenes|dditions|ffects|swaps|\w+node)|"
    r"veo\w*node|gemini(?:image|nano)\w*|googleimagen\w*|moonvalley\w+node|vidu\w+node|bytedance\w*node|wan\w+api|ltxv?api\w+|grok(?:image|video)\w*|"
    r"reve\w+node|hailuo\w+|qwenimage\w*api|topaz\w+|magnific\w+|bria\w+node|hitpaw\w+|"
    r"wavespeed\w+)"
)
_ENLARGES: Final = re.compile(
    r"(?i)upscale\w*(?:with|by|using)\w*model|supir|seedvr|ultimatesdupscale|gfpgan|codeformer|restor|aurasr|flashvsr"
)
_REPLACES: Final = re.compile(r"(?i)inpaint|lama\b|eraser|object.?remov")
_SWAPS: Final = re.compile(r"(?i)reactor|face.?swap|swap.?face|roop|facefusion|live.?portrait|latentsync|lip.?sync")
_EDITS: Final = re.compile(
    r"(?i)reference.?latent|image.?edit|edit.?(?:plus|image)|kontext|instruct?.?pix|pix2pix|inpaintmodelconditioning|omnigen|icedit|catvton"
)
_MASKS: Final = re.compile(r"(?i)noise.?mask|inpaint|outpaint|differential|padimage|imagepad")
_OTHER_MODELS: Final = re.compile(
    r"(?i)lora|upscale|control.?net|vae|clip.?(?:load|vision)|vision|ip.?adapter|style.?model|detector|sam.?model|embedding|text.?encoder"
)
_NOISE: Final = frozenset({"seed", "noise_seed", "noise"})
_STEPS: Final = frozenset(
    {"steps", "sigmas", "denoise", "latent_image", "guider", "num_inference_steps", "start_at_step"}
)


def saves(node: Node) -> bool:
    """Whether it writes a picture or video file."""
    return _SAVES.search(node.kind) is not None


def previews(node: Node) -> bool:
    """Whether it shows a picture without saving it."""
    return _PREVIEWS.search(node.kind) is not None


def hosted(node: Node) -> bool:
    """Whether it calls a hosted service instead of a local model."""
    return _HOSTED.search(node.kind) is not None


def samples(node: Node) -> bool:
    """Whether it makes or refines a picture step by step: it takes noise, and the measures of its steps."""
    kind = node.kind.lower()
    if "select" in kind or "schedul" in kind or hosted(node):
        return False
    names = node.values.keys() | node.links.keys()
    return ("sampl" in kind or not _NOISE.isdisjoint(names)) and not _STEPS.isdisjoint(names)


def loads_picture(node: Node) -> bool:
    """Whether it brings in a picture, a video or frames from outside."""
    kind = re.sub(r"[^a-z0-9]", "", node.kind.lower())
    return _LOADS.search(kind) is not None and _LOADS_NOT.search(kind) is None


def enlarges(node: Node) -> bool:
    """Whether it enlarges or restores a picture by a model."""
    return _ENLARGES.search(node.kind) is not None


def replaces(node: Node) -> bool:
    """Whether it replaces part of a picture by a model without sampling."""
    return _REPLACES.search(node.kind) is not None


def swaps_face(node: Node) -> bool:
    """Whether it puts a face into a picture or moves one."""
    return _SWAPS.search(node.kind) is not None


def edits(node: Node) -> bool:
    """Whether it makes a model change an input picture as a text asks."""
    return _EDITS.search(node.kind) is not None


def masks(node: Node) -> bool:
    """Whether it keeps part of a picture while the rest is made anew."""
    return _MASKS.search(node.kind) is not None


def other_model(node: Node) -> bool:
    """Whether a model file that it names is not the one that makes the picture."""
    return _OTHER_MODELS.search(node.kind) is not None


def carries_text(node: Node) -> bool:
    """Whether a text in it can be a prompt."""
    kind = node.kind.lower().replace("_", "").replace(" ", "")
    return any(word in kind for word in ("textencode", "prompt", "wildcard")) or "prompt" in node.values or hosted(node)


def loras(node: Node) -> Iterator[str]:
    """The files of the LoRAs that it applies; those that are switched off are left out."""
    for key, value in node.values.items():
        if isinstance(value, dict):
            value = value.get("lora") if value.get("on", True) else None
        elif not key.startswith("lora") or node.values.get(f"switch{key.removeprefix('lora_name')}") in ("Off", False):
            continue
        if isinstance(value, str) and MODEL_FILE.search(value):
            yield value


def input_files(node: Node) -> Iterator[str]:
    """The names of the files that it brings in."""
    for key in ("image", "video", "images", "file", "path", "image_path", "widget 0"):
        if isinstance(value := node.values.get(key), str) and value:
            yield value
