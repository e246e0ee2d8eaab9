"""IPTC-IIM datasets.

Source: IPTC-NAA Information Interchange Model 4.2 (tag marker 0x1C, record, dataset, extended length; dataset 1:90 names the
character set by an ISO 2022 escape sequence).
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["IptcDataset", "datasets"]

_MARKER: Final = 0x1C
_DATASETS_MAX: Final = 10_000
_UTF8_ESCAPE: Final = b"\x1b%G"


class IptcDataset(NamedTuple):
    """One dataset: record and dataset number (`2:120` is the caption), its bytes, its text, and its offset in the block."""

    record: int
    dataset: int
    value: bytes
    text: str
    offset: int


def datasets(data: bytes) -> tuple[tuple[IptcDataset, ...], str]:
    """Reads the datasets of a block.

    Returns:
        The datasets in order, and what was wrong, in words; empty when all was read. Trailing zeros are padding.
    """
    found: list[IptcDataset] = []
    position, end = 0, len(data)
    utf8 = False
    while position + 5 <= end and len(found) < _DATASETS_MAX:
        if data[position] != _MARKER:
            break
        record, dataset = data[position + 1], data[position + 2]
        length = int.from_bytes(data[position + 3 : position + 5], "big")
        start = position + 5
        if length & 0x8000:
            width = min(length & 0x7FFF, 8)
            length = int.from_bytes(data[start : start + width], "big")
            start += width
        if start + length > end:
            return tuple(found), f"dataset {record}:{dataset} at byte {position} is cut off"
        value = data[start : start + length]
        utf8 = utf8 or ((record, dataset) == (1, 90) and value.startswith(_UTF8_ESCAPE))
        found.append(IptcDataset(record, dataset, value, _text(value, utf8), position))
        position = start + length
    if len(found) >= _DATASETS_MAX:
        return tuple(found), f"there are more than {_DATASETS_MAX} datasets"
    return tuple(found), "" if not data[position:].strip(b"\x00") else f"at byte {position} stands no dataset"


def _text(value: bytes, utf8: bool) -> str:
    # Most writers use UTF-8 without saying so; what is not UTF-8 is Latin-1 unless UTF-8 was promised.
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8", "replace") if utf8 else value.decode("latin-1")
