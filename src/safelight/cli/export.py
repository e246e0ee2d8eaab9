"""`safelight export`: a case in one of the formats of the field."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

if TYPE_CHECKING:
    from safelight.case.case import Case
    from safelight.exports.exporting import Request

__all__ = ["export"]


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE", required=False)
@click.option("--format", "name", required=True, metavar="NAME", help="Name of the format; `list` names them.")
@click.option("-o", "--output", type=path_argument(), metavar="FILE", help="File or directory to write.")
@click.option("--undecided", is_flag=True, help="Also what nobody has decided; without a category.")
@click.option(
    "--votes", type=click.IntRange(1, 9), default=1, metavar="N", help="Persons who must agree on a category (1)."
)
@click.option("--scheme", default="", metavar="NAME", help="Only decisions in this category scheme.")
@click.option("--origin", "origins", multiple=True, metavar="WORD", help="Only items of this origin; may be repeated.")
@click.option("--variant", default="", metavar="NAME", help="Form of the format, where it has several.")
@click.option(
    "--locale", type=click.Choice(["en", "fr", "da"]), default="en", help="Language of what people read (en)."
)
@click.option(
    "--annex",
    type=click.Choice(["noted", "all", "none"]),
    default="noted",
    help="Items in the annex of a report (noted).",
)
@click.option("--question", default="", metavar="TEXT", help="The question that a report is to answer, printed in it.")
@click.option("--unit", default="", metavar="TEXT", help="Name of the unit, printed in a report.")
@click.option("--key", "key_name", metavar="NAME", help="Seal the manifest with this key of the unit.")
@click.option("--keys", "key_directory", type=path_argument(), metavar="DIR", help="Folder of the keys.")
@click.option("--examiner", metavar="NAME", help="Name for the custody log (your log-in name), and in a report.")
@click.option(
    "--store", "hashset_store", metavar="DIR", help="Directory of the hash sets, for entries withdrawn since."
)
def export(case_directory: Path | None, name: str, output: Path | None, examiner: str | None, **asked: Any) -> int:
    """Write a case in one of the formats of the field.

    Formats that go into somebody else's database take only what people have decided, keep the kinds of origin apart, and say what they left
    out. A manifest with the digest of every file lies beside the export, and the custody log of the case names it.
    """
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
    if asked["variant"] and asked["variant"] not in chosen.variants:
        raise click.UsageError(f"{name} has these variants: {', '.join(chosen.variants) or 'none'}.")
    from safelight.cli.custody import key_folder, load_key
    from safelight.exports.exporting import export_case
    from safelight.hashsets import default_directory
    from safelight.settings import load_settings

    settings = load_settings({"examiner": examiner, "hashset_store": asked["hashset_store"]})
    key = load_key(key_folder(asked["key_directory"]), asked["key_name"]) if asked["key_name"] else None
    case, logged = _open(case_directory, settings.examiner)
    with case:
        # A log-in name that nobody stated is no examiner.
        stated = {"question": asked["question"], "unit": asked["unit"], "examiner": examiner or ""}
        request = _request(default_directory(settings), asked, {name: text for name, text in stated.items() if text})
        done = export_case(case, chosen, output or case_directory, request, logged=logged, key=key)
    for path in done.paths:
        print(path)
    if done.more:
        print(f"And {done.more:,} files more, which {done.paths[-1].name} names.", file=sys.stderr)
    for said in done.checks:
        print(f"Checked: {said}", file=sys.stderr)
    if chosen.submission:
        for left in done.left_out:
            print(f"Left out: {left.count:,} ({left.reason})", file=sys.stderr)
    return ExitCode.DONE


def _open(directory: Path, examiner: str) -> tuple[Case, bool]:
    """The case, open for writing so that the export goes into its log; for reading where it cannot be written."""
    from safelight.case.case import Case
    from safelight.errors import CaseError

    try:
        return Case.open(directory, read_only=False, actor=examiner), True
    except CaseError as error:
        case = Case.open(directory, read_only=True)
        print(f"The export will not be in the custody log of the case: {error.what}", file=sys.stderr)
        return case, False


def _request(store: Path, asked: dict[str, Any], stated: dict[str, str]) -> Request:
    from safelight.exports.exporting import Request
    from safelight.exports.gate import Gate
    from safelight.exports.withdrawn import withdrawn_since
    from safelight.model import Opinion

    words = [str(each) for each in Opinion]
    if strange := [word for word in asked["origins"] if word not in words]:
        raise click.UsageError(f"There is no origin {strange[0]!r}; the words are {', '.join(words)}.")
    gate = Gate(
        undecided=asked["undecided"], votes=asked["votes"], scheme=asked["scheme"],
        origins=frozenset(Opinion(word) for word in asked["origins"]), withdrawn=withdrawn_since(store),
    )  # fmt: skip
    return Request(gate=gate, locale=asked["locale"], variant=asked["variant"], annex=asked["annex"], stated=stated)
