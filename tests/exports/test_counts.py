"""Statistics count every content once, and nothing in them points at a file, a text or a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.case.records import begin, decision, fill, opinion, record
from tests.exports.drawn import TEXTS, items

from safelight.case.case import Case
from safelight.errors import OutputError
from safelight.exports.counts import GENERATORS, Statistics, _cells, month_of, named
from safelight.exports.exporting import Request, export_case
from safelight.exports.items import Item


def test_contents_add_up_and_nothing_is_named(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case, 9)
        strange = replace(opinion(20), generator="SECRET ComfyUI of Jane", prompt="SECRET")
        case.record(
            begin(case), [record(20, opinion=strange), record(21, opinion=replace(strange, generator="SECRET"))]
        )
        case.decide([decision(3, category="SECRET words", label="SECRET", note="SECRET")])
        path = export_case(case, Statistics, tmp_path / "s.json", Request(), logged=False).paths[0]
        total = case.media_count()
    content = path.read_bytes()
    assert (
        b"SECRET" not in content
        and b"evidence" not in content
        and b"reviewer" not in content
        and b"lighthouse" not in content
    )
    found = orjson.loads(content)
    assert found["contents"] == total and found["places_without_digest"] == 1
    generators = {row["generator"]: row["contents"] for row in found["tables"]["generator"]["rows"]}
    assert generators == {"AUTOMATIC1111": total - 2, "ComfyUI": 1, "other": 1}
    assert {row["month"]: row["contents"] for row in found["tables"]["month"]["rows"]} == {"2023-11": total}
    decided = found["tables"]["decided"]["rows"]
    assert {"origin": "generated", "scheme": "yes-no", "category": "other", "contents": 1} in decided
    assert sum(row["contents"] for row in found["tables"]["match"]["rows"]) == 3
    assert all(table["what"].endswith(".") for table in found["tables"].values())


@given(items())
def test_the_cells_of_any_item_hold_only_words_of_ours(item: Item) -> None:
    for _, key in _cells(item):
        assert all(word.isascii() and len(word) < 80 and "\n" not in word for word in key)


@given(TEXTS | st.none())
def test_generators_have_names_from_the_list(text: str | None) -> None:
    assert named(text) in {*GENERATORS, "other", "none stated"}
    assert named(f"{text} comfyui") in GENERATORS


@pytest.mark.parametrize("time_ns", [None, -(2**63), 2**63 - 1, 0, 1_700_000_000_000_000_000])
def test_a_month_is_bounded(time_ns: int | None) -> None:
    from tests.exports.test_gate import item

    from safelight.model import Location, MediaFile

    one = replace(item(1), places=(MediaFile(location=Location(b"/", (b"x",)), modified_ns=time_ns),))
    assert month_of(one) in {"unknown", "outside of 1990 to 2100", "2023-11"}


def test_the_check_adds_up(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case, 3)
        path = export_case(case, Statistics, tmp_path / "s.json", Request(), logged=False).paths[0]
    found = orjson.loads(path.read_bytes())
    for change in ({"contents": 99}, {"schema": "x"}, {"tables": {}}):
        path.write_bytes(orjson.dumps(found | change))
        with pytest.raises(OutputError):
            Statistics.check(path, path)
