"""What graphs say: text to image is told from image to image, inpainting, editing and upscaling; the first sampler's seed is the seed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from tests.origin.carriers import PROMPT, RECIPE, WORKFLOW
from tests.origin.graphs import chain, prompts, sampled, workflows

from safelight.model import Strength, Supports
from safelight.origin.graph import NODES_MAX, Graph, from_prompt
from safelight.origin.graph_facts import GraphFacts
from safelight.origin.workflow import from_workflow

SECOND = 1.0
BOUND_S = 10 * SECOND
"""What a test allows: a slow or busy machine is no reason to fail, and quadratic work takes minutes."""
EMPTY = {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}}
LOAD = {"class_type": "LoadImage", "inputs": {"image": "harbour.png"}}
ENCODE = {"class_type": "VAEEncode", "inputs": {"pixels": ["8", 0], "vae": ["1", 2]}}


def facts(value: Any) -> GraphFacts:
    graph = from_prompt(value)
    assert graph is not None
    return GraphFacts(graph)


def with_inputs(value: dict[str, Any], name: str, **inputs: Any) -> dict[str, Any]:
    return {**value, name: {**value[name], "inputs": {**value[name]["inputs"], **inputs}}}


def with_saved(value: dict[str, Any], source: str) -> dict[str, Any]:
    return with_inputs(value, "7", images=[source, 0])


CASES: dict[str, tuple[dict[str, Any], Supports, str]] = {
    "text to image": (sampled(EMPTY), Supports.GENERATED, "text to image"),
    "image to image": (
        sampled(ENCODE, 0.6, **{"8": LOAD}),
        Supports.AI_EDITED,
        "an input image was changed by a model (image to image)",
    ),
    "covered by noise": (
        sampled(ENCODE, 1.0, **{"8": LOAD}),
        Supports.GENERATED,
        "text to image with an input image as a guide",
    ),
    "size of an image": (
        sampled({"class_type": "EmptyLatentImage", "inputs": {"width": ["8", 1]}}, 1.0, **{"8": LOAD}),
        Supports.GENERATED,
        "text to image with an input image as a guide",
    ),
    "inpainting": (
        sampled(
            {"class_type": "VAEEncodeForInpaint", "inputs": {"pixels": ["8", 0], "mask": ["8", 1]}}, 1.0, **{"8": LOAD}
        ),
        Supports.AI_EDITED,
        "part of an input image was replaced (inpainting)",
    ),
    "noise mask": (
        sampled({"class_type": "SetLatentNoiseMask", "inputs": {"samples": ["9", 0]}}, 1.0, **{"8": LOAD, "9": ENCODE}),
        Supports.AI_EDITED,
        "part of an input image was replaced (inpainting)",
    ),
    "control": (
        with_inputs(
            sampled(
                EMPTY,
                **{
                    "8": LOAD,
                    "9": {"class_type": "ControlNetApply", "inputs": {"conditioning": ["2", 0], "image": ["8", 0]}},
                },
            ),
            "5",
            positive=["9", 0],
        ),
        Supports.GENERATED,
        "text to image with an input image as a guide",
    ),
    "edited by text": (
        with_inputs(
            sampled(
                EMPTY,
                **{
                    "8": LOAD,
                    "9": ENCODE,
                    "10": {"class_type": "ReferenceLatent", "inputs": {"conditioning": ["2", 0], "latent": ["9", 0]}},
                },
            ),
            "5",
            positive=["10", 0],
        ),
        Supports.AI_EDITED,
        "an input image was edited as a text asks",
    ),
    "face swapped": (
        with_saved(
            sampled(
                EMPTY,
                **{
                    "8": LOAD,
                    "9": {
                        "class_type": "ReActorFaceSwap",
                        "inputs": {"input_image": ["6", 0], "source_image": ["8", 0]},
                    },
                },
            ),
            "9",
        ),
        Supports.AI_EDITED,
        "a face from an input image was put in",
    ),
    "set in motion": (
        sampled(
            {"class_type": "WanImageToVideo", "inputs": {"start_image": ["8", 0], "positive": ["2", 0]}},
            1.0,
            **{"8": LOAD},
        ),
        Supports.AI_EDITED,
        "an input image was continued or set in motion by a model",
    ),
    "hosted": (
        {
            "1": {"class_type": "OpenAIDalle3", "inputs": {"prompt": "a hill", "seed": 7}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
        },
        Supports.GENERATED,
        "made by a hosted service (OpenAIDalle3)",
    ),
    "hosted with an image": (
        {
            "1": {"class_type": "OpenAIDalle2", "inputs": {"prompt": "a hill", "image": ["3", 0]}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
            "3": LOAD,
        },
        Supports.AI_EDITED,
        "an input image was sent to a hosted service (OpenAIDalle2)",
    ),
    "upscaled": (
        {
            "1": LOAD,
            "2": {"class_type": "ImageUpscaleWithModel", "inputs": {"image": ["1", 0]}},
            "3": {"class_type": "SaveImage", "inputs": {"i": ["2", 0]}},
        },
        Supports.AI_EDITED,
        "an input image was enlarged or restored by a model, nothing was generated from text",
    ),
    "only scaled": (
        {
            "1": LOAD,
            "2": {"class_type": "ImageScale", "inputs": {"image": ["1", 0]}},
            "3": {"class_type": "SaveImage", "inputs": {"i": ["2", 0]}},
        },
        Supports.NOTHING,
        "no step that generates a picture was recognised",
    ),
    "captioned": (
        {
            "1": LOAD,
            "2": {"class_type": "GeminiNode", "inputs": {"prompt": "describe it", "images": ["1", 0]}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
        },
        Supports.NOTHING,
        "no step that generates a picture was recognised",
    ),
    "saved beside a sampler": (
        {
            **sampled(EMPTY),
            "8": LOAD,
            "7": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
            "9": {"class_type": "PreviewImage", "inputs": {"images": ["6", 0]}},
        },
        Supports.NOTHING,
        "no step that generates a picture was recognised",
    ),
    "drawn by nodes": (
        {
            "1": {"class_type": "EmptyImage", "inputs": {"color": 0}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
        },
        Supports.NOTHING,
        "no step that generates a picture was recognised",
    ),
    "unknown steps": (
        {
            "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "hills.safetensors"}},
            "2": {"class_type": "MakePicture", "inputs": {"model": ["1", 0]}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}},
        },
        Supports.GENERATED,
        "a model is loaded, by steps that are not known to this reader",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_how_a_picture_was_made(name: str) -> None:
    value, supports, how = CASES[name]
    making = facts(value).making()
    assert (making.supports, making.how) == (supports, how)
    assert (making.strength is Strength.NONE) == (supports is Supports.NOTHING)


@pytest.mark.parametrize("value", [json.loads(PROMPT), json.loads(WORKFLOW)])
def test_both_forms_of_one_graph_say_the_same(value: Any) -> None:
    graph = from_prompt(value) or from_workflow(value)
    assert graph is not None
    found = GraphFacts(graph)
    assert found.making().supports is Supports.GENERATED
    details = found.details()
    assert (details["model"], details["seed"]) == (f"{RECIPE.model}.safetensors", str(RECIPE.seed))
    assert RECIPE.prompt == details["prompt"]


def test_facts_of_a_plain_graph() -> None:
    assert facts(sampled(ENCODE, 0.6, **{"8": LOAD})).details() == {
        "generator": "ComfyUI",
        "nodes": 8,
        "model": "hills.safetensors",
        "seed": "7",
        "prompt": "a hill",
        "negative_prompt": "dull",
        "sampler": "euler",
        "input_images": ["harbour.png"],
    }


def test_the_sampler_that_starts_the_picture_gives_the_seed_and_all_seeds_are_kept() -> None:
    value = sampled(EMPTY)
    value["8"] = {
        "class_type": "KSampler",
        "inputs": {**value["5"]["inputs"], "seed": 9, "latent_image": ["5", 0], "denoise": 0.4},
    }
    value["9"] = {"class_type": "KSampler", "inputs": {**value["5"]["inputs"], "seed": 11}}
    value["10"] = {"class_type": "PreviewImage", "inputs": {"images": ["9", 0]}}
    details = facts(with_inputs(value, "6", samples=["8", 0])).details()
    assert (details["seed"], details["seeds"]) == ("7", ["7", "9"])


def test_a_second_model_that_goes_on_with_the_picture_is_kept() -> None:
    second = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "high.safetensors"}},
        "2": {"class_type": "UNETLoader", "inputs": {"unet_name": "low.safetensors"}},
        "3": {"class_type": "KSamplerAdvanced", "inputs": {"noise_seed": 4, "steps": 4, "start_at_step": 0, "add_noise": "enable",
              "model": ["1", 0]}},
        "4": {"class_type": "KSamplerAdvanced", "inputs": {"noise_seed": 0, "steps": 4, "start_at_step": 2, "add_noise": "disable",
              "model": ["2", 0], "latent_image": ["3", 0]}},
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0]}},
        "6": {"class_type": "UNETLoader", "inputs": {"unet_name": "unused.safetensors"}},
    }  # fmt: skip
    details = facts(second).details()
    assert (details["model"], details["refiner_model"]) == ("high.safetensors", ["low.safetensors"])
    first = {name: node for name, node in second.items() if name not in "24"}
    first["5"] = {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}}
    assert "refiner_model" not in facts(first).details()


def test_texts_and_seeds_are_followed_through_links() -> None:
    value = with_inputs(sampled(EMPTY), "2", text=["20", 0])
    value |= {
        "20": {"class_type": "Switch", "inputs": {"on_true": ["21", 0], "on": True}},
        "21": {"class_type": "StringConcatenate", "inputs": {"delimiter": ", ", "string_a": ["22", 0]}},
        "22": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a lighthouse"}},
        "23": {"class_type": "Seed (rgthree)", "inputs": {"seed": 18446744073709551615}},
    }
    details = facts(with_inputs(value, "5", seed=["23", 0])).details()
    assert (details["prompt"], details["seed"]) == ("a lighthouse", "18446744073709551615")


def test_the_negative_prompt_is_not_the_positive_one() -> None:
    value = with_inputs(sampled(EMPTY), "5", positive=["8", 0], negative=["8", 1])
    value["8"] = {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["2", 0], "negative": ["3", 0]}}
    details = facts(value).details()
    assert (details["prompt"], details["negative_prompt"]) == ("a hill", "dull")
    zeroed = with_inputs(sampled(EMPTY), "5", negative=["8", 0])
    zeroed["8"] = {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["2", 0]}}
    assert "negative_prompt" not in facts(zeroed).details()


def test_a_guider_is_followed() -> None:
    value = sampled(EMPTY)
    value["5"] = {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["8", 0],
            "guider": ["9", 0],
            "sampler": ["10", 0],
            "sigmas": ["11", 0],
            "latent_image": ["4", 0],
        },
    }
    value |= {
        "8": {"class_type": "RandomNoise", "inputs": {"noise_seed": 42}},
        "9": {"class_type": "CFGGuider", "inputs": {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0]}},
        "10": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
        "11": {"class_type": "BasicScheduler", "inputs": {"steps": 20, "denoise": 1.0}},
    }
    details = facts(value).details()
    named = {name: details[name] for name in ("seed", "model", "prompt", "negative_prompt", "sampler")}
    assert named == {
        "seed": "42",
        "model": "hills.safetensors",
        "prompt": "a hill",
        "negative_prompt": "dull",
        "sampler": "euler",
    }


def _holds(graph: Graph | None) -> None:
    if graph is None:
        return
    found = GraphFacts(graph)
    making, details = found.making(), found.details()
    assert making.how
    assert (making.strength is Strength.NONE) == (making.supports is Supports.NOTHING)
    for name in ("model", "seed", "prompt", "negative_prompt", "sampler"):
        assert details.get(name) != ""
        assert isinstance(details.get(name), str | None)
    seed = details.get("seed")
    assert seed is None or int(str(seed)) < 1 << 67


@given(prompts)
def test_random_prompts_never_raise(value: dict[str, Any]) -> None:
    _holds(from_prompt(value))


@given(workflows)
def test_random_workflows_never_raise(value: dict[str, Any]) -> None:
    _holds(from_workflow(value))


def _hub(kind: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Thousands of nodes that all hang on one node with hundreds of links."""
    value: dict[str, Any] = {
        str(place): {"class_type": kind, "inputs": {**inputs, "a": ["hub", 0]}} for place in range(NODES_MAX - 600)
    }
    for place in range(490):
        value[f"leaf {place}"] = {"class_type": "PromptText", "inputs": {str(number): "" for number in range(400)}}
    value["hub"] = {"class_type": "PromptHub", "inputs": {str(place): [f"leaf {place}", 0] for place in range(490)}}
    return value


