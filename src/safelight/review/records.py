"""Rows of a case as JSON records, in the names that `inspect` uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from safelight.case.record import location_from_row
from safelight.model import JsonValue

__all__ = ["finding_record", "match_record", "media_record", "origin_record", "place_record", "readers_record"]

Record = dict[str, JsonValue]

_MEDIA = ("sha256", "sha1", "md5", "size_bytes", "media_type", "kind", "width_px", "height_px", "frames")
_ORIGIN = ("opinion", "log10_lr", "strength")
_STATED = ("generator", "generator_version", "model", "seed", "prompt", "captured_with")
_FINDING = (
    "reader",
    "version",
    "outcome",
    "supports",
    "basis",
    "what",
    "strength",
    "could_be_faked_by",
    "does_not_show",
)
_MATCH = ("sha256", "hashset", "bank", "role", "how", "distance", "label", "entry", "variant")
_PLACE = (
    "path",
    "revision",
    "size_bytes",
    "modified_ns",
    "accessed_ns",
    "changed_ns",
    "created_ns",
    "sha256",
    "run_id",
)
_PRINTS = ("pdq", "pdq_nearest512", "pdq_oriented")


def media_record(row: Mapping[str, Any]) -> Record:
    """A media: digests, size and form."""
    return {name: row[name] for name in _MEDIA}


def prints_record(row: Mapping[str, Any]) -> Record:
    """The perceptual hashes of a media."""
    found: Record = {}
    for name in _PRINTS:
        found[name] = None if row[name] is None else {"hash": row[name], "quality": row[f"{name}_quality"]}
    found["pdq_dihedral"] = orjson.loads(row["pdq_dihedral"])
    return found


def readers_record(row: Mapping[str, Any]) -> list[JsonValue]:
    """Every reader that was asked about a media, also those that found nothing."""
    return [
        {"reader": reader, "version": version, "outcome": outcome}
        for reader, version, outcome in orjson.loads(row["runs"])
    ]


def origin_record(row: Mapping[str, Any]) -> Record:
    """An opinion."""
    lists: Record = {name: orjson.loads(row[name]) for name in ("basis", "conflicts", "limits")}
    return {**{name: row[name] for name in (*_ORIGIN, *_STATED)}, **lists}


def finding_record(row: Mapping[str, Any]) -> Record:
    """A finding; `on` says on which revision of which place, and is null for one on the content."""
    on = (
        None
        if row["location_key"] is None
        else {"location_key": bytes(row["location_key"]).hex(), "revision": row["revision"]}
    )
    details = orjson.loads(row["details"])
    return {
        **{name: row[name] for name in _FINDING},
        "where": row["place"],
        "on": on,
        "details": details,
        "run_id": row["run_id"],
    }


def match_record(row: Mapping[str, Any]) -> Record:
    """A match with a list."""
    return {name: row[name] for name in _MATCH}


def place_record(row: Mapping[str, Any]) -> Record:
    """A place, with its exact bytes in hex beside the text for people; times in nanoseconds since 1970-01-01 UTC."""
    location = location_from_row(row)
    exact: Record = {"source_hex": location.source.hex(), "parts_hex": [part.hex() for part in location.parts]}
    key = {"location_key": location.key.hex(), "full_path": location.full_display()}
    return {**{name: row[name] for name in _PLACE}, **key, **exact}
