"""Matroska and WebM."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import AIGC, element, matroska, simple_tag, unsized
from tests.decode.containers.samples import jumbf

from safelight.decode import formats
from safelight.decode.containers import ebml
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


def tags_of(found: Metadata) -> list[tuple[str, str]]:
    return [(key, text) for key, text, block in found.texts() if block.container == "Matroska tag"]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=200)), max_size=5), st.booleans())
def test_tags_come_back(pairs: list[tuple[str, str]], live: bool) -> None:
    pairs = [(name.strip("\0\ufeff") or "x", value.strip("\0\ufeff")) for name, value in pairs]
    found = read(matroska([simple_tag(name, value) for name, value in pairs], live=live))
    assert tags_of(found) == pairs
    assert not found.problems


def test_title_programs_track_names_chapters_and_size() -> None:
    found = read(matroska())
    assert [(key, text) for key, text, _ in found.texts()] == [
        ("Title", "A hill"),
        ("MuxingApp", "test 1"),
        ("DateUTC", "2001-01-01T00:00:00+00:00"),
        ("Name", "a track"),
        ("ChapString", "the start"),
    ]
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px) == (320, 180)


def test_a_tag_inside_a_tag_is_named_by_the_way_and_its_name_may_come_last() -> None:
    late = element(0x67C8, element(0x4487, AIGC.encode()) + element(0x45A3, b"AIGC"))
    found = read(matroska([simple_tag("outer", "a", simple_tag("inner", "b")), late]))
    assert tags_of(found) == [("outer", "a"), ("outer/inner", "b"), ("AIGC", AIGC)]


def test_tags_nested_without_end_are_told() -> None:
    tag = simple_tag("t", "deepest")
    for _ in range(40):
        tag = simple_tag("t", "", tag)
    found = read(matroska([tag]))
    assert [problem.what for problem in found.problems] == ["Tags are nested too deeply."]
    assert "deepest" not in [text for _, text in tags_of(found)]


def test_attachments_by_what_they_are() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(9000)
    files = [
        ("workflow.json", "application/json", b'{"nodes": []}'),
        ("cover.png", "image/png", picture),
        ("store", "application/c2pa", jumbf()),
    ]
    data = matroska(attachments=files)
    found = read(data)
    assert ("workflow.json", '{"nodes": []}') in [(key, text) for key, text, _ in found.texts()]
    (block,) = found.of(BlockKind.EMBEDDED)
    assert (block.key, block.whole_bytes, block.data) == ("cover.png (image/png)", len(picture), picture[:4096])
    assert found.jumbf == jumbf()


def test_a_cluster_without_size_does_not_hide_what_follows() -> None:
    frames = element(0xA3, bytes(500)) * 40
    body = unsized(0x1F43B675, frames) + element(0x1254C367, element(0x7373, simple_tag("AIGC", AIGC)))
    data = element(0x1A45DFA3, element(0x4282, b"webm")) + unsized(0x18538067, body)
    assert tags_of(read(data)) == [("AIGC", AIGC)]


def test_breaks_and_trailers_are_told() -> None:
    whole = matroska([simple_tag("a", "b")])
    cut = read(whole[:-30])
    assert "The file ends inside an element; metadata behind the break cannot be found." in {
        problem.what for problem in cut.problems
    }
    behind = read(whole + b"behind the end")
    assert [block.data for block in behind.of(BlockKind.TRAILER)] == [b"behind the end"]
    assert not behind.problems
    damaged = read(matroska(live=True) + bytes(20))
    assert [problem.what for problem in damaged.problems] == [
        "The elements do not go on to the end of the file; metadata behind the break cannot be found."
    ]
    inside = read(matroska([simple_tag("a", "b"), b"\0\0 no element"]))
    assert [problem.what for problem in inside.problems] == ["Part of an element holds nothing that can be read."]
    assert tags_of(inside) == [("a", "b")]


@pytest.mark.parametrize("size_bytes", range(1, 9))
def test_sizes_of_every_width(size_bytes: int) -> None:
    data = element(0x4487, b"a hill", size_bytes)
    found = ebml.element(data, 0, len(data))
    assert found == ebml.Element(0x4487, 0, 2 + size_bytes, len(data), True, True)


@given(st.binary(max_size=200), st.integers(0, 250), st.integers(0, 250))
def test_no_bytes_raise(data: bytes, start: int, end: int) -> None:
    read(b"\x1a\x45\xdf\xa3" + data)
    read(matroska([data]))
    for found in ebml.elements(data, start, end):
        assert found.offset < found.start <= found.stop <= len(data)
