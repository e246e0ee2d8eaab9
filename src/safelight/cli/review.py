"""`safelight review`: the workbench in the browser, on this machine alone."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode, SettingsError

__all__ = ["review"]

_INSTALL = "python3 -m pip install 'safelight[review]'"


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
@click.option("--settings", "settings_file", type=path_argument(), metavar="FILE", help="Settings file (TOML).")
def review(
    case_directory: Path, port: int, no_browser: bool, votes: int, settings_file: Path | None, **flags: Any
) -> int:
    """Review a case in the browser, with few looks.

    Serves pages on 127.0.0.1 until Ctrl-C. Pictures are shielded, each step of a reveal takes an act and is logged; the evidence must be
    attached where it lay. The link that is printed works once.
    """
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise SettingsError("The workbench is not installed.", advice=f"Run `{_INSTALL}`.")
    from safelight.case.case import Case
    from safelight.case.log import login_name
    from safelight.pipeline.plan import limits_of
    from safelight.review.schemes import load_scheme
    from safelight.review.wellness import load_wellness
    from safelight.settings import load_settings
    from safelight.workbench.serving import serving

    settings = load_settings(flags, file=settings_file)
    person = settings.examiner or login_name()
    scheme, rules = load_scheme(settings.category_scheme), load_wellness(settings.wellness_rules)
    with Case.open(case_directory, read_only=False, actor=person) as case:
        with serving(
            case, person, scheme=scheme, rules=rules, limits=limits_of(settings), port=port, votes=votes
        ) as served:
            case.log(
                "review-begun",
                {"person": person, "scheme": scheme.name, "wellness_rules": rules.source, "votes": votes},
            )
            print(served.url, flush=True)
            print(f"Reviewing as {person}. The link works once; Ctrl-C ends the session.", file=sys.stderr)
            if not no_browser:
                webbrowser.open(served.url)
            # The server ends by itself on Ctrl-C, and then passes it on.
            with suppress(KeyboardInterrupt):
                served.run()
        case.log("review-ended", {"person": person})
    return ExitCode.DONE
