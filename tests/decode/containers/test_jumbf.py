"""JUMBF superboxes and their pieces in APP11."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import box, jumbf

from safelight.decode.containers.gathering import Gathering
from safelight.decode.containers.jumbf import App11Boxes, is_c2pa, label
from safelight.decode.limits import Limits


def test_labels_and_the_c2pa_store() -> None:
    assert label(jumbf()) == "c2pa"
    assert is_c2pa(jumbf())
    assert label(jumbf("example.thumbnail")) == "example.thumbnail"
    assert not is_c2pa(jumbf("example.thumbnail"))
    kind_only = box(b"jumb", box(b"jumd", bytes.fromhex("6332706100110010800000aa00389b71") + b"\x00"))
    assert (label(kind_only), is_c2pa(kind_only)) == ("", True)


def test_a_box_with_a_64_bit_size_is_joined_without_its_repeated_heads() -> None:
    store = jumbf(content=b"x" * 100)
    wide = box(b"jumb", store[8:], wide=True)
    assert is_c2pa(wide)
    joiner = App11Boxes()
    data = b""
    for number, start in enumerate(range(16, len(wide), 30), 1):
        payload = b"JP" + struct.pack(">HI", 1, number) + wide[:16] + wide[start : start + 30]
        assert joiner.segment(data + payload, len(data), len(data), len(data) + len(payload))
        data += payload
    into = Gathering(Limits())
    joiner.finish(data, into)
    assert [block.data for block in into.blocks] == [wide]
    assert not into.problems


def test_a_piece_that_comes_twice_is_named_and_the_first_kept() -> None:
    store = jumbf()
    payload = b"JP" + struct.pack(">HI", 1, 1) + store
    joiner = App11Boxes()
    joiner.segment(payload + payload, 0, 0, len(payload))
    joiner.segment(payload + payload, 5, len(payload), 2 * len(payload))
    into = Gathering(Limits())
    joiner.finish(payload + payload, into)
    assert [problem.what for problem in into.problems] == ["A piece of a JUMBF box comes twice."]
    assert [(block.offset, block.data) for block in into.blocks] == [(0, store)]


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    label(data)
    label(box(b"jumb", data))
    joiner, into = App11Boxes(), Gathering(Limits())
    joiner.segment(b"JP" + data, 0, 0, len(data) + 2)
    joiner.finish(b"JP" + data, into)
