"""What a case stores, what it leaves out, and what it calls done; on both databases."""

from __future__ import annotations

import getpass
import socket
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from tests.case.records import (
    SOURCE,
    begin,
    digest,
    examination,
    fill,
    group,
    link,
    matches,
    opinion,
    place,
    queue,
    record,
    unreadable,
)
from tests.databases import Database

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.record import (
    FileRecord,
    finding_from_row,
    fingerprints_from_row,
    location_from_row,
    opinion_from_row,
)
from safelight.errors import CaseError
from safelight.model import Finding, Location, MediaFile, MediaKind, Outcome

ODD = "a\0b \ud800 \u202e \U0001f5ff \\u0000"


def rows(case: Case, table: Any) -> list[dict[str, Any]]:
    order = [table.c[name] for name in tables.ORDER[str(table.name)]]
    return [dict(row) for row in case.rows(select(table).order_by(*order))]


def test_what_goes_in_comes_out(database: Database) -> None:
    finding = Finding(reader="evidence", version="1", what="A fact of the place.", details={"n": 1})
    with database.write() as case:
        case.record(begin(case), [record(1, findings=(finding,))])
    with database.read() as case:
        (media,) = rows(case, tables.media)
        (file,) = rows(case, tables.media_file)
        (weighed,) = rows(case, tables.opinion)
        on_media, on_place = rows(case, tables.finding)
        prints = examination(1).fingerprints
        # Local features lie in a table of their own.
        assert prints is not None and fingerprints_from_row(media) == replace(prints, features=None)
        assert [tuple(item) for item in orjson.loads(media["runs"])] == [
            (run.reader, run.version, str(run.outcome)) for run in examination(1).runs
        ]
        assert location_from_row(file) == place(1).location
        assert (file["size_bytes"], file["modified_ns"]) == (place(1).size_bytes, place(1).modified_ns)
        assert opinion_from_row(weighed) == opinion(1)
        assert finding_from_row(on_media) == examination(1).findings[0]
        assert finding_from_row(on_place) == finding
        assert (on_place["sha256"], bytes(on_place["location_key"]), on_place["revision"]) == (
            None,
            place(1).location.key,
            0,
        )
        assert case.media_kind(digest(1)) is MediaKind.IMAGE
        assert case.has_media(digest(1)) and not case.has_media(digest(2))


def test_a_content_in_several_places_is_stored_once(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(1), record(1, media_file=place(2))])
        case.record(
            run_id, [record(1, media_file=place(3), examination=None, opinion=None), record(1, media_file=place(4))]
        )
        assert (case.media_count(), case.media_file_count()) == (1, 4)
        assert len(rows(case, tables.finding)) == len(rows(case, tables.opinion)) == 1


def test_the_same_batch_again_adds_nothing(database: Database) -> None:
    batch = [record(1), unreadable(2), link(3), record(4, done=False)]
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, batch, finished=[place(4).location.key])
        before = {table.name: rows(case, table) for table in tables.COVERED}
        case.record(run_id, batch, finished=[place(4).location.key])
        assert {table.name: rows(case, table) for table in tables.COVERED} == before
        assert not database.check().breaks


# What is done


def test_a_place_is_done_while_its_size_and_time_stay(database: Database) -> None:
    files = [place(number) for number in range(4)]
    with database.write() as case:
        assert case.done_keys(files) == set()
        case.record(begin(case), [record(number) for number in range(3)])
        assert case.done_keys(files) == {item.location.key for item in files[:3]}
        touched = [
            replace(files[0], size_bytes=1),
            replace(files[1], modified_ns=1),
            replace(files[2], accessed_ns=1, changed_ns=1),
        ]
        assert case.done_keys(touched) == {files[2].location.key}
        assert case.done_keys([]) == set()


