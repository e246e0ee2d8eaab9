"""The dialects of generators: each reader on files that code puts together in that dialect, and on real ones where they are at hand."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import jpeg, png, png_chunk, segment, xmp
from tests.origin.carriers import PARAMETERS, content, looked, png_texts
from tests.origin.dialects import (
    DIALECTS,
    DIGEST,
    MODEL,
    NEGATIVE,
    PROMPT,
    SEED,
    drawn,
    hidden,
    json_png,
    saved,
    texts_png,
)

from safelight.model import Basis, Finding, Opinion, Outcome, Strength, Supports
from safelight.origin.opinion import weigh
from safelight.origin.readers import READERS
from safelight.origin.readers.a1111 import A1111Reader
from safelight.origin.readers.civitai import CivitaiReader
from safelight.origin.readers.drawthings import DrawThingsReader
from safelight.origin.readers.easydiffusion import EasyDiffusionReader
from safelight.origin.readers.fooocus import FooocusReader
from safelight.origin.readers.huggingface import HuggingFaceReader
from safelight.origin.readers.invokeai import InvokeAiReader
from safelight.origin.readers.midjourney import MidjourneyReader
from safelight.origin.readers.paths import PathsReader
from safelight.origin.readers.stabilitymatrix import StabilityMatrixReader
from safelight.origin.readers.stealth import StealthReader
from safelight.origin.readers.swarmui import SwarmUiReader
from safelight.origin.readers.tensorart import TensorArtReader
from safelight.origin.statements import facts, listed_loras, seed_of, text_of
from safelight.origin.texts import JSON_CHARS

FAMILIES = {reader.name: reader for reader in READERS}
OIL = {"oil", "oil.ckpt", "oil.safetensors"}

# What a dialect has no place for.
WITHOUT = {
    "invokeai png Dream": {"model", "negative_prompt"},
    "invokeai png sd-metadata": {"negative_prompt"},
    "invokeai png graph": {"prompt", "negative_prompt", "sampler"},
    "novelai png": {"model"},
    "novelai webp": {"model"},
    "midjourney png": {"model", "sampler", "negative_prompt"},
    "civitai jpeg": set(),
}
NAMES = {
    "invokeai png": "InvokeAI", "invokeai png sd-metadata": "InvokeAI", "invokeai png Dream": "InvokeAI (lstein fork)",
    "invokeai png graph": "InvokeAI", "novelai png": "NovelAI", "novelai webp": "NovelAI", "fooocus png": "Fooocus", "fooocus jpeg": "Fooocus",
    "fooocus ruined png": "RuinedFooocus", "fooocus ruined mp4": "RuinedFooocus", "drawthings png": "Draw Things", "swarmui png": "SwarmUI",
    "swarmui jpeg": "SwarmUI", "easydiffusion png": "Easy Diffusion", "easydiffusion jpeg": "Easy Diffusion", "tensorart png": "TensorArt",
    "stabilitymatrix png": "Stability Matrix", "civitai png": "Civitai", "civitai jpeg": "Civitai", "huggingface png": "HuggingFace Space",
    "midjourney png": "Midjourney",
}  # fmt: skip


def one(reader: Any, data: bytes) -> Finding:
    (finding,) = looked(reader, data)
    return finding


def every(data: bytes) -> list[Finding]:
    return [finding for reader in READERS for finding in looked(reader(), data)]


@pytest.mark.parametrize("name", NAMES)
def test_each_dialect_gives_its_facts(name: str) -> None:
    finding = one(FAMILIES[name.split(maxsplit=1)[0]](), DIALECTS[name])
    assert (finding.supports, finding.basis, finding.details["generator"]) == (
        Supports.GENERATED,
        Basis.DECLARED,
        NAMES[name],
    )
    wanted = {"seed": str(SEED), "prompt": PROMPT, "negative_prompt": NEGATIVE, "model": MODEL}
    wanted = {key: value for key, value in wanted.items() if key not in WITHOUT.get(name, set())}
    assert {key: finding.details.get(key) for key in wanted} == wanted
    if "loras" in finding.details:
        assert {lora["name"] for lora in finding.details["loras"]} <= OIL  # type: ignore[index,union-attr]
    assert "at byte" in finding.where


@pytest.mark.parametrize("name", NAMES)
def test_the_opinion_names_the_dialect(name: str) -> None:
    opinion = weigh(every(DIALECTS[name]))
    assert (opinion.opinion, opinion.generator, opinion.conflicts) == (Opinion.GENERATED, NAMES[name], ())


@pytest.mark.parametrize("name", NAMES)
def test_no_other_reader_takes_it_for_its_own(name: str) -> None:
    speaking = {finding.reader for finding in every(DIALECTS[name]) if finding.supports is not Supports.NOTHING}
    assert speaking == {name.split(maxsplit=1)[0]}


@pytest.mark.parametrize(
    ("reader", "key"),
    [(InvokeAiReader, "invokeai_metadata"), (SwarmUiReader, "parameters"), (TensorArtReader, "generation_data")],
)
def test_a_text_too_long_is_told(reader: Any, key: str) -> None:
    text = '{"sui_image_params": "' + "x" * JSON_CHARS + '"}'
    finding = one(reader(), png_texts(**{key: text}))
    assert finding.outcome is Outcome.COULD_NOT_LOOK


# InvokeAI


def invoke(**changed: Any) -> Finding:
    value = {"generation_mode": "txt2img", "positive_prompt": "a hill", "seed": 1, "app_version": "5.0.0"} | changed
    return one(InvokeAiReader(), json_png(value, "invokeai_metadata"))


@pytest.mark.parametrize(
    ("changed", "supports"),
    [
        ({}, Supports.GENERATED), ({"generation_mode": "img2img"}, Supports.AI_EDITED), ({"generation_mode": "flux_inpaint"}, Supports.AI_EDITED),
        ({"generation_mode": "outpaint"}, Supports.AI_EDITED), ({"generation_mode": None, "upscale_model": {"name": "x4"}}, Supports.AI_EDITED),
        ({"ipAdapters": [{"image": {"image_name": "in.png"}}]}, Supports.GENERATED),
    ],
)  # fmt: skip
def test_invokeai_says_how(changed: dict[str, Any], supports: Supports) -> None:
    assert invoke(**changed).supports is supports


def test_invokeai_names_its_input_images_and_models() -> None:
    details = invoke(
        ipAdapters=[{"image": {"image_name": "in.png"}}],
        controlnets=[{"image": {"image_name": "pose.png"}}],
        loras=[{"lora": {"model_name": "oil"}}, {"model": {"name": "ink", "hash": "blake3:aa"}}],
        model={"model_name": "hills"},
    ).details
    assert set(details["input_images"]) == {"in.png", "pose.png"}  # type: ignore[arg-type]
    assert (details["model"], details["loras"]) == (
        "hills",
        [{"name": "oil", "hash": None}, {"name": "ink", "hash": "blake3:aa"}],
    )


@pytest.mark.parametrize(
    ("text", "seed", "supports", "images"),
    [
        ('"a "quoted" hill" -s50 -S7', "7", Supports.GENERATED, None),
        ('"a hill" -s 50 -S 7 -A k_lms', "7", Supports.GENERATED, None),
        ('"a hill" --seed=7', "7", Supports.GENERATED, None),
        ('"a hill" -S7 -I/home/painter/in.png -f0.6', "7", Supports.AI_EDITED, ["/home/painter/in.png"]),
        ('"a hill" -S7 -I "my photo.png" -M mask.png', "7", Supports.AI_EDITED, ["my photo.png"]),
    ],
)
def test_dream_strings(text: str, seed: str, supports: Supports, images: list[str] | None) -> None:
    finding = one(InvokeAiReader(), png_texts(Dream=text))
    assert (finding.details["seed"], finding.supports, finding.details.get("input_images")) == (seed, supports, images)


@pytest.mark.parametrize("text", ["", '"', '"a hill"', "I have a dream -S7", '"a hill" -s50', '"a hill" -S7x', '" -S7'])
def test_other_dreams_are_left_alone(text: str) -> None:
    assert looked(InvokeAiReader(), png_texts(Dream=text)) == []


def test_sd_metadata_of_the_fork_and_of_an_edit() -> None:
    value = {
        "app_id": "lstein/stable-diffusion",
        "model_weights": "m",
        "image": {"type": "img2img", "seed": 3, "prompt": "a hill", "orig_hash": "ab"},
    }
    finding = one(InvokeAiReader(), json_png(value, "sd-metadata"))
    assert (finding.details["generator"], finding.supports) == ("InvokeAI (lstein fork)", Supports.AI_EDITED)
    assert finding.details["input_image_hash"] == "ab"


def test_a_graph_that_names_two_models_names_none() -> None:
    nodes = {
        "a": {"type": "main_model_loader", "model": {"name": "x"}},
        "b": {"type": "main_model_loader", "model": {"name": "y"}},
        "c": {"type": "l2i"},
    }
    finding = one(InvokeAiReader(), json_png({"nodes": nodes, "edges": []}, "invokeai_graph"))
    assert "model" not in finding.details
    assert looked(InvokeAiReader(), json_png({"nodes": {"a": {"type": "crop"}}, "edges": []}, "invokeai_graph")) == []


# The others


def changed(name: str, **more: Any) -> dict[str, Any]:
    """The JSON of a drawn file, changed."""
    (text,) = (text for key, text, _ in content(DIALECTS[name]).metadata.texts() if text.startswith("{"))
    value: dict[str, Any] = json.loads(text.strip("\0"))
    return value | more


@pytest.mark.parametrize(
    ("reader", "name", "key", "more", "supports"),
    [
        (FooocusReader, "fooocus ruined png", "parameters", {"denoise": 0.6}, Supports.AI_EDITED),
        (FooocusReader, "fooocus ruined png", "parameters", {"denoise": 1}, Supports.GENERATED),
        (FooocusReader, "fooocus ruined png", "parameters", {"denoise": True}, Supports.GENERATED),
        (CivitaiReader, "civitai png", "extraMetadata", {"workflowId": "img2img"}, Supports.AI_EDITED),
        (CivitaiReader, "civitai png", "extraMetadata", {"workflowId": "img2img-upscale"}, Supports.AI_EDITED),
        (CivitaiReader, "civitai png", "extraMetadata", {"workflowId": 7}, Supports.GENERATED),
    ],
)
def test_edits_are_told_from_text_to_image(
    reader: Any, name: str, key: str, more: dict[str, Any], supports: Supports
) -> None:
    assert one(reader(), json_png(changed(name, **more), key)).supports is supports


@pytest.mark.parametrize(
    ("more", "supports"),
    [
        ({"initimage": "in.png", "initimagecreativity": 0.6}, Supports.AI_EDITED), ({"initimagecreativity": 1}, Supports.GENERATED),
        ({"initimage": "in.png", "maskimage": "m.png"}, Supports.AI_EDITED), ({"seed": -1}, Supports.GENERATED),
    ],
)  # fmt: skip
def test_swarmui_says_how(more: dict[str, Any], supports: Supports) -> None:
    value = changed("swarmui png")
    value["sui_image_params"] |= more
    finding = one(SwarmUiReader(), json_png(value))
    assert (finding.supports, finding.details["model_hash"], finding.details["loras"]) == (
        supports,
        DIGEST,
        [{"name": "oil", "hash": "0xaa"}],
    )
    assert ("seed" in finding.details) == ("seed" not in more)


def test_swarmui_within_another_object_and_in_place_of_the_camera() -> None:
    value = changed("swarmui png")
    assert one(SwarmUiReader(), json_png({"prompt": {}, "parameters": json.dumps(value)})).details["seed"] == str(SEED)
    assert looked(SwarmUiReader(), png_texts(Comment='{"note": "sui_image_params"}')) == []


@pytest.mark.parametrize(
    ("kind", "supports"),
    [("ImageToImage", Supports.AI_EDITED), ("Upscale", Supports.AI_EDITED), ("Other", Supports.GENERATED)],
)
def test_stability_matrix_says_how(kind: str, supports: Supports) -> None:
    project = json.dumps({"ProjectType": kind, "State": {}})
    assert one(StabilityMatrixReader(), png_texts(smproj=project)).supports is supports


def test_easy_diffusion_keeps_a_strength_only_with_an_input_image() -> None:
    chunks = {key: str(value) for key, value in changed_chunks().items()}
    finding = one(
        EasyDiffusionReader(),
        texts_png(chunks | {"prompt_strength": "0.8", "use_embeddings_model": "['calm', 'warm']"}),
    )
    assert (finding.supports, finding.details["embeddings"]) == (Supports.AI_EDITED, ["calm", "warm"])


def changed_chunks() -> dict[str, str]:
    return {key: text for key, text, _ in content(DIALECTS["easydiffusion png"]).metadata.texts()}


def test_draw_things_by_its_json_or_its_description() -> None:
    line = f"{PROMPT}\nSteps: 28, Sampler: DPM, Guidance Scale: 3.5, Seed: 7, Size: 64x64, Model: {MODEL}, Strength: 0.7, LoRA Model: oil.ckpt"
    packet = xmp(f"<xmp:CreatorTool>Draw Things</xmp:CreatorTool><dc:description>{line}</dc:description>")
    finding = one(DrawThingsReader(), jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)]))
    assert (finding.supports, finding.details["seed"], finding.details["model"]) == (Supports.AI_EDITED, "7", MODEL)
    other = xmp(f"<xmp:CreatorTool>Another</xmp:CreatorTool><dc:description>{line}</dc:description>")
    assert looked(DrawThingsReader(), jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + other)])) == []


def test_tensorart_keeps_what_its_catalogue_numbers() -> None:
    finding = one(TensorArtReader(), DIALECTS["tensorart png"])
    assert [resource["modelId"] for resource in finding.details["resources"]] == ["94", "95"]  # type: ignore[index,union-attr]
    assert (
        "seed" not in one(TensorArtReader(), json_png(changed("tensorart png", seed="-1"), "generation_data")).details
    )


def test_civitai_keeps_addresses_and_resources() -> None:
    assert one(CivitaiReader(), DIALECTS["civitai jpeg"]).details["resources"] == [
        "urn:air:sdxl:checkpoint:civitai:1@2",
        {"modelVersionId": 290640, "strength": 1},
    ]
    graph = {"1": {"class_type": "x", "inputs": {}}, "extra": {"airs": ["urn:air:sd1:lora:civitai:3@4"]}}
    assert one(CivitaiReader(), json_png(graph, "prompt")).details["resources"] == ["urn:air:sd1:lora:civitai:3@4"]


def test_civitai_in_the_form_of_a1111() -> None:
    resources = (
        '[{"type":"checkpoint","modelVersionId":1,"modelName":"hills"},{"type":"lora","weight":0.8,"modelName":"oil"}]'
    )
    text = f"a hill\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Civitai resources: {resources}, Civitai metadata: {{}}"
    details = one(A1111Reader(), png_texts(parameters=text)).details
    assert (details["generator"], details["model"], details["loras"]) == (
        "Civitai",
        "hills",
        [{"name": "oil", "hash": None}],
    )
    assert len(details["resources"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "prompt", "model", "seed"),
    [
        ("a hill --ar 62:75 --v 6.1 Job ID: {}", "a hill", "v6.1", None),
        ("a hill --niji 6 --seed 12 Job ID: {}", "a hill", "niji 6", "12"),
        ("https://s.mj.run/abc a hill --v 5 Job ID: {}", "https://s.mj.run/abc a hill", "v5", None),
        ("Job ID: {}", None, None, None),
    ],
)
def test_midjourney_descriptions(text: str, prompt: str | None, model: str | None, seed: str | None) -> None:
    job = "c73d6cee-5a33-44d0-85f9-4c79faff24cf"
    details = one(MidjourneyReader(), png_texts(Author="painter", Description=text.format(job))).details
    assert (details.get("prompt"), details.get("model"), details.get("seed")) == (prompt, model, seed)
    assert (details["generator"], details["job_id"], details["user"]) == ("Midjourney", job, "painter")
    assert details.get("input_images") == (["https://s.mj.run/abc"] if "mj.run" in text else None)


@pytest.mark.parametrize(
    "text",
    ["a hill --ar 3:2 --v 6.1", "Job ID: 7", "Midjourney", "x Job ID: c73d6cee-5a33-44d0-85f9-4c79faff24cf and more"],
)
def test_other_descriptions_are_left_alone(text: str) -> None:
    assert looked(MidjourneyReader(), png_texts(Description=text)) == []


def test_numbers_alone_support_nothing() -> None:
    for reader, data in (
        (MidjourneyReader(), DIALECTS["midjourney xmp"]),
        (HuggingFaceReader(), texts_png({"hf-job-id": "0f8fad5b-d9cb-469f-a165-70867728950e"})),
    ):
        finding = one(reader, data)
        assert finding.supports is Supports.NOTHING
        assert finding.details["job_id"]


@pytest.mark.parametrize(
    ("text", "paths", "user"),
    [
        ('{"image": "C:\\\\Users\\\\the painter\\\\in.png"}', ["C:\\Users\\the painter\\in.png"], "the painter"),
        ("file:///Users/painter/Pictures/a.psd", [], None),
        ('["/Users/painter/Pictures/a.psd"]', ["/Users/painter/Pictures/a.psd"], "painter"),
        ("/home/one/a, /home/two/b", ["/home/one/a", "/home/two/b"], ["one", "two"]),
        ("D:/models/hills.ckpt", ["D:/models/hills.ckpt"], None),
        ("/workspace/ComfyUI/input/a.png", ["/workspace/ComfyUI/input/a.png"], None),
        ("https://example.org/home/page", [], None),
        ("ratio 3:/4 and/or home/garden", [], None),
    ],
)
def test_paths_are_leads(text: str, paths: list[str], user: Any) -> None:
    found = looked(PathsReader(), png_texts(Comment=text))
    assert [finding.supports for finding in found] == [Supports.NOTHING] * bool(paths)
    if paths:
        assert (found[0].details["host_paths"], found[0].details.get("user")) == (paths, user)


# Hidden texts


@pytest.mark.parametrize("signature", ["stealth_pnginfo", "stealth_pngcomp", "stealth_rgbinfo", "stealth_rgbcomp"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_hidden_texts_are_read_like_plain_ones(signature: str, kind: str) -> None:
    tile = drawn(4 if "png" in signature else 3).repeat(2, 0).repeat(2, 1)
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    data = saved(hidden(tile, PARAMETERS, signature), kind=kind, **options)
    plain, secret = one(A1111Reader(), png_texts(parameters=PARAMETERS)), one(A1111Reader(), data)
    assert (secret.details, secret.supports) == (plain.details, plain.supports)
    assert secret.where.startswith("lowest bits")
    mark = one(StealthReader(), data)
    assert (mark.supports, mark.strength, mark.details["carrier"]) == (Supports.GENERATED, Strength.MODERATE, signature)


def test_every_dialect_is_read_from_the_pixels_too() -> None:
    tile = drawn().repeat(3, 0).repeat(3, 1)
    for reader, name in (
        (SwarmUiReader(), "swarmui png"),
        (FooocusReader(), "fooocus png"),
        (FooocusReader(), "fooocus ruined png"),
    ):
        data = saved(hidden(tile, json.dumps(changed(name))))
        assert one(reader, data).details["seed"] == str(SEED)


def test_damage_to_a_hidden_text_is_told() -> None:
    pixels = hidden(drawn(), "a note", "stealth_pngcomp")
    pixels[:, 3:6, 3] ^= 1
    outcomes = {finding.outcome for finding in looked(StealthReader(), saved(pixels))}
    assert outcomes == {Outcome.FOUND, Outcome.COULD_NOT_LOOK}


# What none of them may take for theirs


@pytest.mark.parametrize(
    "texts",
    [
        {"prompt": "Please hold the camera still", "seed": "grass"}, {"parameters": '{"prompt": "a hill", "seed": 7, "steps": 3}'},
        {"Comment": '{"prompt": "a hill", "seed": 7, "sampler": "x", "steps": 3}'}, {"Description": "Midjourney and Stable Diffusion in the gallery"},
        {"Software": "Novel", "Comment": '{"seed": 1}'}, {"generation_data": '{"prompt": "x"}'}, {"smproj": "{}"}, {"parameters-json": "{}"},
        {"parameters": '{"base_model": "Ford T", "seed": 7}'}, {"Comment": '{"use_stable_diffusion_model": 1}'}, {"extraMetadata": "{}"},
        {"invokeai_metadata": "{}"}, {"sd-metadata": '{"image": {}}'}, {"Dream": "of a hill"}, {"Comment": '{"Model": 1, "num_inference_steps": 2}'},
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(texts: dict[str, str]) -> None:
    assert [finding for finding in every(texts_png(texts)) if finding.supports is not Supports.NOTHING] == []


LONG = 1 << 20
HOSTILE = {
    "roots": "/home/" * (LONG // 6), "drives": "C:\\" * (LONG // 3), "blanks": "/home/" + " " * LONG, "parts": '"/data/' + ("a" + " " * 118) * 9000,
    "options": "--a " * (LONG // 4) + "Job ID: c73d6cee-5a33-44d0-85f9-4c79faff24cf", "jobs": "Job ID:    " * (LONG // 11),
    "dream": '"' + '" -I ' * (LONG // 5), "seeds": '"a" -S' + " -S" * (LONG // 3), "addresses": '"airs"' + "urn:air:a:b:c:" * (LONG // 14),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_long_texts_are_read_in_time_that_grows_with_their_length_only(name: str) -> None:
    data = texts_png(
        {"Description": HOSTILE[name], "Dream": HOSTILE[name], "Comment": HOSTILE[name], "extraMetadata": HOSTILE[name]}
    )
    started = time.process_time()
    for reader in (InvokeAiReader(), MidjourneyReader(), PathsReader(), CivitaiReader(), EasyDiffusionReader()):
        looked(reader, data)
    assert time.process_time() - started < 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("png") and name != "drawthings png"])
@given(data=st.data())
def test_any_value_in_any_place_is_borne(name: str, data: st.DataObject) -> None:
    """Each value of the dialect's JSON is replaced by any other."""
    reader = FAMILIES[name.split(maxsplit=1)[0]]()
    texts = {key: text for key, text, _ in content(DIALECTS[name]).metadata.texts()}
    key = data.draw(st.sampled_from(sorted(texts)))
    try:
        value = json.loads(texts[key].strip("\0"))
    except ValueError:
        texts[key] = data.draw(st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\0"), max_size=40))
    else:
        at = value.get("sui_image_params", value.get("image", value)) if isinstance(value, dict) else {}
        for place in data.draw(st.lists(st.sampled_from(sorted(at) or ["a"]), max_size=3)):
            at[place] = data.draw(json_values)
        texts[key] = json.dumps(value)
    chunks = [
        png_chunk(b"iTXt", key.encode("latin-1", "replace") + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))
        for key, text in texts.items()
    ]
    weigh(looked(reader, png(chunks)))


