"""The fast search against trying every pair."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tests.grouping.scene_pictures import busy, packed

from safelight.fingerprint.features import HEAD_BYTES, ROW
from safelight.grouping.scene_geometry import mirrored, pose_agreement
from safelight.grouping.scene_search import Pair, SceneSet, all_pairs, likely_pairs


@cache
def _edits() -> SceneSet:
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
    return SceneSet(packed(picture) for picture in [*edits, *made])


def _likely(scenes: SceneSet, least: int, *, threads: int = 1, together: NDArray[np.int64] | None = None) -> list[Pair]:
    none = np.full(len(scenes), -1, np.int64)
    lists = np.zeros(len(scenes), np.int8)
    return likely_pairs(scenes, least, lists=lists, together=none if together is None else together, threads=threads)


def test_the_fast_search_finds_what_trying_every_pair_finds() -> None:
    scenes = _edits()
    slow, fast = all_pairs(scenes, 5), _likely(scenes, 5)
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
    assert _likely(SceneSet([nothing, nothing]), 1) == []
    assert _likely(SceneSet([]), 1) == []
    scenes = SceneSet([nothing, packed(busy(1, 320, 240)), nothing, packed(busy(1, 320, 240)), nothing])
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
    scenes = SceneSet(sets)
    found = _likely(scenes, 1)
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
    scenes = SceneSet([*edits, packed(photograph)])
    lists = np.array([0] * 40 + [2], np.int8)
    found = likely_pairs(scenes, 8, lists=lists, together=np.full(41, -1, np.int64), threads=1)
    assert {pair.first for pair in found if pair.second == 40} == set(range(40))
