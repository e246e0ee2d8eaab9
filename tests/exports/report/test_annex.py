"""The annex: what is of note item by item, what is left out counted, many items in a file beside, and no word of a prompt."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.case.making import fill_making, made
from tests.exports.odd import every_kind
from tests.exports.report.cases import PROMPT, begin, clock, content, digest, opinion, place, reviewed
from tests.exports.report.test_html import read

from safelight.case.case import Case
from safelight.case.generation import add_generation_runs, making_facts
from safelight.case.record import FileRecord
from safelight.exports.exporting import Request, export_case
from safelight.exports.report import ReportFormat
from safelight.exports.report import annex as module
from safelight.exports.report.annex import IN_REPORT, Annex, annex_blocks, annex_section, look
from safelight.exports.report.facts import gather
from safelight.exports.report.html import html_parts
from safelight.grouping.runs import generation_runs
from safelight.model import Basis, Opinion, Strength, Supports


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that people worked on."""
    return reviewed(tmp_path_factory.mktemp("done") / "case")


@pytest.fixture(scope="module")
def lines(done: Path) -> dict[str, dict[str, list[str]]]:
    """The lines of note, by SHA-256, each with its rows by name."""
    with Case.open(done) as case:
        return _by_digest(look(case, gather(case), "noted"))


def _by_digest(annex: Annex) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for line in annex.lines:
        rows: dict[str, list[str]] = {}
        for name, words, _ in line["rows"]:  # type: ignore[union-attr, misc]
            rows.setdefault(str(name), []).append(str(words))
        found[rows.get("SHA-256", [str(line["place"])])[0]] = rows
    return found


def test_what_is_of_note_is_there_and_says_why(lines: dict[str, dict[str, list[str]]]) -> None:
    # Of the drawn case: words go round by five, so 1, 6, 11 ... are generated and 3, 8, 13 ... edited by AI.
    artificial = {digest(number) for number in range(30) if number % 5 in {1, 3}}
    others = {
        digest(0),
        digest(2),
        digest(12),
        digest(22),
    }  # on a list and in conflict; decided; viewed; what may be a source
    assert set(lines) == artificial | others
    assert lines[digest(2)]["Of note"] == ["decided by a person; shown to a person whole and unblurred"]
    assert lines[digest(0)]["Of note"] == ["on a list of known material; findings in conflict"]
    assert lines[digest(12)]["Of note"] == ["shown to a person whole and unblurred"]
    assert lines[digest(22)]["Of note"] == ["may be the photograph behind an artificial picture"]


def test_a_line_holds_what_the_case_holds(lines: dict[str, dict[str, list[str]]]) -> None:
    first, decided, linked = lines[digest(0)], lines[digest(2)], lines[digest(1)]
    examined = content(0)
    assert first["SHA-1"] == [examined.sha1] and first["MD5"] == [examined.md5]
    assert first["Origin"] == ["Captured by a camera: strong support (log10 LR 3.5), signed, declared; names ACME Cam"]
    assert first["Conflict"] == ["capture says <b>captured</b> but a1111 says generated, number 0"]
    assert (
        len(first["On list"]) == 3
        and f"entry {'0' * 64}" in first["On list"][0]
        and "bank bank\\u202e1" in first["On list"][0]
    )
    first_words, second_words = decided["Decided"]
    assert first_words == (
        "by reviewer <one>, 2026-03-04 05:00:09 UTC: category yes-no:no (No & none), origin: Captured by a camera, possible real victim, "
        "second review asked for"
    )
    assert second_words.startswith("by reviewer two, 2026") and second_words.endswith("origin: Captured by a camera")
    assert decided["Note"] == ["Two\\x0alines \\u202eof a note."]
    assert decided["Shown"] == ["Less blurred: 1; The whole picture, unblurred: 1"]
    assert linked["Also at"] == ["copy/1.png [2]", "copy/again.png [2]"]
    assert (
        linked["Scene"][0].startswith(f"{digest(22)}: what may be the photograph behind")
        and "43 %" in linked["Scene"][0]
    )
    assert linked["Prompt"] == [f"recorded, not printed: {len(PROMPT)} characters"]
    assert lines[digest(12)]["What"] == ["The pixels could not be decoded at byte 12000."]
    assert lines[digest(12)]["Readers"] == ["Nothing found: 1; Could not look: pixels"]


def test_a_finding_says_where_on_which_basis_how_strong_and_what_would_fake_it(done: Path) -> None:
    with Case.open(done) as case:
        rows = _by_digest(look(case, gather(case), "all"))[digest(50)]
    assert rows["Finding"] == ["detector 1+0123456789ab"]
    assert rows["Supports"] == ["Generated: weak support, statistical"]
    assert (
        rows["Where"] == ["the pixels"]
        and rows["Faked by"] == ["computed changes"]
        and rows["Not shown"] == ["Whether it is harmless."]
    )


