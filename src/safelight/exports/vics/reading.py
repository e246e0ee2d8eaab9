"""Project VIC files back to items and decisions, as far as they carry them: our own files, and those of other tools.

From our own files comes what was written into them. From those of others come the hashes, places and times that they state, and the category as a
decision of a person whom the file does not name: whoever imports it must. Only `Category` is a verdict, and null is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import orjson

from safelight.case.reviewing import Decision, Standing
from safelight.exports.items import Item
from safelight.exports.records import (
    decision_from,
    finding_from,
    hex_digits,
    location_from,
    match_from,
    opinion_from,
    time_ns,
)
from safelight.exports.vics.facts import FACTS_MARK, PREFIX, location_of
from safelight.exports.vics.header import header_of
from safelight.hashsets.entry import Rejected
from safelight.hashsets.source import JsonText, ListFile
from safelight.hashsets.vics import media_place
from safelight.model import Fingerprints, MediaFile, MediaKind, OriginOpinion, Outcome, PdqHash, ReaderRun

__all__ = ["NO_SCHEME", "item_of", "read_vics_items"]

NO_SCHEME: Final = "the file does not say which category scheme its numbers are of"
_UNCATEGORISED: Final = ("vics-us", "5")
_CONTEXT: Final = re.compile(rb'"(?:@odata\.context|odata\.metadata)"\s*:\s*("(?:[^"\\]|\\.)*")')
_BLOCK_BYTES: Final = 1 << 18
_AHEAD_BYTES: Final = 64 << 20
_TIMES: Final = (("created_ns", "created"), ("modified_ns", "written"), ("accessed_ns", "accessed"))

Facts = Mapping[str, list[str]]


def read_vics_items(path: Path, scheme: str = "") -> Iterator[Item | Rejected]:
    """Yields the item of each media record, or why it cannot be used. One record in memory at a time.

    Args:
        path: A case file or a hash set. `scheme`: which category scheme its numbers are of, where it does not say so.

    Raises:
        HashSetError: The file cannot be read.
        ijson.JSONError, ValueError: It is no JSON, or is cut off.
    """
    import ijson

    with ListFile(path) as file:
        found = _CONTEXT.search(file.text_head)
        head = header_of(orjson.loads(found[1])) if found else None
        prefix = media_place(JsonText(file, _AHEAD_BYTES)).prefix
    variant = head[1].upper() if head else ""
    stated = scheme or ("vics-us" if variant == "US" else "")
    with ListFile(path) as file:
        text = JsonText(file, _AHEAD_BYTES)
        for row, record in enumerate(ijson.items(text, prefix, buf_size=_BLOCK_BYTES), 1):
            text.mark()
            try:
                yield item_of(record, stated)
            except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
                # Only words of ours are fixed phrases that can be counted.
                yield Rejected(
                    row, str(error) if type(error) is ValueError else "the media record does not have the form"
                )


def item_of(record: Any, scheme: str) -> Item:
    """One media record as an item; what it does not state is empty.

    Args:
        record: As parsed. `scheme`: which category scheme its number is of; empty when that is not known.

    Raises:
        ValueError: It has no usable hash, a category without a scheme, or facts of ours that do not have their form.
    """
    if not isinstance(record, dict):
        raise ValueError("the media record is not an object")
    fields = {name.lower(): value for name, value in record.items()}
    digests = _digests(fields)
    sha256, facts = digests["sha256"], _facts(fields)
    return Item(
        sha256=sha256, sha1=digests["sha1"], md5=digests["md5"], size_bytes=_whole(fields.get("mediasize")) or 0,
        media_type=_text(fields.get("mimetype")) or _one(facts, "media_type") or "", kind=MediaKind(_one(facts, "kind") or MediaKind.OTHER),
        width_px=_whole(_one(facts, "width_px")), height_px=_whole(_one(facts, "height_px")), frames=_whole(_one(facts, "frames")),
        fingerprints=_fingerprints(facts), runs=tuple(_run(each) for each in facts.get("reader", ())),
        places=tuple(_places(fields, facts)),
        findings=tuple(finding_from(_object(each)) for each in facts.get("finding", ())),
        place_findings=tuple(finding_from(_object(each)) for each in facts.get("place_finding", ())),
        opinion=_opinion(facts), matches=tuple(match_from(_object(each), sha256) for each in facts.get("match", ())),
        representative=_representative(facts), standing=_standing(fields, facts, sha256, scheme), exposures=(),
    )  # fmt: skip


def _digests(fields: Mapping[str, Any]) -> dict[str, str]:
    named = {"md5": fields.get("md5"), "sha1": fields.get("sha1"), "sha256": fields.get("sha256")} | _others(fields)
    found = {}
    for name, length in (("md5", 32), ("sha1", 40), ("sha256", 64)):
        try:
            found[name] = hex_digits(named[name], length) if named[name] else ""
        except ValueError:
            raise ValueError(f"the {name} is not {length} hex digits") from None
    if not any(found.values()):
        raise ValueError("no usable hash in the media record")
    return found


def _others(fields: Mapping[str, Any]) -> dict[str, str]:
    """The alternative hashes by their names, in small letters and digits only."""
    found = {}
    for each in _list(fields.get("alternativehashes")):
        held = {name.lower(): value for name, value in each.items()}
        name = "".join(char for char in _text(held.get("hashname")).lower() if char.isalnum())
        found[name] = _text(held.get("hashvalue"))
    return found


def _facts(fields: Mapping[str, Any]) -> Facts:
    """Our own properties by name, in their order; from Comments where there is no list for them."""
    pairs = [
        (_text(each.get("PropertyName")), _text(each.get("PropertyValue")))
        for each in _list(fields.get("mediametadata"))
    ]
    mark = _text(fields.get("comments")).rpartition("\n")[2]
    if mark.startswith(FACTS_MARK):
        pairs += [(str(name), str(value)) for name, value in orjson.loads(mark.removeprefix(FACTS_MARK))]
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.startswith(PREFIX):
            found.setdefault(name.removeprefix(PREFIX), []).append(value)
    return found


def _fingerprints(facts: Facts) -> Fingerprints | None:
    pdq, nearest512, oriented = (_pdq(_one(facts, name)) for name in ("pdq", "pdq_nearest512", "pdq_oriented"))
    return Fingerprints(pdq=pdq, pdq_nearest512=nearest512, pdq_oriented=oriented) if pdq is not None else None


def _pdq(text: str | None) -> PdqHash | None:
    if text is None:
        return None
    value, _, quality = text.partition(" ")
    return PdqHash(hex_digits(value, 64), int(quality))


def _run(text: str) -> ReaderRun:
    reader, version, outcome = orjson.loads(text)
    return ReaderRun(str(reader), str(version), Outcome(outcome))


def _opinion(facts: Facts) -> OriginOpinion | None:
    if (said := _one(facts, "origin.opinion")) is None:
        return None
    named = ("strength", "generator", "generator_version", "model", "seed", "prompt", "captured_with")
    return opinion_from({
        "opinion": said, "log10_lr": float(_one(facts, "origin.log10_lr") or "nan"), **{name: _one(facts, f"origin.{name}") for name in named},
        "basis": orjson.loads(_one(facts, "origin.basis") or "[]"), "conflicts": facts.get("origin.conflict", []),
        "limits": facts.get("origin.limit", []),
    })  # fmt: skip


def _representative(facts: Facts) -> tuple[str, int] | None:
    if (said := _one(facts, "near_duplicate_of")) is None:
        return None
    sha256, _, distance = said.partition(" ")
    return hex_digits(sha256, 64), int(distance)


def _places(fields: Mapping[str, Any], facts: Facts) -> Iterator[MediaFile]:
    missing = {int(each["file"]): each for each in map(_object, facts.get("file", ()))}
    size = _whole(fields.get("mediasize"))
    for number, each in enumerate(_list(fields.get("mediafiles"))):
        held, more = {name.lower(): value for name, value in each.items()}, missing.get(number, {})
        path = _text(held.get("filepath")) or _text(held.get("filename"))
        if not path and "parts_base64" not in more:
            continue
        parents = held.get("parentfilepath")
        location = location_of(_text(held.get("sourceid")), path, _text(parents) if parents else None)
        times = {name: time_ns(held.get(field)) for name, field in _TIMES}
        times |= {name: int(more[name]) for name in (*times, "changed_ns") if name in more}
        yield MediaFile(
            location=location_from(more) if "parts_base64" in more else location, size_bytes=more.get("size_bytes", size), **times
        )  # fmt: skip


def _standing(fields: Mapping[str, Any], facts: Facts, sha256: str, scheme: str) -> Standing | None:
    if "decision" in facts:
        return Standing(sha256, tuple(decision_from(_object(each), sha256) for each in facts["decision"]))
    if code := _one(facts, "category.code"):
        scheme, label = _one(facts, "category.scheme") or "", _one(facts, "category.label") or ""
        return Standing(sha256, (Decision(sha256=sha256, person="", scheme=scheme, category=code, label=label),))
    number = _whole(fields.get("category"))
    if number is None or (scheme, str(number)) == _UNCATEGORISED:
        return None
    if not scheme:
        raise ValueError(NO_SCHEME)
    return Standing(sha256, (Decision(sha256=sha256, person="", scheme=scheme, category=str(number)),))


def _one(facts: Facts, name: str) -> str | None:
    return next(iter(facts.get(name, ())), None)


def _object(text: str) -> dict[str, Any]:
    found = orjson.loads(text)
    if not isinstance(found, dict):
        raise ValueError("a property of ours is no object")
    return found


def _whole(value: Any) -> int | None:
    """A whole number, also as a decimal or as text; None for what is none."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, Decimal) and abs(value) < 1_000_000 and value == value.to_integral_value():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _list(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
