"""`safelight hashset`: the unit's own lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

if TYPE_CHECKING:
    from safelight.hashsets import HashSetStore
    from safelight.hashsets.store import HashSetInfo

__all__ = ["hashset"]


@click.group()
@click.option("--store", "hashset_store", metavar="DIR", help="Directory of the hash sets (SAFELIGHT_HASHSET_STORE).")
@click.pass_context
def hashset(ctx: click.Context, hashset_store: str | None) -> None:
    """Import, list, remove and withdraw from the unit's own hash sets.

    Safelight ships no list. A list is shared by all cases of this store.
    """
    ctx.obj = {**(ctx.obj or {}), "hashset_store": hashset_store}


def _directory(ctx: click.Context) -> Path:
    from safelight.hashsets import default_directory
    from safelight.settings import load_settings

    return default_directory(load_settings({"hashset_store": ctx.obj["hashset_store"]}))


def _store(ctx: click.Context, *, create: bool = False) -> HashSetStore:
    from safelight.hashsets import HashSetStore

    return HashSetStore(_directory(ctx), create=create)


@hashset.command("import")
@click.argument("file", type=path_argument(), metavar="FILE")
@click.option(
    "--name", required=True, metavar="NAME", help="Name of the list; importing under a name that is there adds to it."
)
@click.option(
    "--role",
    type=click.Choice(["known", "irrelevant"]),
    default="known",
    show_default=True,
    help="`irrelevant` (NSRL-like) only lowers a place.",
)
@click.option(
    "--kind",
    type=click.Choice(["md5", "sha1", "sha256", "pdq"]),
    help="What the hashes are, where the file does not say (64 digits: sha256 or pdq).",
)
@click.option("--bank", default="", metavar="BANK", help="Part or source of the list, where the file names none.")
@click.option("--label", default="", metavar="LABEL", help="Label of its entries, where the file gives none.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def import_(
    ctx: click.Context,
    file: Path,
    name: str,
    role: str,
    kind: str | None,
    bank: str,
    label: str,
    quiet: bool,
    as_json: bool,
) -> int:
    """Import a list: plain text, CSV, Project VIC JSON, NSRL RDS 3 (SQLite), or what a hash exchange gives (XML, JSON).

    The whole file is imported or nothing of it. Rows that are rejected are counted and listed by reason. An import that is cut off
    goes on when the same file is imported again.
    """
    import orjson

    from safelight.cli.progress import ProgressLine
    from safelight.model import HashSetRole
    from safelight.pipeline.progress import StageCount

    with _store(ctx, create=True) as store, ProgressLine(quiet=quiet) as progress:
        report = store.import_file(
            file,
            name=name,
            role=HashSetRole(role),
            kind=kind,
            bank=bank,
            label=label,
            on_progress=lambda stage, done, total: progress.update(StageCount(stage, done=done, total=total)),
        )
    if as_json:
        print(orjson.dumps(report.record()).decode())
        return ExitCode.DONE
    for line in report.lines():
        print(line)
    return ExitCode.DONE


@hashset.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """List the hash sets of the store."""
    from dataclasses import asdict

    import orjson

    from safelight.hashsets import HashSetStore

    sets: list[HashSetInfo] = []
    if HashSetStore.is_in(_directory(ctx)):
        with _store(ctx) as store:
            sets = store.sets()
    for info in sets:
        if as_json:
            print(orjson.dumps({"schema": "safelight.hashset/1", **asdict(info)}).decode())
        else:
            counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(info.counts.items()) if count)
            withdrawn = f", {info.withdrawn:,} withdrawn" if info.withdrawn else ""
            print(f"{info.name:<24} {info.role:<11} {counts or 'empty'}{withdrawn}")
    if not sets and not as_json:
        print("The store holds no list. `safelight hashset import FILE --name NAME` adds one.")
    return ExitCode.DONE


@hashset.command()
@click.argument("name", metavar="NAME")
@click.pass_context
def remove(ctx: click.Context, name: str) -> int:
    """Remove a whole list from the store; matches that cases have recorded stay in the cases.

    With the list goes the memory of what was withdrawn from it: an import brings that back.
    """
    from safelight.hashsets.entry import one_line

    with _store(ctx) as store:
        withdrawn = store.remove(name)
    forgotten = f" {withdrawn:,} entries that were withdrawn are forgotten with it." if withdrawn else ""
    print(f"Removed {one_line(name)}. Matches that are recorded in cases stay there.{forgotten}")
    return ExitCode.DONE


@hashset.command()
@click.argument("name", metavar="NAME")
@click.argument("hash_value", metavar="HASH")
@click.pass_context
def withdraw(ctx: click.Context, name: str, hash_value: str) -> int:
    """Withdraw one hash from a list: it no longer matches, and a later import does not bring it back."""
    from safelight.hashsets.entry import one_line

    with _store(ctx) as store:
        count = store.withdraw(name, hash_value)
    print(f"Withdrawn from {one_line(name)}: {count:,} {'entry' if count == 1 else 'entries'}.")
    return ExitCode.DONE


@hashset.command()
@click.argument("name", metavar="NAME")
@click.argument("hash_value", metavar="HASH")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever keeps the list.")
@click.option("--by", default="", metavar="WHO", help="Who says so.")
@click.option("--agree", is_flag=True, help="Say that the list is right about it.")
@click.pass_context
def disagree(ctx: click.Context, name: str, hash_value: str, reason: str, by: str, agree: bool) -> int:
    """Say that a list is wrong about one hash, for whoever keeps the list; it goes on matching.

    To keep it from matching, withdraw it. `safelight hashset feedback` prints what was said.
    """
    from safelight.hashsets.entry import one_line

    with _store(ctx) as store:
        store.say(name, hash_value, "agree" if agree else "disagree", reason=reason, by=by)
    print(f"Kept for the list {one_line(name)}. The hash goes on matching.")
    return ExitCode.DONE


@hashset.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def feedback(ctx: click.Context, as_json: bool) -> int:
    """Print what was said about hashes of lists with `safelight hashset disagree`."""
    from dataclasses import asdict

    import orjson

    with _store(ctx) as store:
        said = store.feedback()
    for item in said:
        if as_json:
            print(orjson.dumps({"schema": "safelight.hashset-feedback/1", **asdict(item)}).decode())
        else:
            by = f" ({item.by})" if item.by else ""
            print(f"{item.time_utc}  {item.hashset}  {item.how} {item.hash}  {item.opinion}: {item.reason}{by}")
    if not said and not as_json:
        print("Nothing was said about any hash.")
    return ExitCode.DONE


@hashset.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> int:
    """Read the index files of all lists whole; those that are damaged are made again from the store."""
    import orjson

    with _store(ctx) as store:
        checks = store.check_files()
    for item in checks:
        if as_json:
            record = {"hashset": item.name, "how": str(item.how), "entries": item.rows, "damage": item.damage or None}
            print(orjson.dumps({"schema": "safelight.hashset-check/1", **record}).decode())
        else:
            said = f"DAMAGED, made again ({item.damage})" if item.damage else "whole"
            print(f"{item.name:<24} {item.how:<7} {item.rows:,} entries: {said}")
    if not checks and not as_json:
        print("No list is long enough to have index files.")
    return ExitCode.DONE_WITH_PROBLEMS if any(item.damage for item in checks) else ExitCode.DONE
