"""`safelight verify`: is the case whole and unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

__all__ = ["verify"]


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE")
@click.option("--head", "noted_head", metavar="N:DIGEST", help="A head noted earlier; the log must still hold it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema safelight.verify/1).")
def verify(case_directory: Path, noted_head: str | None, as_json: bool) -> int:
    """Check that a case is whole and unchanged.

    Recomputes the chain of the custody log and the digest of every row that the log covers, and names each break. A log
    that is not sealed cannot show that someone rewrote the whole case: keep the head that is printed here elsewhere, and
    give it back later with --head.
    """
    import orjson

    from safelight.case.case import Case
    from safelight.case.verify import verify as check

    if noted_head is not None and not re.fullmatch(r"[0-9]+:[0-9a-f]{64}", noted_head):
        raise click.UsageError("--head takes a head as `safelight verify` prints it: a number, a colon, 64 hex digits.")
    with Case.open(case_directory, read_only=True) as case:
        result = check(case, noted_head=noted_head)
    if as_json:
        record = {
            "schema": "safelight.verify/1", "case": _text(str(case_directory)), "whole": not result.breaks, "events": result.events,
            "rows": result.rows, "head": result.head,
            "breaks": [{"where": _text(item.where), "what": _text(item.what)} for item in result.breaks],
        }  # fmt: skip
        print(orjson.dumps(record).decode())
    else:
        for item in result.breaks:
            print(f"BROKEN  {_text(item.where)}: {_text(item.what)}")
        state = (
            f"{len(result.breaks)} breaks found" if result.breaks else "whole: nothing that the log covers was changed"
        )
        print(f"{_text(str(case_directory))}: {state}; {result.events:,} events, {result.rows:,} rows checked")
        print(f"Head of the log: {result.head or 'none'}")
    return ExitCode.CUSTODY_BROKEN if result.breaks else ExitCode.DONE


def _text(text: str) -> str:
    """Text of a case that someone may have tampered with, safe to print in one line."""
    from safelight.model import display_text

    return display_text(text.encode("utf-8", "surrogateescape"))
