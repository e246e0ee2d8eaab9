"""Lists as hash exchanges give them: NCMEC hash sharing (XML), and JSON of NCMEC, StopNCII and ThreatExchange as `threatexchange` keeps it.

Sources: the clients of `threatexchange` 1.2.17 (facebook/ThreatExchange, BSD), which name the fields of each exchange, and the example
answer in its tests. An exchange names what it takes back by its own number (NCMEC, ThreatExchange) or by the hash (StopNCII): what it takes
back no longer matches, and what it gives again does. NCMEC does not return entries in the order of time, so each carries its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from safelight.hashsets.entry import LENGTHS, Checkpoint, Entry, ImportReport, Item, Rejected, Removed, checked_hash
from safelight.hashsets.records import RecordPlace, find_place
from safelight.hashsets.source import ListFile, Position, unreadable
from safelight.model import MatchHow

__all__ = ["looks_like_exchange_json", "looks_like_ncmec_xml", "read_ncmec_xml", "read_update", "record_place"]

_KINDS: Final[dict[str, MatchHow]] = {
    "md5": MatchHow.MD5, "sha1": MatchHow.SHA1, "sha256": MatchHow.SHA256, "pdq": MatchHow.PDQ,
    "imagepdq": MatchHow.PDQ, "videomd5": MatchHow.MD5,
    "hashmd5": MatchHow.MD5, "hashvideomd5": MatchHow.MD5, "hashsha1": MatchHow.SHA1, "hashsha256": MatchHow.SHA256, "hashpdq": MatchHow.PDQ,
}  # fmt: skip
_NAMESPACE: Final = "hashsharing.ncmec.org/hashsharing/"
_ENTRIES: Final = ("image", "video", "deletedimage", "deletedvideo")
_RECORD_BYTES: Final = 4 << 20
_NESTED: Final = 100
_BLOCK: Final = 1 << 16
_NAME_CHARS: Final = 40
_MARKS: Final = frozenset({"signalType", "fingerprints", "entry_type", "indicator", "should_delete"})
_OVER: Final = frozenset({"Withdrawn", "Deleted"})


def looks_like_ncmec_xml(head: bytes) -> bool:
    """Whether the head of a file is an answer of NCMEC hash sharing."""
    return head.lstrip().startswith(b"<") and _NAMESPACE.encode() in head[:4096] and b"queryResult" in head[:4096]


def looks_like_exchange_json(head: bytes) -> bool:
    """Whether the head of a JSON file names the fields of an exchange."""
    return any(all(name in head for name in names) for names in (
        (b'"hashValue"', b'"signalType"'), (b'"indicator"', b'"type"'), (b'"fingerprints"', b'"id"'),
    ))  # fmt: skip


class _Bounded(io.RawIOBase):
    """A file of which no more than some MiB are read without an entry ending."""

    def __init__(self, file: ListFile) -> None:
        self._file = file
        self.ahead = 0

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(min(size, _BLOCK) if size > 0 else _BLOCK) or b""
        self.ahead += len(block)
        if self.ahead > _RECORD_BYTES:
            raise unreadable(self._file.path, f"no entry ends within {_RECORD_BYTES >> 20} MiB")
        return block


def read_ncmec_xml(path: Path, file: ListFile, report: ImportReport, position: Position | None) -> Iterator[Item]:
    """Yields the entries of an answer, one in memory at a time; `deletedImage` and `deletedVideo` take back what came under their number.

    Args:
        path: The file. `file`: at its start. `report`: is told whether the reading went on.
        position: Of the last checkpoint of an import that was cut off: what was yielded before is passed over. XML has no place to begin in.

    Raises:
        HashSetError: The XML is damaged, cut off, or defines entities.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    source, row, known = _Bounded(file), 0, file.known_rows(position)
    report.resumed = known > 0
    above: list[Any] = []
    try:
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                above.append(element)
                if len(above) > _NESTED:
                    raise unreadable(path, "the XML nests without end")
                continue
            above.pop()
            kind = _plain(element.tag)
            if kind in _ENTRIES and len(above) == 2:
                row += 1
                source.ahead = 0
                if row > known:
                    yield from _ncmec_entry(row, kind, element, report.unused)
                    if place := file.checkpoint(row):
                        yield Checkpoint(place)
                above[-1].clear()
    except ParseError as error:
        raise unreadable(path, f"the XML is damaged or cut off ({str(error)[:200]})") from error
    except (DefusedXmlException, LookupError, ValueError) as error:
        raise unreadable(path, f"the XML is of a kind that is not read ({type(error).__name__})") from error


def _ncmec_entry(row: int, kind: str, element: Any, unused: dict[str, int]) -> Iterator[Item]:
    parts = {_plain(part.tag): part for part in element}
    member, number = parts.get("member"), _said(parts.get("id"))
    if member is None or not number:
        yield Rejected(row, "the entry does not say its number and member")
        return
    ref = f"{kind.removeprefix('deleted')} {member.get('id', '')} {number}"
    time = _said(parts.get("timestamp"))
    if kind.startswith("deleted"):
        yield Removed(ref=ref, time=time)
        return
    against = _disputed(parts.get("feedback"))
    label, held = _said(parts.get("classification")), False
    for print_ in parts.get("fingerprints", ()):
        name = _plain(print_.tag)
        how = _KINDS.get(name)
        if how is None:
            _count(unused, name)
            continue
        held = True
        found = checked_hash(_said(print_), how)
        if found is None:
            yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
            continue
        doubt = f"disputed by {against[name]} members of the exchange" if name in against else ""
        said = "; ".join(part for part in (label, doubt) if part)
        yield Entry(how, found, bank=_said(member), label=said, ref=ref, time=time)
    if not held:
        yield Rejected(row, "no usable hash in the entry")


