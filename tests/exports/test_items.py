"""The stream of items holds for each media all that the tables hold, and nothing of another one."""

from __future__ import annotations

from dataclasses import replace

from tests.case.records import (
    begin,
    decision,
    digest,
    examination,
    exposure,
    fill,
    group,
    matches,
    opinion,
    place,
    record,
    unreadable,
)
from tests.databases import Database

from safelight.exports.items import iter_items, iter_unread, one_moment
from safelight.model import Finding


def test_every_media_comes_once_in_order_with_all_that_is_its_own(filled: Database) -> None:
    with filled.read() as case, one_moment(case) as moment:
        items = list(iter_items(moment))
        unread = list(iter_unread(moment))
        assert [item.sha256 for item in items] == sorted(item.sha256 for item in items)
        assert len(items) == case.media_count()
    by_sha256 = {item.sha256: item for item in items}
    for number in range(7):
        item, made = by_sha256[digest(number)], examination(number)
        assert (item.sha1, item.md5, item.size_bytes) == (made.sha1, made.md5, made.size_bytes)
        # Local features are for grouping; no format has a place for them.
        assert made.fingerprints is not None
        assert item.fingerprints == replace(made.fingerprints, features=None)
        assert item.findings == made.findings and item.runs == made.runs and item.opinion == opinion(number)
        assert place(number).location in [each.location for each in item.places]
        assert list(item.matches) == (list(matches([number])) if number < 3 else [])
    assert len(by_sha256[digest(0)].places) == 2
    assert by_sha256[digest(1)].representative == (digest(0), 3) and by_sha256[digest(0)].representative == (
        digest(0),
        0,
    )
    assert by_sha256[digest(5)].representative is None
    # The decisions on 0 and 1 were taken back.
    assert [number for number in range(7) if by_sha256[digest(number)].standing] == [2]
    assert [(each.sha256, each.seconds) for each in by_sha256[digest(2)].exposures] == [(digest(2), 1.5)]
    assert [each.place.location for each in unread] == [place(7).location] and unread[0].findings


def test_findings_on_places_go_with_what_lies_there_now(database: Database) -> None:
    finding = Finding(reader="evidence", version="1", what="A fact of the place.")
    with database.write() as case:
        run = begin(case)
        case.record(run, [record(1, findings=(finding,)), record(2)])
        # The place of 1 holds another content by now.
        case.record(run, [record(1, sha256=digest(3), examination=examination(3), opinion=None)])
        found = {item.sha256: item for item in iter_items(case)}
    assert found[digest(1)].places == () and found[digest(1)].place_findings == ()
    assert [each.location for each in found[digest(3)].places] == [place(1).location]
    assert "differs from what was read there before" in found[digest(3)].place_findings[0].what
    assert found[digest(3)].opinion is None and found[digest(2)].place_findings == ()


def test_only_the_newest_matching_and_grouping_count(database: Database) -> None:
    with database.write() as case:
        fill(case, 4)
        again = begin(case)
        case.add_matches(again, matches([3]), state={})
        case.add_groups(again, [group([2, 3])], distance_bits=31)
        case.decide([decision(3)])
        case.begin_exposure(exposure(3, in_full=True))
        found = {item.sha256: item for item in iter_items(case)}
    assert [number for number in range(4) if found[digest(number)].matches] == [3]
    assert [number for number in range(4) if found[digest(number)].representative] == [2, 3]
    assert found[digest(3)].viewed_in_full and not found[digest(2)].viewed_in_full


def test_one_moment_is_not_disturbed_by_what_is_written_meanwhile(database: Database) -> None:
    with database.write() as case:
        fill(case, 3)
        with database.read() as reader, one_moment(reader) as moment:
            items = iter_items(moment)
            first = next(items)
            case.record(begin(case), [record(50), record(51), unreadable(52)])
            assert 1 + sum(1 for _ in items) == 3 + 1
            assert first.sha256 == min(digest(number) for number in (0, 1, 2, 5))
        assert sum(1 for _ in iter_items(case)) == 6
