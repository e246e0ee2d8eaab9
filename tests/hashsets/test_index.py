"""Index files: what is asked through them is what the store says, whatever is imported, withdrawn, lost or damaged."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import PDQ, flipped, imported, matches, md5, media, pdq, sha256

from safelight.hashsets import HashSetStore, index
from safelight.hashsets.digests import SortedDigests
from safelight.model import MatchHow


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every import makes index files."""
    monkeypatch.setattr(index, "LATE_ROWS", 0)
    return


def _index(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "store" / "index").glob("*") if not path.name.startswith("."))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=60),
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 4)), max_size=20),
    st.sampled_from([16, 20, 32]),
)
def test_equal_digests_are_found_as_often_as_they_stand(held: list[Any], asked: list[Any], width: int) -> None:
    """Few first bytes, so that many digests share them, and many questions are near a digest and equal to none."""

    def keys(items: list[Any]) -> np.ndarray[Any, np.dtype[np.uint8]]:
        raw = b"".join(bytes([head * 18]) + bytes(width - 2) + bytes([tail]) for head, tail in items)
        return np.frombuffer(raw, np.uint8).reshape(-1, width)

    ours = keys(sorted(held))
    rows, places = SortedDigests(ours).find(keys(asked))
    expected = [
        (row, place)
        for row, question in enumerate(asked)
        for place, item in enumerate(sorted(held))
        if item == question
    ]
    assert list(zip(rows.tolist(), places.tolist(), strict=True)) == expected


def test_digests_at_size(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    keys = chance.integers(0, 256, (50_000, 20), np.uint8)
    keys[:20_000, :3] = 0
    ordered = keys[np.lexsort(keys.T[::-1])]
    asked = np.concatenate((ordered[::7], chance.integers(0, 256, (5_000, 20), np.uint8)))
    rows, places = SortedDigests(ordered).find(asked)
    assert rows.tolist() == list(range(len(ordered[::7]))) and places.tolist() == list(range(0, 50_000, 7))


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("import"), st.integers(0, 30), st.sampled_from(["", "A", "B"])),
        st.tuples(st.just("withdraw"), st.integers(0, 30), st.just("")),
        st.tuples(st.just("lose"), st.integers(0, 5), st.sampled_from(["gone", "cut", "empty"])),
    ),
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(steps=_steps, share=st.sampled_from([1, 8]))
def test_after_any_changes_the_matches_are_those_of_the_rows(steps: list[tuple[str, int, str]], share: int) -> None:
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    pool = [flipped(PDQ, *range(number * 2, number * 2 + 5)) for number in range(34)]
    rows: dict[tuple[str, str], bool] = {}
    before = index.LATE_ROWS, index._LATE_SHARE
    index.LATE_ROWS, index._LATE_SHARE = 3, share  # type: ignore[misc]
    try:
        with tempfile.TemporaryDirectory(dir=place) as name:
            folder = Path(name)
            for what, start, word in steps:
                if what == "import":
                    lines = [f"{md5(number)},{pool[number]},{word}" for number in range(start, start + 4)]
                    imported(folder, "\n".join(["md5,pdq,label", *lines]))
                    for number in range(start, start + 4):
                        for value in (md5(number), pool[number]):
                            if not any(not kept for (other, _), kept in rows.items() if other == value):
                                rows[value, word] = True
                elif what == "withdraw" and any(value == pool[start] for value, _ in rows):
                    with HashSetStore(folder / "store") as store:
                        store.withdraw("unit", pool[start])
                    rows.update({key: False for key in rows if key[0] == pool[start]})
                elif what == "lose" and (there := _index(folder)):
                    path = there[start % len(there)]
                    if word == "gone":
                        path.unlink()
                    else:
                        path.write_bytes(path.read_bytes()[: 5_000 if word == "cut" else 0])
                asked = [media(number, pdq=pdq(pool[number])) for number in range(start, min(start + 5, 34))]
                asked = [("0" * 63 + str(row), item[1], md5(start + row), item[3]) for row, item in enumerate(asked)]
                found = {(m.sha256, m.how, m.entry, m.label) for m in matches(folder, asked, 12)}
                expected = set()
                for row, item in enumerate(asked):
                    for (value, label), kept in rows.items():
                        if kept and value == md5(start + row):
                            expected.add((item[0], MatchHow.MD5, value, label))
                        elif kept and len(value) == 64:
                            apart = (int(value, 16) ^ int(pool[start + row], 16)).bit_count()
                            if apart <= 12:
                                expected.add((item[0], MatchHow.PDQ, value, label))
                assert found == expected
    finally:
        index.LATE_ROWS, index._LATE_SHARE = before  # type: ignore[misc]


