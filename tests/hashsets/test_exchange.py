"""Lists as hash exchanges give them, and what they take back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import PDQ, imported, matches, md5, media, pdq, read

from safelight.errors import HashSetError
from safelight.hashsets import HashSetStore
from safelight.hashsets.entry import Entry, Removed

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'


def _entry(
    number: str, prints: dict[str, str], *, member: int = 42, time: str = "2026-01-01T00:00:00Z", more: str = ""
) -> str:
    hashes = "".join(f"<{name}>{value}</{name}>" for name, value in prints.items())
    return (
        f'<image><member id="{member}">Example</member><timestamp>{time}</timestamp><id>{number}</id>'
        f"<fingerprints>{hashes}</fingerprints>{more}</image>"
    )


def _deleted(number: str, *, member: int = 42, time: str = "2026-02-01T00:00:00Z") -> str:
    return f'<deletedImage><member id="{member}">Example</member><id>{number}</id><timestamp>{time}</timestamp></deletedImage>'


def _answer(*entries: str) -> str:
    return f'{_HEAD}<images count="{len(entries)}" maxTimestamp="2026-02-01T00:00:00Z">{"".join(entries)}</images></queryResult>'


def _hits(folder: Path, *words: object) -> set[object]:
    asked = {f"{number:064x}": word for number, word in enumerate(words)}
    return {asked[m.sha256] for m in matches(folder, [(sha, "1" * 40, md5(word), None) for sha, word in asked.items()])}


def test_the_example_of_ncmec(tmp_path: Path, shared: Path) -> None:
    content = (shared / "field/hash-sharing/ncmec_hashsharing_v2_entries_example.xml").read_bytes()
    entries, rejected, report = read(tmp_path, content)
    assert report.form == "NCMEC hash sharing, XML" and not rejected
    assert [(item.how, item.hash[:2], item.bank, item.label) for item in entries] == [
        ("md5", "a1", "Example Member", "A1"),
        ("sha1", "a1", "Example Member", "A1; disputed by 1 members of the exchange"),
        ("md5", "b1", "Example Member", ""),
        ("sha1", "b1", "Example Member", ""),
    ]
    assert report.unused == {"pdna hashes": 1}
    for cut in range(len(content) - 400, len(content) - 20, 37):
        with pytest.raises(HashSetError, match="cut off"):
            imported(tmp_path, content[:cut])
    with HashSetStore(tmp_path / "store") as store:
        assert store.sets() == []


def test_what_is_taken_back_matches_no_more_and_what_is_given_again_does(tmp_path: Path) -> None:
    imported(
        tmp_path,
        _answer(_entry("1", {"md5": md5(1)}), _entry("2", {"md5": md5(2)}), _entry("3", {"md5": md5(2)}, member=7)),
    )
    assert _hits(tmp_path, 1, 2) == {1, 2}
    report = imported(tmp_path, _answer(_deleted("1"), _deleted("2")))
    # The second stands under another member's number too.
    assert report.retired == 1 and _hits(tmp_path, 1, 2) == {2}
    assert imported(tmp_path, _answer(_deleted("3", member=7))).retired == 1
    assert _hits(tmp_path, 1, 2) == set()
    imported(tmp_path, _answer(_entry("9", {"md5": md5(1)}, time="2026-03-01T00:00:00Z")))
    assert _hits(tmp_path, 1, 2) == {1}
    # What the unit withdrew stays withdrawn, whatever the source gives.
    with HashSetStore(tmp_path / "store") as store:
        store.withdraw("unit", md5(1))
    assert imported(tmp_path, _answer(_entry("10", {"md5": md5(1)}))).withdrawn == 1
    assert _hits(tmp_path, 1) == set()


def test_what_the_unit_withdraws_after_its_source_took_it_back_stays_withdrawn(tmp_path: Path) -> None:
    imported(tmp_path, _answer(_entry("1", {"md5": md5(1)})))
    imported(tmp_path, _answer(_deleted("1")))
    with HashSetStore(tmp_path / "store") as store:
        assert store.withdraw("unit", md5(1)) == 1
    assert imported(tmp_path, _answer(_entry("2", {"md5": md5(1)}))).withdrawn == 1
    assert _hits(tmp_path, 1) == set()


def test_an_entry_that_is_changed_loses_its_former_hashes(tmp_path: Path) -> None:
    imported(tmp_path, _answer(_entry("1", {"md5": md5(1), "pdq": PDQ})))
    assert imported(tmp_path, _answer(_entry("1", {"md5": md5(2), "pdq": PDQ}))).retired == 1
    assert _hits(tmp_path, 1, 2) == {2}
    assert len(matches(tmp_path, [media(pdq=pdq())])) == 1


def test_given_and_taken_back_in_one_file(tmp_path: Path) -> None:
    """Entries come in no order: of an entry and its removal the later one counts."""
    early, late = "2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z"
    imported(tmp_path, _answer(
        _deleted("1", time=late), _entry("1", {"md5": md5(1)}, time=early), _deleted("2", time=early), _entry("2", {"md5": md5(2)}, time=late),
    ))  # fmt: skip
    assert _hits(tmp_path, 1, 2) == {2}


def test_hostile_xml_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;">]>'
    for content in (
        _answer(_entry("1", {"md5": md5(1)})).replace("<queryResult", f"{bomb}<queryResult", 1),
        _HEAD + "<images>" + "<x>" * 2_000_000,
        _HEAD + "<images><image>" + " " * 9_000_000,
        "<html><body>hashes</body></html>",
    ):
        with pytest.raises(HashSetError, match=r"kind that is not read|nests without end|no entry ends|not of NCMEC"):
            imported(tmp_path, content)


def _update(number: int, indicator: str, kind: str = "HASH_MD5", **more: Any) -> dict[str, Any]:
    return {"id": str(number), "indicator": indicator, "type": kind, "last_updated": 1, "should_delete": False, **more}


def test_threat_updates(tmp_path: Path) -> None:
    tags = {"data": [{"tags": ["hills", "dunes"], "status": "MALICIOUS"}, {"status": "UNKNOWN"}]}
    records = [
        _update(1, md5(1), descriptors=tags),
        _update(2, PDQ.upper(), "HASH_PDQ"),
        _update(3, "https://x", "URI"),
        _update(4, "zz"),
    ]
    entries, rejected, report = read(tmp_path, json.dumps({"data": records, "paging": {}}))
    assert [(item.how, item.hash, item.label) for item in entries] == [
        ("md5", md5(1), "MALICIOUS, UNKNOWN, dunes, hills"),
        ("pdq", PDQ, ""),
    ]
    assert [item.why for item in rejected] == ["no usable hash in the record", "the md5 is not 32 hex digits"]
    assert report.unused == {"URI hashes": 1}
    imported(tmp_path, json.dumps({"data": records}))
    imported(tmp_path, json.dumps([_update(1, "", should_delete=True), _update(5, md5(5))]))
    assert _hits(tmp_path, 1, 5) == {5}


def test_stopncii(tmp_path: Path) -> None:
    def record(value: str, status: str, kind: str = "ImagePDQ") -> dict[str, Any]:
        return {
            "lastModtimestamp": 5,
            "signalType": kind,
            "hashValue": value,
            "hashStatus": status,
            "caseNumbers": {"1": status},
        }

    answer = {
        "count": 3,
        "nextPageToken": None,
        "hashRecords": [record(PDQ, "Active"), record(md5(1), "Received", "VideoMD5"), record("x", "Active", "Text")],
    }
    report = imported(tmp_path, json.dumps(answer))
    assert report.accepted == {"md5": 1, "pdq": 1} and report.rejected == {"no usable hash in the record": 1}
    assert [m.label for m in matches(tmp_path, [media(pdq=pdq())])] == ["Active"]
    assert imported(tmp_path, json.dumps({"hashRecords": [record(PDQ, "Withdrawn")]})).retired == 1
    assert matches(tmp_path, [media(pdq=pdq())]) == []


def test_ncmec_as_threatexchange_keeps_it(tmp_path: Path) -> None:
    kept = {
        "updates": [
            {
                "id": "1",
                "member_id": 42,
                "entry_type": "image",
                "deleted": False,
                "classification": "A1",
                "fingerprints": {"md5": md5(1), "pdna": "x"},
            },
            {
                "id": "2",
                "member_id": 42,
                "entry_type": "image",
                "deleted": True,
                "classification": None,
                "fingerprints": {},
            },
        ]
    }
    report = imported(tmp_path, json.dumps(kept))
    assert (
        report.form == "hash exchange, JSON" and report.accepted == {"md5": 1} and report.unused == {"pdna hashes": 1}
    )
    assert _hits(tmp_path, 1) == {1}


def test_the_csv_of_threatexchange(tmp_path: Path) -> None:
    text = f"signal_type,signal_str,collab,category,tags\npdq,{PDQ},Sample,POSITIVE_CLASS,a b\nvideo_md5,{md5(1)},Sample,WORTH_INVESTIGATING,\n"
    entries, rejected, _ = read(tmp_path, text + "raw_text,some words,Sample,POSITIVE_CLASS,\n")
    assert [(item.how, item.bank, item.label) for item in entries] == [
        ("pdq", "Sample", "POSITIVE_CLASS"),
        ("md5", "Sample", "WORTH_INVESTIGATING"),
    ]
    assert len(rejected) == 1


_words = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from([md5(1), PDQ, "HASH_MD5", "ImagePDQ"])
)
_names = st.sampled_from(
    [
        "id",
        "indicator",
        "type",
        "signalType",
        "hashValue",
        "hashStatus",
        "fingerprints",
        "should_delete",
        "deleted",
        "md5",
        "descriptors",
        "data",
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        _words,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_names, inner, max_size=5)),
        max_leaves=12,
    )
)
def test_any_json_gives_entries_or_a_clear_error(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        entries, _, report = read(folder, json.dumps(content))
    except HashSetError as error:
        assert error.advice
    else:
        assert all(isinstance(item, (Entry, Removed)) for item in entries) and report.file_sha256
