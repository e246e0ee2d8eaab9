"""Matches against a reference that compares everything with everything."""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import PDQ, flipped, imported, matches, md5, media, pdq, sha256

from safelight.errors import HashSetError
from safelight.hashsets import HashSetStore
from safelight.hashsets import near as near_module
from safelight.hashsets.matcher import VARIANTS
from safelight.hashsets.near import NEAREST_KEPT
from safelight.model import Fingerprints, HashSetRole, Match, MatchHow, PdqHash

Row = tuple[str, str, str, str, str, int | None, bool]
"""(list, kind, hash, bank, label, quality, withdrawn)."""


def reference(rows: Iterable[Row], asked: Iterable[Any], distance_bits: int) -> list[Match]:
    """Every match, by comparing every media with every row."""
    found: dict[str, list[Match]] = {}
    for sha, sha1, md5_, prints in asked:
        mine = found.setdefault(sha, [])
        ours: list[tuple[str, str]] = []
        if prints is not None:
            for name, value in zip(VARIANTS, (prints.pdq, prints.pdq_nearest512, prints.pdq_oriented), strict=False):
                if value is not None and value.quality >= 50:
                    ours.append((name, value.hash))
            if prints.pdq is not None and prints.pdq.quality >= 50:
                ours += [("dihedral", value) for value in prints.pdq_dihedral]
        exact, near = list[Match](), list[Match]()
        for name, how, value, bank, label, quality, withdrawn in rows:
            role = HashSetRole.IRRELEVANT if name.startswith("irrelevant") else HashSetRole.KNOWN
            made = {"sha256": sha, "hashset": name, "bank": bank, "role": role, "label": label, "entry": value}
            if withdrawn:
                continue
            if how != "pdq":
                if value in (sha, sha1, md5_):
                    exact.append(Match(**made, how=MatchHow(how), distance=0))
                continue
            if quality is not None and quality < 50:
                continue
            apart = [((int(value, 16) ^ int(own, 16)).bit_count(), VARIANTS.index(variant)) for variant, own in ours]
            if apart and min(apart)[0] <= distance_bits:
                distance, variant = min(apart)
                near.append(Match(**made, how=MatchHow.PDQ, distance=distance, variant=VARIANTS[variant]))
        order = [MatchHow.SHA256, MatchHow.SHA1, MatchHow.MD5]
        exact.sort(key=lambda item: (order.index(item.how), item.hashset, item.bank, item.label))
        near.sort(key=lambda item: (item.distance, item.hashset, item.bank, item.label, item.entry))
        mine[:] = exact + near
    return [match for one in found.values() for match in one]


def stored(folder: Path, rows: Iterable[Row]) -> None:
    """Imports the rows as CSV, one file for each list, and withdraws what is to be."""
    lists: dict[str, list[Row]] = {}
    for row in rows:
        lists.setdefault(row[0], []).append(row)
    for name, some in lists.items():
        lines = ["hash,type,bank,label,quality"]
        lines += [f"{row[2]},{row[1]},{row[3]},{row[4]},{'' if row[5] is None else row[5]}" for row in some]
        role = HashSetRole.IRRELEVANT if name.startswith("irrelevant") else HashSetRole.KNOWN
        imported(folder, "\n".join(lines), name, role=role)
    with HashSetStore(folder / "store") as store:
        for name, value in {(row[0], row[2]) for some in lists.values() for row in some if row[6]}:
            store.withdraw(name, value)


# A few hashes near one another, so that nearly every pair is at an interesting distance.
_bits = st.sets(st.integers(0, 40), max_size=40)
_hash = _bits.map(lambda bits: flipped(PDQ, *bits))
_quality = st.sampled_from([None, 0, 49, 50, 100])
_words = st.sampled_from(["one", "two", "three"])


@st.composite
def _rows(draw: Callable[..., Any]) -> list[Row]:
    names = st.sampled_from(["known a", "known b", "irrelevant"])
    made: dict[tuple[str, str, str, str, str], Row] = {}
    gone: set[tuple[str, str]] = set()
    for _ in range(draw(st.integers(0, 14))):
        how = draw(st.sampled_from(["md5", "sha1", "sha256", "pdq", "pdq", "pdq"]))
        word = draw(_words)
        digests = dict(zip(("sha256", "sha1", "md5"), media(word)[:3], strict=True))
        value = draw(_hash) if how == "pdq" else digests[how]
        key = (draw(names), how, value, draw(st.sampled_from(["", "hills"])), draw(st.sampled_from(["", "A", "B"])))
        # The same row with two qualities is met by a test of its own.
        made.setdefault(key, (*key, draw(_quality) if how == "pdq" else None, False))
        if draw(st.integers(0, 9)) == 0:
            gone.add((key[0], value))
    return [(*row[:6], (row[0], row[2]) in gone) for row in made.values()]


