"""The parts of an item as plain JSON values, and back: what JSON lines, the table and Project VIC files carry them as.

Reading back takes files that anybody may have written: what does not have the form raises `ValueError`, and is never guessed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from safelight.case.reviewing import Decision, Standing
from safelight.model import (
    Basis,
    Finding,
    HashSetRole,
    Location,
    Match,
    MatchHow,
    MediaFile,
    Opinion,
    OriginOpinion,
    Outcome,
    PdqHash,
    Strength,
    Supports,
)

__all__ = [
    "decision_from",
    "decision_record",
    "dumps",
    "exact_name",
    "finding_from",
    "finding_record",
    "hex_digits",
    "location_from",
    "match_from",
    "match_record",
    "opinion_from",
    "pdq_from",
    "place_from",
    "place_record",
    "standing_from",
    "stated_time",
    "text_of",
    "time_ns",
    "time_text",
]  # fmt: skip

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_NS: Final = 1_000_000_000
# 0001-01-01 and 10000-01-01: outside of these no date of four digits can say when.
_FIRST_NS, _END_NS = -62_135_596_800 * _SECOND_NS, 253_402_300_800 * _SECOND_NS
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)")
_TICKS: Final = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_HEX: Final = re.compile(r"[0-9a-f]+")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def dumps(value: Any) -> bytes:
    """JSON in the order of its keys, on one line; lone surrogates become backslash escapes, and nothing else changes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_clean(value))


def place_record(place: MediaFile) -> dict[str, Any]:
    """One place; the exact bytes of its names beside what can be shown of them."""
    return {
        "path": place.location.full_display(), **exact_name(place.location), "size_bytes": place.size_bytes, "modified_ns": place.modified_ns,
        "accessed_ns": place.accessed_ns, "changed_ns": place.changed_ns, "created_ns": place.created_ns,
    }  # fmt: skip


def exact_name(location: Location) -> dict[str, Any]:
    """The bytes of the names: Base64, since they need not be text."""
    return {
        "source_base64": base64.b64encode(location.source).decode(),
        "parts_base64": [base64.b64encode(part).decode() for part in location.parts],
    }


def location_from(record: Mapping[str, Any]) -> Location:
    """From `exact_name`.

    Raises:
        ValueError: It does not have the form.
    """
    parts = record.get("parts_base64")
    if not isinstance(parts, list) or not parts:
        raise ValueError("a place names no parts")
    return Location(_bytes(record.get("source_base64")), tuple(map(_bytes, parts)))


def place_from(record: Mapping[str, Any]) -> MediaFile:
    """From `place_record`.

    Raises:
        ValueError: It does not have the form.
    """
    numbers = {
        name: _number(record.get(name))
        for name in ("size_bytes", "modified_ns", "accessed_ns", "changed_ns", "created_ns")
    }
    return MediaFile(location=location_from(record), **numbers)


def finding_record(finding: Finding, *, details: bool = True) -> dict[str, Any]:
    """One finding; without its details when so asked."""
    record = {
        "reader": finding.reader, "version": finding.version, "outcome": str(finding.outcome), "supports": str(finding.supports),
        "basis": finding.basis, "what": finding.what, "where": finding.where, "strength": str(finding.strength),
        "could_be_faked_by": finding.could_be_faked_by, "does_not_show": finding.does_not_show,
    }  # fmt: skip
    return record | {"details": dict(finding.details)} if details else record


def finding_from(record: Mapping[str, Any]) -> Finding:
    """From `finding_record`.

    Raises:
        ValueError: It does not have the form.
    """
    details = record.get("details", {})
    if not isinstance(details, dict):
        raise ValueError("the details of a finding are no object")
    return Finding(
        reader=text_of(record, "reader"), version=text_of(record, "version"), what=text_of(record, "what"),
        outcome=Outcome(text_of(record, "outcome")), supports=Supports(text_of(record, "supports")),
        basis=Basis(record["basis"]) if record.get("basis") else None, where=text_of(record, "where"),
        strength=Strength(text_of(record, "strength")), could_be_faked_by=text_of(record, "could_be_faked_by"),
        does_not_show=text_of(record, "does_not_show"), details=details,
    )  # fmt: skip


def match_record(match: Match) -> dict[str, Any]:
    """One match, without the media that it is of."""
    return {name: value for name, value in asdict(match).items() if name != "sha256"}


def match_from(record: Mapping[str, Any], sha256: str) -> Match:
    """From `match_record`.

    Raises:
        ValueError: It does not have the form.
    """
    distance = _number(record.get("distance"))
    if distance is None:
        raise ValueError("a match states no distance")
    return Match(
        sha256=sha256, hashset=text_of(record, "hashset"), bank=text_of(record, "bank"), role=HashSetRole(text_of(record, "role")),
        how=MatchHow(text_of(record, "how")), distance=distance, label=text_of(record, "label"), entry=text_of(record, "entry"),
        variant=text_of(record, "variant"),
    )  # fmt: skip


