"""Draws where pictures agree and differ, as SVG: outlines and grids, never pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from safelight.model import display_text

__all__ = ["drawing"]

_SIDE: Final = 240
_GAP: Final = 40
_TOP: Final = 70
_CELLS: Final = 8
_FILLS: Final = {"a": "#2f7d4f", "d": "#d9b48f", "o": "#ffffff", ".": "#e4e4e4"}
_LEGEND: Final = (("a", "agrees"), ("d", "differs"), (".", "nothing to compare"), ("o", "outside the other"))


def drawing(media: Mapping[str, Any], links: Sequence[Mapping[str, Any]]) -> str:
    """One drawing of the links of one media: on the left its map, on the right that of the other picture; names are escaped.

    Args:
        media: The record of the media, with `sha256`, `width_px` and `height_px`. `links`: of `case.scenes.scene_links_of`.
    """
    drawn = [link for link in links if link["grid"]]
    height = _TOP + len(drawn) * (_SIDE + 70) + 10
    width = 2 * _SIDE + 3 * _GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'{head} font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#fafafa"/>',
        f'<text x="{_GAP}" y="22" font-size="13">Where {escape(str(media["sha256"])[:16])} agrees with other pictures</text>',
    ]
    for place, (letter, words) in enumerate(_LEGEND):
        x = _GAP + place * 125
        parts.append(f'<rect x="{x}" y="34" width="11" height="11" fill="{_FILLS[letter]}" stroke="#888"/>')
        parts.append(f'<text x="{x + 16}" y="44">{words}</text>')
    for number, link in enumerate(drawn):
        top = _TOP + number * (_SIDE + 70)
        own, others = ("grid", "other_grid") if link["role"] == "first" else ("other_grid", "grid")
        name = display_text(str(link["path"]).encode("utf-8", "backslashreplace"))[-70:]
        parts.append(f'<text x="{_GAP}" y="{top}">{escape(link["kind"])}: {escape(name)}</text>')
        parts.append(f'<text x="{_GAP}" y="{top + 15}">{escape(link["words"])}</text>')
        shape = (media["width_px"] or 1) / (media["height_px"] or 1)
        parts += _grid(_GAP, top + 24, shape, link[own])
        parts += _grid(2 * _GAP + _SIDE, top + 24, (link["width_px"] or 1) / (link["height_px"] or 1), link[others])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(left: int, top: int, shape: float, letters: str) -> list[str]:
    width, height = (_SIDE, _SIDE / shape) if shape >= 1 else (_SIDE * shape, _SIDE)
    across, down = width / _CELLS, height / _CELLS
    return [
        f'<rect x="{left + place % _CELLS * across:.1f}" y="{top + place // _CELLS * down:.1f}" width="{across:.1f}" height="{down:.1f}" '
        f'fill="{_FILLS.get(letter, "#ffffff")}" stroke="#bbb"/>'
        for place, letter in enumerate(letters[: _CELLS * _CELLS])
    ]
