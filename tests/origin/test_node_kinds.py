"""What nodes do, told by their kind and inputs."""

from __future__ import annotations

import pytest

from safelight.origin import node_kinds as kinds
from safelight.origin.graph import Node


def node(kind: str, *links: str, **values: object) -> Node:
    return Node(kind, values, dict.fromkeys(links, "1"))


@pytest.mark.parametrize(
    ("kind", "loads"),
    [
        ("LoadImage", True), ("LoadImageMask", True), ("Load Image Batch", True), ("VHS_LoadVideoPath", True), ("VHS_LoadImages", True),
        ("Image Load", True), ("ETN_LoadImageBase64", True), ("easy loadImageBase64", True), ("LoadVideo", True), ("LoadImageFromUrl", True),
        ("CheckpointLoaderSimple", False), ("ImageOnlyCheckpointLoader", False), ("UpscaleModelLoader", False), ("WanVideoModelLoader", False),
        ("WanVideoVAELoader", False), ("SaveImage", False), ("LoraLoader", False), ("LoadWanVideoT5TextEncoder", False), ("EmptyLatentImage", False),
    ],
)  # fmt: skip
def test_nodes_that_bring_pictures_in(kind: str, loads: bool) -> None:
    assert kinds.loads_picture(node(kind)) is loads


@pytest.mark.parametrize(
    ("item", "samples"),
    [
        (node("KSampler", "model", seed=1, steps=20), True),
        (node("SamplerCustomAdvanced", "noise", "guider", "sampler", "sigmas", "latent_image"), True),
        (node("FaceDetailer", "image", seed=1, steps=20, denoise=0.4), True),
        (node("UltimateSDUpscale", "image", seed=1, steps=20), True),
        (node("SUPIR_sample", "latents", seed=1, steps=20), True),
        (node("KSamplerSelect", sampler_name="euler"), False),
        (node("BasicScheduler", "model", steps=20, denoise=1.0), False),
        (node("RandomNoise", noise_seed=1), False),
        (node("ImpactWildcardEncode", "model", "clip", seed=1), False),
        (node("CR Seed", seed=1), False),
        (node("FluxProFillNode", "image", seed=1, steps=20), False),
        (node("TextGenerate", "clip", seed=1), False),
    ],
)
def test_nodes_that_sample(item: Node, samples: bool) -> None:
    assert kinds.samples(item) is samples


@pytest.mark.parametrize(
    ("kind", "hosted"),
    [
        ("OpenAIDalle3", True), ("OpenAIGPTImage1", True), ("FluxProUltraImageNode", True), ("FluxKontextProImageNode", True), ("IdeogramV3", True),
        ("RecraftTextToImageNode", True), ("KlingTextToVideoNode", True), ("MoonvalleyTxt2VideoNode", True), ("GeminiImageNode", True),
        ("WanTextToVideoApi", True), ("Veo3VideoGenerationNode", True), ("ByteDanceSeedreamNode", True), ("StabilityStableImageUltraNode", True),
        ("PikaScenesV2_2", True), ("Pikadditions", True), ("Pikaffects", True), ("PikaTextToVideoNode2_2", True), ("GrokVideoNode", True),
        ("BriaImageEditNode", True), ("PikachuLoader", False), ("LumaReferenceNode", False),
        ("OpenAIChatNode", False), ("GeminiNode", False), ("FluxGuidance", False), ("LumaKeyMask", False), ("WanImageToVideo", False),
        ("ModelSamplingFlux", False), ("KSampler", False), ("ImageUpscaleWithModel", False),
    ],
)  # fmt: skip
def test_nodes_that_call_a_service(kind: str, hosted: bool) -> None:
    assert kinds.hosted(node(kind)) is hosted


def test_loras_that_are_switched_off_are_left_out() -> None:
    stack = node(
        "CR LoRA Stack",
        switch_1="Off",
        lora_name_1="a.safetensors",
        switch_2="On",
        lora_name_2="b.safetensors",
        lora_name_3="None",
    )
    assert list(kinds.loras(stack)) == ["b.safetensors"]
    power = node(
        "Power Lora Loader (rgthree)",
        lora_1={"on": True, "lora": "c.safetensors"},
        lora_2={"on": False, "lora": "d.safetensors"},
    )
    assert list(kinds.loras(power)) == ["c.safetensors"]


def test_files_that_are_brought_in_are_named() -> None:
    assert list(kinds.input_files(node("LoadImage", image="harbour.png", upload="image"))) == ["harbour.png"]
