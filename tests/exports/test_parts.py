"""Submissions: one file for each kind of origin, counted before they are written, and nothing among what it is not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import ijson
import orjson
import pytest
from tests.case.records import begin, decision, digest, matches, opinion, place, record

from safelight.case.case import Case
from safelight.case.verify import verify
from safelight.errors import OutputError
from safelight.exports.exporting import Request, export_case
from safelight.exports.gate import Gate
from safelight.exports.hashset import HashSetFormat
from safelight.exports.items import Item
from safelight.exports.parts import by_origin, unburied_by_origin
from safelight.exports.verifying import verify_export
from safelight.exports.vics.case_form import CaseForm13, CaseForm20
from safelight.exports.vics.reading import read_vics_items
from safelight.exports.withdrawn import withdrawn_since
from safelight.hashsets.store import HashSetStore
from safelight.model import Match, MatchHow, Opinion

NAMES = (
    b"\xff\n.png",
    "\U0001f3d4.png".encode(),
    b"=1+1.png",
    "boat\u202egnp.exe".encode(),
    b"n/" * 2_000 + b"x",
    b"\xed\xa0\x80",
)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Twelve contents of four origins; 0 to 5 decided by Project VIC's scheme, 6 and 7 by another, 8 by two who disagree."""
    with Case.create_or_open(tmp_path / "case", actor="Ada") as opened:
        run = begin(opened)
        words = (Opinion.CAPTURED, Opinion.GENERATED, Opinion.UNDETERMINED, Opinion.AI_EDITED)
        opened.record(run, [
            record(number, opinion=replace(opinion(number), opinion=words[number % 4]),
                   media_file=place(number, name=NAMES[number] if number < len(NAMES) else None))
            for number in range(12)
        ])  # fmt: skip
        opened.record(run, [record(0, media_file=place(50), examination=None, opinion=None)])
        opened.add_matches(run, matches(range(3)), state={"sets": []})
        opened.decide([decision(number, scheme="vics-us", category=str(number % 3)) for number in range(6)])
        opened.decide([decision(6), decision(7, category="=yes")])
        opened.decide([decision(8, scheme="vics-us", category="1")])
        opened.decide([decision(8, scheme="vics-us", category="2", person="Grace")])
    return tmp_path / "case"


def export(case: Path, form: Any, output: Path, variant: str = "", **gate: Any) -> list[Path]:
    with Case.open(case) as opened:
        return list(export_case(opened, form, output, Request(gate=Gate(**gate), variant=variant), logged=False).paths)


def test_each_kind_of_origin_has_its_file_and_every_item_is_in_one(case: Path, tmp_path: Path) -> None:
    for form in (CaseForm20, CaseForm13):
        paths = export(case, form, tmp_path / f"{form.name}.json", undecided=True)
        assert [path.name for path in paths] == [
            *(f"{form.name}.{word}.json" for word in ("ai-edited", "captured", "generated", "undetermined")), f"{form.name}.json.manifest.json",
        ]  # fmt: skip
        assert all(not verify_export(path).breaks and verify_export(path).files == 4 for path in paths)
        seen: list[str] = []
        for path in paths[:-1]:
            items = list(read_vics_items(path))
            assert all(isinstance(item, Item) for item in items)
            seen += [item.sha256 for item in items if isinstance(item, Item)]
            head = orjson.loads(path.read_bytes())["value"][0]
            assert head["TotalMediaFiles"] == sum(len(media["MediaFiles"]) for media in head["Media"])
            names = {
                b"/".join(where.location.parts) for item in items if isinstance(item, Item) for where in item.places
            }
            assert names
        assert sorted(seen) == sorted(digest(number) for number in range(12))


