"""Which characters the fonts inside Typst can print. The others would be empty boxes, which PDF/A forbids."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from safelight.model import JsonValue

__all__ = ["COVERED", "printable"]

COVERED: Final[tuple[tuple[int, int], ...]] = (
    (0x0020, 0x04FF), (0x0531, 0x060C), (0x0621, 0x063A), (0x0640, 0x0655), (0x0660, 0x066D),
    (0x06F0, 0x06F9), (0x0900, 0x097F), (0x0EAD, 0x0EB9), (0x10D0, 0x10FF), (0x13A0, 0x13FD),
    (0x1AB0, 0x1ACE), (0x1D00, 0x2040), (0x2044, 0x2052), (0x2054, 0x211E), (0x2126, 0x2151),
    (0x2153, 0x2184), (0x2190, 0x23FF), (0x2460, 0x262F), (0x2638, 0x268B), (0x2690, 0x269C),
    (0x26A0, 0x26A7), (0x26AA, 0x26B2), (0x270C, 0x2727), (0x2729, 0x274B), (0x2761, 0x277F),
    (0x2798, 0x27AF), (0x27B1, 0x2BFF), (0x2C60, 0x2CFF), (0xA708, 0xA716), (0xA71B, 0xA727),
    (0xAB70, 0xABBE), (0xFB00, 0xFB4F), (0xFB52, 0xFB81), (0xFB8A, 0xFB95), (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F), (0xFE70, 0xFEFC), (0x1D400, 0x1D7FF),
)  # fmt: skip
"""Ranges, first and last code point, that Libertinus Serif and DejaVu Sans Mono cover together, as Typst 0.14 and later carry them: Latin,
Greek, Cyrillic, Armenian, Hebrew, Arabic, Devanagari, Georgian, signs. A test sets every one of them in a PDF/A."""

_STARTS: Final = [first for first, _ in COVERED]


def printable(value: JsonValue, *, ascii_only: bool = False) -> JsonValue:
    """The same JSON with every character that cannot be printed as a backslash escape, which says which character it is.

    Args:
        value: Any JSON. `ascii_only`: escape everything beyond ASCII, and the report's own typography becomes plain.
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        return "".join(char if _can(char, ascii_only) else _escaped(char) for char in value)
    if isinstance(value, list):
        return [printable(item, ascii_only=ascii_only) for item in value]
    if isinstance(value, dict):
        return {key: printable(item, ascii_only=ascii_only) for key, item in value.items()}
    return value


def _can(char: str, ascii_only: bool) -> bool:
    code = ord(char)
    if code < 0x7F:
        return True
    if ascii_only:
        return char in _OURS
    row = bisect_right(_STARTS, code) - 1
    return row >= 0 and code <= COVERED[row][1]


_OURS: Final = frozenset("“”–−×…")
"""What the report's own words use beyond ASCII."""


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