def decision_record(decision: Decision) -> dict[str, Any]:
    """What one person decided, without the media that it is of."""
    return {name: value for name, value in asdict(decision).items() if name != "sha256"} | {"origin": decision.origin}


def decision_from(record: Mapping[str, Any], sha256: str) -> Decision:
    """From `decision_record`.

    Raises:
        ValueError: It does not have the form.
    """
    origin, other = record.get("origin"), record.get("representative")
    if other is not None:
        hex_digits(other, 64)
    flags = {name: record.get(name, False) for name in ("possible_real_victim", "second_review")}
    if not all(isinstance(value, bool) for value in flags.values()):
        raise ValueError("a flag of a decision is neither true nor false")
    return Decision(
        sha256=sha256, person=text_of(record, "person"), scheme=text_of(record, "scheme"), category=text_of(record, "category"),
        label=text_of(record, "label"), origin=Opinion(origin) if origin is not None else None, **flags, note=text_of(record, "note"),
        representative=other, decided_utc=stated_time(record.get("decided_utc") or ""), act=_number(record.get("act")) or 0,
    )  # fmt: skip


def standing_from(records: object, sha256: str) -> Standing | None:
    """From a list of `decision_record`; None when it is empty or absent.

    Raises:
        ValueError: It does not have the form.
    """
    if records is None or records == []:
        return None
    if not isinstance(records, Sequence) or not all(isinstance(each, dict) for each in records):
        raise ValueError("the decisions are no list of objects")
    return Standing(sha256, tuple(decision_from(each, sha256) for each in records))


def opinion_from(record: Mapping[str, Any]) -> OriginOpinion:
    """From an opinion as JSON; a field that is absent was not found.

    Raises:
        ValueError: It does not have the form.
    """
    ratio = record.get("log10_lr")
    if isinstance(ratio, bool) or not isinstance(ratio, int | float):
        raise ValueError("an opinion states no likelihood ratio")
    named = ("generator", "generator_version", "model", "seed", "prompt", "captured_with")
    said = {name: text_of(record, name) if record.get(name) is not None else None for name in named}
    return OriginOpinion(
        opinion=Opinion(text_of(record, "opinion")), log10_lr=float(ratio), strength=Strength(text_of(record, "strength")),
        basis=tuple(map(Basis, _texts(record, "basis"))), **said,
        conflicts=_texts(record, "conflicts"), limits=_texts(record, "limits"),
    )  # fmt: skip


def pdq_from(record: object) -> PdqHash | None:
    """From `{"hash": ..., "quality": ...}`; None when there is none.

    Raises:
        ValueError: It does not have the form.
    """
    if record is None:
        return None
    if not isinstance(record, dict) or (quality := _number(record.get("quality"))) is None:
        raise ValueError("a PDQ hash has no quality")
    return PdqHash(hex_digits(record.get("hash"), 64), quality)


def hex_digits(value: object, length: int) -> str:
    """A digest in lower-case hex.

    Raises:
        ValueError: It is none of this length.
    """
    found = value.strip().lower() if isinstance(value, str) else ""
    if len(found) != length or not _HEX.fullmatch(found):
        raise ValueError(f"a digest is not {length} hex digits")
    return found


def stated_time(text: object) -> str:
    """A time in UTC, ISO 8601 with `Z`, as the case writes it; empty stays empty.

    Raises:
        ValueError: It is none.
    """
    if text == "":
        return ""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError("a time is not in UTC and ISO 8601")
    datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return text


def time_text(time_ns: int | None, tick_ns: int) -> str | None:
    """A time in UTC, cut to this many nanoseconds; None when it is not known or no calendar has it."""
    if time_ns is None or not _FIRST_NS <= time_ns < _END_NS:
        return None
    seconds, rest = divmod(time_ns, _SECOND_NS)
    moment = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat(timespec="seconds")
    part = f".{rest // tick_ns * tick_ns:09d}".rstrip("0").rstrip(".")
    return f"{moment}{part}Z"


def time_ns(value: Any) -> int | None:
    """A time in one of the forms that say which moment they mean; None for all others, which could be read in more ways than one."""
    if not isinstance(value, str):
        return None
    if ticks := _TICKS.fullmatch(value):
        return int(ticks[1]) * 1_000_000
    if not (iso := _ISO.fullmatch(value)):
        return None
    try:
        moment = datetime.fromisoformat(f"{iso[1]}{iso[3].replace('Z', '+00:00')}")
    except ValueError:
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * 1_000_000_000 + int((iso[2] or "0").ljust(9, "0"))


def text_of(record: Mapping[str, Any], name: str) -> str:
    """A text of a record; empty when it is absent.

    Raises:
        ValueError: It is something else.
    """
    value = record.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def _texts(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = record.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(f"{name} are no texts")
    return tuple(found)


def _number(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError("a number is none")


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("a name is not in Base64")
    return base64.b64decode(value, validate=True)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_clean(str(key)): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value
