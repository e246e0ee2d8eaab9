"""IPTC-IIM datasets."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import iptc

from safelight.decode.containers.iptc import datasets

NUMBERS = st.integers(0, 255)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.binary(max_size=100)), max_size=10), st.integers(0, 5))
def test_datasets_come_back_whatever_pads_them(items: list[tuple[int, int, bytes]], zeros: int) -> None:
    found, trouble = datasets(iptc(*items) + bytes(zeros))
    assert [(one.record, one.dataset, one.value) for one in found] == items
    assert not trouble


def test_long_datasets_and_their_offsets() -> None:
    value = b"x" * 40_000
    data = iptc((2, 5, b"title")) + b"\x1c\x02\x78" + struct.pack(">HI", 0x8004, len(value)) + value
    found, trouble = datasets(data)
    assert [(one.offset, len(one.value)) for one in found] == [(0, 5), (10, 40_000)]
    assert not trouble


def test_text_is_utf_8_where_it_can_be_and_must_be_where_promised() -> None:
    assert [one.text for one in datasets(iptc((2, 120, "Hügel".encode()), (2, 120, b"H\xfcgel")))[0]] == [
        "Hügel",
        "Hügel",
    ]
    assert datasets(iptc((1, 90, b"\x1b%G"), (2, 120, b"H\xfcgel")))[0][1].text == "H\ufffdgel"


def test_damage_is_told_and_the_rest_kept() -> None:
    whole = iptc((2, 5, b"title"), (2, 120, b"a hill"))
    assert datasets(whole[:-2])[1] == "dataset 2:120 at byte 10 is cut off"
    found, trouble = datasets(whole + b"garbage")
    assert (len(found), trouble) == (2, "at byte 21 stands no dataset")
    assert "more than 10000" in datasets(iptc((2, 25, b"")) * 10_001)[1]


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    datasets(b"\x1c" + data)
    datasets(b"\x1c\x02\x05\x80" + data)
