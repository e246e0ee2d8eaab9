"""`safelight review`: the workbench in the browser, on this machine alone."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safelight.cli.options import path_argument
from safelight.errors import CaseError, ExitCode, SettingsError
from safelight.model import JsonValue

if TYPE_CHECKING:
    from safelight.workbench.accounts import Accounts

__all__ = ["review"]

_INSTALL = "python3 -m pip install 'safelight[review]'"
_NEEDED = ("argon2", "fastapi", "uvicorn")


@click.command()
@click.argument("case_directory", type=path_argument(), metavar="CASE")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, metavar="N", help="Port on 127.0.0.1 (any that is free)."
)
@click.option("--no-browser", is_flag=True, help="Print the link only; open no browser.")
@click.option("--name", "examiner", metavar="PERSON", help="Whose name decisions carry (your log-in name).")
@click.option("--scheme", "category_scheme", metavar="NAME", help="Category scheme: a shipped one, or a TOML file.")
@click.option("--wellness", "wellness_rules", metavar="FILE", help="The unit's own rules of shielding (TOML).")
@click.option(
    "--votes", type=click.IntRange(1, 3), default=1, show_default=True, help="Persons who must agree on an item."
)
@click.option("--team", is_flag=True, help="Let everybody with an account log in.")
@click.option("--url", envvar="SAFELIGHT_CASE_URL", metavar="URL", help="PostgreSQL database of the case (SQLAlchemy).")
@click.option("--account", metavar="PERSON", help="Ask for a password and keep it for this person; serve nothing.")
@click.option(
    "--role", type=click.Choice(["reviewer", "lead", "read-only"]), default="reviewer", help="With --account: as what."
)
@click.option("--settings", "settings_file", type=path_argument(), metavar="FILE", help="Settings file (TOML).")
def review(
    case_directory: Path,
    port: int,
    no_browser: bool,
    votes: int,
    team: bool,
    url: str | None,
    account: str | None,
    role: str,
    settings_file: Path | None,
    **flags: Any,
) -> int:
    """Review a case in the browser, with few looks.

    Serves pages on 127.0.0.1 until Ctrl-C. Pictures are shielded, each step of a reveal takes an act and is logged; the evidence must be
    attached where it lay. The link that is printed works once; with --team people log in by name and password instead.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise SettingsError("The workbench is not installed.", advice=f"Run `{_INSTALL}`.")
    from safelight.case.case import Case
    from safelight.case.log import login_name
    from safelight.pipeline.plan import limits_of
    from safelight.review.schemes import load_scheme
    from safelight.review.wellness import load_wellness
    from safelight.settings import load_settings
    from safelight.workbench.serving import serving

    settings = load_settings(flags, file=settings_file)
    if account is not None:
        return _add_account(case_directory, account, role)
    accounts = _accounts(case_directory) if team else None
    person = settings.examiner or login_name()
    scheme, rules = load_scheme(settings.category_scheme), load_wellness(settings.wellness_rules)
    with Case.open(case_directory, read_only=False, url=url, actor=person) as case:
        with serving(
            case, person, scheme=scheme, rules=rules, limits=limits_of(settings), port=port, votes=votes, accounts=accounts
        ) as served:  # fmt: skip
            begun: dict[str, JsonValue] = {
                "scheme": scheme.name,
                "wellness_rules": rules.source,
                "votes": votes,
                "team": team,
            }
            case.log("review-begun", {"person": person, **begun})
            print(served.url, flush=True)
            who = "Everybody with an account can log in" if team else f"Reviewing as {person}. The link works once"
            print(f"{who}; Ctrl-C ends it.", file=sys.stderr)
            if not no_browser:
                webbrowser.open(served.url)
            # The server ends by itself on Ctrl-C, and then passes it on.
            with suppress(KeyboardInterrupt):
                served.run()
        case.log("review-ended", {"person": person})
    return ExitCode.DONE


def _accounts(case_directory: Path) -> Accounts:
    from safelight.workbench.accounts import Accounts

    accounts = Accounts(case_directory)
    if not accounts.names:
        raise SettingsError(
            f"No one has an account in {case_directory}.", advice="Make one: `safelight review CASE --account PERSON`."
        )
    return accounts


def _add_account(case_directory: Path, person: str, role: str) -> int:
    from safelight.workbench.accounts import Accounts, Role

    if not case_directory.is_dir():
        raise CaseError(f"{case_directory} is not a case.", advice="`safelight triage SOURCE --case DIR` makes one.")
    accounts = Accounts(case_directory)
    accounts.add(person, Role(role), click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    print(f"{person} can log in as {role}.", file=sys.stderr)
    return ExitCode.DONE
