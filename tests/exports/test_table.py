"""The table is read back, and no cell of it runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exports.drawn import TEXTS, carried, items

from safelight.errors import HashSetError, OutputError
from safelight.exports.cells import STARTERS, cell, text
from safelight.exports.items import Item
from safelight.exports.table import COLUMNS, HEADER, Table, table_lines
from safelight.exports.table_reading import is_table, read_table_items
from safelight.hashsets.entry import Rejected


@given(st.lists(items(), max_size=3, unique_by=lambda item: item.sha256))
def test_the_table_gives_back_what_was_written(tmp_path_factory: pytest.TempPathFactory, found: list[Item]) -> None:
    found = sorted(found, key=lambda item: item.sha256)
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(HEADER + b"".join(map(table_lines, found)))
    Table.check(path, path)
    assert list(read_table_items(path)) == [carried(item, findings=False, prompt=False) for item in found]
    # A line is a place, whatever its names hold.
    assert path.read_bytes().count(b"\n") == 1 + sum(max(1, len(item.places)) for item in found)


@given(TEXTS | st.text())
def test_every_cell_can_be_taken_back_and_none_begins_a_formula(value: str) -> None:
    made = cell(value)
    assert text(made) == value
    assert not made or made[0] not in STARTERS
    assert not {"\n", "\r", "\t", "\0", "\u202e", "\u2028"} & set(made)
    written = io.StringIO()
    csv.writer(written).writerow([made, "x"])
    assert next(csv.reader([written.getvalue()])) == [made, "x"]
    made.encode("utf-8")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'", "\uff1d"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_or_an_escape(start: str) -> None:
    made = cell(f"{start}1+1")
    assert made.startswith(("'", "\\u00")) and text(made) == f"{start}1+1"


def test_damage_is_said(tmp_path: Path) -> None:
    from tests.exports.test_gate import item

    path = tmp_path / "table.csv"
    whole = HEADER + table_lines(item(1)) + table_lines(item(2))
    assert is_table(whole) and is_table(b"\xef\xbb\xbf" + whole) and not is_table(whole[1:])
    path.write_bytes(whole.replace(item(1).sha1.encode(), b"no digest"))
    read = list(read_table_items(path))
    assert read == [Rejected(2, "a digest is not 40 hex digits"), read[1]] and isinstance(read[1], Item)
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(HashSetError, match="no table"):
        list(read_table_items(path))
    path.write_bytes(whole[: -len(",x") - 20] + b',"never closed')
    with pytest.raises(HashSetError, match="breaks off"):
        list(read_table_items(path))
    first, second = sorted((item(1), item(2)), key=lambda each: each.sha256)
    turned = HEADER + table_lines(second) + table_lines(first)
    for broken in (turned, whole.replace(b"\r\n", b",=1+1\r\n"), whole[:-9], whole + b"x\r\n", b""):
        path.write_bytes(broken)
        with pytest.raises(OutputError):
            Table.check(path, path)


def test_columns_are_named_once() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS)
