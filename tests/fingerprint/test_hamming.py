"""The exact index against a slow reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safelight.fingerprint import hamming
from safelight.fingerprint.hamming import HammingIndex

Hashes = NDArray[np.uint8]


def _slow(queries: Hashes, entries: Hashes, limit: int) -> set[tuple[int, int, int]]:
    found = set()
    for row, query in enumerate(queries):
        for other, entry in enumerate(entries):
            distance = int.from_bytes(query.tobytes(), "big") ^ int.from_bytes(entry.tobytes(), "big")
            if distance.bit_count() <= limit:
                found.add((row, other, distance.bit_count()))
    return found


def _fast(queries: Hashes, entries: Hashes, limit: int) -> list[tuple[int, int, int]]:
    return [tuple(map(int, item)) for item in zip(*HammingIndex(entries).within(queries, limit), strict=True)]  # type: ignore[misc]


def _crowd(seed: int, size: int, kind: str) -> Hashes:
    """Hashes as real lists hold them: random, near each other, all alike, or from flat pictures."""
    chance = np.random.default_rng(seed)
    out = chance.integers(0, 256, (size, 32), np.uint8)
    if kind == "same":
        out[:] = out[:1]
    elif kind == "zero":
        out[:] = 0
    elif kind == "flat":
        out[:, 2:] = 0
    elif kind == "near":
        bits = np.unpackbits(np.repeat(out[:1], size, axis=0), axis=1)
        for row in range(size):
            bits[row, chance.choice(256, chance.integers(0, 70), replace=False)] ^= 1
        out = np.packbits(bits, axis=1)
    return out


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 1 << 30),
    st.integers(0, 40),
    st.integers(0, 40),
    st.sampled_from(["random", "same", "zero", "flat", "near"]),
    st.integers(0, 64),
    st.booleans(),
)
def test_same_pairs_as_the_slow_reference(seed: int, n: int, m: int, kind: str, limit: int, by_words: bool) -> None:
    everything = _crowd(seed, n + m, kind)
    queries, entries = everything[:n], everything[n:]
    before = hamming._ALL_PAIRS_BELOW
    try:
        hamming._ALL_PAIRS_BELOW = 0 if by_words else before  # type: ignore[misc]
        fast = _fast(queries, entries, limit)
    finally:
        hamming._ALL_PAIRS_BELOW = before  # type: ignore[misc]
    assert len(fast) == len(set(fast)), "a pair was given twice"
    assert set(fast) == _slow(queries, entries, limit)


@pytest.mark.parametrize("kind", ["random", "near", "flat"])
def test_the_word_index_agrees_with_all_pairs_at_size(kind: str) -> None:
    everything = _crowd(3, 3_000, kind)
    index = HammingIndex(everything)
    for limit in (0, 15, 31, 32, 47):
        pairs = {tuple(map(int, item)) for item in zip(*index.within(everything[:200], limit), strict=True)}
        slow = {
            tuple(map(int, item))
            for block in index._all_pairs(hamming._quads(everything[:200]), limit)
            for item in zip(*block, strict=True)
        }
        assert pairs == slow


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        HammingIndex(np.zeros((3, 31), np.uint8))
    with pytest.raises(ValueError, match="distance"):
        HammingIndex(np.zeros((3, 32), np.uint8)).within(np.zeros((1, 32), np.uint8), 65)
