"""How often chance alone matches a message as well."""

from __future__ import annotations

from itertools import permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.origin.watermarks.marking import message

from safelight.model import Supports
from safelight.origin.watermarks.chance import chance_of, deviations, letters_tail, overlap_tail
from safelight.origin.watermarks.dwtdct import CHANCE_MAX, LOOK_CLOSER, TRIALS
from safelight.origin.watermarks.messages import MESSAGES, Message

BITS = st.lists(st.booleans(), min_size=1, max_size=7)


@given(BITS, st.randoms(use_true_random=False))
def test_the_tail_is_the_share_of_orders_that_match_as_well(bits: list[bool], random: object) -> None:
    reading = [random.random() < 0.5 for _ in bits]  # type: ignore[attr-defined]
    overlap = sum(one and two for one, two in zip(bits, reading, strict=True))
    orders = list(permutations(bits))
    as_good = sum(sum(a and b for a, b in zip(order, reading, strict=True)) >= overlap for order in orders)
    assert overlap_tail(len(bits), sum(bits), sum(reading), overlap) == pytest.approx(as_good / len(orders))


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_letters_change_places_only_among_their_like(bits: int, reading: int) -> None:
    message_bits = np.array([bits >> place & 1 for place in range(16)], dtype=np.bool_)
    read = np.array([reading >> place & 1 for place in range(16)], dtype=np.bool_)
    overlap, as_good = int((message_bits & read).sum()), 0
    for swapped in range(256):
        order = message_bits.copy().reshape(2, 8)
        for place in range(8):
            if swapped >> place & 1:
                order[:, place] = order[::-1, place]
        as_good += int((order.ravel() & read).sum()) >= overlap
    assert letters_tail(message_bits, read) == pytest.approx(as_good / 256)


def test_a_reading_of_all_ones_or_all_zeros_shows_nothing() -> None:
    for one in MESSAGES:
        for reading in (np.ones(one.length, np.bool_), np.zeros(one.length, np.bool_)):
            assert chance_of(one, reading) == 1.0
            assert deviations(one.length, one.ones, int(reading.sum()), int((reading & one.bits).sum())) == 0.0


def test_all_bits_of_each_message() -> None:
    assert chance_of(message("Stable Diffusion 2.x"), message("Stable Diffusion 2.x").bits) == pytest.approx(
        1 / comb(32, 13)
    )
    assert chance_of(message("SDXL"), message("SDXL").bits) == pytest.approx(1 / comb(48, 27))
    for one in MESSAGES:
        assert chance_of(one, one.bits) * TRIALS / 200 < CHANCE_MAX


@given(st.sampled_from(MESSAGES), st.integers(0, 255))
def test_a_picture_that_repeats_like_letters_never_passes(one: Message, pattern: int) -> None:
    letter = np.array([pattern >> place & 1 for place in range(8)], dtype=np.bool_)
    reading = np.resize(letter, one.length)
    # What is read has as many ones as the message, and those that repeat most are taken first; the pattern itself is the limit of that.
    assert chance_of(one, reading) * TRIALS > CHANCE_MAX
    if one.by_letters:
        assert chance_of(one, reading) == 1.0


def test_of_a_short_text_all_bits_or_none_count() -> None:
    for one in MESSAGES:
        nearly = one.bits.copy()
        nearly[[int(np.flatnonzero(one.bits)[0]), int(np.flatnonzero(~one.bits)[0])]] ^= True
        assert (chance_of(one, nearly) == 1.0) == one.whole


@pytest.mark.parametrize("one", MESSAGES, ids=lambda one: one.generator)
def test_random_messages_pass_no_more_often_than_said(one: Message) -> None:
    """The order of the bits is random, the picture is given: the share of chances up to t is at most t."""
    rng = np.random.default_rng(one.length)
    reading = rng.random(one.length) < 0.6
    drawn = []
    for _ in range(4000):
        shuffled = Message("", rng.permutation(one.bits), "", "", Supports.GENERATED)
        drawn.append(chance_of(shuffled, reading))
    for most in (0.5, 0.1, 0.01):
        assert np.mean(np.array(drawn) <= most) <= most + 3 * (most / 4000) ** 0.5


@given(st.integers(2, 60), st.data())
def test_deviations_grow_as_the_chance_falls(length: int, data: st.DataObject) -> None:
    ones, chosen = data.draw(st.integers(0, length)), data.draw(st.integers(0, length))
    fewest, most = max(0, ones + chosen - length), min(ones, chosen)
    tails = [overlap_tail(length, ones, chosen, overlap) for overlap in range(fewest, most + 1)]
    apart = [deviations(length, ones, chosen, overlap) for overlap in range(fewest, most + 1)]
    assert tails[0] == 1.0
    assert tails == sorted(tails, reverse=True)
    assert apart == sorted(apart)


@pytest.mark.parametrize("one", MESSAGES, ids=lambda one: one.generator)
def test_what_is_not_looked_at_closer_could_not_have_passed(one: Message) -> None:
    for chosen in range(one.length + 1):
        for overlap in range(max(0, one.ones + chosen - one.length), min(one.ones, chosen) + 1):
            if deviations(one.length, one.ones, chosen, overlap) < LOOK_CLOSER:
                assert overlap_tail(one.length, one.ones, chosen, overlap) * TRIALS / 200 > CHANCE_MAX
