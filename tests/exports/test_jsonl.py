"""JSON lines give back every item whole."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from tests.databases import Database
from tests.exports.drawn import items

from safelight.custody.chain import canonical
from safelight.exports.exporting import Request, export_case
from safelight.exports.items import Item, iter_items
from safelight.exports.jsonl import JsonLines, item_record
from safelight.exports.jsonl_reading import item_from, looks_like_items, read_json_items
from safelight.hashsets.entry import Rejected


@given(items())
def test_a_line_gives_back_the_item(item: Item) -> None:
    line = canonical(item_record(item)).encode()
    assert looks_like_items(line)
    assert item_from(orjson.loads(line)) == item


def test_a_case_gives_back_its_items_and_passes_over_what_has_no_digest(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    with filled.read() as case:
        export_case(case, JsonLines, path, Request(), logged=False)
        assert list(read_json_items(path)) == list(iter_items(case))


@pytest.mark.parametrize("line", [b"{}", b"[]", b"null", b"{", b'{"schema":"safelight.item/1","sha256":"x"}', b"\xff"])
def test_any_other_line_is_a_reason(line: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(line + b"\n")
    (found,) = read_json_items(tmp_path / "x")
    assert isinstance(found, Rejected) and found.row == 1
