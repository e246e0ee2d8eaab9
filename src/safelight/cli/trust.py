"""`safelight trust`: the lists of certificates that vouch for C2PA signers and for their time stamps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

if TYPE_CHECKING:
    from safelight.origin.trust.store import TrustPart, TrustStore

__all__ = ["trust"]

_PARTS: Final = click.Choice(["official", "official-tsa", "interim", "interim-allowed"])
_NEXT: Final = (
    "Cases keep what was judged by the lists before; the next `safelight triage` on such a case says so and writes it into the "
    "custody log."
)


@click.group()
@click.option("--store", "trust_store", metavar="DIR", help="Folder of installed lists (SAFELIGHT_TRUST_STORE).")
@click.option("--settings", "settings_file", type=path_argument(), metavar="FILE", help="Settings file (TOML).")
@click.pass_context
def trust(ctx: click.Context, trust_store: str | None, settings_file: Path | None) -> None:
    """Show, renew and reset the trust lists for C2PA signatures.

    Two lists ship with Safelight. Nothing is ever fetched: a newer list is brought as a file.
    """
    ctx.obj = {**(ctx.obj or {}), "trust_store": trust_store, "settings_file": settings_file}


def _store(ctx: click.Context) -> TrustStore:
    from safelight.origin.trust.store import TrustStore, default_directory
    from safelight.settings import load_settings

    settings = load_settings({"trust_store": ctx.obj["trust_store"]}, file=ctx.obj["settings_file"])
    return TrustStore(default_directory(settings))


@trust.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line (schema safelight.trust/1).")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """Show the lists in force: date, size, digest, and where they come from."""
    import orjson

    store = _store(ctx)
    for part in store.parts():
        if as_json:
            print(orjson.dumps(_record(part)).decode())
            continue
        print(f"{part.name:<16} {part.date}  {part.certificates:>4} certificates  {_origin(part)}")
        print(f"{'':<16} {part.title}")
        print(f"{'':<16} SHA-256 {part.sha256}")
        if part.installed_utc and part.shipped_date > part.date:
            print(f"{'':<16} The one that ships is newer ({part.shipped_date}): `safelight trust reset {part.name}`.")
    if not as_json:
        print(f"Installed lists lie in {_text(str(store.directory))}.")
    return ExitCode.DONE


@trust.command()
@click.argument("file", type=path_argument(), metavar="FILE")
@click.option("--list", "name", type=_PARTS, help="Which list it is (told by the certificates that it shares).")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Its date (the newest in its text, else that of its newest certificate).",
)
@click.option("--older", is_flag=True, help="Install it though it is older than the one in force.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def update(
    ctx: click.Context, file: Path, name: str | None, date: dt.datetime | None, older: bool, as_json: bool
) -> int:
    """Install a newer list from a file: certificates in PEM form, as C2PA publishes them.

    The file is checked whole before anything changes: certificates only, at most 1 MiB, each readable, and of which list it is.
    """
    import orjson

    from safelight.origin.trust.bundle import read_bundle

    now = dt.datetime.now(dt.UTC)
    change = _store(ctx).update(
        read_bundle(file, now), now, name=name, date=date.date().isoformat() if date else None, older=older
    )
    if as_json:
        counts = {"added": change.added, "removed": change.removed, "expired": change.expired}
        print(orjson.dumps({**_record(change.part), "before": _record(change.before), **counts}).decode())
        return ExitCode.DONE
    print(f"Installed {change.part.name}, {change.part.date}: {change.part.certificates} certificates.")
    print(
        f"Against the list of {change.before.date}: {change.added} new, {change.removed} no longer on it; "
        f"{change.expired} of this list have run out."
    )
    print(f"SHA-256 {change.part.sha256}")
    print(f"`safelight trust reset {change.part.name}` goes back to the list that ships. {_NEXT}")
    return ExitCode.DONE


@trust.command()
@click.argument("names", type=_PARTS, nargs=-1, metavar="[LIST]...")
@click.pass_context
def reset(ctx: click.Context, names: tuple[str, ...]) -> int:
    """Go back to the lists that ship: for LIST (official, official-tsa, interim, interim-allowed), or for all."""
    gone = _store(ctx).reset(names)
    if gone:
        print(f"Back to the list that ships: {', '.join(gone)}. {_NEXT}")
    else:
        print("No installed list was in force; those that ship are.")
    return ExitCode.DONE


def _record(part: TrustPart) -> dict[str, object]:
    return {
        "schema": "safelight.trust/1", "list": part.name, "title": part.title, "date": part.date, "certificates": part.certificates,
        "sha256": part.sha256, "installed_utc": part.installed_utc or None, "file": part.file or None, "shipped_date": part.shipped_date,
    }  # fmt: skip


def _origin(part: TrustPart) -> str:
    return f"installed {part.installed_utc} from {part.file}" if part.installed_utc else "as shipped"


def _text(text: str) -> str:
    from safelight.model import display_text

    return display_text(text.encode("utf-8", "surrogateescape"))
