"""Leads: which values of a finding's details are kept to be searched, and when two are the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.origin.carriers import content
from tests.origin.dialects import texts_png

from safelight.model import Finding, JsonValue, LeadKind, Outcome
from safelight.origin.leads import LEADS_MAX, comparable, lead_key, leads_of
from safelight.origin.readers.a1111 import A1111Reader

K = LeadKind


def found(**details: Any) -> list[tuple[LeadKind, str]]:
    finding = Finding(reader="drawn", version="1", what="Drawn.", where="somewhere", details=details)
    return [(lead.kind, lead.value) for lead in leads_of(finding, "00" * 32)]


def test_each_key_that_readers_share_gives_its_kind() -> None:
    assert found(
        model="hills", model_hash="ABC", loras=[{"name": "fog", "hash": "0xFF"}, "mist.safetensors"], embeddings=[{"name": "neg", "hash": None}],
        input_images=["a.png"], user=["ann", "bob"], host_paths=["C:\\Users\\ann\\out"], job_id="7", hosted_nodes=["Cloud"], seeds=["1", "2"],
        content_producer="00119", generator="Drawing Program", captured_with="Camera 1", software="Editor", workflow="ffee",
        signer={"organisation": "Works", "common_name": "Works signer", "trusted_by": "official"},
        resources=["urn:air:1", {"modelName": "x", "modelVersionId": 12}, {"type": "lora"}],
        manifests=[{"label": "urn:1", "ingredients": [{"manifest": "urn:0"}]}], steps=20, sampler="Euler", settings={"user": "eve", "steps": "20"},
    ) == [
        (K.MODEL, "hills"), (K.MODEL_HASH, "abc"), (K.LORA, "mist.safetensors"), (K.LORA, "fog"), (K.LORA_HASH, "0xff"), (K.EMBEDDING, "neg"),
        (K.INPUT_IMAGE, "a.png"), (K.USER, "ann"), (K.USER, "bob"), (K.HOST_PATH, "C:\\Users\\ann\\out"), (K.JOB_ID, "7"), (K.API_NODE, "Cloud"),
        (K.SEED, "1"), (K.SEED, "2"), (K.PRODUCER_CODE, "00119"), (K.GENERATOR, "Drawing Program"), (K.DEVICE, "Camera 1"), (K.SOFTWARE, "Editor"),
        (K.WORKFLOW, "ffee"), (K.SIGNER, "Works, Works signer"), (K.RESOURCE, "urn:air:1"), (K.RESOURCE, "modelVersionId 12"),
        (K.MANIFEST, "urn:1"), (K.MANIFEST, "urn:0"), (K.USER, "eve"),
    ]  # fmt: skip


def test_what_a_prompt_calls_by_name_is_a_lead_of_its_own() -> None:
    text = "hills <lora:fog v2:0.8> embedding:dusk, (embedding:rain.pt:1.2)"
    assert found(prompt=text, negative_prompt=text) == [
        (K.PROMPT, text), (K.LORA, "fog v2"), (K.EMBEDDING, "dusk"), (K.EMBEDDING, "rain.pt"), (K.NEGATIVE_PROMPT, text),
    ]  # fmt: skip


def test_the_leads_of_a_real_form_of_parameters() -> None:
    hashes = json.dumps({"model": "abcdef1234", "lora:fog": "0123456789ab", "vae": "11"})
    text = (
        "hills <lora:fog:1>\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64, Model hash: abcdef1234, "
    )
    text += f"Model: hills_v1, Hashes: {hashes}, Version: v1.9.0"
    (finding,) = A1111Reader().read(content(texts_png({"parameters": text})))
    kept = {(lead.kind, lead.value) for lead in leads_of(finding, "00" * 32)}
    assert kept == {
        (K.GENERATOR, "Automatic1111"), (K.MODEL, "hills_v1"), (K.MODEL_HASH, "abcdef1234"), (K.SEED, "5"), (K.PROMPT, "hills <lora:fog:1>"),
        (K.LORA, "fog"), (K.LORA_HASH, "0123456789ab"),
    }  # fmt: skip


def test_what_could_not_be_looked_at_gives_none() -> None:
    finding = Finding(
        reader="drawn", version="1", what="No.", outcome=Outcome.COULD_NOT_LOOK, details={"model": "hills"}
    )
    assert leads_of(finding, "00" * 32) == []


def test_texts_without_end_are_bounded_and_the_same_value_is_kept_once() -> None:
    assert len(found(host_paths=[f"/home/{number}/x" for number in range(10_000)])) == 200
    many: dict[str, JsonValue] = {
        "host_paths": [f"/home/{n}/x" for n in range(200)],
        "authors": [f"a{n}" for n in range(200)],
        "seeds": [f"{n}" for n in range(200)],
    }
    assert len(found(**many)) == LEADS_MAX
    assert found(model=" hills\n", refiner_model="hills", user="  ") == [(K.MODEL, "hills")]
    assert [len(value) for _, value in found(model="m" * 5_000, prompt="p" * 5_000)] == [1_000, 5_000]


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        (K.MODEL, "Hills_v1", "models/sd/hills_v1.safetensors", True),
        (K.MODEL, "hills_v1", "hills_v1.5", False),
        (K.LORA, "a\\b\\Fog.PT", "fog", True),
        (K.MODEL_HASH, "0xABCDEF1234", "abcdef1234567890" * 4, True),
        (K.MODEL_HASH, "blake3:abcdef1234", "abcdef1234", True),
        (K.MODEL_HASH, "abcdef1234", "abcdef1235", False),
        (K.INPUT_IMAGE, "in/IMG_1.png [input]", "img_1.PNG", True),
        (K.USER, "Ann", "ann", True),
        (K.HOST_PATH, "/home/Ann", "/home/ann", False),
        (K.PROMPT, "hills", "Hills", False),
    ],
)
def test_the_same_thing_written_differently(kind: LeadKind, one: str, other: str, same: bool) -> None:
    assert (comparable(kind, one) == comparable(kind, other)) is same
    assert (lead_key(kind, one) == lead_key(kind, other)) is same


_INNER = ["name", "hash", "label", "ingredients", "air"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(_INNER), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["model", "loras", "embeddings", "resources", "manifests", "settings", "signer", "producer_code", "prompt", "user", "other"]),
        _JSON,
    )
)  # fmt: skip
def test_details_of_any_form_give_values_that_can_be_kept(details: dict[str, JsonValue]) -> None:
    for kind, value in found(**details):
        assert value and value == value.strip("\0 \t\r\n")
        assert len(lead_key(kind, value)) == 16 and comparable(kind, value) is not None
