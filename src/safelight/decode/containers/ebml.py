"""EBML elements, of which Matroska and WebM files consist.

Source: RFC 8794 (EBML: variable-size integers, element IDs, unknown sizes).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.window import Source

__all__ = ["Element", "element", "elements", "number"]

_ID_BYTES_MAX: Final = 4
_SIZE_BYTES_MAX: Final = 8


class Element(NamedTuple):
    """One element: `data[start:stop]` is its payload, `offset` where its ID stands.

    `sized` is false when it does not state its size (its payload then goes to the end of what is around it), `whole` when what is
    around it ends in it.
    """

    id: int
    offset: int
    start: int
    stop: int
    sized: bool
    whole: bool


def element(data: Source, start: int, end: int) -> Element | None:
    """The element whose ID stands at `start`; None when none can stand there."""
    if not 0 <= start < end <= len(data):
        return None
    id_bytes = 9 - data[start].bit_length()
    size_at = start + id_bytes
    if id_bytes > _ID_BYTES_MAX or size_at >= end:
        return None
    size_bytes = 9 - data[size_at].bit_length()
    payload = size_at + size_bytes
    if size_bytes > _SIZE_BYTES_MAX or payload > end:
        return None
    identifier = int.from_bytes(data[start:size_at], "big")
    mask = (1 << 7 * size_bytes) - 1
    size = int.from_bytes(data[size_at:payload], "big") & mask
    if size == mask:
        return Element(identifier, start, payload, end, False, True)
    stop = payload + size
    return Element(identifier, start, payload, min(stop, end), True, stop <= end)


def elements(data: Source, start: int, end: int) -> Iterator[Element]:
    """Yields the elements of `data[start:end]`; ends at the first byte that starts none."""
    while (found := element(data, start, end)) is not None:
        yield found
        start = found.stop


def number(data: Source, found: Element) -> int:
    """An unsigned integer payload of at most 8 bytes; 0 for a longer one."""
    return int.from_bytes(data[found.start : found.stop], "big") if found.stop - found.start <= 8 else 0
