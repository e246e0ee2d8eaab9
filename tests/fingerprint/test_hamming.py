"""The exact index against a slow reference: whatever is added, withdrawn, saved and mapped, nothing is missed and nothing found twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safelight.fingerprint import hamming, tables
from safelight.fingerprint.arrays import DamagedArraysError
from safelight.fingerprint.hamming import HammingIndex

Hashes = NDArray[np.uint8]
Pairs = list[tuple[int, int, int]]
KINDS = ("random", "same", "zero", "flat", "near", "one key")


def _slow(queries: Hashes, entries: Hashes, limit: int) -> set[tuple[int, int, int]]:
    """All with all, by Python's own integers."""
    numbers = [int.from_bytes(entry.tobytes(), "big") for entry in entries]
    found = set()
    for row, query in enumerate(queries):
        asked = int.from_bytes(query.tobytes(), "big")
        found |= {(row, other, (asked ^ number).bit_count()) for other, number in enumerate(numbers)}
    return {item for item in found if item[2] <= limit}


def _listed(blocks: Iterator[hamming.Found]) -> Pairs:
    return [tuple(map(int, item)) for block in blocks for item in zip(*block, strict=True)]  # type: ignore[misc]


def _crowd(seed: int, size: int, kind: str) -> Hashes:
    """Hashes as real lists hold them, and as an enemy of the index would: alike, near each other, flat, one key of a table shared."""
    chance = np.random.default_rng(seed)
    out = chance.integers(0, 256, (size, 32), np.uint8)
    if kind == "same":
        out[:] = out[:1]
    elif kind == "zero":
        out[:] = 0
    elif kind == "flat":
        out[:, 2:] = 0
    elif kind == "one key":
        out[:, :8] = 0
    elif kind == "near":
        bits = np.unpackbits(np.repeat(out[:1], size, axis=0), axis=1)
        for row in range(size):
            bits[row, chance.choice(256, chance.integers(0, 70), replace=False)] ^= 1
        out = np.packbits(bits, axis=1)
    return out


