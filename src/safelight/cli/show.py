"""`safelight show`: the queue of a case, in order, each item with its reason."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode, OutputError
from safelight.model import LeadKind

__all__ = ["show"]

_KINDS: Final = click.Choice([str(kind) for kind in LeadKind])
_ASKED: Final = re.compile(r"[0-9]{1,7}|[0-9a-fA-F]{8,64}")


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line (schemas safelight.queue/1, safelight.why/1)."
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Print the first N lines (of --leads: values; 50)."
)
@click.option(
    "--why",
    "asked",
    metavar="MEDIA",
    help="Print everything about one media: its rank, or 8 or more hex digits of its hash.",
)
@click.option(
    "--map",
    "map_path",
    type=path_argument(),
    metavar="FILE",
    help="With --why: also write a drawing (SVG, no pixels) of where it agrees with pictures that share its scene.",
)
@click.option("--leads", "leads", is_flag=True, help="Print values that tie media to each other, most shared first.")
@click.option(
    "--kind", "kinds", multiple=True, type=_KINDS, metavar="KIND", help="With --leads: this kind only; may be repeated."
)
@click.option("--find", "text", metavar="TEXT", help="With --leads: values that hold this text, prompts too.")
@click.option("--holders", is_flag=True, help="With --leads: print every media that holds each value.")
@click.option("--prompts", is_flag=True, help="With --leads: show prompts, which are folded away otherwise.")
def show(
    case_directory: Path,
    as_json: bool,
    limit: int | None,
    asked: str | None,
    map_path: Path | None,
    leads: bool,
    kinds: tuple[str, ...],
    text: str | None,
    holders: bool,
    prompts: bool,
) -> int:
    """Print the queue of a case, each item with its reason.

    The order is that in which a person is asked to look; nothing is left out of it. A near-duplicate group stands in one line. With --leads:
    models, LoRAs, user names, paths and other values that media share.
    """
    import orjson

    from safelight.case.case import Case
    from safelight.cli.show_leads import LeadsAsked, print_leads
    from safelight.cli.show_text import Page
    from safelight.review.lines import queue_lines, queue_state
    from safelight.review.why import explain, find

    if asked is not None and not _ASKED.fullmatch(asked):
        raise click.UsageError(
            "--why takes a rank of the queue, or 8 to 64 hex digits: the beginning of a SHA-256, SHA-1 or MD5."
        )
    if asked is not None and limit is not None:
        raise click.UsageError("--limit goes with the queue, not with --why.")
    if map_path is not None and asked is None:
        raise click.UsageError("--map goes with --why.")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a character gets its escape, not an error half-way through the queue.
        sys.stdout.reconfigure(errors="backslashreplace")
    if leads and asked is not None:
        raise click.UsageError("--leads and --why are two different questions: ask one of them.")
    if not leads and (kinds or text is not None or holders or prompts):
        raise click.UsageError("--kind, --find, --holders and --prompts go with --leads.")
    page = Page.of_terminal()
    with Case.open(case_directory, read_only=True) as case:
        if leads:
            wanted = LeadsAsked(
                kinds=tuple(LeadKind(kind) for kind in kinds), find=text or "", prompts=prompts, holders=holders, limit=limit, as_json=as_json
            )  # fmt: skip
            if print_leads(case, case_directory, wanted):
                print("There are more; --limit N prints more of them.", file=sys.stderr)
            return ExitCode.DONE
        state = queue_state(case)
        if asked is not None:
            record = explain(case, state, find(case, state, asked))
            if map_path is not None:
                _write_map(map_path, record)
            if as_json:
                print(orjson.dumps(record).decode())
            else:
                page.print_why(record)
            return ExitCode.DONE
        if not as_json:
            page.print_head(case_directory, state)
        for line in queue_lines(case, state, limit=limit):
            if as_json:
                print(orjson.dumps(line).decode())
            else:
                page.print_line(line)
        if limit is not None and limit < state.lines:
            print(f"{state.lines - limit:,} more lines; `safelight show {case_directory}` prints all.", file=sys.stderr)
        if state.later:
            print(
                f"{state.later:,} media or places were taken in after this queue was made and are not in it; run `safelight triage` "
                "again to order them.",
                file=sys.stderr,
            )
    return ExitCode.DONE


def _write_map(path: Path, record: Mapping[str, Any]) -> None:
    """Writes the drawing of the links of one media."""
    from safelight.cli.scene_drawing import drawing

    if not any(link["grid"] for link in record["scenes"]):
        print("No picture that shares part of its scene was found; no drawing was written.", file=sys.stderr)
        return
    try:
        path.write_text(drawing(record["media"], record["scenes"]), "utf-8")
    except OSError as error:
        raise OutputError(
            f"The drawing {path} could not be written: {error.strerror or error}.", advice="Name another file."
        ) from error
