"""Everything that the page of one item shows, without what is folded away behind an act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from sqlalchemy import select

from safelight.case import tables
from safelight.case.generation import StoredRun, run_of_media
from safelight.case.lead_search import leads_of_media
from safelight.case.newest import places_of
from safelight.case.read import CaseReader
from safelight.case.reviewing import Exposure, Standing, iter_exposures, iter_standings
from safelight.model import JsonValue
from safelight.origin.readers import READERS
from safelight.review.lines import QueueState
from safelight.review.why import explain
from safelight.workbench.run_page import runs_of_acts

__all__ = ["GroupMember", "ItemPage", "folded_texts", "group_members", "item_page", "silences", "split_members"]

_TOLD: Final = 200
_CHUNK: Final = 500
_FOLDED_ORIGIN: Final = ("prompt",)


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member of a near-duplicate group.

    Attributes:
        distance: To the representative, in bits. `opinion`: on its origin, "" for none. `decided`: how many persons decided it; of those told only.
    """

    sha256: str
    distance: int
    opinion: str
    turn: str | None
    path: str = ""
    decided: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """One item.

    Attributes:
        key: SHA-256, or the key of a place in hex. `record`: as `review.why.explain` gives it, without prompts and details.
        representative: Of its group; None when it is in none. `alike`, `differing`: the other members that agree with the representative in
            opinion, and those that do not; `alike_left`, `differing_left`: how many more there are of each.
        standing: Decisions in force. `exposures`: what was shown of it to this person.
        run: Its generation run. `run_acts`: by act, the run that a decision in force was made for as a whole.
        leads: Kind and value, no prompts. `events`: custody events about it.
        folded: How many texts wait behind an act.
    """

    key: str
    record: Mapping[str, Any]
    representative: str | None
    alike: Sequence[GroupMember]
    alike_left: int
    differing: Sequence[GroupMember]
    differing_left: int
    standing: Standing | None
    exposures: Sequence[Exposure]
    run: StoredRun | None
    run_acts: Mapping[int, int]
    leads: Sequence[tuple[str, str]]
    events: Sequence[Mapping[str, Any]]
    folded: int


def item_page(case: CaseReader, state: QueueState, key: str | bytes, person: str) -> ItemPage:
    """Reads one item; `key` is the SHA-256 of a media that is in the case, or the key of a place without a digest."""
    record = explain(case, state, key)
    folded = len(folded_texts(record))
    plain = {**record, "findings": [{**one, "details": None} for one in record["findings"]]}  # type: ignore[union-attr, dict-item]
    if isinstance(plain["origin"], dict):
        plain["origin"] = {name: value for name, value in plain["origin"].items() if name not in _FOLDED_ORIGIN}
    name = key if isinstance(key, str) else key.hex()
    group: Any = record["group"]
    alike, differing = split_members(group_members(case, group), group["representative"] if group else "")
    others = [one for one in alike if one.sha256 != name]
    shown = [*others[:_TOLD], *differing[:_TOLD]]
    paths = {sha256: place.path for sha256, place in places_of(case, [one.sha256 for one in shown]).items()}
    decided = {
        one.sha256: len(one.decisions)
        for start in range(0, len(shown), _CHUNK)
        for one in iter_standings(case, [item.sha256 for item in shown[start : start + _CHUNK]])
    }
    run = run_of_media(case, key) if isinstance(key, str) else None
    standing = next(iter_standings(case, [name]), None)
    return ItemPage(
        key=name,
        record=plain,
        representative=group["representative"] if group else None,
        alike=[
            replace(one, path=paths.get(one.sha256, ""), decided=decided.get(one.sha256, 0)) for one in others[:_TOLD]
        ],
        alike_left=max(0, len(others) - _TOLD),
        differing=[
            replace(one, path=paths.get(one.sha256, ""), decided=decided.get(one.sha256, 0))
            for one in differing[:_TOLD]
        ],
        differing_left=max(0, len(differing) - _TOLD),
        standing=standing,
        exposures=list(iter_exposures(case, person=person, sha256=name)),
        run=run,
        run_acts=runs_of_acts(case, [one.act for one in standing.decisions]) if standing else {},
        leads=[(str(one.kind), one.value) for one in leads_of_media(case, name) if not one.kind.folded][:_TOLD],
        events=_events(case, key),
        folded=folded,
    )


def silences() -> dict[str, str]:
    """What it means that a reader found nothing, by its name; of the readers that Safelight brings."""
    return {reader.name: reader.silence_means for reader in READERS}


def folded_texts(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is shown only after an act: the prompt, and the details of findings, which hold prompts and workflows."""
    found: list[dict[str, str]] = []
    origin = record["origin"]
    if origin and origin["prompt"]:
        found.append({"title": "Prompt, as the opinion took it", "text": str(origin["prompt"])})
    for one in record["findings"]:
        if one["details"]:
            text = orjson.dumps(one["details"], option=orjson.OPT_INDENT_2).decode()
            found.append({"title": f"{one['reader']}: {one['where']}", "text": text})
    return found


def group_members(case: CaseReader, group: Mapping[str, Any] | None) -> list[GroupMember]:
    """The members of a group as `explain` tells it, nearest first, each with its newest opinion."""
    if group is None:
        return []
    opinion = tables.opinion.c
    names = [str(one["sha256"]) for one in group["members"]]
    opinions: dict[str, str] = {}
    for start in range(0, len(names), _CHUNK):
        chosen = select(opinion.sha256, opinion.opinion).where(opinion.sha256.in_(names[start : start + _CHUNK]))
        # The newest comes last and stays.
        opinions.update((row["sha256"], row["opinion"]) for row in case.stream(chosen.order_by(opinion.run_id)))
    return [
        GroupMember(one["sha256"], one["distance"], opinions.get(one["sha256"], ""), one["turn"])
        for one in group["members"]
    ]


def split_members(members: Sequence[GroupMember], representative: str) -> tuple[list[GroupMember], list[GroupMember]]:
    """(those of the representative's opinion, itself among them; those of another)."""
    own = next((one.opinion for one in members if one.sha256 == representative), "")
    return [one for one in members if one.opinion == own], [one for one in members if one.opinion != own]


def _events(case: CaseReader, key: str | bytes) -> list[dict[str, JsonValue]]:
    """The custody events that stored something about an item, newest first."""
    numbers: set[int] = set()
    if isinstance(key, str):
        for table in (
            tables.media,
            tables.media_file,
            tables.finding,
            tables.opinion,
            tables.decision,
            tables.exposure,
        ):
            rows = case.rows(select(table.c.event).where(table.c.sha256 == key).distinct().limit(_TOLD))
            numbers.update(row["event"] for row in rows)
    else:
        for table in (tables.media_file, tables.finding):
            rows = case.rows(select(table.c.event).where(table.c.location_key == key).distinct().limit(_TOLD))
            numbers.update(row["event"] for row in rows)
    log, gone, made = tables.custody_event.c, tables.decision_withdrawn.c, tables.decision.c
    if isinstance(key, str):
        taken = select(gone.event).where(gone.act.in_(select(made.event).where(made.sha256 == key)))
        numbers.update(row["event"] for row in case.rows(taken))
    chosen = select(log.seq, log.time_utc, log.actor, log.action, log.digest).where(
        log.seq.in_(sorted(numbers)[-_TOLD:])
    )
    return [dict(row) for row in case.rows(chosen.order_by(log.seq.desc()))]
