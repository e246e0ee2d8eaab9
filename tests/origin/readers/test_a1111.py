"""The web UI's parameters, wherever they lie and whoever wrote them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.decode.containers.samples import jpeg, png, png_chunk, segment
from tests.origin.carriers import CARRIERS, PARAMETERS, RECIPE, looked, one_line, png_texts

from safelight.demo.prompts import a1111_parameters
from safelight.model import Basis, Finding, Opinion, Strength, Supports
from safelight.origin.opinion import weigh
from safelight.origin.readers.a1111 import A1111Reader

READER = A1111Reader()
LINE = "a hill\nNegative prompt: dull\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x512"


def one(text: str) -> Finding:
    (finding,) = looked(READER, png_texts(parameters=text))
    return finding


@pytest.mark.parametrize("name", [name for name in CARRIERS if name.startswith("a1111")])
def test_every_carrier_gives_the_same_facts(name: str) -> None:
    (finding,) = looked(READER, CARRIERS[name])
    assert (finding.supports, finding.basis, finding.strength) == (Supports.GENERATED, Basis.DECLARED, Strength.STRONG)
    facts = {
        key: finding.details[key]
        for key in ("generator", "generator_version", "model", "model_hash", "seed", "prompt", "negative_prompt")
    }
    assert facts == {
        "generator": "Automatic1111", "generator_version": "v1.9.4", "model": RECIPE.model, "model_hash": RECIPE.model_hash,
        "seed": str(RECIPE.seed), "prompt": RECIPE.prompt, "negative_prompt": RECIPE.negative_prompt,
    }  # fmt: skip
    assert "at byte" in finding.where


@pytest.mark.parametrize("name", [name for name in CARRIERS if not name.startswith("a1111")])
def test_other_carriers_give_nothing(name: str) -> None:
    assert looked(READER, CARRIERS[name]) == []


@pytest.mark.parametrize(
    ("tail", "generator", "version"),
    [
        (", Model hash: 0123456789, Model: hills, Version: v1.10.1", "Automatic1111", "v1.10.1"),
        (", Model hash: 0123456789, Model: hills, Version: 1.7.0-RC", "Automatic1111", "1.7.0-RC"),
        (", Model hash: 0123456789, Model: hills, Version: 5ef669de", "Automatic1111", "5ef669de"),
        (", Model hash: 01234567, Model: hills", "Automatic1111", None),
        (", Version: f0.0.17v1.8.0rc-latest-276-g29be1da7", "Forge", "f0.0.17v1.8.0rc-latest-276-g29be1da7"),
        (", Version: f2.0.1v1.10.1-previous-659-gc055f2d4", "Forge", "f2.0.1v1.10.1-previous-659-gc055f2d4"),
        (", Version: neo-2.28", "Forge", "neo-2.28"),
        (", Version: classic", "Forge", "classic"),
        (", Version: Neo", "Forge", "Neo"),
        (", Version: neon 2", "neon", "neon 2"),
        (", Version: f1.0.0v2-v1.10.1RC-latest-2498-g5120e679", "reForge", "f1.0.0v2-v1.10.1RC-latest-2498-g5120e679"),
        (", App: SD.Next, Version: 56a8aea, Operations: txt2img", "SD.Next", "56a8aea"),
        (", Parser: full, Backend: Diffusers, Operations: txt2img, Version: 5a7f2a9", "SD.Next", "5a7f2a9"),
        (", Version: f1.3.0-v1.10.1RC-latest-1038-g19395bf9", "EasyReforge", "f1.3.0-v1.10.1RC-latest-1038-g19395bf9"),
        (", Version: stable-diffusion.cpp", "stable-diffusion.cpp", "stable-diffusion.cpp"),
        (", Version: Fooocus v2.5.5", "Fooocus", "Fooocus v2.5.5"),
        (", Model: hills.safetensors", None, None),
        (', Created Date: 2024-05-06T0708, Civitai resources: [{"type":"checkpoint"}]', "Civitai", None),
        (", Version: SomethingElse 3", "SomethingElse", "SomethingElse 3"),
        (', Version: ","', ",", ","),
    ],
)
def test_relatives_are_told_apart(tail: str, generator: str | None, version: str | None) -> None:
    details = one(LINE + tail).details
    assert (details.get("generator"), details.get("generator_version")) == (generator, version)


@pytest.mark.parametrize(
    "text",
    [
        "a hill\nSteps: 20, Sampler: euler_simple, CFG Scale: 8.0, Seed: 0, Size: 512x512, Model hash: 0123456789, Model: hills, Version: ComfyUI",
        (
            "a hill\nSteps: 20, Sampler: Euler a, CFG scale: 5.0, Seed: 827555711811618, Clip skip: 2, Size: 512x512, "
            "Model: hills.safetensors, Model hash: 01234567"
        ),
    ],
)
def test_what_a_saving_node_was_told_counts_for_less(text: str) -> None:
    finding = one(text)
    assert (finding.details["generator"], finding.strength) == ("ComfyUI", Strength.MODERATELY_STRONG)


@pytest.mark.parametrize(
    ("tail", "supports"),
    [
        ("", Supports.GENERATED),
        (", Denoising strength: 0.45", Supports.AI_EDITED),
        (", Denoising strength: 0", Supports.GENERATED),
        (", Denoising strength: x", Supports.AI_EDITED),
        (", Denoising strength: 0.4, Hires upscale: 2, Hires upscaler: Latent", Supports.GENERATED),
        (", Denoising strength: 0.7, First pass size: 256x256", Supports.GENERATED),
        (", Denoising strength: 0.7, Mask blur: 4", Supports.AI_EDITED),
        (", Denoising strength: 0.4, Refiner: hills, Refiner switch at: 0.8", Supports.AI_EDITED),
        (", Operations: img2img", Supports.AI_EDITED),
        (", Operations: txt2img; hires, Denoising strength: 0.3", Supports.GENERATED),
        (", Operations: inpaint", Supports.AI_EDITED),
        (", Init image hash: 01234567", Supports.AI_EDITED),
        (", ADetailer denoising strength: 0.4", Supports.GENERATED),
        (', ControlNet 0: "Module: canny"', Supports.GENERATED),
    ],
)
def test_image_to_image_and_inpainting_are_edits_by_ai(tail: str, supports: Supports) -> None:
    assert one(LINE + tail).supports is supports


def test_a_drawn_edit_is_an_edit() -> None:
    assert one(a1111_parameters(RECIPE, 512, 512, denoising=0.45)).supports is Supports.AI_EDITED


def test_loras_come_from_the_prompt_and_from_their_hashes() -> None:
    details = one(
        f'a hill <lora:oil:0.7> <lora:ink>\n{LINE}, Lora hashes: "oil: 0123456789AB, wood: 0123456789ab, bad: xyz"'
    ).details
    assert details["loras"] == [
        {"name": "oil", "hash": "0123456789ab"},
        {"name": "ink", "hash": None},
        {"name": "wood", "hash": "0123456789ab"},
    ]


def test_embeddings_come_from_their_hashes() -> None:
    details = one(f'{LINE}, TI hashes: "calm: 0123456789AB, warm: 89abcdef"').details
    assert details["embeddings"] == [{"name": "calm", "hash": "0123456789ab"}, {"name": "warm", "hash": "89abcdef"}]


@pytest.mark.parametrize(
    ("version", "variant"),
    [("neo", "Forge Neo"), ("classic", "Forge Classic"), ("f2.0.1v1.10.1", None), ("v1.9.4", None)],
)
def test_branches_of_forge_are_kept_as_variants(version: str, variant: str | None) -> None:
    assert one(f"{LINE}, Version: {version}").details.get("variant") == variant


def test_equal_texts_are_one_witness_and_different_ones_two() -> None:
    both = png(
        [png_chunk(b"tEXt", b"parameters\0" + PARAMETERS.encode())],
        [png_chunk(b"tEXt", b"Comment\0" + PARAMETERS.encode())],
    )
    assert len(looked(READER, both)) == 1
    other = png_texts(parameters=PARAMETERS, comment=LINE)
    assert [finding.details["seed"] for finding in looked(READER, other)] == [str(RECIPE.seed), "42"]


@pytest.mark.parametrize(
    "texts",
    [
        {"parameters": "resolution: 300 dpi, mode: grey"}, {"parameters": ""}, {"Title": PARAMETERS}, {"Comment": "made with Stable Diffusion"},
        {"parameters": "Steps: 4, Needles: 3, Size: M, Model: shawl"},
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(texts: dict[str, str]) -> None:
    assert looked(READER, png_texts(**texts)) == []


def test_names_from_the_file_are_made_safe_and_short() -> None:
    finding = one(f"{LINE}, App: \x07\u202egenerator{'x' * 5000}")
    assert len(finding.what) < 300
    assert len(str(finding.details["generator"])) <= 500
    (comment,) = looked(READER, jpeg([segment(0xFE, (LINE + ", App: \x00\x1b[31m").encode())]))
    assert one_line(comment.what)


@pytest.mark.shared
def test_real_and_transplanted_files(shared: Path) -> None:
    wanted = {"Automatic1111", "Forge", "reForge", "EasyReforge", "SD.Next"}
    rows = list(csv.DictReader((shared / "carriers" / "manifest.csv").open(encoding="utf-8")))
    rows = [row for row in rows if row["file"] and row["generator"] in wanted]
    seen = 0
    for row in rows:
        (finding,) = looked(READER, (shared / "carriers" / row["file"]).read_bytes())
        assert finding.details["generator"] == row["generator"]
        assert row["seed"] in ("", finding.details["seed"])
        seen += 1
    assert seen == len(rows)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+", "enlarged by R-ESRGAN 4x+"),
        ("GFPGAN visibility: 1, CodeFormer visibility: 0", "put in and its faces redrawn by GFPGAN."),
        (
            "Postprocess upscale to: 800x600, Postprocess upscaler: Lanczos, CodeFormer visibility: 0.5, CodeFormer weight: 0",
            "enlarged, by no model that is named, its faces redrawn by CodeFormer.",
        ),
    ],
)
def test_a_picture_that_was_only_enlarged_or_given_other_faces_is_edited_by_ai(text: str, said: str) -> None:
    (finding,) = looked(READER, png_texts(postprocessing=text, extras=text))
    assert (finding.supports, finding.basis, finding.strength) == (
        Supports.AI_EDITED, Basis.DECLARED, Strength.MODERATELY_STRONG,
    )  # fmt: skip
    assert said in finding.what
    assert "can be a photograph" in finding.does_not_show
    assert weigh([finding]).opinion is Opinion.AI_EDITED


def test_enlarging_by_no_model_says_nothing_and_a_generated_picture_stays_generated() -> None:
    (finding,) = looked(READER, png_texts(extras="Postprocess upscale by: 2, Postprocess upscaler: Lanczos"))
    assert (finding.supports, finding.basis) == (Supports.NOTHING, None)
    by_model = "Postprocess upscale by: 2, Postprocess upscaler: R-ESRGAN 4x+"
    found = looked(READER, png_texts(parameters=LINE, postprocessing=by_model, extras=by_model))
    assert [finding.supports for finding in found] == [Supports.GENERATED, Supports.NOTHING]
    assert weigh(found).opinion is Opinion.GENERATED
    assert looked(READER, png_texts(extras="Postprocessing was fun")) == []