def test_only_what_people_settled_goes_out_and_only_by_the_scheme_of_the_header(case: Path, tmp_path: Path) -> None:
    gate = Gate()
    with Case.open(case) as opened:
        paths = export_case(opened, CaseForm20, tmp_path / "us.json", Request(gate=gate), logged=False).paths
    found = {
        media["MD5"]: media for path in paths[:-1] for media in orjson.loads(path.read_bytes())["value"][0]["Media"]
    }
    assert len(found) == 8
    by_sha256 = {media["AlternativeHashes"][0]["HashValue"]: media for media in found.values()}
    assert [by_sha256[digest(number)]["Category"] for number in range(8)] == [0, 1, 2, 0, 1, 2, None, None]
    for name in ("VictimIdentified", "OffenderIdentified", "IsDistributed", "SelfGenerated", "IsSuspected", "PhotoDNA"):
        assert {media[name] for media in found.values()} == {None}
    assert by_sha256[digest(6)]["Tags"].split("; ")[1] == "category:yes-no:no"
    assert "match:harbours:" in by_sha256[digest(2)]["Tags"]
    counts = {each.reason[:20]: each.count for each in gate.left_out}
    assert counts == {"nobody has decided i": 3, "the category of an i": 2, "people disagree, or ": 1}
    manifest = orjson.loads(paths[-1].read_bytes())
    assert sum(each["count"] for each in manifest["left_out"]) == 6


@pytest.mark.parametrize(
    ("variant", "scheme", "numbers"),
    [
        ("UK", "", set()),
        ("CUSTOM", "", set()),
        ("CUSTOM", "vics-us", {0, 1, 2}),
        ("Default", "vics-us", {0, 1, 2}),
        ("US", "yes-no", set()),
    ],
)
def test_the_header_says_which_numbers_may_stand(
    case: Path, tmp_path: Path, variant: str, scheme: str, numbers: set[int]
) -> None:
    for path in export(case, CaseForm20, tmp_path / "x.json", variant, scheme=scheme)[:-1]:
        content = path.read_bytes()
        key, context = next((prefix, value) for prefix, kind, value in ijson.parse(content) if kind == "string")
        assert content.startswith(b'{"@odata.context":"http://github.com/VICSDATAMODEL/') and key == "@odata.context"
        assert context == f"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/{variant}/$metadata#Cases"
        media = orjson.loads(content)["value"][0]["Media"]
        assert {each["Category"] for each in media} - {None} <= numbers
        assert numbers or {each["Category"] for each in media} == {None}


@pytest.mark.parametrize("variant", HashSetFormat.variants)
def test_a_hash_set_names_no_place_person_or_note_and_can_be_imported(case: Path, tmp_path: Path, variant: str) -> None:
    paths = export(case, HashSetFormat, tmp_path / "set", variant)
    assert len(paths) > 1
    store = HashSetStore(tmp_path / "store")
    for path in paths[:-1]:
        content = path.read_bytes()
        assert not re.search(rb"reviewer|Note|evidence|lighthouse|\.png", content), path.name
        kind = "sha256" if variant == "text" else None
        report = store.import_file(path, name="back", kind=kind)
        assert report.rejected == {} and sum(report.accepted.values()) > 0
    (info,) = store.sets()
    kinds = {"text": {"sha256": 8}, "sha1": {"sha1": 8}, "md5": {"md5": 8}}
    assert info.counts == kinds.get(variant, {"md5": 8, "sha1": 8, "sha256": 8, "pdq": 8})
    if variant in kinds:
        assert {path.name for path in paths[:-1]} >= {"set.captured.vics-us.0", "set.ai-edited.yes-no.%3Dyes"}
    store.close()


def test_a_project_vic_hash_set_has_the_head_that_importers_want(case: Path, tmp_path: Path) -> None:
    heads = {
        "vics-2.0": b'{"@odata.context":"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media","value":[',
        "vics-1.3": b'{"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media","value":[',
    }
    for variant, head in heads.items():
        for path in export(case, HashSetFormat, tmp_path / variant, variant, scheme="vics-us")[:-1]:
            assert path.read_bytes().startswith(head)
            assert all(media["Category"] is not None for media in orjson.loads(path.read_bytes())["value"])


