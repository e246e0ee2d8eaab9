"""The messages that public programs write with the dwtDct scheme, as they stand in their source code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.model import Supports

__all__ = ["MESSAGES", "Message", "bits_of_number", "bits_of_text"]

Bits = NDArray[np.bool_]

LETTER_BITS: Final = 8
_LETTERS_MIN: Final = 8
"""Letters from which on the order of a text's letters is rare enough to be tested by itself: see `Message.by_letters`."""


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One known message.

    Attributes:
        name: The message as a person would write it: text in quotes, or the number in hexadecimal digits.
        bits: Its bits, in the order in which they are written.
        generator: The program that writes it, with the code it comes from where several programs share a model.
        supports: `ai-edited` where the program only edits pictures that it is given, else `generated`.
        source: Public repository and file that it was taken from.
        text: Whether the bits are letters of 8 bits each, and so follow a pattern that repeats.
    """

    name: str
    bits: Bits
    generator: str
    source: str
    supports: Supports = Supports.GENERATED
    text: bool = False

    @property
    def length(self) -> int:
        """Number of bits."""
        return len(self.bits)

    @property
    def ones(self) -> int:
        """Number of bits that are 1."""
        return int(self.bits.sum())

    @property
    def by_letters(self) -> bool:
        """Whether a match must be rare also among the messages with the same letters in another order.

        Letters share bits (the first is always 0), so a picture that repeats every 8 blocks, 64 pixels, can match a text better than a
        random number. Texts of fewer letters have too few orders for such a test; of these only all bits count (`whole`), which a picture
        that repeats cannot match.
        """
        return self.text and self.length >= _LETTERS_MIN * LETTER_BITS

    @property
    def whole(self) -> bool:
        """Whether only a match of all bits counts."""
        return self.text and not self.by_letters


def bits_of_text(text: bytes) -> Bits:
    """The bits of each byte, most significant first."""
    return np.unpackbits(np.frombuffer(text, np.uint8)).astype(np.bool_)


def bits_of_number(number: int) -> Bits:
    """The digits of a number in base 2 from its first 1 on: leading zeros get lost, as they do in the programs (Python's `bin`)."""
    return np.array([digit == "1" for digit in f"{number:b}"], dtype=np.bool_)


def _text(text: str, generator: str, source: str, supports: Supports = Supports.GENERATED) -> Message:
    return Message(f'"{text}"', bits_of_text(text.encode()), generator, source, supports, text=True)


def _number(number: int, generator: str, source: str, *, text: bool = False) -> Message:
    return Message(f"0x{number:x}", bits_of_number(number), generator, source, text=text)


MESSAGES: Final[Sequence[Message]] = (
    _text("StableDiffusionV1", "Stable Diffusion 1.x (CompVis scripts)", "CompVis/stable-diffusion, scripts/txt2img.py"),
    _text(
        "StableDiffusionV1-Inpainting", "Stable Diffusion 1.x (Runway inpainting scripts)",
        "runwayml/stable-diffusion, scripts/inpaint_st.py", Supports.AI_EDITED,
    ),
    _text("SDV2", "Stable Diffusion 2.x (Stability scripts)", "Stability-AI/stablediffusion, scripts/txt2img.py"),
    _number(0xB3EC907BB19E, "SDXL (diffusers/sgm)", "Stability-AI/generative-models and huggingface/diffusers, watermark.py"),
    _number(0x2AFE879CF52E, "FLUX (BFL reference code)", "black-forest-labs/flux, src/flux/util.py"),
    _text("InvokeAI", "InvokeAI", "invoke-ai/InvokeAI, invokeai/backend/image_util/invisible_watermark.py"),
    _text("Cremage", "Cremage", "HowToSD/cremage"),
    _number(0xB296919BB0B1BA, "MindONE (SDXL)", "mindspore-lab/mindone, stable_diffusion_xl/watermark.py", text=True),
)  # fmt: skip
"""In the order in which they are tried. MindONE's number is its name in letters with every bit turned over."""
