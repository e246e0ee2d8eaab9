"""Text whose encoding is stated wrongly or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.encodings import user_comment, utf16_order, xp_text

PROMPTS = [
    "a hill under the sun\nSteps: 20, Sampler: Euler a",
    "丘の上の太陽、青い空と白い雲、水彩画",
    "ein Hügel, Öl auf Leinwand, 100 % schön",
    "холм под солнцем, акварель",
]


@pytest.mark.parametrize("text", PROMPTS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("mark", [False, True])
def test_unicode_comments_in_both_byte_orders_with_and_without_a_mark(
    text: str, order: str, wrong: bool, mark: bool
) -> None:
    stated = {"<": ">", ">": "<"}[order] if wrong else order
    body = (("\ufeff" if mark else "") + text).encode("utf-16-le" if order == "<" else "utf-16-be")
    assert user_comment(b"UNICODE\0" + body + b"\0\0", stated) == text


@pytest.mark.parametrize("text", PROMPTS)
@pytest.mark.parametrize("code", [b"UNICODE\0", b"Unicode\0", b"ASCII\0\0\0", bytes(8), b"JIS\0\0\0\0\0", b""])
def test_utf_8_under_any_code(text: str, code: bytes) -> None:
    assert user_comment(code + text.encode(), ">") == text


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=13, max_size=300)
    .map(str.strip)
    .filter(lambda text: len(text) > 12)
)
def test_ascii_under_any_code(text: str) -> None:
    for code in (b"ASCII\0\0\0", b"UNICODE\0", bytes(8), b"JIS\0\0\0\0\0"):
        assert user_comment(code + text.encode(), "<") == text
    assert user_comment(b"UNICODE\0" + text.encode("utf-16-be"), "<") == text
    assert user_comment(b"UNICODE\0" + text.encode("utf-16-le"), ">") == text
    assert user_comment(b"ASCII\0\0\0" + text.encode("utf-16-be"), "<") == text


def test_japanese_latin_1_and_empty_comments() -> None:
    assert user_comment(b"JIS\0\0\0\0\0" + "丘の上".encode("iso2022_jp"), "<") == "丘の上"
    assert user_comment(b"ASCII\0\0\0caf\xe9", "<") == "café"
    assert user_comment(bytes(64), "<") == ""
    assert user_comment(b"", "<") == ""
    assert user_comment(b"short", "<") == "short"


def test_short_text_that_could_be_either_follows_its_code() -> None:
    assert user_comment(b"UNICODE\0" + "整獴".encode("utf-16-be"), ">") == "整獴"
    assert user_comment(bytes(8) + b"test", ">") == "test"


def test_xp_text_ends_at_its_first_nul() -> None:
    assert xp_text("a hill\0rest".encode("utf-16-le")) == "a hill"
    assert xp_text(b"\x00") == "\ufffd"


@given(st.binary(max_size=200), st.sampled_from(["<", ">"]))
def test_no_bytes_raise(data: bytes, order: str) -> None:
    for code in (b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0", bytes(8), b""):
        assert isinstance(user_comment(code + data, order), str)
    assert isinstance(xp_text(data), str)
    assert utf16_order(data, order) in {"<", ">"}
