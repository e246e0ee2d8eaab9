"""What people do with a case: what they decided of which media, and what was shown to them.

Rows are added and never changed, like all that a case holds: a decision that is taken back is named by a later row, and a person's newer
decision on a media takes the place of the older one without removing it. A decision always names a person; nothing here makes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, groupby
from typing import Any, Final

import orjson
from sqlalchemy import Select, select

from safelight.case import tables
from safelight.case.batch import next_id
from safelight.case.log import CaseLog
from safelight.case.read import CaseReader
from safelight.case.record import Row
from safelight.custody.chain import canonical, storable
from safelight.errors import CaseError
from safelight.model import JsonValue, Opinion

__all__ = [
    "Decision",
    "Exposure",
    "RevealStep",
    "ReviewLog",
    "Standing",
    "exposure_from_row",
    "iter_exposures",
    "iter_standings",
]

_CHUNK: Final = 500


class RevealStep(StrEnum):
    """What one act of a reviewer made visible, from the least to the most; `text` is a prompt or a workflow, which can harm too."""

    SHIELDED = "shielded"
    SHARPER = "sharper"
    LARGER = "larger"
    REGION = "region"
    COLOUR = "colour"
    FULL = "full"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person decided of one media.

    Attributes:
        sha256: The media.
        person: Who decided. Never empty.
        scheme: Name of the category scheme. `category`: its code; empty when the person named none. `label`: the words of that code
            as the scheme had them then.
        origin: How the media came to be, if the person said so; the software never does.
        possible_real_victim: The person flagged that a real child may be at risk. `second_review`: that another person must look.
        note: Free text.
        representative: The media that was looked at, when the decision was made for its whole group; None when for this one.
        decided_utc: When, as the case wrote it; empty before it is stored.
        act: Number of the custody event that stored it, which is how it is taken back; 0 before.
    """

    sha256: str
    person: str
    scheme: str
    category: str = ""
    label: str = ""
    origin: Opinion | None = None
    possible_real_victim: bool = False
    second_review: bool = False
    note: str = ""
    representative: str | None = None
    decided_utc: str = ""
    act: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions in force on one media: the newest of each person that was not taken back, oldest first.

    Attributes:
        sha256: The media. `decisions`: at least one.
    """

    sha256: str
    decisions: tuple[Decision, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """Each category that somebody named, once, as `scheme:code`."""
        return tuple(dict.fromkeys(f"{item.scheme}:{item.category}" for item in self.decisions if item.category))

    @property
    def possible_real_victim(self) -> bool:
        """Whether anybody flagged it."""
        return any(item.possible_real_victim for item in self.decisions)

    @property
    def second_review(self) -> bool:
        """Whether a person asked for another one, and nobody else has decided since."""
        last = max((place for place, item in enumerate(self.decisions) if item.second_review), default=None)
        return last is not None and last == len(self.decisions) - 1

    def settled(self, votes: int = 1) -> Decision | None:
        """The newest decision, when at least `votes` persons named a category, all the same one, and none asks for another look.

        None otherwise: disagreement is shown, never resolved by counting.
        """
        voted = [item for item in self.decisions if item.category]
        if len(voted) < votes or len(self.categories) != 1 or self.second_review:
            return None
        return voted[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One act of showing one media to one person.

    Attributes:
        sha256: The media. `person`: who saw it. `step`: what the act made visible.
        in_full: Whether the whole picture was shown unblurred: what may be reported as viewed.
        details: How far: `longest_px`, `blur`, `colour`, `region`.
        begun_utc: When, as the case wrote it. `seconds`: for how long; None while it lasts, or when its end was never heard of.
        number: Of the exposure; 0 before it is stored.
    """

    sha256: str
    person: str
    step: RevealStep
    in_full: bool = False
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    begun_utc: str = ""
    seconds: float | None = None
    number: int = 0


