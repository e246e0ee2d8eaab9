"""Which rows a batch of places adds to a case: nothing that is there already, and a new revision for whatever has changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, func, select

from safelight.case import tables
from safelight.case.leads import lead_rows
from safelight.case.record import (
    FileRecord,
    Row,
    feature_rows,
    file_row,
    finding_row,
    media_row,
    number_finding,
    opinion_row,
    storable_number,
)
from safelight.custody.chain import storable
from safelight.model import Finding, Outcome

__all__ = ["next_id", "rows_of_batch"]

_CHUNK: Final = 500
_VERSION: Final = "1"


def rows_of_batch(
    connection: Connection, run_id: int, records: Sequence[FileRecord], finished: Sequence[bytes]
) -> dict[str, list[Row]]:
    """The rows to add, by table.

    Args:
        connection: In the transaction that will store them.
        run_id: The run. `records`: places in the order in which they were taken in. `finished`: keys of archives all of whose
            members are stored now or before.
    """
    rows: dict[str, list[Row]] = {
        name: [] for name in ("media", "local_features", "media_file", "archive_done", "finding", "lead", "opinion")
    }
    examined: list[tuple[Finding, Row]] = []
    wanted = [record.examination.sha256 for record in records if record.examination is not None]
    there = _present(connection, tables.media.c.sha256, wanted)
    places = _newest(connection, [*(record.media_file.location.key for record in records), *finished])
    for record in records:
        examination = record.examination
        if examination is not None and examination.sha256 not in there:
            there.add(examination.sha256)
            rows["media"].append(media_row(examination, run_id))
            rows["local_features"] += feature_rows(examination, run_id)
            for item in examination.findings:
                examined.append((item, finding_row(item, run_id, sha256=examination.sha256)))
                rows["finding"].append(examined[-1][1])
            if record.opinion is not None:
                rows["opinion"].append(opinion_row(examination.sha256, record.opinion, run_id))
        _add_place(rows, places, record, run_id)
    done = [(key, places[key]["revision"]) for key in dict.fromkeys(finished) if key in places]
    closed = _closed(connection, [key for key, _ in done])
    rows["archive_done"] = [
        {"location_key": key, "revision": number} for key, number in done if (key, number) not in closed
    ]
    _number(connection, tables.finding, rows["finding"])
    rows["lead"] = [made for finding, row in examined for made in lead_rows(finding, row)]
    _number(connection, tables.lead, rows["lead"])
    return rows


def _number(connection: Connection, table: Any, rows: Sequence[Row]) -> None:
    for number, row in enumerate(rows, next_id(connection, table)):
        row["id"] = number


def next_id(connection: Connection, table: Any) -> int:
    """The next free number of a table whose rows are numbered. One process writes at a time, so nobody else takes it."""
    return int(connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1


def _add_place(rows: dict[str, list[Row]], places: dict[bytes, Row], record: FileRecord, run_id: int) -> None:
    item = record.media_file
    key, findings, revision = item.location.key, record.findings, 0
    if (before := places.get(key)) is not None:
        difference = _difference(before, record)
        if difference is None:
            return
        revision, findings = before["revision"] + 1, (*findings, difference)
    if (odd := number_finding(item)) is not None:
        findings = (*findings, odd)
    row = file_row(record, run_id, revision)
    places[key] = {**row, "closed": False, "unread": _unread(findings)}
    rows["media_file"].append(row)
    rows["finding"] += [finding_row(finding, run_id, location_key=key, revision=revision) for finding in findings]


def _difference(before: Mapping[str, Any], record: FileRecord) -> Finding | None:
    """What to say of a place that was met before; None when it is as it was."""
    item, sha256 = record.media_file, before["sha256"]
    stated = storable_number(item.size_bytes), storable_number(item.modified_ns)
    if sha256 != record.sha256:
        if sha256 is None:
            what = "This place could not be digested when it was met before; now it was."
        elif record.sha256 is None:
            what = "This place was digested when it was met before; now it could not be. What was found then is kept."
        else:
            what = "The content of this place differs from what was read there before; both are kept."
    elif stated != (before["size_bytes"], before["modified_ns"]):
        what = "The size or the time recorded for this place differs from before; the content does not."
    elif record.again and (before["closed"] or before["state"] == "done"):
        what = "This archive was taken in as far as the settings of an earlier run allowed; it was opened again."
    elif sha256 is None and before["unread"] != _unread(record.findings):
        what = "What could not be read at this place differs from before; what was said of it then is kept."
    else:
        return None
    return Finding(
        reader="evidence",
        version=_VERSION,
        what=what,
        does_not_show="Who changed it, or why.",
        details={
            "sha256_before": sha256,
            "size_bytes_before": before["size_bytes"],
            "modified_ns_before": before["modified_ns"],
        },
    )


def _present(connection: Connection, column: Column[Any], values: Sequence[Any]) -> set[Any]:
    """Which of the values are in the column."""
    found: set[Any] = set()
    for start in range(0, len(values), _CHUNK):
        found.update(connection.execute(select(column).where(column.in_(values[start : start + _CHUNK]))).scalars())
    return found


def _closed(connection: Connection, keys: Sequence[bytes]) -> set[tuple[bytes, int]]:
    """The revisions of these archives that are done."""
    found: set[tuple[bytes, int]] = set()
    done = tables.archive_done.c
    for start in range(0, len(keys), _CHUNK):
        chosen = select(done.location_key, done.revision).where(done.location_key.in_(keys[start : start + _CHUNK]))
        found.update((bytes(key), revision) for key, revision in connection.execute(chosen))
    return found


def _newest(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Row]:
    """The newest revision of each of these places that is in the case.

    Beside its columns: `closed`, whether all members of the archive are stored, and `unread`, what could not be read of a place without
    a digest.
    """
    found: dict[bytes, Row] = {}
    file = tables.media_file.c
    columns = (file.location_key, file.revision, file.sha256, file.size_bytes, file.modified_ns, file.state)
    for start in range(0, len(keys), _CHUNK):
        chosen = select(*columns).where(file.location_key.in_(keys[start : start + _CHUNK]))
        for row in connection.execute(chosen.order_by(file.revision)).mappings():
            found[bytes(row["location_key"])] = dict(row)
    closed = _closed(connection, [key for key, place in found.items() if place["state"] != "done"])
    bare = [key for key, place in found.items() if place["sha256"] is None]
    said: dict[tuple[bytes, int], set[str]] = {}
    finding = tables.finding.c
    for start in range(0, len(bare), _CHUNK):
        unread = select(finding.location_key, finding.revision, finding.what).where(
            finding.location_key.in_(bare[start : start + _CHUNK]), finding.outcome == Outcome.COULD_NOT_LOOK
        )
        for there, revision, what in connection.execute(unread):
            said.setdefault((bytes(there), revision), set()).add(what)
    for key, place in found.items():
        newest = key, place["revision"]
        place.update(closed=newest in closed, unread=frozenset(said.get(newest, ())))
    return found


def _unread(findings: Sequence[Finding]) -> frozenset[str]:
    """What could not be read, in the words of the findings."""
    return frozenset(storable(finding.what) for finding in findings if finding.outcome is Outcome.COULD_NOT_LOOK)
