"""What an item is said to be, in sentences, for formats that have only free text for it.

What the software thinks, what people said, and which lists hold it. English, since the receivers' systems are.

No prompt, no note, no name of a reviewer stands in them: they go to other organisations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safelight.exports.gate import Passed
from safelight.exports.items import Item
from safelight.model import Match, MatchHow, Opinion, OriginOpinion, display_text

__all__ = [
    "CHILD",
    "decision_sentences",
    "match_sentences",
    "opinion_sentences",
    "said_origins",
    "sentences",
    "visible",
]

CHILD: Final = "Whatever its origin, a real child may be depicted, or may have served as a model."


def visible(text: str) -> str:
    """Text in which every character shows: control and format characters and lone surrogates stand as backslash escapes."""
    return display_text(text.encode("utf-8", "backslashreplace"))


def sentences(passed: Passed) -> Iterator[str]:
    """Everything on an item, the software's opinion first and named as such."""
    yield from opinion_sentences(passed.item.opinion)
    yield from decision_sentences(passed)
    yield from match_sentences(passed.item.matches)
    if passed.withdrawn:
        yield f"{len(passed.withdrawn):,} more matches were with entries that their list has withdrawn since."
    yield CHILD


def opinion_sentences(opinion: OriginOpinion | None) -> Iterator[str]:
    """The opinion with its likelihood ratio, the words for it, and what it rests on."""
    if opinion is None:
        yield "Origin was not assessed by software."
        return
    said = f"Automated opinion on origin, not verified by a person: {opinion.opinion}"
    if opinion.opinion is Opinion.UNDETERMINED:
        yield f"{said}."
    else:
        yield f"{said} (log10 likelihood ratio {opinion.log10_lr:.2f}, {opinion.strength} support)."
    if opinion.basis:
        yield f"It rests on what is {', '.join(map(str, opinion.basis))}."
    for name, value in (
        ("Generator named in the file", opinion.generator), ("its version", opinion.generator_version), ("Model named in the file", opinion.model),
        ("Camera named in the file", opinion.captured_with),
    ):  # fmt: skip
        if value:
            yield f"{name}: {visible(value)}."
    for conflict in opinion.conflicts:
        yield f"Conflict: {_ended(visible(conflict))}"
    for limit in opinion.limits:
        yield f"Limit: {_ended(visible(limit))}"


def said_origins(item: Item) -> frozenset[Opinion]:
    """The origins that people named; more than one where they contradict each other."""
    return frozenset(each.origin for each in (item.standing.decisions if item.standing else ()) if each.origin)


def decision_sentences(passed: Passed) -> Iterator[str]:
    """What people decided; nobody is named."""
    decision, said = passed.decision, sorted(map(str, said_origins(passed.item)))
    if decision is None:
        yield "Nobody has settled its category."
    else:
        label = f" ({visible(decision.label)})" if decision.label else ""
        yield f"Category set by a person: {visible(decision.category)}{label}, of the scheme {visible(decision.scheme)}."
    if len(said) == 1:
        yield f"Origin set by a person: {said[0]}."
    elif said:
        yield f"People contradict each other on its origin: {', '.join(said)}."
    if passed.item.standing is not None and passed.item.standing.possible_real_victim:
        yield "A person flagged that a real child may be at risk."


def match_sentences(matches: tuple[Match, ...]) -> Iterator[str]:
    """The lists that hold it, with the bank that each entry came from."""
    for match in matches:
        bank = f", bank {visible(match.bank)}" if match.bank else ""
        label = f", labelled {visible(match.label)}" if match.label else ""
        how = f"PDQ, {match.distance} bits apart" if match.how is MatchHow.PDQ else str(match.how).upper()
        yield f"On the list {visible(match.hashset)}{bank} ({match.role}; {how}{label})."


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
