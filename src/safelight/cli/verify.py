"""`safelight verify`: is the case whole and unchanged."""

from __future__ import annotations

from pathlib import Path

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

__all__ = ["verify"]


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(case_directory: Path, as_json: bool) -> int:
    """Check that a case is whole and unchanged.

    Recomputes the chain of the custody log and the digest of every row that the log covers, and names each break. A log
    that is not sealed cannot show that someone rewrote the whole case: keep the head that is printed here elsewhere.
    """
    import orjson

    from safelight.case.case import Case
    from safelight.case.verify import verify as check

    with Case.open(case_directory, read_only=True) as case:
        result = check(case)
    if as_json:
        record = {
            "schema": "safelight.verify/1", "case": str(case_directory), "whole": not result.breaks, "events": result.events,
            "rows": result.rows, "head": result.head,
            "breaks": [{"where": item.where, "what": item.what} for item in result.breaks],
        }  # fmt: skip
        print(orjson.dumps(record).decode())
    else:
        for item in result.breaks:
            print(f"BROKEN  {item.where}: {item.what}")
        state = (
            f"{len(result.breaks)} breaks found" if result.breaks else "whole: nothing that the log covers was changed"
        )
        print(f"{case_directory}: {state}; {result.events:,} events, {result.rows:,} rows checked")
        print(f"Head of the log: {result.head}")
    return ExitCode.CUSTODY_BROKEN if result.breaks else ExitCode.DONE