class ReviewLog(CaseLog):
    """The part of `Case` that stores what people did. Every act is one transaction and one custody event in that person's name."""

    def decide(self, decisions: Sequence[Decision], details: Mapping[str, JsonValue] | None = None) -> int:
        """Stores one act of one person: decisions on one media, or on the members of a group or of a generation run.

        Args:
            decisions: At least one. `details`: what the log is to say of the act besides how many they are.

        Returns:
            The number of the act, with which it can be taken back.

        Raises:
            ValueError: There are none, or they are of more than one person, or one names nobody.
            CaseError: A media is not in the case; nothing was stored.
        """
        persons = {item.person for item in decisions}
        if len(persons) != 1 or not all(persons):
            raise ValueError("an act is of one named person")
        (person,) = persons
        decided = self._clock()
        with self._writing() as connection:
            self._refuse_strangers(connection, [item.sha256 for item in decisions])
            first = next_id(connection, tables.decision)
            rows = [_decision_row(item, number, decided) for number, item in enumerate(decisions, first)]
            act = self._next_seq()
            told = {**(details or {}), "media": len(rows)}
            self._store(connection, "decided", told, {tables.decision.name: rows}, person, decided)
        return act

    def take_in(self, decisions: Iterable[Decision], details: Mapping[str, JsonValue]) -> int:
        """Stores decisions that people made elsewhere, as one act of whoever opened the case; all of them or none.

        Each keeps its person and its time; one without a time gets that of this act. Who took them in and from where is in the log.

        Args:
            decisions: On media of the case. `details`: where they come from.

        Returns:
            The number of the act, with which all of them can be taken back; 0 when there were none, and nothing was written.
        """
        now = self._clock()
        rows = ((tables.decision.name, _decision_row(item, 0, item.decided_utc or now)) for item in decisions)
        first = next(rows, None)
        if first is None:
            return 0
        act = self._next_seq()
        self._add_many("decisions-taken-in", chain((first,), rows), details)
        return act

    def withdraw_decisions(self, act: int, *, person: str) -> None:
        """Takes one act of deciding back. It stays in the record, and is no longer in force.

        Raises:
            CaseError: There is no such act, or it was taken back before.
        """
        taken = self._clock()
        row: Row = {"act": act, "person": storable(person), "withdrawn_utc": taken}
        decision, withdrawn = tables.decision.c, tables.decision_withdrawn.c
        with self._writing() as connection:
            there = connection.execute(select(decision.id).where(decision.event == act).limit(1)).scalar()
            gone = connection.execute(select(withdrawn.act).where(withdrawn.act == act)).scalar()
            if there is None or gone is not None:
                what = "was taken back before" if gone is not None else "is not in the case"
                raise CaseError(f"The decision {act} {what}.", kept="Nothing was changed.", advice="Reload the page.")
            self._store(
                connection, "decision-withdrawn", {"act": act}, {tables.decision_withdrawn.name: [row]}, person, taken
            )

    def begin_exposure(self, exposure: Exposure) -> int:
        """Stores that something is about to be shown, before it is; returns its number.

        Raises:
            CaseError: The media is not in the case; nothing may be shown then.
        """
        begun = self._clock()
        with self._writing() as connection:
            self._refuse_strangers(connection, [exposure.sha256])
            number = next_id(connection, tables.exposure)
            row: Row = {
                "id": number, "sha256": exposure.sha256, "person": storable(exposure.person), "step": str(exposure.step),
                "in_full": int(exposure.in_full), "details": canonical(exposure.details), "begun_utc": begun,
            }  # fmt: skip
            self._store(connection, "shown", {}, {tables.exposure.name: [row]}, exposure.person, begun)
        return number

    def end_exposure(self, number: int, *, person: str, seconds: float) -> None:
        """Stores that an exposure is over; a second end of the same one is passed over.

        Args:
            number: As `begin_exposure` gave it. `person`: who saw it. `seconds`: for how long.
        """
        ended = self._clock()
        ends, row = tables.exposure_end.c, {"exposure": number, "ended_utc": ended, "seconds": float(seconds)}
        with self._writing() as connection:
            if connection.execute(select(ends.exposure).where(ends.exposure == number)).scalar() is None:
                self._store(connection, "hidden", {}, {tables.exposure_end.name: [row]}, person, ended)

    @staticmethod
    def _refuse_strangers(connection: Any, sha256s: Sequence[str]) -> None:
        media, found = tables.media.c.sha256, set()
        for start in range(0, len(sha256s), _CHUNK):
            chosen = select(media).where(media.in_(sha256s[start : start + _CHUNK]))
            found.update(connection.execute(chosen).scalars())
        if strangers := sorted(set(sha256s) - found):
            raise CaseError(
                f"{strangers[0][:64]} is not in the case.", kept="Nothing was stored.", advice="Reload the page."
            )


