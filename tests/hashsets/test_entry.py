"""Single hashes, and what an import says of itself."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.hashsets.entry import LENGTHS, ImportReport, Rejected, checked_hash, one_line
from safelight.model import MatchHow


@given(how=st.sampled_from(MatchHow), raw=st.binary(min_size=32, max_size=32))
def test_a_hash_comes_back_in_lower_case(how: MatchHow, raw: bytes) -> None:
    text = raw.hex()[: LENGTHS[how]]
    assert checked_hash(f' "{text.upper()}" ', how) == text


@given(how=st.sampled_from(MatchHow), text=st.text(alphabet="0123456789abcdefABCDEFg \t-\u0661\uff11", max_size=70))
def test_what_is_accepted_is_hex_of_its_length(how: MatchHow, text: str) -> None:
    found = checked_hash(text, how)
    cleaned = text.strip().strip('"')
    assert (found is not None) == (len(cleaned) == LENGTHS[how] and not set(cleaned.lower()) - set("0123456789abcdef"))


@pytest.mark.parametrize("text", ["0a" * 15 + " 0", "0a " * 10 + "0a", "\u0660" * 32, "0x" + "0a" * 15, ""])
def test_blanks_and_other_digits_are_not_hex(text: str) -> None:
    assert checked_hash(text, MatchHow.MD5) is None


def test_text_of_a_list_is_one_printable_line_of_bounded_length() -> None:
    assert one_line("Kategorie \u00e4 1") == "Kategorie \u00e4 1"
    assert one_line("a\nb\x1b[2J\u202e") == "a\\x0ab\\x1b[2J\\u202e"
    assert one_line("name \udcff") == "name \\xff"
    assert one_line("\ud800").isprintable()
    assert len(one_line("x" * 5000)) < 1100 and one_line("x" * 5000).endswith("[cut]")


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_text_of_a_list_can_always_be_stored_and_printed(text: str) -> None:
    shown = one_line(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn"}


def test_the_report_counts_reasons_and_names_their_first_rows() -> None:
    report = ImportReport(name="unit", file="a.csv", file_sha256="0" * 64, form="CSV with a header")
    for row in range(2, 12):
        report.reject(Rejected(row, "the md5 is not 32 hex digits"))
    report.reject(Rejected(99, "no hash in the row"))
    report.accepted, report.unlabelled, report.unused = {"md5": 3}, 2, {"PhotoDNA hashes": 4}
    text = "\n".join(report.lines())
    assert "10 not imported: the md5 is not 32 hex digits (row 2, 3, 4, 5, 6, ...)" in text
    assert "1 not imported: no hash in the row (row 99)" in text
    assert "2 state no label" in text and "4 PhotoDNA hashes seen and not used" in text
    record = report.record()
    assert record["schema"] == "safelight.hashset-import/1"
    assert set(record) == {
        "schema", "name", "file", "file_sha256", "form", "accepted", "duplicates", "withdrawn", "retired", "unlabelled", "rejected", "examples",
        "unused", "repeated", "resumed",
    }  # fmt: skip
