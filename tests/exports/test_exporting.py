"""What every format holds to: the gate before submissions, odd names, and writing whole or not at all."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import defusedxml.ElementTree
import orjson
import pytest
from tests.case.records import begin, decision, examination, matches, opinion, record
from tests.exports.odd import NAMES, every_kind
from tests.exports.test_writing import little_room

from safelight.case.case import Case
from safelight.case.verify import verify
from safelight.errors import OutputError
from safelight.exports import FORMATS
from safelight.exports.exporting import Request, export_case
from safelight.exports.gate import Gate
from safelight.exports.verifying import verify_export
from safelight.exports.withdrawn import withdrawn_since
from safelight.hashsets.store import HashSetStore
from safelight.model import Match, MatchHow, Opinion

SUBMISSIONS = [form for form in FORMATS if form.submission]
TELLING = {"vics-2.0", "vics-1.3", "cybertip"}
"""Formats that tell of this case; others match with what the rest give out."""

every_format = pytest.mark.parametrize("form", list(FORMATS), ids=lambda form: str(form.name))
every_submission = pytest.mark.parametrize("form", SUBMISSIONS, ids=lambda form: str(form.name))

WORDS = (Opinion.CAPTURED, Opinion.GENERATED, Opinion.UNDETERMINED, Opinion.AI_EDITED, Opinion.EDITED)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen contents of five origins; 0 to 9 decided, 10 by two who disagree, 11 asked to be looked at again, the rest by nobody."""
    directory = tmp_path_factory.mktemp("gate") / "case"
    with Case.create_or_open(directory, actor="Ada") as opened:
        run = begin(opened)
        opened.record(run, [
            record(number, opinion=replace(opinion(number), opinion=WORDS[number % len(WORDS)])) for number in range(15)
        ])  # fmt: skip
        banked = (replace(each, bank=f"bank of {each.sha256[:6]}") for each in matches(range(4)))
        near = (
            replace(each, how=MatchHow.PDQ, distance=9, entry=examination(5).sha256, bank="bank near")
            for each in matches([4])
        )
        opened.add_matches(run, [*banked, *near], state={"sets": []})
        opened.decide([decision(number, scheme="vics-us", category="1") for number in range(10)])
        opened.decide([decision(10, scheme="vics-us", category="1")])
        opened.decide([decision(10, scheme="vics-us", category="2", person="Grace")])
        opened.decide([decision(11, scheme="vics-us", category="1", second_review=True)])
    return directory


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return every_kind(tmp_path_factory.mktemp("odd") / "case")


def export(case: Path, form: Any, output: Path, gate: Gate | None = None) -> tuple[Path, ...]:
    with Case.open(case) as opened:
        return export_case(opened, form, output, Request(gate=gate or Gate()), logged=False).paths


def named(paths: tuple[Path, ...]) -> dict[int, set[Opinion]]:
    """Which contents stand in files of which origin, by any of their digests."""
    found: dict[int, set[Opinion]] = {}
    for path in paths[:-1]:
        (origin,) = [word for word in Opinion if f".{word}." in f"{path.name}."] or [None]
        text = (path.name.encode() + path.read_bytes()).lower()
        for number in range(15):
            made = examination(number)
            # Matches and links name digests too; the MD5 is named by nothing but the record of the content itself.
            if made.md5.encode() in text:
                assert origin is not None, path.name
                found.setdefault(number, set()).add(origin)
    return found


@every_submission
def test_a_submission_keeps_origins_apart_and_holds_back_what_nobody_settled(
    form: Any, case: Path, tmp_path: Path
) -> None:
    gate = Gate()
    (tmp_path / "out").mkdir()
    paths = export(case, form, tmp_path / "out", gate)
    assert named(paths) == {number: {WORDS[number % 5]} for number in range(10)}
    told = {each.reason: each.count for each in gate.left_out}
    assert told == {
        "nobody has decided it": 3, "people disagree, or too few have voted": 1, "another person was asked to look": 1,
    }  # fmt: skip
    manifest = orjson.loads(paths[-1].read_bytes())
    assert {each["reason"]: each["count"] for each in manifest["left_out"]} == told


