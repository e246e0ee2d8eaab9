"""Random and hostile graphs for the tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["chain", "prompts", "sampled", "workflows"]

KINDS = (
    "KSampler", "KSamplerAdvanced", "SamplerCustomAdvanced", "LoadImage", "SaveImage", "PreviewImage", "CLIPTextEncode", "CheckpointLoaderSimple",
    "LoraLoader", "VAEEncode", "EmptyLatentImage", "ReferenceLatent", "ReActorFaceSwap", "OpenAIDalle2", "ImageUpscaleWithModel", "RandomNoise",
    "BasicScheduler", "StringConcatenate", "Reroute", "InpaintModelConditioning", "",
)  # fmt: skip
INPUTS = (
    "seed", "noise_seed", "noise", "model", "positive", "negative", "latent_image", "image", "images", "text", "ckpt_name", "lora_name", "steps",
    "denoise", "sigmas", "guider", "start_image", "sampler_name", "switch", "prompt",
)  # fmt: skip
IDS = [str(number) for number in range(8)]

plain = (
    st.none() | st.booleans() | st.integers(-3, 1 << 70) | st.floats() | st.sampled_from(["", "x", "a.safetensors", "7", "\ud800\0", "Off"])
    | st.dictionaries(st.sampled_from(["on", "lora", "content"]), st.sampled_from([True, False, "b.safetensors", 1]), max_size=2)
    | st.lists(st.integers(0, 2), max_size=3)
)  # fmt: skip
link = st.tuples(st.sampled_from([*IDS, 3, "nowhere"]), st.integers(0, 2)).map(list)
node = st.fixed_dictionaries(
    {
        "class_type": st.sampled_from(KINDS) | st.integers(),
        "inputs": st.dictionaries(st.sampled_from(INPUTS), plain | link, max_size=7) | plain,
    }
)
prompts = st.dictionaries(st.sampled_from(IDS), node | plain, max_size=8)

_slot = st.fixed_dictionaries(
    {"name": st.sampled_from(INPUTS), "link": st.integers(0, 12) | st.none()},
    optional={
        "type": st.sampled_from(["IMAGE", "MODEL"]),
        "widget": st.fixed_dictionaries({"name": st.sampled_from(INPUTS)}) | plain,
    },
)
_item = st.fixed_dictionaries(
    {"id": st.integers(0, 7) | plain, "type": st.sampled_from([*KINDS, "GetNode", "SetNode", "sub", "deep"]) | st.integers()},
    optional={
        "mode": st.sampled_from([0, 2, 4, [], None]), "inputs": st.lists(_slot | plain, max_size=4) | plain,
        "outputs": st.lists(st.fixed_dictionaries({"type": st.sampled_from(["IMAGE", "MODEL"])}) | plain, max_size=2) | plain,
        "widgets_values": st.lists(plain | st.just("randomize"), max_size=5) | st.dictionaries(st.sampled_from(INPUTS), plain, max_size=3) | plain,
        "properties": st.fixed_dictionaries({"proxyWidgets": st.lists(st.tuples(st.sampled_from(["1", 1]), st.just("seed")).map(list), max_size=3)}),
    },
)  # fmt: skip
_end = st.integers(0, 7) | st.sampled_from([-10, -20, "3"])
_link = st.tuples(st.integers(0, 12), _end, st.integers(0, 2), _end, st.integers(0, 2), st.just("IMAGE")).map(
    list
) | st.fixed_dictionaries(
    {
        "id": st.integers(0, 12),
        "origin_id": _end,
        "origin_slot": st.integers(0, 2),
        "target_id": _end,
        "target_slot": st.integers(0, 2),
    }
)
_level = {"nodes": st.lists(_item | plain, max_size=8), "links": st.lists(_link | plain, max_size=10) | plain}
_subgraph = st.fixed_dictionaries({"id": st.sampled_from(["sub", "deep"]), **_level})
workflows = st.fixed_dictionaries(
    _level,
    optional={
        "definitions": st.fixed_dictionaries({"subgraphs": st.lists(_subgraph | plain, max_size=3) | plain}) | plain
    },
)


def sampled(latent: dict[str, Any], denoise: float = 1.0, **more: Any) -> dict[str, Any]:
    """The prompt of a picture that one sampler makes; `latent` is the node that it starts from, `more` are further nodes."""
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "hills.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a hill", "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "dull", "clip": ["1", 1]}},
        "4": latent,
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 7, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "denoise": denoise, "model": ["1", 0], "positive": ["2", 0],
                "negative": ["3", 0], "latent_image": ["4", 0],
            },
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}},
        **more,
    }  # fmt: skip


def chain(kind: str, length: int, inputs: dict[str, Any], link_name: str) -> dict[str, Any]:
    """A prompt of nodes in a row, each linked to the one before."""
    return {
        str(place): {"class_type": kind, "inputs": {**inputs, **({link_name: [str(place - 1), 0]} if place else {})}}
        for place in range(length)
    }