@pytest.mark.parametrize(
    ("value", "seed"),
    [
        (0, "0"), (7, "7"), ("7", "7"), (" 7 ", "7"), (2**64 - 1, str(2**64 - 1)), (2**64, None), (-1, None), ("-1", None), (7.0, "7"), (7.5, None),
        (2.0**53, None), (float("nan"), None), (True, None), (None, None), ("", None), ("x", None), ("1" * 21, None), ([7], None),
    ],
)  # fmt: skip
def test_seeds(value: Any, seed: str | None) -> None:
    assert seed_of(value) == seed


def test_facts_leave_out_what_is_not_there() -> None:
    assert facts(a=" x ", b="", c=None, d=[], e=" ", f=0, g={}) == {"a": "x", "f": 0}
    assert (text_of(" x "), text_of(" "), text_of(7)) == ("x", None, None)
    assert listed_loras([("a", None), ("a", "1"), (7, "2"), ("b", 3)]) == [
        {"name": "a", "hash": None},
        {"name": "b", "hash": None},
    ]


@pytest.mark.shared
def test_real_transplanted_and_synthetic_files(shared: Path) -> None:
    """Every shared file of these generators gives the name, the seed and the prompt that the manifest has."""
    wanted = set(NAMES.values()) | {"EasyReforge", "Automatic1111"}
    rows = list(csv.DictReader((shared / "carriers" / "manifest.csv").open(encoding="utf-8")))
    rows = [row for row in rows if row["file"] and row["generator"] in wanted]
    assert len(rows) > 30
    for row in rows:
        opinion = weigh(every((shared / "carriers" / row["file"]).read_bytes()))
        assert opinion.opinion in {Opinion.GENERATED, Opinion.AI_EDITED}, row["file"]
        assert opinion.generator == row["generator"], row["file"]
        assert row["seed"] in ("", opinion.seed), row["file"]
        assert opinion.prompt or row["prompt_present"] != "yes", row["file"]
