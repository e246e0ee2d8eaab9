"""`safelight verify`: is the case whole and unchanged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from safelight.case.case import Case
    from safelight.custody.chain import Break
    from safelight.custody.keys import PublicKey
    from safelight.custody.seals import Seal

__all__ = ["verify"]


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE|FILE")
@click.option("--head", "noted_head", metavar="N:DIGEST", help="A head noted earlier; the log must still hold it.")
@click.option(
    "--key", "keys", type=path_argument(), multiple=True, metavar="FILE", help="Public key that must have sealed it."
)
@click.option(
    "--tsa-root", "roots", type=path_argument(), metavar="FILE", help="Roots that time stamps must chain to (PEM)."
)
@click.option("--evidence", is_flag=True, help="Also digest the attached evidence again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema safelight.verify/1).")
def verify(
    case_directory: Path,
    noted_head: str | None,
    keys: tuple[Path, ...],
    roots: Path | None,
    evidence: bool,
    as_json: bool,
) -> int:
    """Check that a case, an export or a report is whole and unchanged.

    Recomputes the chain of the custody log and the digest of every row that the log covers, digests the reports beside
    the case, and names each break. A log
    that is not sealed cannot show that someone rewrote the whole case: keep the head that is printed here elsewhere, and
    give it back later with --head; or seal it (`safelight custody seal`) and give the public key with --key.
    """
    import orjson

    from safelight.case.case import Case
    from safelight.case.verify import verify as check
    from safelight.custody.keys import read_public_key
    from safelight.exports.verifying import verify_reports

    if case_directory.is_file():
        return _verify_export(case_directory, [read_public_key(path) for path in keys], as_json)
    if noted_head is not None and not re.fullmatch(r"[0-9]+:[0-9a-f]{64}", noted_head):
        raise click.UsageError("--head takes a head as `safelight verify` prints it: a number, a colon, 64 hex digits.")
    with Case.open(case_directory, read_only=True) as case:
        result = check(case, noted_head=noted_head, keys=[read_public_key(path) for path in keys], roots=_roots(roots))
        files = _recheck(case) if evidence else None
        reports, changed = verify_reports(case, case_directory)
    breaks = (*result.breaks, *changed, *(files.breaks if files else ()))
    if as_json:
        record = {
            "schema": "safelight.verify/1", "case": _text(str(case_directory)), "whole": not breaks, "events": result.events,
            "rows": result.rows, "head": result.head,
            "seals": [_seal(item) for item in result.seals],
            "time_stamps": [
                {"head": item.head, "time_utc": item.time_utc, "authority": _text(item.authority), "trusted": item.trusted}
                for item in result.stamps
            ],
            "reports": {"beside": reports, "changed": len(changed)}, "evidence": files.counts if files else None,
            "breaks": [{"where": _text(item.where), "what": _text(item.what)} for item in breaks],
        }  # fmt: skip
        print(orjson.dumps(record).decode())
    else:
        for item in breaks:
            print(f"BROKEN  {_text(item.where)}: {_text(item.what)}")
        state = (
            f"{len(result.breaks)} breaks found" if result.breaks else "whole: nothing that the log covers was changed"
        )
        print(f"{_text(str(case_directory))}: {state}; {result.events:,} events, {result.rows:,} rows checked")
        for seal in result.seals:
            to = f" to {_text(seal.to.name)} ({seal.to.fingerprint})" if seal.to else ""
            after = result.events - seal.seq
            print(
                f"Event {seal.seq}, {seal.action}{to}: signed {_text(seal.time_utc)} by {_text(seal.by.name)} "
                f"({seal.by.fingerprint}); {after:,} {'event' if after == 1 else 'events'} after it"
            )
        for stamp in result.stamps:
            trust = "chains to a given root" if stamp.trusted else "not checked against a root: give --tsa-root"
            print(f"Time stamp {stamp.time_utc} by {_text(stamp.authority)} for {stamp.head} ({trust})")
        if not result.seals:
            print("Nothing in the log is sealed with a key.")
        if reports:
            print(f"Reports beside the case: {reports - len(changed)} of {reports} files as they were written")
        if files is not None:
            print("Evidence: " + ", ".join(f"{number:,} files {state}" for state, number in files.counts.items()))
        print(f"Head of the log: {result.head or 'none'}")
    return ExitCode.CUSTODY_BROKEN if breaks else ExitCode.DONE


def _recheck(case: Case) -> _Files:
    """Every file that is not as it was is a break."""
    from safelight.cli.progress import ProgressLine
    from safelight.custody.chain import Break
    from safelight.pipeline.recheck import State, recheck_evidence

    found = _Files({str(state): 0 for state in State}, [])
    with ProgressLine() as progress:
        for checked in recheck_evidence(case, progress):
            found.counts[checked.state] += 1
            if checked.state is not State.SAME:
                found.breaks.append(Break(checked.place, checked.what))
    return found


@dataclass(slots=True)
class _Files:
    """Files by state, and those that are not as they were."""

    counts: dict[str, int]
    breaks: list[Break]


def _verify_export(path: Path, keys: list[PublicKey], as_json: bool) -> int:
    import orjson

    from safelight.exports.verifying import verify_export

    result = verify_export(path, keys)
    by = result.sealed_by
    if as_json:
        record = {
            "schema": "safelight.verify-export/1", "file": _text(str(path)), "whole": not result.breaks, "files": result.files,
            "checked_against": _text(result.checked_against), "head": _text(result.head),
            "sealed_by": {"name": _text(by.name), "public_key": by.hex, "fingerprint": by.fingerprint} if by else None,
            "breaks": [{"where": _text(item.where), "what": _text(item.what)} for item in result.breaks],
        }  # fmt: skip
        print(orjson.dumps(record).decode())
    else:
        for item in result.breaks:
            print(f"BROKEN  {_text(item.where)}: {_text(item.what)}")
        state = f"{len(result.breaks)} breaks found" if result.breaks else "as it was written"
        print(f"{_text(str(path))}: {state}; {result.files:,} files checked against {_text(result.checked_against)}")
        print(f"Sealed by {_text(by.name)} ({by.fingerprint})" if by else "It is not sealed with a key.")
        print(f"Head of the log then: {_text(result.head) or 'not known'}")
    return ExitCode.CUSTODY_BROKEN if result.breaks else ExitCode.DONE


def _seal(seal: Seal) -> dict[str, object]:
    return {
        "event": seal.seq, "action": seal.action, "time_utc": _text(seal.time_utc), "by": _text(seal.by.name),
        "public_key": seal.by.hex, "fingerprint": seal.by.fingerprint, "to": _text(seal.to.name) if seal.to else None,
        "to_public_key": seal.to.hex if seal.to else None,
    }  # fmt: skip


def _roots(path: Path | None) -> list[Certificate]:
    from safelight.custody.timestamps import read_roots
    from safelight.errors import CustodyError

    if path is None:
        return []
    try:
        return read_roots(path.read_bytes())
    except OSError as error:
        raise CustodyError(f"{path} cannot be read: {error.strerror}.", advice="Check the path.") from error


def _text(text: str) -> str:
    """Text of a case that someone may have tampered with, safe to print in one line."""
    from safelight.model import display_text

    return display_text(text.encode("utf-8", "surrogateescape"))
