"""China's label for generated content."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import amf, avi, flac, flv, frame, id3, matroska, ogg, simple_tag, wave
from tests.decode.containers.samples import (
    exif,
    jpeg,
    mp4,
    png,
    png_chunk,
    riff_chunk,
    segment,
    user_comment,
    xmp,
)

from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind
from safelight.origin.aigc import (
    COMPANIES,
    AigcLabel,
    Meaning,
    aigc_label,
    credit_code_valid,
    provider_code,
)
from safelight.origin.texts import carried_texts

DOUBAO = "001191110102MACQD9K64010000"
DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORDER = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
WHOLE = AigcLabel("1", DOUBAO, "cc75f5e9", "", "", "", "")


def fields(label: AigcLabel) -> dict[str, str]:
    values = (
        label.label,
        label.content_producer,
        label.produce_id,
        label.reserved_code1,
        label.content_propagator,
        label.propagate_id,
        label.reserved_code2,
    )
    return dict(zip(ORDER, values, strict=True))


LABELS = st.builds(
    AigcLabel,
    st.sampled_from(["1", "2", "3", "AIGC", ""]),
    *[st.text(st.characters(exclude_categories=["Cs"]), max_size=60) for _ in range(6)],
)


@given(LABELS, st.booleans())
def test_every_way_of_writing_it_gives_the_same_label(label: AigcLabel, spaced: bool) -> None:
    plain = json.dumps(fields(label), ensure_ascii=spaced, separators=None if spaced else (",", ":"))
    wrapped = f'{{"AIGC": {plain}}}'
    for text, key in (
        (plain, "AIGC"),
        (plain, ""),
        (f"\ufeff {plain}\0\0", "com.example.AIGC"),
        (wrapped, "UserComment"),
        (json.dumps({"AIGC": plain}), "Comment"),
        (json.dumps(plain), "AIGC"),
        (json.dumps(wrapped), ""),
        (f"[{wrapped}]", ""),
        (json.dumps({"other": 1, "meta": {"aigc": fields(label)}}), ""),
        (f"AIGC{plain}", ""),
        (f"AIGC={plain}", ""),
        (f"note; AIGC: {plain} and more", ""),
        (f'no JSON "AIGC": {plain}', ""),
        (f"no JSON {plain} behind", "AIGC"),
    ):
        assert aigc_label(text, key) == label, (text, key)


@given(LABELS)
def test_it_is_found_within_escaped_text(label: AigcLabel) -> None:
    plain = json.dumps(fields(label))
    if "&" not in plain:
        assert aigc_label(f"<x>AIGC={html.escape(plain)}</x>") == label
    if "\\" not in plain:
        inside = json.dumps(plain)[1:-1]
        assert aigc_label(f'cut off: "{{\\"AIGC\\": {inside}') == label


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("1", Meaning.GENERATED), (2, Meaning.POSSIBLY), (" 3 ", Meaning.SUSPECTED), ("0", None), ("AIGC", None)],
)
def test_what_label_means(value: object, meaning: Meaning | None) -> None:
    label = aigc_label(json.dumps({"Label": value, "ContentProducer": "x", "ProduceID": "y"}))
    assert label is not None
    assert label.meaning is meaning


def test_names_of_fields_in_any_case_values_that_are_no_text_and_further_fields() -> None:
    text = '{"label":1,"CONTENTPRODUCER":"x","ProduceId":["a"],"Extra":{"b":null},"ReservedCode1":null}'
    assert aigc_label(text, "AIGC") == AigcLabel("1", "x", '["a"]', other=(("Extra", '{"b": null}'),))


def test_the_form_of_tencent_cloud() -> None:
    text = '{"AIGC": {"ServiceProvider": "Tencent Cloud", "ServiceUser": "u1", "Time": "20260101", "ContentId": "c1"}}'
    label = aigc_label(text, "ImageDescription")
    assert label == AigcLabel(service_provider="Tencent Cloud", service_user="u1", time="20260101", content_id="c1")
    assert label.meaning is None
    assert aigc_label(text[9:-1]) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"Author":"x","Grade":"C"}', "AIGC"),
        ('{"Label":"C"}', "AIGC"),
        ('{"Label":"1"}', "Comment"),
        ('{"Label":"1","ContentProducer":"x"}', "Comment"),
        ("made with AIGC, ContentProducer, ProduceID", "Comment"),
        ('{"AIGC": true}', ""),
        ('{"AIGC": "yes"}', ""),
        ("AIGC{", "AIGC"),
        ("", "AIGC"),
        ('{"AIGC": {"Label": "C", "Time": "now"}}', ""),
        ('{"a": {"b": {"c": {"d": {"e": {"f": {"g": {"AIGC": {"Label": "1"}}}}}}}}}', ""),
    ],
)
def test_the_letters_alone_are_no_label(text: str, key: str) -> None:
    assert aigc_label(text, key) is None


def test_a_lone_label_counts_only_under_its_name() -> None:
    assert aigc_label('{"Label":"1"}', "AIGC") == AigcLabel("1")
    assert aigc_label('{"AIGC":{"Label":"3"}}') == AigcLabel("3")


def test_a_false_start_does_not_hide_the_label_behind_it() -> None:
    plain = json.dumps(fields(WHOLE))
    assert aigc_label(f'AIGC{{"no": 1}} AIGC{{ AIGC{plain}') == WHOLE


def test_what_is_left_of_a_damaged_label_is_picked_out_of_it() -> None:
    plain = json.dumps(fields(WHOLE))
    for text, key in (
        (plain[:-20], "AIGC"),
        (plain[:-20], "Comment"),
        ('{"AIGC": ' + plain[:-20], ""),
        (json.dumps(plain)[1:90], "AIGC"),
        (plain.replace(", ", ",, "), "AIGC"),
    ):
        found = aigc_label(text, key)
        assert found is not None, text
        assert found.damaged
        assert (found.label, found.content_producer) == ("1", DOUBAO)
    assert not WHOLE.damaged
    assert aigc_label('"ContentProducer": "x", said the AIGC guide', "Comment") is None


def test_security_data_and_the_example_of_the_guides() -> None:
    signed = aigc_label('{"Label":"1","ReservedCode1":{"SecurityData":{"Type":"TC260PG"}}}', "AIGC")
    assert signed is not None
    assert signed.has_security_data
    example = aigc_label('{"Label":"value1","ContentProducer":"value2","ProduceID":"value3"}', "AIGC")
    assert example is not None
    assert example.is_template
    assert not WHOLE.is_template
    assert not WHOLE.has_security_data


def test_the_parts_of_a_provider_code() -> None:
    producer = WHOLE.producer
    assert producer is not None
    assert (producer.subject_type, producer.binding, producer.service, producer.application) == ("1", "1", "1", "0000")
    assert (producer.credit_code, producer.region, producer.company) == (
        "91110102MACQD9K640",
        "110102",
        "ByteDance Doubao",
    )
    tencent = provider_code("001191440300708461136T1XGW3")
    assert tencent is not None
    assert (tencent.company, tencent.application) == ("Tencent", "XGW3")
    assert WHOLE.propagator is None
    for name in ("Minimax Agent AI", "", DOUBAO[:-1], DOUBAO + "0", DOUBAO.lower(), "01" + DOUBAO[2:]):
        assert provider_code(name) is None
    person = provider_code("00" + "21" + "0" * 18 + "00000")
    assert person is not None
    assert (person.credit_code, person.region, person.company) == (None, None, None)


def test_the_companies_have_real_codes() -> None:
    assert all(credit_code_valid(code) for code in COMPANIES)


def checked(first: str) -> str:
    return first + next(one for one in DIGITS if credit_code_valid(first + one))


@given(st.text(DIGITS, min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(DIGITS))
def test_one_wrong_character_breaks_the_check(first: str, at: int, other: str) -> None:
    code = checked(first)
    changed = code[:at] + other + code[at + 1 :]
    assert credit_code_valid(changed) is (changed == code)


@given(
    st.text(DIGITS, min_size=17, max_size=17),
    st.sampled_from("012"),
    st.text("0123456789ABCDEF", min_size=4, max_size=4),
)
def test_codes_come_back(first: str, service: str, application: str) -> None:
    subject = checked(first)
    found = provider_code(f" 0011{subject}{service}{application}\n")
    assert found is not None
    assert (found.credit_code, found.service, found.application) == (subject, service, application)
    assert found.code == f"0011{subject}{service}{application}"


def everywhere() -> dict[str, bytes]:
    """The label in every place that the guides name, and in those met beside them."""
    plain = json.dumps(fields(WHOLE))
    wrapped = f'{{"AIGC":{plain}}}'
    escaped = html.escape(plain)
    packet = xmp(f'<TC260:AIGC xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">{escaped}</TC260:AIGC>', "")
    attribute = xmp("", f'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" TC260:AIGC="{escaped}"')
    head = b"http://ns.adobe.com/xap/1.0/\0"
    return {
        "PNG iTXt": png([png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)]),
        "PNG tEXt": png([png_chunk(b"tEXt", b"AIGC\0" + plain.encode())]),
        "JPEG XMP element": jpeg([segment(0xE1, head + packet)]),
        "JPEG XMP attribute": jpeg([segment(0xE1, head + attribute)]),
        "JPEG EXIF": jpeg([segment(0xE1, b"Exif\0\0" + exif(comment=user_comment(wrapped)))]),
        "JPEG APP9": jpeg([segment(0xE9, b"AIGC" + plain.encode())]),
        "MP4": mp4(keys={"AIGC": plain.encode()}),
        "Matroska": matroska([simple_tag("AIGC", plain)]),
        "AVI": avi({"AIGC": plain}),
        "FLV": flv(amf("onMetaData") + amf({"AIGC": plain})),
        "WAV": wave(riff_chunk(b"AIGC", plain.encode())),
        "MP3": id3(frame("TXXX", b"\3AIGC\0" + plain.encode())),
        "FLAC": flac(fields={"AIGC": plain}),
        "Ogg": ogg("vorbis", {"AIGC": plain}),
    }


@pytest.mark.parametrize("place", everywhere())
def test_it_is_read_in_every_place(place: str) -> None:
    data = everywhere()[place]
    content = Content(data, len(data), Limits())
    texts = [(one.text, one.key) for one in carried_texts(content)]
    texts += [(block.text, block.key) for block in content.metadata.of(BlockKind.APP)]
    assert [label for text, key in texts if (label := aigc_label(text, key))] == [WHOLE]
    assert not content.metadata.problems


@given(st.text(max_size=300), st.sampled_from(["AIGC", "Comment", ""]))
def test_no_text_raises(text: str, key: str) -> None:
    for one in (text, f"AIGC{text}", '{"AIGC": ' + text, f'"AIGC":{{"Label":{text}', "ContentProducer" + text):
        found = aigc_label(one, key)
        assert found is None or isinstance(found.label, str)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*ORDER, "AIGC", "aigc", "ServiceUser", "x"]), inner, max_size=5)
        ),
        max_leaves=20,
    )
)
def test_no_json_raises(value: object) -> None:
    for text in (json.dumps(value), json.dumps(json.dumps(value)), f"AIGC {json.dumps(value)}"):
        found = aigc_label(text, "AIGC")
        assert found is None or found == aigc_label(text, "AIGC")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"AIGC":' * 50_000, 'AIGC{"a":' * 20_000, '"' + '\\"AIGC' * 50_000])
def test_hostile_texts_end(text: str) -> None:
    assert aigc_label(text, "AIGC") is None
    nested = '{"AIGC":{"Label":"1","ReservedCode1":' + "[" * 900 + "]" * 900 + "}}"
    found = aigc_label(nested)
    assert found is not None
    assert found.label == "1"


@pytest.mark.shared
def test_real_files(shared: Path) -> None:
    seen = {}
    for folder in sorted((shared / "carriers" / "files").iterdir()):
        for path in sorted(folder.iterdir()):
            data = path.read_bytes()
            content = Content(data, len(data), Limits())
            texts = [(one.text, one.key) for one in carried_texts(content)]
            texts += [(block.text, block.key) for block in content.metadata.of(BlockKind.APP)]
            labels = [label for text, key in texts if (label := aigc_label(text, key))]
            if labels:
                seen.setdefault(folder.name, []).append(path.suffix)
    # The AVI among them holds no label: the program that made it does not write such a tag into AVI.
    assert {name: sorted(kinds) for name, kinds in seen.items()} == {
        "synth-tc260": [".jpg", ".jpg", ".jpg", ".mp4", ".png"],
        "tc260-png-xmp": [".png", ".png"],
    }
