"""Reports of the C2PA library as records; whatever a report holds, nothing raises and everything is bounded."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.decode.bounding import bounded
from safelight.model import Finding
from safelight.origin.credentials import Credential
from safelight.origin.history import tell
from safelight.origin.manifests import Manifest, Program, read_store
from safelight.origin.validity import facts_of

REPORT: dict[str, Any] = {
    "manifests": [
        {
            "label": "urn:c2pa:active",
            "claim.v2": {
                "dc:title": "drawn.jpg",
                "claim_generator_info": {"name": "Toy_Program", "version": "2", "org.contentauth.c2pa_rs": "0.1"},
            },
            "assertions": {
                "c2pa.actions.v2": {
                    "softwareAgents": [{"name": "First"}, {"name": "Second", "version": "7"}],
                    "actions": [
                        {"action": "c2pa.opened"},
                        {
                            "action": "c2pa.edited",
                            "softwareAgentIndex": 1,
                            "digitalSourceType": " http://c2pa.org/digitalsourcetype/trainedAlgorithmicData ",
                            "parameters": {"prompt": "two\nlines", "number": 3},
                        },
                    ],
                },
                "c2pa.ingredient.v3": {
                    "relationship": "parentOf",
                    "dc:title": "before\u202e.jpg",
                    "activeManifest": {"url": "self#jumbf=/c2pa/urn:c2pa:before/c2pa.claim.v2", "hash": "x"},
                    "validationResults": {"activeManifest": {"success": [{"code": "signingCredential.trusted"}]}},
                },
                "c2pa.soft-binding": {"alg": "com.example.mark"},
            },
            "signature": {
                "certificateInfo": {
                    "serialNumber": "1f",
                    "subject": {"O": "House", "CN": "House signer"},
                    "issuer": {"O": "House", "CN": "House root"},
                    "validity": {"notBefore": "2025-01-01T00:00:00+00:00", "notAfter": "2026-01-01T00:00:00+00:00"},
                },
                "timeStampInfo": {
                    "timestamp": "2025-06-01T00:00:00+00:00",
                    "certificateInfo": {"subject": {"CN": "Clock"}},
                },
            },
            "validationResults": {
                "success": [{"code": "claimSignature.validated", "explanation": "fine"}],
                "failure": [{"code": "signingCredential.untrusted"}, {"code": 3}, "no"],
                "validationTime": "2026-06-01T00:00:00+00:00",
            },
        },
        {
            "label": "urn:c2pa:before",
            "claim": {"claim_generator": "Toy_Camera/1.0 c2pa-rs/0.2", "claim_generator_info": None},
            "assertions": {},
        },
    ]
}


def test_a_report_is_read() -> None:
    store = read_store(orjson.dumps(REPORT).decode())
    assert store is not None
    active, before = store.manifests["urn:c2pa:active"], store.manifests["urn:c2pa:before"]
    assert store.active is active
    assert (active.version, before.version) == (2, 1)
    assert active.programs == (Program("Toy_Program", "2"),)
    assert before.programs == (Program("Toy_Camera", "1.0"), Program("c2pa-rs", "0.2"))
    edited = active.actions[1]
    assert (edited.agent, edited.term, edited.unknown_term) == (Program("Second", "7"), "trainedalgorithmicdata", False)
    assert edited.parameters == {"prompt": "two\nlines"}
    (parent,) = active.ingredients
    assert (parent.relationship, parent.manifest) == ("parentOf", "urn:c2pa:before")
    assert parent.title == "before\\u202e.jpg"
    assert set(parent.recorded.success) == {"signingCredential.trusted"}
    assert active.assertions == {"c2pa.soft-binding": {"alg": "com.example.mark"}}
    assert (active.signer.organisation, active.signer.serial_number, active.signer.self_made) == ("House", "1f", False)
    assert (active.stamped_at, active.stamped_by) == ("2025-06-01T00:00:00+00:00", "Clock")
    assert set(active.status.failure) == {"signingCredential.untrusted"}


def test_the_older_form_of_ingredients_and_programs() -> None:
    report = {
        "manifests": [
            {
                "label": "a",
                "claim": {"claim_generator_info": [{"name": "Galaxy S25 c2pa-rs/0.62.0"}]},
                "assertions": {
                    "c2pa.ingredient": {
                        "relationship": "parentOf",
                        "c2pa_manifest": {"url": "self#jumbf=/c2pa/b"},
                        "validationStatus": [
                            {"code": "claimSignature.validated"},
                            {"code": "signingCredential.untrusted"},
                        ],
                    }
                },
            }
        ]
    }
    store = read_store(orjson.dumps(report).decode())
    assert store is not None
    assert store.active.programs == (Program("Galaxy S25"), Program("c2pa-rs", "0.62.0"))
    recorded = store.active.ingredients[0].recorded
    assert (set(recorded.success), set(recorded.failure)) == (
        {"claimSignature.validated"},
        {"signingCredential.untrusted"},
    )


def test_what_is_no_report_is_none() -> None:
    for text in ("", "{", "[]", "{}", '{"manifests": {}}', '{"manifests": [{}]}', '{"manifests": [3]}', "[" * 5000):
        assert read_store(text) is None


def test_long_texts_and_lists_are_cut() -> None:
    long = {"action": "c2pa.edited", "description": "x" * 10_000, "parameters": {"prompt": "y" * 100_000}}
    actions = [long, *({"action": "c2pa.edited"} for _ in range(5000))]
    many = [{"label": f"m{number}", "assertions": {"c2pa.actions": {"actions": actions}}} for number in range(2)]
    many += [{"label": f"n{number}"} for number in range(1000)]
    store = read_store(orjson.dumps({"manifests": many}).decode())
    assert store is not None
    assert store.truncated
    assert len(store.manifests) == 256
    assert len(store.active.actions) == 2000
    assert len(store.active.actions[0].description) == 400
    assert len(store.active.actions[0].parameters["prompt"]) == 65536


# Anything at all, in the places where a report has something.
_words = st.sampled_from(
    [
        "c2pa.created", "c2pa.opened", "c2pa.edited", "parentOf", "componentOf", "inputTo", "self#jumbf=/c2pa/a", "self#jumbf=/c2pa/b", "a", "b",
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", "digitalCapture", "Adobe Firefly", "2026-01-01T00:00:00+00:00",
        "2026-01-01", "signingCredential.trusted", "claimSignature.validated", "assertion.dataHash.match", "signingCredential.expired",
        "timeStamp.validated", "ingredient.manifest.mismatch",
    ]
)  # fmt: skip
_keys = st.sampled_from(
    [
        "action", "actions", "softwareAgent", "softwareAgents", "softwareAgentIndex", "digitalSourceType", "name", "version", "relationship", "url",
        "activeManifest", "c2pa_manifest", "validationResults", "validationStatus", "success", "failure", "informational", "code", "O", "CN",
        "subject", "issuer", "validity", "notBefore", "notAfter", "alg", "blocks", "value", "author", "prompt", "ai_generated", "tiff:Make",
        "tiff:Model", "description", "parameters", "dc:title", "dc:format", "dataTypes", "type",
    ]
)  # fmt: skip
_leaves = st.none() | st.booleans() | st.integers(-3, 1 << 70) | st.floats() | st.text(max_size=20) | _words
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys | st.text(max_size=6), inner, max_size=5),
    max_leaves=25,
)
_labels = st.sampled_from(
    (
        "c2pa.actions c2pa.actions.v2 c2pa.actions__1 c2pa.ingredient c2pa.ingredient.v3 c2pa.ingredient__2 stds.exif c2pa.soft-binding "
        "stds.schema-org.CreativeWork c2pa.metadata c2pa.ai_generated_content other"
    ).split()
)
_manifests = st.fixed_dictionaries(
    {"label": _words | _leaves},
    optional={
        "claim": _values,
        "claim.v2": _values,
        "assertions": st.dictionaries(_labels, _values | st.dictionaries(_keys, _values, max_size=4), max_size=5)
        | _leaves,
        "signature": st.fixed_dictionaries({}, optional={"certificateInfo": _values, "timeStampInfo": _values})
        | _leaves,
        "validationResults": _values,
    },
)


@settings(max_examples=400, deadline=None)
@given(
    st.fixed_dictionaries({"manifests": st.lists(_manifests | _leaves, max_size=4) | _leaves}) | _values,
    st.sampled_from([None, "official"]),
    st.sampled_from([None, True, False]),
)
def test_any_report_gives_a_finding_or_none(report: Any, listed: str | None, stamp_listed: bool | None) -> None:
    try:
        text = orjson.dumps(report, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError):
        return
    store = read_store(text)
    if store is None:
        return
    assert isinstance(store.active, Manifest)
    history, doubtful = tell(store)
    made = Credential(store, facts_of(store.active, listed, stamp_listed), history, doubtful, None, None)
    supports, basis, strength = made.weight()
    finding = Finding(
        reader="c2pa", version="1", what=made.sentence(), supports=supports, basis=basis, strength=strength,
        could_be_faked_by=made.could_be_faked_by(), does_not_show=made.does_not_show(), details=made.details(),
    )  # fmt: skip
    assert bounded([finding]) == [finding]
    assert finding.what.isprintable()
