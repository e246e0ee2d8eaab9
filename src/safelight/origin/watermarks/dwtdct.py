"""Decoder of the dwtDct scheme, which the reference programs of Stable Diffusion, SDXL and FLUX and some of their users write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from safelight.decode import formats
from safelight.decode.content import Content
from safelight.origin.watermarks.blocks import STEP, VIEWS, Blocks, View
from safelight.origin.watermarks.chance import chance_of, deviations
from safelight.origin.watermarks.colour import JPEG_PIXELS_MAX, colour_of
from safelight.origin.watermarks.messages import MESSAGES, Message
from safelight.origin.watermarks.slot import Mark

__all__ = [
    "CHANCE_MAX",
    "LOOK_CLOSER",
    "PIXELS_MIN",
    "TRIALS",
    "DwtDctDecoder",
    "Match",
    "best_matches",
    "highest",
    "leanings",
    "promising",
]

CHANCE_MAX: Final = 1e-7
"""Chance for one picture, over all messages and views, above which nothing is reported."""

TRIALS: Final = len(MESSAGES) * len(VIEWS)
"""What is tried on each picture; every chance is multiplied by it (Bonferroni)."""

PIXELS_MIN: Final = 1 << 16
"""Pixels under which the package refuses to write a mark (256 x 256)."""

_SEATED: Final = 0.65
_SEATED_CHANCE: Final = 1 / 200
"""Of 2,979 unmarked pictures none had so large a share of regular coefficients in any view (the largest was 0.54), so less than 1 in 990 has it
in a given view (95 % confidence). The rest is caution: other pictures may be more regular than these. Of lossless marked ones 19 in 20 have it."""

_FIRST_BLOCKS: Final = 1 << 12
"""Blocks that decide whether the others are looked at: all of a picture of 512 x 512 pixels, each bit of the longest message 30 times."""

_WORTH_ALL_BLOCKS: Final = 2.5
"""Standard deviations above the average that some message must reach in them. About one unmarked picture in nine does (50 of 454)."""

LOOK_CLOSER: Final = 3.5
"""Standard deviations above the average under which the exact chance need not be computed: no match of any message passes there."""


@dataclass(frozen=True, slots=True)
class Match:
    """The best view of one message in one picture.

    Attributes:
        matched: Bits read as the message has them.
        chance: See `Mark.chance`. `by_order`: the part of it that comes from the order of the bits alone, for one trial.
        seated: Share of regular coefficients, of `apart` blocks; see `Blocks.seated`.
        majority: Bits that match by the rule of the public package (the majority of each bit's blocks).
    """

    message: Message
    view: View
    matched: int
    chance: float
    by_order: float
    seated: float
    apart: int
    majority: int


class DwtDctDecoder:
    """Reads the known messages of the dwtDct scheme, in every way in which programs write it."""

    name: ClassVar[str] = "dwtdct"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the messages that Stable Diffusion 1 and 2, SDXL, FLUX, InvokeAI, Cremage and MindONE hide in the colour"
    )
    silence_means: ClassVar[str] = (
        "nothing: most programs never wrote it; resizing, turning, cropping at the top or left and strong compression destroy it; JPEGs "
        "above 4.5 million pixels are not looked at, and those with very coarse colour (quality 80 and less) hold none that could be read"
    )
    cost: ClassVar[str] = (
        "some 5 ms of CPU for 1 million pixels, and at most 2 million are looked at; a JPEG is decoded once more, at half size"
    )
    source: ClassVar[str] = (
        "public behaviour of invisible-watermark 0.2.0; messages from the programs' public source code"
    )
    checked_on: ClassVar[str] = (
        "see benchmarks/watermarks.py: no mark in 2,979 pictures without one (95,328 trials, the smallest chance 2.7e-4); of marks written into 48 "
        "pictures 96 to 100 % are found in PNG and in JPEG 4:4:4 from quality 90 on, 81 to 92 % in JPEG 4:2:0 of quality 95 (38 % of the 32-bit "
        "one), 2 to 25 % at 90"
    )

    @staticmethod
    def applies(content: Content) -> bool:
        """Whether this picture is looked at: not a JPEG so large that decoding it once more would cost more than all else."""
        source = content.pixels
        large = (source.width_px or 0) * (source.height_px or 0) > JPEG_PIXELS_MAX
        return not (large and content.format is formats.JPEG)

    def decode(self, content: Content) -> Iterator[Mark]:
        """Yields one mark for each known message that is read.

        Raises:
            NotLooked: The pixels cannot be decoded, or a JPEG is too large.
        """
        source = content.pixels
        if (source.width_px or 0) * (source.height_px or 0) < PIXELS_MIN:
            return
        colour = colour_of(content)
        if colour is None:
            return
        first = Blocks(colour.pixels, halved=colour.halved, most=_FIRST_BLOCKS)
        if not promising(first):
            return
        blocks = Blocks(colour.pixels, halved=colour.halved)
        for match in best_matches(blocks):
            yield _mark(match, blocks)


def promising(blocks: Blocks) -> bool:
    """Whether any message stands out at all, in any view; where none does in the first blocks, the others are spared.

    It can only take matches away, so no chance that is reported afterwards becomes too small by it.
    """
    votes = blocks.votes()
    if not votes.any():
        return False
    readings = {length: leanings(votes, length) for length in sorted({message.length for message in MESSAGES})}
    for message in MESSAGES:
        for shares in readings[message.length]:
            read_as_one = highest(shares, message.ones)
            chosen, overlap = int(read_as_one.sum()), int((read_as_one & message.bits).sum())
            if deviations(message.length, message.ones, chosen, overlap) >= _WORTH_ALL_BLOCKS:
                return True
    return False


def best_matches(blocks: Blocks) -> list[Match]:
    """The messages whose chance is at most `CHANCE_MAX`, each in its best view, in the order of `MESSAGES`."""
    votes = blocks.votes()
    if not votes.any():
        return []
    found = []
    readings = {length: leanings(votes, length) for length in sorted({message.length for message in MESSAGES})}
    for message in MESSAGES:
        matches = [
            match
            for view, votes_of_view, shares in zip(VIEWS, votes, readings[message.length], strict=True)
            if (match := _match(message, view, blocks, votes_of_view, shares)) is not None
        ]
        if matches:
            found.append(min(matches, key=lambda match: (match.chance, -match.seated)))
    return found


def leanings(votes: NDArray[np.float32], length: int) -> NDArray[np.float64]:
    """How far the blocks of each bit lean towards 1, against the other bits; shape (views, length), all 0 where nothing is told.

    Votes are counted from the mean of their own repetition of the message, so that a last, incomplete one does not favour its bits.
    """
    views, count = votes.shape
    whole = count // length
    if not whole:
        return np.zeros((views, length))
    summed = votes[:, : whole * length].reshape(views, whole, length).sum(axis=1, dtype=np.float64)
    summed -= summed.mean(axis=1, keepdims=True)
    rest = votes[:, whole * length :].astype(np.float64)
    repeats = np.full(length, whole)
    if rest.shape[1]:
        summed[:, : rest.shape[1]] += rest - rest.mean(axis=1, keepdims=True)
        repeats[: rest.shape[1]] += 1
    shares: NDArray[np.float64] = np.round(summed / repeats, 5)
    return shares


def highest(shares: NDArray[np.float64], ones: int) -> NDArray[np.bool_]:
    """The bits read as 1: as many as the message has, those that lean furthest; fewer where that would be a choice between equals.

    A threshold of one half, as in the public package, fails where a picture's colour makes most blocks read alike: of marks in lossless
    files it finds 40 to 75 %, this 96 to 100 % (`benchmarks/watermarks.py`). It also makes a reading of all ones impossible.
    """
    highest: NDArray[np.bool_] = shares > np.partition(shares, -ones - 1)[-ones - 1]
    return highest


def _match(
    message: Message, view: View, blocks: Blocks, votes: NDArray[np.float32], shares: NDArray[np.float64]
) -> Match | None:
    read_as_one = highest(shares, message.ones)
    chosen, overlap = int(read_as_one.sum()), int((read_as_one & message.bits).sum())
    if deviations(message.length, message.ones, chosen, overlap) < LOOK_CLOSER:
        return None
    by_order = chance_of(message, read_as_one)
    chance = min(1.0, by_order * TRIALS)
    if chance * _SEATED_CHANCE > CHANCE_MAX:
        return None
    seated, apart = blocks.seated(view)
    # The message's order is independent of how regular the coefficients are: without a mark the two are rare together as their product.
    chance *= _SEATED_CHANCE if seated >= _SEATED else 1.0
    if chance > CHANCE_MAX:
        return None
    matched = message.length - int((read_as_one ^ message.bits).sum())
    return Match(message, view, matched, chance, by_order, seated, apart, _majority(message, votes))


def _majority(message: Message, votes: NDArray[np.float32]) -> int:
    """Bits that match when each is decided by the majority of its blocks; a draw counts as 1, as in the public package."""
    places = np.arange(len(votes)) % message.length
    ones = np.bincount(places, votes > 0, message.length) * 2 >= np.bincount(places, minlength=message.length)
    return int((ones == message.bits).sum())


def _mark(match: Match, blocks: Blocks) -> Mark:
    message, view = match.message, match.view
    return Mark(
        scheme="dwtDct",
        message=message.name,
        bits_matched=match.matched,
        bits_total=message.length,
        chance=match.chance,
        supports=message.supports,
        generator=message.generator,
        where=f"pixels, colour (U), {blocks.columns} x {blocks.rows} blocks of 8 x 8 from the top left",
        could_be_faked_by=(
            "writing the published message into any picture with a public program, one command; nobody has to sign for it"
        ),
        does_not_show=(
            "That it was made from text alone: the same programs mark what they make out of a photograph that they are given. Nor that "
            "nothing was changed since."
        ),
        details={
            "bits_by_majority": match.majority,
            "chance_of_order": match.by_order,
            "trials": TRIALS,
            "numbers": view.numbers,
            "channel_order": view.order,
            "regular_coefficients": round(match.seated, 3),
            "blocks_apart": match.apart,
            "blocks": blocks.count,
            "quantiser_step": STEP,
            "message_from": message.source,
        },
    )
