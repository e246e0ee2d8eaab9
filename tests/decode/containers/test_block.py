"""One block, its place and its text."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.containers.block import BlockKind, MetadataBlock, decoded, end_of_text, place


@given(st.text(max_size=200), st.integers(0, 1 << 40))
def test_a_place_is_one_printable_line(key: str, offset: int) -> None:
    shown = place("PNG tEXt", key, offset)
    assert shown.isprintable()
    assert shown.startswith("PNG tEXt")
    assert shown.endswith(f"at byte {offset}")


def test_a_place_survives_lone_surrogates_and_long_keys() -> None:
    assert place("x", "\ud800", 1).isprintable()
    assert len(place("x", "k" * 10_000, 1)) < 100


@given(st.text(max_size=100))
def test_utf_8_and_utf_16_text_come_back(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decoded(text.encode("utf-8")) == text
        assert decoded(text.encode("utf-16")) == text
        assert decoded(text.encode("utf-16-be"), "utf-16-be") == text


@given(st.binary(max_size=100), st.sampled_from(["", "latin-1", "utf-8", "utf-16", "utf-16-be"]))
def test_text_of_any_bytes(data: bytes, encoding: str) -> None:
    assert isinstance(MetadataBlock(BlockKind.TEXT, "x", "", 0, data, encoding=encoding).text, str)
    assert decoded(b"caf\xe9") == "café"


@given(
    st.binary(max_size=20),
    st.sampled_from([0, 1, 2, 3, 65_535, 65_536, 65_537, 131_073]),
    st.integers(0, 3),
    st.sampled_from([1, 2]),
)
def test_zeros_at_the_end_are_no_text(text: bytes, zeros: int, before: int, width: int) -> None:
    data = b"#" * before + text + bytes(zeros) + b"#"
    stop = expected = len(data) - 1
    while expected - before >= width and not any(data[expected - width : expected]):
        expected -= width
    assert end_of_text(data, before, stop, width) == expected


def test_many_zeros_take_no_time() -> None:
    start = time.process_time()
    assert end_of_text(b"a" + bytes(100 << 20), 0, (100 << 20) + 1) == 1
    assert time.process_time() - start < 5.0
