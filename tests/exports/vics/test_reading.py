"""What is written as Project VIC is read back; what other tools write is read as far as it says something."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exports.drawn import carried, items, passed

from safelight.case.reviewing import Decision, Standing
from safelight.custody.chain import canonical
from safelight.exports.items import Item
from safelight.exports.jsonl import item_record
from safelight.exports.records import dumps
from safelight.exports.table import table_lines
from safelight.exports.vics.checking import faults_of_media
from safelight.exports.vics.header import MODELS
from safelight.exports.vics.reading import NO_SCHEME, item_of, read_vics_items
from safelight.exports.vics.record import case_media, set_media
from safelight.hashsets.entry import Rejected
from safelight.model import Location, MediaFile, Opinion, OriginOpinion, Strength

SHARED = Path(__file__).resolve().parents[4] / "shared" / "field" / "vics"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the developers' shared samples are not here")


@cache
def _validator() -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(json.loads((SHARED / "vics_2.0_derived.schema.json").read_bytes()))


@pytest.mark.parametrize("version", list(MODELS))
@given(item=items())
def test_a_case_file_gives_back_what_was_written(version: str, item: Item) -> None:
    model = MODELS[version]
    record = orjson.loads(dumps(case_media(model, 1, passed(item), "vics-us")))
    assert faults_of_media(record, model) == []
    expected = carried(item, findings=model.has_metadata, prompt=True)
    assert item_of(record, "vics-us") == expected


@pytest.mark.parametrize("version", list(MODELS))
@given(item=items())
def test_a_hash_set_gives_back_hashes_and_categories_and_no_person(version: str, item: Item) -> None:
    model, through = MODELS[version], passed(item)
    text = dumps(set_media(model, 1, through, "vics-us"))
    record = orjson.loads(text)
    assert faults_of_media(record, model) == []
    back = item_of(record, "")
    assert (back.sha256, back.sha1, back.md5, back.size_bytes) == (item.sha256, item.sha1, item.md5, item.size_bytes)
    assert (back.media_type, back.kind, back.width_px) == (item.media_type, item.kind, item.width_px)
    said = through.decision
    if said is None:
        assert back.standing is None
    else:
        assert back.standing is not None
        made = Decision(sha256=item.sha256, person="", scheme=said.scheme, category=said.category, label=said.label)
        assert back.standing.decisions == (made,)
    assert back.places == () and "Grace" not in text.decode()


@pytest.mark.parametrize("version", list(MODELS))
@given(item=items())
def test_a_member_of_an_archive_that_was_the_source_keeps_its_place(version: str, item: Item) -> None:
    place = MediaFile(location=Location(b"/seized/album.zip", (b"", b"inner/a.png")))
    model, item = MODELS[version], replace(item, places=(place,))
    record = orjson.loads(dumps(case_media(model, 1, passed(item), "vics-us")))
    assert record["MediaFiles"][0]["ParentFilePath"] == "/seized/album.zip"
    assert record["MediaFiles"][0]["ParentFileName"] == "album.zip"
    assert item_of(record, "vics-us").places == (place,)


@needs_shared
@given(item=items())
def test_a_case_file_is_valid_by_the_schema_of_the_field(item: Item) -> None:
    record = orjson.loads(dumps(case_media(MODELS["2.0"], 1, passed(item), "vics-us")))
    head = {"@odata.context": MODELS["2.0"].context("US", "Cases"), "value": [{"CaseID": None, "Media": [record]}]}
    assert [error.message for error in _validator().iter_errors(head)] == []


@needs_shared
def test_the_samples_of_the_field_are_read() -> None:
    for name in ("vics_1.3_case_synthetic.json", "vics_2.0_case_synthetic.json"):
        (item,) = read_vics_items(SHARED / name)
        assert isinstance(item, Item)
        assert item.md5 == "7c5871b2243cfb04d46e3e77e2eec0ef" and item.standing is None
        assert item.sha256 == "da97c635762250a49c4f1337647d46594d257ee803b00560a42932b75a49c148"
        (place,) = item.places
        assert place.location.parts == (b"/DCIM/landscape.png",) and place.location.source == b"EX1"
        assert place.modified_ns == 1_767_323_045_000_000_000
    (entry,) = read_vics_items(SHARED / "vics_2.0_hashset_synthetic.json", "the-units-own")
    assert isinstance(entry, Item) and entry.standing is not None
    assert [(each.scheme, each.category, each.person) for each in entry.standing.decisions] == [
        ("the-units-own", "1", "")
    ]


def _file(tmp_path: Path, context: str, *media: dict[str, Any], mark: bytes = b"") -> Path:
    path = tmp_path / "foreign.json"
    path.write_bytes(mark + orjson.dumps({"@odata.context": context, "value": list(media)}))
    return path


US, CUSTOM = (MODELS["2.0"].context(name, "Media") for name in ("US", "CUSTOM"))
MD5 = "ab" * 16


@pytest.mark.parametrize(
    ("category", "read"),
    [(1, "1"), ("2", "2"), (1.0, "1"), (None, None), ("", None), (5, None), (True, None), (0, "0"), ("no", None)],
)
def test_only_a_number_is_a_category_and_null_is_none(tmp_path: Path, category: Any, read: str | None) -> None:
    record = {"MediaID": 1, "Md5": MD5.upper(), "category": category, "IsPrecategorized": True}
    (item,) = read_vics_items(_file(tmp_path, US, record, mark=b"\xef\xbb\xbf"))
    assert isinstance(item, Item) and item.md5 == MD5 and item.sha256 == ""
    made = [(each.scheme, each.category) for each in item.standing.decisions] if item.standing else []
    assert made == ([("vics-us", read)] if read is not None else [])


def test_numbers_of_a_scheme_that_nobody_names_are_no_decision(tmp_path: Path) -> None:
    path = _file(
        tmp_path, CUSTOM, {"MediaID": 1, "MD5": MD5, "Category": 1}, {"MediaID": 2, "MD5": "no hash"}, {"MediaID": 3}
    )
    assert list(read_vics_items(path)) == [
        Rejected(1, NO_SCHEME), Rejected(2, "the md5 is not 32 hex digits"), Rejected(3, "no usable hash in the media record"),
    ]  # fmt: skip
    first = next(iter(read_vics_items(path, "ours")))
    assert isinstance(first, Item) and first.standing is not None and first.standing.decisions[0].scheme == "ours"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2026-01-02T03:04:05Z", 1_767_323_045), ("2026-01-01T22:04:05-05:00", 1_767_323_045), ("/Date(1767323045000)/", 1_767_323_045),
     ("1/2/2026 3:04:05 AM", None), ("", None), (None, None), ("2026-13-01T00:00:00Z", None)],
)  # fmt: skip
def test_only_times_that_say_which_moment_they_mean_are_read(tmp_path: Path, text: Any, seconds: int | None) -> None:
    record = {"MediaID": 1, "MD5": MD5, "MediaFiles": [{"MD5": MD5, "FilePath": "a.png", "Written": text}]}
    (item,) = read_vics_items(_file(tmp_path, US, record))
    assert isinstance(item, Item)
    assert item.places[0].modified_ns == (None if seconds is None else seconds * 1_000_000_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**70) | st.floats() | st.text(max_size=9) | st.just(MD5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["MD5", "AlternativeHashes", "HashName", "HashValue", "MediaMetadata", "PropertyName", "PropertyValue", "MediaFiles",
                         "FilePath", "Category", "Comments"]) | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "kind",
        "file",
        "decision",
        "match",
        "origin.opinion",
        "pdq",
        "reader",
        "near_duplicate_of",
        "finding",
        "category.code",
    ]
)


@given(
    record=JSON,
    facts=st.lists(
        st.tuples(NAMES, st.text(max_size=12) | st.sampled_from(["{}", "[]", "[1,2,3]", '{"file":0}', "1"])), max_size=3
    ),
)
def test_any_record_is_an_item_or_a_reason(record: Any, facts: list[tuple[str, str]]) -> None:
    fields = record if isinstance(record, dict) else {}
    pairs = [{"PropertyName": f"Safelight.{name}", "PropertyValue": value} for name, value in facts]
    for each in (record, {**fields, "MD5": MD5, "MediaMetadata": pairs}):
        try:
            item = item_of(each, "")
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            continue
        assert item.sha256 or item.sha1 or item.md5


@given(item=items(), text=st.text(st.characters(categories=("Cs", "Cc", "Cf", "Lo")), max_size=8))
def test_text_that_no_case_would_store_breaks_no_format(item: Item, text: str) -> None:
    said = OriginOpinion(
        opinion=Opinion.EDITED, log10_lr=1.0, strength=Strength.WEAK, generator=text, prompt=text, limits=(text,)
    )
    made = Decision(sha256=item.sha256, person="Ada", scheme=text, category=text, label=text, note=text)
    odd = replace(item, opinion=said, standing=Standing(item.sha256, (made,)))
    for model in MODELS.values():
        for record in (case_media(model, 1, passed(odd), text), set_media(model, 1, passed(odd), text)):
            assert faults_of_media(orjson.loads(dumps(record)), model) == []
    lines = table_lines(odd)
    assert lines.count(b"\n") == max(1, len(odd.places)) and lines.decode("utf-8")
    assert orjson.loads(canonical(item_record(odd)))["sha256"] == item.sha256
