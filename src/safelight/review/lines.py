"""The queue of a case, read back line by line with everything that belongs to a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.errors import CaseError
from safelight.model import JsonValue
from safelight.review.records import match_record, media_record, origin_record

__all__ = ["SCHEMA", "QueueState", "queue_lines", "queue_state"]

SCHEMA: Final = "safelight.queue/1"

_CHUNK: Final = 500
_NO_MEDIA: Final[dict[str, JsonValue]] = dict.fromkeys(
    ("sha256", "sha1", "md5", "media_type", "width_px", "height_px", "frames")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """Which queue a case has.

    Attributes:
        run_id: The run that made it. `match_run`, `group_run`: the runs whose matches and groups it rests on, 0 for none.
        lines: Its length. `items`: media and places that it stands for.
        later: Media, and places without a digest, that were taken in after it was made and are not in it.
        rules: What the rules in force recorded of themselves: `source`, `sha256`, `text`.
    """

    run_id: int
    match_run: int
    group_run: int
    lines: int
    items: int
    later: int
    rules: Mapping[str, Any]


def queue_state(case: CaseReader) -> QueueState:
    """Says which queue is the newest.

    Raises:
        CaseError: The case has none yet, or cannot be read.
    """
    run_id = case.current("queue")
    if not run_id:
        raise CaseError(
            f"The case {case.where} has no queue yet: no run has come so far.",
            advice="Run `safelight triage` on it again; it goes on where it stopped.",
        )
    stage, queue = tables.stage.c, tables.queue.c
    made = case.rows(select(stage.event).where(stage.run_id == run_id, stage.name == "queue"))[0]["event"]
    size = case.rows(
        select(func.count().label("lines"), func.coalesce(func.sum(queue.group_size), 0).label("items")).where(
            queue.run_id == run_id
        )
    )[0]
    details = case.stage_details("queue")
    rests_on = details.get("rests_on", {})
    return QueueState(
        run_id=run_id,
        match_run=int(rests_on.get("match", 0)),
        group_run=int(rests_on.get("group", 0)),
        lines=size["lines"],
        items=int(size["items"]),
        later=_later(case, made),
        rules=details.get("rules", {}),
    )


def queue_lines(
    case: CaseReader, state: QueueState, *, first: int = 1, limit: int | None = None
) -> Iterator[dict[str, JsonValue]]:
    """Yields the lines in order, as records of the schema `safelight.queue/1`; memory does not grow with the queue.

    Args:
        case: Open for reading. `state`: of the same case. `first`: the rank to begin with. `limit`: how many lines; all when None.
    """
    queue = tables.queue
    end = first + limit if limit is not None else state.lines + 1
    while first < end:
        last = min(first + _CHUNK, end)
        chosen = select(queue).where(queue.c.run_id == state.run_id, queue.c.rank >= first, queue.c.rank < last)
        rows = case.rows(chosen.order_by(queue.c.rank))
        if not rows:
            return
        yield from _records(case, state, rows)
        first = last


def _records(case: CaseReader, state: QueueState, rows: Sequence[Any]) -> Iterator[dict[str, JsonValue]]:
    shown = [row["sha256"] for row in rows if row["sha256"] is not None]
    groups = _groups(case, state.group_run, shown)
    everyone = sorted({*shown, *(sha256 for group in groups.values() for sha256 in group["members"])})
    media = {row["sha256"]: row for row in _chosen(case, tables.media, tables.media.c.sha256, shown)}
    origins = {row["sha256"]: origin_record(row) for row in _opinions(case, shown)}
    matches = _matches(case, state, everyone)
    places = _places(case, everyone)
    bare = _bare_places(case, [bytes(row["location_key"]) for row in rows if row["location_key"] is not None])
    for row in rows:
        sha256 = row["sha256"]
        record: dict[str, JsonValue] = {
            "schema": SCHEMA, "run": state.run_id, "rank": row["rank"], "rule": row["rule"], "reason": row["reason"],
            "placed_by": row["placed_by"], "group_size": row["group_size"],
        }  # fmt: skip
        if sha256 is None:
            key = bytes(row["location_key"])
            path, size_bytes = bare.get(key, ("", None))
            about = {**_NO_MEDIA, "kind": "place", "size_bytes": size_bytes, "location_key": key.hex(), "origin": None}
            yield {**record, "path": path, "locations": 1, **about, "matches": [], "group": None}
            continue
        path, locations = places.get(sha256, ("", 0))
        group = groups.get(sha256)
        members = list(group["members"]) if group else [sha256]
        yield {
            **record, "path": path, "locations": locations, **media_record(media[sha256]), "location_key": None,
            "origin": origins.get(sha256), "matches": [one for member in members for one in matches.get(member, ())],
            "group": None if group is None else {
                "kind": group["kind"], "distance_bits": group["distance_bits"],
                "members": [
                    {"sha256": member, "distance": distance, "path": places.get(member, ("", 0))[0]}
                    for member, distance in group["members"].items()
                ],
            },
        }  # fmt: skip


def _groups(case: CaseReader, run_id: int, representatives: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By representative: kind, distance and members, which are (SHA-256: distance), the representative first."""
    group, member = tables.media_group, tables.group_member
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(representatives), _CHUNK):
        chosen = select(group.c.number, group.c.representative, group.c.kind, group.c.distance_bits).where(
            group.c.run_id == run_id,
            group.c.kind == "near-duplicate",
            group.c.representative.in_(representatives[start : start + _CHUNK]),
        )
        by_number = {row["number"]: {**row, "members": {}} for row in case.rows(chosen)}
        inside = select(member).where(member.c.run_id == run_id, member.c.number.in_(list(by_number)))
        for row in case.stream(inside.order_by(member.c.number, member.c.distance, member.c.sha256)):
            by_number[row["number"]]["members"][row["sha256"]] = row["distance"]
        for one in by_number.values():
            one["members"] = {one["representative"]: 0, **one["members"]}
            found[one["representative"]] = one
    return found


