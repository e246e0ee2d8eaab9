"""Stamps of services, and the label of China's standard: on files put together by code, on traps, and on real ones where they are at hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import png, png_chunk, xmp
from tests.origin.carriers import CARRIERS, PARAMETERS, content, iptc_jpeg, iptc_packet, looked, png_texts
from tests.origin.marks import CODE, MARKS, SIGNATURE, credit, exif_file, history, iim, label, sef_jpeg, xmp_file

from safelight.model import Basis, Finding, Opinion, Strength, Supports
from safelight.origin.aigc import COMPANIES, credit_code_valid
from safelight.origin.bindings import named_in, product_of
from safelight.origin.opinion import weigh
from safelight.origin.readers import READERS
from safelight.origin.readers.bindings import BindingReader
from safelight.origin.readers.edits import EditReader
from safelight.origin.readers.grok import GrokReader
from safelight.origin.readers.iptc import IptcReader
from safelight.origin.readers.samsung import SamsungReader
from safelight.origin.readers.stamps import StampReader
from safelight.origin.readers.tc260 import Tc260Reader
from safelight.origin.stamps import STAMPS

NUMBER = "11111111-2222-4333-8444-555555555555"
MINE = (Tc260Reader, SamsungReader, GrokReader, StampReader, BindingReader, EditReader)


def named(prefix: str) -> list[str]:
    return [name for name in MARKS if name.startswith(prefix)]


def one(reader: object, data: bytes) -> Finding:
    (finding,) = looked(reader, data)
    return finding


# China's label


@pytest.mark.parametrize("name", named("tc260"))
def test_the_label_is_read_in_every_place(name: str) -> None:
    finding = one(Tc260Reader(), MARKS[name])
    assert (finding.supports, finding.basis) == (Supports.GENERATED, Basis.DECLARED)
    if "service" not in name:
        assert finding.strength is Strength.STRONG
        assert (finding.details["produce_id"], finding.details["content_producer"]) == ("p-1", CODE)


@pytest.mark.parametrize(
    ("value", "supports", "strength"),
    [
        ("1", Supports.GENERATED, Strength.STRONG), ("2", Supports.GENERATED, Strength.MODERATE), ("3", Supports.NOTHING, Strength.NONE),
        ("0", Supports.NOTHING, Strength.NONE), ("", Supports.NOTHING, Strength.NONE),
    ],
)  # fmt: skip
def test_what_each_value_of_the_label_supports(value: str, supports: Supports, strength: Strength) -> None:
    finding = one(Tc260Reader(), png_texts(AIGC=label(value)))
    assert (finding.supports, finding.strength) == (supports, strength)
    assert ("generator" in finding.details) == (supports is not Supports.NOTHING)


def test_a_known_code_names_the_company_and_an_unknown_one_is_a_lead() -> None:
    known = next(code for code in COMPANIES if credit_code_valid(code))
    finding = one(Tc260Reader(), png_texts(AIGC=label(producer=f"0011{known}10042", ContentPropagator=CODE)))
    assert finding.details["generator"] == COMPANIES[known]
    parts = finding.details["producer_code"]
    assert isinstance(parts, dict)
    assert (parts["credit_code"], parts["application"]) == (known, "0042")
    other = one(Tc260Reader(), png_texts(AIGC=label()))
    assert (other.details["generator"], other.details["content_producer"]) == ("TC260 producer", CODE)
    assert one(Tc260Reader(), png_texts(AIGC=label(producer="example tool"))).details["generator"] == "example tool"


def test_equal_labels_are_told_once_and_different_ones_apart() -> None:
    twice = png([png_chunk(b"tEXt", b"AIGC\0" + label().encode())] * 2)
    assert len(looked(Tc260Reader(), twice)) == 1
    both = png([png_chunk(b"tEXt", b"AIGC\0" + label(ProduceID=one_id).encode()) for one_id in ("a", "b")])
    assert [finding.details["produce_id"] for finding in looked(Tc260Reader(), both)] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        '{"Author":"x","Grade":"C"}',
        "AIGC",
        '{"Label":"value1","ContentProducer":"value2","ProduceID":"value3"}',
        "{}",
        "1",
    ],
)
def test_the_letters_alone_and_the_example_of_the_guides_are_no_label(text: str) -> None:
    assert looked(Tc260Reader(), png_texts(AIGC=text)) == []


# Samsung


@pytest.mark.parametrize("name", named("samsung"))
def test_a_generative_tool_of_samsung(name: str) -> None:
    finding = one(SamsungReader(), MARKS[name])
    assert (finding.supports, finding.basis, finding.strength) == (Supports.AI_EDITED, Basis.DECLARED, Strength.STRONG)
    assert finding.details["generator"] == "Samsung Galaxy AI"


@pytest.mark.parametrize(
    "note",
    [
        '{"genAIType":0}',
        '{"genAIType":-1}',
        '{"genAIType":true}',
        '{"genAIType":"x"}',
        "{}",
        "no JSON",
        '{"type":"genAIType"}',
    ],
)
def test_notes_without_a_generative_tool_are_an_ordinary_edit(note: str) -> None:
    finding = one(SamsungReader(), sef_jpeg(note))
    assert (finding.supports, finding.strength) == (Supports.EDITED, Strength.WEAK)
    assert "generator" not in finding.details


def test_a_damaged_note_and_another_block() -> None:
    assert one(SamsungReader(), sef_jpeg('{"genAIType":8,"clip')).details["gen_ai_types"] == [8]
    assert looked(SamsungReader(), sef_jpeg('{"genAIType":8}', b"Other_Info", 0x0A01)) == []
    assert looked(SamsungReader(), png_texts(PEg_Info='{"genAIType":8}')) == []


# xAI


def test_grok_needs_both_fields() -> None:
    finding = one(GrokReader(), MARKS["grok exif"])
    assert (finding.supports, finding.strength) == (Supports.GENERATED, Strength.STRONG)
    assert (finding.details["generator"], finding.details["image_id"]) == ("xAI Grok", NUMBER)
    assert (
        one(GrokReader(), exif_file(comment=f"Signature: {SIGNATURE}", Artist=NUMBER)).details["signature"] == SIGNATURE
    )
    for texts in (
        {"Artist": NUMBER},
        {"ImageDescription": f"Signature: {SIGNATURE}"},
        {"ImageDescription": "Signature: illegible", "Artist": NUMBER},
        {"ImageDescription": f"Signature: {SIGNATURE}", "Artist": "A. Painter"},
        {"ImageDescription": f"A letter. Signature: {SIGNATURE}", "Artist": NUMBER},
    ):
        assert looked(GrokReader(), exif_file(**texts)) == []


# Stamps

EXAMPLES = {
    "Google AI": ("Credit", "Made with Google AI"), "Apple Photos Clean Up": ("Credit", "Apple Photos Clean Up"), "Reve": ("CreatorTool", "reve.com"),
    "Luma AI": ("Source", "Luma AI"), "Ideogram": ("Make", "Ideogram AI"), "Adobe Firefly": ("Software", "Adobe Firefly"),
    "ByteDance Dreamina": ("UserComment", '{"data":{"product":"dreamina","exportType":"generation"}}'),
    "ByteDance app": ("aigc_info", '{"aigc_label_type":2,"source_info":""}'), "NightCafe": ("Software", "NightCafe Studio"),
    "Leonardo.Ai": ("Software", "Leonardo.Ai"), "DreamStudio": ("Software", "DreamStudio"), "OpenAI DALL-E": ("Software", "DALL·E 3"),
    "OpenAI gpt-image": ("Software", "gpt-image-1"), "Google Imagen": ("Software", "Imagen 3"),
    "Microsoft Bing Image Creator": ("Software", "Bing Image Creator"), "Amazon image generator": ("Software", "Amazon Titan Image Generator G1"),
    "Recraft": ("Software", "Recraft"), "fal.ai": ("Software", "fal-ai/flux/dev"),
}  # fmt: skip


def test_every_generator_of_the_list_has_an_example() -> None:
    assert set(EXAMPLES) == {stamp.generator for stamp in STAMPS if stamp.generator}


@pytest.mark.parametrize("generator", EXAMPLES)
def test_each_stamp_is_read_and_only_as_the_whole_of_its_field(generator: str) -> None:
    key, text = EXAMPLES[generator]
    finding = one(StampReader(), png_texts(**{key: text}))
    assert finding.details["generator"] == generator
    assert finding.supports in {Supports.GENERATED, Supports.AI_EDITED}
    for other in (f"not {text}", f"{text} was not used, says the painter"):
        assert looked(StampReader(), png_texts(**{key: other})) == []
    assert looked(StampReader(), png_texts(Title=text)) == []


def test_credit_in_xmp_and_in_iim_and_what_it_supports() -> None:
    made, edited = (
        one(StampReader(), credit("Made with Google AI")),
        one(StampReader(), iim((2, 110, b"Edited with Google AI"))),
    )
    assert (made.supports, edited.supports) == (Supports.GENERATED, Supports.AI_EDITED)
    assert looked(StampReader(), credit("Photo: A. Painter, made with Google Pixel")) == []
    assert looked(StampReader(), iim((2, 120, b"Made with Google AI"))) == []


def test_flux_by_its_three_fields() -> None:
    finding = one(StampReader(), MARKS["stamps flux"])
    assert finding.supports is Supports.GENERATED
    assert [finding.details[key] for key in ("generator", "model", "prompt")] == [
        "Black Forest Labs FLUX",
        "flux-dev",
        "a hill",
    ]
    changed = one(
        StampReader(), exif_file(Software="AI generated;img2img;flux", Make="Black Forest Labs", Model="flux-dev")
    )
    assert changed.supports is Supports.AI_EDITED
    unnamed = one(StampReader(), exif_file(Software="AI generated;txt2img;other", Model="m"))
    assert (unnamed.supports, "generator" in unnamed.details) == (Supports.GENERATED, False)
    assert looked(StampReader(), exif_file(Make="Black Forest Labs", Model="a camera of wood")) == []


def test_the_strongest_stamp_of_a_generator_is_told() -> None:
    texts = png_texts(Source="Luma AI", Comment="Generated by Luma AI's Uni-1 model (https://lumalabs.ai)")
    finding = one(StampReader(), texts)
    assert (finding.strength, finding.details["model"]) == (Strength.STRONG, "Uni-1")


def test_who_handled_a_file_is_a_fact_only() -> None:
    for data, key in (
        (MARKS["stamps meta platform"], "platform_mark"),
        (png_texts(Software="Canva (Renderer) doc=DAFexample01 user=UAFexample02 brand=BAFx template="), "user_id"),
    ):
        finding = one(StampReader(), data)
        assert (finding.supports, finding.basis, key in finding.details) == (Supports.NOTHING, None, True)
    assert looked(StampReader(), png_texts(aigc_info='{"aigc_label_type":0,"source_info":""}')) == []


# IPTC 2025.1


def test_all_properties_on_ai_systems() -> None:
    names = {
        "AISystemUsed": "Example",
        "AISystemVersionUsed": "3.1",
        "AIPromptInformation": "a hill",
        "AIPromptWriterName": "A. Writer",
    }
    finding = one(
        IptcReader(),
        iptc_jpeg(iptc_packet(extra=" ".join(f'Iptc4xmpExt:{key}="{value}"' for key, value in names.items()))),
    )
    assert [finding.details[key] for key in ("generator", "generator_version", "prompt", "prompt_writer")] == list(
        names.values()
    )
    packet = xmp(
        "", 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:AIPromptWriterName="A. Writer"'
    )
    alone = one(IptcReader(), iptc_jpeg(packet))
    assert (alone.supports, alone.strength) == (Supports.GENERATED, Strength.MODERATELY_STRONG)
    stranger = xmp("", 'xmlns:x="http://example.org/" x:AISystemUsed="Example"')
    assert looked(IptcReader(), iptc_jpeg(stranger)) == []


# Names of watermarks


@pytest.mark.parametrize(
    ("text", "product"),
    [("com.adobe.trustmark.P", "Adobe TrustMark"), ("SynthID", "SynthID"), ("com.digimarc.validate.1", "Digimarc"), ("trustmark", "Adobe TrustMark")],
)  # fmt: skip
def test_names_of_watermarks_are_facts(text: str, product: str) -> None:
    assert product_of(text) == product
    finding = one(BindingReader(), png_texts(Comment=f"carries {text}, they say"))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.NOTHING, None, Strength.NONE)
    assert finding.details["watermarks_named"] == [{"algorithm": text, "product": product}]


def test_no_name_no_finding_and_no_prompt_counts() -> None:
    assert looked(BindingReader(), png_texts(Comment="a watermill; mark, trusty; syntheid")) == []
    assert looked(BindingReader(), png_texts(parameters=f"SynthID logo on a wall, {PARAMETERS}")) == []
    assert named_in("com.adobe.trustmarks x.com.digimarc") == {}


# Histories


def test_a_history_is_summed_up() -> None:
    steps = [
        {"action": "created", "when": "2024-01-01T00:00:00Z", "softwareAgent": "Adobe Photoshop 25.0"},
        {"action": "saved", "when": "2024-01-03T00:00:00Z", "softwareAgent": "Adobe Photoshop 25.1"},
        {"action": "saved"},
    ]
    finding = one(EditReader(), history(*steps))
    assert (finding.supports, finding.strength) == (Supports.EDITED, Strength.WEAK)
    assert (finding.details["steps"], finding.details["actions"]) == (3, {"created": 1, "saved": 2})
    assert (finding.details["first_step"], finding.details["last_step"]) == (
        "2024-01-01T00:00:00Z",
        "2024-01-03T00:00:00Z",
    )


def test_a_raw_file_behind_the_picture() -> None:
    finding = one(EditReader(), MARKS["edits raw"])
    assert (finding.supports, finding.strength, finding.details["input_images"]) == (
        Supports.CAPTURED,
        Strength.WEAK,
        ["IMG_0001.CR2"],
    )
    settings = 'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"'
    for value in ("IMG_0001.JPG", "", "CR2", "picture.png", "a/b.cr2"):
        assert looked(EditReader(), xmp_file("", f'{settings} crs:RawFileName="{value}"')) == []
    converted = history({"action": "derived", "parameters": "converted from image/x-canon-cr2 to image/tiff"})
    assert Supports.CAPTURED in {finding.supports for finding in looked(EditReader(), converted)}


@pytest.mark.parametrize("command", ["Generative Fill", "Generative Expand", "Generate Image", "generative remove"])
def test_generative_commands_of_photoshop(command: str) -> None:
    finding = one(EditReader(), history(more=f"<photoshop:History>Open\nx.psd\n  {command}\nSave</photoshop:History>"))
    assert (finding.supports, finding.strength) == (Supports.AI_EDITED, Strength.MODERATELY_STRONG)
    assert finding.details["commands"] == [command.title()]


@pytest.mark.parametrize(
    "line",
    [
        "Content-Aware Fill",
        "Fill",
        "Open Generative Fill tutorial.psd",
        "Type Layer: no generative fill here",
        "Neural Filters",
        "Regenerative Fill",
    ],
)
def test_other_commands_and_titles_are_not_generative(line: str) -> None:
    assert looked(EditReader(), history(more=f"<photoshop:History>{line}</photoshop:History>")) == []


# All of them


@pytest.mark.parametrize("reader_type", MINE, ids=lambda one_type: one_type.name)
@pytest.mark.parametrize(
    "name", [name for name in CARRIERS if name.startswith(("a1111", "comfyui", "iptc", "camera canon", "camera nikon"))]
)
def test_other_marks_are_left_to_others(reader_type: type, name: str) -> None:
    assert looked(reader_type(), CARRIERS[name]) == []


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


@pytest.mark.parametrize("reader_type", MINE, ids=lambda one_type: one_type.name)
@given(TEXTS, st.sampled_from(["AIGC", "aigc_info", "Software", "Source", "Comment", "UserComment", "Credit"]))
def test_no_text_makes_a_statement_by_accident(reader_type: type, text: str, key: str) -> None:
    assert all(finding.supports is Supports.NOTHING for finding in looked(reader_type(), png_texts(**{key: text})))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["genAIType", "a", "clip"]), inner, max_size=3), max_leaves=12))  # fmt: skip
def test_any_json_in_samsungs_notes(value: object) -> None:
    for finding in looked(SamsungReader(), sef_jpeg(json.dumps(value))):
        assert finding.supports in {Supports.AI_EDITED, Supports.EDITED}


@pytest.mark.shared
def test_shared_carriers_of_these_kinds(shared: Path) -> None:
    """Real and synthetic files that others made: recognised and named; traps, captures and ordinary edits are neither generated nor AI-edited."""
    readers = [kind() for kind in READERS if kind.name != "c2pa"]
    for told in csv.DictReader((shared / "carriers" / "manifest.csv").open(encoding="utf-8")):
        path = shared / "carriers" / told["file"]
        kinds = (
            "tc260",
            "synth-tc260",
            "samsung",
            "synth-samsung",
            "synth-stamps",
            "grok-exif",
            "synth-iptc",
            "trap",
            "camera",
            "negative",
        )
        if not told["file"] or not path.is_file() or not told["carrier"].startswith(kinds):
            continue
        held = content(path.read_bytes())
        opinion = weigh([finding for reader in readers for finding in reader.read(held)])
        if told["verdict"] in {"none", "human_edit", "no_evidence"}:
            assert opinion.opinion not in {Opinion.GENERATED, Opinion.AI_EDITED}, told["file"]
        # The AVI of this set holds no label: the program that wrote it dropped the tag.
        elif told["verdict"] in {"full_ai", "ai_edit"} and path.suffix != ".avi":
            assert opinion.opinion in {Opinion.GENERATED, Opinion.AI_EDITED}, told["file"]
            # Of synthetic labels the manifest names nobody, although their code is that of a company.
            if not told["carrier"].startswith(("synth-tc260", "samsung-galaxy-ai")):
                assert opinion.generator == told["generator"], told["file"]
