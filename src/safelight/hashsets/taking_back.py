"""What the source of a list takes back, and gives again. Nothing is deleted: a row that was taken back is kept and matches no more.

A source that numbers what it gives (NCMEC, ThreatExchange) takes it back by its number, and a new entry under a number replaces the old
one. A hash that still stands under another number stays in force. What the unit itself withdrew is not touched by any of this.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from safelight.hashsets.entry import ImportReport

__all__ = ["take_back"]

_ANY: Final = (
    "SELECT EXISTS (SELECT 1 FROM staged.ref) OR EXISTS (SELECT 1 FROM staged.removed) OR EXISTS "
    "(SELECT 1 FROM main.entry WHERE hashset_id = :list AND withdrawn_utc IS NOT NULL AND withdrawn_by = 'list')"
)
# An entry and its removal in one file: the later one counts, and of the same time, or without one, the removal.
_OVERTAKEN: Final = (
    "DELETE FROM staged.removed WHERE ref <> '' AND time <> '' AND EXISTS (SELECT 1 FROM staged.ref WHERE ref.ref = removed.ref "
    "AND CAST(ref.time AS TEXT) > CAST(removed.time AS TEXT))"
)
_NOT_GIVEN: Final = "DELETE FROM staged.ref WHERE EXISTS (SELECT 1 FROM staged.removed WHERE removed.ref <> '' AND removed.ref = ref.ref)"
# What stood under a number that the file gives anew or takes back, and stands there no longer.
_FORMER: Final = (
    "INSERT INTO staged.former SELECT how, hash FROM main.given WHERE hashset_id = :list AND ref IN "
    "(SELECT ref FROM staged.ref UNION SELECT ref FROM staged.removed WHERE ref <> '')"
)
_FORGET: Final = (
    "DELETE FROM main.given WHERE hashset_id = :list AND ref IN "
    "(SELECT ref FROM staged.ref UNION SELECT ref FROM staged.removed WHERE ref <> '')"
)
_GIVE: Final = (
    "INSERT OR IGNORE INTO main.given (hashset_id, ref, how, hash) SELECT :list, ref, how, hash FROM staged.ref"
)
_BY_HASH: Final = "INSERT INTO staged.former SELECT how, hash FROM staged.removed WHERE ref = ''"
_STILL: Final = (
    "DELETE FROM staged.former WHERE EXISTS (SELECT 1 FROM main.given WHERE hashset_id = :list AND given.how = former.how "
    "AND given.hash = former.hash)"
)
_REVIVE: Final = (
    "UPDATE main.entry SET withdrawn_utc = NULL, withdrawn_by = NULL WHERE hashset_id = :list AND withdrawn_utc IS NOT NULL "
    "AND withdrawn_by = 'list' AND EXISTS (SELECT 1 FROM staged.incoming WHERE incoming.how = entry.how AND incoming.hash = entry.hash)"
)
_RETIRE: Final = (
    "UPDATE main.entry SET withdrawn_utc = :now, withdrawn_by = 'list' WHERE hashset_id = :list AND withdrawn_utc IS NULL "
    "AND (how, hash) IN (SELECT how, hash FROM staged.former)"
)


def take_back(connection: Connection, set_id: int, now: str, report: ImportReport) -> bool:
    """Applies what a staged import says about numbers, after its rows were moved, in the transaction that is open.

    Args:
        connection: With the staging attached. `set_id`: the list. `now`: the time, in UTC. `report`: gets how many entries were retired.

    Returns:
        Whether anything was retired, or is in force again.
    """
    words = {"list": set_id, "now": now}

    def run(statement: str) -> int:
        used = {name: value for name, value in words.items() if f":{name}" in statement}
        return connection.exec_driver_sql(statement, used).rowcount

    if not connection.exec_driver_sql(_ANY, {"list": set_id}).scalar():
        return False
    run("CREATE TABLE IF NOT EXISTS staged.former (how TEXT, hash BLOB)")
    run("DELETE FROM staged.former")
    run("CREATE INDEX IF NOT EXISTS staged.incoming_hash ON incoming (how, hash)")
    run("CREATE INDEX IF NOT EXISTS staged.ref_ref ON ref (ref)")
    run("CREATE INDEX IF NOT EXISTS staged.removed_ref ON removed (ref)")
    revived = run(_REVIVE)
    run(_OVERTAKEN)
    # Given and taken back in one file: never in force.
    run(
        "INSERT INTO staged.former SELECT how, hash FROM staged.ref WHERE ref IN (SELECT ref FROM staged.removed WHERE ref <> '')"
    )
    run(_NOT_GIVEN)
    run(_FORMER)
    run(_FORGET)
    run(_GIVE)
    run(_STILL)
    run(_BY_HASH)
    report.retired = run(_RETIRE)
    return bool(revived or report.retired)
