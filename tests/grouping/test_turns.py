"""Flipped and rotated near-duplicates: what they promise holds for every member, no drift, the same for every order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from safelight.fingerprint.pdq import transform
from safelight.grouping.near import near_duplicates
from safelight.grouping.turns import TURNS, turned_duplicates
from safelight.model import Group

Bytes = NDArray[np.uint8]


def _drawn(seed: int, size: int) -> tuple[Bytes, Bytes, NDArray[np.bool_]]:
    """A few pictures, each again and again under some turn and with some bits changed."""
    chance = np.random.default_rng(seed)
    names = np.zeros((size, 32), np.uint8)
    names[:, :2] = chance.permutation(size)[:, None].astype(">u2").view(np.uint8).reshape(-1, 2)
    pictures = chance.integers(0, 256, (4, 8, 32), np.uint8)
    # What a turn does to the eight hashes of a picture: here, each turn is an exchange of places with the first.
    turned = pictures[chance.integers(0, 4, size)].copy()
    for row in range(size):
        other = int(chance.integers(0, 8))
        turned[row, [0, other]] = turned[row, [other, 0]]
        for _ in range(int(chance.integers(0, 20))):
            turned[row, chance.integers(0, 8), chance.integers(0, 32)] ^= np.uint8(1 << int(chance.integers(0, 8)))
    return names, turned, chance.random(size) < 0.8


def _bits(one: Bytes, other: Bytes) -> int:
    return int(np.bitwise_count(one ^ other).sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 30), st.integers(0, 64))
def test_groups_hold_what_they_promise(seed: int, size: int, limit: int) -> None:
    names, turned, known = _drawn(seed, size)
    place = {name.tobytes().hex(): row for row, name in enumerate(names)}
    found = turned_duplicates(names, turned, known, limit)
    groups = list(found.groups)
    members = [name for group in groups for name, _ in group.members]
    assert len(members) == len(set(members))
    for group in groups:
        assert len(group.members) > 1 and group.members[0] == (group.representative, 0)
        hash_of_it = turned[place[group.representative], 0]
        for name, distance in group.members:
            which = TURNS.index(found.turns.get(name, ""))
            row = place[name]
            assert distance == _bits(turned[row, which], hash_of_it) <= limit
            assert not which or known[row]
            if which:
                assert _bits(turned[row, 0], hash_of_it) > limit, "near as stored, and told as turned"
    for one in range(size):
        for other in range(size):
            near = _bits(turned[other, 0], turned[one, 0]) <= limit
            near |= bool(known[other]) and any(
                _bits(turned[other, which], turned[one, 0]) <= limit for which in range(8)
            )
            if near and one != other:
                ends = {names[one].tobytes().hex(), names[other].tobytes().hex()}
                assert ends & set(members), "a near pair was missed"
    again = np.random.default_rng(seed).permutation(size)
    shuffled = turned_duplicates(names[again], turned[again], known[again], limit)
    assert (list(shuffled.groups), shuffled.turns) == (groups, found.turns)


def test_where_no_turn_is_known_it_finds_what_is_found_without_turns() -> None:
    names, turned, _ = _drawn(3, 60)
    found = turned_duplicates(names, turned, np.zeros(60, bool), 31)
    assert not found.turns

    def pairs(groups: list[Group]) -> set[frozenset[str]]:
        return {frozenset(name for name, _ in group.members) for group in groups}

    assert pairs(list(found.groups)) == pairs(list(near_duplicates(names, np.ascontiguousarray(turned[:, 0]), 31)))


def test_thousands_of_equal_pictures_are_one_group_and_cheap() -> None:
    names = np.zeros((5_000, 32), np.uint8)
    names[:, :2] = np.arange(5_000).astype(">u2").view(np.uint8).reshape(-1, 2)
    found = turned_duplicates(names, np.zeros((5_000, 8, 32), np.uint8), np.ones(5_000, bool), 31)
    assert [len(group.members) for group in found.groups] == [5_000] and not found.turns


def test_drawn_pictures_are_found_under_every_turn() -> None:
    """The names of the turns say what must be done to the member; checked on pixels that were turned."""
    chance = np.random.default_rng(11)
    small = Image.fromarray(chance.integers(0, 256, (6, 8), np.uint8)).resize((400, 300), Image.Resampling.BICUBIC)
    moves = {
        "turned-90": Image.Transpose.ROTATE_270, "turned-180": Image.Transpose.ROTATE_180, "turned-270": Image.Transpose.ROTATE_90,
        "top-bottom": Image.Transpose.FLIP_TOP_BOTTOM, "left-right": Image.Transpose.FLIP_LEFT_RIGHT,
        "transposed": Image.Transpose.TRANSPOSE, "transverse": Image.Transpose.TRANSVERSE,
    }  # fmt: skip
    pictures = [small, *(small.transpose(move) for move in moves.values())]
    hashes = []
    for picture in pictures:
        made = transform(np.asarray(picture), *picture.size)
        hashes.append([np.frombuffer(bytes.fromhex(text), np.uint8) for text in made.dihedral()])
    names = np.zeros((8, 32), np.uint8)
    names[:, 0] = range(8)
    found = turned_duplicates(names, np.array(hashes, np.uint8), np.ones(8, bool), 31)
    assert [len(group.members) for group in found.groups] == [8]
    assert found.groups[0].representative == names[0].tobytes().hex()
    assert found.turns == {names[number].tobytes().hex(): turn for number, turn in enumerate(moves, 1)}
