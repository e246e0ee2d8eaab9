"""`safelight import`: decisions that were made elsewhere, into a case."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

__all__ = ["import_"]


@click.command("import")
@click.argument("case_directory", type=path_argument(), metavar="CASE")
@click.argument("file", type=path_argument(), metavar="FILE")
@click.option("--person", default="", metavar="NAME", help="Who decided, where the file does not say.")
@click.option("--scheme", default="", metavar="NAME", help="Category scheme of its numbers, where it does not say.")
@click.option("--examiner", metavar="NAME", help="Name for the custody log (your log-in name).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(case_directory: Path, file: Path, person: str, scheme: str, examiner: str | None, as_json: bool) -> int:
    """Take decisions that were made elsewhere into a case.

    FILE is Project VIC JSON (a case or a hash set), or what `safelight export` wrote as case-uco, csv or jsonl. Each decision keeps its
    person and its time; the log says who took it in and from which file. A second import changes nothing. What is left out is counted by reason.
    """
    from safelight.case.case import Case
    from safelight.exports.taking_in import take_in
    from safelight.settings import load_settings

    settings = load_settings({"examiner": examiner})
    with Case.open(case_directory, read_only=False, actor=settings.examiner) as case:
        done = take_in(case, file, person=person.strip(), scheme=scheme.strip())
    if as_json:
        import orjson

        print(orjson.dumps(done.record()).decode())
    elif done.act:
        print(f"{done.taken:,} decisions taken in from {done.file} (read as {done.form}), act {done.act}")
    else:
        print(f"Nothing new in {done.file} (read as {done.form})")
    for why, count in done.left.most_common():
        rows = done.examples[why]
        more = ", ..." if count > len(rows) else ""
        print(f"Left out: {count:,} ({why}; record {', '.join(map(str, rows))}{more})", file=sys.stderr)
    return ExitCode.DONE
