"""Every text that metadata carry, and JSON as generators write it."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import heif, ifd_block, jpeg, png, png_chunk, segment, user_comment, xmp
from tests.origin.carriers import CARRIERS, content, exif_jpeg, one_line, png_texts
from tests.origin.dialects import drawn, hidden, saved

from safelight.origin import texts
from safelight.origin.texts import JSON_CHARS, carried_objects, carried_texts, parsed_json, shown


def test_texts_come_with_their_key_and_place() -> None:
    exif = ifd_block(
        {
            "IFD0": [
                (0x010E, 2, b"a caption\0"),
                (0x0131, 2, b"Program 1\0"),
                (0x9C9C, 1, "a comment\0".encode("utf-16-le")),
            ],
            "ExifIFD": [(0x9286, 7, user_comment("a hill"))],
        }
    )
    packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp("<dc:title>a title</dc:title>")
    data = jpeg([segment(0xE1, b"Exif\0\0" + exif), segment(0xE1, packet), segment(0xFE, b"plain")])
    found = [(key, text) for key, text, _ in carried_texts(content(data))]
    assert found == [
        ("", "plain"), ("UserComment", "a hill"), ("ImageDescription", "a caption"), ("Software", "Program 1"), ("XPComment", "a comment"),
        ("CreatorTool", "Test drawing 1"), ("title", "a title"),
    ]  # fmt: skip
    assert all("at byte" in where for _, _, where in carried_texts(content(data)))


def test_texts_of_png_and_heif() -> None:
    data = png([png_chunk(b"tEXt", b"parameters\0one")], [png_chunk(b"tEXt", b"parameters\0two")])
    assert [(key, text) for key, text, _ in carried_texts(content(data))] == [
        ("parameters", "one"),
        ("parameters", "two"),
    ]
    still = heif([(b"Exif", "", struct.pack(">I", 0) + ifd_block({"IFD0": [(0x010F, 2, b"Maker\0")]}))])
    assert [text for _, text, _ in carried_texts(content(still))] == ["Maker"]
    assert [*carried_texts(content(exif_jpeg(b"II*\0")))] == []


def test_the_text_in_the_pixels_comes_last_and_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one = content(saved(hidden(drawn(), "a note"), {"Comment": "plain"}))
    assert [(key, text) for key, text, _ in carried_texts(one)] == [("Comment", "plain"), ("stealth_pngcomp", "a note")]
    first = next(carried_texts(content(saved(hidden(drawn(), "a note"), {"Comment": "plain"}))))
    assert first.text == "plain"
    looked: list[object] = []

    def look(of: object) -> None:
        looked.append(of)

    monkeypatch.setattr(texts, "hidden_text", look)
    other = content(saved(drawn()))
    assert [*carried_texts(other), *carried_texts(other)] == []
    assert looked == [other]


def test_objects_hold_all_marks_and_come_once() -> None:
    data = png_texts(
        a='{"x": 1, "y": 2}',
        b='{"x": 1}',
        c='{"x": 1, "y": 2}',
        d='[{"x": 1, "y": 2}]',
        e='{"x": 1, "y": ',
        f="x and y",
    )
    assert [(key, value) for key, value, _ in carried_objects(content(data), '"x"', '"y"')] == [("a", {"x": 1, "y": 2})]
    long = png_texts(a='{"x": "' + "x" * JSON_CHARS + '"}')
    assert [(key, value) for key, value, _ in carried_objects(content(long), '"x"')] == [("a", None)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}), (' \n[1]\0\0', [1]), ('{"a": NaN, "b": -Infinity}', {"a": None, "b": None}), ('{"a": "\\ud800"}', {"a": "\ud800"}),
        ('{"a": 18446744073709551615}', {"a": 18446744073709551615}), ("a hill", None), ("", None), ("{", None), ("7", None), ('"a"', None),
        ("[" * 100_000, None), ('{"a":' * 100_000, None),
    ],
)  # fmt: skip
def test_json_as_generators_write_it(text: str, value: object) -> None:
    assert parsed_json(text) == value


def test_json_beyond_its_bound_is_left_alone() -> None:
    assert parsed_json('{"a": "' + "x" * JSON_CHARS + '"}') is None


@pytest.mark.parametrize("unit", ["[", "{", '{"a":', "[0,", '["', "9", "[NaN,", '[{"a":1},'])
def test_no_json_takes_long(unit: str) -> None:
    text = "[" + unit * ((JSON_CHARS - 2) // len(unit))
    start = time.process_time()
    parsed_json(text)
    assert time.process_time() - start < 20.0


@given(st.text(st.characters(), max_size=300), st.integers(10, 200))
def test_what_is_shown_is_one_printable_line(text: str, limit: int) -> None:
    line = shown(text, limit)
    assert one_line(line)
    assert line.encode().decode() == line
    if len(text) <= limit and text.isascii() and text.isprintable():
        assert line == text


def test_every_carrier_yields_a_text_or_is_a_camera() -> None:
    for name, data in CARRIERS.items():
        textless = ("camera", "tc260 app", "stamps google iim", "stamps meta", "thumbnail", "structure", "quantisation")
        assert [*carried_texts(content(data))] or name.startswith(textless)