def test_all_has_every_content_and_every_unread_place_and_none_has_nothing(done: Path) -> None:
    with Case.open(done) as case:
        facts = gather(case)
        every, nothing = look(case, facts, "all"), look(case, facts, "none")
        assert len(every.lines) == every.listed == facts.totals.contents + facts.undigested
        assert nothing.lines == [] and "Left out of this report" in str(annex_section(facts, nothing))
        noted = look(case, facts, "noted")
        words = str(annex_section(facts, noted)["blocks"][-2])  # type: ignore[index, call-overload]
    left = facts.totals.contents - noted.listed
    assert f"{noted.listed} items of {facts.totals.contents} contents listed" in words
    assert f"Not listed: {left} contents and {facts.undigested} unread places" in words


def test_a_generation_run_is_named_with_its_number(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        made_alike = [
            made(number, {"generator": "ComfyUI", "model": "terra", "prompt": "a NEVERPRINTED lighthouse", "seed": str(number)})
            for number in range(3)
        ]  # fmt: skip
        run_id = fill_making(case, made_alike)
        add_generation_runs(case, run_id, generation_runs(making_facts(case)))
        found = look(case, gather(case), "all")
    rows = _by_digest(found)
    assert len(rows) == 3 and "NEVERPRINTED" not in str(found.lines)
    assert all(each["Generation run"][0].startswith("1: 3 images, one model") for each in rows.values())


def test_no_prompt_and_no_detail_of_one_is_printed(done: Path, tmp_path: Path) -> None:
    for directory in (done, every_kind(tmp_path / "odd")):
        with Case.open(directory) as case:
            words = str(look(case, gather(case), "all").lines)
        assert "recorded, not printed" in words
        assert "PROMPT-THAT" not in words and "a lighthouse" not in words


def test_above_the_limit_the_annex_is_a_file_whose_digest_both_reports_name(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(case: Any, facts: Any, wanted: str) -> Annex:
        return look(case, facts, wanted, 5)

    monkeypatch.setattr(module, "look", few)
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with Case.open(done) as case:
            paths = export_case(case, ReportFormat, tmp_path / name, Request(locale="da"), logged=False).paths
        assert [path.name for path in paths] == ["report-annex.html", "report.html", "report.pdf", "manifest.json"]
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    annex, page, pdf, manifest = written[0]
    sha256 = hashlib.sha256(annex).hexdigest()
    text = "".join(read(page).text)
    assert sha256 in text and "report-annex.html" in text and sha256.encode() in manifest
    assert pdf.startswith(b"%PDF")
    inside = "".join(read(annex).text)
    assert '<html lang="da">' in annex.decode() and "Bilag til rapporten om en sag" in inside
    with Case.open(done) as case:
        for line in look(case, gather(case), "noted").lines:
            assert str(line["place"]) in inside
    with Case.open(done) as case:
        only = export_case(case, ReportFormat, tmp_path / "x.pdf", Request(), logged=False).paths
    assert [path.name for path in only] == ["x-annex.html", "x.pdf", "x.pdf.manifest.json"]


def _many(directory: Path, number: int) -> Path:
    with Case.create_or_open(directory, clock=clock()) as case:
        run_id = begin(case)
        case.record(run_id, [
            FileRecord(place(b"%06d" % each), digest(each), content(each), opinion(Opinion.GENERATED), (), done=True) for each in range(number)
        ])  # fmt: skip
        case.end_run(run_id, outcome="done", counts={})
    return directory


def _peak(directory: Path) -> int:
    """Bytes at most while the file is drawn, as Python counts them."""
    with Case.open(directory) as case:
        facts, annex = gather(case), Annex("noted", beside=True)
        document = {
            "title": "", "head": "", "version": "", "lang": "en", "words": {"sections": ""}, "about": [],
            "sections": [{"name": "annex", "title": "", "blocks": annex_blocks(case, facts, annex)}],
        }  # fmt: skip
        tracemalloc.start()
        try:
            size = sum(len(part) for part in html_parts(document))  # type: ignore[arg-type]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert annex.listed > IN_REPORT and size > annex.listed * 500
    return peak


def test_memory_does_not_grow_with_the_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safelight.case import read as reading

    # Rows are fetched in blocks of a fixed number, which a small case would not fill.
    monkeypatch.setattr(reading, "_STREAM", 50)
    small, large = _peak(_many(tmp_path / "small", 210)), _peak(_many(tmp_path / "large", 840))
    # A list of the lines would make it four times.
    assert large < 1.6 * small, (small, large)


def test_strange_words_are_told_as_they_are(lines: dict[str, dict[str, list[str]]]) -> None:
    names = {name for rows in lines.values() for name in rows}
    assert {"Of note", "SHA-256", "Content", "Origin", "Readers"} <= names
    assert not any("\u202e" in words for rows in lines.values() for each in rows.values() for words in each)


def _each(kind: Any) -> Iterator[str]:
    return map(str, kind)


def test_there_are_words_for_every_kind() -> None:
    from safelight.case.reviewing import RevealStep
    from safelight.exports.report.annex_lines import _KINDS_OF_LINKS
    from safelight.exports.report.custody import STEPS
    from safelight.exports.report.words import OPINIONS, WORDS
    from safelight.model import SceneLinkKind

    assert set(STEPS) == set(RevealStep)
    assert set(_KINDS_OF_LINKS) == set(_each(SceneLinkKind))
    assert set(_each(Supports)) - {"nothing"} <= set(OPINIONS)
    assert {*_each(Basis), *_each(Strength)} <= set(WORDS)