def test_a_place_that_could_not_be_read_is_tried_again_and_a_link_is_not(database: Database) -> None:
    with database.write() as case:
        case.record(begin(case), [unreadable(1), link(2)])
        assert case.done_keys([place(1), place(2)]) == {place(2).location.key}
        case.record(begin(case), [record(1)])
        assert case.done_keys([place(1)]) == {place(1).location.key}
        first, second = (
            row for row in rows(case, tables.media_file) if bytes(row["location_key"]) == place(1).location.key
        )
        assert (first["sha256"], second["sha256"], second["revision"]) == (None, digest(1), 1)
        said = rows(case, tables.finding)[-1]
        assert "could not be digested when it was met before; now it was" in said["what"] and said["revision"] == 1
        assert case.unreadable_count() == 0
        assert [row["path"] for row in case.undigested()] == ["folder/000002.png"]


def test_a_place_that_can_no_longer_be_read_keeps_what_was_found(database: Database) -> None:
    with database.write() as case:
        case.record(begin(case), [record(1)])
        case.record(begin(case), [unreadable(1)])
        assert [row["path"] for row in case.undigested()] == ["folder/000001.png"]
        assert case.has_media(digest(1))
        assert case.unreadable_count() == 1
        assert case.done_keys([place(1)]) == set()
        assert "now it could not be" in rows(case, tables.finding)[-1]["what"]


def test_a_place_whose_content_changed_gets_a_revision_and_a_finding(database: Database) -> None:
    changed = replace(place(1), size_bytes=5, modified_ns=6)
    with database.write() as case:
        case.record(begin(case), [record(1)])
        case.record(begin(case), [record(2, media_file=changed)])
        old, new = rows(case, tables.media_file)
        assert (old["sha256"], new["sha256"], new["revision"]) == (digest(1), digest(2), 1)
        said = finding_from_row(rows(case, tables.finding)[-1])
        assert "differs from what was read there before; both are kept" in said.what
        assert said.details == {
            "sha256_before": digest(1),
            "size_bytes_before": 1001,
            "modified_ns_before": place(1).modified_ns,
        }
        assert case.done_keys([changed]) == {changed.location.key}
        assert case.done_keys([place(1)]) == set(), "what an older revision said is not what lies there now"
        # And back again.
        case.record(begin(case), [record(1)])
        assert [row["sha256"] for row in rows(case, tables.media_file)] == [digest(1), digest(2), digest(1)]
        assert case.done_keys([place(1)]) == {place(1).location.key}
        assert case.media_count() == 2


def test_a_place_whose_time_alone_changed_gets_a_revision_and_is_done(database: Database) -> None:
    touched = replace(place(1), modified_ns=7)
    with database.write() as case:
        case.record(begin(case), [record(1)])
        case.record(begin(case), [record(1, media_file=touched, examination=None, opinion=None)])
        assert [row["modified_ns"] for row in rows(case, tables.media_file)] == [place(1).modified_ns, 7]
        assert "the content does not" in rows(case, tables.finding)[-1]["what"]
        assert case.done_keys([touched]) == {touched.location.key}


def test_an_archive_is_done_once_its_members_are(database: Database) -> None:
    outer = place(1)
    inner = MediaFile(location=outer.location.inside(b"inner.png"), size_bytes=3)
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(1, done=False)])
        assert case.done_keys([outer]) == set()
        case.record(run_id, [record(2, media_file=inner)], finished=[outer.location.key])
        assert case.done_keys([outer, inner]) == {outer.location.key, inner.location.key}
        # Another archive under the same name has members of its own.
        other = replace(outer, size_bytes=9)
        case.record(begin(case), [record(3, media_file=other, done=False)])
        assert case.done_keys([other]) == set()
        case.record(run_id, [], finished=[outer.location.key])
        assert case.done_keys([other]) == {outer.location.key}
        assert [row["revision"] for row in rows(case, tables.archive_done)] == [0, 1]
        assert not database.check().breaks


def test_an_archive_that_was_stored_and_finished_in_one_batch(database: Database) -> None:
    with database.write() as case:
        case.record(begin(case), [record(1, done=False)], finished=[place(1).location.key, b"x" * 16])
        assert case.done_keys([place(1)]) == {place(1).location.key}
        assert len(rows(case, tables.archive_done)) == 1


# What no database can hold


