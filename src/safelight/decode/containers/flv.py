"""Flash Video: what its script tags say (`onMetaData`, `onXMPData`).

Source: Adobe Flash Video File Format Specification 10.1 annex E (tags, script data), Adobe AMF0 specification; TC260-PG-20257A
(`AIGC` in `onMetaData`). Audio and video tags are passed over unread.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["SIGNATURE", "Tag", "gather", "tags"]

SIGNATURE: Final = b"FLV"

_SCRIPT: Final = 18
_KINDS: Final = frozenset({8, 9, _SCRIPT})
_TYPE_BITS: Final = 0x1F
_TAGS_MAX: Final = 4_000_000
_DEPTH_MAX: Final = 16
_NAME_CHARS_MAX: Final = 256
_XMP: Final = "onXMPData/liveXML"

_NUMBER, _BOOLEAN, _STRING, _OBJECT = range(4)
_NULL, _UNDEFINED, _REFERENCE, _MAP, _END, _LIST, _DATE, _LONG_STRING = range(5, 13)
_XML: Final = 15
_TYPED: Final = 16


class Tag(NamedTuple):
    """One script tag: `data[start:stop]` is its payload, `offset` where its type stands; `whole` unless the file ends in it."""

    offset: int
    start: int
    stop: int
    whole: bool


def tags(data: Source, position: int) -> Iterator[Tag]:
    """Yields the script tags from `position` on, where the size of the tag before stands; passes over all others.

    The last one yielded can be empty: it stands where no tag begins any more.
    """
    end = len(data)
    for _ in range(_TAGS_MAX):
        start = position + 15
        if start > end:
            break
        kind = data[position + 4] & _TYPE_BITS
        if kind not in _KINDS:
            break
        stop = start + (data[position + 5] << 16 | data[position + 6] << 8 | data[position + 7])
        if kind == _SCRIPT or stop > end:
            yield Tag(position + 4, start, min(stop, end), stop <= end)
        position = stop
    yield Tag(min(position, end), end, end, position + 4 >= end)


def gather(data: Source, into: Gathering) -> None:
    """Gathers the metadata of a Flash Video file."""
    start = int.from_bytes(data[5:9], "big")
    for tag in tags(data, max(9, start)):
        if not into.step():
            return
        if not tag.whole:
            into.problem(
                "The tags do not go on to the end of the file; metadata behind the break cannot be found.",
                place("FLV", "", tag.offset),
                "every tag before the break",
            )
        if tag.start < tag.stop and data[tag.offset] & ~_TYPE_BITS:
            into.problem("A script tag is encrypted.", place("FLV script", "", tag.offset), "nothing of it")
        elif tag.start < tag.stop and data[tag.offset] == _SCRIPT:
            _Script(data, tag, into).read()


class _Damaged(Exception):
    """The script data cannot go on like this."""


class _Script:
    """Reads one script tag: a name, then a value; text is kept with the way to it as its key."""

    def __init__(self, data: Source, tag: Tag, into: Gathering) -> None:
        self._data, self._tag, self._into = data, tag, into
        self._at, self._stop = tag.start, tag.stop
        self._sizes: dict[str, float] = {}

    def read(self) -> None:
        where = place("FLV script", "", self._tag.offset)
        try:
            if self._byte() != _STRING:
                raise _Damaged("it does not begin with a name")
            event = self._name()
            while self._at < self._stop:
                self._value(event, "", 0)
        except _Damaged as trouble:
            self._into.problem(f"A script tag cannot be read whole: {trouble}.", where, "what stands before it there")
        width, height = self._sizes.get("width", 0.0), self._sizes.get("height", 0.0)
        if self._into.frame is None and 1 <= width < 1 << 31 and 1 <= height < 1 << 31:
            self._into.frame = FrameFacts(
                width_px=int(width), height_px=int(height), animated=True, coding="FLV onMetaData"
            )

    def _take(self, size: int) -> int:
        start = self._at
        if start + size > self._stop:
            raise _Damaged("it ends inside a value")
        self._at = start + size
        return start

    def _byte(self) -> int:
        return self._data[self._take(1)]

    def _number(self, size: int) -> int:
        start = self._take(size)
        return int.from_bytes(self._data[start : start + size], "big")

    def _name(self) -> str:
        size = self._number(2)
        start = self._take(size)
        return self._data[start : start + min(size, _NAME_CHARS_MAX)].decode("utf-8", "replace")

    def _value(self, event: str, key: str, depth: int) -> None:
        if not self._into.step():
            raise _Damaged("it has too many values")
        if depth > _DEPTH_MAX:
            raise _Damaged("its values are nested too deeply")
        offset = self._at
        kind = self._byte()
        if kind == _NUMBER:
            start = self._take(8)
            if key in {"width", "height"}:
                self._sizes.setdefault(key, struct.unpack(">d", self._data[start : start + 8])[0])
        elif kind == _BOOLEAN:
            self._take(1)
        elif kind in {_STRING, _LONG_STRING, _XML}:
            size = self._number(2 if kind == _STRING else 4)
            self._text(event, key, offset, self._take(size), size)
        elif kind in {_OBJECT, _MAP, _TYPED}:
            if kind == _MAP:
                self._take(4)
            elif kind == _TYPED:
                self._name()
            self._fields(event, key, depth)
        elif kind == _LIST:
            for index in range(self._number(4)):
                self._value(event, f"{key}[{index}]", depth + 1)
        elif kind == _DATE:
            self._take(10)
        elif kind == _REFERENCE:
            self._take(2)
        elif kind not in {_NULL, _UNDEFINED}:
            raise _Damaged(f"a value of kind {kind} is none that is known")

    def _fields(self, event: str, above: str, depth: int) -> None:
        while True:
            name = self._name()
            if self._at < self._stop and self._data[self._at] == _END and not name:
                self._at += 1
                return
            if self._at >= self._stop:
                raise _Damaged("an object has no end")
            self._value(event, f"{above}/{name}"[-_NAME_CHARS_MAX:] if above else name, depth + 1)

    def _text(self, event: str, key: str, offset: int, start: int, size: int) -> None:
        full = f"{event}/{key}" if key else event
        is_xmp, usual = full == _XMP, event == "onMetaData"
        self._into.take(
            BlockKind.XMP if is_xmp else BlockKind.TEXT,
            "FLV onMetaData" if usual else "FLV script",
            key if usual else full,
            offset,
            self._data,
            start,
            start + size,
            data_offset=start,
            encoding="utf-8",
        )
