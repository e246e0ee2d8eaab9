"""Generation runs in a case: the facts that they are found from, storing them, and reading them back."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import orjson
from sqlalchemy import Select, and_, func, select

from safelight.case import tables
from safelight.case.log import CaseLog
from safelight.case.read import CaseReader
from safelight.custody.chain import canonical, storable
from safelight.grouping.runs import Found, GenerationRun, MakingFacts
from safelight.grouping.runs_names import run_name
from safelight.model import JsonValue, LeadKind, MediaKind
from safelight.origin.leads import comparable

__all__ = [
    "STAGE", "RunTotals", "StoredRun", "add_generation_runs", "largest_runs", "making_facts", "run_members", "run_of_media", "run_totals",
    "stored_runs",
]  # fmt: skip

STAGE: Final = "runs"
"""Name of the stage in the case."""

_KINDS: Final = (
    LeadKind.MODEL, LeadKind.MODEL_HASH, LeadKind.LORA, LeadKind.WORKFLOW, LeadKind.USER, LeadKind.SEED, LeadKind.PROMPT, LeadKind.GENERATOR,
)  # fmt: skip
_NEVER_SET_NS: Final = 347_155_200 * 1_000_000_000
"""1981-01-01: earlier times are those of clocks and archives that were never set."""

_USERS: Final = 3
_SEED_DIGITS: Final = 20


@dataclass(slots=True)
class _Said:
    """The leads of one media by kind, each value once, in the order of the leads."""

    values: dict[str, dict[str, None]] = field(default_factory=dict)

    def first(self, kind: LeadKind) -> str:
        return next(iter(self.values.get(kind, {})), "")


def making_facts(case: CaseReader) -> Iterator[MakingFacts]:
    """What each media with a lead on its making says of it, in the order of the SHA-256s.

    The weighed opinion names generator, model, prompt and seed where there is one; the leads fill in what it leaves open.
    """
    opinions, places = _Cursor(_opinions(case)), _Cursor(_places(case))
    for sha256, said in _leads(case):
        opinion = opinions.at(sha256) or {}
        place = places.at(sha256) or {"time_ns": None, "folder": ""}
        prompt = opinion.get("prompt") or said.first(LeadKind.PROMPT)
        yield MakingFacts(
            sha256=sha256,
            software=sys.intern((opinion.get("generator") or said.first(LeadKind.GENERATOR)).casefold()),
            model=sys.intern(_same(LeadKind.MODEL, opinion.get("model") or said.first(LeadKind.MODEL))),
            model_hash=sys.intern(_same(LeadKind.MODEL_HASH, said.first(LeadKind.MODEL_HASH))),
            loras=tuple(sorted({sys.intern(_same(LeadKind.LORA, name)) for name in said.values.get(LeadKind.LORA, {})})),
            workflow=sys.intern(said.first(LeadKind.WORKFLOW)),
            host=sys.intern("; ".join(sorted({_same(LeadKind.USER, name) for name in said.values.get(LeadKind.USER, {})})[:_USERS])),
            prompt=sys.intern(prompt) if prompt else None,
            seed=_seed(opinion.get("seed") or said.first(LeadKind.SEED)),
            time_ns=place["time_ns"],
            folder=sys.intern(place["folder"]),
        )  # fmt: skip


def add_generation_runs(case: CaseLog, run_id: int, found: Found) -> int:
    """Stores the generation runs of a run of Safelight, with their names; returns how many.

    Args:
        case: Open for writing. `run_id`: the running run. `found`: the generation runs.
    """
    others = {
        row["sha256"]
        for row in case.stream(select(tables.media.c.sha256).where(tables.media.c.kind != MediaKind.IMAGE))
    }

    def rows() -> Iterator[tuple[str, dict[str, Any]]]:
        for number, run in enumerate(found.runs, 1):
            images = sum(sha256 not in others for sha256 in run.members)
            yield tables.generation_run.name, {
                "run_id": run_id, "number": number, "recipe": run.recipe, "size": len(run.members), "name": run_name(run, images),
                "details": canonical(run_details(run)),
            }  # fmt: skip
        for number, run in enumerate(found.runs, 1):
            for sha256 in sorted(run.members):
                yield tables.generation_member.name, {"run_id": run_id, "number": number, "sha256": sha256}

    case._add_stage(run_id, STAGE, rows(), {"alone": found.alone, "silent": found.silent})
    return len(found.runs)


def run_details(run: GenerationRun) -> dict[str, JsonValue]:
    """Everything of a run but its members, as JSON. Seeds are text: they can exceed 2^53. `template` holds prompt text."""
    template: JsonValue = None
    if run.template is not None:
        slots: list[JsonValue] = [
            {"values": slot.values, "samples": [storable(text) for text in slot.samples]} for slot in run.template.slots
        ]
        template = {"text": storable(run.template.text), "slots": slots}
    return {
        "software": storable(run.software), "model": storable(run.model), "model_hash": storable(run.model_hash),
        "loras": [storable(name) for name in run.loras], "workflow": storable(run.workflow), "host": storable(run.host),
        "prompts": run.prompts, "template": template, "seeds": [[str(item.first), str(item.last), item.media] for item in run.seeds],
        "seeded": run.seeded, "first_ns": run.first_ns, "last_ns": run.last_ns, "timed": run.timed,
        "folders": [[storable(folder), number] for folder, number in run.folders], "folders_all": run.folders_all, "loose": run.loose,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A generation run as it lies in the case; `details` as `run_details` makes them."""

    number: int
    recipe: int
    size: int
    name: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunTotals:
    """How many generation runs and recipes there are, media in them, media alone with their recipe, and media that do not say enough."""

    runs: int
    recipes: int
    media: int
    alone: int
    silent: int


