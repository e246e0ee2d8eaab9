"""The one layout that all boxes of ISO base media files share.

Source: ISO/IEC 14496-12 section 4.2 (32-bit size, 64-bit size, size 0 to the end of what is around it, `uuid`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from safelight.decode.window import Source

__all__ = ["Box", "boxes", "name_of"]


class Box(NamedTuple):
    """One box: `data[start:stop]` is its payload (behind the 16 bytes of a `uuid`), `offset` where its header stands.

    `whole` is false when what is around it ends in the box. `uuid` is empty for other types.
    """

    type: bytes
    offset: int
    start: int
    stop: int
    whole: bool
    uuid: bytes = b""


def boxes(data: Source, start: int, end: int) -> Iterator[Box]:
    """Yields the boxes of `data[start:end]`; ends at the first header that cannot be one."""
    end = min(end, len(data))
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        payload = start + 8
        if size == 1:
            size = int.from_bytes(data[payload : payload + 8], "big")
            payload += 8
        elif size == 0:
            size = end - start
        if size < payload - start or payload > end:
            return
        stop = start + size
        uuid = b""
        if kind == b"uuid":
            uuid = data[payload : payload + 16]
            payload = min(payload + 16, stop, end)
        yield Box(kind, start, payload, min(stop, end), stop <= end, uuid)
        start = stop


def name_of(kind: bytes) -> str:
    """A four-character code as text."""
    return kind.decode("latin-1")