def test_a_long_list_is_asked_through_its_files_and_a_short_one_has_none(tmp_path: Path) -> None:
    imported(tmp_path, "".join(f"{md5(number)}\n" for number in range(1_000)), "short")
    assert _index(tmp_path) == []
    rows = "md5,sha1,label\n" + "".join(f"{md5(number)},{number:040x},{number % 300}\n" for number in range(30_000))
    imported(tmp_path, rows, "long")
    assert [path.suffix for path in _index(tmp_path)] == [".md5", ".sha1"]
    imported(tmp_path, f"md5,label\n{md5('late')},new\n{md5(7)},again\n", "long")
    with HashSetStore(tmp_path / "store") as store:
        assert store.withdraw("long", md5(8)) == 1
    assert len(_index(tmp_path)) == 2, "a few new rows made no new files"
    asked = [
        (f"{number:064x}", "1" * 40, md5(word), None) for number, word in enumerate((7, 8, 9, "late", "not there"))
    ]
    found = [(m.sha256[-1], m.hashset, m.label) for m in matches(tmp_path, asked)]
    assert found == [
        ("0", "long", "7"), ("0", "long", "again"), ("0", "short", ""), ("1", "short", ""), ("2", "long", "9"), ("2", "short", ""),
        ("3", "long", "new"),
    ]  # fmt: skip
    with HashSetStore(tmp_path / "store") as store:
        (long, _) = store.sets()
        assert (long.counts, long.withdrawn) == ({"md5": 30_001, "sha1": 30_000}, 1)
        state = store.matcher(["long"], 31).state
        store.remove("long")
        store.sets()
    assert _index(tmp_path) == []
    assert state["sets"][0]["counts"] == {"md5": 30_001, "sha1": 30_000}  # type: ignore[index, call-overload]


@pytest.mark.usefixtures("files")
def test_pdq_of_low_quality_is_in_no_file(tmp_path: Path) -> None:
    rows = f"pdq,quality,label\n{PDQ},49,low\n{flipped(PDQ, 1)},50,good\n{flipped(PDQ, 2)},,unsaid\n"
    imported(tmp_path, rows)
    assert [path.suffix for path in _index(tmp_path)] == [".pdq"]
    assert [m.label for m in matches(tmp_path, [media(pdq=pdq())])] == ["good", "unsaid"]
    with HashSetStore(tmp_path / "store") as store:
        assert store.matcher(None, 31).state["entries_of_low_quality_left_out"] == 1


@pytest.mark.usefixtures("files")
def test_a_store_that_cannot_be_written_is_asked_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(tmp_path, f"{md5('x')}\npdq:{PDQ}\n")
    for path in _index(tmp_path):
        path.unlink()

    def refused(*_args: Any, **_given: Any) -> None:
        raise OSError(30, "read-only")

    monkeypatch.setattr(index.ArrayFile, "write", refused)
    assert len(matches(tmp_path, [media("x", pdq=pdq())])) == 2
    assert _index(tmp_path) == []


@pytest.mark.usefixtures("files")
def test_the_digest_of_a_list_with_files_says_what_is_late_and_withdrawn(tmp_path: Path) -> None:
    def state(folder: Path) -> str:
        with HashSetStore(folder / "store") as store:
            return str(store.matcher(None, 31).state["sets"][0]["sha256"])  # type: ignore[index, call-overload]

    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        imported(folder, "\n".join(md5(number) for number in range(40)))
    assert state(folders[0]) == state(folders[1])
    with HashSetStore(folders[0] / "store") as store:
        store.withdraw("unit", md5(3))
    assert state(folders[0]) != state(folders[1])
    with HashSetStore(folders[1] / "store") as store:
        store.withdraw("unit", md5(3))
    assert state(folders[0]) == state(folders[1])