def stored_runs(case: CaseReader, limit: int | None = None) -> Iterator[StoredRun]:
    """The runs of the newest finished stage, in their order."""
    chosen = _runs(case).order_by(tables.generation_run.c.number)
    for row in case.stream(chosen.limit(limit) if limit is not None else chosen):
        yield _stored(row)


def largest_runs(case: CaseReader, limit: int) -> list[StoredRun]:
    """The so many largest of them."""
    run = tables.generation_run.c
    return [_stored(row) for row in case.rows(_runs(case).order_by(run.size.desc(), run.number).limit(limit))]


def run_totals(case: CaseReader) -> RunTotals:
    """Counts over all of them."""
    run, details = tables.generation_run.c, case.stage_details(STAGE)
    row = case.rows(
        select(
            func.count().label("runs"), func.count(run.recipe.distinct()).label("recipes"), func.coalesce(func.sum(run.size), 0).label("media"),
        ).where(run.run_id == case.current(STAGE))
    )[0]  # fmt: skip
    return RunTotals(
        row["runs"], row["recipes"], int(row["media"]), int(details.get("alone", 0)), int(details.get("silent", 0))
    )


def run_members(case: CaseReader, number: int) -> Iterator[str]:
    """SHA-256s of the members of a run, in their order as text."""
    member = tables.generation_member.c
    chosen = select(member.sha256).where(and_(member.run_id == case.current(STAGE), member.number == number))
    for row in case.stream(chosen.order_by(member.sha256)):
        yield row["sha256"]


def run_of_media(case: CaseReader, sha256: str) -> StoredRun | None:
    """The run that a media is in; None when it is in none."""
    run, member = tables.generation_run, tables.generation_member
    joined = run.join(member, and_(run.c.run_id == member.c.run_id, run.c.number == member.c.number))
    chosen = select(run).select_from(joined).where(run.c.run_id == case.current(STAGE), member.c.sha256 == sha256)
    found = case.rows(chosen)
    return _stored(found[0]) if found else None


def _runs(case: CaseReader) -> Select[Any]:
    return select(tables.generation_run).where(tables.generation_run.c.run_id == case.current(STAGE))


def _stored(row: Mapping[str, Any]) -> StoredRun:
    return StoredRun(row["number"], row["recipe"], row["size"], row["name"], orjson.loads(row["details"]))


class _Cursor:
    """Rows in the order of their SHA-256s, asked for in the same order."""

    def __init__(self, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def at(self, sha256: str) -> Mapping[str, Any] | None:
        while self._next is not None and self._next[0] < sha256:
            self._next = next(self._rows, None)
        return self._next[1] if self._next is not None and self._next[0] == sha256 else None


def _leads(case: CaseReader) -> Iterator[tuple[str, _Said]]:
    lead = tables.lead.c
    chosen = select(lead.sha256, lead.kind, lead.value).where(lead.kind.in_(_KINDS)).order_by(lead.sha256, lead.id)
    for sha256, rows in groupby(case.stream(chosen), lambda row: row["sha256"]):
        said = _Said()
        for row in rows:
            said.values.setdefault(row["kind"], {}).setdefault(row["value"])
        yield sha256, said


def _opinions(case: CaseReader) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The newest opinion of each media."""
    opinion = tables.opinion.c
    columns = (opinion.sha256, opinion.generator, opinion.model, opinion.seed, opinion.prompt)
    chosen = select(*columns).order_by(opinion.sha256, opinion.run_id)
    for sha256, rows in groupby(case.stream(chosen), lambda row: row["sha256"]):
        yield sha256, list(rows)[-1]


def _places(case: CaseReader) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The earliest time that a place of each media states, and the folder of that place."""
    file = tables.media_file.c
    chosen = select(file.sha256, file.path, file.modified_ns).where(file.sha256.is_not(None)).order_by(file.sha256)
    for sha256, rows in groupby(case.stream(chosen), lambda row: row["sha256"]):
        yield sha256, _earliest(rows)


def _earliest(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    placed = [
        (time_ns if (time_ns := row["modified_ns"]) is not None and time_ns >= _NEVER_SET_NS else None, row["path"])
        for row in rows
    ]
    time_ns, path = min(placed, key=lambda item: (item[0] is None, item[0] or 0, item[1]))
    return {"time_ns": time_ns, "folder": path.rpartition("/")[0]}


def _same(kind: LeadKind, value: str) -> str:
    return comparable(kind, value) if value else ""


def _seed(value: str) -> int | None:
    text = value.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _SEED_DIGITS else None
