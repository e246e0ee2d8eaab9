"""Charts as SVG, each for a table that says the same in words: made of plain shapes with attributes, so that no style is written in line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

__all__ = ["Block", "bars", "block_map", "columns"]

_WIDTH: Final = 420
_ROW: Final = 22
_SHORT: Final = 20
_HEIGHT: Final = 140
_LABEL: Final = 158
_NUMBER: Final = 56
_MARKS: Final = {"captured": "C", "generated": "G", "ai-edited": "A", "edited": "E", "undetermined": "U"}


@dataclass(frozen=True, slots=True)
class Block:
    """One group on the map: its representative, number of members, and opinion ("" for none)."""

    sha256: str
    size: int
    opinion: str


def bars(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """Horizontal bars, relative to the longest."""
    most = max((number for _, number in rows), default=0) or 1
    parts = []
    for place, (label, number) in enumerate(rows):
        top = place * _ROW
        length = max(1 if number else 0, round((_WIDTH - _LABEL - _NUMBER) * number / most))
        short = label if len(label) <= _SHORT else f"{label[: _SHORT - 1]}…"
        parts.append(
            f'<text class="label" x="{_LABEL - 8}" y="{top + 15}" text-anchor="end">{escape(short)}</text>'
            f'<rect class="bar" x="{_LABEL}" y="{top + 4}" width="{length}" height="{_ROW - 8}"/>'
            f'<text class="label" x="{_LABEL + length + 6}" y="{top + 15}">{number:,}</text>'
        )
    return _svg(title, _WIDTH, max(1, len(rows)) * _ROW, parts)


def columns(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """A time line: one column for each of these times, in order."""
    most = max((number for _, number in rows), default=0) or 1
    wide = _WIDTH / max(1, len(rows))
    parts = []
    for place, (label, number) in enumerate(rows):
        high = max(1 if number else 0, round((_HEIGHT - 30) * number / most))
        parts.append(
            f'<rect class="bar" x="{place * wide:.1f}" y="{_HEIGHT - 20 - high}" width="{max(1.0, wide - 1):.1f}" height="{high}">'
            f"<title>{escape(label)}: {number:,}</title></rect>"
        )
    for at, anchor, row in ((0, "start", 0), (_WIDTH, "end", -1)):
        if rows:
            parts.append(
                f'<text class="label" x="{at}" y="{_HEIGHT - 4}" text-anchor="{anchor}">{escape(rows[row][0])}</text>'
            )
    return _svg(title, _WIDTH, _HEIGHT, parts)


def block_map(title: str, blocks: Sequence[Block]) -> Markup:
    """Squares whose area is the number of members, set in rows; each leads to its group and carries the first letter of its opinion."""
    if not blocks:
        return _svg(title, _WIDTH, 1, [])
    scale = min(120.0, _WIDTH / 3) / math.sqrt(max(block.size for block in blocks))
    parts, left, top, high = [], 0.0, 0.0, 0.0
    for block in blocks:
        side = max(18.0, scale * math.sqrt(block.size))
        if left + side > _WIDTH:
            left, top, high = 0.0, top + high + 4, 0.0
        parts.append(
            f'<a href="/item/{escape(block.sha256)}" aria-label="Group of {block.size:,}, {escape(block.opinion or "no opinion")}">'
            f'<rect class="block" x="{left:.1f}" y="{top:.1f}" width="{side:.1f}" height="{side:.1f}"/>'
            f'<text class="mark" x="{left + side / 2:.1f}" y="{top + side / 2 + 4:.1f}" text-anchor="middle">'
            f"{_MARKS.get(block.opinion, '-')}</text></a>"
        )
        left, high = left + side + 4, max(high, side)
    return _svg(title, _WIDTH, math.ceil(top + high), parts, role="group")


def _svg(title: str, width: int, height: int, parts: Sequence[str], role: str = "img") -> Markup:
    inside = "".join(parts)
    return Markup(  # noqa: S704 - every text in it was escaped above
        f'<svg viewBox="0 0 {width} {height}" role="{role}" aria-label="{escape(title)}" class="chart">{inside}</svg>'
    )
