"""Makes what readers found fit for the pipe: bounded text, plain JSON, no lone surrogates; what is cut says so.

Runs in the worker. The same bounds are checked again by the parent (`replies`), which believes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, TypeVar

from safelight.model import Basis, Finding, JsonValue, Outcome, Strength, Supports

__all__ = ["FINDINGS", "NAME_CHARS", "TEXT_CHARS", "bounded", "shortened", "without_surrogates"]

FINDINGS: Final = 1000
"""Findings of one file that are passed on."""

NAME_CHARS: Final = 200
"""Characters of a reader's name or version."""

TEXT_CHARS: Final = 4096
"""Characters of a finding's sentence, place or caveat."""

_DETAIL_CHARS: Final = 1 << 18
_DETAIL_ITEMS: Final = 10_000
_DETAIL_DEPTH: Final = 24
_SHORT_CHARS: Final = 1024
_SHORT_ITEMS: Final = 64
_CUT: Final = "... (cut)"

_T = TypeVar("_T")


class _Cutter:
    """Copies JSON-like values within bounds and remembers whether anything was cut."""

    def __init__(self, chars: int, items: int) -> None:
        self._chars = chars
        self._items = items
        self.cut = False

    def value(self, value: object, depth: int = _DETAIL_DEPTH) -> JsonValue:
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self.text(value, self._chars)
        if isinstance(value, int):
            return int(value) if -(1 << 63) <= value < 1 << 63 else self.text(_digits(value), self._chars)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(float(value))
        if isinstance(value, bytes | bytearray | memoryview):
            return self.text(bytes(value[: self._chars]).decode("utf-8", "backslashreplace"), self._chars)
        if depth == 0:
            self.cut = True
            return _CUT
        if isinstance(value, Mapping):
            return {
                self.text(str(key), _SHORT_CHARS): self.value(item, depth - 1)
                for key, item in self._first(value.items(), len(value))
            }
        if isinstance(value, frozenset | set):
            value = sorted(value, key=repr)
        if isinstance(value, Sequence):
            return [self.value(item, depth - 1) for item in self._first(value, len(value))]
        return self.text(str(value), self._chars)

    def text(self, text: str, limit: int) -> str:
        if len(text) > limit:
            self.cut = True
            text = text[: limit - len(_CUT)] + _CUT
        text = without_surrogates(text)
        return text if len(text) <= limit else text[:limit]

    def _first(self, values: Iterable[_T], count: int) -> Iterable[_T]:
        if count <= self._items:
            return values
        self.cut = True
        return islice(values, self._items)


def bounded(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with every text and detail within bounds; beyond `FINDINGS` the last one says how many there were.

    Raises:
        AttributeError, TypeError, ValueError: What a reader gave is not a Finding, or holds what none can hold.
    """
    kept = [_bounded(finding, _DETAIL_CHARS, _DETAIL_ITEMS) for finding in findings[:FINDINGS]]
    return _say_left_out(kept, len(findings))


def shortened(findings: Sequence[Finding], count: int) -> list[Finding]:
    """At most `count` of the findings, each cut to a few KiB; for a reply that would not fit otherwise."""
    kept = [_bounded(finding, _SHORT_CHARS, _SHORT_ITEMS) for finding in findings[:count]]
    return _say_left_out(kept, len(findings))


def without_surrogates(text: str) -> str:
    """The text with lone surrogates as backslash escapes; no JSON and no UTF-8 can carry them."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _say_left_out(kept: list[Finding], count: int) -> list[Finding]:
    if kept and count > len(kept):
        note: dict[str, JsonValue] = {**kept[-1].details, "findings_left_out": count - len(kept)}
        kept[-1] = replace(kept[-1], details=note)
    return kept


def _bounded(finding: Finding, chars: int, items: int) -> Finding:
    cutter = _Cutter(chars, items)
    text_chars = min(chars, TEXT_CHARS)
    fields = {
        name: cutter.text(getattr(finding, name), text_chars)
        for name in ("what", "where", "could_be_faked_by", "does_not_show")
    }
    details = cutter.value(dict(finding.details), _DETAIL_DEPTH + 1)
    assert isinstance(details, dict)
    reader, version = cutter.text(finding.reader, NAME_CHARS), cutter.text(finding.version, NAME_CHARS)
    if cutter.cut:
        details["truncated"] = "long values were cut to fit"
    return replace(
        finding,
        reader=reader,
        version=version,
        details=details,
        outcome=Outcome(finding.outcome),
        supports=Supports(finding.supports),
        basis=None if finding.basis is None else Basis(finding.basis),
        strength=Strength(finding.strength),
        **fields,
    )


def _digits(value: int) -> str:
    # Python refuses to print integers of more than 4,300 digits in decimals.
    return str(value) if value.bit_length() < 10_000 else hex(value)
