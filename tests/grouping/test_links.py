"""What cases share: counted rightly, the rarest kept, the same for every way of reading, and said without pixels and prompts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.grouping.links import (
    CASES_FOR_RARITY,
    KINDS,
    LinkedCase,
    Links,
    NearPair,
    NearTotal,
    Rarity,
    SceneBetween,
    SharedTrace,
    Trace,
    merged,
    rarity,
    shared_traces,
)
from safelight.grouping.links_graph import graphml, link_record, trace_title
from safelight.grouping.links_near import near_between
from safelight.grouping.links_svg import svg
from safelight.model import SceneLink, SceneLinkKind

_TRACE = st.builds(
    Trace, st.sampled_from(["lora", "media", "model"]), st.integers(0, 9).map(lambda number: f"{number:02x}"), st.just("name"), st.integers(1, 9),
    st.just(False),
)  # fmt: skip
_CASE = st.lists(_TRACE, max_size=12, unique_by=lambda trace: (trace.kind, trace.key)).map(
    lambda traces: sorted(traces, key=lambda trace: (trace.kind, trace.key))
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_CASE, min_size=2, max_size=5))
def test_counts_are_those_of_comparing_every_two_cases(cases: list[list[Trace]]) -> None:
    totals, _, listed, left_out = shared_traces(cases, 1_000)
    keys = [{(trace.kind, trace.key) for trace in case} for case in cases]
    expected = {
        (one, two, kind): number
        for one, two in combinations(range(len(cases)), 2)
        for kind in KINDS
        if (number := sum(name == kind for name, _ in keys[one] & keys[two]))
    }
    assert totals == expected and not left_out
    assert {(trace.kind, trace.key) for trace in listed} == set().union(*(a & b for a, b in combinations(keys, 2)))
    for trace in listed:
        assert [place for place, _ in trace.held] == [
            p for p, held in enumerate(keys) if (trace.kind, trace.key) in held
        ]


@settings(max_examples=60, deadline=None)
@given(st.lists(_CASE, min_size=2, max_size=4), st.integers(0, 4))
def test_the_limit_keeps_the_rarest_and_tells_the_rest(cases: list[list[Trace]], limit: int) -> None:
    *_, everything, none = shared_traces(cases, 1_000)
    *_, listed, left_out = shared_traces(cases, limit)
    assert not none
    for kind in KINDS:
        all_of = [trace for trace in everything if trace.kind == kind]
        assert [trace for trace in listed if trace.kind == kind] == all_of[:limit]
        assert left_out.get(kind, 0) == max(0, len(all_of) - limit)
        assert [len(trace.held) for trace in all_of] == sorted(len(trace.held) for trace in all_of)


def test_streams_are_read_as_they_come() -> None:
    """A case of any size is never held: the first shared trace is there before the streams are at their end."""

    def endless(step: int) -> object:
        number = 0
        while True:
            yield Trace("media", f"{number:016x}", "", 1)
            number += step

    found = merged([endless(2), endless(3)])  # type: ignore[list-item]
    assert [int(next(found)[0][1].key, 16) for _ in range(3)] == [0, 6, 12]


def test_public_traces_come_last_and_are_counted_apart() -> None:
    base, own = Trace("model", "01", "base", 90, public=True), Trace("model", "02", "own", 5)
    totals, public, listed, _ = shared_traces([[base, own], [base, own]], 10)
    assert (totals[0, 1, "model"], public[0, 1, "model"]) == (2, 1)
    assert [(trace.label, trace.rarity) for trace in listed] == [("own", Rarity.UNKNOWN), ("base", Rarity.PUBLIC)]


@pytest.mark.parametrize(
    ("held", "cases", "expected"),
    [
        (2, CASES_FOR_RARITY - 1, Rarity.UNKNOWN), (2, CASES_FOR_RARITY, Rarity.RARE), (3, 5, Rarity.COMMON), (3, 10, Rarity.SOME),
        (4, 40, Rarity.RARE), (5, 40, Rarity.SOME), (21, 40, Rarity.COMMON),
    ],
)  # fmt: skip
def test_rarity_follows_from_counts_and_few_cases_tell_nothing(held: int, cases: int, expected: Rarity) -> None:
    assert rarity(held, cases, public=False) is expected
    assert rarity(held, cases, public=True) is Rarity.PUBLIC


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 25), st.integers(0, 25), st.integers(0, 64), st.integers(0, 20))
def test_near_pairs_are_those_of_comparing_all(seed: int, first: int, second: int, limit_bits: int, limit: int) -> None:
    chance = np.random.default_rng(seed)
    base, apart = chance.integers(0, 256, (6, 32), np.uint8), chance.choice([0.0, 0.02, 0.1])

    def drawn(size: int) -> tuple[np.ndarray, np.ndarray]:
        hashes = base[chance.integers(0, 6, size)] ^ np.where(chance.random((size, 32)) < apart, 1, 0).astype(np.uint8)
        # Each once, out of few, so that the same content is in both.
        names = chance.permutation(40)[:size].astype(np.uint8).repeat(32).reshape(-1, 32)
        return names, hashes.reshape(-1, 32)

    one, two = drawn(first), drawn(second)
    total, listed = near_between((0, 3), one, two, limit_bits, limit)

    def bits(a: int, b: int) -> int:
        return int(np.bitwise_count(one[1][a] ^ two[1][b]).sum())

    def near(a: int, b: int) -> bool:
        return bits(a, b) <= limit_bits and bool((one[0][a] != two[0][b]).any())

    pairs = sorted(
        NearPair(bits(a, b), 0, 3, one[0][a].tobytes().hex(), two[0][b].tobytes().hex())
        for a in range(first)
        for b in range(second)
        if near(a, b)
    )
    assert listed == pairs[:limit]
    assert total.pairs == len(pairs)
    assert (total.first_case, total.second_case) == (0, 3)
    assert total.first_media == len({number for number in range(first) if any(near(number, b) for b in range(second))})
    assert total.second_media == len({number for number in range(second) if any(near(a, number) for a in range(first))})


def test_copies_of_one_picture_in_both_cases_are_counted_and_not_paired_one_by_one() -> None:
    """8,000 contents of one hash in each, 100 of them in both: 64 million pairs."""
    chance = np.random.default_rng(1)
    names = chance.integers(0, 256, (15_900, 32), np.uint8)
    hashes = np.full((8_000, 32), 7, np.uint8)
    total, listed = near_between((0, 1), (names[:8_000], hashes), (names[7_900:], hashes), 31, 3)
    assert total == NearTotal(0, 1, 8_000, 8_000, 8_000 * 8_000 - 100)
    least = min(name.tobytes().hex() for name in names[:8_000])
    others = sorted(name.tobytes().hex() for name in names[7_900:] if name.tobytes().hex() != least)
    assert listed == [NearPair(0, 0, 1, least, other) for other in others[:3]]


_LINKS = Links(
    cases=(LinkedCase("A", "first <&\u202e case", "1" * 32, 10, "1:ab"), LinkedCase("B", "second", "2" * 32, 20, "1:cd")),
    totals={(0, 1, "lora"): 2, (0, 1, "prompt"): 1}, public={(0, 1, "lora"): 1},
    traces=(
        SharedTrace("lora", "aa" * 16, 'grain "x" <b>\x00', ((0, 3), (1, 4)), Rarity.UNKNOWN),
        SharedTrace("prompt", "bb" * 16, "", ((0, 1), (1, 1)), Rarity.UNKNOWN),
    ),
    left_out={"lora": 1}, distance_bits=31, near_totals=(NearTotal(0, 1, 2, 3, 4),), near=(NearPair(5, 0, 1, "c" * 64, "d" * 64),),
    scenes_compared=(3, 4), scene_totals={(0, 1, "source-photograph"): 2, (0, 1, "input-name"): 1},
    scenes=(SceneBetween(1, 0, SceneLink(
        kind=SceneLinkKind.SOURCE_PHOTOGRAPH, sha256="e" * 64, other="f" * 64, words="About 40 % agrees.", inliers=30, share=0.4, other_share=0.5,
        matrix=(-1.5, 0.0, 960.0, 0.0, 1.5, 0.0), grid="a" * 64, other_grid="d" * 64,
    )),),
)  # fmt: skip
_NOTHING = Links(
    cases=_LINKS.cases, totals={}, public={}, traces=(), left_out={}, distance_bits=31, near_totals=(NearTotal(0, 1, 0, 0, 0),), near=(),
    scenes_compared=(3, 0),
)  # fmt: skip


def test_graphml_is_well_formed_and_holds_what_was_found() -> None:
    assert graphml(_LINKS) == graphml(_LINKS)
    space = "{http://graphml.graphdrawing.org/xmlns}"
    graph = ET.fromstring(graphml(_LINKS)).find(f"{space}graph")
    assert graph is not None
    names = {node.get("id") for node in graph.findall(f"{space}node")}
    assert names == {"case-A", "case-B", "lora-" + "aa" * 16, "prompt-" + "bb" * 16}
    edges = [(edge.get("source"), edge.get("target")) for edge in graph.findall(f"{space}edge")]
    assert len(edges) == 7 and edges[-1] == edges[-3] == ("case-A", "case-B")
    assert all(end in names for edge in edges for end in edge)
    keys = {key.get("id") for key in ET.fromstring(graphml(_LINKS)).findall(f"{space}key")}
    assert {data.get("key") for data in graph.iter(f"{space}data")} <= keys


@pytest.mark.parametrize("links", [_LINKS, _NOTHING])
def test_the_drawing_can_be_read_without_being_seen_and_refers_to_nothing(links: Links) -> None:
    drawn = svg(links)
    root = ET.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    title, description = root.find(f"{space}title"), root.find(f"{space}desc")
    assert root.get("role") == "img" and title is not None and description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    words = description.text or ""
    if links is _LINKS:
        assert (
            "A and B share 2 LoRAs (1 of them public); 1 prompt; near-duplicates: 2 in A, 3 in B; 2 pairs of a picture and"
            in words
        )
        assert "; 1 file that a workflow names." in words
    else:
        assert "No two of these cases share anything" in words
    assert not {element.tag for element in root.iter()} & {
        f"{space}{name}" for name in ("image", "script", "use", "a", "foreignObject")
    }
    assert b"href" not in drawn and b"url(" not in drawn and b"\xe2\x80\xae" not in drawn


def test_the_record_is_plain_json_and_prompts_are_folded() -> None:
    record = link_record(_LINKS)
    assert record["schema"] == "safelight.link/1"
    assert [trace["label"] for trace in record["traces"]] == ['grain "x" <b>\x00', None]  # type: ignore[union-attr,index,call-overload]
    scenes = record["scenes"]
    assert (
        isinstance(scenes, dict)
        and scenes["compared"] == [3, 4]
        and "not that one was made from the other" in str(scenes["limits"])
    )
    (link,) = scenes["links"]  # type: ignore[misc]
    assert link["cases"] == ["B", "A"] and link["matrix"][2] == 960.0 and link["grid"] == "a" * 64  # type: ignore[index,call-overload]
    assert trace_title(_LINKS.traces[1]) == "prompt bbbbbbbbbbbb (text folded)"
    assert "\x00" not in trace_title(_LINKS.traces[0])