@every_submission
def test_undecided_items_go_out_only_where_they_are_asked_for(form: Any, case: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    paths = export(case, form, tmp_path / "out", Gate(undecided=True))
    assert named(paths) == {number: {WORDS[number % 5]} for number in range(15)}


@every_submission
def test_only_the_origins_that_were_asked_for_go_out(form: Any, case: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    gate = Gate(origins=frozenset({Opinion.CAPTURED}))
    assert named(export(case, form, tmp_path / "out", gate)) == {0: {Opinion.CAPTURED}, 5: {Opinion.CAPTURED}}
    assert sum(each.count for each in gate.left_out) == 13


@every_submission
def test_a_match_keeps_its_bank_until_its_list_withdraws_it(form: Any, case: Path, tmp_path: Path) -> None:
    """The table of a hash set has no room for matches; its Project VIC forms have."""
    variant = "vics-2.0" if form.name == "hashset" else ""
    bank = "bank of {}".format
    first, second = (examination(number).sha256[:6] for number in (0, 1))
    list_file = tmp_path / "list.txt"
    list_file.write_text("".join(f"{examination(number).sha256}\n" for number in range(4)))
    with HashSetStore(tmp_path / "store") as store:
        store.import_file(list_file, name="harbours", kind=MatchHow.SHA256)
        before = withdrawn_since(tmp_path / "store")
        everything = _text(
            case, form, tmp_path / "before", variant, lambda match: match.how is MatchHow.SHA256 and before(match)
        )
        assert bank(first) in everything and bank(second) in everything and "bank near" in everything
        store.withdraw("harbours", examination(1).sha256)
    now = withdrawn_since(tmp_path / "store")
    after = _text(case, form, tmp_path / "after", variant, lambda match: match.how is MatchHow.SHA256 and now(match))
    assert bank(first) in after and bank(second) not in after and "bank near" in after
    # The content itself is still of the case; to others its hash is not given out again.
    assert (examination(1).md5 in after.lower()) is (form.name in TELLING)


def _text(case: Path, form: Any, output: Path, variant: str, withdrawn: Callable[[Match], bool]) -> str:
    output.mkdir()
    gate = Gate(withdrawn=withdrawn)
    with Case.open(case) as opened:
        paths = export_case(opened, form, output, Request(gate=gate, variant=variant), logged=False).paths
    return "\n".join(path.read_text() for path in paths[:-1])


@every_format
def test_odd_names_and_texts_come_out_whole_as_text_of_their_form(form: Any, odd: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    paths = export(odd, form, tmp_path / "out", Gate(undecided=True))
    assert all(not verify_export(path).breaks for path in paths)
    for path in paths[:-1]:
        content = path.read_bytes()
        if path.suffix == ".pdf":
            continue
        text = content.decode("utf-8")
        # Control characters stand in no file as they are; JSON, XML, HTML and the cells of tables have their escapes.
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text), path.name
        if path.suffix in {".json", ".jsonld"}:
            orjson.loads(content)
        elif path.suffix == ".jsonl":
            assert all(orjson.loads(line) for line in content.splitlines())
        elif path.suffix == ".xml":
            defusedxml.ElementTree.fromstring(content)
        elif path.suffix == ".csv":
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
            assert len({len(row) for row in csv.reader(text.splitlines(keepends=True), strict=True)}) == 1
    assert len(NAMES) > 10


@every_format
@pytest.mark.parametrize("room", ["none", "all but one byte"])
def test_a_full_disk_leaves_what_was_there_and_nothing_half_written(
    form: Any, room: str, case: Path, tmp_path: Path
) -> None:
    """What was there is half a file, as something that died left it; a whole export takes its place."""
    out = tmp_path / "out"
    out.mkdir()
    do = partial(export, case, form, out, Gate(undecided=True))
    first = {path: path.read_bytes() for path in do()}
    for path, content in first.items():
        path.write_bytes(content[: len(content) // 2])
    halves = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert set(halves) == set(first)
    largest = max(map(len, first.values()))
    with Case.open(case) as opened:
        assert opened.media_count() == 15
        most_bytes = 0 if room == "none" else largest - 1
        request = Request(gate=Gate(undecided=True))
        with little_room(most_bytes), pytest.raises(OutputError) as error:
            export_case(opened, form, out, request, logged=False)
        assert error.value.kept
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == halves
        assert verify(opened).breaks == ()
    assert {path: path.read_bytes() for path in do()} == first
