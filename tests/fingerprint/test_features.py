"""Packed local features: what goes in comes out, wrong lengths are refused, mirrored codes are those of the mirrored picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grouping.scene_pictures import busy, features

from safelight.fingerprint.features import (
    HEAD_BYTES,
    MOST_FEATURES,
    ROW,
    LocalFeatures,
    mirrored_codes,
    pack,
    packed_length_is_right,
    unpack,
)


@given(st.integers(0, 2**32), st.integers(0, MOST_FEATURES), st.integers(1, 512), st.integers(1, 512))
def test_features_come_back_as_exactly_as_they_are_stored(seed: int, count: int, width: int, height: int) -> None:
    chance = np.random.default_rng(seed)
    made = LocalFeatures(
        width,
        height,
        chance.uniform(0, width, count).astype(np.float32),
        chance.uniform(0, height, count).astype(np.float32),
        chance.uniform(0, 7.5, count).astype(np.float32),
        chance.uniform(0, 2 * np.pi, count).astype(np.float32),
        chance.integers(0, 2**64, (count, 2), np.uint64),
        chance.random(count) < 0.5,
    )
    packed = pack(made)
    assert len(packed) == HEAD_BYTES + count * ROW.itemsize
    back = unpack(packed)
    assert (back.width, back.height, len(back)) == (width, height, count)
    assert np.allclose(back.x, made.x, atol=width / 60_000 + 1e-4)
    assert np.allclose(back.y, made.y, atol=height / 60_000 + 1e-4)
    assert np.allclose(back.size, made.size, atol=1 / 30)
    turned = np.abs((back.angle - made.angle + np.pi) % (2 * np.pi) - np.pi)
    assert turned.max(initial=0.0) <= 2 * np.pi / 500
    assert (back.codes == made.codes).all()
    assert (back.plain == made.plain).all()
    assert pack(back) == packed


@given(st.binary(max_size=200))
def test_bytes_of_a_wrong_length_are_refused(junk: bytes) -> None:
    if packed_length_is_right(len(junk)):
        assert len(unpack(junk)) == (len(junk) - HEAD_BYTES) // ROW.itemsize
    else:
        with pytest.raises(ValueError, match="no local features"):
            unpack(junk)


def test_more_features_than_there_can_be_are_refused() -> None:
    assert packed_length_is_right(HEAD_BYTES + MOST_FEATURES * ROW.itemsize)
    assert not packed_length_is_right(HEAD_BYTES + (MOST_FEATURES + 1) * ROW.itemsize)


@given(st.integers(0, 2**32))
def test_mirroring_codes_twice_gives_them_back(seed: int) -> None:
    codes = np.random.default_rng(seed).integers(0, 2**64, (5, 2), np.uint64)
    assert (mirrored_codes(mirrored_codes(codes)) == codes).all()


def test_mirrored_codes_are_those_of_the_mirrored_picture() -> None:
    picture = busy(1)
    there = features(picture)
    mirror = features(picture.transpose(0))
    plain = np.bitwise_count(there.codes[:, None] ^ mirror.codes[None]).sum(axis=2).min(axis=1)
    turned = np.bitwise_count(mirrored_codes(there.codes)[:, None] ^ mirror.codes[None]).sum(axis=2).min(axis=1)
    assert np.median(turned) <= 4
    assert np.median(plain) >= 20
