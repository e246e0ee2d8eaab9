"""The cut of 256 bits into tables: exact by counting, whatever it is."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.fingerprint.plan import cut, masks, radii


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10**8), st.integers(0, 64), st.integers(0, 64))
def test_every_pair_within_the_distance_shares_a_table(count: int, planned: int, distance: int) -> None:
    widths = cut(count, planned)
    assert sum(widths) == 256
    found = radii(widths, count, distance)
    if found is not None:
        # Were two hashes further apart than its radius in every table, they would differ in more bits than the distance allows.
        assert sum(radius + 1 for radius in found) == distance + 1
        assert all(-1 <= radius <= width for radius, width in zip(found, widths, strict=True))


@pytest.mark.parametrize(("width", "radius"), [(8, 0), (8, 8), (21, 2), (16, 3)])
def test_masks_are_all_words_with_few_bits(width: int, radius: int) -> None:
    made = masks(width, radius)
    assert len(made) == len(set(made.tolist())) == sum(comb(width, turned) for turned in range(radius + 1))
    assert made[0] == 0 and int(np.bitwise_count(made).max()) == min(radius, width) and int(made.max()) < 1 << width
    assert made.tolist() == sorted(made.tolist())


def test_few_hashes_and_great_distances_are_compared_with_all() -> None:
    assert radii(cut(100, 31), 100, 31) is None
    assert radii(cut(1_000_000, 31), 1_000_000, 64) is None
    assert radii(cut(1_000_000, 31), 1_000_000, 31) is not None
