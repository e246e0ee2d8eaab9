from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from safelight.exports.report.text import bytes_text, count_text, percent_text, shown, time_text


@given(st.text(max_size=600))
def test_shown_text_is_one_line_without_anything_invisible(text: str) -> None:
    made = shown(text)
    assert not [char for char in made if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]
    row = 0
    for char in made:
        row = row + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        assert row <= 3


@given(st.text("ab/\u202e\u0301海", max_size=900), st.integers(10, 200))
def test_long_text_keeps_both_ends_and_counts_the_rest(text: str, limit: int) -> None:
    whole = shown(text, 1 << 20)
    made = shown(text, limit)
    if len(whole) <= limit:
        assert made == whole
        return
    head, _, rest = made.partition(" … (")
    number, _, tail = rest.partition(" characters left out) … ")
    assert len(head) + int(number.replace(",", "")) + len(tail) == len(whole)
    assert whole.startswith(head) and whole.endswith(tail)


def test_shown_text_is_shown_again_as_it_is() -> None:
    assert shown(shown("boat\u202egpj\n.exe")) == "boat\\u202egpj\\x0a.exe"


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_nothing_only_for_nothing_and_all_only_for_all(part: int, whole: int) -> None:
    part = min(part, whole)
    made = percent_text(part, whole)
    assert (made == "0 %") == (part == 0)
    assert (made == "100 %") == (part == whole)


def test_words_for_numbers() -> None:
    assert [count_text(number, "file") for number in (0, 1, 2_000)] == ["0 files", "1 file", "2,000 files"]
    assert count_text(2, "match", "matches") == "2 matches"
    assert [bytes_text(number) for number in (0, 1, 999, 1_000, 999_960, 10**15)] == [
        "0 bytes", "1 byte", "999 bytes", "1.0 kB", "1.0 MB", "1,000.0 TB",
    ]  # fmt: skip
    assert time_text("2026-03-04T05:06:07.000008Z") == "2026-03-04 05:06:07 UTC"
    assert time_text(None) == ""
