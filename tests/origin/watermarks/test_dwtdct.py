"""The decoder: what it finds, and that it finds nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.origin.watermarks.marking import content, drawn, encoded, mark, message, view

from safelight.origin.watermarks.blocks import VIEWS, Blocks, View
from safelight.origin.watermarks.dwtdct import CHANCE_MAX, TRIALS, DwtDctDecoder, best_matches, highest, leanings
from safelight.origin.watermarks.messages import MESSAGES, Message, bits_of_text
from safelight.origin.watermarks.slot import CHANCE_SURE, Mark

WAYS = st.sampled_from(VIEWS)


def marks(data: bytes) -> list[Mark]:
    return list(DwtDctDecoder().decode(content(data)))


@pytest.mark.parametrize("one", MESSAGES, ids=lambda one: one.generator)
@pytest.mark.parametrize("way", VIEWS, ids=lambda way: f"{way.numbers}-{way.order}")
def test_every_message_is_read_in_every_way_of_writing_it(one: Message, way: View) -> None:
    (match,) = best_matches(Blocks(mark(drawn(11, 384, 448), one.bits, way)))
    assert match.message is one
    assert match.view is way
    assert match.matched == one.length
    assert match.chance <= CHANCE_SURE


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.booleans(), min_size=24, max_size=140), st.integers(0, 10**6), WAYS)
def test_any_message_is_read_bit_by_bit(bits: list[bool], seed: int, way: View) -> None:
    written = np.array(bits)
    votes = Blocks(mark(drawn(seed, 256, 320), written, way)).votes()[VIEWS.index(way)]
    if 0 < written.sum() < len(written):
        read = highest(leanings(votes[None], len(written))[0], int(written.sum()))
        assert int((read ^ written).sum()) <= len(written) // 20


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(min_size=2, max_size=28), st.integers(0, 10**6), WAYS)
def test_a_message_that_is_not_known_is_not_taken_for_one_that_is(text: bytes, seed: int, way: View) -> None:
    if all(not np.array_equal(bits_of_text(text), one.bits) for one in MESSAGES):
        assert best_matches(Blocks(mark(drawn(seed, 256, 256), bits_of_text(text), way))) == []


def test_the_colour_of_a_warm_picture_does_not_hide_its_mark() -> None:
    """The public package reads nearly all bits of such a picture as 1, marked or not."""
    picture, one = drawn(5, 512, 512, warm=True), message("SDXL")
    plain, marked = (Blocks(pixels) for pixels in (picture, mark(picture, one.bits)))
    assert (plain.votes()[0] > 0).mean() > 0.99
    assert best_matches(plain) == []
    (match,) = best_matches(marked)
    assert match.matched == one.length
    assert match.majority == one.ones  # all ones


def test_unmarked_pictures_match_no_more_than_chance_has_it() -> None:
    least = []
    for seed in range(60):
        blocks = Blocks(drawn(seed, 256, 264 + 8 * (seed % 9), warm=seed % 4 == 0))
        assert best_matches(blocks) == []
        votes = blocks.votes()
        for one in MESSAGES:
            for row in leanings(votes, one.length):
                read = highest(row, one.ones)
                least.append(int((read & one.bits).sum()) - one.ones * int(read.sum()) / one.length)
    # On average as many bits match as chance has it, to a tenth of a bit.
    assert abs(float(np.mean(least))) < 0.3


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((512, 512, 3), 128, np.uint8), np.full((512, 512, 3), (200, 120, 80), np.uint8), np.zeros((512, 512, 3), np.uint8),
        np.full((512, 512, 3), 255, np.uint8), np.repeat(np.arange(512, dtype=np.uint8)[None, :, None], 512, 0).repeat(3, 2),
        np.resize(np.array([[[250, 10, 10], [10, 10, 250]]], np.uint8), (512, 512, 3)),
    ],
    ids=["grey", "flat", "black", "white", "ramp", "stripes"],
)  # fmt: skip
def test_flat_and_regular_pictures_give_nothing(pixels: np.ndarray) -> None:
    assert best_matches(Blocks(pixels)) == []


@pytest.mark.parametrize("period", [2, 4, 8, 16, 32])
def test_tiles_give_nothing(period: int) -> None:
    """Pictures that repeat every few blocks, like those of games, screens and wallpapers."""
    tile = np.random.default_rng(period).integers(0, 256, (8, 8 * period, 3), dtype=np.uint8)
    for size in (256, 384, 512):
        assert (
            best_matches(Blocks(np.resize(np.tile(tile, (1, size // tile.shape[1] + 1, 1))[:, :size], (size, size, 3))))
            == []
        )


def test_small_and_grey_pictures_are_left_alone() -> None:
    marked = mark(drawn(6, 248, 256), message("SDXL").bits)
    assert marks(encoded(marked)) == []
    grey = drawn(6, 300, 300)[:, :, 0]
    assert marks(encoded(grey)) == []
    assert marks(encoded(np.zeros((3, 30000, 3), np.uint8))) == []


def test_a_mark_tells_what_it_rests_on() -> None:
    (found,) = marks(encoded(mark(drawn(7, 384, 384), message("SDXL").bits, view("floats", "RGB"))))
    assert (found.scheme, found.message, found.generator) == ("dwtDct", "0xb3ec907bb19e", "SDXL (diffusers/sgm)")
    assert (found.bits_matched, found.bits_total) == (48, 48)
    assert found.chance is not None
    assert 0 < found.chance < CHANCE_SURE
    assert found.details["trials"] == TRIALS == 32
    assert (found.details["numbers"], found.details["channel_order"]) == ("floats", "RGB")
    assert found.details["blocks"] == 48 * 48


def test_32_bits_are_sure_only_with_regular_coefficients() -> None:
    one = message("Stable Diffusion 2.x")
    marked = mark(drawn(8, 512, 512), one.bits)
    (sure,) = marks(encoded(marked))
    assert sure.chance is not None
    assert sure.chance < CHANCE_SURE
    (weaker,) = marks(encoded(marked, "JPEG", quality=88, subsampling=0))
    assert weaker.bits_matched == 32
    assert weaker.chance is not None
    assert CHANCE_SURE < weaker.chance <= CHANCE_MAX


def test_a_mark_goes_with_what_makes_it_unreadable() -> None:
    marked = mark(drawn(9, 512, 512), message("SDXL").bits)
    assert marks(encoded(marked))
    assert marks(encoded(marked[:400]))
    assert marks(encoded(marked[:, :400])) == []
    assert marks(encoded(marked[3:, 5:])) == []
    assert marks(encoded(np.rot90(marked))) == []
    assert marks(encoded(marked, "JPEG", quality=75)) == []


def test_the_same_picture_gives_the_same_marks() -> None:
    data = encoded(mark(drawn(10), message("FLUX").bits))
    assert marks(data) == marks(data)


@pytest.mark.parametrize("numbers", ["bytes", "floats"])
def test_against_the_public_package(numbers: str) -> None:
    package = pytest.importorskip("imwatermark", exc_type=ImportError)
    for seed, one in enumerate(MESSAGES):
        picture = drawn(seed, 384, 448)
        encoder = package.WatermarkEncoder()
        encoder.set_watermark("bits", [int(bit) for bit in one.bits])
        pixels = np.ascontiguousarray(picture[:, :, ::-1])
        marked = encoder.encode(pixels if numbers == "bytes" else pixels.astype(np.float32), "dwtDct")
        marked = np.ascontiguousarray(marked.round().clip(0, 255).astype(np.uint8)[:, :, ::-1])
        (match,) = best_matches(Blocks(marked))
        assert (match.message, match.view, match.matched) == (one, view(numbers, "BGR"), one.length)
        theirs = package.WatermarkDecoder("bits", one.length).decode(np.ascontiguousarray(marked[:, :, ::-1]), "dwtDct")
        if numbers == "bytes":
            # It rounds every pixel's U; blocks that lie on the edge fall to either side.
            assert abs(int((np.array(theirs) == one.bits).sum()) - match.majority) <= one.length // 20
        # The package mixes up two of the fine halves of the wavelet; means over 2 x 2 pixels have none of that.
        ours, his = (
            pixels.reshape(192, 2, 224, 2, 3).mean(axis=(1, 3))
            for pixels in (mark(picture, one.bits, view(numbers, "BGR")), marked)
        )
        assert (np.abs(ours - his).max(axis=2) <= 1.5).mean() > 0.95


@pytest.mark.parametrize("one", MESSAGES, ids=lambda one: one.generator)
def test_a_mark_of_a_large_picture_is_found_by_its_first_blocks(one: Message) -> None:
    picture = drawn(12, 768, 1024)
    first = Blocks(picture, most=1 << 12)
    assert first.count < Blocks(picture).count
    assert [found.message for found in marks(encoded(mark(picture, one.bits)))] == [one.name]
