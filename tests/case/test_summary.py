"""Figures over a case, on both databases, against counts by hand."""

from __future__ import annotations

from collections import Counter

from tests.case.records import begin, digest, examination, fill, group, link, opinion, place, queue, record, unreadable
from tests.databases import Database

from safelight.case import reasons, stage_summary, summary
from safelight.case.newest import Place, places_of
from safelight.model import Finding, Outcome


def test_totals_sources_and_formats(database: Database) -> None:
    with database.write() as case:
        fill(case, 7)
    with database.read() as case:
        totals = summary.totals(case)
        (source,) = summary.sources(case)
        (form,) = summary.formats(case)
    # Seven contents, one unreadable place, a copy of the first, and an archive of its own.
    assert (totals.places, totals.digested_places, totals.contents, totals.contents_in_place) == (10, 9, 8, 8)
    sizes = [examination(number).size_bytes for number in (*range(7), 9)]
    assert totals.content_bytes == sum(sizes)
    assert totals.place_bytes == sum(sizes) + examination(0).size_bytes
    assert (totals.images, totals.images_read, totals.images_low_quality, totals.open_archives, totals.superseded) == (
        8,
        8,
        0,
        0,
        0,
    )
    assert (source.source, source.places, source.digested) == (b"/evidence", 10, 9)
    assert (form.media_type, form.contents, form.places, form.size_bytes) == ("image/png", 8, 9, sum(sizes))


