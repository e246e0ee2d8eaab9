"""Video and audio files with a hole of any size where their streams would lie, so that they take no room on the disk."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from tests.decode.containers.media import (
    AIGC,
    aiff_chunk,
    ape,
    avi,
    element,
    flac,
    flv,
    id3,
    matroska,
    simple_tag,
    wave,
)
from tests.decode.containers.media import frame as id3_frame
from tests.decode.containers.samples import mp4, riff_chunk

__all__ = ["LARGE", "large_file"]

Part = bytes | int
"""Bytes, or the size of a hole."""


def _movie(hole: int) -> bytes:
    return struct.pack(">I4sQ", 1, b"mdat", 16 + hole)


def _mp4(hole: int, *, tags_last: bool) -> Sequence[Part]:
    whole = mp4(keys={"AIGC": AIGC.encode()})
    at = whole.index(b"mdat") - 4
    return [whole[:at], _movie(hole), hole, whole[at:]] if tags_last else [whole, _movie(hole), hole]


def _matroska(hole: int) -> Sequence[Part]:
    whole = matroska([simple_tag("AIGC", AIGC)], live=True)
    at = whole.index(element(0x1254C367, b"")[:4])
    return [whole[:at], b"\x1f\x43\xb6\x75\x01" + hole.to_bytes(7, "big"), hole, whole[at:]]


def _riff(whole: bytes, hole: int, before: bytes, head: bytes) -> Sequence[Part]:
    at = whole.index(before)
    start = whole[:at] + head
    return [start[:4], (len(whole) + len(head) + hole - 8).to_bytes(4, "little"), start[8:], hole, whole[at:]]


def _avi(hole: int) -> Sequence[Part]:
    whole = avi({"AIGC": AIGC})
    at = whole.index(b"INFO") - 8
    return _riff(whole, hole, whole[at : at + 12], b"LIST" + (4 + hole).to_bytes(4, "little") + b"movi")


def _wave(hole: int) -> Sequence[Part]:
    whole = wave(riff_chunk(b"AIGC", AIGC.encode()))
    return _riff(whole, hole, b"AIGC", b"data" + hole.to_bytes(4, "little"))


def _aiff(hole: int) -> Sequence[Part]:
    tags = aiff_chunk(b"ANNO", AIGC.encode())
    body = b"AIFF" + b"SSND" + hole.to_bytes(4, "big")
    return [b"FORM" + (len(body) + hole + len(tags)).to_bytes(4, "big") + body, hole, tags]


def _flv(hole: int) -> Sequence[Part]:
    """The script stands behind tags of video, none of which can be larger than 16 MiB."""
    whole = flv(
        b"\x02\0\x0aonMetaData\x08\0\0\0\x01\0\x04AIGC\x02" + struct.pack(">H", len(AIGC)) + AIGC.encode() + b"\0\0\x09"
    )
    parts: list[Part] = [whole[:9]]
    left, before = hole, 0
    while left:
        size = min(left, 0xFFFF00)
        parts += [before.to_bytes(4, "big") + b"\x09" + size.to_bytes(3, "big") + bytes(7), size]
        left, before = left - size, 11 + size
    return [*parts, before.to_bytes(4, "big"), whole[13:]]


def _mp3(hole: int) -> Sequence[Part]:
    return [id3(id3_frame("TIT2", b"\3A hill")), b"\xff\xfb\x90\x00", hole, ape({"AIGC": AIGC.encode()})]


LARGE = {
    "mp4 tags first": lambda hole: _mp4(hole, tags_last=False),
    "mp4 tags last": lambda hole: _mp4(hole, tags_last=True),
    "matroska": _matroska,
    "avi": _avi,
    "wave": _wave,
    "aiff": _aiff,
    "flv": _flv,
    "mp3": _mp3,
    "flac": lambda hole: [flac(fields={"AIGC": AIGC}), hole],
}
"""Each with an AI label of China's, and the sizes of the hole that it takes to the parts of the file."""


def large_file(path: Path, parts: Sequence[Part]) -> int:
    """Writes the file and opens it for reading; its descriptor."""
    with path.open("wb") as file:
        for part in parts:
            if isinstance(part, bytes):
                file.write(part)
            else:
                file.truncate(file.seek(part, os.SEEK_CUR))
    return os.open(path, os.O_RDONLY)
