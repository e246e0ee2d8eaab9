"""`safelight custody`: keys of the unit, seals, handovers and time stamps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

if TYPE_CHECKING:
    from safelight.case.case import Case
    from safelight.custody.keys import KeyFolder, PublicKey, UnitKey

__all__ = ["custody", "key_folder", "load_key"]

_CASE = click.argument("case_directory", type=path_argument(), metavar="CASE")
_KEY = click.option("--key", "key_name", required=True, metavar="NAME", help="The key to sign with.")
_NOTE = click.option("--note", default="", metavar="TEXT", help="What the signer wants to say; it is signed too.")
_EXAMINER = click.option("--examiner", metavar="NAME", help="Name for the custody log (your log-in name).")


@click.group()
@click.option("--keys", "key_directory", type=path_argument(), metavar="DIR", help="Folder of the keys.")
@click.pass_context
def custody(ctx: click.Context, key_directory: Path | None) -> None:
    """Seal a case with a key of the unit, hand it over, have it time-stamped.

    A seal signs the head of the custody log: whoever rewrites the case afterwards would need the key. Keep a copy of each public key where
    the case is not.
    """
    ctx.obj = {**(ctx.obj or {}), "key_directory": key_directory}


def _folder(ctx: click.Context) -> KeyFolder:
    return key_folder(ctx.obj["key_directory"])


def key_folder(directory: Path | None) -> KeyFolder:
    """The folder of the unit's keys: the one named, or that of the user."""
    from platformdirs import user_data_path

    from safelight.custody.keys import KeyFolder

    return KeyFolder(directory or Path(user_data_path("safelight")) / "keys")


def load_key(folder: KeyFolder, name: str) -> UnitKey:
    """A key to sign with; asks for its pass phrase where it has one."""
    phrase = ""
    if folder.is_protected(name):
        phrase = click.prompt(
            f"Pass phrase of the key {name}", hide_input=True, err=True, default="", show_default=False
        )
    return folder.load(name, phrase.encode())


def _load(ctx: click.Context, name: str) -> UnitKey:
    return load_key(_folder(ctx), name)


@custody.command("key")
@click.argument("name", metavar="NAME")
@click.option("--unprotected", is_flag=True, help="Without a pass phrase: whoever has the file can sign.")
@click.pass_context
def key_(ctx: click.Context, name: str, unprotected: bool) -> int:
    """Make a key and print where its public half lies."""
    folder = _folder(ctx)
    phrase = ""
    if not unprotected:
        phrase = click.prompt("Pass phrase", hide_input=True, confirmation_prompt=True, err=True)
    made = folder.make(name, phrase.encode())
    print(f"{name}  {made.public.fingerprint}  {folder.public_file(name)}")
    return ExitCode.DONE


@custody.command("keys")
@click.pass_context
def keys_(ctx: click.Context) -> int:
    """List the keys that can sign, with their fingerprints."""
    from safelight.custody.keys import read_public_key

    folder = _folder(ctx)
    for name in folder.names():
        print(f"{name:<24} {read_public_key(folder.public_file(name)).fingerprint}  {folder.public_file(name)}")
    if not folder.names():
        print("There is no key. `safelight custody key NAME` makes one.")
    return ExitCode.DONE


@custody.command()
@_CASE
@_KEY
@_NOTE
@_EXAMINER
@click.pass_context
def seal(ctx: click.Context, case_directory: Path, key_name: str, note: str, examiner: str | None) -> int:
    """Sign the custody log as it stands now."""
    with _opened(case_directory, examiner) as case:
        _sign(case, _load(ctx, key_name), "sealed", note=note)
        print(f"Sealed. Head of the log: {case.head()}")
    return ExitCode.DONE


@custody.command()
@_CASE
@_KEY
@click.option(
    "--to", "receiver", type=path_argument(), required=True, metavar="FILE", help="Public key of the receiver."
)
@_NOTE
@_EXAMINER
@click.pass_context
def handover(
    ctx: click.Context, case_directory: Path, key_name: str, receiver: Path, note: str, examiner: str | None
) -> int:
    """Give a case to another person: sign it, naming the key that is to receive it."""
    from safelight.custody.keys import read_public_key

    to = read_public_key(receiver)
    with _opened(case_directory, examiner) as case:
        _sign(case, _load(ctx, key_name), "handed-over", to=to, note=note)
        print(f"Handed over to {to.name} ({to.fingerprint}). Head of the log: {case.head()}")
    print("The receiver runs: safelight custody receive CASE --key NAME")
    return ExitCode.DONE