def test_an_archive_that_was_not_taken_in_whole_is_open(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        archive = record(1, done=False)
        case.record(run_id, [archive])
        assert summary.totals(case).open_archives == 1
        case.record(run_id, [], finished=[archive.media_file.location.key])
        assert summary.totals(case).open_archives == 0


def test_opinions_bases_generators_and_readers(database: Database) -> None:
    with database.write() as case:
        fill(case, 7)
        (thought,) = summary.opinions(case)
        (basis,) = summary.bases(case)
        named, others, rest = summary.generators(case, 1)
        none, other_names, all_of_them = summary.generators(case, 0)
        readers = summary.reader_outcomes(case)
        totals = summary.totals(case)
    assert (thought.kind, thought.opinion, thought.strength, thought.pixels_read, thought.contents) == (
        "image",
        "generated",
        "strong",
        True,
        8,
    )
    assert (basis.opinion, basis.basis, basis.contents) == ("generated", ("declared",), 8)
    assert (named, others, rest) == ([("AUTOMATIC1111", 8)], 0, 0)
    assert (none, other_names, all_of_them) == ([], 1, 8)
    assert readers == {
        ("pixels", "1"): Counter(found=8), ("a1111", "1"): Counter(found=8), ("c2pa", "1"): Counter({Outcome.NOTHING_FOUND: 8}),
    }  # fmt: skip
    assert (totals.prompts, totals.conflicting) == (8, 0)


def test_a_newer_opinion_replaces_the_older_one_in_the_figures(database: Database) -> None:
    with database.write() as case:
        run_id = begin(case)
        case.record(run_id, [record(1), record(2, media_file=place(2, name=b"b"))])
        second = begin(case)
        case.record(second, [record(3, media_file=place(1, modified_ns=9))])
        totals, lying = summary.totals(case), places_of(case, [digest(1), digest(2), digest(3)])
    assert (totals.places, totals.contents, totals.contents_in_place, totals.superseded) == (2, 3, 2, 1)
    assert lying == {digest(2): Place("b", b"/evidence"), digest(3): Place("folder/000001.png", b"/evidence")}


def test_reasons_are_merged_bounded_and_of_the_newest_revision(database: Database) -> None:
    broken = Finding(
        reader="metadata", version="1", what="Cut off at byte 17 of 'EXIF'.", outcome=Outcome.COULD_NOT_LOOK
    )
    other = Finding(
        reader="metadata", version="1", what="Cut off at byte 4,711 of 'XMP'.", outcome=Outcome.COULD_NOT_LOOK
    )
    with database.write() as case:
        run_id = begin(case)
        seen = examination(20)
        case.record(run_id, [unreadable(number) for number in range(5)] + [link(5)])
        for number, findings in ((20, (broken, other)), (21, (other,))):
            made = examination(number)
            changed = type(seen)(
                **{name: getattr(made, name) for name in seen.__slots__ if name != "findings"}, findings=findings
            )
            case.record(run_id, [record(number, examination=changed, opinion=opinion(number))])
        case.record(begin(case), [record(0)])
        found = reasons.reasons(case, 2)
    by_what = {reason.what: reason for reason in found}
    assert set(by_what) == {
        "The file could not be opened: Permission denied.",
        "This is a symbolic link.",
        "Cut off at byte … of ….",
    }
    denied = by_what["The file could not be opened: Permission denied."]
    # The first place can be read now.
    assert (denied.scope, denied.items, [item.path for item in denied.first]) == (
        "place",
        4,
        ["folder/000001.png", "folder/000002.png"],
    )
    cut = by_what["Cut off at byte … of …."]
    assert (cut.scope, cut.items, [item.path for item in cut.first]) == (
        "content",
        2,
        ["folder/000020.png", "folder/000021.png"],
    )


def test_stages(database: Database) -> None:
    with database.write() as case:
        empty = stage_summary.stage_state(case, "queue")
        assert (empty.run, empty.complete) == (0, False)
        fill(case, 7)
        matches = stage_summary.match_totals(case)
        lists, left = stage_summary.list_counts(case, 10)
        groups = stage_summary.group_totals(case)
        listed = stage_summary.group_facts(case, 1, mixed=False)
        mixed = stage_summary.group_facts(case, 10, mixed=True)
        rules = stage_summary.rule_counts(case)
        head = stage_summary.queue_head(case, 3, 5)
        assert stage_summary.stage_state(case, "match").complete
        late = begin(case)
        case.record(late, [record(50), unreadable(51)])
        state = stage_summary.stage_state(case, "queue")
    assert (matches.known, matches.known_exact, matches.irrelevant_only, matches.images_without, matches.distances) == (
        3,
        3,
        0,
        5,
        (),
    )
    assert (lists[0].hashset, lists[0].how, lists[0].contents, left) == ("harbours", "sha256", 3, 0)
    assert (groups.groups, groups.members, groups.largest, groups.farthest, groups.distances, groups.mixed) == (
        2,
        5,
        3,
        3,
        ((3, 3),),
        0,
    )
    assert [(item.number, item.size, item.farthest, item.opinions, item.mixed) for item in listed] == [
        (1, 3, 3, (("generated", 3),), False)
    ]
    assert mixed == []
    assert [(rule.rule, rule.lines, rule.items, rule.first_rank) for rule in rules] == [("generated", 7, 7, 1)]
    assert [line.members[0].sha256 for line in head] == [digest(number) for number in range(3)]
    assert "prompt" not in head[0].members[0].opinion
    assert (state.contents_after, state.places_after, state.complete) == (1, 1, False)


def test_a_group_with_a_photograph_and_an_artificial_picture_is_mixed(database: Database) -> None:
    from dataclasses import replace

    from safelight.model import Opinion

    with database.write() as case:
        run_id = begin(case)
        photograph = replace(opinion(1), opinion=Opinion.CAPTURED)
        case.record(run_id, [record(0), record(1, opinion=photograph), record(2), record(3)])
        case.add_groups(run_id, [group([0, 1]), group([2, 3])], distance_bits=31)
        case.add_queue(run_id, queue([0, 2]), rules={"source": "test", "text": "", "sha256": ""})
        assert stage_summary.group_totals(case).mixed == 1
        (only,) = stage_summary.group_facts(case, 5, mixed=True)
        assert (only.number, only.mixed, only.opinions) == (1, True, (("captured", 1), ("generated", 1)))
        assert [item.mixed for item in stage_summary.group_facts(case, 5, mixed=False)] == [True, False]
