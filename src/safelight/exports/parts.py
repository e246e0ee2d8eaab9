"""The files of a submission: one for each kind of origin that has items, so that no database gets one kind among another.

The items are counted before anything is written: whoever reads such a file finds its counts at its head, and a submission without items is
refused with the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Final

from safelight.case.read import CaseReader
from safelight.errors import OutputError
from safelight.exports.gate import Gate, Passed, origin_from
from safelight.exports.items import iter_items
from safelight.model import Opinion

__all__ = ["Part", "by_origin", "passing", "survey", "unburied_by_origin"]

_TOMBSTONE: Final = "its own hash was withdrawn from a list"

Key = Callable[[Passed], str]
"""The part of a name that tells the files apart, the origin first; empty for a content that is not given out again, since it was withdrawn."""


@dataclass(slots=True)
class Part:
    """One file of a submission, and what is in it.

    Attributes:
        path: Where it goes. `key`: what tells it apart in its name. `origin`: of all its items.
        media: Distinct contents. `places`: where they lie. `schemes`: the category schemes of the decisions that settle them.
    """

    path: Path
    key: str
    origin: Opinion
    media: int = 0
    places: int = 0
    schemes: set[str] = field(default_factory=set)


def by_origin(passed: Passed) -> str:
    """A file for each kind of origin: for formats that tell of this case, whatever lists have withdrawn since."""
    return str(passed.origin)


def unburied_by_origin(passed: Passed) -> str:
    """A file for each kind of origin, for formats that others match with: a hash that its list has withdrawn is not given out again."""
    return "" if passed.buried else str(passed.origin)


def survey(case: CaseReader, output: Path, gate: Gate, key: Key, default: str) -> list[Part]:
    """Asks the gate for every item, and counts what passes.

    Args:
        case: At one moment. `output`: a file, whose name gets the key before its ending; or a folder, and then `default` is the name.
        gate: Counts what it leaves out. `key`: tells the files apart.

    Raises:
        OutputError: Nothing passes, or an older export left a part that this one would not replace.
    """
    stem = output / default if output.is_dir() else output
    parts: dict[str, Part] = {}
    for passed in gate.passing(iter_items(case)):
        if not (word := key(passed)):
            gate.leave_out(_TOMBSTONE)
            continue
        part = parts.get(word)
        if part is None:
            path = stem.with_name(f"{stem.stem}.{word}{stem.suffix}")
            part = parts[word] = Part(path, word, passed.origin)
        part.media += 1
        part.places += len(passed.item.places)
        if passed.decision is not None:
            part.schemes.add(passed.decision.scheme)
    if not parts:
        counts = "; ".join(f"{each.count:,}: {each.reason}" for each in gate.left_out) or "the case holds no items"
        raise OutputError(
            f"There is nothing to submit ({counts}).",
            kept="Nothing was written.",
            advice="Decide items with `safelight review CASE`; --undecided also takes what nobody has decided, without a category.",
        )
    made = sorted(parts.values(), key=lambda part: part.key)
    _refuse_leftovers(stem, made)
    return made


def passing(case: CaseReader, gate: Gate, part: Part, key: Key) -> Iterator[Passed]:
    """The items of one part, in the order of their SHA-256."""
    items = iter_items(case, lambda standing, opinion: origin_from(standing, opinion) is part.origin)
    return (passed for passed in gate.part(part.origin).passing(items) if key(passed) == part.key)


def _refuse_leftovers(stem: Path, parts: list[Part]) -> None:
    made = {part.path for part in parts}
    for origin in Opinion:
        name, ending = escape(f"{stem.stem}.{origin}"), escape(stem.suffix)
        # Parts of parts only where an ending tells them from the files of another export.
        found = [*stem.parent.glob(f"{name}{ending}"), *(stem.parent.glob(f"{name}.*{ending}") if ending else ())]
        for path in found:
            if path not in made and not path.name.endswith(".manifest.json"):
                raise OutputError(
                    f"{path} is there from an older export, and this one has no items for it.",
                    kept="Nothing was written.",
                    advice="Move it away, or name another place with -o: parts of two exports must not lie together.",
                )
