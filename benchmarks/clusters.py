"""All pairs within 31 bits: Safelight's self-join against faiss asked with its own hashes, and near-duplicate groups of a drawn seizure.

Run: `python benchmarks/clusters.py --n 36209 1000000 --json`. A tenth of the hashes are near-duplicates of others. `recall` is measured against the
pairs that were drawn; where faiss has run, the two must agree in every pair. `seconds` is the join alone; `queries_per_s` is hashes a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from engines import Hashes, Seconds, apart, arguments, drawn, memory_mib, printed, rates, timed

BITS = 31


def seizure(count: int) -> tuple[Hashes, set[tuple[int, int]]]:
    """Hashes of which a tenth have a few bits of another one turned, and the pairs that come from that."""
    chance = np.random.default_rng(7)
    hashes = drawn(count, 8)
    bits = np.unpackbits(hashes, axis=1)
    copies = chance.permutation(count)[: count // 10 * 2].reshape(2, -1)
    for first, second in copies.T:
        bits[second] = bits[first]
        bits[second, chance.choice(256, chance.integers(0, BITS + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1), {(min(pair), max(pair)) for pair in copies.T.tolist()}


def _result(
    pairs: set[tuple[int, int]], made: set[tuple[int, int]], count: int, seconds: Seconds, memory_mb: float, **more: Any
) -> dict[str, Any]:
    return {
        **rates(count, seconds), "seconds": round(seconds, 3), "seconds_cpu": round(seconds.cpu, 3), "build_s": 0, "memory_mb": round(memory_mb, 1),
        "recall": len(made & pairs) / len(made), "pairs": len(pairs), **more,
    }  # fmt: skip


def safelight(hashes: Hashes, made: set[tuple[int, int]]) -> dict[str, Any]:
    """The self-join."""
    from safelight.fingerprint.hamming import HammingIndex

    list(HammingIndex(drawn(9_000)).blocks_of_pairs(BITS))
    before = memory_mib()
    blocks, seconds = timed(lambda: list(HammingIndex(hashes).blocks_of_pairs(BITS)))
    pairs = {(min(pair), max(pair)) for a, b, _ in blocks for pair in zip(a.tolist(), b.tolist(), strict=True)}
    return _result(pairs, made, len(hashes), seconds, memory_mib() - before, digest=_digest(pairs))


def groups(hashes: Hashes, made: set[tuple[int, int]]) -> dict[str, Any]:
    """Near-duplicate groups, with their names and all."""
    from safelight.fingerprint.hamming import HammingIndex
    from safelight.grouping import near_duplicates

    list(HammingIndex(drawn(9_000)).blocks_of_pairs(BITS))
    names = np.zeros((len(hashes), 32), np.uint8)
    names[:, 24:] = np.arange(len(hashes), dtype=">u8").view(np.uint8).reshape(-1, 8)
    before = memory_mib()
    found, seconds = timed(lambda: near_duplicates(names, hashes, BITS))
    together = {int(name, 16): number for number, group in enumerate(found) for name, _ in group.members}
    kept = {pair for pair in made if pair[0] in together or pair[1] in together}
    return {**_result(kept, made, len(hashes), seconds, memory_mib() - before), "pairs": None, "groups": len(found)}


def faiss_mih(hashes: Hashes, made: set[tuple[int, int]]) -> dict[str, Any]:
    """`IndexBinaryMultiHash`, 16 tables of 16 bits, one bit turned."""
    import faiss

    before = memory_mib()

    def joined() -> Any:
        index = faiss.IndexBinaryMultiHash(256, 16, 16)
        index.nflip = 1
        index.add(hashes)
        return index.range_search(hashes, BITS + 1)

    (limits, _, ids), seconds = timed(joined)
    rows = np.repeat(np.arange(len(hashes)), np.diff(limits.astype(np.int64)))
    pairs = {pair for pair in zip(rows.tolist(), ids.tolist(), strict=True) if pair[0] < pair[1]}
    return _result(pairs, made, len(hashes), seconds, memory_mib() - before, digest=_digest(pairs))


def _digest(pairs: set[tuple[int, int]]) -> str:
    import hashlib

    return hashlib.sha256(repr(sorted(pairs)).encode()).hexdigest()[:16]


ENGINES = {"safelight": safelight, "safelight groups": groups, "faiss MIH": faiss_mih}
_FAISS_UP_TO = 200_000


def main() -> None:
    """Prints one line for each engine and size."""
    parser = arguments(__doc__ or "", (36_209, 1_000_000))
    given = parser.parse_args()

    def rows() -> Iterator[dict[str, Any]]:
        for count in given.n:
            hashes, made = seizure(count)
            for name, engine in ENGINES.items():
                if given.engine and name not in given.engine:
                    continue
                if name == "faiss MIH" and count > _FAISS_UP_TO:
                    yield {"engine": name, "n": count, "skipped": "it would take the better part of an hour"}
                else:
                    yield {"engine": name, "n": count, **apart(engine, hashes, made)}

    printed(rows(), as_json=given.json)


if __name__ == "__main__":
    main()
