"""Project VIC JSON 1.3 and 2.0 in both shapes, with the quirks of real exports."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import MD5, PDQ, SHA1, SHA256, md5, read, vics

from safelight.errors import HashSetError
from safelight.hashsets.entry import Entry
from safelight.hashsets.vics import looks_like_vics
from safelight.model import MatchHow

both = pytest.mark.parametrize(("shape", "version"), [(a, b) for a in ("set", "case") for b in ("1.3", "2.0")])


@pytest.mark.shared
@pytest.mark.parametrize("name", ["vics_1.3_case", "vics_2.0_case", "vics_2.0_hashset"])
def test_the_samples_of_the_field(tmp_path: Path, shared: Path, name: str) -> None:
    content = (shared / "field" / "vics" / f"{name}_synthetic.json").read_bytes()
    entries, rejected, report = read(tmp_path, content)
    assert report.form == "Project VIC JSON" and not rejected
    if name.endswith("case"):
        assert [(item.how, item.hash[:8], item.label, item.bank) for item in entries] == [
            (MatchHow.MD5, "7c5871b2", "", "origin:likely-generated"),
            (MatchHow.SHA1, "5f16c69e", "", "origin:likely-generated"),
            (MatchHow.SHA256, "da97c635", "", "origin:likely-generated"),
            (MatchHow.PDQ, "abababab", "", "origin:likely-generated"),
        ]
    else:
        assert {(item.how, item.label, item.bank) for item in entries} == {
            (MatchHow.MD5, "category 1", "SYNTHETIC-SERIES"),
            (MatchHow.SHA1, "category 1", "SYNTHETIC-SERIES"),
        }
    for other in (codecs.BOM_UTF8 + content, content.decode().encode("utf-16"), content.replace(b"\n", b"\r\n")):
        assert read(tmp_path, other)[0] == entries


@both
def test_one_record_with_everything(tmp_path: Path, shape: str, version: str) -> None:
    record = {
        "MediaID": 1, "Category": 2, "MD5": MD5.upper(), "SHA1": SHA1.upper(), "PhotoDNA": "AAAA", "Series": "hills", "Tags": "x",
        "MediaSize": 25, "IsPrecategorized": "true", "DateUpdated": "/Date(1400000000000)/",
        "AlternativeHashes": [
            {"MD5": MD5, "HashName": "SHA-256", "HashValue": SHA256}, {"HashName": "PDQ", "HashValue": PDQ},
            {"HashName": "F1", "HashValue": "00"}, {"HashName": None, "HashValue": "00"}, "rubbish",
        ],
        "MediaFiles": [{"MD5": MD5, "FileName": "a.jpg", "ParentMD5": md5("parent")}, {"MD5": MD5.upper(), "FileName": "b.jpg"}],
    }  # fmt: skip
    entries, rejected, report = read(tmp_path, vics([record], shape, version))
    assert entries == [
        Entry(MatchHow.MD5, MD5, "hills", "category 2"),
        Entry(MatchHow.SHA1, SHA1, "hills", "category 2"),
        Entry(MatchHow.SHA256, SHA256, "hills", "category 2"),
        Entry(MatchHow.PDQ, PDQ, "hills", "category 2"),
    ]
    assert not rejected
    assert report.unused == {"F1 hashes": 1, "unnamed hashes": 1, "PhotoDNA hashes": 1}


@both
def test_only_category_is_a_verdict(tmp_path: Path, shape: str, version: str) -> None:
    said: list[Any] = [1, "1", 1.0, " 1 ", 0, None, "", True, {"Category": 1}, [1], "absent", "CG"]
    records = [{"MD5": md5(number), "Category": value, "IsPrecategorized": True} for number, value in enumerate(said)]
    del records[10]["Category"]
    entries, _, _ = read(tmp_path, vics(records, shape, version))
    assert [item.label for item in entries] == [*["category 1"] * 4, "category 0", *[""] * 6, "CG"]


@both
def test_records_with_quirks(tmp_path: Path, shape: str, version: str) -> None:
    records: list[object] = [
        {"MediaID": 1, "md5": MD5, "Tags": ["a", 1, " b "]},
        {"MediaID": 2, "MD5": None, "Sha1": SHA1, "SHA256": "", "MediaFiles": None, "AlternativeHashes": {}},
        {"MediaID": 3, "MD5": "", "MediaFiles": [{"MD5": md5(3)}]},
        {"MediaID": 4, "MD5": "short", "SHA1": SHA1},
        {"MediaID": 5},
        {"MediaID": 6, "MD5": 7},
        "rubbish",
        None,
        [MD5],
        {"MediaID": 10, "MD5": MD5},
    ]
    entries, rejected, _ = read(tmp_path, vics(records, shape, version))
    assert [(item.how, item.hash) for item in entries] == [
        (MatchHow.MD5, MD5), (MatchHow.SHA1, SHA1), (MatchHow.MD5, md5(3)), (MatchHow.SHA1, SHA1), (MatchHow.MD5, MD5),
    ]  # fmt: skip
    assert entries[0].bank == "a, b"
    assert [(item.row, item.why) for item in rejected] == [
        (4, "the md5 is not 32 hex digits"),
        (5, "no usable hash in the media record"),
        (6, "no usable hash in the media record"),
        (7, "the media record is not an object"),
        (8, "the media record is not an object"),
        (9, "the media record is not an object"),
    ]


def test_the_shape_is_told_by_what_is_there_and_not_by_the_header(tmp_path: Path) -> None:
    content = vics([{"MD5": MD5}], "case").replace("#Cases", "#Media")
    assert [item.hash for item in read(tmp_path, content)[0]] == [MD5]
    content = vics([{"MD5": MD5}], "set").replace("#Media", "#Cases")
    assert [item.hash for item in read(tmp_path, content)[0]] == [MD5]
    # The first case holds no media; the others do.
    cases = [{"CaseID": "1"}, {"CaseID": "2", "Media": []}, {"CaseID": "3", "Media": [{"MD5": MD5}, {"MD5": md5(1)}]}]
    assert [item.hash for item in read(tmp_path, vics(cases, "set"))[0]] == [MD5, md5(1)]
    # A case may have any amount of its own before its media.
    case = {"CaseMetadata": [{"PropertyName": "MD5", "PropertyValue": md5(2)}] * 500, "Media": [{"MD5": MD5}]}
    assert [item.hash for item in read(tmp_path, vics([case], "set"))[0]] == [MD5]


@pytest.mark.parametrize("cut", [1, 2, 40, 5_000, 60_000])
def test_a_file_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    whole = vics([{"MD5": md5(number), "MediaID": number} for number in range(2_000)], "set")
    with pytest.raises(HashSetError, match="cut off") as raised:
        read(tmp_path, whole[:-cut])
    assert raised.value.kept == "Nothing was imported."


@pytest.mark.parametrize(
    "tail", ["]}x", '], "more": [1, 2', "]} {}", '], "Number": ' + "9" * 9_000 + "}", '], "a": "\xff"}']
)
def test_damage_behind_the_last_record_refuses_the_file(tmp_path: Path, tail: str) -> None:
    content = vics([{"MD5": MD5}], "set")[:-2].encode() + tail.encode("latin-1")
    with pytest.raises(HashSetError, match="JSON"):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("head", "is_vics"),
    [
        (b'{"odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"', True),
        (b' \r\n{"@odata.context":"http://github.com/VICSDATAMODEL/x"', True),
        (b'{"a": 1}', False),
        (b"[1]", False),
        (b"# from projectvic\n", False),
        (b'{"a": "' + b"x" * 9_000 + b'projectvic"', False),
    ],
)
def test_a_head_of_project_vic(head: bytes, is_vics: bool) -> None:
    assert looks_like_vics(head) is is_vics


def test_nesting_without_end_and_long_numbers_are_refused_or_passed_over(tmp_path: Path) -> None:
    head = vics([], "set")[:-2]
    deep = "[" * 200_000 + "]" * 200_000
    for value in (deep, "9" * 100_000, "1e999999999", "-0.0", '"\\ud800"', '"\\u0000\\u001b[2J"'):
        for record in ('{"MD5": "%s", "Category": %s}', '{"MD5": "%s", "Tags": %s}', '{"MD5": "%s", "MediaFiles": %s}'):
            try:
                entries, _, _ = read(tmp_path, f"{head}{record % (MD5, value)}]}}")
            except HashSetError as error:
                assert "JSON" in error.what
            else:
                assert [item.hash for item in entries] == [MD5]


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=70)
    | st.just(MD5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["MD5", "HashName", "HashValue", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELDS = [
    "MD5",
    "SHA1",
    "md5",
    "Category",
    "Series",
    "Tags",
    "PhotoDNA",
    "AlternativeHashes",
    "MediaFiles",
    "Media",
    "MediaID",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(st.dictionaries(st.sampled_from(_FIELDS), _values, max_size=6) | _values, max_size=4),
    shape=st.sampled_from(["set", "case"]),
)
def test_any_record_gives_entries_and_reasons(tmp_path: Path, records: list[object], shape: str) -> None:
    entries, _, _ = read(tmp_path, vics(records, shape))
    assert all(len(bytes.fromhex(item.hash)) in {16, 20, 32} for item in entries)


def test_the_samples_of_these_tests_are_json() -> None:
    for shape in ("set", "case"):
        assert json.loads(vics([{"MD5": MD5}], shape))["value"]
