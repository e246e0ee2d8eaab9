"""JSON lines back to items: everything that `safelight.exports.jsonl` writes of a media."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from safelight.case.reviewing import Exposure, RevealStep
from safelight.exports.items import Item
from safelight.exports.jsonl import SCHEMA
from safelight.exports.records import (
    finding_from,
    hex_digits,
    match_from,
    opinion_from,
    pdq_from,
    place_from,
    standing_from,
    text_of,
)
from safelight.hashsets.entry import Rejected
from safelight.hashsets.source import ListFile
from safelight.model import Fingerprints, MediaKind, Outcome, ReaderRun

__all__ = ["item_from", "looks_like_items", "read_json_items"]

_LINE_BYTES = 64 << 20


def looks_like_items(head: bytes) -> bool:
    """Whether a file that begins so may be JSON lines: the schema stands at the end of a line, which can be long."""
    return head.startswith((b'{"decisions":[', b'{"place_findings":['))


def read_json_items(path: Path) -> Iterator[Item | Rejected]:
    """Yields the item of each line, or why it cannot be used; lines of places without a digest hold no item and are passed over.

    Args:
        path: A file that `safelight export --format jsonl` wrote.

    Raises:
        HashSetError: The file cannot be read.
    """
    import io

    with io.BufferedReader(ListFile(path), 1 << 18) as stream:
        row = 0
        while line := stream.readline(_LINE_BYTES):
            row += 1
            try:
                record = orjson.loads(line)
                if not isinstance(record, dict) or record.get("schema") != SCHEMA:
                    raise ValueError("the line is no item of Safelight")
                if record.get("sha256") is not None:
                    yield item_from(record)
            except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
                yield Rejected(row, str(error) if type(error) is ValueError else "the line does not have the form")


def item_from(record: Mapping[str, Any]) -> Item:
    """One line of a media.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: It does not have the form.
    """
    sha256, near = hex_digits(record["sha256"], 64), record["near_duplicate_of"]
    return Item(
        sha256=sha256, sha1=hex_digits(record["sha1"], 40), md5=hex_digits(record["md5"], 32), size_bytes=int(record["size_bytes"]),
        media_type=text_of(record, "media_type"), kind=MediaKind(record["kind"]), width_px=record["width_px"], height_px=record["height_px"],
        frames=record["frames"], fingerprints=_fingerprints(record["fingerprints"]),
        runs=tuple(ReaderRun(each["reader"], each["version"], Outcome(each["outcome"])) for each in record["readers"]),
        places=tuple(map(place_from, record["places"])), findings=tuple(map(finding_from, record["findings"])),
        place_findings=tuple(map(finding_from, record["place_findings"])),
        opinion=opinion_from(record["origin"]) if record["origin"] is not None else None,
        matches=tuple(match_from(each, sha256) for each in record["matches"]),
        representative=(hex_digits(near["sha256"], 64), int(near["distance_bits"])) if near is not None else None,
        standing=standing_from(record["decisions"], sha256),
        exposures=tuple(Exposure(**{**each, "step": RevealStep(each["step"])}) for each in record["exposures"]),
    )  # fmt: skip


def _fingerprints(record: Any) -> Fingerprints | None:
    if record is None:
        return None
    pdq, nearest512, oriented = (pdq_from(record[name]) for name in ("pdq", "pdq_nearest512", "pdq_oriented"))
    return Fingerprints(
        pdq=pdq, pdq_nearest512=nearest512, pdq_oriented=oriented, pdq_dihedral=tuple(map(str, record["pdq_dihedral"]))
    )
