"""The left edge of a PNG's picture: its first column, without decoding the rest.

Source: W3C PNG Specification, third edition, sections 9 and 10 (filters, deflate). At the left edge the neighbours to the left count as 0,
so that a pixel there depends on the one above it alone, whatever the filter; a few rows of inflated data give it for next to nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from safelight.decode.containers.png import SIGNATURE

__all__ = ["CHANNELS", "left_edge"]

CHANNELS: Final = {2: 3, 4: 2, 6: 4}
"""Channels of the colour types that are read: RGB, grey with alpha, RGBA."""

_ROWS_AT_ONCE: Final = 8
_STEP_BYTES: Final = 8 << 20
_ROW_BYTES_MAX: Final = 64 << 20
_CHUNKS_MAX: Final = 100_000
_PAETH: Final = 4
_UP: Final = 2
_AVERAGE: Final = 3


def left_edge(data: bytes) -> Iterator[bytes] | None:
    """The pixels of the first column from the top, one `bytes` of 2 to 4 channels each.

    Returns:
        None for a picture that is not read like this: palette, plain grey, 16 bits, interlaced, rows above 64 MiB, or no PNG. The pixels
        end early where the data do or are damaged.
    """
    if not data.startswith(SIGNATURE) or data[12:16] != b"IHDR" or len(data) < 33:
        return None
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    channels = CHANNELS.get(data[25], 0)
    if data[24] != 8 or not channels or data[28] or not width or not height:
        return None
    if 1 + width * channels > _ROW_BYTES_MAX:
        return None
    return _pixels(data, 1 + width * channels, height, channels)


def _pixels(data: bytes, row_bytes: int, height: int, channels: int) -> Iterator[bytes]:
    above = bytes(channels)
    rows = 0
    for held in _inflated(data, row_bytes * max(1, min(_ROWS_AT_ONCE, _STEP_BYTES // row_bytes))):
        for start in range(0, len(held) - channels, row_bytes):
            if rows == height:
                return
            kind = held[start]
            raw = held[start + 1 : start + 1 + channels]
            if kind in {_UP, _PAETH}:
                raw = bytes((one + other) & 0xFF for one, other in zip(raw, above, strict=True))
            elif kind == _AVERAGE:
                raw = bytes((one + other // 2) & 0xFF for one, other in zip(raw, above, strict=True))
            yield raw
            above = raw
            rows += 1


def _inflated(data: bytes, step_bytes: int) -> Iterator[bytes]:
    """The picture data in pieces of `step_bytes`, the last one perhaps shorter."""
    inflater = zlib.decompressobj()
    held = bytearray()
    for start, stop in _picture_chunks(data):
        pending = data[start:stop]
        while pending:
            try:
                held += inflater.decompress(pending, step_bytes - len(held))
            except zlib.error:
                yield bytes(held)
                return
            # At the end of the stream zlib leaves what stands behind it there too, for ever.
            pending = b"" if inflater.eof else inflater.unconsumed_tail
            if len(held) == step_bytes:
                yield bytes(held)
                held.clear()
        if inflater.eof:
            break
    yield bytes(held)


def _picture_chunks(data: bytes) -> Iterator[tuple[int, int]]:
    position, end = len(SIGNATURE), len(data)
    for _ in range(_CHUNKS_MAX):
        if position + 8 > end:
            return
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        if kind == b"IDAT":
            yield position + 8, min(end, position + 8 + length)
        elif kind == b"IEND":
            return
        position += 12 + length
