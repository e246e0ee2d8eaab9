"""`safelight rerun`: the examination of one item once more, compared with what was found then."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

__all__ = ["rerun"]


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE")
@click.option(
    "--item", required=True, metavar="MEDIA", help="The item, by 8 or more hex digits of its SHA-256, SHA-1 or MD5."
)
@click.option("--settings", "settings_file", type=path_argument(), metavar="FILE", help="Settings file (TOML).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema safelight.rerun/1).")
def rerun(case_directory: Path, item: str, settings_file: Path | None, as_json: bool) -> int:
    """Examine one item again as it was examined, and say what differs and why.

    The recorded settings are used, and the evidence must be attached. Nothing is added to the case.
    """
    import orjson

    from safelight.case.case import Case
    from safelight.errors import CaseError
    from safelight.pipeline.rerun import rerun as again
    from safelight.settings import load_settings

    if not re.fullmatch(r"[0-9a-fA-F]{8,64}", item):
        raise click.UsageError("--item takes 8 to 64 hex digits: the beginning of a SHA-256, SHA-1 or MD5.")
    with Case.open(case_directory, read_only=True) as case:
        found = case.matching_sha256(item)
        if len(found) != 1:
            which = "No item begins" if not found else f"{len(found)} items begin"
            raise CaseError(
                f"{which} with {item} in this case.", advice="Give more digits; `safelight show CASE` lists them."
            )
        result = again(case, found[0], load_settings(file=settings_file))
    if as_json:
        record = {
            "schema": "safelight.rerun/1", "sha256": result.sha256, "run": result.run, "place": result.place,
            "same": not result.differences, "findings_repeated": result.repeated,
            "differences": [
                {"what": each.what, "name": each.name, "then": each.then, "now": each.now, "why": each.why} for each in result.differences
            ],
            "changed_versions": {name: {"then": then, "now": now} for name, (then, now) in result.changed_versions.items()},
            "settings_left_out": list(result.settings_left_out),
        }  # fmt: skip
        print(orjson.dumps(record).decode())
        return ExitCode.DONE
    print(f"{result.sha256}, examined in run {result.run}; read now from {result.place}")
    for each in result.differences:
        print(f"DIFFERS {each.what} {each.name}: {_short(each.then)} then, {_short(each.now)} now")
        print(f"        {each.why}")
    for name, (then, now) in result.changed_versions.items():
        print(f"Version of {name}: {then or 'not there'} then, {now or 'not there'} now")
    state = f"{len(result.differences)} differences" if result.differences else "everything came back as it was"
    print(f"{state}; {result.repeated} findings repeated exactly")
    return ExitCode.DONE


def _short(value: Any) -> str:
    """A value for one line; findings by what they say, since details can hold prompts."""
    from safelight.model import display_text

    if value is None:
        return "nothing"
    text = value["what"] if isinstance(value, dict) and "what" in value else str(value)
    shown = display_text(text.encode("utf-8", "backslashreplace"))
    return shown if len(shown) <= 160 else shown[:157] + "..."
