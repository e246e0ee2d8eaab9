"""Text from a case, made fit to be printed: one line, nothing invisible, nothing that reaches over its neighbours."""

from __future__ import annotations

import unicodedata
from typing import Final

from safelight.exports.report.saying import Said, counted, say
from safelight.model import display_text

__all__ = ["bytes_text", "count_text", "figure", "percent_text", "shown", "time_text"]

_MARKS_IN_A_ROW: Final = 3
_PLACE_CHARS: Final = 400


def shown(text: str, limit: int = _PLACE_CHARS) -> str:
    """Text that a stranger may have written, as it is printed.

    Control and format characters become backslash escapes; so do combining marks after the third in a row, which would be stacked over the
    lines around them. Of a text longer than `limit` characters the beginning and the end are kept, and what is between is counted.
    """
    plain = _unstacked(display_text(text.encode("utf-8", "backslashreplace")))
    if len(plain) <= limit:
        return plain
    head = limit * 2 // 3
    tail = limit - head
    left = len(plain) - head - tail
    return say("{head} … ({left:,} characters left out) … {tail}", head=plain[:head], left=left, tail=plain[-tail:])


def figure(number: int) -> Said:
    """`2,000`."""
    return say("{number:,}", number=number)


def count_text(number: int, one: str, many: str = "") -> Said:
    """`1 file`, `2,000 files`."""
    return counted(f"{{number:,}} {one}", f"{{number:,}} {many or one + 's'}", number)


def percent_text(part: int, whole: int) -> str:
    """The share in per cent; never 0 for something and never 100 for less than everything."""
    if not whole:
        return ""
    share = 100 * part / whole
    if part and share < 0.1:
        return say("< {bound:.1f} %", bound=0.1)
    if part != whole and share > 99.9:
        return say("> {bound:.1f} %", bound=99.9)
    return say("{share:.0f} %", share=share) if share in {0.0, 100.0} else say("{share:.1f} %", share=share)


def bytes_text(number: int) -> str:
    """`512 bytes`, `1.2 MB` (powers of 1,000)."""
    if number < 1000:
        return count_text(number, "byte")
    size = float(number)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.95 or unit == "TB":
            return say(f"{{size:,.1f}} {unit}", size=size)
    raise AssertionError


def time_text(time_utc: str | None) -> str:
    """`2026-01-31 12:00:00 UTC` from the case's own form; other text as it is."""
    if not time_utc:
        return ""
    day, separator, rest = time_utc.partition("T")
    return f"{day} {rest[:8]} UTC" if separator and len(rest) >= 8 else shown(time_utc)


def _unstacked(text: str) -> str:
    if text.isascii():
        return text
    found, row = [], 0
    for char in text:
        row = row + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        found.append(char if row <= _MARKS_IN_A_ROW else f"\\u{ord(char):04x}")
    return "".join(found)
