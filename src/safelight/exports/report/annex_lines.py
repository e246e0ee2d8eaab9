"""One line of the annex: everything that the case holds on one item, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from safelight.case.reviewing import Decision
from safelight.exports.items import Item, Unread
from safelight.exports.report.blocks import Block
from safelight.exports.report.custody import STEPS
from safelight.exports.report.queue import match_words, media_words, opinion_words
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import count_text, figure, shown, time_text
from safelight.exports.report.words import OUTCOMES, WORDS, opinion_label
from safelight.model import Finding, JsonValue, Location, Outcome, Strength, Supports

__all__ = ["item_line", "unread_line"]

_NAME_CHARS: Final = 160
_WORDS_CHARS: Final = 600
_PLACES: Final = 20
_MATCHES: Final = 30
_LINKS: Final = 20
_FINDINGS: Final = 80

_Row = tuple[str, str, str]

_KINDS_OF_LINKS: Final = {
    "source-photograph": say("what may be the photograph behind an artificial picture"),
    "same-picture": say("pictures of one sort"),
    "same-frame": say("plain ground only"),
    "input-name": say("the name of an input file"),
}


def item_line(
    item: Item,
    *,
    number: int,
    notes: Sequence[str],
    links: Sequence[Mapping[str, Any]],
    run: tuple[int, str] | None,
    sources: Sequence[bytes],
) -> Block:
    """A content.

    Args:
        item: As the case holds it. `number`: in the annex. `notes`: why it is of note.
        links: Its scene links, strongest first. `run`: number and name of the generation run that it is in. `sources`: of the case, in their order.
    """
    rows = [
        *([(say("Of note"), joined("; ", notes), "text")] if notes else []),
        *_digests(item),
        *_places(item, sources),
        *_decisions(item),
        *_origin(item),
        *_matches(item),
        *_links(item, links, run),
        *_viewed(item),
        *_readers(item),
        *_findings((*item.findings, *item.place_findings)),
    ]
    top = (
        _path(item.places[0].location, sources)
        if item.places
        else say("In no place any more: replaced between two runs")
    )
    return _line(number, top, rows)


def unread_line(unread: Unread, *, number: int, sources: Sequence[bytes]) -> Block:
    """A place of which nothing was read, with what says why."""
    rows: list[_Row] = [
        (say("Content"), say("Nothing was read here: nothing is known of it."), "text"),
        *_findings(unread.findings),
    ]
    return _line(number, _path(unread.place.location, sources), rows)


def _line(number: int, top: str, rows: Sequence[_Row]) -> Block:
    listed: list[JsonValue] = [list(row) for row in rows]
    return {"rank": figure(number), "place": top, "rows": listed}


def _path(location: Location, sources: Sequence[bytes]) -> str:
    path = shown(location.display())
    if len(sources) > 1 and location.source in sources:
        path += say(" [{number}]", number=sources.index(location.source) + 1)
    return path


def _digests(item: Item) -> Iterator[_Row]:
    yield say("SHA-256"), item.sha256, "code"
    yield say("SHA-1"), item.sha1, "code"
    yield say("MD5"), item.md5, "code"
    if item.fingerprints is not None and item.fingerprints.pdq is not None:
        pdq = item.fingerprints.pdq
        yield say("PDQ"), say("{hash}, quality {quality}", hash=pdq.hash, quality=pdq.quality), "code"
    media = {name: getattr(item, name) for name in ("media_type", "width_px", "height_px", "frames", "size_bytes")}
    yield say("Content"), media_words(media), "text"


def _places(item: Item, sources: Sequence[bytes]) -> Iterator[_Row]:
    others = item.places[1:]
    for place in others[:_PLACES]:
        yield say("Also at"), _path(place.location, sources), "path"
    if len(others) > _PLACES:
        yield say("Also at"), _further(count_text(len(others) - _PLACES, "further place")), "text"


def _decisions(item: Item) -> Iterator[_Row]:
    for decision in item.standing.decisions if item.standing else ():
        yield say("Decided"), _decided(decision), "text"
        if decision.note:
            yield say("Note"), shown(decision.note, _WORDS_CHARS), "text"


def _decided(decision: Decision) -> str:
    category = joined(":", (shown(part, _NAME_CHARS) for part in (decision.scheme, decision.category) if part))
    label = say(" ({label})", label=shown(decision.label, _NAME_CHARS)) if decision.label else ""
    parts = [
        say("category {category}{label}", category=category, label=label) if decision.category else say("no category"),
        *([say("origin: {opinion}", opinion=opinion_label(decision.origin))] if decision.origin else []),
        *([say("possible real victim")] if decision.possible_real_victim else []),
        *([say("second review asked for")] if decision.second_review else []),
        *(
            [say("decided with {sha256}, not by itself", sha256=decision.representative[:16])]
            if decision.representative
            else []
        ),
    ]
    return say(
        "by {person}, {time}: {parts}",
        person=shown(decision.person, _NAME_CHARS),
        time=time_text(decision.decided_utc),
        parts=joined(", ", parts),
    )


def _origin(item: Item) -> Iterator[_Row]:
    opinion = item.opinion
    if opinion is None:
        yield say("Origin"), say("No opinion stored"), "text"
        return
    yield say("Origin"), opinion_words(asdict(opinion)), "text"
    named = [(say("Model"), opinion.model), (say("Seed"), opinion.seed)]
    for name, value in named:
        if value:
            yield name, shown(value, _NAME_CHARS), "text"
    if opinion.prompt:
        yield (
            say("Prompt"),
            say("recorded, not printed: {character}", character=count_text(len(opinion.prompt), "character")),
            "text",
        )
    for words in opinion.conflicts:
        yield say("Conflict"), shown(words, _WORDS_CHARS), "text"
    for words in opinion.limits:
        yield say("Limit"), shown(words, _WORDS_CHARS), "text"


def _matches(item: Item) -> Iterator[_Row]:
    for match in item.matches[:_MATCHES]:
        words = match_words(asdict(match))
        yield say("On list"), say("{words}; entry {entry}", words=words, entry=match.entry), "text"
    if len(item.matches) > _MATCHES:
        yield (
            say("On list"),
            _further(count_text(len(item.matches) - _MATCHES, "further match", "further matches")),
            "text",
        )


def _links(item: Item, links: Sequence[Mapping[str, Any]], run: tuple[int, str] | None) -> Iterator[_Row]:
    if item.representative is not None and item.representative[0] != item.sha256:
        sha256, bits = item.representative
        yield say("Looks like"), say("{sha256}, {bit} of 256 apart", sha256=sha256, bit=count_text(bits, "bit")), "code"
    for link in links[:_LINKS]:
        kind = _KINDS_OF_LINKS.get(str(link["kind"]), str(link["kind"]))
        words = say(
            "{sha256}: {kind}. {words}",
            sha256=link["sha256"],
            kind=kind,
            words=shown(str(link.get("words", "")), _WORDS_CHARS),
        )
        yield say("Scene"), words, "text"
    if len(links) > _LINKS:
        yield say("Scene"), _further(count_text(len(links) - _LINKS, "further link")), "text"
    if run is not None:
        yield (
            say("Generation run"),
            say("{number}: {name}", number=run[0], name=shown(run[1], _NAME_CHARS)),
            "text",
        )


def _viewed(item: Item) -> Iterator[_Row]:
    steps = Counter(shown_once.step for shown_once in item.exposures)
    if steps:
        words = joined(
            "; ", (say("{step}: {number:,}", step=STEPS[step], number=steps[step]) for step in STEPS if steps[step])
        )
        yield say("Shown"), words, "text"


def _readers(item: Item) -> Iterator[_Row]:
    by_outcome: dict[str, list[str]] = {}
    for one in item.runs:
        by_outcome.setdefault(one.outcome, []).append(one.reader)
    parts = [
        say("{outcome}: {number:,}", outcome=label, number=len(by_outcome[outcome]))
        if outcome == Outcome.NOTHING_FOUND
        else say("{outcome}: {names}", outcome=label, names=shown(", ".join(by_outcome[outcome]), _WORDS_CHARS))
        for outcome, label in OUTCOMES.items()
        if outcome in by_outcome
    ]
    if parts:
        yield say("Readers"), joined("; ", parts), "text"


def _findings(findings: Sequence[Finding]) -> Iterator[_Row]:
    for finding in findings[:_FINDINGS]:
        name = say("{name} {version}", name=finding.reader, version=finding.version)
        outcome = OUTCOMES.get(finding.outcome, finding.outcome)
        head = (
            shown(name, _NAME_CHARS)
            if finding.outcome is Outcome.FOUND
            else say("{name}: {outcome}", name=shown(name, _NAME_CHARS), outcome=outcome)
        )
        yield say("Finding"), head, "strong"
        yield say("What"), shown(finding.what, _WORDS_CHARS), "text"
        if finding.supports is not Supports.NOTHING:
            yield say("Supports"), _supports(finding), "text"
        if finding.where:
            yield say("Where"), shown(finding.where, _WORDS_CHARS), "text"
        if finding.could_be_faked_by:
            yield say("Faked by"), shown(finding.could_be_faked_by, _WORDS_CHARS), "text"
        if finding.does_not_show:
            yield say("Not shown"), shown(finding.does_not_show, _WORDS_CHARS), "text"
    if len(findings) > _FINDINGS:
        yield say("Finding"), _further(count_text(len(findings) - _FINDINGS, "further finding")), "text"


def _supports(finding: Finding) -> str:
    basis = WORDS.get(str(finding.basis), str(finding.basis)) if finding.basis else say("no basis stored")
    label = opinion_label(str(finding.supports))
    if finding.strength is Strength.NONE:
        return say("{label}, {basis}", label=label, basis=basis)
    return say("{label}: {strength} support, {basis}", label=label, strength=WORDS[finding.strength], basis=basis)


def _further(number: str) -> str:
    return say("{number}; `safelight export CASE --format jsonl` has all", number=number)
