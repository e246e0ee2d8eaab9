"""In which state a list is: its counts and a digest over its entries, for the custody log. Computed once after each change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, update

from safelight.hashsets.source import ImportProgress, no_progress
from safelight.hashsets.tables import hashset
from safelight.model import PDQ_MIN_QUALITY

__all__ = ["ListState", "forget_state", "keep_state", "read_state"]

ListState = dict[str, Any]
"""`counts`: entries in force by kind. `withdrawn`, `low_quality`: entries not matched. `sha256`: see `read_state`."""

_ROWS: Final = 20_000
_ENTRIES: Final = (
    "SELECT entry.how, entry.hash, mark.bank, mark.label, entry.quality FROM entry JOIN mark ON mark.id = entry.mark_id "
    "WHERE entry.hashset_id = ? AND entry.withdrawn_utc IS NULL ORDER BY entry.how, entry.hash, mark.bank, mark.label"
)


def read_state(connection: Connection, set_id: int, on_progress: ImportProgress = no_progress) -> ListState:
    """The state of a list: as it is kept, else computed.

    The digest is the SHA-256 over `kind NUL hash-in-hex NUL bank NUL label LF` of every entry in force, in UTF-8, in that order.
    """
    kept = connection.exec_driver_sql("SELECT state FROM hashset WHERE id = ?", (set_id,)).scalar()
    if kept:
        state: ListState = orjson.loads(kept)
        return state
    digest, counts = hashlib.sha256(), dict[str, int]()
    low = done = 0
    for rows in _batches(connection, set_id):
        digest.update("".join(f"{how}\0{raw.hex()}\0{bank}\0{label}\n" for how, raw, bank, label, _ in rows).encode())
        for how, _, _, _, quality in rows:
            counts[how] = counts.get(how, 0) + 1
            low += quality is not None and quality < PDQ_MIN_QUALITY
        done += len(rows)
        on_progress("digesting the list", done, None)
    withdrawn = connection.exec_driver_sql(
        "SELECT count(*) FROM entry WHERE hashset_id = ? AND withdrawn_utc IS NOT NULL", (set_id,)
    ).scalar_one()
    return {"counts": counts, "withdrawn": withdrawn, "low_quality": low, "sha256": digest.hexdigest()}


def _batches(connection: Connection, set_id: int) -> Iterator[Sequence[Any]]:
    result = connection.exec_driver_sql(_ENTRIES, (set_id,), {"stream_results": True})
    while rows := result.cursor.fetchmany(_ROWS):
        yield rows


def keep_state(connection: Connection, set_id: int, state: ListState) -> None:
    """Keeps a computed state until the list is changed."""
    connection.execute(update(hashset).where(hashset.c.id == set_id).values(state=orjson.dumps(state).decode()))


def forget_state(connection: Connection, set_id: int) -> None:
    """The list is being changed."""
    connection.execute(update(hashset).where(hashset.c.id == set_id).values(state=None))
