"""Text hidden in the lowest bits of the pixels ("stealth pnginfo"), as some web UIs and NovelAI write it.

The bits run down the first column, then down the next: of alpha, or of red, green and blue in turn. First comes one of four signatures,
then the length in bits as 32 bits (most significant first), then UTF-8 text, as it is or in gzip.
Source: public behaviour of ashen-sensored/sd_webui_stealth_pnginfo and NovelAI/novelai-image-metadata.
"""

from __future__ import annotations

import zlib
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safelight.decode import formats
from safelight.decode.containers.block import decoded
from safelight.decode.containers.edge import left_edge
from safelight.decode.content import Content
from safelight.decode.stored import stored_pixels

__all__ = ["SIGNATURES", "StealthText", "can_hide", "hidden_in", "hidden_text"]

SIGNATURES: Final = ("stealth_pnginfo", "stealth_pngcomp", "stealth_rgbinfo", "stealth_rgbcomp")
"""What begins a hidden text: in alpha plain and compressed, in RGB plain and compressed."""

_STEM: Final = {True: "stealth_png", False: "stealth_rgb"}
_SIGNATURE_BITS: Final = 8 * len(SIGNATURES[0])
_HEAD_BITS: Final = _SIGNATURE_BITS + 32
_TEXT_MAX_BYTES: Final = 16 << 20
_WEBP_PIXELS_MAX: Final = 64_000_000
_ANYWHERE: Final = "lowest bits of the pixels"
_GZIP: Final = 31  # zlib's word for a gzip header and a window of 32 KiB


class StealthText(NamedTuple):
    """One hidden text.

    Attributes:
        key: The signature it stands under; empty when the pixels could not be looked at.
        text: What was read of it, perhaps nothing. `where`: where it lies.
        trouble: Why it could not be looked for, read, or read whole, in words; else empty.
    """

    key: str
    text: str
    where: str
    trouble: str = ""


def hidden_text(content: Content) -> StealthText | None:
    """The hidden text of a PNG or a WebP; None when there is no signature.

    A PNG is decoded only when its left edge does not rule a signature out, which takes a few rows.
    """
    if content.format is formats.PNG:
        if not can_hide(content.data):
            return None
    elif content.format is formats.WEBP:
        frame = content.metadata.frame
        # Lossy WebP changes the colours but keeps alpha, which it stores apart.
        if frame is None or (frame.lossless is not True and frame.components != 4):
            return None
        number = frame.width_px * frame.height_px
        if number > _WEBP_PIXELS_MAX:
            why = f"the picture has {number} pixels, more than the {_WEBP_PIXELS_MAX} up to which a WebP is decoded for this"
            return StealthText("", "", _ANYWHERE, why)
    else:
        return None
    pixels = stored_pixels(content)
    return StealthText("", "", _ANYWHERE, "the pixels cannot be decoded") if pixels is None else hidden_in(pixels)


def can_hide(data: bytes) -> bool:
    """Whether the first column of a PNG, as far as it reaches, is that of a picture with a hidden text."""
    edge = left_edge(data)
    if edge is None:
        return bool(data[28:29] == b"\x01" and data[24:26] in (b"\x08\x02", b"\x08\x04", b"\x08\x06"))  # interlaced
    pixels = list(islice(edge, 8))
    if not pixels:
        return False
    modes = _modes(len(pixels[0]))
    if not any(_begins(pixels, mode) for mode in modes):
        return False
    pixels += islice(edge, _SIGNATURE_BITS - len(pixels))
    return any(_begins(pixels, mode) for mode in modes)


def _modes(channels: int) -> tuple[bool, ...]:
    """Which hiding places the channels allow; true for alpha."""
    return {2: (True,), 3: (False,), 4: (True, False)}[channels]


def _begins(pixels: list[bytes], alpha: bool) -> bool:
    """Whether the lowest bits of these pixels, one below the other, begin a signature or are the beginning of one."""
    bits = [pixel[-1] & 1 for pixel in pixels] if alpha else [one & 1 for pixel in pixels for one in pixel[:3]]
    number = len(bits) // 8
    found = bytes(int("".join(map(str, bits[8 * at : 8 * at + 8])), 2) for at in range(number))
    return any(name.encode().startswith(found[: len(name)]) for name in SIGNATURES if name.startswith(_STEM[alpha]))


def hidden_in(pixels: NDArray[np.uint8]) -> StealthText | None:
    """The hidden text of decoded pixels; None when there is no signature.

    Args:
        pixels: As stored, before any orientation; shape (height, width, 3 or 4).
    """
    for alpha in _modes(pixels.shape[2]):
        planes = pixels[:, :, 3:] if alpha else pixels[:, :, :3]
        head = _bytes(planes, 0, _HEAD_BITS)
        name = head[: _SIGNATURE_BITS // 8].decode("latin-1")
        if name in SIGNATURES and name.startswith(_STEM[alpha]) and len(head) == _HEAD_BITS // 8:
            return _read(planes, name, int.from_bytes(head[-4:], "big"), "alpha" if alpha else "red, green and blue")
    return None


def _bytes(planes: NDArray[np.uint8], start_bit: int, stop_bit: int) -> bytes:
    """The lowest bits from `start_bit` on, whole bytes only, at most as many as there are."""
    height, width, channels = planes.shape
    a_column = height * channels
    first, last = start_bit // a_column, min(width, -(-stop_bit // a_column))
    columns = planes[:, first:last].transpose(1, 0, 2).reshape(-1)
    bits = columns[start_bit - first * a_column : stop_bit - first * a_column] & 1
    return np.packbits(bits[: len(bits) & ~7]).tobytes()


def _read(planes: NDArray[np.uint8], name: str, length_bits: int, channels: str) -> StealthText:
    where = f"lowest bits of {channels}, {length_bits} bits down the columns from the upper left corner on"
    capacity = planes.size - _HEAD_BITS
    troubles = []
    if length_bits > capacity:
        troubles.append(f"it states {length_bits} bits, more than the {capacity} that the picture holds")
    there = min(length_bits, capacity)
    held = _bytes(planes, _HEAD_BITS, _HEAD_BITS + min(there, 8 * _TEXT_MAX_BYTES))
    if there > 8 * _TEXT_MAX_BYTES:
        troubles.append(f"only its first {_TEXT_MAX_BYTES} bytes were read")
    if name.endswith("comp"):
        held, trouble = _unpacked(held)
        troubles += trouble
    return StealthText(name, decoded(held), where, "; ".join(troubles))


def _unpacked(packed: bytes) -> tuple[bytes, tuple[str, ...]]:
    """What a gzip stream holds, within the bound, and what was wrong with it."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        text = inflater.decompress(packed, _TEXT_MAX_BYTES)
    except zlib.error as error:
        return b"", (f"it cannot be decompressed ({error})",)
    if inflater.eof:
        return text, ()
    if inflater.unconsumed_tail:
        return text, (f"it decompresses to more than {_TEXT_MAX_BYTES} bytes, of which the first were kept",)
    return text, ("its compressed data end too early",)
