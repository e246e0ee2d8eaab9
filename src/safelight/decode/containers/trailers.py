"""What lies behind the end of a picture: which files, how large, and which of them the picture itself speaks of.

In: what the walk over the picture gathered, its trailer among it. Out: embedded files as blocks (motion-photo videos, gain maps, further
pictures, archives, padding) and the blocks of a Samsung trailer. Nothing embedded is opened.
Source: Android motion photo format 1.0 and its predecessor (`MicroVideo`), Google dynamic depth 1.0 and Android Ultra HDR 1.1
(`Container:Directory`), CIPA DC-007 (MPF).
"""

from __future__ import annotations

import re
from typing import Final

from safelight.decode import formats
from safelight.decode.containers import jpeg, multipicture, png, riff, samsung, xmp
from safelight.decode.containers.block import BlockKind, MetadataBlock
from safelight.decode.containers.boxes import boxes
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["gather"]

_PARTS_MAX: Final = 32
_ITEMS_MAX: Final = 32
_PACKETS_MAX: Final = 16
_SNIFFED_BYTES: Final = 4096
_SEARCHED_BYTES: Final = 16 << 20
_CAMERA: Final = "http://ns.google.com/photos/1.0/camera/"
_ITEM: Final = "http://ns.google.com/photos/1.0/container/item/"
_MARKS: Final = (b"MicroVideo", b"/photos/1.0/container/")
_ITEM_PATH: Final = re.compile(r"Directory\[(\d{1,4})\]/(?:Item/)?(Semantic|Mime|Length|Padding)")
_PADDING: Final = re.compile(rb"\x00+|\xff+(?!\xd8)")
_SAMSUNG_HEAD: Final = re.compile(rb"\x00\x00..[\x01-\xff]\x00\x00\x00[\x20-\x7e]", re.DOTALL)


def gather(data: Source, into: Gathering) -> None:
    """Gathers what the trailer holds, and the places that MPF and XMP name; of a file that is not held only what a Samsung phone wrote."""
    if not isinstance(data, bytes):
        _noted(data, into)
        return
    directory = next((block for block in into.blocks if (block.container, block.key) == ("JPEG APP2", "MPF")), None)
    if directory is not None:
        multipicture.gather(data, directory, into)
    # Of more packets than are ever taken apart, the metadata pass tells.
    for block in [block for block in into.blocks if block.kind is BlockKind.XMP][:_PACKETS_MAX]:
        if any(mark in block.data for mark in _MARKS):
            _declared(data, block, into)
    start = into.trailer_start
    if start is None:
        return
    samsung.gather(data, start, len(data), into)
    for _ in range(_PARTS_MAX):
        if start >= len(data) or not into.step():
            return
        name, stop = _part(data, start)
        into.embedded("trailer", name, start, data, start, stop - start)
        start = stop
    if start < len(data):
        into.problem(
            f"More than {_PARTS_MAX} files lie behind the end of the picture.",
            f"trailer at byte {start}",
            f"the first {_PARTS_MAX}",
        )


def _noted(data: Source, into: Gathering) -> None:
    start, end = into.trailer_start, len(data)
    if start is None:
        return
    samsung.gather(data, max(start, end - _SEARCHED_BYTES), end, into)
    head = data[start : start + _SNIFFED_BYTES]
    into.embedded("trailer", formats.sniff(head).name, start, data, start, end - start)


def _part(data: bytes, start: int) -> tuple[str, int]:
    """What begins at `start`, in words, and where it ends: at its own end where its format tells it, else at that of the file."""
    end = len(data)
    padding = _PADDING.match(data, start)
    if padding is not None and padding.end() - start >= min(16, end - start):
        stop = padding.end()
        # What follows may begin with zeros itself.
        heads = (at for at in (stop - 3, stop - 2) if data[at + 4 : at + 8] == b"ftyp" or _SAMSUNG_HEAD.match(data, at))
        return f"padding with 0x{data[start]:02X}", next(heads, stop)
    head = data[start : start + _SNIFFED_BYTES]
    if _SAMSUNG_HEAD.match(head) or head.startswith((b"SEFH", b"SEFT")):
        return _samsung(data, start)
    form = formats.sniff(head)
    stop = end
    if form is formats.JPEG:
        last = None
        for segment in jpeg.segments(data, start):
            last = segment
        stop = last.stop if last is not None and last.marker == 0xD9 else end
    elif form is formats.PNG:
        last_chunk = None
        for chunk in png.chunks(data, start):
            last_chunk = chunk
        stop = min(end, last_chunk.stop + 4) if last_chunk is not None and last_chunk.type == b"IEND" else end
    elif head[4:8] == b"ftyp":
        stop = start
        for box in boxes(data, start, end):
            if not all(32 <= byte < 127 for byte in box.type) or (box.type == b"ftyp" and box.offset > start):
                break
            stop = box.stop
    elif head.startswith(riff.SIGNATURES):
        stop = min(end, start + 8 + int.from_bytes(head[4:8], "little"))
    return form.name, max(stop, start + 1)


def _samsung(data: bytes, start: int) -> tuple[str, int]:
    """The blocks of a Samsung trailer and its directory lie in one piece; its own gathering tells them apart."""
    stop = data.find(b"SEFT", start)
    return ("Samsung SEF", stop + 4) if stop >= 0 else ("unknown", len(data))


def _declared(data: bytes, block: MetadataBlock, into: Gathering) -> None:
    """Notes the files that an XMP packet says lie behind the picture: where they are, or that they are not there."""
    items: dict[int, dict[str, str]] = {}
    left_out = False
    for one in xmp.properties(block.data)[0]:
        found = _ITEM_PATH.search(one.path)
        if one.namespace == _ITEM and found is not None:
            if int(found[1]) not in items and len(items) >= _ITEMS_MAX:
                left_out = True
                continue
            items.setdefault(int(found[1]), {})[found[2]] = one.value
        elif one.namespace == _CAMERA and one.name == "MicroVideoOffset":
            size = _number(one.value)
            start = len(data) - size if _fits(data, len(data) - size, "video/mp4") else -1
            into.embedded("XMP MicroVideo", "motion photo video/mp4", block.offset, data, start, size)
    if left_out:
        into.problem("An XMP packet names too many files behind the picture.", block.where, f"the first {_ITEMS_MAX}")
    order = [items[index] for index in sorted(items)][1:]
    sizes = [_number(item.get("Length", "")) for item in order]
    forward, backward = into.trailer_start or 0, len(data) - sum(sizes)
    for item, size in zip(order, sizes, strict=True):
        kind = item.get("Mime", "")
        start = next((at for at in (backward, forward) if _fits(data, at, kind)), -1)
        into.embedded("XMP Container", f"{item.get('Semantic', '')} {kind}", block.offset, data, start, size)
        forward, backward = forward + size, backward + size


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _fits(data: bytes, at: int, kind: str) -> bool:
    """Whether what stands there can be of that media type."""
    if not 0 < at < len(data):
        return False
    if kind.startswith("video/"):
        return data[at + 4 : at + 8] == b"ftyp"
    return data.startswith(b"\xff\xd8", at) if kind == "image/jpeg" else True
