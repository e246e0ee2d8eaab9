"""Decisions that were made elsewhere, taken into a case: from Project VIC files, hash sets, our CASE graphs, tables and JSON lines.

Nothing is decided here. Each decision is of the person whom the file names, or whom the one names who takes it in; one without a person is left out.
What a person decided in this case is never undone by a file that does not say that it is newer, and what was taken back here stays so.
A second import of the same file changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.read import CaseReader
from safelight.case.reviewing import Decision
from safelight.custody.chain import storable
from safelight.errors import HashSetError, TakingInError
from safelight.exports.case_uco.reading import looks_like_case, read_case_items
from safelight.exports.items import Item
from safelight.exports.jsonl_reading import looks_like_items, read_json_items
from safelight.exports.records import time_ns
from safelight.exports.table_reading import is_table, read_table_items
from safelight.exports.vics.reading import read_vics_items
from safelight.hashsets.entry import Rejected
from safelight.hashsets.source import ListFile
from safelight.hashsets.vics import looks_like_vics
from safelight.model import display_text

__all__ = ["SCHEMA", "TakenIn", "take_in"]

SCHEMA: Final = "safelight.import/1"

_BATCH: Final = 300
_EXAMPLES: Final = 5
_NOT_HERE: Final = "its content is not in the case"
_TWO: Final = "its digests belong to different contents of the case"
_NOTHING: Final = "nobody decided it there"
_NOBODY: Final = "the file does not say who decided it, and no person was named"
_THERE: Final = "it is in the case already"
_BACK: Final = "it was taken back here"
_NEWER: Final = "the same person has decided here, and the file does not say that its decision is newer"
_TWICE: Final = "the file holds another decision of the same person on it before"


@dataclass(slots=True)
class TakenIn:
    """What an import did.

    Attributes:
        file: What was read, as text. `form`: as what, with its digest `file_sha256`.
        taken: Decisions that are new in the case. `act`: number under which they can be taken back; 0 when there were none.
        left: Decisions, or records without one, that were left out, by reason; `examples`: the numbers of the first records of each.
    """

    file: str
    form: str
    file_sha256: str
    taken: int = 0
    act: int = 0
    left: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)

    def leave(self, why: str, row: int) -> None:
        """Counts what is left out."""
        self.left[why] += 1
        rows = self.examples.setdefault(why, [])
        if len(rows) < _EXAMPLES and row not in rows:
            rows.append(row)

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schema": SCHEMA,
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "left": dict(self.left),
        }


def take_in(case: Case, path: Path, *, person: str = "", scheme: str = "") -> TakenIn:
    """Takes the decisions of a file into a case, all that can be placed or, where the file is damaged, none.

    Args:
        case: Open for writing. `path`: what Safelight exported, or a Project VIC file of another tool.
        person: Who decided, where the file does not say. `scheme`: which category scheme its numbers are of, where it does not say.

    Raises:
        TakingInError: The file cannot be read, is cut off, or is none that is understood; nothing was stored.
    """
    import ijson

    try:
        form, items = _opened(path, scheme)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        report = TakenIn(display_text(str(path).encode("utf-8", "surrogateescape")), form, digest)
        details = {"file": report.file, "form": form, "sha256": digest, "person_given": person, "scheme_given": scheme}
        report.act = case.take_in(_placed(case, items, person, report), details)
    except (HashSetError, OSError, ijson.JSONError, UnicodeError) as error:
        why = error.what if isinstance(error, HashSetError) else str(error)
        raise TakingInError(
            f"{path} cannot be taken in: {why}", kept="The case is as it was.", advice="Check that the file is whole."
        ) from error
    return report


def _opened(path: Path, scheme: str) -> tuple[str, Iterator[Item | Rejected]]:
    with ListFile(path) as file:
        head = file.text_head
    # First: the words of CASE name Project VIC too.
    if looks_like_case(head):
        return "CASE graph", read_case_items(path)
    if looks_like_vics(head):
        return "Project VIC JSON", read_vics_items(path, scheme)
    if is_table(head):
        return "table", read_table_items(path)
    if looks_like_items(head):
        return "JSON lines", read_json_items(path)
    raise TakingInError(
        f"{path} is no file of decisions that is understood.",
        kept="The case is as it was.",
        advice="Understood are Project VIC JSON 1.3 and 2.0 (cases and hash sets), and what `safelight export` writes as case-uco, csv and jsonl.",
    )


def _placed(case: CaseReader, items: Iterable[Item | Rejected], person: str, report: TakenIn) -> Iterator[Decision]:
    """The decisions that are new, each on a media of the case."""
    numbered = enumerate(items, 1)
    seen: dict[bytes, int] = {}
    while batch := list(islice(numbered, _BATCH)):
        usable: list[tuple[int, Item]] = []
        for row, item in batch:
            if isinstance(item, Rejected):
                report.leave(item.why, row)
            elif item.standing is None:
                report.leave(_NOTHING, row)
            else:
                usable.append((row, item))
        media = _Media(case, [item for _, item in usable])
        placed = [(row, item, media.of(item)) for row, item in usable]
        here = _Here(case, [sha256 for _, _, sha256 in placed if len(sha256) == 64])
        for row, item, sha256 in placed:
            for decision in item.standing.decisions if item.standing else ():
                made = _stored(decision, sha256, person)
                why = sha256 if len(sha256) != 64 else _wrong(made, here, seen)
                if why:
                    report.leave(why, row)
                else:
                    report.taken += 1
                    yield made


def _stored(decision: Decision, sha256: str, person: str) -> Decision:
    """As the case would store it."""
    return replace(
        decision, sha256=sha256, person=storable(decision.person or person), scheme=storable(decision.scheme),
        category=storable(decision.category), label=storable(decision.label), note=storable(decision.note), act=0,
    )  # fmt: skip


def _wrong(made: Decision, here: _Here, seen: dict[bytes, int]) -> str:
    """Why it is not taken; empty when it is."""
    if not made.person:
        return _NOBODY
    if not (made.category or made.origin or made.possible_real_victim or made.second_review or made.note):
        return _NOTHING
    key = hashlib.sha256(f"{made.sha256}{made.person}".encode()).digest()[:16]
    same = hash(_said(made))
    if key in seen:
        return _THERE if seen[key] == same else _TWICE
    if why := here.objection(made):
        return why
    seen[key] = same
    return ""


def _said(decision: Decision) -> tuple[Any, ...]:
    return (
        decision.scheme, decision.category, decision.label, decision.origin, decision.possible_real_victim, decision.second_review, decision.note,
    )  # fmt: skip


class _Media:
    """Which media of the case have the digests of some items."""

    def __init__(self, case: CaseReader, items: Sequence[Item]) -> None:
        media = tables.media.c
        self._by_digest: dict[str, str] = {}
        if not items:
            return
        asked = {name: {getattr(item, name) for item in items} - {""} for name in ("sha256", "sha1", "md5")}
        chosen = select(media.sha256, media.sha1, media.md5).where(
            or_(*(media[name].in_(list(held)) for name, held in asked.items()))
        )
        for row in case.rows(chosen):
            self._by_digest |= dict.fromkeys((row["sha256"], row["sha1"], row["md5"]), row["sha256"])

    def of(self, item: Item) -> str:
        """Its SHA-256; else why it cannot be placed."""
        stated = [digest for digest in (item.sha256, item.sha1, item.md5) if digest]
        found = {self._by_digest.get(digest, "") for digest in stated}
        if found == {""}:
            return _NOT_HERE
        return found.pop() if len(found) == 1 else _TWO


class _Here:
    """What was decided in the case of some media, also what was taken back."""

    def __init__(self, case: CaseReader, sha256s: Sequence[str]) -> None:
        decision, withdrawn = tables.decision, tables.decision_withdrawn
        self._rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        if not sha256s:
            return
        chosen = (
            select(decision, withdrawn.c.act.label("taken_back"))
            .outerjoin(withdrawn, decision.c.event == withdrawn.c.act)
            .where(decision.c.sha256.in_(list(set(sha256s))))
            .order_by(decision.c.id)
        )
        for row in case.rows(chosen):
            self._rows.setdefault((row["sha256"], row["person"]), []).append(row)

    def objection(self, made: Decision) -> str:
        """Why it is not new, or must not go before what the person decided here; empty when nothing speaks against it."""
        rows = self._rows.get((made.sha256, made.person), [])
        for row in reversed(rows):
            if _said_in(row) == _said(made) and made.decided_utc in {"", row["decided_utc"]}:
                return _THERE if row["taken_back"] is None else _BACK
        standing = [row["decided_utc"] for row in rows if row["taken_back"] is None]
        if standing and (time_ns(made.decided_utc) or 0) <= (time_ns(standing[-1]) or 0):
            return _NEWER
        return ""


def _said_in(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        row["scheme"], row["category"], row["label"], row["origin"], bool(row["possible_real_victim"]), bool(row["second_review"]), row["note"],
    )  # fmt: skip