def _disputed(feedback: Any) -> dict[str, int]:
    """How many members dispute the hash of each kind."""
    found: dict[str, int] = {}
    for part in () if feedback is None else feedback:
        if _plain(part.tag) == "negativefeedback":
            name = str(part.get("type", "")).lower()
            found[name] = found.get(name, 0) + sum(_plain(inner.tag) == "member" for inner in part.iter())
    return {name: count for name, count in found.items() if count}


def record_place(stream: Any) -> RecordPlace:
    """Where the records lie: the first object that names a field of an exchange is one.

    Args:
        stream: At the start of the JSON text.

    Raises:
        ijson.JSONError, ValueError: The text is not JSON or is cut off.
    """
    return find_place(stream, lambda _prefix, kind, value: kind == "map_key" and value in _MARKS, "item")


def read_update(row: int, record: Any, unused: dict[str, int]) -> Iterator[Item]:
    """Yields the entries of a record of a JSON answer.

    Args:
        row: Of the record, from 1. `record`: as the JSON has it. `unused`: counts what is seen and not used.
    """
    if not isinstance(record, dict):
        yield Rejected(row, "the record is not an object")
    elif "signalType" in record:
        yield from _stopncii(row, record, unused)
    elif "fingerprints" in record or "entry_type" in record:
        yield from _ncmec_record(row, record, unused)
    else:
        yield from _threat_update(row, record, unused)


def _stopncii(row: int, record: dict[str, Any], unused: dict[str, int]) -> Iterator[Item]:
    name = _text(record.get("signalType"))
    how, status = _KINDS.get(name.lower()), _text(record.get("hashStatus"))
    if how is None:
        _count(unused, name)
        yield Rejected(row, "no usable hash in the record")
        return
    found = checked_hash(_text(record.get("hashValue")), how)
    time = _text(record.get("lastModtimestamp"))
    if found is None:
        yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
    elif status in _OVER:
        yield Removed(how=how, hash=found, time=time)
    else:
        yield Entry(how, found, label=status, time=time)


def _ncmec_record(row: int, record: dict[str, Any], unused: dict[str, int]) -> Iterator[Item]:
    """An entry as `threatexchange` keeps it: `NCMECEntryUpdate`."""
    number, member = _text(record.get("id")), _text(record.get("member_id"))
    if not number or not member:
        yield Rejected(row, "the entry does not say its number and member")
        return
    ref = f"{_text(record.get('entry_type')).lower()} {member} {number}"
    if record.get("deleted") in (True, "true"):
        yield Removed(ref=ref)
        return
    prints = record.get("fingerprints")
    held = False
    for name, value in prints.items() if isinstance(prints, dict) else ():
        how = _KINDS.get(name.lower())
        if how is None:
            _count(unused, name)
            continue
        held = True
        found = checked_hash(_text(value), how)
        if found is None:
            yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
        else:
            yield Entry(how, found, bank=f"member {member}", label=_text(record.get("classification")), ref=ref)
    if not held:
        yield Rejected(row, "no usable hash in the entry")


def _threat_update(row: int, record: dict[str, Any], unused: dict[str, int]) -> Iterator[Item]:
    """A record of ThreatExchange's `threat_updates`."""
    number, time = _text(record.get("id")), _text(record.get("last_updated"))
    if record.get("should_delete") in (True, "true"):
        if number:
            yield Removed(ref=number, time=time)
        else:
            yield Rejected(row, "the record takes back something and does not say what")
        return
    name = _text(record.get("type"))
    how = _KINDS.get(name.lower().replace("_", ""))
    if how is None:
        _count(unused, name)
        yield Rejected(row, "no usable hash in the record")
        return
    found = checked_hash(_text(record.get("indicator")), how)
    if found is None:
        yield Rejected(row, f"the {how} is not {LENGTHS[how]} hex digits")
        return
    said = list[str]()
    holder = record.get("descriptors")
    descriptors = holder.get("data") if isinstance(holder, dict) else holder
    for item in descriptors if isinstance(descriptors, list) else ():
        if isinstance(item, dict):
            tags = item.get("tags")
            said += [_text(item.get("status")), *(_text(tag) for tag in (tags if isinstance(tags, list) else ()))]
    yield Entry(how, found, label=", ".join(sorted({word for word in said if word})), ref=number, time=time)


def _plain(tag: Any) -> str:
    """The name of an element without its namespace, in lower case."""
    return str(tag).rpartition("}")[2].lower()


def _said(element: Any) -> str:
    return "" if element is None else (element.text or "").strip()


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _count(unused: dict[str, int], name: str) -> None:
    key = f"{name[:_NAME_CHARS] or 'unnamed'} hashes"
    # A list that names each of its hashes differently must not fill the memory.
    if key not in unused and len(unused) >= 50:
        key = "hashes of other names"
    unused[key] = unused.get(key, 0) + 1
