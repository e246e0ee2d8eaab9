"""`safelight inspect`: everything about a few files, with no case."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import click

from safelight.cli.options import examining_options, list_names, matching_options, path_argument
from safelight.errors import ExitCode

__all__ = ["inspect"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=path_argument(), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line (schema safelight.inspect/1).")
@matching_options
@examining_options
def inspect(
    files: tuple[Path, ...],
    as_json: bool,
    hashsets: tuple[str, ...],
    no_hashsets: bool,
    settings_file: Path | None,
    **flags: Any,
) -> int:
    """Say everything about a few files, with no case.

    Files are opened read-only and examined behind the wall, in the order given. Archives are digested, not opened.
    """
    import orjson

    from safelight.hashsets import default_directory
    from safelight.pipeline.inspect import inspect as run
    from safelight.settings import load_settings

    settings = load_settings(flags, file=settings_file)
    names = list_names(hashsets, no_hashsets)
    failed = False
    for record in run(files, settings, hashset_store=default_directory(settings), hashset_names=names):
        failed = failed or record["error"] is not None
        if as_json:
            print(orjson.dumps(record).decode(), flush=True)
        else:
            print("\n".join(_lines(record)), flush=True)
    return ExitCode.DONE_WITH_PROBLEMS if failed else ExitCode.DONE


def _lines(record: dict[str, Any]) -> list[str]:
    lines = [record["path"]]
    if record["error"] is not None:
        return [*lines, f"  error        {record['error']}", ""]
    size = f"{record['width_px']} x {record['height_px']} px, " if record["width_px"] else ""
    lines.append(f"  file         {record['media_type']}, {size}{record['size_bytes']:,} bytes")
    lines += [f"  {name:<12} {record[name]}" for name in ("sha256", "sha1", "md5")]
    for name in ("pdq", "pdq_nearest512", "pdq_oriented"):
        if record[name] is not None:
            mark = "" if record[name]["quality"] >= 50 else " (too low to be matched)"
            lines.append(f"  {name:<14} {record[name]['hash']}  quality {record[name]['quality']}{mark}")
    for match in record["matches"]:
        near = f", {match['distance']} bits away" if match["how"] == "pdq" else ""
        lines.append(
            f"  on list      {match['hashset']} ({match['role']}) by {match['how']}{near}; label {match['label'] or 'none'}"
        )
    if record["matches_left_out"]:
        lines.append(
            f"  on list      {record['matches_left_out']:,} more PDQ matches, no nearer than those above, are not shown"
        )
    if not record["hashsets"]:
        lines.append("  on list      no list was asked")
    elif not record["matches"]:
        lines.append(f"  on list      no match; asked: {', '.join(record['hashsets'])}")
    lines += _origin_lines(record["origin"])
    lines += _finding_lines(record["findings"])
    silent = [run["reader"] for run in record["readers"] if run["outcome"] == "nothing-found"]
    not_run = [run["reader"] for run in record["readers"] if run["outcome"] == "did-not-run"]
    if silent:
        lines += _wrapped("found none", ", ".join(silent))
    if not_run:
        lines += _wrapped("did not run", ", ".join(not_run))
    return [*lines, ""]


def _origin_lines(origin: dict[str, Any]) -> list[str]:
    if origin["opinion"] == "undetermined":
        lines = ["  origin       undetermined"]
    else:
        basis = ", ".join(origin["basis"])
        weight = f"{origin['strength']} support (log10 LR {origin['log10_lr']:.1f})"
        lines = [f"  origin       {origin['opinion']}: {weight}, basis: {basis}"]
    for name in ("generator", "generator_version", "model", "seed", "captured_with"):
        if origin[name] is not None:
            lines.append(f"  {name.replace('_', ' '):<18} {origin[name]}")
    if origin["prompt"] is not None:
        lines.append(f"  prompt             recorded, {len(origin['prompt'])} characters; --json prints it")
    for conflict in origin["conflicts"]:
        lines += _wrapped("conflict", conflict)
    for limit in origin["limits"]:
        lines += _wrapped("limit", limit)
    return lines


def _finding_lines(findings: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        where = f" [{finding['where']}]" if finding["where"] else ""
        lines += _wrapped(finding["reader"], finding["what"] + where)
        if finding["could_be_faked_by"]:
            lines += _wrapped("", f"could be faked by: {finding['could_be_faked_by']}")
    return lines


def _wrapped(label: str, text: str) -> list[str]:
    return (
        textwrap.wrap(text, 110, initial_indent=f"  {label:<12} ", subsequent_indent=" " * 15, break_long_words=False)
        or []
    )
