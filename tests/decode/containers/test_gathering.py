"""The budget of one pass."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.containers.block import BlockKind
from safelight.decode.containers.gathering import Gathering
from safelight.decode.limits import Limits
from safelight.model import Outcome


@given(st.lists(st.binary(max_size=50), max_size=30), st.integers(0, 300), st.integers(0, 20))
def test_what_is_kept_never_exceeds_the_limits_and_what_is_not_is_told(
    payloads: list[bytes], room: int, most: int
) -> None:
    into = Gathering(Limits(metadata_bytes=room, metadata_blocks=most))
    for payload in payloads:
        into.add(BlockKind.TEXT, "x", "", 0, payload)
    into.finish()
    assert len(into.blocks) <= most
    assert sum(len(block.data) for block in into.blocks) <= room
    kept_whole = [block.data for block in into.blocks] == payloads
    assert kept_whole == (not into.problems)


def test_a_block_too_large_is_cut_and_named() -> None:
    into = Gathering(Limits(metadata_bytes=10))
    into.add(BlockKind.TEXT, "PNG tEXt", "key\u202e", 33, b"0123456789abc")
    assert into.blocks[0].data == b"0123456789"
    (problem,) = into.problems
    assert problem.outcome is Outcome.COULD_NOT_LOOK
    assert problem.where == "PNG tEXt 'key\\\\u202e' at byte 33"
    assert problem.details == {"kept": "its first 10 bytes"}


def test_problems_beyond_a_number_are_counted() -> None:
    into = Gathering(Limits())
    for number in range(200):
        into.problem(f"problem {number}", "", "nothing")
    into.finish()
    assert len(into.problems) == 65
    assert into.problems[-1].what.startswith("136 further problems")


def test_a_huge_trailer_keeps_both_ends() -> None:
    data = b"A" * (1 << 20) + bytes(17 << 20) + b"Z" * (1 << 20)
    into = Gathering(Limits())
    into.trailer("JPEG trailer", data, 0)
    first, last = into.blocks
    assert (first.key, first.offset, first.data) == ("start", 0, b"A" * (1 << 20))
    assert (last.key, last.offset, last.data) == ("end", 18 << 20, b"Z" * (1 << 20))
    assert "behind the end of the picture" in into.problems[0].what


@given(st.binary(max_size=2000), st.integers(0, 9))
def test_inflate_gives_back_what_was_deflated(data: bytes, level: int) -> None:
    into = Gathering(Limits())
    packed = zlib.compress(data, level)
    assert into.inflate(b"??" + packed + b"??", 2, 2 + len(packed), "x") == data
    assert not into.problems


@given(st.binary(max_size=200))
def test_inflate_never_raises(data: bytes) -> None:
    into = Gathering(Limits(metadata_bytes=1000))
    assert len(into.inflate(data, 0, len(data), "x")) <= 1000
    assert into.problems or data


def test_steps_end_and_say_so_once() -> None:
    into = Gathering(Limits())
    taken = sum(1 for _ in range(300_000) if into.step())
    assert taken < 200_001
    assert len(into.problems) == 1
