"""JUMBF superboxes: which of them is a C2PA manifest store, and how a JPEG splits them over APP11 segments.

Source: ISO/IEC 19566-5 (JUMBF: superbox `jumb`, description box `jumd`), ISO/IEC 18477-3 annex B (boxes in APP11: CI `JP`, box
instance number, packet sequence number, repeated box header); C2PA specification 2.2, section 11 (label `c2pa`) and annex A.3.1.
"""

from __future__ import annotations

from typing import Final

from safelight.decode.containers.block import BlockKind, place
from safelight.decode.containers.gathering import Gathering

__all__ = ["App11Boxes", "is_c2pa", "label"]

_C2PA_TYPE: Final = bytes.fromhex("63327061001100108000 00AA00389B71")
_LABEL_MAX: Final = 256
_HEAD_BYTES: Final = 16  # CI, instance, sequence, LBox, TBox
_BOXES_MAX: Final = 256


def _description(data: bytes) -> tuple[bytes, int, int] | None:
    """Type, toggles and where the label starts, of the superbox that `data` starts with."""
    start = 16 if data[:4] == b"\x00\x00\x00\x01" else 8
    if data[4:8] != b"jumb" or data[start + 4 : start + 8] != b"jumd" or len(data) < start + 25:
        return None
    return data[start + 8 : start + 24], data[start + 24], start + 25


def label(data: bytes) -> str:
    """The label of the superbox that `data` starts with; empty when it has none."""
    description = _description(data)
    if description is None or not description[1] & 2:
        return ""
    start = description[2]
    end = data.find(b"\x00", start, start + _LABEL_MAX)
    return data[start : end if end >= 0 else start].decode("utf-8", "replace")


def is_c2pa(data: bytes) -> bool:
    """Whether `data` starts with a C2PA manifest store, told by its box type or its label."""
    description = _description(data)
    return description is not None and (description[0] == _C2PA_TYPE or label(data) == "c2pa")


class App11Boxes:
    """Joins the boxes that a JPEG holds in pieces; segments may come in any order."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, bytes], dict[int, tuple[int, int, int]]] = {}
        self._doubled = False

    def segment(self, data: bytes, offset: int, start: int, stop: int) -> bool:
        """Takes the payload `data[start:stop]` of an APP11 segment; false when it is none of ours."""
        if stop - start < _HEAD_BYTES or data[start : start + 2] != b"JP":
            return False
        instance = int.from_bytes(data[start + 2 : start + 4], "big")
        sequence = int.from_bytes(data[start + 4 : start + 8], "big")
        key = (instance, data[start + 12 : start + 16])
        if key not in self._pieces and len(self._pieces) >= _BOXES_MAX:
            return False
        pieces = self._pieces.setdefault(key, {})
        if sequence in pieces:
            self._doubled = True
        else:
            pieces[sequence] = (offset, start, stop)
        return True

    def finish(self, data: bytes, into: Gathering) -> None:
        """Keeps every box that was joined, and says where pieces are missing."""
        for (_, kind), pieces in self._pieces.items():
            order = sorted(pieces)
            first_offset, first_start, _ = pieces[order[0]]
            where = place("JPEG APP11", kind.decode("latin-1"), first_offset)
            long_head = data[first_start + 8 : first_start + 12] == b"\x00\x00\x00\x01"
            repeated = _HEAD_BYTES + (8 if long_head else 0)
            parts: list[bytes] = []
            room = into.bytes_left
            for number, sequence in enumerate(order):
                _, start, stop = pieces[sequence]
                part = data[start + (repeated if number else 8) : min(stop, start + 8 + max(0, room))]
                parts.append(part)
                room -= len(part)
            joined = b"".join(parts)
            length = int.from_bytes(joined[8:16] if long_head else joined[:4], "big")
            if self._doubled:
                into.problem("A piece of a JUMBF box comes twice.", where, "the first of the two")
            if order[-1] - order[0] != len(order) - 1 or len(joined) < length:
                into.problem(
                    "Pieces of a JUMBF box are missing.", where, f"{len(joined)} of {length} bytes, joined in order"
                )
            key = label(joined) or kind.decode("latin-1")
            into.add(BlockKind.JUMBF, "JPEG APP11", key, first_offset, joined)
