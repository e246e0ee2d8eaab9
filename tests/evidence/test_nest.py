"""What comes out of an archive at every depth, counted against the outermost one."""

from __future__ import annotations

import pytest

from safelight.decode.limits import Limits
from safelight.evidence import Nest

MIB = 1 << 20


def _counted(packed_bytes: int, limits: Limits, *sizes: int) -> Nest:
    nest = Nest(packed_bytes, limits)
    for size in sizes:
        assert not nest.reached
        nest.count(size)
    return nest


@pytest.mark.parametrize(
    ("packed_bytes", "sizes", "reached"),
    [
        (100, [15 * MIB], ""),
        (100, [15 * MIB, 2 * MIB], "more than 10 for each of its own"),
        (100 * MIB, [999 * MIB], ""),
        (100 * MIB, [500 * MIB, 501 * MIB], "more than 10 for each of its own"),
        (1 << 40, [1500 * MIB, 549 * MIB], "bytes came out of it and the archives inside it"),
    ],
)
def test_ratio_and_total(packed_bytes: int, sizes: list[int], reached: str) -> None:
    nest = _counted(packed_bytes, Limits(archive_ratio=10, archive_total_bytes=2048 * MIB), *sizes)
    assert reached in nest.reached if reached else nest.reached == ""


def test_members() -> None:
    assert _counted(1, Limits(archive_members=3), 0, 0, 0).reached == ""
    assert "more than 3 members" in _counted(1, Limits(archive_members=3), 0, 0, 0, 0).reached
