"""The trailer of Samsung phones: a directory of named blocks behind the picture, or in the `sefd` box of HEIC and MP4 files.

Source: ExifTool's documentation of Samsung trailer tags (SEFH/SEFT directory, block types, names seen); block 0x0D91 `PEg_Info` with
`genAIType` as in files of the Galaxy photo editor.
"""

from __future__ import annotations

import struct
from typing import Final

from safelight.decode.containers.block import BlockKind, looks_like_text, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["gather"]

_DIRECTORIES_MAX: Final = 8
_HEAD_BYTES: Final = 12
_ENTRY_BYTES: Final = 12
_NAME_BYTES_MAX: Final = 256
_TEXT_MAX_BYTES: Final = 4 << 20


def gather(data: Source, start: int, stop: int, into: Gathering) -> bool:
    """Gathers the blocks of every directory that ends between `start` and `stop`; says whether there was one.

    Texts (mostly JSON) are kept as such, everything else as an embedded file, each under its own name.
    """
    found = False
    end = stop
    for _ in range(_DIRECTORIES_MAX):
        at = data.rfind(b"SEFT", start, end)
        if at < 0:
            return found
        head = at - 4 - int.from_bytes(data[max(start, at - 4) : at], "little")
        if start <= head <= at - 4 - _HEAD_BYTES and data.startswith(b"SEFH", head):
            found = True
            _directory(data, start, head, at - 4, into)
            end = head
        else:
            end = at
    return found


def _directory(data: Source, start: int, head: int, end: int, into: Gathering) -> None:
    """One directory: `data[head:end]`, its blocks before it, each found by its distance back from `head`."""
    number = int.from_bytes(data[head + 8 : head + _HEAD_BYTES], "little")
    room = (end - head - _HEAD_BYTES) // _ENTRY_BYTES
    if number > room:
        into.problem(
            "The directory of a Samsung trailer states more blocks than it lists.",
            place("Samsung SEF", "", head),
            f"{room} of {number} blocks",
        )
    for index in range(min(number, room)):
        if not into.step():
            return
        entry = head + _HEAD_BYTES + index * _ENTRY_BYTES
        _, kind, back, size = struct.unpack("<HHII", data[entry : entry + _ENTRY_BYTES])
        at = head - back
        if not start <= at <= head or not 8 <= size <= back:
            into.problem(
                "A block of a Samsung trailer is said to lie where it cannot.",
                place(f"Samsung SEF 0x{kind:04X}", "", entry),
                "nothing of it",
            )
            continue
        _block(data, at, at + size, kind, into)


def _block(data: Source, at: int, stop: int, kind: int, into: Gathering) -> None:
    container = f"Samsung SEF 0x{kind:04X}"
    length = int.from_bytes(data[at + 4 : at + 8], "little")
    start = at + 8 + length
    if start > stop or data[at + 2 : at + 4] != kind.to_bytes(2, "little"):
        into.problem(
            "A block of a Samsung trailer does not begin as it should.", place(container, "", at), "nothing of it"
        )
        return
    name = data[at + 8 : min(start, at + 8 + _NAME_BYTES_MAX)].decode("utf-8", "replace")
    size = stop - start
    if not size or (size <= _TEXT_MAX_BYTES and looks_like_text(data[start:stop])):
        into.take(BlockKind.TEXT, container, name, at, data, start, stop, data_offset=start, encoding="utf-8")
        return
    into.embedded(container, name, at, data, start, size)
    if size == 12 and data.startswith(b"mpv2", start):
        # The video of a HEIC motion photo lies in the file's own boxes; this block only says where.
        video, length = struct.unpack(">II", data[start + 4 : start + 12])
        into.embedded(container, f"{name} video", at, data, video, length)
