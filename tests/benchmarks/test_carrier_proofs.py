"""What the benchmark of carriers takes as shown against a manifest, on drawn graphs and bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from benchmarks.carrier_proofs import same_model, same_name, same_product, shown

CODE = b"00119144030008867405X210001"
GOOGLE = b"JUMBF Created by Google Generative AI. JUMBF"


def told(carrier: str = "comfyui-png-text", seed: str = "", generator: str = "", model: str = "") -> dict[str, str]:
    return {"carrier": carrier, "seed": seed, "generator": generator, "model": model}


def sampler(seed: Any, latent: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": "KSampler", "inputs": {"seed": seed, "steps": 20, "latent_image": [latent, 0], **inputs}}


def graph(**nodes: dict[str, Any]) -> bytes:
    """The graph as the bytes of a file hold it."""
    whole = {"e": {"class_type": "EmptyLatentImage", "inputs": {"width": 512}}, **nodes}
    return b"\x89PNG tEXtprompt\0" + json.dumps(whole).encode() + b"\xff\0IDAT"


SAVED = {"class_type": "SaveImage", "inputs": {"images": ["a", 0]}}


def test_a_seed_that_makes_the_picture_is_left_alone() -> None:
    assert not shown(told(seed="7"), graph(a=sampler(7, "e"), s=SAVED)).seed
    linked = graph(n={"class_type": "PrimitiveInt", "inputs": {"value": 7}}, a=sampler(["n", 0], "e"), s=SAVED)
    assert not shown(told(seed="7"), linked).seed
    assert shown(told(seed="0"), linked).seed == "7"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (graph(a=sampler(7, "e"), s=SAVED), "3 stands at no node of it"),
        (graph(a=sampler(7, "e"), s={"class_type": "Save Image", "inputs": {"images": ["a", 0], "seed_value": 3}}), "which makes no picture"),
        (graph(b=sampler(7, "e"), a=sampler(3, "b", add_noise="disable"), s=SAVED), "which adds no noise"),
        (graph(a=sampler(7, "e"), c=sampler(3, "e"), s=SAVED), "from which the saved picture does not come"),
    ],
)  # fmt: skip
def test_another_seed_than_the_manifests_is_shown_by_the_walk(data: bytes, why: str) -> None:
    proof = shown(told(seed="3"), data)
    assert proof.seed == "7"
    assert why in proof.why


def test_where_two_samplers_begin_nothing_is_shown() -> None:
    both = {"class_type": "SaveImage", "inputs": {"images": ["a", 0], "more": ["c", 0]}}
    assert not shown(told(seed="3"), graph(a=sampler(7, "e"), c=sampler(8, "e"), s=both)).seed
    assert not shown(told(seed="3"), b"no graph at all").seed


def test_what_can_hold_no_mark() -> None:
    avi = b"RIFF\x40\0\0\0AVI LIST"
    assert "JSON text" in shown(told("c2pa-video-json"), b'{"manifests": {}}').no_mark
    assert "AIGC" in shown(told("synth-tc260"), avi + b"00dc").no_mark
    for held in (b"AIGC", "aigc".encode("utf-16-le"), "AIGC".encode("utf-16-be")):
        assert not shown(told("synth-tc260"), avi + held).no_mark
    assert not shown(told("synth-tc260"), b"\x89PNG no letters, but PNG compresses text").no_mark
    assert not shown(told("comfyui-avi"), avi).no_mark


@pytest.mark.parametrize(
    ("manifest", "said", "data", "right"),
    [
        ("Google Gemini", "Google Gemini or another Google model (Google Generative AI)", GOOGLE, True),
        ("Google Gemini", "Google Gemini or another Google model (Google Generative AI)", GOOGLE + b"model: Gemini 3", False),
        ("Google (Veo)", "Google Gemini or another Google model (Google Generative AI)", GOOGLE, False),
        ("TC260 producer", "ByteDance Jimeng", CODE, True),
        ("TC260 producer", "Tencent", CODE, False),
        ("TC260 producer", "ByteDance Jimeng", b"", False),
        ("OpenAI ChatGPT (GPT-4o)", "ChatGPT", b"", True),
        ("OpenAI ChatGPT (GPT-4o)", "OpenAI", b"", False),
        ("Adobe Firefly", "Adobe_Firefly adobe_c2pa/0.12", b"", True),
        ("InvokeAI (lstein fork)", "InvokeAI", b"", False),
        ("reForge", "Forge", b"", False),
        ("Forge", "Automatic1111", b"", False),
        ("ComfyUI", None, b"", False),
    ],
)  # fmt: skip
def test_names_of_the_same_product(manifest: str, said: str | None, data: bytes, right: bool) -> None:
    assert not same_name(manifest, said)
    assert bool(same_product(manifest, said, data)) is right


def test_models_that_the_manifest_read_too_far_or_from_a_note() -> None:
    comment = "Model: hills".encode("utf-16-be") + b"\xff\xdb\0C"
    assert shown(told(model="hills\uffdbC\x03"), comment).model == "hills"
    assert not shown(told(model="hills\uffdbC\x03"), b"another file").model
    loads = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "SDXL\\hills.safetensors"}}
    noted = {"class_type": "Save Image", "inputs": {"images": ["a", 0], "modelname": "lakes"}}
    data = graph(m=loads, a=sampler(7, "e", model=["m", 0]), s=noted)
    assert not shown(told(model="hills"), data).model
    proof = shown(told(model="lakes"), data)
    assert proof.model == "SDXL\\hills.safetensors"
    assert "node s (Save Image), which loads none" in proof.model_why
    assert same_model("SD/Hills.ckpt", "hills")
    assert not same_model("hills", "lakes")
