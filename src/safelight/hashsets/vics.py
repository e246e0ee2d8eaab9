"""Lists as Project VIC JSON, data model 1.3 and 2.0, in both of its shapes, streamed.

Shapes: a hash set (`value[*]` are media records) and a case (`value[*].Media[*]`, with `MediaFiles[*]` below). Quirks of real
exports, as the readers of the projects GLEAPP and IPED meet them: a byte order mark may lead; booleans may be text; counts in the
header are not to be trusted, nor is IsPrecategorized; only `Category` is a verdict, and null or absent is none; several records name
one stored file.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from safelight.hashsets.entry import LENGTHS, Entry, Rejected, checked_hash
from safelight.hashsets.records import RecordPlace, find_place
from safelight.model import MatchHow

__all__ = ["looks_like_vics", "media_place", "read_record"]

_HASHES: Final[dict[str, MatchHow]] = {
    "md5": MatchHow.MD5, "sha1": MatchHow.SHA1, "sha256": MatchHow.SHA256, "pdq": MatchHow.PDQ, "pdqhash": MatchHow.PDQ,
}  # fmt: skip
_SET_SHAPE: Final = "value.item"
_NAME_CHARS: Final = 60


def looks_like_vics(head: bytes) -> bool:
    """Whether the head of a file (UTF-8, no byte order mark, 8 KiB suffice) is Project VIC JSON."""
    folded = head[:8192].lower()
    return folded.lstrip().startswith(b"{") and (b"projectvic" in folded or b"vicsdatamodel" in folded)


def media_place(stream: Any) -> RecordPlace:
    """Where the media records lie: the first object under `value` that holds some, or is one, tells the shape.

    The header's own word for the shape is not to be trusted.

    Args:
        stream: At the start of the JSON text.

    Raises:
        ijson.JSONError, ValueError: The text is not JSON or is cut off.
    """

    def is_there(prefix: str, kind: str, value: Any) -> bool:
        folded = prefix.lower()
        if folded == "value.item.media":
            return kind == "start_array"
        return folded == _SET_SHAPE and kind == "map_key" and value.lower() in {*_HASHES, "mediaid"}

    return find_place(stream, is_there, _SET_SHAPE)


def read_record(row: int, record: Any, unused: dict[str, int]) -> Iterator[Entry | Rejected]:
    """Yields the entries of a media record.

    Args:
        row: Of the record, from 1. `record`: as the JSON has it. `unused`: counts what is seen and not used.
    """
    if isinstance(record, dict):
        yield from _entries(row, _folded(record), unused)
    else:
        yield Rejected(row, "the media record is not an object")


def _entries(row: int, record: dict[str, Any], unused: dict[str, int]) -> Iterator[Entry | Rejected]:
    label = _label(record.get("category"))
    bank = _text(record.get("series")) or _text(record.get("tags"))
    stated: dict[tuple[MatchHow, str], None] = {}
    files = (_folded(item) for item in _list(record.get("mediafiles")) if isinstance(item, dict))
    for holder in (record, *files):
        stated.update({(how, raw): None for name, how in _HASHES.items() if (raw := _text(holder.get(name)))})
    for item in _list(record.get("alternativehashes")):
        if not isinstance(item, dict):
            continue
        item = _folded(item)
        name = _text(item.get("hashname"))
        how = _HASHES.get("".join(char for char in name.lower() if char.isalnum()))
        if how is not None:
            stated[how, _text(item.get("hashvalue"))] = None
        else:
            _count(unused, f"{name[:_NAME_CHARS] or 'unnamed'} hashes")
    if record.get("photodna"):
        _count(unused, "PhotoDNA hashes")
    seen: set[tuple[MatchHow, str]] = set()
    for how, raw in stated:
        found = checked_hash(raw, how)
        if found is None:
            yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
        elif (how, found) not in seen:
            # A record repeats its own MD5 in each of its files, in either case.
            seen.add((how, found))
            yield Entry(how, found, bank=bank, label=label)
    if not stated:
        yield Rejected(row, "no usable hash in the media record")


def _folded(record: dict[str, Any]) -> dict[str, Any]:
    """Fields by their names in lower case: exporters write MD5, Md5 and md5."""
    return {name.lower(): value for name, value in record.items()}


def _label(category: Any) -> str:
    """The category as the list states it; null, absent, empty and what is no number or word are no verdict."""
    if isinstance(category, bool) or not isinstance(category, (int, Decimal, str)):
        return ""
    # The parser keeps 1.0 as a decimal; 1e999999999 must not be written out.
    whole = isinstance(category, Decimal) and abs(category) < 1_000_000 and category == category.to_integral_value()
    text = str(int(category) if whole else category).strip()
    return f"category {text}" if text.isdecimal() else text


def _count(unused: dict[str, int], name: str) -> None:
    # A list that names each of its hashes differently must not fill the memory.
    if name not in unused and len(unused) >= 50:
        name = "hashes of other names"
    unused[name] = unused.get(name, 0) + 1


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(text for item in value if isinstance(item, str) and (text := item.strip()))
    return value.strip() if isinstance(value, str) else ""
