"""Matroska and WebM: tags, attachments, titles, chapter names, the programs that wrote the file, and the picture's size.

Source: RFC 9559 (Matroska: Info, Tracks, Tags, Attachments, Chapters, Cluster); TC260-PG-20257A (SimpleTag `AIGC`). Clusters, which
hold the streams, are passed over unread.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from safelight.decode.containers import ebml, jumbf
from safelight.decode.containers.block import BlockKind, FrameFacts, end_of_text, looks_like_text, place
from safelight.decode.containers.ebml import Element
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["SIGNATURE", "gather"]

SIGNATURE: Final = b"\x1a\x45\xdf\xa3"

_HEADER: Final = 0x1A45DFA3
_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_VOID: Final = 0xEC
_SIMPLE_TAG: Final = 0x67C8
_ATTACHED_FILE: Final = 0x61A7
_VIDEO: Final = 0xE0
_DATE: Final = 0x4461
# Elements that hold others we want, and the names under which their texts are kept.
_MASTERS: Final = {
    0x1549A966: "Info",
    0x1654AE6B: "Tracks",
    0xAE: "TrackEntry",
    0x1254C367: "Tags",
    0x7373: "Tag",
    0x1941A469: "Attachments",
    0x1043A770: "Chapters",
    0x45B9: "EditionEntry",
    0xB6: "ChapterAtom",
    0x80: "ChapterDisplay",
}
_TEXTS: Final = {
    0x7BA9: ("Matroska Info", "Title"),
    0x4D80: ("Matroska Info", "MuxingApp"),
    0x5741: ("Matroska Info", "WritingApp"),
    0x7384: ("Matroska Info", "SegmentFilename"),
    0x536E: ("Matroska track", "Name"),
    0x85: ("Matroska chapter", "ChapString"),
}
_TAG_NAME: Final = 0x45A3
_TAG_STRING: Final = 0x4487
_TAG_BINARY: Final = 0x4485
_FILE_NAME: Final = 0x466E
_FILE_TYPE: Final = 0x4660
_FILE_TEXT: Final = 0x467E
_FILE_DATA: Final = 0x465C
_WIDTH: Final = 0xB0
_HEIGHT: Final = 0xBA
_DEPTH_MAX: Final = 12
_NAME_BYTES_MAX: Final = 1024
_ATTACHED_TEXT_MAX_BYTES: Final = 4 << 20
_EPOCH: Final = datetime(2001, 1, 1, tzinfo=UTC)


def gather(data: Source, into: Gathering) -> None:
    """Gathers the metadata of a Matroska or WebM file."""
    position, end = 0, len(data)
    segment_end: int | None = None
    while position < end:
        if not into.step():
            return
        found = ebml.element(data, position, end)
        if found is None:
            break
        if found.id == _SEGMENT or (found.id == _CLUSTER and not found.sized):
            # A segment's parts are walked as if they stood by themselves; so are those of a cluster that states no size, because only
            # the next part of the segment tells where it ends.
            if found.id == _SEGMENT:
                segment_end = found.stop if found.sized and found.whole else None
            position = found.start
            continue
        if position == segment_end and found.id not in {_HEADER, _VOID}:
            break
        if not found.whole:
            into.problem(
                "The file ends inside an element; metadata behind the break cannot be found.",
                place(f"Matroska element 0x{found.id:X}", "", found.offset),
                "what is there of it",
            )
        if found.id in _MASTERS:
            _master(data, found, into, 0)
        position = found.stop
    if position == segment_end:
        into.trailer("Matroska trailer", data, position)
    elif position < end:
        into.problem(
            "The elements do not go on to the end of the file; metadata behind the break cannot be found.",
            place("Matroska", "", position),
            "every element before the break",
        )


def _master(data: Source, parent: Element, into: Gathering, depth: int) -> None:
    if depth >= _DEPTH_MAX:
        into.problem("Elements are nested too deeply.", place("Matroska", "", parent.offset), "every element above")
        return
    end = parent.start
    for found in ebml.elements(data, parent.start, parent.stop):
        if not into.step():
            return
        end = found.stop
        if found.id in _MASTERS:
            _master(data, found, into, depth + 1)
        elif found.id in _TEXTS:
            container, key = _TEXTS[found.id]
            _keep_text(data, found, into, container, key)
        elif found.id == _SIMPLE_TAG:
            _simple_tag(data, found, into, "", depth + 1)
        elif found.id == _ATTACHED_FILE:
            _attached_file(data, found, into)
        elif found.id == _VIDEO and into.frame is None:
            _video(data, found, into)
        elif found.id == _DATE:
            _date(data, found, into)
    if end < parent.stop:
        _unread(parent, end, into)


def _unread(parent: Element, end: int, into: Gathering) -> None:
    into.problem(
        "Part of an element holds nothing that can be read.",
        place(f"Matroska element 0x{parent.id:X}", "", end),
        "what stands before it there",
    )


def _keep_text(data: Source, found: Element, into: Gathering, container: str, key: str) -> None:
    # Strings may be padded with zeros to keep their room.
    stop = end_of_text(data, found.start, found.stop)
    into.take(
        BlockKind.TEXT,
        container,
        key,
        found.offset,
        data,
        found.start,
        stop,
        data_offset=found.start,
        encoding="utf-8",
    )


def _short(data: Source, found: Element | None) -> str:
    if found is None:
        return ""
    raw = data[found.start : min(found.stop, found.start + _NAME_BYTES_MAX)]
    return raw.rstrip(b"\x00").decode("utf-8", "replace")


def _simple_tag(data: Source, parent: Element, into: Gathering, above: str, depth: int) -> None:
    """One tag; tags inside it are named by the way down, `A/B`. Its name may stand behind its value."""
    if depth >= _DEPTH_MAX:
        into.problem("Tags are nested too deeply.", place("Matroska tag", above, parent.offset), "every tag above")
        return
    inner: list[Element] = []
    for found in ebml.elements(data, parent.start, parent.stop):
        if not into.step():
            return
        inner.append(found)
    name = _short(data, next((found for found in inner if found.id == _TAG_NAME), None))
    key = f"{above}/{name}"[-_NAME_BYTES_MAX:] if above else name
    if (inner[-1].stop if inner else parent.start) < parent.stop:
        _unread(parent, inner[-1].stop if inner else parent.start, into)
    for found in inner:
        if found.id == _TAG_STRING:
            _keep_text(data, found, into, "Matroska tag", key)
        elif found.id == _TAG_BINARY:
            kind = BlockKind.JUMBF if _is_store(data, found) else BlockKind.APP
            into.take(kind, "Matroska tag", key, found.offset, data, found.start, found.stop, data_offset=found.start)
        elif found.id == _SIMPLE_TAG:
            _simple_tag(data, found, into, key, depth + 1)


def _is_store(data: Source, found: Element) -> bool:
    return jumbf.is_c2pa(data[found.start : min(found.stop, found.start + 320)])


def _attached_file(data: Source, parent: Element, into: Gathering) -> None:
    parts: dict[int, Element] = {}
    for found in ebml.elements(data, parent.start, parent.stop):
        if not into.step():
            return
        parts.setdefault(found.id, found)
    name, kind = _short(data, parts.get(_FILE_NAME)), _short(data, parts.get(_FILE_TYPE))
    key = f"{name} ({kind})" if kind else name
    if (about := parts.get(_FILE_TEXT)) is not None:
        _keep_text(data, about, into, "Matroska attachment", f"{name} description")
    held = parts.get(_FILE_DATA)
    if held is None:
        return
    size = held.stop - held.start
    container, start = "Matroska attachment", held.start
    if _is_store(data, held):
        into.take(BlockKind.JUMBF, container, key, held.offset, data, start, held.stop, data_offset=start)
    elif size <= _ATTACHED_TEXT_MAX_BYTES and looks_like_text(data[start : held.stop]):
        into.take(BlockKind.TEXT, container, name, held.offset, data, start, held.stop, data_offset=start)
    else:
        into.embedded(container, key, held.offset, data, start, size)


def _video(data: Source, parent: Element, into: Gathering) -> None:
    sizes: dict[int, int] = {}
    for found in ebml.elements(data, parent.start, parent.stop):
        if not into.step():
            return
        if found.id in {_WIDTH, _HEIGHT}:
            sizes.setdefault(found.id, ebml.number(data, found))
    if sizes.get(_WIDTH) and sizes.get(_HEIGHT):
        into.frame = FrameFacts(
            width_px=sizes[_WIDTH], height_px=sizes[_HEIGHT], animated=True, coding="Matroska video track"
        )


def _date(data: Source, found: Element, into: Gathering) -> None:
    """The time of writing, kept as text: nanoseconds since 2001 mean nothing to a reader of text."""
    if found.stop - found.start != 8:
        return
    moment = int.from_bytes(data[found.start : found.stop], "big", signed=True)
    try:
        text = (_EPOCH + timedelta(microseconds=moment // 1000)).isoformat()
    except OverflowError:
        return
    into.add(BlockKind.TEXT, "Matroska Info", "DateUTC", found.offset, text.encode(), encoding="utf-8")
