"""The IPTC digital source type."""

from __future__ import annotations

import pytest
from tests.decode.containers.samples import jpeg, segment, xmp
from tests.origin.carriers import CARRIERS, IPTC, VOCABULARY, iptc_jpeg, iptc_packet, looked

from safelight.model import Basis, Finding, Strength, Supports
from safelight.origin.readers.iptc import SOURCE_TYPES, IptcReader, source_type

READER = IptcReader()


def one(packet: bytes) -> Finding:
    (finding,) = looked(READER, iptc_jpeg(packet))
    return finding


@pytest.mark.parametrize("name", [name for name in CARRIERS if name.startswith("iptc")])
def test_every_carrier_is_read(name: str) -> None:
    (finding,) = looked(READER, CARRIERS[name])
    assert finding.supports in {Supports.GENERATED, Supports.AI_EDITED}
    assert (finding.basis, finding.strength) == (Basis.DECLARED, Strength.STRONG)


@pytest.mark.parametrize("name", [name for name in CARRIERS if not name.startswith("iptc")])
def test_other_carriers_give_nothing(name: str) -> None:
    assert looked(READER, CARRIERS[name]) == []


@pytest.mark.parametrize(
    ("term", "supports"),
    [
        ("trainedAlgorithmicMedia", Supports.GENERATED), ("compositeWithTrainedAlgorithmicMedia", Supports.AI_EDITED),
        ("compositedWithTrainedAlgorithmicMedia", Supports.AI_EDITED), ("compositeSynthetic", Supports.AI_EDITED),
        ("digitalCapture", Supports.CAPTURED), ("computationalCapture", Supports.CAPTURED), ("print", Supports.CAPTURED),
        ("humanEdits", Supports.EDITED), ("minorHumanEdits", Supports.EDITED), ("compositeCapture", Supports.EDITED),
        ("algorithmicallyEnhanced", Supports.EDITED), ("algorithmicMedia", Supports.NOTHING), ("digitalArt", Supports.NOTHING),
        ("screenCapture", Supports.NOTHING), ("virtualRecording", Supports.NOTHING), ("trainedAlgorithmicData", Supports.NOTHING),
    ],
)  # fmt: skip
@pytest.mark.parametrize("element", [False, True])
def test_what_each_term_supports(term: str, supports: Supports, element: bool) -> None:
    finding = one(iptc_packet(term, element=element))
    assert finding.supports is supports
    assert (finding.basis is None) == (finding.strength is Strength.NONE) == (supports is Supports.NOTHING)
    assert finding.details["digital_source_type"] == f"{VOCABULARY}{term}"


def test_only_one_term_says_that_the_whole_picture_was_made_by_a_model() -> None:
    assert [term for term, (supports, _, _) in SOURCE_TYPES.items() if supports is Supports.GENERATED] == [
        "trainedalgorithmicmedia"
    ]
    assert all(term == term.lower() and meaning for term, (_, _, meaning) in SOURCE_TYPES.items())


@pytest.mark.parametrize(
    "value",
    [
        "trainedAlgorithmicMedia",
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia/",
        " HTTP://CV.IPTC.ORG/newscodes/digitalSourceType/trainedalgorithmicmedia ",
    ],
)
def test_terms_in_every_spelling(value: str) -> None:
    assert source_type(value) == "trainedalgorithmicmedia"


@pytest.mark.parametrize(
    "value", ["", "trained", "not trainedAlgorithmicMedia", "http://example.org/trainedAlgorithmicMedia"]
)
def test_what_is_no_term(value: str) -> None:
    assert source_type(value) is None


def test_a_term_that_is_not_known_is_told_and_supports_nothing() -> None:
    finding = one(iptc_packet("somethingNew"))
    assert (finding.supports, finding.details["digital_source_type"]) == (Supports.NOTHING, f"{VOCABULARY}somethingNew")
    assert "not one that this version knows" in finding.what


def test_system_version_and_prompt_are_facts() -> None:
    extra = 'Iptc4xmpExt:AISystemUsed="ExampleGen" Iptc4xmpExt:AISystemVersionUsed="3.1" Iptc4xmpExt:AIPromptInformation="a bowl of lemons"'
    finding = one(iptc_packet("compositeWithTrainedAlgorithmicMedia", extra))
    assert finding.supports is Supports.AI_EDITED
    facts = {name: finding.details[name] for name in ("generator", "generator_version", "prompt")}
    assert facts == {"generator": "ExampleGen", "generator_version": "3.1", "prompt": "a bowl of lemons"}
    alone = one(xmp("", f"{IPTC} {extra}"))
    assert (alone.supports, alone.strength) == (Supports.GENERATED, Strength.MODERATELY_STRONG)
    assert "ExampleGen" in alone.what


def test_a_property_of_that_name_in_another_namespace_is_no_system() -> None:
    assert looked(READER, iptc_jpeg(xmp("", 'ex:AISystemUsed="ExampleGen"'))) == []


def test_two_packets_are_two_findings() -> None:
    head = b"http://ns.adobe.com/xap/1.0/\0"
    data = jpeg([segment(0xE1, head + iptc_packet()), segment(0xE1, head + iptc_packet("digitalCapture"))])
    assert [finding.supports for finding in looked(READER, data)] == [Supports.GENERATED, Supports.CAPTURED]
