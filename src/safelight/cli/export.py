"""`safelight export`: a case in one of the formats of the field."""

from __future__ import annotations

from pathlib import Path

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

__all__ = ["export"]


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE", required=False)
@click.option("--format", "name", required=True, metavar="NAME", help="Name of the format; `list` names them.")
@click.option("-o", "--output", type=path_argument(), metavar="FILE", help="File or directory to write.")
def export(case_directory: Path | None, name: str, output: Path | None) -> int:
    """Write a case in one of the formats of the field."""
    from safelight.exports import FORMATS

    if name == "list":
        for form in FORMATS:
            print(f"{form.name:<12} {form.what}")
        return ExitCode.DONE
    chosen = next((form for form in FORMATS if form.name == name), None)
    if chosen is None:
        raise click.UsageError(f"There is no format {name!r}. `--format list` names them.")
    if case_directory is None:
        raise click.UsageError("Name the case: safelight export CASE --format NAME -o FILE")
    from safelight.case.case import Case

    with Case.open(case_directory, read_only=True) as case:
        for path in chosen.write(case, output or case_directory):
            print(path)
    return ExitCode.DONE