def test_odd_text_and_numbers_cost_no_file(database: Database) -> None:
    finding = Finding(
        reader=ODD[:9], version=ODD[:9], what=ODD, where=ODD, could_be_faked_by=ODD, does_not_show=ODD, outcome=Outcome.FOUND,
        details={"text": ODD, ODD: [ODD], "large": 2**200, "nan": float("nan"), "deep": {"x": [None, True, -(2**63)]}},
    )  # fmt: skip
    odd = replace(
        record(1), findings=(finding,), examination=replace(examination(1), findings=(finding,)),
        opinion=replace(opinion(1), prompt=ODD, generator=ODD, model=ODD, conflicts=(ODD,), log10_lr=-0.0),
    )  # fmt: skip
    with database.write(actor=ODD) as case:
        run_id = case.begin_run(
            command=ODD,
            sources=[b"/evidence\xff\x00"],
            settings={"queue_rules": ODD},
            versions={ODD: ODD},
            isolation={ODD: None},
        )
        case.record(run_id, [odd, record(2)])
        hit = next(matches([1]))
        case.add_matches(run_id, [replace(hit, hashset=ODD, bank=ODD, label=ODD)], state={ODD: ODD})
        case.add_queue(run_id, [replace(next(queue([1])), reason=ODD, rule=ODD)], rules={"text": ODD})
        case.log("noted", {ODD: ODD})
        case.end_run(run_id, outcome="done", counts={ODD: 1})
    with database.read() as case:
        assert not database.check().breaks
        first = finding_from_row(rows(case, tables.finding)[0])
        assert first.what == "a\\x00b \\ud800 \u202e \U0001f5ff \\u0000"
        assert first.details["large"] == hex(2**200) and first.details["nan"] == "nan"
        assert first.details["text"] == "a\0b \\ud800 \u202e \U0001f5ff \\u0000"


@pytest.mark.parametrize(
    "value", [2**63, -(2**63) - 1, 15 * 10**18, 10**5000], ids=["2^63", "-2^63-1", "2445", "endless"]
)
def test_sizes_and_times_beyond_64_bits_are_kept_as_text(database: Database, value: int) -> None:
    item = replace(place(1), size_bytes=value, modified_ns=value, created_ns=value)
    with database.write() as case:
        case.record(begin(case), [record(1, media_file=item), record(2)])
        case.record(begin(case), [record(1, media_file=item)])
        assert case.media_file_count() == 2
        (row, _) = sorted(rows(case, tables.media_file), key=lambda row: row["path"])
        assert row["size_bytes"] is row["modified_ns"] is row["created_ns"] is None
        (said,) = (finding_from_row(row) for row in rows(case, tables.finding) if row["reader"] == "case")
        kept = said.details["modified_ns"]
        assert isinstance(kept, str) and int(kept, 0) == value
        assert case.done_keys([item]) == {item.location.key}, "it need not be read again and again"
        assert not database.check().breaks


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 0])
def test_the_largest_numbers_that_fit_are_numbers(database: Database, value: int) -> None:
    with database.write() as case:
        case.record(begin(case), [record(1, media_file=replace(place(1), modified_ns=value))])
        assert rows(case, tables.media_file)[0]["modified_ns"] == value
        assert not database.check().breaks


def test_names_keep_their_exact_bytes(database: Database) -> None:
    names = [b"\xff\xfe", b"caf\xc3\xa9", b"new\nline", b"a\\x0ab", b"\x1b[2J", b"/", b"x" * 4000]
    places = [MediaFile(location=Location(b"/s\xff", (name, b"", name))) for name in names]
    with database.write() as case:
        case.record(begin(case), [record(number, media_file=item) for number, item in enumerate(places)])
    with database.read() as case:
        found = {location_from_row(row): row["path"] for row in rows(case, tables.media_file)}
        assert set(found) == {item.location for item in places}
        assert all(path.isprintable() for path in found.values())


# Runs, stages and the log


