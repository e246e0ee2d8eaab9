"""The parts of which a report is made, as plain JSON: written once, drawn by the HTML template and by the Typst template alike.

All text in them is data: no part of it is ever read as markup by either template.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from safelight.exports.report.text import figure, percent_text
from safelight.model import JsonValue

__all__ = [
    "Bar",
    "Block",
    "Column",
    "bars",
    "bullets",
    "caveat",
    "figures",
    "lines",
    "notice",
    "pairs",
    "section",
    "table",
    "text",
]

Block: TypeAlias = "dict[str, JsonValue]"
Column: TypeAlias = "tuple[str, str, int]"
"""(title, kind, width): the kind is `text`, `number`, `path` or `code`, the width a share of the line."""

Bar: TypeAlias = "tuple[str, int, str]"
"""(label, number, manner): `plain`, or `open` for what is not known, which is drawn hatched."""


def section(name: str, title: str, *blocks: Block | None) -> Block:
    """A section; blocks that are None are left out. `name` is its anchor."""
    return {"name": name, "title": title, "blocks": [block for block in blocks if block is not None]}


def text(words: str) -> Block:
    """A paragraph."""
    return {"kind": "text", "text": words}


def caveat(words: str) -> Block:
    """What must not be concluded from what stands above."""
    return {"kind": "caveat", "text": words}


def notice(title: str, words: str) -> Block:
    """Something that bears on every figure: the case is not complete, or not whole."""
    return {"kind": "notice", "title": title, "text": words}


def bullets(items: Sequence[str]) -> Block:
    """A list of sentences."""
    return {"kind": "bullets", "items": list(items)}


def pairs(rows: Sequence[tuple[str, str, str]], caption: str = "") -> Block:
    """Names and values, each with the kind of its value (as of a column)."""
    return {"kind": "pairs", "caption": caption, "rows": [list(row) for row in rows]}


def figures(items: Sequence[tuple[str, str, str]]) -> Block:
    """A few large figures: (number, what it counts, remark)."""
    return {"kind": "figures", "items": [list(item) for item in items]}


def bars(caption: str, unit: str, rows: Sequence[Bar], total: int | None) -> Block:
    """A bar chart that is a table at the same time.

    Args:
        caption: What is counted. `unit`: title of the number.
        rows: The bars, drawn relative to the longest.
        total: What the numbers add up to, printed as the last row with shares; None where they overlap.
    """
    longest = max((number for _, number, _ in rows), default=0)
    drawn: list[JsonValue] = [
        {
            "label": label,
            "number": figure(number),
            "share": percent_text(number, total) if total is not None else "",
            "length": round(number / longest, 4) if longest else 0.0,
            "manner": manner,
        }
        for label, number, manner in rows
    ]
    whole = figure(total) if total is not None else ""
    return {"kind": "bars", "caption": caption, "unit": unit, "rows": drawn, "total": whole}


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    total: Sequence[str] = (),
    left_out: str = "",
) -> Block:
    """A table; `total` is its last row, `left_out` says what it does not list."""
    return {
        "kind": "table",
        "caption": caption,
        "columns": [{"title": title, "kind": kind, "width": width} for title, kind, width in columns],
        "rows": [list(row) for row in rows],
        "total": list(total),
        "left_out": left_out,
    }


def lines(items: Sequence[dict[str, JsonValue]]) -> Block:
    """Lines of the queue, each with rank, place and rows of (name, value, kind)."""
    return {"kind": "lines", "items": list(items)}
