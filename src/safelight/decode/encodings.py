"""Text whose encoding is stated wrongly or not at all: EXIF UserComment and Microsoft's XP tags.

Source: Exif 3.0 / CIPA DC-008 section 4.6.6 (the eight-byte character code), JIS X 0208; that `UNICODE` text comes in either
byte order, with and without a byte-order mark, and as UTF-8, is observed in files of generators and cameras.
"""

from __future__ import annotations

import codecs
from typing import Final

__all__ = ["user_comment", "utf16_order", "xp_text"]

# Python loads a codec's module when it is first used; inside the walled worker nothing may be opened any more by then.
for _name in (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    "iso2022_jp",
    "shift_jis",
    "euc_jp",
):
    codecs.lookup(_name)

_CODE_BYTES: Final = 8
_SAMPLE_BYTES: Final = 2048
_AMBIGUOUS_BYTES: Final = 12
_PRINTABLE: Final = bytes({*range(32, 127), 9, 10, 13})


def user_comment(raw: bytes, order: str) -> str:
    """Decodes a UserComment value.

    Args:
        raw: The value with its eight-byte code; values without one are read whole.
        order: Byte order of the EXIF block (`<` or `>`), which decides only where nothing else does.
    """
    code, rest = raw[:_CODE_BYTES].upper(), raw[_CODE_BYTES:]
    if code.startswith(b"UNICODE"):
        text = _wide_or_narrow(rest, order, wide=True)
    elif code.startswith(b"ASCII\x00"):
        text = _narrow(rest)
    elif code.startswith(b"JIS\x00"):
        text = _japanese(rest)
    elif code == bytes(_CODE_BYTES):
        text = _wide_or_narrow(rest, order)
    else:
        text = _wide_or_narrow(raw, order)
    return text.strip("\x00 \t\r\n")


def xp_text(raw: bytes) -> str:
    """Decodes the value of an XP tag: UTF-16LE, up to its first NUL."""
    return raw.decode("utf-16-le", "replace").split("\x00", 1)[0].strip()


def _narrow(raw: bytes) -> str:
    raw = raw.rstrip(b"\x00")
    if raw[:_SAMPLE_BYTES].count(0) * 3 > len(raw[:_SAMPLE_BYTES]):
        return _wide(raw, ">")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _japanese(raw: bytes) -> str:
    for encoding in ("iso2022_jp", "utf-8", "shift_jis", "euc_jp"):
        try:
            return raw.rstrip(b"\x00").decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _wide_or_narrow(raw: bytes, order: str, *, wide: bool = False) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    sample = raw.rstrip(b"\x00")[:_SAMPLE_BYTES]
    # A run of printable single bytes would, as UTF-16, be a run of ideographs picked blindly; a short one can be either.
    if not sample.translate(None, _PRINTABLE) and (len(sample) & 1 or len(sample) > _AMBIGUOUS_BYTES or not wide):
        return _narrow(raw)
    if 0 not in sample and sample.translate(None, _PRINTABLE):
        try:
            # Bytes above 0x7F that form valid UTF-8 sequences throughout are hardly UTF-16.
            return raw.rstrip(b"\x00").decode("utf-8-sig")
        except UnicodeDecodeError:
            return _wide(raw, order)
    return _wide(raw, order)


def _wide(raw: bytes, order: str) -> str:
    return raw[: len(raw) & ~1].decode("utf-16-be" if utf16_order(raw, order) == ">" else "utf-16-le", "replace")


def utf16_order(raw: bytes, default: str) -> str:
    """Byte order of UTF-16 text without a mark: the order in which more of its characters are plausible, else `default`.

    A unit speaks for an order when, read so, it is a printable character below U+0250, a blank, or CJK and kana in common use,
    and the reverse is not.
    """
    if raw[:2] == b"\xff\xfe":
        return "<"
    if raw[:2] == b"\xfe\xff":
        return ">"
    big = little = 0
    sample = raw[: min(len(raw), _SAMPLE_BYTES) & ~1]
    for first, second in zip(sample[::2], sample[1::2], strict=True):
        if first != second:
            big += _plausible(first, second)
            little += _plausible(second, first)
    return default if big == little else ">" if big > little else "<"


def _plausible(high: int, low: int) -> int:
    if high == 0:
        return 4 if 32 <= low < 127 or low in {9, 10, 13} else 2 if low >= 0xA0 else 0
    if high <= 0x05 or high in {0x20, 0x30, 0xFF}:
        return 1
    return 1 if 0x4E <= high <= 0x9F or 0xAC <= high <= 0xD7 else 0
