"""The cut of 256 bits into tables: exact by counting, whatever it is."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.fingerprint.plan import cut, masks, radii, tag_widths


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


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(4_096, 10**7), st.integers(0, 47), st.integers(0, 47))
def test_every_pair_passes_the_tags_of_a_table(data: st.DataObject, count: int, planned: int, distance: int) -> None:
    """However the bits that differ are spread: the bound on a table and the one after it loses no pair."""
    widths = cut(count, planned)
    found = radii(widths, count, distance)
    if found is None:
        return
    places = data.draw(st.lists(st.integers(0, len(widths) - 1), min_size=distance, max_size=distance))
    apart = [places.count(table) for table in range(len(widths))]
    assert any(
        apart[table] <= radius and apart[table] + apart[after] <= radius + found[after] + 1
        for table, radius in enumerate(found)
        for after in [(table + 1) % len(found)]
    )


@given(st.integers(1, 1 << 32), st.integers(0, 64))
def test_a_number_and_its_tag_have_room_in_32_bits(count: int, planned: int) -> None:
    widths = cut(min(count, 10**8), planned)
    for tag, after in zip(tag_widths(widths, count), (*widths[1:], widths[0]), strict=True):
        assert 0 <= tag <= after and (count - 1).bit_length() + tag <= 32


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
