"""Digests on a long list: Safelight's mapped file against SQLite and DuckDB on the same MD5s, asked in batches; and a whole import of such a list.

Run: `python benchmarks/digests.py --n 10000000 --json`. Half of the questions are on the list. Engines: `safelight`, the file alone, from a
list that is sorted; `safelight store`, the import of a text file through the store, index files included, and matching with all that belongs
to a match; `sqlite` (a table without rowid, asked 500 at a time) and `duckdb` (a join), where installed. `build_s` is what it takes until
the first question can be asked. At 1e8 mind the disk: 4 GB for `safelight`, 20 GB for `safelight store`.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines import Seconds, apart, arguments, memory_mib, printed, rates, timed

Keys = NDArray[np.uint8]
_BLOCK = 1_000_000


def sorted_blocks(count: int) -> Iterator[Keys]:
    """Sorted MD5s in blocks: the first eight bytes are evenly spread, each within its own stretch, the others random."""
    chance = np.random.default_rng(3)
    stretch = (1 << 64) // count
    for start in range(0, count, _BLOCK):
        some = min(_BLOCK, count - start)
        heads = np.arange(start, start + some, dtype=np.uint64) * np.uint64(stretch)
        heads += chance.integers(0, stretch, some, np.uint64)
        block = chance.integers(0, 256, (some, 16), np.uint8)
        block[:, :8] = heads.astype(">u8").view(np.uint8).reshape(-1, 8)
        yield block


def questions(count: int, asked: int) -> tuple[Keys, NDArray[np.bool_]]:
    """MD5s of which half are on the list, in no order, and which are."""
    chance = np.random.default_rng(4)
    wanted = np.sort(chance.choice(count, asked // 2, replace=asked // 2 > count))
    held = [
        block[wanted[(wanted >= at) & (wanted < at + len(block))] - at]
        for at, block in zip(range(0, count, _BLOCK), sorted_blocks(count), strict=False)
    ]
    keys = np.concatenate((*held, chance.integers(0, 256, (asked - asked // 2, 16), np.uint8)))
    order = chance.permutation(asked)
    return keys[order], (order < asked // 2)


def _result(
    hits: int, expected: int, asked: int, seconds: Seconds, build_s: Seconds, memory_mb: float, **more: Any
) -> dict[str, Any]:
    return {
        **rates(asked, seconds), "build_s": round(build_s, 1), "build_cpu_s": round(build_s.cpu, 1),
        "memory_mb": round(memory_mb, 1), "recall": hits / expected, **more,
    }  # fmt: skip


def safelight(count: int, asked: Keys, expected: int, folder: Path) -> dict[str, Any]:
    """The file of digests alone: written from sorted blocks, then mapped."""
    from safelight.fingerprint.arrays import ArrayFile
    from safelight.hashsets.digests import SortedDigests, add_counts, prefix_bits

    counts = np.zeros((1 << prefix_bits(count)) + 1, np.uint32)

    def keys() -> Iterator[Keys]:
        for block in sorted_blocks(count):
            add_counts(counts, block, prefix_bits(count))
            yield block

    def starts() -> Iterator[NDArray[np.uint32]]:
        yield np.cumsum(counts, dtype=np.uint32)

    path = folder / "digests"
    _, build_s = timed(lambda: ArrayFile.write(path, {}, {"keys": keys(), "starts": starts()}))
    digests, open_s = timed(lambda: SortedDigests.of(ArrayFile(path)))
    digests.find(asked[:1000])
    before = memory_mib()
    cold, first_s = timed(lambda: digests.find(asked))
    (rows, _), seconds = timed(lambda: digests.find(asked))
    assert len(cold[0]) == len(rows)
    size = path.stat().st_size / (1 << 20)
    path.unlink()
    return _result(len(rows), expected, len(asked), seconds, build_s, memory_mib() - before, file_mb=round(size, 1), open_s=round(open_s, 4),
                   first_batch_per_s=round(len(asked) / first_s))  # fmt: skip


def safelight_store(count: int, asked: Keys, expected: int, folder: Path) -> dict[str, Any]:
    """A text file imported into a store, and matched with lists, banks and labels."""
    from safelight.hashsets import HashSetStore

    path = folder / "list.txt"
    with path.open("wb") as stream:
        for block in sorted_blocks(count):
            raw = np.frombuffer(block.tobytes().hex().encode(), np.uint8).reshape(-1, 32)
            stream.write(np.concatenate((raw, np.full((len(raw), 1), 10, np.uint8)), axis=1).tobytes())
    stages: dict[str, float] = {}
    with HashSetStore(folder / "store") as store:
        report, build_s = timed(
            lambda: store.import_file(
                path, name="long", on_progress=lambda stage, done, _: stages.update({stage: done})
            )
        )
        assert report.accepted == {"md5": count}
        matcher, open_s = timed(lambda: store.matcher(None, 31))
        media = [
            (f"{row:064x}", f"{row:040x}", digest.tobytes().hex(), None) for row, digest in enumerate(asked[:200_000])
        ]
        before = memory_mib()
        found, seconds = timed(
            lambda: [
                match for start in range(0, len(media), 2_000) for match in matcher.match(media[start : start + 2_000])
            ]
        )
    size = sum(item.stat().st_size for item in (folder / "store").rglob("*") if item.is_file()) / (1 << 20)
    return _result(len(found), expected, len(media), seconds, build_s, memory_mib() - before, store_mb=round(size, 1), open_s=round(open_s, 3),
                   rows_per_s=round(count / build_s))  # fmt: skip


def sqlite(count: int, asked: Keys, expected: int, folder: Path) -> dict[str, Any]:
    """A table without rowid, filled in order."""
    connection = sqlite3.connect(folder / "peer.sqlite")
    connection.execute("PRAGMA cache_size=-262144")
    connection.execute("CREATE TABLE entry (hash BLOB PRIMARY KEY) WITHOUT ROWID")

    def filled() -> None:
        for block in sorted_blocks(count):
            connection.executemany("INSERT OR IGNORE INTO entry VALUES (?)", ((row.tobytes(),) for row in block))
        connection.commit()

    _, build_s = timed(filled)
    some = [row.tobytes() for row in asked[:100_000]]
    words = f"SELECT hash FROM entry WHERE hash IN ({','.join('?' * 500)})"
    before = memory_mib()
    found, seconds = timed(
        lambda: {key for at in range(0, len(some), 500) for (key,) in connection.execute(words, some[at : at + 500])}
    )
    # A digest that is asked twice in one statement comes back once.
    hits = sum(key in found for key in some)
    return _result(hits, expected, len(some), seconds, build_s, memory_mib() - before)


def duckdb(count: int, asked: Keys, expected: int, folder: Path) -> dict[str, Any]:
    """A join with a table of two 64-bit numbers, which is as small as DuckDB holds a digest."""
    import duckdb as engine
    import pyarrow as pa

    connection = engine.connect(str(folder / "peer.duckdb"))
    connection.execute("CREATE TABLE entry (a UBIGINT, b UBIGINT)")

    def table(block: Keys) -> Any:
        words = np.ascontiguousarray(block).view(">u8").astype(np.uint64)
        return pa.table({"a": words[:, 0].copy(), "b": words[:, 1].copy()})

    def filled() -> None:
        for block in sorted_blocks(count):
            connection.register("block", table(block))
            connection.execute("INSERT INTO entry SELECT a, b FROM block")

    _, build_s = timed(filled)
    connection.register("asked", table(asked))
    before = memory_mib()
    found, seconds = timed(lambda: connection.execute("SELECT count(*) FROM asked JOIN entry USING (a, b)").fetchone())
    return _result(found[0], expected, len(asked), seconds, build_s, memory_mib() - before)


ENGINES = {"safelight": safelight, "safelight store": safelight_store, "sqlite": sqlite, "duckdb": duckdb}
_ASKED_OF = {"safelight store": 200_000, "sqlite": 100_000}


def main() -> None:
    """Prints one line for each engine and size."""
    parser = arguments(__doc__ or "", (10_000_000,))
    parser.add_argument("--queries", type=int, default=2_000_000)
    given = parser.parse_args()

    def rows() -> Iterator[dict[str, Any]]:
        for count in given.n:
            asked, held = questions(count, given.queries)
            for name, engine in ENGINES.items():
                if given.engine and name not in given.engine:
                    continue
                with tempfile.TemporaryDirectory(dir=os.environ.get("SAFELIGHT_BENCHMARK_DIR")) as folder:
                    expected = int(held[: _ASKED_OF.get(name)].sum())
                    yield {"engine": name, "n": count, **apart(engine, count, asked, expected, Path(folder))}

    printed(rows(), as_json=given.json)


if __name__ == "__main__":
    main()
