"""Everything about one line of a case: where it lies, what was found, what it matches, what it belongs to, and which rule placed it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import or_, select

from safelight.case import tables
from safelight.case.generation import run_of_media
from safelight.case.read import CaseReader
from safelight.case.scenes import scene_links_of
from safelight.case.turns import turns_of
from safelight.errors import CaseError
from safelight.model import JsonValue
from safelight.review.lines import QueueState, queue_lines
from safelight.review.records import (
    finding_record,
    match_record,
    media_record,
    origin_record,
    place_record,
    prints_record,
    readers_record,
)

__all__ = ["SCHEMA", "explain", "find", "group_of"]

SCHEMA: Final = "safelight.why/1"

_MOST_NAMED: Final = 5

Key = str | bytes
"""The SHA-256 of a media, or the key of a place without a digest."""


def find(case: CaseReader, state: QueueState, asked: str) -> Key:
    """Finds what a person means.

    Args:
        case: Open for reading. `state`: of the same case.
        asked: A rank in the queue in decimal digits (at most 7), or the beginning of a SHA-256, SHA-1 or MD5 in hex.

    Raises:
        CaseError: There is nothing like that in the case, or more than one media.
    """
    if asked.isdecimal() and len(asked) <= 7:
        line = next(queue_lines(case, state, first=int(asked), limit=1), None) if int(asked) else None
        if line is None:
            raise CaseError(
                f"The queue of {case.where} has no rank {asked}.", advice=f"Its ranks go from 1 to {state.lines}."
            )
        return str(line["sha256"]) if line["sha256"] else bytes.fromhex(str(line["location_key"]))
    found = case.matching_sha256(asked)
    if not found:
        raise CaseError(
            f"The case {case.where} holds no media whose SHA-256, SHA-1 or MD5 begins with {asked}.",
            advice="Check the hash; `safelight show CASE` lists all media.",
        )
    if len(found) > 1:
        named = ", ".join(sha256[:16] for sha256 in found[:_MOST_NAMED])
        more = " and others" if len(found) > _MOST_NAMED else ""
        raise CaseError(
            f"More than one media begins with {asked}: SHA-256 {named}{more}.", advice="Give more digits of the hash."
        )
    return found[0]


def explain(case: CaseReader, state: QueueState, key: Key) -> dict[str, JsonValue]:
    """Everything about one media or one place without a digest, as a record of the schema `safelight.why/1`."""
    if isinstance(key, bytes):
        return _explained(case, state, key, None)
    media = case.rows(select(tables.media).where(tables.media.c.sha256 == key))[0]
    return _explained(case, state, key, media)


def _explained(case: CaseReader, state: QueueState, key: Key, media: Any) -> dict[str, JsonValue]:
    file, finding, opinion = tables.media_file, tables.finding, tables.opinion
    here = file.c.location_key == key if isinstance(key, bytes) else file.c.sha256 == key
    places = case.rows(select(file).where(here).order_by(file.c.path, file.c.location_key, file.c.revision))
    lying = {(bytes(row["location_key"]), row["revision"]) for row in places}
    keys = select(file.c.location_key).where(here)
    about: Any = finding.c.location_key.in_(keys)
    if isinstance(key, str):
        about = or_(finding.c.sha256 == key, about)
    findings = [
        finding_record(row)
        for row in case.stream(select(finding).where(about).order_by(finding.c.id))
        # A place that held something else before carries findings that are not about this content.
        if row["location_key"] is None or (bytes(row["location_key"]), row["revision"]) in lying
    ]
    opinions: list[Any] = []
    matches: list[Any] = []
    group: dict[str, JsonValue] | None = None
    if isinstance(key, str):
        opinions = case.rows(select(opinion).where(opinion.c.sha256 == key).order_by(opinion.c.run_id.desc()))
        match = tables.match
        matches = case.rows(
            select(match).where(match.c.run_id == state.match_run, match.c.sha256 == key).order_by(match.c.id)
        )
        group = group_of(case, state, key)
    representative = str(group["representative"]) if group else key
    return {
        "schema": SCHEMA,
        "media": None if media is None else {**media_record(media), **prints_record(media), "run_id": media["run_id"]},
        "queue": _placed(case, state, representative),
        "origin": origin_record(opinions[0]) if opinions else None,
        "earlier_origins": [{**origin_record(row), "run_id": row["run_id"]} for row in opinions[1:]],
        "hashsets": [str(one["name"]) for one in case.stage_details("match").get("lists", {}).get("sets", [])],
        "matches": [match_record(row) for row in matches],
        "group": group,
        "generation_run": _generation_run(case, key) if isinstance(key, str) else None,
        "scenes": list(scene_links_of(case, key)) if isinstance(key, str) else [],
        "findings": list(findings),
        "readers": readers_record(media) if media is not None else [],
        "places": [place_record(row) for row in places],
    }


def group_of(case: CaseReader, state: QueueState, sha256: str) -> dict[str, JsonValue] | None:
    """The near-duplicate group that a media is in, nearest to its representative first; None when it is in none."""
    group, member = tables.media_group, tables.group_member
    chosen = (
        select(group)
        .join(member, (member.c.run_id == group.c.run_id) & (member.c.number == group.c.number))
        .where(group.c.run_id == state.group_run, group.c.kind == "near-duplicate", member.c.sha256 == sha256)
    )
    found = case.rows(chosen)
    if not found:
        return None
    row = found[0]
    inside = select(member.c.sha256, member.c.distance).where(
        member.c.run_id == row["run_id"], member.c.number == row["number"]
    )
    ordered = case.rows(inside.order_by(member.c.distance, member.c.sha256))
    turns = turns_of(case, row["run_id"], [one["sha256"] for one in ordered])
    members: list[JsonValue] = [
        {"sha256": one["sha256"], "distance": one["distance"], "turn": turns.get(one["sha256"])} for one in ordered
    ]
    return {
        "kind": row["kind"], "representative": row["representative"], "distance_bits": row["distance_bits"], "members": members,
    }  # fmt: skip


def _generation_run(case: CaseReader, sha256: str) -> dict[str, JsonValue] | None:
    """The run of files that state the same making; its name holds no word of a prompt."""
    found = run_of_media(case, sha256)
    return None if found is None else {"number": found.number, "recipe": found.recipe, "name": found.name}


def _placed(case: CaseReader, state: QueueState, key: Key) -> dict[str, JsonValue] | None:
    """The line of the queue, with the whole rule that placed it; None for what was taken in after the queue was made."""
    queue = tables.queue
    column = queue.c.location_key if isinstance(key, bytes) else queue.c.sha256
    rows = case.rows(select(queue).where(queue.c.run_id == state.run_id, column == key))
    if not rows:
        return None
    row = rows[0]
    names = ("rank", "rule", "reason", "placed_by", "group_size")
    return {
        "run": state.run_id, **{name: row[name] for name in names}, "rule_in_full": _rule(state, row["rule"]),
        "rules_source": state.rules.get("source"), "rules_sha256": state.rules.get("sha256"),
    }  # fmt: skip


def _rule(state: QueueState, name: str) -> dict[str, JsonValue] | None:
    """The rule as the file had it when the queue was made; None for the rule that takes what no other takes."""
    return next((rule for rule in _rules(state) if rule.get("name") == name), None)


def _rules(state: QueueState) -> Iterator[dict[str, JsonValue]]:
    try:
        content = tomllib.loads(str(state.rules.get("text", "")))
    except tomllib.TOMLDecodeError:
        return
    yield from (rule for rule in content.get("rule", []) if isinstance(rule, dict))
