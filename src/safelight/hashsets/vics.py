"""Lists as Project VIC JSON, data model 1.3 and 2.0, in both of its shapes, streamed.

Shapes: a hash set (`value[*]` are media records) and a case (`value[*].Media[*]`, with `MediaFiles[*]` below). Quirks of real
exports, as the readers of the projects GLEAPP and IPED meet them: a byte order mark may lead; booleans may be text; counts in the
header are not to be trusted; only `Category` is a verdict, and null or absent is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, Final

from safelight.hashsets.entry import LENGTHS, Entry, Rejected, checked_hash
from safelight.model import MatchHow

__all__ = ["looks_like_vics", "read_vics"]

_HASHES: Final[dict[str, MatchHow]] = {
    "md5": MatchHow.MD5, "sha1": MatchHow.SHA1, "sha256": MatchHow.SHA256, "pdq": MatchHow.PDQ, "pdqhash": MatchHow.PDQ,
}  # fmt: skip
_CASE_SHAPE: Final = "value.item.Media.item"


def looks_like_vics(head: bytes) -> bool:
    """Whether the head of a file (8 KiB) is Project VIC JSON."""
    folded = head[:8192].lower()
    return folded.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and (
        b"projectvic" in folded or b"vicsdatamodel" in folded
    )


def read_vics(stream: IO[bytes], unused: dict[str, int]) -> Iterator[Entry | Rejected]:
    """Yields the entries of every media record, one record in memory at a time.

    Args:
        stream: Seekable, at the start of the JSON text (after a byte order mark). `unused`: counts what is seen and not used.

    Raises:
        ijson.JSONError: The text is not JSON or is cut off.
    """
    import ijson

    start = stream.tell()
    prefix = _CASE_SHAPE if _is_case(stream) else "value.item"
    stream.seek(start)
    for row, record in enumerate(ijson.items(stream, prefix, use_float=True), 1):
        if not isinstance(record, dict):
            yield Rejected(row, "the media record is not an object")
            continue
        yield from _entries(row, record, unused)


def _is_case(stream: IO[bytes]) -> bool:
    """Whether the first object under `value` holds media records; the header's own word for it is not to be trusted."""
    import ijson

    for prefix, kind, _ in ijson.parse(stream, use_float=True):
        if prefix == "value.item.Media" and kind == "start_array":
            return True
        if prefix == "value.item" and kind == "end_map":
            return False
    return False


def _entries(row: int, record: dict[str, Any], unused: dict[str, int]) -> Iterator[Entry | Rejected]:
    label = _label(record.get("Category"))
    bank = _text(record.get("Series")) or _text(record.get("Tags"))
    stated: dict[tuple[MatchHow, str], None] = {}
    for holder in (record, *(item for item in _list(record.get("MediaFiles")) if isinstance(item, dict))):
        stated.update({(how, raw): None for name, how in _HASHES.items() if (raw := _text(_folded(holder, name)))})
    for item in _list(record.get("AlternativeHashes")):
        if not isinstance(item, dict):
            continue
        name = _text(item.get("HashName"))
        how = _HASHES.get("".join(char for char in name.lower() if char.isalnum()))
        if how is not None:
            stated[how, _text(item.get("HashValue"))] = None
        else:
            unused[f"{name or 'unnamed'} hashes"] = unused.get(f"{name or 'unnamed'} hashes", 0) + 1
    if record.get("PhotoDNA"):
        unused["PhotoDNA hashes"] = unused.get("PhotoDNA hashes", 0) + 1
    for how, raw in stated:
        found = checked_hash(raw, how)
        yield (
            Entry(how, found, bank=bank, label=label)
            if found
            else Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
        )
    if not stated:
        yield Rejected(row, "no usable hash in the media record")


def _folded(record: dict[str, Any], name: str) -> Any:
    """A field by its name, whatever its case: exporters write MD5, Md5 and md5."""
    return next((value for key, value in record.items() if key.lower() == name), None)


def _label(category: Any) -> str:
    """The category as the list states it; null, absent and empty are no verdict."""
    if category is None or isinstance(category, bool):
        return ""
    if isinstance(category, float) and category.is_integer():
        category = int(category)
    text = str(category).strip()
    return f"category {text}" if text.isdecimal() else text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(part for part in (_text(item) for item in value) if part)
    return value.strip() if isinstance(value, str) else ""