def test_the_log_says_who_did_what_where_with_which_settings(database: Database) -> None:
    with database.write(actor="A. Examiner") as case:
        fill(case)
        case.log("export-made", {"format": "csv"})
    with database.read() as case:
        events = list(case.events())
        assert [event.action for event in events][:2] == ["case-made", "run-begun"]
        assert events[-1].action == "export-made"
        of_people = {"decided", "decision-withdrawn", "shown", "hidden"}
        assert {event.actor for event in events if event.action in of_people} == {"reviewer one"}
        assert {event.actor for event in events if event.action not in of_people} == {"A. Examiner"}
        assert {event.host for event in events} == {socket.gethostname()}
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        begun = orjson.loads(events[1].details)
        assert begun["login"] == getpass.getuser()
        assert begun["sources"] == [SOURCE.decode()]
        assert begun["settings"] == {"workers": 2} and begun["versions"] == {"safelight": "0"}
        assert case.head() == f"{events[-1].seq}:{events[-1].digest}"
        assert case.last_event() == events[-1]
        (run,) = case.rows(select(tables.run))
        assert (run["begun_utc"], run["outcome"]) == (events[1].time_utc, "done")


def test_the_log_in_name_stands_in_for_a_name_that_was_not_given(database: Database) -> None:
    with database.write() as case:
        assert {event.actor for event in case.events()} == {getpass.getuser()}


def test_runs_are_numbered_and_an_ended_one_is_never_changed(database: Database) -> None:
    with database.write() as case:
        assert [begin(case) for _ in range(3)] == [1, 2, 3]
        case.end_run(2, outcome="interrupted", counts={})
        with pytest.raises(CaseError, match="never changed"):
            case.end_run(2, outcome="done", counts={})
        assert case.run_count() == 3
        assert not database.check().breaks


def test_the_newest_finished_stage_is_the_one_that_counts(database: Database) -> None:
    with database.write() as case:
        assert case.current("queue") == 0 and case.stage_details("queue") == {}
        first = fill(case)
        second = begin(case)
        case.add_matches(second, [], state={"sets": ["none"]})
        assert (case.current("queue"), case.current("match")) == (first, second)
        assert case.stage_details("match") == {"lists": {"sets": ["none"]}}


def test_a_stage_is_stored_whole_or_not_at_all(database: Database) -> None:
    def broken() -> Any:
        yield from queue(range(3))
        raise RuntimeError("the stage failed half-way")

    with database.write() as case:
        fill(case)
        run_id = begin(case)
        events = len(list(case.events()))
        with pytest.raises(RuntimeError):
            case.add_queue(run_id, broken(), rules={})
        assert case.current("queue") == run_id - 1
        assert len(list(case.events())) == events
        case.add_queue(run_id, queue(range(3)), rules={})
        assert case.current("queue") == run_id
        assert not database.check().breaks


def test_a_stage_of_many_rows_is_covered_by_one_event(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        assert case.add_matches(run_id, matches(range(4_500)), state={}) == 4_500
        assert (
            case.add_groups(run_id, [group([number, number + 1]) for number in range(0, 5_000, 2)], distance_bits=31)
            == 7_500
        )
        assert case.add_queue(run_id, queue(range(4_100)), rules={}) == 4_100
        second = begin(case)
        case.add_matches(second, matches(range(3)), state={})
        assert [row["id"] for row in rows(case, tables.match)] == list(range(1, 4_504))
        found = database.check()
        assert not found.breaks and found.rows == 4_500 + 7_500 + 4_100 + 3 + 4


def test_a_stage_can_be_made_while_the_case_is_streamed(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(number) for number in range(50)])
        found = (
            match for batch in case.iter_for_matching(7) for row in batch for match in matches([int(row[0], 16) % 50])
        )
        assert case.add_matches(run_id, found, state={}) == 50


def test_streams_are_whole_and_in_order(database: Database) -> None:
    with database.write() as case:
        case.record(begin(case), [record(number) for number in range(25)])
        batches = list(case.iter_for_matching(10))
        assert [len(batch) for batch in batches] == [10, 10, 5]
        found = [row[0] for batch in batches for row in batch]
        assert found == sorted(digest(number) for number in range(25))
        names, hashes = case.pdq_arrays(100)
        assert [name.tobytes().hex() for name in names] == found and hashes.shape == (25, 32)
        assert [len(array) for array in case.pdq_arrays(101)] == [0, 0]
        assert case.matching_sha256(found[3][:12]) == [found[3]]
        assert case.matching_sha256(examination(3).md5.upper()) == [digest(3)]
        assert case.matching_sha256("%") == []


