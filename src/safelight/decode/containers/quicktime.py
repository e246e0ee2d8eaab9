"""Text that MP4 and MOV files carry in `moov`: iTunes-style `ilst`, `keys`, QuickTime user data, and the picture's size.

Source: Apple QuickTime File Format Specification ("Metadata", "User data atoms"), ISO/IEC 14496-12 (`udta`, `tkhd`,
`xml `), MP4 registration authority (`ID32`), 3GPP TS 26.244 section 8 (asset information: version and flags, packed language, text).
"""

from __future__ import annotations

from typing import Final

from safelight.decode.containers import id3
from safelight.decode.containers.block import BlockKind, FrameFacts
from safelight.decode.containers.boxes import Box, boxes, name_of
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["gather", "gather_meta", "gather_user_data"]

_ASSETS: Final = frozenset({b"titl", b"dscp", b"cprt", b"perf", b"auth", b"gnre", b"albm"})
_ENCODINGS: Final = {1: "utf-8", 2: "utf-16-be", 4: "utf-8", 5: "utf-16-be"}
_KEYS_MAX: Final = 4096
_KEY_CHARS_MAX: Final = 1024


def gather(data: Source, moov: Box, into: Gathering) -> None:
    """Gathers the text in a `moov` box: its own, that of its tracks, and that of their user data."""
    for box in boxes(data, moov.start, moov.stop):
        if not into.step():
            return
        if box.type == b"udta":
            gather_user_data(data, box, into)
        elif box.type == b"meta":
            gather_meta(data, box, into)
        elif box.type == b"trak":
            _track(data, box, into)


def _track(data: Source, trak: Box, into: Gathering) -> None:
    for box in boxes(data, trak.start, trak.stop):
        if not into.step():
            return
        if box.type == b"udta":
            gather_user_data(data, box, into)
        elif box.type == b"meta":
            gather_meta(data, box, into)
        elif box.type == b"tkhd" and box.stop - box.start >= 84 and into.frame is None:
            width = int.from_bytes(data[box.stop - 8 : box.stop - 6], "big")
            height = int.from_bytes(data[box.stop - 4 : box.stop - 2], "big")
            if width and height:
                into.frame = FrameFacts(width_px=width, height_px=height, animated=True, coding="video track")


def gather_user_data(data: Source, udta: Box, into: Gathering) -> None:
    """Gathers what a `udta` box holds: text, XMP, a `meta` box, and whatever else, unread."""
    for box in boxes(data, udta.start, udta.stop):
        if not into.step():
            return
        key = name_of(box.type)
        if box.type == b"meta":
            gather_meta(data, box, into)
        elif box.type == b"XMP_":
            into.take(BlockKind.XMP, "BMFF udta", key, box.offset, data, box.start, box.stop, data_offset=box.start)
        elif box.type[:1] == b"\xa9":
            # A list of 16-bit size, 16-bit language, text; mostly one, and its size is often wrong.
            size = int.from_bytes(data[box.start : box.start + 2], "big")
            start = min(box.start + 4, box.stop)
            stop = min(box.stop, start + size) if size else box.stop
            encoding = "utf-16" if data[start : start + 2] in (b"\xfe\xff", b"\xff\xfe") else ""
            into.take(
                BlockKind.TEXT, "BMFF udta", key, box.offset, data, start, stop, data_offset=start, encoding=encoding
            )
        elif box.type in _ASSETS:
            start = min(box.start + 6, box.stop)
            into.take(BlockKind.TEXT, "BMFF udta", key, box.offset, data, start, box.stop, data_offset=start)
        elif box.stop > box.start:
            into.take(BlockKind.APP, "BMFF udta", key, box.offset, data, box.start, box.stop, data_offset=box.start)


def gather_meta(data: Source, meta: Box, into: Gathering) -> None:
    """Gathers the `keys` and `ilst` of a `meta` box, and XML and ID3v2 in it."""
    start = meta.start if data[meta.start + 4 : meta.start + 8] == b"hdlr" else meta.start + 4
    keys: list[str] = []
    lists: list[Box] = []
    for box in boxes(data, start, meta.stop):
        if not into.step():
            return
        if box.type == b"keys" and not keys:
            keys = _keys(data, box, into)
        elif box.type == b"ilst":
            lists.append(box)
        elif box.type in {b"xml ", b"bxml"}:
            at = min(box.start + 4, box.stop)
            kind = BlockKind.XMP if data.find(b"rdf:RDF", at, box.stop) >= 0 else BlockKind.APP
            into.take(kind, "BMFF meta", name_of(box.type).strip(), box.offset, data, at, box.stop, data_offset=at)
        elif box.type == b"ID32" and data.startswith(id3.SIGNATURE, box.start + 6):
            id3.tag(data, box.start + 6, box.stop, into)
    for ilst in lists:
        for item in boxes(data, ilst.start, ilst.stop):
            if not into.step():
                return
            if item.type == b"data":
                # Some phone exports put values into the list with nothing around them that names them.
                _value(data, item, "", into)
                continue
            index = int.from_bytes(item.type, "big")
            _item(data, item, keys[index - 1] if 1 <= index <= len(keys) else name_of(item.type), into)


def _keys(data: Source, box: Box, into: Gathering) -> list[str]:
    """The key names of a `keys` box; its entries have the layout of boxes, the namespace in place of the type."""
    keys: list[str] = []
    for entry in boxes(data, box.start + 8, box.stop):
        if not into.step() or len(keys) >= _KEYS_MAX:
            break
        keys.append(data[entry.start : min(entry.stop, entry.start + _KEY_CHARS_MAX)].decode("utf-8", "replace"))
    return keys


def _item(data: Source, item: Box, key: str, into: Gathering) -> None:
    mean = name = ""
    for box in boxes(data, item.start, item.stop):
        if not into.step():
            return
        if box.type == b"mean":
            mean = data[min(box.start + 4, box.stop) : min(box.stop, box.start + _KEY_CHARS_MAX)].decode(
                "utf-8", "replace"
            )
        elif box.type == b"name":
            name = data[min(box.start + 4, box.stop) : min(box.stop, box.start + _KEY_CHARS_MAX)].decode(
                "utf-8", "replace"
            )
        elif box.type == b"data":
            _value(data, box, f"{mean}:{name}" if name else key, into)


def _value(data: Source, box: Box, key: str, into: Gathering) -> None:
    start = box.start + 8
    if start > box.stop:
        return
    kind = int.from_bytes(data[box.start : box.start + 4], "big")
    encoding = _ENCODINGS.get(kind)
    # Type 0 is reserved for "implicit" and holds text in practice; other numbers are pictures and integers.
    block_kind = BlockKind.TEXT if encoding is not None or kind == 0 else BlockKind.APP
    into.take(
        block_kind,
        "BMFF ilst",
        key,
        box.offset,
        data,
        start,
        box.stop,
        data_offset=start,
        encoding=encoding or "",
    )
