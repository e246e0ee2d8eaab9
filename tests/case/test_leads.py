"""Leads in the case: stored with their findings, counted and looked up on both databases, and added to cases that are older."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.case.records import begin, digest, examination, fill, place, record
from tests.case.released import load
from tests.databases import Database

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.lead_search import holders, lead_totals, leads_of_media, shared_leads, strongest_leads
from safelight.case.leads import FILLED
from safelight.case.record import FileRecord
from safelight.case.verify import verify
from safelight.model import Finding, JsonValue, LeadKind
from safelight.origin.leads import lead_key

K = LeadKind


def holding(number: int, *details: dict[str, JsonValue]) -> FileRecord:
    """The content with this number, one finding for each of the details."""
    made = tuple(
        Finding(reader=f"reader{position}", version="1", what="Drawn.", where=f"text {position}", details=one)
        for position, one in enumerate(details)
    )
    return record(number, examination=replace(examination(number), findings=made))


def filled(case: Case) -> None:
    run = begin(case)
    case.record(run, [
        holding(0, {"model": "hills.safetensors", "user": "ann", "prompt": "dusk 100%"}, {"model": "Hills", "seed": "1"}),
        holding(1, {"model": "sub/hills", "user": "Ann", "prompt": "dusk 100%"}),
        holding(2, {"model": "hills", "seed": "1", "host_paths": ["C:\\out_1"]}),
        holding(3, {"model": "fog", "prompt": "dusk 1000"}),
        holding(4),
    ])  # fmt: skip


def counts(found: list[object]) -> list[tuple[str, int]]:
    return [(one.value, one.media) for one in found]  # type: ignore[attr-defined]


def test_values_are_counted_by_media_whoever_read_them_and_however_they_are_written(database: Database) -> None:
    with database.write() as case:
        filled(case)
        found = shared_leads(case, limit=10)
        assert [(one.kind, one.media) for one in found] == [
            (K.MODEL, 3), (K.PROMPT, 2), (K.SEED, 2), (K.USER, 2), (K.HOST_PATH, 1), (K.MODEL, 1), (K.PROMPT, 1),
        ]  # fmt: skip
        assert found[0].value == "Hills" and found[0].key == lead_key(K.MODEL, "x/HILLS.ckpt")
        assert counts(shared_leads(case, least=2, limit=2)) == [("Hills", 3), ("dusk 100%", 2)]  # type: ignore[arg-type]
        assert counts(shared_leads(case, kinds=[K.USER, K.SEED], limit=9)) == [("1", 2), ("Ann", 2)]  # type: ignore[arg-type]
        assert counts(strongest_leads(case, [K.SEED, K.MODEL], 1)) == [("1", 2), ("Hills", 3)]  # type: ignore[arg-type]
        assert lead_totals(case)[K.MODEL] == (2, 4) and lead_totals(case)[K.PROMPT] == (2, 3)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("SAFETENSORS", ["Hills"]), ("100%", ["dusk 100%"]), ("t_1", ["C:\\out_1"]), ("\\out", ["C:\\out_1"]), ("out%", []),
        ("dusk", ["dusk 100%", "dusk 1000"]),
    ],
)  # fmt: skip
def test_text_is_found_in_every_way_of_writing_and_stands_for_itself(
    database: Database, text: str, values: list[str]
) -> None:
    with database.write() as case:
        filled(case)
        assert [one.value for one in shared_leads(case, find=text, limit=10)] == values


def test_a_value_names_the_media_that_hold_it_with_reader_and_place(database: Database) -> None:
    with database.write() as case:
        filled(case)
        found = list(holders(case, K.MODEL, lead_key(K.MODEL, "hills")))
        assert {(one.lead.sha256, one.lead.value, one.lead.reader, one.lead.where) for one in found} == {
            (digest(0), "hills.safetensors", "reader0", "text 0"), (digest(0), "Hills", "reader1", "text 1"),
            (digest(1), "sub/hills", "reader0", "text 0"), (digest(2), "hills", "reader0", "text 0"),
        }  # fmt: skip
        assert [one.lead.sha256 for one in found] == sorted(one.lead.sha256 for one in found)
        assert {one.path for one in found} == {place(number).location.display() for number in range(3)}
        assert [(lead.kind, lead.value) for lead in leads_of_media(case, digest(2))] == [
            (K.MODEL, "hills"), (K.SEED, "1"), (K.HOST_PATH, "C:\\out_1"),
        ]  # fmt: skip
        assert leads_of_media(case, digest(4)) == []


def test_leads_are_covered_by_the_event_of_their_findings(database: Database) -> None:
    with database.write() as case:
        fill(case)
        assert not verify(case).breaks
        recorded = [json.loads(event.details) for event in case.events() if event.action == "files-recorded"]
        assert all(
            details["rows"]["lead"]["count"]
            for details in recorded
            if "finding" in details["rows"] and "media" in details["rows"]
        )
        # A media that is met again adds none.
        before = case.rows(select(func.count()).select_from(tables.lead))[0]
        case.record(begin(case), [record(0, media_file=place(77))])
        assert case.rows(select(func.count()).select_from(tables.lead))[0] == before


def test_a_value_that_no_index_could_hold_is_kept_whole(database: Database) -> None:
    text = "dusk \u00fc\0 " * 8_000
    with database.write() as case:
        case.record(begin(case), [holding(0, {"prompt": text}), holding(1, {"prompt": text})])
        (found,) = shared_leads(case, limit=5)
        assert found.media == 2 and len(found.value) > 60_000
        assert not verify(case).breaks


def test_a_case_from_before_there_were_leads_gets_those_of_its_findings_once(tmp_path: Path) -> None:
    load("0001", tmp_path / "case")
    with Case.create_or_open(tmp_path / "case") as case:
        assert {lead.kind for lead in leads_of_media(case, digest(0))} == {K.PROMPT, K.SEED}
        assert lead_totals(case)[K.SEED] == (6, 6)
        assert [event.action for event in case.events()].count(FILLED) == 1
        assert not verify(case).breaks
    with Case.create_or_open(tmp_path / "case") as case:
        assert [event.action for event in case.events()].count(FILLED) == 1


def test_a_kill_between_upgrade_and_leads_is_made_good_when_the_case_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("0001", tmp_path / "case")
    with monkeypatch.context() as patched:
        patched.setattr("safelight.case.case.older_leads", lambda _case: iter([("lead", {"nonsense": 1})]))
        with pytest.raises(KeyError):
            Case.create_or_open(tmp_path / "case")
    with Case.create_or_open(tmp_path / "case") as case:
        assert lead_totals(case)[K.SEED] == (6, 6)
        assert not verify(case).breaks


def test_looking_up_takes_no_more_memory_for_more_media(tmp_path: Path) -> None:
    def peak(number: int) -> int:
        with Case.create_or_open(tmp_path / f"case{number}") as case:
            run = begin(case)
            for start in range(0, number, 500):
                case.record(run, [holding(n, {"model": "hills", "seed": str(n)}) for n in range(start, start + 500)])
            shared_leads(case, limit=20)
            tracemalloc.start()
            shared_leads(case, limit=20)
            assert sum(1 for _ in holders(case, K.MODEL, lead_key(K.MODEL, "hills"))) == number
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    peak(500)
    assert peak(3_000) < 2 * peak(1_500)
