"""Sorting on disk: the same as in memory, whatever the memory, and nothing left behind."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import CaseError
from safelight.review.spilling import Sorter

records = st.lists(st.tuples(st.binary(max_size=4), st.binary(max_size=300)), max_size=60)


@given(records, st.integers(1, 2_000))
def test_records_come_back_as_if_they_had_been_sorted_in_memory(items: list[tuple[bytes, bytes]], memory: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        sorter = Sorter(Path(directory), memory_bytes=memory)
        for key, content in items:
            sorter.add(key, content)
        assert list(sorter.drain()) == sorted(items)
        assert list(sorter.drain()) == []


def test_what_does_not_fit_lies_on_disk_without_a_name(tmp_path: Path) -> None:
    sorter = Sorter(tmp_path, memory_bytes=1_000)
    before = len(os.listdir("/proc/self/fd"))
    for number in range(100):
        sorter.add(b"%03d" % (number * 37 % 100), bytes(100))
    assert os.listdir(tmp_path) == []
    assert len(os.listdir("/proc/self/fd")) == before + 10
    found = sorter.drain()
    assert next(found)[0] == b"000"
    found.close()  # type: ignore[attr-defined]
    assert len(os.listdir("/proc/self/fd")) == before, "the files are closed even if not everything was asked for"


def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    sorter = Sorter(tmp_path / "gone", memory_bytes=10)
    with pytest.raises(CaseError, match=r"cannot be ordered.*gone"):
        sorter.add(b"key", bytes(20))
