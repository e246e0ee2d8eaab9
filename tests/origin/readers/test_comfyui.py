"""ComfyUI's graphs, wherever they lie."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import pytest
from tests.decode.containers.samples import png, png_chunk
from tests.origin.carriers import CARRIERS, PROMPT, RECIPE, WORKFLOW, looked, one_line, png_texts
from tests.origin.graphs import chain

from safelight.model import Basis, Outcome, Strength, Supports
from safelight.origin.graph import NODES_MAX
from safelight.origin.readers.comfyui import ComfyUiReader

READER = ComfyUiReader()


@pytest.mark.parametrize("name", [name for name in CARRIERS if name.startswith("comfyui")])
def test_every_carrier_gives_the_same_facts(name: str) -> None:
    (finding,) = looked(READER, CARRIERS[name])
    assert (finding.supports, finding.basis, finding.strength) == (Supports.GENERATED, Basis.DECLARED, Strength.STRONG)
    facts = {key: finding.details[key] for key in ("generator", "model", "seed", "prompt")}
    assert facts == {
        "generator": "ComfyUI",
        "model": f"{RECIPE.model}.safetensors",
        "seed": str(RECIPE.seed),
        "prompt": RECIPE.prompt,
    }


@pytest.mark.parametrize("name", [name for name in CARRIERS if not name.startswith("comfyui")])
def test_other_carriers_give_nothing(name: str) -> None:
    assert looked(READER, CARRIERS[name]) == []


def test_what_ran_counts_before_what_the_editor_shows() -> None:
    other = json.loads(WORKFLOW)
    other["nodes"] = other["nodes"][:1]
    (finding,) = looked(READER, png_texts(workflow=json.dumps(other), prompt=PROMPT))
    assert finding.details["nodes"] == 7
    assert finding.details["carrier"] == "prompt"


def test_numbers_that_json_does_not_have_are_no_obstacle() -> None:
    (finding,) = looked(READER, png_texts(prompt=PROMPT.replace('"denoise": 1.0', '"denoise": NaN')))
    assert finding.details["seed"] == str(RECIPE.seed)


@pytest.mark.parametrize(
    "texts",
    [
        {"prompt": "a hill, golden hour"}, {"prompt": '{"class_type": "none"}'}, {"workflow": '{"nodes": []}'}, {"prompt": '{"class_type": {}'},
        {"workflow": '{"nodes": [{"name": "a build step"}], "version": 1}'}, {"parameters": "[1, 2]"},
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(texts: dict[str, str]) -> None:
    assert looked(READER, png_texts(**texts)) == []


def test_a_graph_that_only_scales_supports_nothing() -> None:
    value = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    }
    (finding,) = looked(READER, png_texts(prompt=json.dumps(value)))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.NOTHING, None, Strength.NONE)
    assert finding.details["input_images"] == ["a.png"]


def test_a_graph_too_large_is_read_in_part_and_said() -> None:
    value = chain("KSampler", NODES_MAX + 1, {"seed": 7, "steps": 2}, "latent_image")
    start = time.process_time()
    first, second = looked(READER, png([png_chunk(b"tEXt", b"prompt\0" + json.dumps(value).encode())]))
    assert time.process_time() - start < 20.0
    assert first.supports is Supports.GENERATED
    assert (second.outcome, second.supports) == (Outcome.COULD_NOT_LOOK, Supports.NOTHING)
    assert "not read whole" in second.what


def test_a_text_too_long_is_said() -> None:
    text = b'prompt\0{"1": {"class_type": "' + b"K" * (9 << 20) + b'"}}'
    (finding,) = looked(READER, png([png_chunk(b"tEXt", text)]))
    assert finding.outcome is Outcome.COULD_NOT_LOOK
    assert "too long" in finding.what


def test_hostile_names_stay_within_bounds() -> None:
    value = json.loads(PROMPT)
    value["10"] = {"class_type": "OpenAIDalle3\x1b[31m\u202e" + "x" * 1000, "inputs": {"prompt": "a\x00b\ud800c"}}
    for name in ("3", "9"):
        del value[name]
    value["9"] = {"class_type": "SaveImage", "inputs": {"images": ["10", 0]}}
    (finding,) = looked(READER, png_texts(prompt=json.dumps(value)))
    assert len(finding.what) < 500
    assert one_line(finding.what)
    assert finding.details["prompt"] == "a\x00b\ud800c"


# What the manifest gives as the seed is not that of the sampler that started the picture.
OTHER_SEED = {
    "861e6b445f284ca6.png": "942975376742792",  # it names the seed of the last sampler, which refines
    "f3043dcab64b2574.png": "106744160813738",  # it names the widget of a saving node, which was left at 0
    "b0a13c0b64c678f8.mp4": "1084160525611448",  # the one sampler holds this seed; 0 is the widget of another node
}


@pytest.mark.shared
def test_real_and_transplanted_files(shared: Path) -> None:
    seen = 0
    for row in csv.DictReader((shared / "carriers" / "manifest.csv").open(encoding="utf-8")):
        if not row["file"] or not row["carrier"].startswith(("comfyui-", "synth-comfyui")):
            continue
        for finding in looked(READER, (shared / "carriers" / row["file"]).read_bytes()):
            seen += 1
            assert finding.supports in {Supports.GENERATED, Supports.AI_EDITED}
            if row["seed"]:
                assert finding.details["seed"] == OTHER_SEED.get(Path(row["file"]).name, row["seed"])
    assert seen == 29
