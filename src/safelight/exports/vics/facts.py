"""What Project VIC has no field for, as properties: pairs of a name and a text.

Model 2.0 carries them as MediaMetadata of the media. Model 1.3 has no such list: there they stand as JSON behind a word of ours in Comments.
Names are those that a person can read; what has parts of its own is JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from safelight.exports.gate import Passed
from safelight.exports.items import Item
from safelight.exports.records import decision_record, dumps, exact_name, finding_record, match_record, time_text
from safelight.model import Location, MediaFile, OriginOpinion, display_text

__all__ = [
    "FACTS_MARK",
    "PREFIX",
    "case_facts",
    "comment",
    "file_fields",
    "location_of",
    "origin_facts",
    "set_facts",
    "tags",
]

PREFIX: Final = "Safelight."
FACTS_MARK: Final = "Safelight.facts/1 "
"""Begins the line of Comments that holds the properties in model 1.3."""

Facts = Iterator[tuple[str, str]]

_TICK_NS: Final = 100
"""Importers can hold times to 100 ns."""
_INNER: Final = "!/"


def case_facts(passed: Passed, *, everything: bool) -> Facts:
    """Everything on an item in a case file.

    Args:
        passed: The item. `everything`: with what its readers found; without it where there is no list to put that in.
    """
    item = passed.item
    yield from _content(item)
    yield from origin_facts(passed)
    if item.representative is not None:
        yield "near_duplicate_of", f"{item.representative[0]} {item.representative[1]}"
    yield "review.viewed_full", "true" if item.viewed_in_full else "false"
    for decision in item.standing.decisions if item.standing else ():
        yield "decision", _json(decision_record(decision))
    for match in item.matches:
        yield "match", _json(match_record(match))
    for number, place in enumerate(item.places):
        if missing := _not_in_fields(place, item):
            yield "file", _json({"file": number, **missing})
    if everything:
        for run in item.runs:
            yield "reader", _json([run.reader, run.version, str(run.outcome)])
        for finding in item.findings:
            yield "finding", _json(finding_record(finding, details=False))
        for finding in item.place_findings:
            yield "place_finding", _json(finding_record(finding, details=False))


def set_facts(passed: Passed) -> Facts:
    """What goes with a hash in a hash set: which kind it is and what was decided; no person, no note, no place, no prompt."""
    yield from _content(passed.item)
    yield "origin", str(passed.origin)
    yield from _category(passed)
    yield from (("source", _json([match.hashset, match.bank])) for match in passed.item.matches)


def origin_facts(passed: Passed) -> Facts:
    """How the media came to be: what it goes out as, what people said, what the software thinks and why."""
    yield "origin", str(passed.origin)
    yield from _category(passed)
    opinion = passed.item.opinion
    if opinion is None:
        return
    yield "origin.opinion", str(opinion.opinion)
    yield "origin.log10_lr", repr(float(opinion.log10_lr))
    yield "origin.strength", str(opinion.strength)
    yield "origin.basis", _json(list(map(str, opinion.basis)))
    for name in ("generator", "generator_version", "model", "seed", "prompt", "captured_with"):
        if (value := getattr(opinion, name)) is not None:
            yield f"origin.{name}", value
    yield from (("origin.conflict", text) for text in opinion.conflicts)
    yield from (("origin.limit", text) for text in opinion.limits)


def tags(passed: Passed) -> str:
    """Words to filter by: the origin, the scheme and code of the category, and the list and bank of every match; `;` stands between them."""
    words = [f"origin:{passed.origin}"]
    if passed.decision is not None:
        words.append(f"category:{passed.decision.scheme}:{passed.decision.category}")
    if passed.item.standing is not None and passed.item.standing.possible_real_victim:
        words.append("possible-real-victim")
    words += dict.fromkeys(f"match:{match.hashset}:{match.bank}" for match in passed.item.matches)
    return "; ".join(_word(word) for word in words)


def comment(passed: Passed, facts: Iterable[tuple[str, str]] = ()) -> str:
    """The origin in words, and behind it the properties where the model has no list for them."""
    said = any(each.origin for each in (passed.item.standing.decisions if passed.item.standing else ()))
    text = (
        f"Safelight origin: {passed.origin} (as a person said)."
        if said
        else f"Safelight origin: {passed.origin} (automated, {_strength(passed.item.opinion)}; no person has confirmed it)."
    )
    text += " A real child may be depicted whatever the origin."
    held = [[f"{PREFIX}{name}", value] for name, value in facts]
    return f"{text}\n{FACTS_MARK}{_json(held)}" if held else text


def file_fields(place: MediaFile) -> dict[str, Any]:
    """The fields of a MediaFile that say where it lies and when it was touched; what is not known is null."""
    *around, last = place.location.parts
    path = display_text(last or place.location.source)
    # A source that is itself the archive has no name below itself.
    parents = [display_text(parent or place.location.source) for parent in around]
    created, written, accessed = (
        time_text(each, _TICK_NS) for each in (place.created_ns, place.modified_ns, place.accessed_ns)
    )
    return {
        "FileName": path.rpartition("/")[2], "FilePath": path, "Created": created, "Written": written,
        "Accessed": accessed, "Unallocated": None, "Deleted": None, "PhysicalLocation": None,
        "SourceID": display_text(place.location.source), "ParentMD5": None,
        "ParentFileName": parents[-1].rpartition("/")[2] if parents else None,
        "ParentFilePath": _INNER.join(parents) if parents else None, "ParentPhysicalLocation": None,
    }  # fmt: skip


def location_of(source: str, path: str, parents: str | None) -> Location:
    """The place that the fields name, when nothing was lost in them."""
    inner = parents.split(_INNER) if parents else []
    return Location(*_encoded(source, [*inner, path]))


def _not_in_fields(place: MediaFile, item: Item) -> dict[str, Any]:
    """What the fields of a MediaFile do not carry: exact names that are not text, times they cannot hold, a size of its own."""
    fields = file_fields(place)
    missing: dict[str, Any] = {}
    readable = location_of(fields["SourceID"], fields["FilePath"], fields["ParentFilePath"])
    if readable != place.location or not fields["FilePath"]:
        missing |= exact_name(place.location)
    for name, field in (("created_ns", "Created"), ("modified_ns", "Written"), ("accessed_ns", "Accessed")):
        time_ns = getattr(place, name)
        if time_ns is not None and (fields[field] is None or time_ns % _TICK_NS):
            missing[name] = time_ns
    if place.changed_ns is not None:
        missing["changed_ns"] = place.changed_ns
    if place.size_bytes != item.size_bytes:
        missing["size_bytes"] = place.size_bytes
    return missing


def _content(item: Item) -> Facts:
    yield "kind", str(item.kind)
    for name in ("width_px", "height_px", "frames"):
        if (value := getattr(item, name)) is not None:
            yield name, str(value)
    if item.fingerprints is not None:
        for name in ("pdq", "pdq_nearest512", "pdq_oriented"):
            if (found := getattr(item.fingerprints, name)) is not None:
                yield name, f"{found.hash} {found.quality}"


def _category(passed: Passed) -> Facts:
    if passed.decision is not None:
        yield "category.scheme", passed.decision.scheme
        yield "category.code", passed.decision.category
        yield "category.label", passed.decision.label


def _strength(opinion: OriginOpinion | None) -> str:
    return f"{opinion.strength} support" if opinion is not None else "not weighed"


def _json(value: Any) -> str:
    return dumps(value).decode()


def _word(text: str) -> str:
    """One tag: no separator, no line break, nothing invisible."""
    return display_text(text.replace(";", ",").encode("utf-8", "backslashreplace"))


def _encoded(source: str, parts: list[str]) -> tuple[bytes, tuple[bytes, ...]]:
    return source.encode("utf-8", "backslashreplace"), tuple(part.encode("utf-8", "backslashreplace") for part in parts)