def test_a_store_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    with sqlite3.connect(tmp_path / "store" / "hashsets.sqlite") as made:
        for statement in (
            """CREATE TABLE hashset (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, role VARCHAR(16) NOT NULL, made_utc VARCHAR(40)
            NOT NULL, state TEXT)""",
            """CREATE TABLE imported (id INTEGER PRIMARY KEY, hashset_id INTEGER NOT NULL, file TEXT NOT NULL, file_sha256 VARCHAR(64)
            NOT NULL, kind VARCHAR(8) NOT NULL, bank TEXT NOT NULL, label TEXT NOT NULL, time_utc VARCHAR(40) NOT NULL,
            accepted BIGINT NOT NULL)""",
            "CREATE TABLE mark (id INTEGER PRIMARY KEY, bank TEXT NOT NULL, label TEXT NOT NULL, UNIQUE (bank, label))",
            """CREATE TABLE entry (how VARCHAR(8), hash BLOB, hashset_id INTEGER, mark_id INTEGER, quality INTEGER,
            withdrawn_utc VARCHAR(40), PRIMARY KEY (how, hash, hashset_id, mark_id)) WITHOUT ROWID""",
            "INSERT INTO hashset VALUES (1, 'unit', 'known', '2026-01-01T00:00:00Z', NULL)",
            "INSERT INTO mark VALUES (1, '', 'A')",
            "PRAGMA user_version=1",
        ):
            made.execute(statement)
        rows = [
            ("md5", bytes.fromhex(md5(number)), 1, 1, None, None if number else "2026-01-01T00:00:00Z")
            for number in range(9)
        ]
        made.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", rows)
    made.close()
    asked = [(f"{number:064x}", "1" * 40, md5(number), None) for number in range(12)]
    assert [int(m.sha256, 16) for m in matches(tmp_path, asked)] == list(range(1, 9))
    with HashSetStore(tmp_path / "store") as store:
        (info,) = store.sets()
        assert (info.counts, info.withdrawn) == ({"md5": 8}, 1)
    assert imported(tmp_path, "\n".join(md5(number) for number in range(12)), label="A").accepted == {"md5": 3}
    assert [int(m.sha256, 16) for m in matches(tmp_path, asked)] == list(range(1, 12))


def test_a_matcher_keeps_the_files_that_it_began_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "LATE_ROWS", 10)
    chance = random.Random(1)
    imported(tmp_path, "".join(f"pdq:{chance.getrandbits(256):064x}\n" for _ in range(20)) + f"pdq:{PDQ}\n")
    asked = [media("x", pdq=pdq())]
    with HashSetStore(tmp_path / "store") as store:
        early = store.matcher(None, 31)
        old = _index(tmp_path)
        imported(tmp_path, "".join(f"pdq:{flipped(PDQ, number)}\n" for number in range(40)))
        assert old != _index(tmp_path)
        assert len(early.match(asked)) == 1
        assert len(store.matcher(None, 31).match(asked)) == 41


@pytest.mark.parametrize("part", ["quads", "cells", "rows", "starts", "marks"])
def test_a_file_that_was_altered_is_noticed_before_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Its length and its header are right: only its bytes tell, and a match that is missed would say nothing."""
    monkeypatch.setattr(index, "LATE_ROWS", 5)
    values = [sha256(number) for number in range(4_200)]
    imported(tmp_path, "\n".join(values), kind="pdq")
    asked = [media(number, pdq=pdq(value)) for number, value in enumerate(values[:300])]
    before = matches(tmp_path, asked)
    assert len(before) == 300
    (path,) = (tmp_path / "store" / "index").glob("*.pdq")
    raw = bytearray(path.read_bytes())
    head = json.loads(raw[48 : 48 + int.from_bytes(raw[8:16], "little")])
    (where,) = [item for item in head["arrays"] if item["name"] == part]
    place = where["at"] + 2_000
    raw[place : place + 500] = bytes(255 - byte for byte in raw[place : place + 500])
    path.write_bytes(raw)
    assert matches(tmp_path, asked) == before
    with HashSetStore(tmp_path / "store") as lists:
        assert [item.damage for item in lists.check_files()] == [""], "it was not made again"
