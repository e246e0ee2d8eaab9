"""Files of arrays: whole or not there, and what is damaged is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.fingerprint.arrays import ArrayFile, DamagedArraysError

_KINDS = ("u1", "<u2", "<u4", "<u8", "<i8")


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=5),
        st.tuples(st.sampled_from(_KINDS), st.integers(0, 3_000), st.integers(1, 4)),
        max_size=5,
    ),
    st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=3),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, shapes: dict[str, Any], meta: dict[str, int]
) -> None:
    chance = np.random.default_rng(1)
    arrays = {
        name: chance.integers(0, 200, (rows, columns)).astype(kind) for name, (kind, rows, columns) in shapes.items()
    }
    path = tmp_path_factory.mktemp("arrays") / "file"
    # In parts or at once, it is the same file.
    ArrayFile.write(path, meta, {name: iter([array[:7], array[7:]]) for name, array in arrays.items()})
    parts = path.read_bytes()
    ArrayFile.write(path, meta, arrays)
    assert path.read_bytes() == parts
    file = ArrayFile(path)
    file.verify()
    assert file.meta == meta and set(file.arrays) == set(arrays)
    for name, array in arrays.items():
        assert (np.array_equal(file.arrays[name], array) and not file.arrays[name].flags.writeable) or not array.size
        assert file.arrays[name].ctypes.data % 64 == 0 or not array.size


def test_a_turned_bit_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    ArrayFile.write(path, {"a": 1}, {"x": np.arange(5_000, dtype=np.uint32), "y": np.arange(10, dtype=np.uint8)})
    whole = path.read_bytes()
    for place in (4_096, 4_096 + 19_999, len(whole) - 1):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        path.write_bytes(spoilt)
        with pytest.raises(DamagedArraysError, match="damaged"):
            ArrayFile(path).verify()
    for place in (0, 9, 20, 60, 200):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        path.write_bytes(spoilt)
        with pytest.raises(DamagedArraysError):
            ArrayFile(path)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    ArrayFile.write(path, {}, {"x": np.arange(9, dtype=np.uint8)})
    before = path.read_bytes()

    def parts() -> Any:
        yield np.arange(9, dtype=np.uint8)
        raise OSError(28, "no room")

    with pytest.raises(OSError, match="no room"):
        ArrayFile.write(path, {}, {"x": parts()})
    assert path.read_bytes() == before and [item.name for item in tmp_path.iterdir()] == ["file"]


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"SLARRAYS", b"x" * 5_000, b"SLARRAYS" + b"\xff" * 60)):
        path = tmp_path / str(number)
        path.write_bytes(content)
        with pytest.raises(DamagedArraysError):
            ArrayFile(path)
    with pytest.raises(OSError, match="No such file"):
        ArrayFile(tmp_path / "none")
