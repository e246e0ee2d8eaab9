"""The one read: every byte into memory once, the digests of exactly those bytes, and words for what could not be read."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.walls import memory_file

from safelight.decode.reading import Reading, read_and_digest

MIB = 1 << 20


def read(data: bytes, content_bytes: int = 1 << 30) -> Reading:
    descriptor = memory_file(data)
    try:
        return read_and_digest(descriptor, content_bytes, lambda: None)
    finally:
        os.close(descriptor)


def check(reading: Reading, data: bytes) -> None:
    assert reading.size_bytes == len(data)
    assert reading.md5 == hashlib.md5(data).hexdigest()
    assert reading.sha1 == hashlib.sha1(data).hexdigest()
    assert reading.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 5 * MIB + 7])
def test_whole_files(size: int) -> None:
    data = os.urandom(size)
    reading = read(data)
    check(reading, data)
    assert reading.data == data
    assert type(reading.data) is bytes
    assert reading.findings == ()


@given(st.binary(max_size=300), st.integers(0, 300))
def test_any_limit_keeps_the_head_and_digests_all(data: bytes, content_bytes: int) -> None:
    reading = read(data, content_bytes)
    check(reading, data)
    assert reading.data == (data if len(data) <= content_bytes else data[:content_bytes])


def test_a_large_file_is_digested_whole_and_held_in_part() -> None:
    data = os.urandom(MIB) * 6 + b"tail"
    reading = read(data, 5 * MIB)
    check(reading, data)
    assert reading.data == data[: 4 * MIB]
    assert reading.findings == ()


def test_signs_of_life_while_a_long_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(200 * MIB)
    descriptor = os.open(path, os.O_RDONLY)
    signs: list[int] = []
    reading = read_and_digest(descriptor, MIB, lambda: signs.append(1))
    os.close(descriptor)
    assert reading.size_bytes == 200 * MIB
    assert len(signs) == 3


def _dying_disk(good_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.preadv

    def preadv(descriptor: int, buffers: Sequence[memoryview], offset: int) -> int:
        if offset >= good_bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(descriptor, [buffers[0][: good_bytes - offset]], offset)

    monkeypatch.setattr(os, "preadv", preadv)


@pytest.mark.parametrize("content_bytes", [1 << 30, 2 * MIB])
def test_a_read_error_keeps_what_came_before(monkeypatch: pytest.MonkeyPatch, content_bytes: int) -> None:
    data = os.urandom(MIB) * 4
    good = 2 * MIB + 100
    _dying_disk(good, monkeypatch)
    reading = read(data, content_bytes)
    check(reading, data[:good])
    assert reading.data == data[: min(good, content_bytes)]
    (finding,) = reading.findings
    assert finding.details == {"read_bytes": good, "stated_bytes": len(data)}
    assert "Input/output error" in finding.what


def test_a_file_of_which_nothing_can_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _dying_disk(0, monkeypatch)
    with pytest.raises(OSError, match="Input/output error"):
        read(b"x" * 100)


def test_the_offset_of_the_descriptor_stays_as_it_is() -> None:
    descriptor = memory_file(b"0123456789")
    os.lseek(descriptor, 4, os.SEEK_SET)
    read_and_digest(descriptor, MIB, lambda: None)
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 4
    os.close(descriptor)
