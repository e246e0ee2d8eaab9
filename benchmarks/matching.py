"""PDQ hashes within 31 bits: Safelight's index, in memory and mapped from its file, against `threatexchange` and faiss on the same hashes.

Run: `python benchmarks/matching.py --n 100000 1000000 --json`. Each engine runs in a process of its own. `recall` is measured against comparing every
question with every hash. Peers come from the extra `benchmarks`; one that is not installed is said to be skipped. Every engine answers in one batch;
`threads` says how many it may use. On a busy machine compare `queries_per_cpu_s`.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engines import Hashes, Seconds, apart, arguments, drawn, memory_mib, printed, questions, rates, timed

BITS = 31
_CORES = len(os.sched_getaffinity(0))
Pairs = set[tuple[int, int]]


def _result(
    found: Pairs, expected: Pairs, asked: int, seconds: Seconds, build_s: Seconds, memory_mb: float, **more: Any
) -> dict[str, Any]:
    assert not found - expected, "it found what is not there"
    return {
        **rates(asked, seconds), "build_s": round(build_s, 2), "build_cpu_s": round(build_s.cpu, 2), "memory_mb": round(memory_mb, 1),
        "recall": len(found) / len(expected), **more,
    }  # fmt: skip


def _expected(hashes: Hashes, asked: Hashes) -> Pairs:
    """By comparing all with all in NumPy, which shares no code with what is measured."""
    quads, pairs = hashes.view(np.uint64).reshape(-1, 4), set()
    for row, question in enumerate(asked.view(np.uint64).reshape(-1, 4)):
        bits = np.zeros(len(quads), np.uint16)
        for word in range(4):
            bits += np.bitwise_count(quads[:, word] ^ question[word])
        pairs |= {(row, int(place)) for place in np.flatnonzero(bits <= BITS)}
    return pairs


def safelight(hashes: Hashes, asked: Hashes, expected: Pairs, threads: int = 0) -> dict[str, Any]:
    """The index in memory, with a thread a core."""
    from safelight.fingerprint.hamming import HammingIndex

    _, start_s = timed(lambda: HammingIndex(drawn(5_000)).prepare().within(asked[:300], BITS))
    before = memory_mib()
    # The benchmark's own hashes are read in place: the index holds them and its tables.
    index, build_s = timed(lambda: HammingIndex(hashes, threads=threads).prepare())
    held = memory_mib() - before
    (rows, ids, _), seconds = timed(lambda: index.within(asked, BITS))
    one = _one_by_one(lambda question: index.within(question, BITS), asked)
    memory = index.held_bytes / (1 << 20)
    return _result(set(zip(rows.tolist(), ids.tolist(), strict=True)), expected, len(asked), seconds, build_s, memory,
                   grown_mb=round(held, 1), one_by_one_ms=one, start_s=round(start_s, 2), threads=threads or _CORES)  # fmt: skip


def safelight_alone(hashes: Hashes, asked: Hashes, expected: Pairs) -> dict[str, Any]:
    """The same in one thread."""
    return safelight(hashes, asked, expected, threads=1)


def safelight_mapped(hashes: Hashes, asked: Hashes, expected: Pairs) -> dict[str, Any]:
    """The index of a file: `build_s` is making and writing it, `open_s` opening it."""
    from safelight.fingerprint.hamming import HammingIndex

    HammingIndex(drawn(5_000)).prepare().within(asked[:300], BITS)
    with tempfile.TemporaryDirectory(dir=os.environ.get("SAFELIGHT_BENCHMARK_DIR")) as folder:
        path = Path(folder) / "index"
        _, build_s = timed(lambda: HammingIndex(hashes).save(path))
        (index, _), open_s = timed(lambda: HammingIndex.open(path))
        index.within(asked[:300], BITS)
        before = memory_mib()
        (rows, ids, _), seconds = timed(lambda: index.within(asked, BITS))
        return _result(set(zip(rows.tolist(), ids.tolist(), strict=True)), expected, len(asked), seconds, build_s, memory_mib() - before,
                       file_mb=round(path.stat().st_size / (1 << 20), 1), open_s=round(open_s, 4), threads=_CORES)  # fmt: skip


def _one_by_one(ask: Any, asked: Hashes) -> float:
    """Milliseconds that a single question takes, the middle of 200."""
    times = []
    for row in range(200):
        started = time.perf_counter()
        ask(asked[row : row + 1])
        times.append(time.perf_counter() - started)
    return round(sorted(times)[100] * 1000, 3)


def threatexchange(hashes: Hashes, asked: Hashes, expected: Pairs) -> dict[str, Any]:
    """`PDQIndex` of threatexchange."""
    import faiss
    from threatexchange.signal_type.pdq.pdq_faiss_matcher import PDQMultiHashIndex

    before = memory_mib()

    def made() -> Any:
        index = PDQMultiHashIndex()
        index.add([bytes(row).hex() for row in hashes], range(len(hashes)))
        return index

    index, build_s = timed(made)
    held = memory_mib() - before
    found, seconds = timed(lambda: index.search([bytes(row).hex() for row in asked], BITS))
    # It names a hash by its text.
    places = {bytes(row).hex(): place for place, row in enumerate(hashes)}
    pairs = {(row, places[item]) for row, items in enumerate(found) for item in items}
    return _result(pairs, expected, len(asked), seconds, build_s, held, threads=faiss.omp_get_max_threads())


def _faiss(index: Any, hashes: Hashes, asked: Hashes, expected: Pairs) -> dict[str, Any]:
    import faiss

    before = memory_mib()
    _, build_s = timed(lambda: index.add(hashes))
    held = memory_mib() - before
    (limits, _, ids), seconds = timed(lambda: index.range_search(asked, BITS + 1))
    rows = np.repeat(np.arange(len(asked)), np.diff(limits.astype(np.int64)))
    return _result(set(zip(rows.tolist(), ids.tolist(), strict=True)), expected, len(asked), seconds, build_s, held,
                   threads=faiss.omp_get_max_threads())  # fmt: skip


def faiss_flat(hashes: Hashes, asked: Hashes, expected: Pairs) -> dict[str, Any]:
    """`IndexBinaryFlat`, which compares all with all."""
    import faiss

    return _faiss(faiss.IndexBinaryFlat(256), hashes, asked, expected)


def faiss_mih(hashes: Hashes, asked: Hashes, expected: Pairs) -> dict[str, Any]:
    """`IndexBinaryMultiHash` with 16 tables of 16 bits, one bit turned: exact at 31."""
    import faiss

    index = faiss.IndexBinaryMultiHash(256, 16, 16)
    index.nflip = 1
    return _faiss(index, hashes, asked, expected)


ENGINES = {
    "safelight": safelight, "safelight, one thread": safelight_alone, "safelight mapped": safelight_mapped, "threatexchange": threatexchange,
    "faiss flat": faiss_flat, "faiss MIH": faiss_mih,
}  # fmt: skip


def main() -> None:
    """Prints one line for each engine and size."""
    parser = arguments(__doc__ or "", (100_000, 1_000_000))
    parser.add_argument("--queries", type=int, default=2_000)
    given = parser.parse_args()

    def rows() -> Iterator[dict[str, Any]]:
        for count in given.n:
            hashes = drawn(count)
            asked = questions(hashes, given.queries)
            expected = _expected(hashes, asked)
            for name, engine in ENGINES.items():
                if not given.engine or name in given.engine:
                    yield {"engine": name, "n": count, **apart(engine, hashes, asked, expected)}

    printed(rows(), as_json=given.json)


if __name__ == "__main__":
    main()
