"""The fast search against trying every pair."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.grouping.scene_pictures import busy, packed

from safelight.fingerprint.features import HEAD_BYTES, ROW
from safelight.grouping.scene_geometry import mirrored, pose_agreement
from safelight.grouping.scene_search import ANSWERING, Pair, SceneSet, all_pairs, likely_pairs


@cache
def _edits() -> tuple[bytes, ...]:
    """Twelve pictures, each cropped, mirrored or half replaced; the edits come first."""
    made = [busy(seed, 480, 360) for seed in range(12)]
    edits = []
    for number, picture in enumerate(made):
        if number % 3 == 0:
            edits.append(picture.crop((60, 40, 420, 320)))
        elif number % 3 == 1:
            edits.append(picture.transpose(0))
        else:
            edit = picture.copy()
            edit.paste(busy(100 + number, 480, 360).crop((0, 0, 240, 360)), (0, 0))
            edits.append(edit)
    return tuple(packed(picture) for picture in [*edits, *made])


def _likely(
    packed_features: Sequence[bytes], least: int, *, threads: int = 1, together: NDArray[np.int64] | None = None,
    lists: NDArray[np.int8] | None = None, answering: int = ANSWERING,
) -> list[Pair]:  # fmt: skip
    count = len(packed_features)
    blocks = likely_pairs(
        lambda start, stop: SceneSet(packed_features[start:stop]),
        least,
        lists=np.zeros(count, np.int8) if lists is None else lists,
        together=np.full(count, -1, np.int64) if together is None else together,
        threads=threads,
        answering=answering,
    )
    return sorted(
        (pair for block in blocks for pair in block.pairs), key=lambda pair: (pair.first, pair.mirror, pair.second)
    )


def test_the_fast_search_finds_what_trying_every_pair_finds() -> None:
    scenes = _edits()
    slow, fast = all_pairs(SceneSet(scenes), 5), _likely(scenes, 5)
    assert {pair for pair in slow if pair.agreeing >= 12} <= set(fast) <= set(slow)
    assert {(pair.first, pair.second) for pair in fast} >= {(number, number + 12) for number in range(12)}
    mirror = {pair.first for pair in fast if pair.mirror and pair.second == pair.first + 12 and pair.agreeing > 40}
    assert mirror == {1, 4, 7, 10}


def test_threads_change_nothing() -> None:
    scenes = _edits()
    assert _likely(scenes, 5, threads=1) == _likely(scenes, 5, threads=2)


def test_pictures_of_one_group_are_not_compared() -> None:
    scenes = _edits()
    together = np.full(len(scenes), -1, np.int64)
    together[[0, 12]] = 7
    found = {(pair.first, pair.second) for pair in _likely(scenes, 5, together=together)}
    assert (0, 12) not in found and (1, 13) in found


def test_pictures_without_features_are_in_nobodys_way() -> None:
    nothing = bytes(HEAD_BYTES)
    assert _likely([nothing, nothing], 1) == []
    assert _likely([], 1) == []
    scenes = [nothing, packed(busy(1, 320, 240)), nothing, packed(busy(1, 320, 240)), nothing]
    assert [(pair.first, pair.second, pair.mirror) for pair in _likely(scenes, 20)] == [(1, 3, False)]


def test_agreeing_spots_are_counted_as_the_reference_counts_them() -> None:
    """Spots with places, sizes and directions at random, of which some follow one transformation."""
    chance = np.random.default_rng(5)
    sets = []
    base = np.frombuffer(chance.bytes(ROW.itemsize * 60), ROW).copy()
    base["size"] &= 127
    for _ in range(8):
        rows = np.frombuffer(chance.bytes(ROW.itemsize * 60), ROW).copy()
        rows["size"] &= 127
        kept = chance.permutation(60)[: int(chance.integers(15, 45))]
        rows[kept] = base[kept]
        rows["x"][kept] = (base["x"][kept] // 2 + 9_000).astype(np.uint16)
        rows["y"][kept] = (base["y"][kept] // 2 + 5_000).astype(np.uint16)
        rows["size"][kept] = np.maximum(base["size"][kept].astype(int) - 16, 0).astype(np.uint8)
        chance.shuffle(rows)
        sets.append((245).to_bytes(2, "little") + (184).to_bytes(2, "little") + rows.tobytes())
    found, scenes = _likely(sets, 1), SceneSet(sets)
    assert len(found) >= 20
    for pair in found:
        first, second = scenes.picture(pair.first), scenes.picture(pair.second)
        shown = mirrored(first) if pair.mirror else first
        assert pair.agreeing == len(pose_agreement(shown, second)[0])


def test_a_crowd_of_edits_does_not_hide_the_photograph() -> None:
    """Forty edits of one photograph share everything with each other; the photograph, last, is still found for each."""
    photograph = busy(1, 320, 240)
    chance = np.random.default_rng(1)
    pixels = np.asarray(photograph)
    noisy = [np.clip(pixels + chance.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8) for _ in range(40)]
    edits = [packed(Image.fromarray(made)) for made in noisy]
    lists = np.array([0] * 40 + [2], np.int8)
    found = _likely([*edits, packed(photograph)], 8, lists=lists)
    assert {pair.first for pair in found if pair.second == 40} == set(range(40))


@pytest.mark.parametrize("answering", [1, 5, 23, 24])
def test_tables_of_a_few_pictures_at_a_time_find_what_tables_of_all_find(answering: int) -> None:
    scenes = _edits()
    whole, parts = set(_likely(scenes, 12)), set(_likely(scenes, 12, answering=answering))
    assert len(whole) >= 12 and whole <= parts


def test_what_is_done_adds_up_to_the_pictures() -> None:
    scenes, told = _edits(), list[int]()
    for _ in likely_pairs(
        lambda start, stop: SceneSet(scenes[start:stop]), 5, lists=np.zeros(24, np.int8), together=np.full(24, -1, np.int64), answering=7,
        on_done=told.append,
    ):  # fmt: skip
        pass
    assert sum(told) == len(scenes) and min(told) >= 0