def _turned(seed: int, hashes: Hashes, most: int) -> Hashes:
    """Each with up to so many bits turned."""
    chance = np.random.default_rng(seed)
    bits = np.unpackbits(hashes, axis=1)
    for row in bits:
        row[chance.choice(256, chance.integers(0, most + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


@pytest.fixture(params=["numpy", "compiled", "tables", "threads"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the ways in which an index may answer."""
    if request.param == "threads":
        monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2})
        monkeypatch.setattr(tables, "_THREADS_FROM", 1)
        monkeypatch.setattr(tables, "_THREADS_FROM_PAIRS", 0)
        monkeypatch.setattr(tables, "_STRETCH", 3)
        monkeypatch.setattr(tables, "_LEAST_ROOM", 5)
        monkeypatch.setattr(tables, "_RESULTS_OF_ONE", 1)
    if request.param == "numpy":
        monkeypatch.setattr(hamming, "_is_loaded", lambda: False)
        monkeypatch.setattr(hamming, "_COMPILED_FROM_PAIRS", 1 << 60)
    else:
        monkeypatch.setattr(hamming, "_COMPILED_FROM_PAIRS", 0)
        monkeypatch.setattr(hamming, "_TABLES_FROM_QUERIES", 0)
    for module in (hamming, tables):
        monkeypatch.setattr(module, "TABLES_FROM", 1 if request.param in {"tables", "threads"} else 1 << 30)
    return str(request.param)


@pytest.mark.parametrize("kind", KINDS)
def test_same_pairs_as_the_slow_reference(way: str, kind: str) -> None:
    @settings(max_examples=12, deadline=None)
    @given(st.integers(0, 1 << 30), st.integers(0, 30), st.integers(0, 40), st.integers(0, 64), st.integers(0, 64))
    def check(seed: int, n: int, m: int, limit: int, planned: int) -> None:
        everything = _crowd(seed, n + m, kind)
        queries, entries = everything[:n], everything[n:]
        index = HammingIndex(entries, planned_bits=planned)
        fast = _listed(index.blocks_within(queries, limit))
        assert len(fast) == len(set(fast)), "a pair was given twice"
        assert set(fast) == _slow(queries, entries, limit)
        pairs = [(min(a, b), max(a, b), bits) for a, b, bits in _listed(index.blocks_of_pairs(limit))]
        assert len(pairs) == len(set(pairs)), "a pair was given twice"
        assert set(pairs) == {item for item in _slow(entries, entries, limit) if item[0] < item[1]}

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_tables_agree_with_all_pairs_at_size(kind: str) -> None:
    """More hashes than are compared one by one, in crowds that overflow the counts of a table and the room for results."""
    entries = _crowd(3, 4_200, kind)
    queries = _turned(4, entries[:100], 45)
    index = HammingIndex(entries).prepare()
    assert all(part.block.has_tables for part in index._parts)
    for limit in (0, 15, 31, 32, 47):
        slow = _sorted(tables._compared(tables.aligned(queries), tables.aligned(entries), limit))
        assert np.array_equal(_sorted(index.blocks_within(queries, limit)), slow)
    if kind in {"same", "zero", "flat"}:
        # Every pair is one: nine million of them. The smaller crowds above are joined.
        return
    every = _sorted(tables._compared(tables.aligned(entries), tables.aligned(entries), 31))
    assert np.array_equal(_sorted(index.blocks_of_pairs(31)), every[every[:, 0] < every[:, 1]])


def _sorted(blocks: Iterator[hamming.Found]) -> NDArray[np.int64]:
    """Every pair, in order; one that was found twice stands there twice."""
    rows = [np.stack(block, axis=1, dtype=np.int64) for block in blocks]
    found = np.concatenate([np.empty((0, 3), np.int64), *rows])
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def test_crowds_beyond_the_room_for_results_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_RESULTS", 700)
    entries = _crowd(5, 5_000, "same")
    index = HammingIndex(entries).prepare()
    blocks = list(index.blocks_within(entries[:3], 0))
    assert sum(len(block[0]) for block in blocks) == 15_000 and len(blocks) > 1
    few = HammingIndex(entries[:60])
    monkeypatch.setattr(hamming, "_COMPILED_FROM_PAIRS", 0)
    blocks = list(few.blocks_of_pairs(0))
    assert sum(len(block[0]) for block in blocks) == 60 * 59 // 2 and len(blocks) > 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "withdraw", "ask", "save"]), st.integers(0, 60), st.integers(1, 40)),
        max_size=14,
    ),
    st.sampled_from(KINDS),
    st.booleans(),
)
def test_after_any_changes_it_finds_what_is_there(steps: list[tuple[str, int, int]], kind: str, compiled: bool) -> None:
    pool = _crowd(9, 100, kind)
    held: list[tuple[int, int]] = [(row, row) for row in range(20)]
    index = HammingIndex(pool[:20])
    if compiled:
        index.prepare()
    number = 1_000
    for what, start, size in steps:
        some = pool[start : start + size]
        if what == "add":
            ids = np.arange(number, number + len(some))
            index.add(some, ids)
            held += [(int(one), start + place) for place, one in enumerate(ids)]
            number += len(some)
        elif what == "withdraw":
            gone = {row.tobytes() for row in some}
            kept = [item for item in held if pool[item[1]].tobytes() not in gone]
            assert index.withdraw(some) == len(held) - len(kept)
            held = kept
        elif what == "save":
            index = _saved(index)
        queries = pool[start : start + 5]
        found = _listed(index.blocks_within(queries, 31))
        entries = np.array([pool[row] for _, row in held], np.uint8).reshape(-1, 32)
        expected = {(query, held[place][0], bits) for query, place, bits in _slow(queries, entries, 31)}
        assert len(found) == len(set(found)) and set(found) == expected
        assert len(index) == len(held)


def _saved(index: HammingIndex) -> HammingIndex:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        index.save(path, {"list": "hills"})
        opened, said = HammingIndex.open(path)
    assert said == {"list": "hills"}
    return opened


def test_a_saved_index_with_tables_answers_as_before(tmp_path: Path) -> None:
    entries = _crowd(11, 9_000, "random")
    queries = _turned(12, entries[::40], 40)
    index = HammingIndex(entries)
    index.save(tmp_path / "index")
    opened, _ = HammingIndex.open(tmp_path / "index")
    assert opened._parts[0].block.has_tables
    assert sorted(_listed(opened.blocks_within(queries, 31))) == sorted(_listed(index.blocks_within(queries, 31)))
    opened.add(entries[:10], np.arange(10) + 50_000)
    assert opened.withdraw(entries[5:7]) == 4
    assert {one for _, one, _ in _listed(opened.blocks_within(entries[5:8], 0))} == {7, 50_007}


def test_a_damaged_file_is_refused_or_caught(tmp_path: Path) -> None:
    path = tmp_path / "index"
    HammingIndex(_crowd(1, 5_000, "random")).save(path)
    whole = path.read_bytes()
    for cut in (0, 10, 100, 5_000, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(DamagedArraysError):
            HammingIndex.open(path)
    chance = np.random.default_rng(0)
    for _ in range(8):
        # Bytes turned at random: refused, an error, or another answer, but never a crash of the process.
        spoilt = bytearray(whole)
        for place in chance.integers(4_096, len(whole), 2_000):
            spoilt[place] = chance.integers(0, 256)
        path.write_bytes(bytes(spoilt))
        opened, _ = HammingIndex.open(path)
        try:
            opened.prepare().within(_crowd(2, 300, "random"), 31)
        except ValueError as error:
            assert "damaged" in str(error)


def test_questions_and_changes_from_many_threads() -> None:
    entries = _crowd(21, 6_000, "random")
    index = HammingIndex(entries).prepare()
    fixed, moving = entries[:200], _crowd(22, 400, "random")
    errors: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                found = _listed(index.blocks_within(fixed[:50], 31))
                assert {(row, row, 0) for row in range(50)} <= set(found)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is shown by the test
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        index.add(moving[number * 10 : number * 10 + 10], np.arange(10) + 10_000 + number * 10)
        assert index.withdraw(moving[number * 10 : number * 10 + 5]) == 5
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(index) == 6_000 + 200
    assert {one for _, one, _ in _listed(index.blocks_within(moving, 0))} == {
        10_000 + number for number in range(400) if number % 10 >= 5
    }


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        HammingIndex(np.zeros((3, 31), np.uint8))
    with pytest.raises(ValueError, match="distance"):
        HammingIndex(np.zeros((3, 32), np.uint8)).within(np.zeros((1, 32), np.uint8), 65)
    with pytest.raises(ValueError, match="id"):
        HammingIndex(np.zeros((3, 32), np.uint8)).add(np.zeros((2, 32), np.uint8), np.arange(3))


_ASKED = """
import sys, numpy as np
from safelight.fingerprint.hamming import HammingIndex
hashes = np.random.default_rng(0).integers(0, 256, (int(sys.argv[1]), 32), np.uint8)
assert len(HammingIndex(hashes).within(hashes[:300], 20)[0]) == 300
print("numba" in sys.modules)
"""


def _process(count: int, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _ASKED, str(count)], capture_output=True, text=True, check=True, timeout=240,
        env={**os.environ, **environment},
    )  # fmt: skip
    return done.stdout.strip()


def test_few_pairs_do_not_import_the_compiler_and_many_do(tmp_path: Path) -> None:
    assert _process(2_000) == "False"
    assert _process(230_000, XDG_CACHE_HOME=str(tmp_path)) == "True"
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "safelight" / "compiled").rglob("*.nbc")}
    assert kept, "nothing was kept for the next process"
    assert _process(230_000, XDG_CACHE_HOME=str(tmp_path)) == "True"
    assert kept == {path: path.stat().st_mtime_ns for path in (tmp_path / "safelight" / "compiled").rglob("*.nbc")}


@pytest.mark.parametrize("mode", [0o777, None])
def test_a_cache_that_cannot_be_trusted_or_written_is_done_without(tmp_path: Path, mode: int | None) -> None:
    if mode is None:
        (tmp_path / "safelight").write_text("no directory")
    else:
        (tmp_path / "safelight" / "compiled").mkdir(parents=True)
        (tmp_path / "safelight" / "compiled").chmod(mode)
    assert _process(230_000, XDG_CACHE_HOME=str(tmp_path)) == "True"
    assert not list(tmp_path.rglob("*.nbc"))


@pytest.mark.parametrize("kind", ["random", "near", "same"])
def test_threads_change_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many questions as threads are started for, in crowds that need more room than a stretch of them begins with."""
    monkeypatch.setattr(tables, "_THREADS_FROM_PAIRS", 0)
    entries = _crowd(9, 5_000, kind)
    queries = _turned(10, entries[:700], 40)
    alone, shared = (HammingIndex(entries, threads=threads).prepare() for threads in (1, 3))
    for limit in (0, 31):
        assert np.array_equal(
            _sorted(alone.blocks_within(queries, limit)), _sorted(shared.blocks_within(queries, limit))
        )


def test_whoever_stops_asking_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_THREADS_FROM_PAIRS", 0)
    entries = _crowd(11, 5_000, "same")
    before = threading.active_count()
    blocks = HammingIndex(entries, threads=3).prepare().blocks_within(entries[:2_000], 0)
    assert next(blocks)[0].size
    assert isinstance(blocks, Generator)
    blocks.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("seed", range(12))
def test_tables_that_were_altered_end_no_process(seed: int) -> None:
    """Whatever stands in them, compiled code stays within them: it says that they are damaged, or finds less."""
    chance = np.random.default_rng(seed)
    entries = _crowd(12, 5_000, "one key" if seed % 2 else "random")
    block = tables.Block(tables.aligned(entries)).with_tables(31)
    cells, rows = (np.array(block.arrays()[name]) for name in ("cells", "rows"))
    for array in ((cells,), (rows,), (cells, rows))[seed % 3]:
        place = chance.integers(0, len(array), len(array) // 50)
        array[place] = chance.integers(0, 1 << 32, len(place), np.uint32)
    hurt = tables.Block(block.quads, block.widths, cells, rows)
    try:
        found = _sorted(hurt.search(block.quads[:700], 31, compiled=True))
    except DamagedArraysError as error:
        assert "damaged" in str(error)
    else:
        whole = _sorted(block.search(block.quads[:700], 31, compiled=True))
        assert {tuple(row) for row in found.tolist()} <= {tuple(row) for row in whole.tolist()}
