"""Prompts about landscapes and objects, and what two families of generators write beside them.

Formats, from the public behaviour of the programs: AUTOMATIC1111's web UI writes `parameters` as lines of text (prompt, negative
prompt, settings); ComfyUI writes the executed graph as JSON under `prompt` and the graph of its editor under `workflow`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["Recipe", "a1111_parameters", "comfyui_graphs", "draw_recipe"]

_SUBJECTS: Final = (
    "a lighthouse on a rocky coast", "rolling hills under a wide sky", "a fishing boat at anchor", "an old stone bridge over a stream",
    "a still life with pears and a blue jug", "a row of narrow houses by a canal", "a pine forest in the mist", "a red tractor in a barley field",
    "an abstract pattern of waves", "a goldfish in a round bowl", "a snowy mountain ridge", "a wooden chair by a window",
)  # fmt: skip
_MANNERS: Final = (
    "golden hour", "oil painting", "watercolour", "wide angle photograph", "soft morning light", "isometric", "35mm film", "flat colours",
    "highly detailed", "storm clouds", "autumn", "long exposure",
)  # fmt: skip
_MODELS: Final = (
    ("landscapeMix_v12", "6ce0161689"),
    ("terraDiffusion_xl", "31e35c80fc"),
    ("objectsRealistic_v4", "e6bb9ea85b"),
    ("paperCutout_v2", "cc6cb27103"),
)
_SAMPLERS: Final = (("DPM++ 2M Karras", "dpmpp_2m"), ("Euler a", "euler_ancestral"), ("DDIM", "ddim"))
_NEGATIVE: Final = "blurry, low quality, watermark, text, frame"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a generator would have been asked; files of one `run` share all but the seed."""

    prompt: str
    negative_prompt: str
    model: str
    model_hash: str
    sampler: int
    steps: int
    scale: float
    seed: int


def draw_recipe(seed: int, run: int, number: int) -> Recipe:
    """The recipe of the picture `number` of the generation run `run` in the seizure `seed`."""
    rng = np.random.default_rng([seed, 77, run])
    model, model_hash = _MODELS[int(rng.integers(len(_MODELS)))]
    manners = rng.choice(len(_MANNERS), 3, replace=False)
    words = (_SUBJECTS[int(rng.integers(len(_SUBJECTS)))], *(_MANNERS[int(item)] for item in manners))
    first = int(rng.integers(1, 2**32 - 100_000))
    return Recipe(
        prompt=", ".join(words), negative_prompt=_NEGATIVE, model=model, model_hash=model_hash, sampler=int(rng.integers(len(_SAMPLERS))),
        steps=int(rng.integers(18, 45)), scale=float(rng.integers(8, 24)) / 2, seed=first + number,
    )  # fmt: skip


def a1111_parameters(recipe: Recipe, width_px: int, height_px: int, *, denoising: float | None = None) -> str:
    """The text that the web UI writes; with `denoising` (0 to 1) as for a picture made from another one."""
    settings = {
        "Steps": recipe.steps, "Sampler": _SAMPLERS[recipe.sampler][0], "CFG scale": f"{recipe.scale:g}", "Seed": recipe.seed,
        "Size": f"{width_px}x{height_px}", "Model hash": recipe.model_hash, "Model": recipe.model,
    }  # fmt: skip
    if denoising is not None:
        settings["Denoising strength"] = f"{denoising:g}"
    settings["Version"] = "v1.9.4"
    line = ", ".join(f"{name}: {value}" for name, value in settings.items())
    return f"{recipe.prompt}\nNegative prompt: {recipe.negative_prompt}\n{line}"


def comfyui_graphs(recipe: Recipe, width_px: int, height_px: int) -> tuple[str, str]:
    """The JSON texts `prompt` and `workflow` of a plain text-to-image graph."""
    nodes: dict[str, tuple[str, dict[str, object]]] = {
        "3": ("KSampler", {
            "seed": recipe.seed, "steps": recipe.steps, "cfg": recipe.scale, "sampler_name": _SAMPLERS[recipe.sampler][1], "scheduler": "karras",
            "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        }),
        "4": ("CheckpointLoaderSimple", {"ckpt_name": f"{recipe.model}.safetensors"}),
        "5": ("EmptyLatentImage", {"width": width_px, "height": height_px, "batch_size": 1}),
        "6": ("CLIPTextEncode", {"text": recipe.prompt, "clip": ["4", 1]}),
        "7": ("CLIPTextEncode", {"text": recipe.negative_prompt, "clip": ["4", 1]}),
        "8": ("VAEDecode", {"samples": ["3", 0], "vae": ["4", 2]}),
        "9": ("SaveImage", {"filename_prefix": "ComfyUI", "images": ["8", 0]}),
    }  # fmt: skip
    prompt = {number: {"inputs": inputs, "class_type": kind} for number, (kind, inputs) in nodes.items()}
    links = [
        [number, int(value[0]), value[1], int(target), place]
        for number, (target, place, value) in enumerate(
            (
                (target, place, value)
                for target, (_, inputs) in nodes.items()
                for place, value in enumerate(item for item in inputs.values() if isinstance(item, list))
            ),
            1,
        )
    ]
    workflow = {
        "last_node_id": 9, "last_link_id": len(links), "links": links, "version": 0.4,
        "nodes": [
            {
                "id": int(number), "type": kind, "pos": [200 * int(number), 100],
                "widgets_values": [value for value in inputs.values() if not isinstance(value, list)],
            }
            for number, (kind, inputs) in nodes.items()
        ],
    }  # fmt: skip
    return json.dumps(prompt), json.dumps(workflow)