def test_hashes_that_were_withdrawn_are_not_given_out_again(case: Path, tmp_path: Path) -> None:
    list_file = tmp_path / "list.txt"
    list_file.write_text("\n".join(digest(number) for number in range(3)) + "\n")
    with HashSetStore(tmp_path / "store") as store:
        store.import_file(list_file, name="harbours", kind=MatchHow.SHA256)
        store.withdraw("harbours", digest(1))
    gate = Gate(withdrawn=withdrawn_since(tmp_path / "store"))
    with Case.open(case) as opened:
        paths = export_case(opened, HashSetFormat, tmp_path / "set.csv", Request(gate=gate), logged=False).paths
    written = b"".join(path.read_bytes() for path in paths[:-1])
    assert digest(1).encode() not in written and digest(0).encode() in written and digest(2).encode() in written
    assert {each.reason: each.count for each in gate.left_out}["its own hash was withdrawn from a list"] == 1


def test_a_near_match_with_a_withdrawn_entry_does_not_bury_the_content() -> None:
    from tests.exports.test_gate import item

    near: Match = replace(item(1).matches[0], how=MatchHow.PDQ)
    through = next(Gate(undecided=True, withdrawn=lambda _: True).passing([replace(item(1), matches=(near,))]))
    assert through.withdrawn == (near,) and through.item.matches == ()
    assert unburied_by_origin(through) == by_origin(through) == "generated"
    exact = replace(near, how=MatchHow.MD5)
    buried = replace(through, withdrawn=(exact,))
    assert unburied_by_origin(buried) == "" and by_origin(buried) == "generated"


def test_nothing_to_submit_is_an_error_with_its_reasons(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as opened:
        opened.record(begin(opened), [record(1)])
        for form in (CaseForm20, CaseForm13, HashSetFormat):
            with pytest.raises(OutputError, match="1: nobody has decided it") as error:
                export_case(opened, form, tmp_path / "x", Request())
            assert "safelight review" in error.value.advice
        assert verify(opened).breaks == ()
    assert not list(tmp_path.glob("x*"))


def test_a_part_of_an_older_export_is_not_left_among_the_new_ones(case: Path, tmp_path: Path) -> None:
    export(case, CaseForm20, tmp_path / "x.json")
    export(case, CaseForm20, tmp_path / "x.json")
    before = {path: path.read_bytes() for path in tmp_path.glob("x.*")}
    with pytest.raises(OutputError, match="older export"):
        export(case, CaseForm20, tmp_path / "x.json", origins=frozenset({Opinion.CAPTURED}))
    assert before == {path: path.read_bytes() for path in tmp_path.glob("x.*")}


@pytest.mark.parametrize("variant", ["text", "csv"])
def test_a_part_of_a_part_is_not_left_either(case: Path, tmp_path: Path, variant: str) -> None:
    export(case, HashSetFormat, tmp_path / "x.txt", "text")
    if variant == "text":
        export(case, HashSetFormat, tmp_path / "x.txt", "text")
    with pytest.raises(OutputError, match="older export"):
        export(case, HashSetFormat, tmp_path / "x.txt", variant, scheme="vics-us")


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"@odata.context"', b'"context"'), (b"2.0.xml/US", b"2.0.xml/us"), (b"#Cases", b"#Media"), (b'"TotalMediaFiles":', b'"TotalMediaFiles":1'),
     (b'"MediaID":2', b'"MediaID":3'), (b'"VictimIdentified":null', b'"VictimIdentified":"no"'), (b'"Category":0', b'"Category":"0"'),
     (b'"SHA1"', b'"Sha1"'), (b'"IsSuspected":null,', b'"IsSuspected":null,"AIGenerated":true,'), (b'"HashName":"SHA256"', b'"HashName":null'),
     (b'"Deleted":null', b'"Deleted":0'), (b'"CaseNumber":null,', b""), (b"}]}", b"}]"), (b'"FileName"', b'"Name"')],
)  # fmt: skip
def test_the_check_finds_what_is_not_project_vic(case: Path, tmp_path: Path, old: bytes, new: bytes) -> None:
    path = next(
        path for path in export(case, CaseForm20, tmp_path / "x.json", undecided=True) if "captured" in path.name
    )
    CaseForm20.check(path, path)
    content = path.read_bytes()
    assert old in content
    at = content.rindex(old) if old == b"}]}" else content.index(old)
    path.write_bytes(content[:at] + new + content[at + len(old) :])
    with pytest.raises(OutputError, match=r"Project VIC 2\.0"):
        CaseForm20.check(path, path)