@st.composite
def _media(draw: Callable[..., Any]) -> list[Any]:
    asked = []
    for word in draw(st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=5)):
        some = st.none() | st.builds(PdqHash, _hash, st.sampled_from([0, 49, 50, 100]))
        full = draw(some)
        dihedral = (full.hash, *draw(st.lists(_hash, max_size=7))) if full and draw(st.booleans()) else ()
        prints = Fingerprints(pdq=full, pdq_nearest512=draw(some), pdq_oriented=draw(some), pdq_dihedral=dihedral)
        asked.append((*media(word)[:3], draw(st.sampled_from([None, prints]))))
    # Of two media with the same SHA-256 there is only one: its fingerprints are the same.
    return list({item[0]: item for item in asked}.values())


@settings(max_examples=60, deadline=None)
@given(rows=_rows(), asked=_media(), distance=st.sampled_from([0, 1, 8, 31, 40, 64]))
def test_matches_are_those_of_the_reference(rows: list[Row], asked: list[Any], distance: int) -> None:
    # In memory where there is such a place: each import waits until its rows are on the disk.
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        stored(Path(folder), rows)
        assert matches(Path(folder), asked, distance) == reference(rows, asked, distance)


def test_a_long_list_gives_what_the_reference_gives(tmp_path: Path) -> None:
    """More hashes than are compared one by one, so that the index itself is at work."""
    chance = random.Random(7)
    rows: list[Row] = [("known", "pdq", f"{chance.getrandbits(256):064x}", "", "", None, False) for _ in range(3_000)]
    asked = []
    for number in range(60):
        hexes = rows[number * 40][2]
        turned = [flipped(hexes, *chance.sample(range(256), chance.choice((0, 5, 20, 31, 32, 45)))) for _ in range(4)]
        prints = {"pdq": pdq(turned[0]), "pdq_nearest512": pdq(turned[1]), "pdq_dihedral": (turned[0], *turned[2:])}
        asked.append(media(number, **prints))
    stored(tmp_path, rows)
    expected = reference(rows, asked, 31)
    assert matches(tmp_path, asked) == expected
    assert {match.variant for match in expected} == {"full", "nearest512", "dihedral"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_of_our_hashes_is_matched_and_named(tmp_path: Path, variant: str) -> None:
    imported(tmp_path, f"pdq,label,bank\n{PDQ},A,hills\n")
    far = sha256("elsewhere")
    own = {
        "full": {"pdq": pdq(flipped(PDQ, 1)), "pdq_nearest512": pdq(far)},
        "nearest512": {"pdq": pdq(far), "pdq_nearest512": pdq(flipped(PDQ, 1))},
        "oriented": {"pdq": pdq(far), "pdq_oriented": pdq(flipped(PDQ, 1))},
        "dihedral": {"pdq": pdq(far), "pdq_dihedral": (far, sha256("another"), flipped(PDQ, 1))},
    }
    (match,) = matches(tmp_path, [media(**own[variant])])
    assert (match.variant, match.distance, match.label, match.bank, match.entry) == (variant, 1, "A", "hills", PDQ)


def test_the_first_of_the_flips_is_the_picture_itself(tmp_path: Path) -> None:
    imported(tmp_path, f"pdq\n{PDQ}\n")
    prints = {"pdq": pdq(), "pdq_dihedral": (PDQ, *(sha256(number) for number in range(7)))}
    assert [match.variant for match in matches(tmp_path, [media(**prints)])] == ["full"]


def test_flips_of_a_picture_of_low_quality_are_not_matched(tmp_path: Path) -> None:
    imported(tmp_path, f"pdq\n{PDQ}\n")
    assert matches(tmp_path, [media(pdq=pdq(sha256(1), 49), pdq_dihedral=(sha256(1), PDQ))]) == []


def test_the_same_hash_on_several_lists_banks_and_labels(tmp_path: Path) -> None:
    rows: list[Row] = [
        ("known a", "pdq", PDQ, "", "A", 90, False),
        ("known a", "pdq", PDQ, "hills", "B", None, False),
        ("known b", "pdq", PDQ, "", "A", 20, False),
        ("irrelevant", "pdq", PDQ, "", "A", None, False),
        ("irrelevant", "md5", media("x")[2], "", "system file", None, False),
        ("known b", "md5", media("x")[2], "", "", None, False),
    ]
    stored(tmp_path, rows)
    found = matches(tmp_path, [media("x", pdq=pdq())])
    assert found == reference(rows, [media("x", pdq=pdq())], 31)
    assert [(item.how, item.hashset, item.role, item.label) for item in found] == [
        (MatchHow.MD5, "irrelevant", HashSetRole.IRRELEVANT, "system file"),
        (MatchHow.MD5, "known b", HashSetRole.KNOWN, ""),
        (MatchHow.PDQ, "irrelevant", HashSetRole.IRRELEVANT, "A"),
        (MatchHow.PDQ, "known a", HashSetRole.KNOWN, "A"),
        (MatchHow.PDQ, "known a", HashSetRole.KNOWN, "B"),
    ]


def test_of_the_same_hash_with_two_qualities_the_one_that_can_be_matched_is_kept(tmp_path: Path) -> None:
    imported(tmp_path, f"pdq,quality\n{PDQ},10\n{PDQ},80\n", "known one")
    imported(tmp_path, f"pdq,quality\n{PDQ},10\n{PDQ},\n", "known two")
    assert [match.hashset for match in matches(tmp_path, [media(pdq=pdq())])] == ["known one", "known two"]


def test_crowds_are_cut_for_each_list_and_label_apart_and_counted(tmp_path: Path) -> None:
    """A crowd of near entries must never push out what another list or another label says."""
    crowd = [flipped(PDQ, number % 20, 20 + number // 20) for number in range(130)]
    rows: list[Row] = [("irrelevant", "pdq", value, "", "", None, False) for value in crowd]
    rows += [("known a", "pdq", value, "", "B", None, False) for value in crowd[:60]]
    rows += [("known a", "pdq", flipped(PDQ, *range(100, 131)), "", "A", None, False)]
    stored(tmp_path, rows)
    asked = [media("one", pdq=pdq()), media("two", pdq=pdq(sha256("far"))), media("three", pdq=pdq(crowd[0]))]
    with HashSetStore(tmp_path / "store") as store:
        matcher = store.matcher(None, 31)
        found = matcher.match(asked)
    expected = reference(rows, asked, 31)
    kept: list[Match] = []
    seen: dict[tuple[str, str, str], int] = {}
    for match in expected:
        key = (match.sha256, match.hashset, match.label)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= NEAREST_KEPT:
            kept.append(match)
    assert [(m.sha256, m.hashset, m.label, m.distance) for m in found] == [
        (m.sha256, m.hashset, m.label, m.distance) for m in kept
    ]
    assert {match.label for match in found if match.sha256 == asked[0][0]} == {"", "A", "B"}
    assert matcher.left_out == len(expected) - len(kept) > 0
    assert matcher.left_out_media == 2


def test_crowds_are_met_in_bounded_blocks_with_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = [flipped(PDQ, number % 20, 20 + number // 20) for number in range(100)]
    stored(tmp_path, [("known", "pdq", value, "", str(number % 4), None, False) for number, value in enumerate(crowd)])
    asked = [
        media(number, pdq=pdq(crowd[number]), pdq_nearest512=pdq(flipped(crowd[number], 99))) for number in range(30)
    ]
    whole = matches(tmp_path, asked)
    assert len(whole) == 30 * 100
    monkeypatch.setattr(near_module, "_PAIRS_AT_ONCE", 150)
    assert matches(tmp_path, asked) == whole


def test_a_matcher_sees_the_lists_as_they_were_when_it_was_made(tmp_path: Path) -> None:
    imported(tmp_path, f"md5,pdq\n{md5('x')},{PDQ}\n", "known one")
    asked = [media("x", pdq=pdq())]
    with HashSetStore(tmp_path / "store") as store, HashSetStore(tmp_path / "store") as other:
        matcher = store.matcher(None, 31)
        before = matcher.state
        other.withdraw("known one", PDQ)
        imported(tmp_path, f"{md5('x')}\n", "known two")
        other.remove("known one")
        assert [match.how for match in matcher.match(asked)] == [MatchHow.MD5, MatchHow.PDQ]
        assert matcher.state == before and matcher.names == ("known one",)
        assert [match.hashset for match in store.matcher(None, 31).match(asked)] == ["known two"]


def test_no_list_no_media_no_fingerprints(tmp_path: Path) -> None:
    with HashSetStore(tmp_path / "store") as store:
        assert store.matcher(None, 31).match([media("x", pdq=pdq())]) == []
        assert store.matcher([], 31).state["sets"] == []
    imported(tmp_path, f"{md5('x')}\n")
    assert matches(tmp_path, []) == []
    assert [match.how for match in matches(tmp_path, [media("x"), media("x"), media("y")])] == [MatchHow.MD5]


def test_a_single_hash_in_the_index_is_found(tmp_path: Path) -> None:
    imported(tmp_path, f"pdq:{PDQ}\n")
    assert [match.distance for match in matches(tmp_path, [media(pdq=pdq(flipped(PDQ, 3)))])] == [1]


def test_a_damaged_store_is_an_error_with_words(tmp_path: Path) -> None:
    imported(tmp_path, "".join(f"{md5(number)}\n" for number in range(5_000)))
    file = tmp_path / "store" / "hashsets.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = bytearray(file.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    file.write_bytes(raw)
    with pytest.raises(HashSetError, match="cannot be used"), HashSetStore(tmp_path / "store") as store:
        store.matcher(None, 31).match([media(number) for number in range(50)])
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(HashSetError, match="cannot be used"):
        HashSetStore(tmp_path / "store")