def _matches(case: CaseReader, state: QueueState, sha256s: Sequence[str]) -> dict[str, list[dict[str, JsonValue]]]:
    found: dict[str, list[dict[str, JsonValue]]] = {}
    match = tables.match
    for start in range(0, len(sha256s), _CHUNK):
        chosen = select(match).where(
            match.c.run_id == state.match_run, match.c.sha256.in_(sha256s[start : start + _CHUNK])
        )
        for row in case.stream(chosen.order_by(match.c.id)):
            found.setdefault(row["sha256"], []).append(match_record(row))
    return found


def _chosen(case: CaseReader, table: Any, column: Any, values: Sequence[Any]) -> Iterator[Any]:
    for start in range(0, len(values), _CHUNK):
        yield from case.stream(select(table).where(column.in_(values[start : start + _CHUNK])))


def _opinions(case: CaseReader, sha256s: Sequence[str]) -> Iterator[Any]:
    opinion = tables.opinion
    later = opinion.alias()
    newer = select(later.c.run_id).where(later.c.sha256 == opinion.c.sha256, later.c.run_id > opinion.c.run_id)
    for start in range(0, len(sha256s), _CHUNK):
        yield from case.stream(
            select(opinion).where(opinion.c.sha256.in_(sha256s[start : start + _CHUNK]), ~newer.exists())
        )


def _places(case: CaseReader, sha256s: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The first path of each content, and in how many places it was found."""
    file = tables.media_file.c
    columns = (
        file.sha256,
        func.min(file.path).label("path"),
        func.count(file.location_key.distinct()).label("number"),
    )
    found = {}
    for start in range(0, len(sha256s), _CHUNK):
        chosen = select(*columns).where(file.sha256.in_(sha256s[start : start + _CHUNK])).group_by(file.sha256)
        found.update({row["sha256"]: (row["path"], row["number"]) for row in case.rows(chosen)})
    return found


def _bare_places(case: CaseReader, keys: Sequence[bytes]) -> dict[bytes, tuple[str, int | None]]:
    """Path and size of places without a digest."""
    file = tables.media_file.c
    found = {}
    for start in range(0, len(keys), _CHUNK):
        chosen = select(file.location_key, file.path, file.size_bytes).where(
            file.location_key.in_(keys[start : start + _CHUNK])
        )
        for row in case.rows(chosen.order_by(file.revision)):
            found[bytes(row["location_key"])] = row["path"], row["size_bytes"]
    return found


def _later(case: CaseReader, event: int) -> int:
    """Media and places without a digest that were stored after an event."""
    media, file = tables.media.c, tables.media_file.c
    counts = (
        select(func.count().label("number")).select_from(tables.media).where(media.event > event),
        select(func.count(file.location_key.distinct()).label("number")).where(
            file.sha256.is_(None), file.event > event
        ),
    )
    return sum(int(case.rows(chosen)[0]["number"]) for chosen in counts)
