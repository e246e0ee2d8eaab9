"""Whether a Project VIC file that was written is one: our own check of the facts that public readers and writers of VICS agree on.

Streamed: one media in memory at a time. It checks more than the types: that the context comes first and reads word for word, that the
counts at the head are those of the arrays, that each file and hash belongs to its media, and that media stand in one order, each once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from safelight.errors import OutputError
from safelight.exports.vics.header import VARIANTS, Model

__all__ = ["check_file", "faults_of_media"]

_BLOCK_BYTES: Final = 1 << 18
_HEX: Final = {
    32: re.compile(r"[0-9A-Fa-f]{32}"),
    40: re.compile(r"[0-9A-Fa-f]{40}"),
    64: re.compile(r"[0-9A-Fa-f]{64}"),
}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _flag(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _date(value: Any) -> bool:
    return value is None or (isinstance(value, str) and _DATE.fullmatch(value) is not None)


def _known_number(value: Any) -> bool:
    return value is None or _whole(value)


_MEDIA: Final[Mapping[str, Callable[[Any], bool]]] = {
    "MediaID": _whole, "Category": lambda value: value is None or (_whole(value) and value >= 0), "MD5": lambda value: _hex(value, 32),
    "SHA1": lambda value: value is None or _hex(value, 40), "PhotoDNA": _text, "VictimIdentified": _flag, "OffenderIdentified": _flag,
    "IsDistributed": _flag, "SelfGenerated": _flag, "Comments": _text, "Series": _text, "Tags": _text,
    "DateUpdated": lambda value: _text(value) and (value is None or value[:4].isdecimal()),
    "MediaSize": _whole, "MimeType": _text, "RelativeFilePath": _text, "IsPrecategorized": _flag, "PrecategorizationSource": _text,
    "IsSuspected": _flag, "AlternativeHashes": lambda value: isinstance(value, list), "Exifs": lambda value: isinstance(value, list),
    "MediaMetadata": lambda value: isinstance(value, list), "MediaFiles": lambda value: isinstance(value, list), "odata.id": _text,
    "odata.editLink": _text, "AlternativeHashes@odata.navigationLinkUrl": _text, "Exifs@odata.navigationLinkUrl": _text,
    "MediaFiles@odata.navigationLinkUrl": _text,
}  # fmt: skip
_FILE: Final[Mapping[str, Callable[[Any], bool]]] = {
    "MD5": lambda value: _hex(value, 32), "FileName": _text, "FilePath": _text, "Created": _date, "Written": _date, "Accessed": _date,
    "Unallocated": _flag, "Deleted": _flag, "PhysicalLocation": _known_number, "SourceID": _text, "ParentMD5": _text,
    "ParentFileName": _text, "ParentFilePath": _text, "ParentPhysicalLocation": _known_number,
}  # fmt: skip
_PAIR: Final[Mapping[str, Callable[[Any], bool]]] = {
    "MD5": lambda value: _hex(value, 32),
    "PropertyName": _text,
    "PropertyValue": _text,
}
_HASH: Final[Mapping[str, Callable[[Any], bool]]] = {
    "MD5": lambda value: _hex(value, 32), "HashName": lambda value: isinstance(value, str), "HashValue": lambda value: _hex(value, 64),
}  # fmt: skip
_CASE: Final[Mapping[str, Callable[[Any], bool]]] = {
    "CaseID": _text, "CaseNumber": _text, "ContactOrganization": _text, "ContactName": _text, "ContactPhone": _text, "ContactEmail": _text,
    "ContactTitle": _text, "SeizureDate": _date, "SourceApplicationName": _text, "SourceApplicationVersion": _text,
    "TotalMediaFiles": _whole, "TotalPrecategorized": _whole,
}  # fmt: skip
_ONLY_20: Final = frozenset({"PhotoDNA", "SelfGenerated", "MimeType", "PrecategorizationSource", "MediaMetadata"})


def check_file(path: Path, written: Path, model: Model, entities: str) -> None:
    """Checks one file.

    Args:
        path: What it is to be called. `written`: where it lies. `model`: its data model. `entities`: `Cases` or `Media`.

    Raises:
        OutputError: It is not valid; says where first.
    """
    import ijson

    try:
        fault = _fault_of_file(written, model, entities)
    except (ijson.JSONError, ValueError) as error:
        fault = f"it is no JSON: {error}"
    if fault:
        raise OutputError(
            f"{path} did not come out as Project VIC {model.version}: {fault}.",
            kept="What was there before is still there.",
        )


def _fault_of_file(written: Path, model: Model, entities: str) -> str:
    import ijson

    in_case = entities == "Cases"
    with written.open("rb") as stream:
        head = _head(stream)
    if fault := _fault_of_head(head, model, entities):
        return fault
    places = count = 0
    with written.open("rb") as stream:
        for record in ijson.items(stream, "value.item.Media.item" if in_case else "value.item", buf_size=_BLOCK_BYTES):
            count += 1
            if not isinstance(record, dict) or record.get("MediaID") != count:
                return f"media {count} is out of order"
            if fault := next(iter(faults_of_media(record, model)), ""):
                return f"media {count}: {fault}"
            places += len(record.get("MediaFiles", ()))
    if in_case and head.get("TotalMediaFiles") != places:
        return f"its head says {head.get('TotalMediaFiles')} media files, and it holds {places}"
    return "" if count else "it holds no media"


def _head(stream: Any) -> dict[str, Any]:
    """The context, and the plain fields of the case before its media; `keys` holds the keys of the file in their order."""
    import ijson

    found: dict[str, Any] = {"keys": []}
    for prefix, event, value in ijson.parse(stream, buf_size=1 << 12):
        if event == "map_key" and not prefix:
            found["keys"].append(value)
        elif event in {"start_map", "start_array"} and prefix in {"value.item.Media", "value.item.MediaID"}:
            break
        elif event in {"string", "number", "null", "boolean"}:
            name = prefix.removeprefix("value.item.")
            if name == "MediaID":
                break
            found[name] = value
    return found


def _fault_of_head(head: dict[str, Any], model: Model, entities: str) -> str:
    if head["keys"] != [model.context_key, "value"]:
        return "the context is not its first key"
    if head.get(model.context_key) not in {model.context(variant, entities) for variant in VARIANTS}:
        return f"its context is {head.get(model.context_key)!r}"
    if entities == "Cases":
        if list(head)[2:] != list(_CASE):
            return "the fields of the case are not those of the model, or out of order"
        return next((f"{name} is {head[name]!r}" for name, right in _CASE.items() if not right(head[name])), "")
    return ""


def faults_of_media(record: Mapping[str, Any], model: Model) -> list[str]:
    """What is wrong with one media record."""
    strange = [name for name in record if name not in _MEDIA or (name in _ONLY_20 and not model.has_metadata)]
    faults = [f"there is no field {name}" for name in strange]
    faults += [
        f"{name} is {record[name]!r:.80}" for name in record if name in _MEDIA and not _MEDIA[name](record[name])
    ]
    faults += [
        f"{name} is missing"
        for name in ("MediaID", "Category", "MD5", "SHA1", "AlternativeHashes")
        if name not in record
    ]
    for name, fields in (
        ("MediaFiles", _FILE),
        ("MediaMetadata", _PAIR),
        ("Exifs", _PAIR),
        ("AlternativeHashes", _HASH),
    ):
        for each in record.get(name) or ():
            if not isinstance(each, dict) or list(each) != list(fields):
                faults.append(f"an entry of {name} has other fields than the model, or in another order")
            elif each["MD5"] != record.get("MD5"):
                faults.append(f"an entry of {name} belongs to another media")
            else:
                faults += [
                    f"{name}: {field} is {each[field]!r:.80}"
                    for field, right in fields.items()
                    if not right(each[field])
                ]
    return faults


def _hex(value: Any, length: int) -> bool:
    return isinstance(value, str) and _HEX[length].fullmatch(value) is not None
