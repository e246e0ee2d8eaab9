r"""Cells of CSV files that spreadsheets open: nothing in them runs as a formula, breaks a line or turns the text around, and nothing is lost.

Two steps, which `cell` takes and `text` takes back:

1. Control characters, line separators, marks that change the direction of writing and lone surrogates become `\uXXXX`, a backslash becomes two.
2. A cell that begins with `=`, `+`, `-`, `@`, a tab, a carriage return, one of their wide forms, or an apostrophe gets an apostrophe in front.
   (After the first step no cell begins with a tab or a carriage return; the rule names them for those who read it alone.)
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["STARTERS", "cell", "text"]

_ESCAPED: Final = re.compile("[\\\\\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_UNESCAPED: Final = re.compile(r"\\(?:\\|u([0-9a-f]{4}))")
STARTERS: Final = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula."""


def cell(value: object) -> str:
    """A value as it stands in a cell; None is an empty cell."""
    found = "" if value is None else str(value)
    if not found.isprintable() or "\\" in found:
        found = _ESCAPED.sub(_escape, found)
    return f"'{found}" if found and (found[0] in STARTERS or found[0] == "'") else found


def text(cell: str) -> str:
    """What a cell was made of."""
    return _UNESCAPED.sub(_unescape, cell.removeprefix("'"))


def _escape(found: re.Match[str]) -> str:
    return "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}"


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else "\\"
