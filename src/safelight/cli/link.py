"""`safelight link`: what cases share, and link files with which two units learn whether they share anything."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode, SafelightError, SourceError

if TYPE_CHECKING:
    from safelight.case.case import Case
    from safelight.grouping.links_keyed import Key, LinkFile

__all__ = ["link"]

_SERVERS: Final = ("postgresql://", "postgresql+psycopg://")
_ENDINGS: Final = (".json", ".graphml", ".svg")


class _CasesFirst(click.Group):
    """A group whose first word may be a case: then `cases` is meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help"}:
            args = ["cases", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_CasesFirst, options_metavar="", subcommand_metavar="CASE... | publish | compare | runs")
def link() -> None:
    """Say what cases share, and compare cases with another unit by keyed digests.

    Compared are contents, near-duplicates, models, LoRAs, prompts, workflows and traces of machines and people.

    `safelight link CASE...` is short for `safelight link cases CASE...`. A directory named like one of the commands
    is named as ./publish.
    """


@link.command()
@click.argument("cases", nargs=-1, required=True, metavar="CASE...")
@click.option(
    "--distance",
    "distance_bits",
    type=click.IntRange(0, 64),
    default=31,
    show_default=True,
    metavar="BITS",
    help="PDQ distance that counts as near.",
)
@click.option("--no-near", is_flag=True, help="Do not look for near-duplicates.")
@click.option(
    "--scenes",
    is_flag=True,
    help="Also look for pictures of different cases that share part of a scene; takes minutes.",
)
@click.option(
    "--limit",
    type=click.IntRange(0, 1_000_000),
    default=50,
    show_default=True,
    metavar="N",
    help="Shared values listed of each kind; all are counted.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=path_argument(),
    metavar="FILE",
    help="Write FILE.json, FILE.graphml or FILE.svg too; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema safelight.link/1).")
