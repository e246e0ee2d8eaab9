"""In which state a list is: its counts and a digest over its entries, for the custody log. Computed once after each change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, update

from safelight.hashsets.index import base_of, make_base
from safelight.hashsets.source import ImportProgress, no_progress
from safelight.hashsets.tables import hashset
from safelight.model import PDQ_MIN_QUALITY

__all__ = ["ListState", "forget_state", "keep_state", "read_state"]

ListState = dict[str, Any]
"""`counts`: entries in force by kind. `withdrawn`, `low_quality`: entries not matched. `sha256`: see `read_state`."""

_ROWS: Final = 20_000
_CHOSEN: Final = (
    "SELECT entry.how, entry.hash, mark.bank, mark.label, entry.quality FROM entry JOIN mark ON mark.id = entry.mark_id "
    "WHERE entry.hashset_id = ? AND {} ORDER BY entry.how, entry.hash, mark.bank, mark.label"
)
_LATE: Final = _CHOSEN.format("entry.late IS NOT NULL AND entry.withdrawn_utc IS NULL")
_GONE: Final = _CHOSEN.format("entry.withdrawn_utc IS NOT NULL AND entry.late IS NULL")


def read_state(connection: Connection, set_id: int, on_progress: ImportProgress = no_progress) -> ListState:
    """The state of a list: as it is kept, else computed.

    The digest is the SHA-256 over `kind NUL hash-in-hex NUL bank NUL label LF` of every entry in force, in UTF-8, in that order. Of a list
    with index files, these lines are only those of the entries that came later; before them goes `index NUL digest LF` with the digest
    over the lines of all entries in the files, behind them `withdrawn NUL` and the line of each of those that is withdrawn.
    """
    kept = connection.exec_driver_sql("SELECT state, token, base FROM hashset WHERE id = ?", (set_id,)).one()
    if kept.state:
        state: ListState = orjson.loads(kept.state)
        return state
    digest, counts, low = hashlib.sha256(), dict[str, int](), 0
    if kept.token:
        base = base_of(kept.base) or make_base(connection, set_id, "", None, on_progress)[0]
        digest.update(f"index\0{base['sha256']}\n".encode())
        counts, low = dict(base["counts"]), int(base["low_quality"])
    done = 0
    for chosen, first, sign in ((_LATE, "", 1), (_GONE, "withdrawn\0", -1)):
        for rows in _batches(connection, chosen, set_id):
            digest.update(
                "".join(f"{first}{how}\0{raw.hex()}\0{bank}\0{label}\n" for how, raw, bank, label, _ in rows).encode()
            )
            for how, _, _, _, quality in rows:
                counts[how] = counts.get(how, 0) + sign
                low += sign * (quality is not None and quality < PDQ_MIN_QUALITY)
            done += len(rows)
            on_progress("digesting the list", done, None)
    withdrawn = connection.exec_driver_sql(
        "SELECT count(*) FROM entry WHERE hashset_id = ? AND withdrawn_utc IS NOT NULL", (set_id,)
    ).scalar_one()
    counts = {how: count for how, count in counts.items() if count}
    return {"counts": counts, "withdrawn": withdrawn, "low_quality": low, "sha256": digest.hexdigest()}


def _batches(connection: Connection, chosen: str, set_id: int) -> Iterator[Sequence[Any]]:
    result = connection.exec_driver_sql(chosen, (set_id,), {"stream_results": True})
    while rows := result.cursor.fetchmany(_ROWS):
        yield rows


def keep_state(connection: Connection, set_id: int, state: ListState) -> None:
    """Keeps a computed state until the list is changed."""
    connection.execute(update(hashset).where(hashset.c.id == set_id).values(state=orjson.dumps(state).decode()))


def forget_state(connection: Connection, set_id: int) -> None:
    """The list is being changed."""
    connection.execute(update(hashset).where(hashset.c.id == set_id).values(state=None))
