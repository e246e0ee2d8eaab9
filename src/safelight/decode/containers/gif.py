"""GIF extensions: comments and application data.

Source: CompuServe GIF89a specification (blocks, extensions), Adobe XMP specification part 3 section 1.1.2 (`XMP DataXMP` and its
258-byte magic trailer), C2PA 2.2 annex A.3.4 (`C2PA_GIF`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.gathering import Gathering

__all__ = ["Block", "blocks", "gather"]

_IMAGE: Final = 0x2C
_EXTENSION: Final = 0x21
_END: Final = 0x3B
_COMMENT: Final = 0xFE
_PLAIN_TEXT: Final = 0x01
_APPLICATION: Final = 0xFF
_APPLICATION_HEAD: Final = 12  # size byte, identifier (8), authentication code (3)
_XMP_MAGIC_BYTES: Final = 258
_SUB_BLOCKS_MAX: Final = 4_000_000  # twice what fits into 512 MiB when they are full
_COLOUR_TABLE_FLAG: Final = 0x80
_INTERLACED_FLAG: Final = 0x40


class Block(NamedTuple):
    """One block: `label` is 0x2C (image), 0x3B (end) or the label of an extension; its sub-blocks are `data[start:stop]`."""

    label: int
    offset: int
    start: int
    stop: int
    whole: bool


def _sub_blocks_end(data: bytes, position: int, most: int) -> tuple[int, int]:
    """Where a chain of sub-blocks ends (behind its terminator), and their number; -1 when the terminator was not met."""
    end = len(data)
    for number in range(most):
        if position >= end:
            break
        size = data[position]
        position += size + 1
        if not size:
            return position, number + 1
    return min(position, end), -1


def blocks(data: bytes) -> Iterator[Block]:
    """Yields the blocks behind the logical screen, up to and including the end block or the first byte that starts none."""
    end = len(data)
    if end < 13:
        return
    position = 13 + (3 << (data[10] & 7) + 1 if data[10] & _COLOUR_TABLE_FLAG else 0)
    left = _SUB_BLOCKS_MAX
    while position < end:
        offset, label = position, data[position]
        if label == _END:
            yield Block(_END, offset, position + 1, position + 1, True)
            return
        if label == _IMAGE and position + 10 <= end:
            flags = data[position + 9]
            start = position + 10 + (3 << (flags & 7) + 1 if flags & _COLOUR_TABLE_FLAG else 0) + 1
        elif label == _EXTENSION and position + 2 <= end:
            label = data[position + 1]
            start = position + 2
        else:
            return
        position, number = _sub_blocks_end(data, start, left)
        yield Block(label, offset, min(start, end), position, number >= 0)
        if number < 0:
            return
        left -= number


def gather(data: bytes, into: Gathering) -> None:
    """Gathers the metadata of a GIF."""
    last: Block | None = None
    images = 0
    interlaced = False
    for block in blocks(data):
        last = block
        if not into.step():
            return
        if block.label == _IMAGE:
            images += 1
            interlaced = interlaced or bool(data[block.offset + 9] & _INTERLACED_FLAG)
            continue
        if not block.whole:
            into.problem(
                "An extension has no end, or more parts than any real one.",
                place("GIF extension", "", block.offset),
                "what is there of it",
            )
        if block.label == _COMMENT:
            into.add(
                BlockKind.COMMENT,
                "GIF comment",
                "",
                block.offset,
                _joined(data, block.start, block.stop, into.bytes_left),
            )
        elif block.label == _PLAIN_TEXT and data[block.start : block.start + 1] == b"\x0c":
            text = _joined(data, block.start + 13, block.stop, into.bytes_left)
            into.add(BlockKind.COMMENT, "GIF plain text", "", block.offset, text)
        elif block.label == _APPLICATION and data[block.start : block.start + 1] == b"\x0b":
            _application(data, block, into)
    if len(data) >= 13:
        into.frame = FrameFacts(
            width_px=int.from_bytes(data[6:8], "little"),
            height_px=int.from_bytes(data[8:10], "little"),
            components=3,
            bits=8,
            lossless=True,
            progressive=interlaced,
            animated=images > 1,
            coding="LZW",
        )
    if last is not None and last.label == _END:
        into.trailer("GIF trailer", data, last.stop)
    else:
        into.problem(
            "The blocks of the GIF do not go on to its end block; metadata behind the break cannot be found.",
            place("GIF", "", last.stop if last else len(data)),
            "every block before the break",
        )


def _joined(data: bytes, start: int, stop: int, room: int) -> bytes:
    joined = bytearray()
    while start < stop and len(joined) < room:
        size = data[start]
        joined += data[start + 1 : min(start + 1 + size, stop)]
        start += 1 + size
    return bytes(joined)


def _application(data: bytes, block: Block, into: Gathering) -> None:
    name = data[block.start + 1 : block.start + _APPLICATION_HEAD]
    start = block.start + _APPLICATION_HEAD
    if name == b"NETSCAPE2.0":
        return
    if name == b"XMP DataXMP":
        # The packet stands there without sub-block sizes; the magic trailer only leads readers of sub-blocks to the end.
        stop = (
            block.stop - _XMP_MAGIC_BYTES
            if data[block.stop - _XMP_MAGIC_BYTES : block.stop - 256] == b"\x01\xff"
            else block.stop
        )
        into.take(BlockKind.XMP, "GIF XMP", "", block.offset, data, start, stop, data_offset=start)
        return
    payload = _joined(data, start, block.stop, into.bytes_left)
    if name.startswith(b"C2PA_GIF"):
        into.add(BlockKind.JUMBF, "GIF C2PA_GIF", "", block.offset, payload)
    elif name.startswith(b"ICCRGBG1"):
        into.add(BlockKind.ICC, "GIF ICCRGBG1", "", block.offset, payload)
    else:
        into.add(BlockKind.APP, "GIF application", name.decode("latin-1"), block.offset, payload)
