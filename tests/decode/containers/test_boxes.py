"""The layout of one box."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import box

from safelight.decode.containers.boxes import boxes, name_of

TYPES = st.binary(min_size=4, max_size=4).filter(lambda kind: kind != b"uuid")


@given(st.lists(st.tuples(TYPES, st.binary(max_size=100), st.booleans()), max_size=6))
def test_boxes_come_back(items: list[tuple[bytes, bytes, bool]]) -> None:
    data = b"".join(box(kind, payload, wide=wide) for kind, payload, wide in items)
    found = list(boxes(data, 0, len(data)))
    assert [(one.type, data[one.start : one.stop]) for one in found] == [(kind, payload) for kind, payload, _ in items]
    assert all(one.whole for one in found)


def test_size_zero_goes_to_the_end_and_a_size_too_large_is_cut() -> None:
    (last,) = boxes(struct.pack(">I4s", 0, b"mdat") + b"abc", 0, 99)
    assert (last.start, last.stop, last.whole) == (8, 11, True)
    (cut,) = boxes(struct.pack(">I4s", 99, b"mdat") + b"abc", 0, 11)
    assert (cut.start, cut.stop, cut.whole) == (8, 11, False)


def test_sizes_that_cannot_be_end_the_walk() -> None:
    assert not list(boxes(struct.pack(">I4s", 7, b"mdat"), 0, 8))
    assert not list(boxes(struct.pack(">I4sQ", 1, b"mdat", 15), 0, 16))
    assert not list(boxes(struct.pack(">I4s", 1, b"mdat"), 0, 8))


def test_uuid_is_apart_from_the_payload() -> None:
    (found,) = boxes(box(b"uuid", bytes(range(16)) + b"payload"), 0, 99)
    assert found.uuid == bytes(range(16))
    assert found.start == 24
    assert name_of(b"\xa9too") == "©too"


@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 300))
def test_never_past_the_end(data: bytes, start: int, end: int) -> None:
    for one in boxes(data, start, end):
        assert start <= one.offset < one.start <= one.stop <= min(end, len(data))
