"""Lines come back as they were given, however many they are and whatever went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exports.test_writing import little_room

from safelight.exports.spool import Spool

_LINES = st.lists(st.binary(max_size=90_000).map(lambda line: line.replace(b"\n", b"")), max_size=8)


@given(_LINES)
def test_lines_come_back_as_often_as_they_are_asked_for(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    spool = Spool(tmp_path_factory.getbasetemp())
    for number, line in enumerate(lines, 1):
        spool.add(line)
        assert list(spool) == lines[:number]
    assert list(spool) == lines
    spool.close()


def test_without_room_every_line_that_was_added_is_still_there(tmp_path: Path) -> None:
    spool, added = Spool(tmp_path), []
    with little_room(100_000), pytest.raises(OSError):
        for number in range(10_000):
            spool.add(b"%050d" % number)
            added.append(b"%050d" % number)
    assert len(added) > 2_000 and list(spool) == added
    assert not list(tmp_path.iterdir())
    spool.close()