def test_a_transaction_that_fails_leaves_the_chain_as_it_was(database: Database) -> None:
    with database.write() as case:
        run_id = fill(case)
        head = case.head()
        with pytest.raises(CaseError):
            case.add_queue(run_id, queue(range(3)), rules={})
        assert case.head() == head
        case.record(run_id, [record(77)])
        assert not database.check().breaks


def _held(made: FileRecord) -> object:
    """What tells one state of a place from the next: its content, or what of it could not be read."""
    unread = [finding.what for finding in made.findings if finding.outcome is Outcome.COULD_NOT_LOOK]
    return made.sha256 or tuple(unread)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 4),
                st.sampled_from(["read", "unread", "link", "archive"]),
                st.integers(0, 3),
                st.booleans(),
            ),
            max_size=6,
        ),
        max_size=5,
    )
)
def test_any_sequence_of_batches_keeps_the_case_whole(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, str, int, bool]]]
) -> None:
    """A model beside the case: the newest state of each place decides what is done."""
    newest: dict[bytes, tuple[MediaFile, FileRecord]] = {}
    done_archives: set[bytes] = set()
    database = Database(tmp_path_factory.mktemp("case") / "case", None)
    with database.write() as case:
        run_id = begin(case)
        for batch in batches:
            records, finished = [], []
            for where, sort, content, ends in batch:
                item = place(where, modified_ns=content)
                made = {
                    "read": record(content, media_file=item),
                    "archive": record(content, media_file=item, done=False),
                    "unread": replace(unreadable(where), media_file=item),
                    "link": replace(link(where), media_file=item),
                }[sort]
                records.append(made)
                before = newest.get(item.location.key)
                if before is None or (before[0], _held(before[1])) != (item, _held(made)):
                    newest[item.location.key] = item, made
                    done_archives.discard(item.location.key)
                if ends:
                    finished.append(item.location.key)
            case.record(run_id, records, finished=finished)
            done_archives.update(finished)
        expected = set()
        for key, (_, made) in newest.items():
            unread = any(finding.outcome is Outcome.COULD_NOT_LOOK for finding in made.findings)
            if (made.done or key in done_archives) and not unread:
                expected.add(key)
        assert case.done_keys([item for item, _ in newest.values()]) == expected
        assert not database.check().breaks
    database.close()


def test_the_order_of_places_is_the_same_on_both_databases(database: Database) -> None:
    names = [b"Z", b"a", b"\xc3\xa9", b"B-2", b"B1", b"\xff"]
    with database.write() as case:
        case.record(begin(case), [replace(unreadable(0), media_file=place(0, name=name)) for name in names])
        path = tables.media_file.c.path
        found = [row["path"] for row in case.stream(select(path).order_by(path))]
        assert found == sorted(found, key=str.encode)
        assert case.rows(text("SELECT count(*) AS number FROM media_file"))[0]["number"] == len(names)


def test_a_place_whose_reading_fails_otherwise_or_no_more_gets_a_revision(database: Database) -> None:
    said = Finding(reader="evidence", version="1", what="It was read after all.", outcome=Outcome.NOTHING_FOUND)
    with database.write() as case:
        run_id = begin(case)
        for records in (
            [unreadable(1)],
            [unreadable(1)],
            [unreadable(1, "Other."), replace(unreadable(1), findings=(said,))],
        ):
            case.record(run_id, records)
        assert case.media_file_count() == 3 and case.unreadable_count() == 0
        case.record(run_id, [unreadable(1, "Other.")])
        assert case.media_file_count() == 4 and case.unreadable_count() == 1
        assert not database.check().breaks


def test_an_archive_that_was_done_is_opened_again_only_when_that_is_meant(database: Database) -> None:
    archive = record(1, done=False)
    key = archive.media_file.location.key
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [archive], finished=[key])
        case.record(run_id, [archive])
        assert case.media_file_count() == 1 and case.done_keys([archive.media_file]) == {key}
        again = replace(archive, again=True)
        case.record(run_id, [again])
        assert case.media_file_count() == 2 and case.done_keys([archive.media_file]) == set()
        case.record(run_id, [again], finished=[key])
        assert case.media_file_count() == 2 and case.done_keys([archive.media_file]) == {key}
        assert not database.check().breaks
