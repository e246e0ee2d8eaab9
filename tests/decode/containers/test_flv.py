"""Flash Video."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import AIGC, amf, flv, flv_tag
from tests.decode.containers.samples import xmp

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


def script(value: object, event: str = "onMetaData") -> bytes:
    return amf(event) + amf(value)


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30),
        st.text(max_size=100).map(lambda text: text.removeprefix("\ufeff")),
        max_size=6,
    )
)
def test_texts_come_back(fields: dict[str, str]) -> None:
    found = read(flv(script(fields)))
    assert [(key, text) for key, text, _ in found.texts()] == list(fields.items())
    assert not found.problems


def test_long_nested_and_other_values() -> None:
    long = "x" * 70_000
    value = {"a": {"b": ["c", 1.5, True, None, {"d": "e"}]}, "AIGC": AIGC, "long": long, "width": 640, "height": 360}
    found = read(flv(script(value)))
    assert [(key, text) for key, text, _ in found.texts()] == [
        ("a/b[0]", "c"),
        ("a/b[4]/d", "e"),
        ("AIGC", AIGC),
        ("long", long),
    ]
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px) == (640, 360)
    assert not found.problems


def test_object_date_reference_typed_and_xml() -> None:
    typed = b"\x10\0\1T\0\1k\2\0\1v\0\0\x09"
    held = b"\x03\0\1d\x0b" + bytes(10) + b"\0\1r\x07\0\1\0\1u\x06\0\1x\x0f\0\0\0\3<a/\0\1t" + typed + b"\0\0\x09"
    found = read(flv(amf("onMetaData") + held))
    assert [(key, text) for key, text, _ in found.texts()] == [("x", "<a/"), ("t/k", "v")]
    assert not found.problems


def test_xmp_and_other_events() -> None:
    found = read(flv(script({"liveXML": xmp().decode()}, "onXMPData"), script("hello", "onCuePoint")))
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert [(block.container, key, text) for key, text, block in found.texts()] == [
        ("FLV script", "onCuePoint", "hello")
    ]


def test_what_cannot_be_read_is_told() -> None:
    whole = flv(script({"a": "b", "c": "d"}))
    assert [problem.what for problem in read(whole[:64]).problems] == [
        "The tags do not go on to the end of the file; metadata behind the break cannot be found.",
        "A script tag cannot be read whole: it ends inside a value.",
    ]
    for payload, why in (
        (b"\0" + bytes(8), "it does not begin with a name"),
        (amf("onMetaData") + b"\x55", "a value of kind 85 is none that is known"),
        (amf("onMetaData") + b"\x03\0\1a", "an object has no end"),
        (amf("onMetaData") + b"\x0a\0\0\0\1" * 40, "its values are nested too deeply"),
    ):
        (problem,) = read(flv(payload)).problems
        assert problem.what == f"A script tag cannot be read whole: {why}."
    encrypted = read(b"FLV\x01\x05" + struct.pack(">I", 9) + bytes(4) + flv_tag(18 | 0x20, b"secret"))
    assert [problem.what for problem in encrypted.problems] == ["A script tag is encrypted."]


def test_a_hostile_number_of_values_ends() -> None:
    found = read(flv(amf("onMetaData") + b"\x0a\xff\xff\xff\xff" + b"\5" * 300_000))
    assert "more than 200000 parts" in found.problems[0].what


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    read(b"FLV\x01" + data)
    found = read(flv(amf("onMetaData") + data))
    assert all(block.kind in {BlockKind.TEXT, BlockKind.XMP} for block in found.blocks)
