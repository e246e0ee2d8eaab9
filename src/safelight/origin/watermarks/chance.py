"""How often chance alone would match a message as well.

A picture's bits are not fair coins: skies and walls read as all ones or all zeros, and neighbours agree. So nothing is assumed about the
picture. What is random is the message: a picture that does not carry it has nothing to do with the order in which the message's ones and
zeros stand. The chance of a match is the share of all orders of the message's bits that match the reading at hand at least as well, a
hypergeometric tail, exact and conditional on the reading. A reading of all ones matches every order equally and has the chance 1.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from safelight.origin.watermarks.messages import LETTER_BITS, Message

__all__ = ["chance_of", "deviations", "letters_tail", "overlap_tail"]


def chance_of(message: Message, read_as_one: NDArray[np.bool_]) -> float:
    """The probability, over all orders of the message, of a match at least as good as this one.

    Args:
        message: The message. `read_as_one`: for each of its bits, whether the picture's reading of it is 1.

    Returns:
        0 < p <= 1. For a text the larger of two: over all orders of its bits, and over all orders of its letters' bits place by place; for
        a short one 1 unless every bit matches.
    """
    if message.whole and not np.array_equal(read_as_one, message.bits):
        return 1.0
    overlap = int((read_as_one & message.bits).sum())
    chance = overlap_tail(message.length, message.ones, int(read_as_one.sum()), overlap)
    return max(chance, letters_tail(message.bits, read_as_one)) if message.by_letters else chance


def overlap_tail(length: int, ones: int, chosen: int, overlap: int) -> float:
    """The probability that `chosen` bits drawn out of `length`, of which `ones` are 1, hold at least `overlap` ones."""
    most = min(ones, chosen)
    ways = sum(comb(ones, hits) * comb(length - ones, chosen - hits) for hits in range(max(overlap, 0), most + 1))
    return ways / comb(length, chosen)


def letters_tail(bits: NDArray[np.bool_], read_as_one: NDArray[np.bool_]) -> float:
    """As `overlap_tail`, but the bits change places only among those at the same place of a letter.

    Bits at one place of all letters, such as the first, which is 0 in every ASCII letter, change places only among themselves; so a
    picture that repeats with the period of a letter gains nothing by it.
    """
    # ways[h] counts the orders with h ones read as one, over the places taken in so far.
    ways, orders, overlap = [1], 1, 0
    for place in range(LETTER_BITS):
        message, reading = bits[place::LETTER_BITS], read_as_one[place::LETTER_BITS]
        length, ones, chosen = len(message), int(message.sum()), int(reading.sum())
        here = [comb(ones, hits) * comb(length - ones, chosen - hits) for hits in range(min(ones, chosen) + 1)]
        ways = [
            sum(ways[before] * here[total - before] for before in range(len(ways)) if 0 <= total - before < len(here))
            for total in range(len(ways) + len(here) - 1)
        ]
        orders *= comb(length, chosen)
        overlap += int((message & reading).sum())
    return sum(ways[overlap:]) / orders


def deviations(length: int, ones: int, chosen: int, overlap: int) -> float:
    """By how many standard deviations a match exceeds what chance gives on average; 0 where only one match is possible."""
    variance = chosen * ones * (length - ones) * (length - chosen) / (length * length * max(1, length - 1))
    return (overlap - chosen * ones / length) / variance**0.5 if variance > 0 else 0.0
