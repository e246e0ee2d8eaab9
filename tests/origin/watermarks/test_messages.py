"""The known messages."""

from __future__ import annotations

import numpy as np
import pytest
from tests.origin.watermarks.marking import message

from safelight.model import Supports
from safelight.origin.watermarks.messages import MESSAGES, bits_of_number, bits_of_text


@pytest.mark.parametrize(
    ("generator", "length", "ones"),
    [
        ("Stable Diffusion 1.x (CompVis", 136, 68), ("Stable Diffusion 1.x (Runway", 224, 113), ("Stable Diffusion 2.x", 32, 13),
        ("SDXL", 48, 27), ("FLUX", 46, 28), ("InvokeAI", 64, 33), ("Cremage", 56, 28), ("MindONE", 56, 28),
    ],
)  # fmt: skip
def test_lengths_and_ones(generator: str, length: int, ones: int) -> None:
    found = message(generator)
    assert (found.length, found.ones) == (length, ones)


def test_the_published_numbers_digit_by_digit() -> None:
    sdxl = "101100111110110010010000011110111011000110011110"
    flux = "001010101111111010000111100111001111010100101110"
    assert "".join(str(int(bit)) for bit in message("SDXL").bits) == sdxl
    # The program turns the number into text and back, which loses the two leading zeros.
    assert "".join(str(int(bit)) for bit in message("FLUX").bits) == flux[2:]


def test_text_is_written_most_significant_bit_first() -> None:
    assert "".join(str(int(bit)) for bit in bits_of_text(b"SD")) == "0101001101000100"
    assert list(bits_of_number(0b101)) == [True, False, True]


def test_mindone_is_its_name_turned_over() -> None:
    assert np.array_equal(~message("MindONE").bits, bits_of_text(b"MindONE"))


def test_how_texts_are_tested() -> None:
    assert [one.name for one in MESSAGES if one.by_letters] == [
        '"StableDiffusionV1"',
        '"StableDiffusionV1-Inpainting"',
        '"InvokeAI"',
    ]
    assert [one.generator for one in MESSAGES if one.whole] == [
        "Stable Diffusion 2.x (Stability scripts)",
        "Cremage",
        "MindONE (SDXL)",
    ]


def test_what_a_message_supports_and_where_it_is_from() -> None:
    assert {one.supports for one in MESSAGES} == {Supports.GENERATED, Supports.AI_EDITED}
    assert message("Stable Diffusion 1.x (Runway").supports is Supports.AI_EDITED
    assert all("/" in one.source for one in MESSAGES)
    assert len({one.bits.tobytes() for one in MESSAGES}) == len(MESSAGES)
