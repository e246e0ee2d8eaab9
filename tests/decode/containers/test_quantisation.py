"""Quantisation tables and the IJG quality they stand for."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.decode.containers.samples import drawing

from safelight.decode.containers.quantisation import QuantisationTable, tables


def test_every_ijg_quality_is_told_from_its_tables() -> None:
    for quality in range(1, 101):
        into = io.BytesIO()
        drawing(16, 16).save(into, "JPEG", quality=quality)
        for number, values in Image.open(into).quantization.items():
            table = QuantisationTable(number, 8, tuple(values), 0)
            told = table.ijg_quality
            assert told is not None
            assert table.ijg_quality == quality or _same(number, quality, told)
            assert abs(table.estimated_quality - quality) <= 2


def _same(number: int, first: int, second: int) -> bool:
    found = []
    for quality in (first, second):
        into = io.BytesIO()
        drawing(16, 16).save(into, "JPEG", quality=quality)
        found.append(Image.open(into).quantization[number])
    return found[0] == found[1]


def test_a_table_of_ones_own_has_no_ijg_quality() -> None:
    table = QuantisationTable(0, 8, tuple(range(2, 66)), 0)
    assert table.ijg_quality is None
    assert 1 <= table.estimated_quality <= 100


@pytest.mark.parametrize("value", [0, 1, 255, 65535])
def test_constant_tables_have_an_estimate(value: int) -> None:
    assert 1 <= QuantisationTable(1, 16, (value,) * 64, 0).estimated_quality <= 100


@given(
    st.lists(
        st.tuples(st.integers(0, 15), st.booleans(), st.lists(st.integers(1, 255), min_size=64, max_size=64)),
        max_size=3,
    )
)
def test_tables_come_back_in_natural_order(items: list[tuple[int, bool, list[int]]]) -> None:
    from safelight.decode.containers import quantisation

    payload = b""
    for number, wide, values in items:
        zigzag = [values[index] for index in quantisation._ZIGZAG]
        body = b"".join(value.to_bytes(2, "big") for value in zigzag) if wide else bytes(zigzag)
        payload += bytes((16 * wide + number,)) + body
    found = list(tables(payload, 0, len(payload), 7))
    assert [(one.identifier, one.bits, list(one.values), one.offset) for one in found] == [
        (number, 16 if wide else 8, values, 7) for number, wide, values in items
    ]
    assert len(list(tables(payload[:-1], 0, len(payload) - 1, 7))) == max(0, len(items) - 1)


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    assert len(list(tables(data, 0, len(data), 0))) <= len(data) // 65
