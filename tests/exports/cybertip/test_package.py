"""A CyberTipline package is in the enforced order, asserts nothing that no person did, and is refused when it is broken."""

from __future__ import annotations

import gc
import hashlib
import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pytest
from defusedxml import ElementTree as Defused
from hypothesis import given, settings
from tests.case.records import begin, decision, digest, record
from tests.exports.odd import ITEMS, every_kind, item, passed

from safelight.case.case import Case
from safelight.case.reviewing import Exposure, RevealStep
from safelight.errors import OutputError
from safelight.exports.cybertip import schema
from safelight.exports.cybertip.checking import check_checklist, check_details, check_report, faults
from safelight.exports.cybertip.file_details import file_details, to_bytes
from safelight.exports.cybertip.package import CyberTip
from safelight.exports.exporting import Request, export_case
from safelight.exports.gate import Gate
from safelight.exports.manifest import MOST_NAMED
from safelight.exports.verifying import verify_export
from safelight.model import Opinion


@pytest.fixture(scope="module")
def case_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return every_kind(tmp_path_factory.mktemp("cybertip") / "case")


@pytest.fixture(scope="module")
def package(case_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "out"
    with Case.open(case_directory) as case:
        export_case(case, CyberTip, folder, Request(), logged=False)
    return folder


def details(package: Path) -> Iterator[tuple[str, ET.Element]]:
    for path in sorted(package.glob("fileDetails.*.xml")):
        root = Defused.parse(path, forbid_dtd=True).getroot()
        yield next(each.text for each in root.iter("originalFileHash") if each.get("hashType") == "SHA256"), root


def test_only_what_people_settled_is_in_it_and_the_rest_is_told(package: Path) -> None:
    found = dict(details(package))
    assert set(found) == {digest(number) for number in (0, 1, 2, 3, 4, 7, 8)}
    words = (package / "CHECKLIST.txt").read_text()
    assert "(nobody has decided it)" in words and "(another person was asked to look)" in words
    assert all(path.name in words for path in package.glob("fileDetails.*.xml"))
    assert "sent nothing" in words and "A PERSON FLAGGED A POSSIBLE REAL CHILD AT RISK" in words


def test_generative_ai_is_a_persons_word_only(package: Path) -> None:
    said = {sha256 for sha256, root in details(package) if root.find("fileAnnotations/generativeAi") is not None}
    # 3: people contradict each other; 2: edited; 4 and others: only the software thinks so.
    assert said == {digest(0)}
    software = item(decisions=(decision(1),))
    assert software.opinion is not None and software.opinion.opinion is Opinion.GENERATED
    root = file_details(passed(software))
    assert root.find("fileAnnotations") is None and "Automated opinion on origin, not verified" in str(
        root.findtext("additionalInfo")
    )


def test_what_was_viewed_is_what_the_ledger_says(package: Path) -> None:
    found = dict(details(package))
    viewed = {sha256 for sha256, root in found.items() if root.findtext("fileViewedByEsp") == "true"}
    texts = {sha256 for sha256, root in found.items() if root.findtext("exifViewedByEsp") == "true"}
    # 7 was shown in full too, but is a film: no whole of it was viewed.
    assert viewed == {digest(0)} and texts == {digest(1)}
    assert all(root.findtext("fileViewedByEsp") in {"true", "false"} for root in found.values())


def test_what_prompts_of_a_run_share_is_the_text_of_no_file() -> None:
    shown_of_run = Exposure(sha256=digest(1), person="one", step=RevealStep.TEXT, details={"generation_run": 3})
    shown_of_file = Exposure(sha256=digest(1), person="one", step=RevealStep.TEXT)
    viewed = [
        file_details(passed(replace(item(), exposures=one))).findtext("exifViewedByEsp")
        for one in ((), (shown_of_run,), (shown_of_run, shown_of_file))
    ]
    assert viewed == ["false", "false", "true"]


def test_no_name_of_a_reviewer_no_note_and_no_prompt_goes_out(package: Path) -> None:
    for path in package.iterdir():
        text = path.read_text()
        assert not any(word in text for word in ("reviewer one", "reviewer two", "Note ", "lighthouse", "Examiner"))


def test_the_report_stays_unsendable_until_a_person_completed_it(package: Path) -> None:
    root = Defused.parse(package / "report.xml").getroot()
    kind = str(root.findtext("incidentSummary/incidentType"))
    assert kind.startswith(schema.PLACEHOLDER) and kind not in schema.INCIDENT_TYPES
    assert all(
        str(each.text).startswith(schema.PLACEHOLDER)
        for each in root.iter()
        if each.tag in {"incidentDateTime", "firstName", "lastName", "email"}
    )


@given(ITEMS)
@settings(max_examples=150, deadline=None)
def test_any_name_and_any_text_makes_valid_xml(one: object) -> None:
    data = to_bytes(file_details(passed(one)))  # type: ignore[arg-type]
    root = Defused.fromstring(data, forbid_dtd=True)
    assert list(faults(root)) == []
    assert b"\x00" not in data and "\u202e" not in data.decode()


def test_escapes_are_said() -> None:
    plain, odd = (
        file_details(passed(item(names=(name,), decisions=(decision(1),)))) for name in (b"plain.png", b"a\x01b.png")
    )
    assert odd.findtext("originalFileName") == "a\\x01b.png" and "backslash escapes" in str(
        odd.findtext("additionalInfo")
    )
    assert "backslash" not in str(plain.findtext("additionalInfo"))


def test_a_long_name_is_cut_and_it_is_said() -> None:
    root = file_details(passed(item(names=(b"n" * 5000,), decisions=(decision(1),))))
    assert len(str(root.findtext("originalFileName"))) == schema.LENGTHS["originalFileName"]
    assert "was cut" in str(root.findtext("additionalInfo")) and list(faults(root)) == []


def test_an_exposure_of_a_part_is_no_viewing() -> None:
    from dataclasses import replace

    part = replace(
        item(decisions=(decision(1),)), exposures=(Exposure(sha256=digest(1), person="x", step=RevealStep.REGION),)
    )
    assert file_details(passed(part)).findtext("fileViewedByEsp") == "false"


BROKEN = {
    "out of order": lambda root: root.insert(0, root[-1]),
    "unknown element": lambda root: ET.SubElement(root, "aiGenerated"),
    "twice": lambda root: root.insert(0, root[0]),
    "no report number": lambda root: root.remove(root.find("reportId")),
    "no file number": lambda root: root.remove(root.find("fileId")),
    "a viewing that is no yes or no": lambda root: setattr(root.find("fileViewedByEsp"), "text", "maybe"),
    "unknown annotation": lambda root: ET.SubElement(root.find("fileAnnotations"), "syntheticMedia"),
    "annotation with text": lambda root: setattr(root.find("fileAnnotations")[0], "text", "yes"),
    "hash of another length": lambda root: setattr(root.find("originalFileHash"), "text", "abc"),
    "name too long": lambda root: setattr(root.find("originalFileName"), "text", "n" * 2057),
    "unknown relevance": lambda root: setattr(root.find("fileRelevance"), "text", "Interesting"),
    "pair of no type": lambda root: root.find("details/nameValuePair").attrib.clear(),
    "no schema": lambda root: root.attrib.clear(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused(name: str, package: Path, tmp_path: Path) -> None:
    path = next(package.glob(f"fileDetails.*.{digest(0)}.xml"))
    check_details(path, path)
    root = Defused.parse(path).getroot()
    BROKEN[name](root)
    (tmp_path / "broken").write_bytes(to_bytes(root))
    with pytest.raises(OutputError):
        check_details(path, tmp_path / "broken")


def test_a_supplemental_file_may_not_be_classified(package: Path) -> None:
    root = Defused.parse(next(package.glob(f"fileDetails.*.{digest(0)}.xml"))).getroot()
    root.find("fileRelevance").text = schema.SUPPLEMENTAL
    assert not list(faults(root))
    ET.SubElement(root.find("fileAnnotations"), "potentialMeme")
    assert list(faults(root)) == ["what is supplemental carries a classification or potentialMeme"]


def test_doctypes_cut_files_and_other_items_are_refused(package: Path, tmp_path: Path) -> None:
    path = next(package.glob(f"fileDetails.*.{digest(0)}.xml"))
    other = next(package.glob(f"fileDetails.*.{digest(1)}.xml"))
    whole = path.read_bytes()
    head, rest = whole.split(b"\n", 1)
    for content in (head + b'\n<!DOCTYPE x [<!ENTITY a "b">]>\n' + rest, whole[:-40], other.read_bytes(), b"\xff"):
        (tmp_path / "broken").write_bytes(content)
        with pytest.raises(OutputError):
            check_details(path, tmp_path / "broken")
    report = (package / "report.xml").read_bytes()
    for content in (
        report.replace(b"incidentDateTime>", b"incidentTime>"),
        whole,
        report.replace(b"TO BE FILLED", b"to be filled"),
    ):
        (tmp_path / "broken").write_bytes(content)
        with pytest.raises(OutputError):
            check_report(package / "report.xml", tmp_path / "broken")
    for content in (b"", b"nothing to tick\n", b"[ ] cut", b"[ ] \xff\n"):
        (tmp_path / "broken").write_bytes(content)
        with pytest.raises(OutputError):
            check_checklist(package / "CHECKLIST.txt", tmp_path / "broken")


def test_it_does_not_mix_two_packages_and_does_not_go_into_the_case(case_directory: Path, tmp_path: Path) -> None:
    with Case.open(case_directory) as case:
        export_case(case, CyberTip, tmp_path / "out", Request(), logged=False)
        before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        narrow = Request(gate=Gate(origins=frozenset({Opinion.GENERATED})))
        with pytest.raises(OutputError, match="older export"):
            export_case(case, CyberTip, tmp_path / "out", narrow, logged=False)
        with pytest.raises(OutputError, match="the case itself"):
            export_case(case, CyberTip, case_directory, Request(), logged=False)
        with pytest.raises(OutputError, match="nothing to report"):
            export_case(case, CyberTip, tmp_path / "none", Request(gate=Gate(votes=3)), logged=False)
        assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
        assert not (tmp_path / "none").exists()


def _many(directory: Path, count: int) -> Path:
    with Case.create_or_open(directory, actor="Ada") as case:
        case.record(begin(case), [record(number) for number in range(count)])
    return directory


def test_of_many_files_the_manifest_names_all_and_the_log_names_the_manifest(tmp_path: Path) -> None:
    count = MOST_NAMED + 20
    with Case.open(_many(tmp_path / "case", count), read_only=False) as case:
        done = export_case(case, CyberTip, tmp_path / "out", Request(gate=Gate(undecided=True)))
        event = case.last_event()
    # The report and the check list are files too.
    assert event is not None and done.more == 22 and len(done.paths) == MOST_NAMED + 1
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    named = {each["name"]: each["sha256"] for each in orjson.loads(manifest)["files"]}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "out").iterdir()}
    assert there == named | {"manifest.json": hashlib.sha256(manifest).hexdigest()} and len(named) == count + 2
    logged = orjson.loads(event.details)
    assert (
        logged["manifest"] == {"name": "manifest.json", "sha256": there["manifest.json"]} and logged["more_files"] == 22
    )
    assert [each["name"] for each in logged["files"]] == list(named)[:MOST_NAMED]
    last = tmp_path / "out" / list(named)[-2]
    assert verify_export(last).files == count + 2 and not verify_export(last).breaks
    last.write_bytes(last.read_bytes() + b" ")
    assert [each.where for each in verify_export(last).breaks] == [str(last)]


def test_memory_does_not_grow_with_the_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safelight.case import read as reading
    from safelight.exports import spool

    # Rows are fetched, and lines put down, in blocks of a fixed size, which a small case would not fill; and a disk is slow.
    monkeypatch.setattr(reading, "_STREAM", 50)
    monkeypatch.setattr(spool, "_BLOCK_BYTES", 4096)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    held: list[int] = []

    class Watched(CyberTip):
        @staticmethod
        def check(path: Path, written: Path) -> None:
            CyberTip.check(path, written)
            if path.name == "CHECKLIST.txt":
                # Everything is written and checked, and nothing has taken its place.
                gc.collect()
                held.append(sum(each.count for each in tracemalloc.take_snapshot().statistics("filename")))

    for count in (10, 120, 420):
        with Case.open(_many(tmp_path / str(count), count), read_only=False) as case:
            tracemalloc.start()
            try:
                export_case(case, Watched, tmp_path / f"out {count}", Request(gate=Gate(undecided=True)))
            finally:
                tracemalloc.stop()
    # Objects, since the table of names that Python itself keeps grows by leaps. The first case is there to load what is loaded once. When
    # paths and digests were kept, it was 23 objects an item.
    assert len(held) == 3 and held[2] - held[1] < 300, held


@pytest.mark.shared
def test_the_rules_are_those_of_the_facts(shared: Path) -> None:
    facts = orjson.loads((shared / "field" / "ncmec" / "ncmec_cybertipline_fields.json").read_bytes())
    for name in ("incidentSummary", "fileDetails"):
        assert list(schema.SEQUENCES[name]) == facts["sequence"][name]
    assert (
        set(facts["fileAnnotations"]) == schema.ANNOTATIONS
        and set(facts["industryClassification"]) == schema.CLASSIFICATIONS
    )
    assert list(schema.INCIDENT_TYPES) == facts["incidentType"] and list(schema.RELEVANCE) == facts["fileRelevance"]
    assert schema.LENGTHS["originalFileName"] == facts["lengths"]["originalFileName"]
    assert schema.LENGTHS["name"] == facts["details.nameValuePair"]["name_max"]
    example = Defused.parse(shared / "field" / "ncmec" / "fileDetails_generativeAi.xml").getroot()
    example.attrib.update(schema.ROOT_ATTRIBUTES)
    assert list(faults(example)) == []
