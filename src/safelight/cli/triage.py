"""`safelight triage`: the main job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from safelight.cli.options import examining_options, list_names, matching_options, path_argument
from safelight.errors import ExitCode

__all__ = ["run_triage", "triage"]


@click.command()
@click.argument("sources", nargs=-1, required=True, type=path_argument(), metavar="SOURCE...")
@click.option(
    "--case",
    "case_directory",
    required=True,
    type=path_argument(),
    metavar="DIR",
    help="Case directory; made when absent, resumed when there.",
)
@click.option("--examiner", metavar="NAME", help="Name for the custody log (your log-in name).")
@click.option("--rules", "queue_rules", metavar="FILE", help="The unit's own queue rules (TOML).")
@click.option("--no-report", is_flag=True, help="Do not write the report.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@matching_options
@examining_options
def triage(
    sources: tuple[Path, ...],
    case_directory: Path,
    no_report: bool,
    quiet: bool,
    as_json: bool,
    hashsets: tuple[str, ...],
    no_hashsets: bool,
    settings_file: Path | None,
    **flags: Any,
) -> int:
    """Take a seizure from a folder to a ranked case and a report.

    SOURCE is a file, a folder or an archive; it is opened read-only and never changed. Run the same command again to go
    on after an interruption, or with more sources to add to the case.
    """
    from safelight.settings import load_settings

    settings = load_settings(flags, file=settings_file)
    names = list_names(hashsets, no_hashsets)
    return run_triage(sources, case_directory, settings, names, report=not no_report, quiet=quiet, as_json=as_json)


def run_triage(
    sources: tuple[Path, ...],
    case_directory: Path,
    settings: Any,
    hashset_names: tuple[str, ...] | None,
    *,
    report: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Runs the main job with progress on stderr and the outcome on stdout; returns the exit code."""
    from safelight.cli.progress import ProgressLine, count_files
    from safelight.hashsets import default_directory
    from safelight.pipeline.triage import triage as run

    raw = [os.fsencode(os.path.abspath(source)) for source in sources]  # noqa: PTH100 - resolve would follow links
    with ProgressLine(lambda: count_files(raw), quiet=quiet) as progress:
        result = run(
            sources,
            case_directory,
            settings,
            progress,
            hashset_store=default_directory(settings),
            hashset_names=hashset_names,
            report=report,
        )
    if as_json:
        import orjson

        from safelight.pipeline.triage import result_record

        print(orjson.dumps(result_record(result, case_directory)).decode())
    else:
        _print_result(result, case_directory)
    return ExitCode.DONE_WITH_PROBLEMS if result.unreadable else ExitCode.DONE


def _print_result(result: Any, case_directory: Path) -> None:
    before = f" ({result.skipped:,} were done before)" if result.skipped else ""
    print(f"Files taken in:      {result.files:,}{before}")
    if not result.files and not result.skipped:
        print("                     The sources hold no file: check that the disk is attached where they say")
    print(f"Something unread:    {result.problems:,} files; {result.unreadable:,} places could not be read at all")
    print(f"Matches with lists:  {f'{result.matches:,}' if result.lists else 'no list was asked'}")
    print(f"Near-duplicates:     {result.groups:,} group{'' if result.groups == 1 else 's'}")
    print(f"To be reviewed:      {result.queue:,} line{'' if result.queue == 1 else 's'}; nothing was dropped")
    print(f"Case:                {case_directory}")
    for path in result.reports:
        print(f"Report:              {path}")
    print(f"Next:                safelight show {case_directory}")