@custody.command()
@_CASE
@_KEY
@_NOTE
@_EXAMINER
@click.pass_context
def receive(ctx: click.Context, case_directory: Path, key_name: str, note: str, examiner: str | None) -> int:
    """Take a case that was handed over to you: check that it is whole, and sign it."""
    from safelight.case.verify import verify
    from safelight.errors import CustodyError

    with _opened(case_directory, examiner) as case:
        key = _load(ctx, key_name)
        checked = verify(case)
        gives = next((item for item in reversed(checked.seals) if item.action == "handed-over"), None)
        if checked.breaks or gives is None or gives.to is None or gives.to.raw != key.public.raw:
            why = "it is not whole" if checked.breaks else "its log holds no handover to this key"
            raise CustodyError(
                f"The case {case_directory} was not received: {why}.",
                kept="Nothing was signed.",
                advice="`safelight verify CASE` says more; have it handed over to your public key.",
            )
        _sign(case, key, "received", note=note)
        print(f"Received from {gives.by.name} ({gives.by.fingerprint}). Head of the log: {case.head()}")
    return ExitCode.DONE


@custody.command()
@_CASE
@click.option(
    "--request", "request_file", type=path_argument(), metavar="FILE", help="Write a request for the head now."
)
@click.option(
    "--answer", "answer_file", type=path_argument(), metavar="FILE", help="Put the authority's answer into the log."
)
@_EXAMINER
def timestamp(case_directory: Path, request_file: Path | None, answer_file: Path | None, examiner: str | None) -> int:
    """Have the log time-stamped by an authority (RFC 3161).

    The request is a file: carry it to the authority, and bring its answer back as a file. Safelight itself goes to no network.
    """
    if (request_file is None) == (answer_file is None):
        raise click.UsageError("Give --request FILE to ask, or --answer FILE to store the answer.")
    with _opened(case_directory, examiner) as case:
        if request_file is not None:
            _ask(case, request_file)
        elif answer_file is not None:
            _answered(case, answer_file)
    return ExitCode.DONE


def _ask(case: Case, file: Path) -> None:
    from safelight.custody.timestamps import STAMP_ASKED, make_request
    from safelight.exports.writing import write_whole

    head = case.head()
    write_whole({file: make_request(case.case_id(), head)})
    case.log(STAMP_ASKED, {"head": head})
    print(f"{file}: a request for the head {head}")


def _answered(case: Case, file: Path) -> None:
    import orjson

    from safelight.custody.timestamps import STAMP_ASKED, STAMPED, stamp_record
    from safelight.errors import CustodyError

    asked = [orjson.loads(event.details)["head"] for event in case.events() if event.action == STAMP_ASKED]
    try:
        answer = file.read_bytes()
    except OSError as error:
        raise CustodyError(f"{file} cannot be read: {error.strerror}.", advice="Check the path.") from error
    refused: CustodyError | None = None
    for head in reversed(asked):
        try:
            record = stamp_record(case.case_id(), head, answer)
        except CustodyError as error:
            refused = error
            continue
        case.log(STAMPED, record)
        print(f"Time-stamped {record['time_utc']} by {record['authority']}: head {head}")
        return
    raise refused or CustodyError("No time stamp was asked for.", advice="Ask first: --request FILE.")


def _opened(directory: Path, examiner: str | None) -> Case:
    from safelight.case.case import Case
    from safelight.settings import load_settings

    return Case.open(directory, read_only=False, actor=load_settings({"examiner": examiner}).examiner)


def _sign(case: Case, key: UnitKey, action: str, *, to: PublicKey | None = None, note: str) -> None:
    from safelight.custody.seals import seal_details

    case_id, clock = case.case_id(), _now
    case.log_about_head(
        action, lambda head: seal_details(key, action, case_id=case_id, head=head, time_utc=clock(), to=to, note=note)
    )


_now: Callable[[], str] = lambda: datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")  # noqa: E731
