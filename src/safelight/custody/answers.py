"""Answers of time-stamp authorities whose certificates do not stand in the order that DER demands, put into that order.

OpenSSL's `ts -reply` with a chain, and authorities that are built on it, write them as they lie in their file; the library that reads and
verifies answers takes none but the right order. The order says nothing: certificates of a CMS message are a set, and no signature covers it (RFC
5652, sections 5.1 and 5.4). So the bytes of the certificates are moved about within their field, and nothing else is touched; whether the
signature holds is told afterwards, on the very bytes that it covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

__all__ = ["in_order"]

_SEQUENCE, _SET, _INTEGER, _OID, _FIELD_0 = 0x30, 0x31, 0x02, 0x06, 0xA0
_TO_SIGNED_DATA: Final = ((_SEQUENCE,), (_SEQUENCE, _SEQUENCE), (_OID, _FIELD_0), (_SEQUENCE,))
"""From the answer (RFC 3161, section 2.4.2) to the fields of its signed data: on each level the tags that stand there, and the last is gone into."""
_BEFORE: Final = (_INTEGER, _SET, _SEQUENCE)
_LENGTH_BYTES: Final = 4


def in_order(answer: bytes) -> bytes:
    """The answer with its certificates in the order of DER; as it was, where it does not have the form."""
    found = _certificates(answer)
    if found is None:
        return answer
    begin, end = found
    try:
        held = sorted(answer[one:other] for _, one, _, other in _elements(answer, begin, end))
    except ValueError:
        return answer
    return answer[:begin] + b"".join(held) + answer[end:]


def _certificates(answer: bytes) -> tuple[int, int] | None:
    """Where the certificates begin and end."""
    begin, end = 0, len(answer)
    try:
        for tags in (*_TO_SIGNED_DATA, (*_BEFORE, _FIELD_0)):
            elements = _elements(answer, begin, end)
            for tag in tags:
                found, _, begin, end = next(elements, (None, 0, 0, 0))
                if found != tag:
                    return None
    except ValueError:
        return None
    return begin, end


def _elements(content: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Tag, begin, begin of the value and end of each element between two places.

    Raises:
        ValueError: They are not written in DER.
    """
    while at < end:
        value = at + 2
        if value > end:
            raise ValueError("an element is cut off")
        length = content[at + 1]
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size <= _LENGTH_BYTES:
                raise ValueError("a length is of a form that DER does not have here")
            length, value = int.from_bytes(content[value : value + size]), value + size
        if value + length > end:
            raise ValueError("an element is cut off")
        yield content[at], at, value, value + length
        at = value + length