def iter_standings(case: CaseReader, sha256s: Sequence[str] | None = None) -> Iterator[Standing]:
    """The media of which somebody has decided, with the decisions in force, ordered by SHA-256.

    Args:
        case: The case. `sha256s`: only these media, at most a few hundred; all of them when None.
    """
    decision, withdrawn = tables.decision, tables.decision_withdrawn
    chosen: Select[Any] = (
        select(decision)
        .outerjoin(withdrawn, decision.c.event == withdrawn.c.act)
        .where(withdrawn.c.act.is_(None))
        .order_by(decision.c.sha256, decision.c.id)
    )
    if sha256s is not None:
        chosen = chosen.where(decision.c.sha256.in_(list(sha256s)))
    for sha256, rows in groupby(case.stream(chosen), key=lambda row: str(row["sha256"])):
        newest: dict[str, Decision] = {}
        for row in rows:
            # Taken out first, so that the newest decision comes last.
            newest.pop(row["person"], None)
            newest[row["person"]] = _decision_from_row(row)
        yield Standing(sha256, tuple(newest.values()))


def iter_exposures(case: CaseReader, *, person: str | None = None, sha256: str | None = None) -> Iterator[Exposure]:
    """The exposures in their order; only of one person or of one media when so asked."""
    shown, ends = tables.exposure, tables.exposure_end
    chosen: Select[Any] = (
        select(shown, ends.c.seconds).outerjoin(ends, shown.c.id == ends.c.exposure).order_by(shown.c.id)
    )
    if person is not None:
        chosen = chosen.where(shown.c.person == storable(person))
    if sha256 is not None:
        chosen = chosen.where(shown.c.sha256 == sha256)
    for row in case.stream(chosen):
        yield exposure_from_row(row)


def exposure_from_row(row: Mapping[str, Any]) -> Exposure:
    """One exposure, from its row and the `seconds` of its end."""
    return Exposure(
        sha256=row["sha256"], person=row["person"], step=RevealStep(row["step"]), in_full=bool(row["in_full"]),
        details=orjson.loads(row["details"]), begun_utc=row["begun_utc"], seconds=row["seconds"], number=row["id"],
    )  # fmt: skip


def _decision_row(item: Decision, number: int, decided_utc: str) -> Row:
    return {
        "id": number, "sha256": item.sha256, "person": storable(item.person), "scheme": storable(item.scheme),
        "category": storable(item.category), "label": storable(item.label), "origin": str(item.origin) if item.origin else None,
        "possible_real_victim": int(item.possible_real_victim), "second_review": int(item.second_review), "note": storable(item.note),
        "representative": item.representative, "decided_utc": decided_utc,
    }  # fmt: skip


def _decision_from_row(row: Mapping[str, Any]) -> Decision:
    return Decision(
        sha256=row["sha256"], person=row["person"], scheme=row["scheme"], category=row["category"], label=row["label"],
        origin=Opinion(row["origin"]) if row["origin"] else None, possible_real_victim=bool(row["possible_real_victim"]),
        second_review=bool(row["second_review"]), note=row["note"], representative=row["representative"],
        decided_utc=row["decided_utc"], act=row["event"],
    )  # fmt: skip