HOSTILE: dict[str, dict[str, Any]] = {
    "a row of samplers": chain("KSampler", NODES_MAX, {"seed": 1, "steps": 2}, "latent_image"),
    "a row of text nodes": chain("CLIPTextEncode", NODES_MAX, {}, "text"),
    "a row of prompts": chain("PromptNode", NODES_MAX, {"value": 3}, "conditioning"),
    "a row of images": chain("LoadImage", NODES_MAX, {}, "image"),
    "samplers alone": chain("KSampler", NODES_MAX, {"seed": None, "steps": 2}, "nothing"),
    "savers": chain("SaveImage", NODES_MAX, {"images": ["7", 0]}, "a"),
    "samplers on a hub": _hub("KSampler", {"steps": 2, "seed": ["hub", 0], "positive": ["hub", 0], "latent_image": ["hub", 0]}),
    "prompts on a hub": _hub("PromptNode", {"text": ["hub", 0], "prompt": ["hub", 0], "text_g": ["hub", 0], "t5xxl": ["hub", 0]}),
    "services on a hub": _hub("OpenAIDalle3", {"seed": ["hub", 0], "prompt": ["hub", 0]}),
    "everything on everything": {
        str(place): {"class_type": "KSampler", "inputs": {str(other): [str(other), 0] for other in range(1000)} | {"steps": 1, "seed": 1}}
        for place in range(1000)
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_graphs_end_in_time(name: str) -> None:
    start = time.process_time()
    graph = from_prompt(HOSTILE[name])
    assert graph is not None
    found = GraphFacts(graph)
    found.making()
    found.details()
    assert time.process_time() - start < BOUND_S