def cases(
    cases: tuple[str, ...],
    distance_bits: int,
    no_near: bool,
    scenes: bool,
    limit: int,
    outputs: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Say what two or more cases share, and how rare that is.

    A CASE is a case directory or the address of a PostgreSQL database (postgresql://...). Cases are read, never
    changed. Prompts are compared by digest and not shown.
    """
    import orjson

    from safelight.cli.link_text import print_links
    from safelight.cli.progress import ProgressLine
    from safelight.grouping.links_graph import link_record
    from safelight.pipeline.linking import link_cases

    if len(cases) < 2:
        raise click.UsageError("Name at least two cases: safelight link CASE CASE")
    for path in outputs:
        if path.suffix.lower() not in _ENDINGS:
            raise click.UsageError(f"{path} must end in {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}.")
    with ExitStack() as stack:
        opened = [(_without_password(name), stack.enter_context(_opened(name))) for name in cases]
        with ProgressLine(quiet=not scenes) as progress:
            found = link_cases(
                opened, distance_bits=distance_bits, limit=limit, near=not no_near, scenes=scenes, progress=progress
            )
        if outputs:
            from safelight.exports.writing import write_whole

            _refuse_sources(outputs, [case for _, case in opened])
            write_whole({path: _drawn(path, found) for path in outputs})
    if as_json:
        print(orjson.dumps(link_record(found)).decode())
    else:
        print_links(found)
    return ExitCode.DONE


@link.command()
@click.argument("case", metavar="CASE")
@click.option("-o", "--output", required=True, type=path_argument(), metavar="FILE", help="Link file to write.")
@click.option(
    "--key-file", type=path_argument(), metavar="FILE", help="Key: at least 32 random bytes that both units have."
)
@click.option(
    "--pass-phrase-file",
    type=path_argument(),
    metavar="FILE",
    help="Pass phrase in the first line of FILE (asked for otherwise).",
)
@click.option(
    "--like",
    type=path_argument(),
    metavar="FILE",
    help="Take the salt from this link file, so that the two can be compared.",
)
def publish(case: str, output: Path, key_file: Path | None, pass_phrase_file: Path | None, like: Path | None) -> int:
    """Write a case as keyed digests.

    Another unit can compare them with its own cases and link files.

    The file holds no value, but who has the key can try values against it, and the number of values of each kind is
    plain. The custody log says that it was published.
    """
    from datetime import UTC, datetime
    from hashlib import sha256

    from safelight.case.links import traces
    from safelight.exports.writing import write_whole
    from safelight.grouping.links import kind_words
    from safelight.grouping.links_keyed import link_file_bytes

    key = _key(key_file, pass_phrase_file, _link_file(like) if like else None, confirm=True)
    with _opened(case, read_only=False) as opened:
        _refuse_sources((output,), [opened])
        data, counts = link_file_bytes(traces(opened), key, datetime.now(UTC).isoformat(timespec="seconds"))
        digest = sha256(data).hexdigest()
        # Logged before it is written: a file that left the case is never missing from the log.
        opened.log(
            "links-published", {"file": output.name, "sha256": digest, "digests": {**counts}, "key": key.made["from"]}
        )
        try:
            write_whole({output: data})
        except SafelightError:
            opened.log("links-not-written", {"sha256": digest})
            raise
    print(f"{output}: {', '.join(kind_words(kind, number) for kind, number in counts.items()) or 'nothing to compare'}")
    print(
        "Whoever has the key can try values against this file; the numbers above are plain to anybody.", file=sys.stderr
    )
    return ExitCode.DONE


@link.command()
@click.argument("file", type=path_argument(), metavar="FILE")
@click.argument("other", metavar="CASE|FILE")
@click.option("--key-file", type=path_argument(), metavar="FILE", help="Key that FILE was made with.")
@click.option(
    "--pass-phrase-file",
    type=path_argument(),
    metavar="FILE",
    help="Pass phrase in the first line of FILE (asked for otherwise).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema safelight.link-compare/1).")
def compare(file: Path, other: str, key_file: Path | None, pass_phrase_file: Path | None, as_json: bool) -> int:
    """Say what a link file shares.

    With a case, the values of the own case that are shared are listed, prompts by digest. With a link file, only
    numbers are learned, and no key is needed. That nothing is shared says nothing of near-duplicates.
    """
    import orjson

    from safelight.case.links import traces
    from safelight.cli.link_text import comparison_record, print_comparison
    from safelight.grouping.links_keyed import held_in, shared_digests

    theirs = _link_file(file)
    ours = Path(other)
    if not other.startswith(_SERVERS) and ours.is_file():
        record = comparison_record(shared_digests(theirs, _link_file(ours)), ())
    else:
        key = _key(key_file, pass_phrase_file, theirs, confirm=False)
        with _opened(other) as opened:
            held = list(held_in(theirs, key, traces(opened)))
        counts = {
            kind: (sum(item.kind == kind for item in held), len(digests), None)
            for kind, digests in theirs.kinds.items()
        }
        record = comparison_record(counts, held)
    if as_json:
        print(orjson.dumps(record).decode())
    else:
        print_comparison(record)
    return ExitCode.DONE


@link.command()
@click.argument("case", metavar="CASE")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="Runs to print.")
@click.option(
    "--templates", is_flag=True, help="Show what the prompts of each run share, and the values of their slots."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a run (schema safelight.run/1).")
def runs(case: str, limit: int, templates: bool, as_json: bool) -> int:
    """List the generation runs of a case.

    A run holds files that say that they were made alike.

    Prompts are counted and not shown, unless --templates asks for them.
    """
    import orjson

    from safelight.case.generation import run_totals, stored_runs
    from safelight.cli.link_text import print_runs, run_record

    with _opened(case) as opened:
        found = list(stored_runs(opened, limit))
        if as_json:
            for run in found:
                print(orjson.dumps(run_record(run, templates=templates)).decode())
        else:
            print_runs(found, run_totals(opened), templates=templates)
    return ExitCode.DONE


@contextmanager
def _opened(name: str, *, read_only: bool = True) -> Iterator[Case]:
    """Opens a case by its directory or by the address of its database."""
    from safelight.case.case import Case

    with ExitStack() as stack:
        if not name.startswith(_SERVERS):
            yield stack.enter_context(Case.open(Path(name), read_only=read_only))
            return
        url = name.replace("postgresql://", "postgresql+psycopg://", 1)
        case = stack.enter_context(Case.open(Path(_without_password(name)), url=url))
        if not read_only:
            # It is a case, so that none is made. Its lock is in the database; the directory that goes with it may be on another machine.
            folder = stack.enter_context(TemporaryDirectory(prefix="safelight-"))
            case = stack.enter_context(Case.create_or_open(Path(folder) / "case", url=url))
        yield case


def _without_password(name: str) -> str:
    """The name as it may be printed."""
    if not name.startswith(_SERVERS):
        return name
    from sqlalchemy.engine import make_url

    return make_url(name).render_as_string(hide_password=True)


def _refuse_sources(paths: Sequence[Path], cases: Sequence[Case]) -> None:
    from safelight.case.summary import sources
    from safelight.exports.writing import refuse_sources

    refuse_sources(paths, [item.source for case in cases for item in sources(case)])


def _drawn(path: Path, found: object) -> bytes:
    import orjson

    from safelight.grouping.links import Links
    from safelight.grouping.links_graph import graphml, link_record
    from safelight.grouping.links_svg import svg

    assert isinstance(found, Links)
    match path.suffix.lower():
        case ".graphml":
            return graphml(found)
        case ".svg":
            return svg(found)
    return orjson.dumps(link_record(found), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _link_file(path: Path) -> LinkFile:
    from safelight.grouping.links_keyed import read_link_file

    return read_link_file(_read(path), str(path))


def _key(key_file: Path | None, phrase_file: Path | None, like: LinkFile | None, *, confirm: bool) -> Key:
    from safelight.grouping.links_keyed import key_from_bytes, key_from_phrase

    if key_file is not None and phrase_file is not None:
        raise click.UsageError("Give --key-file or --pass-phrase-file, not both.")
    if key_file is not None:
        return key_from_bytes(_read(key_file))
    if phrase_file is not None:
        phrase = _read(phrase_file).decode("utf-8", "surrogateescape").partition("\n")[0].rstrip("\r")
    else:
        phrase = click.prompt("Pass phrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return key_from_phrase(phrase, secrets.token_bytes, like if like is not None and like.key.salt else None)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.", advice="Check the path.") from error
