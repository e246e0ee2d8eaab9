"""Who may do what, for every route that there is: a route that is added without a line here fails."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.case.records import digest
from tests.workbench.conftest import Session, open_session
from tests.workbench.test_door import token_of
from tests.workbench.test_team import accounts_in, filled_case, log_in

from safelight.workbench.accounts import Accounts
from safelight.workbench.app import make_app
from safelight.workbench.sessions import Sessions
from safelight.workbench.team import Team

__all__ = ["filled_case"]

STRANGERS = {("GET", "/login"), ("POST", "/login"), ("GET", "/static")}
READS = {
    ("GET", "/"), ("GET", "/item/{key}"), ("GET", "/rank/{rank}"), ("GET", "/overview"), ("GET", "/exposure"), ("GET", "/settings"), ("GET", "/help"),
    ("GET", "/runs"), ("GET", "/run/{number}"),
}  # fmt: skip
OWN = {("POST", "/settings"), ("POST", "/exposure/{number}/end"), ("POST", "/logout")}
"""What everybody who is in does for themselves alone."""
ACTS = {
    ("POST", "/item/{key}/reveal"), ("POST", "/item/{key}/text"), ("POST", "/item/{key}/decide"), ("POST", "/undo/{act}"),
    ("POST", "/run/{number}/text"), ("POST", "/run/{number}/decide"),
}  # fmt: skip
"""What shows something or decides: never for a reader."""


def routes(session: Session, accounts: Accounts) -> set[tuple[str, str]]:
    team = Team(session.case, accounts, Sessions(ends=True), lambda name: None)  # type: ignore[arg-type, return-value]
    app = make_app(session.case, team=team)
    return {
        (method, str(route.path))  # type: ignore[attr-defined]
        for route in app.routes
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
    }


def ask(client: httpx.Client, method: str, path: str, token: str = "") -> httpx.Response:
    filled = path.format(key=digest(0), rank=1, act=1, number=1)
    data = {"step": "shielded", "view": "a", "note": "seen", "csrf": token}
    return client.request(method, filled, data=data if method == "POST" else None)


def test_every_route_is_in_the_table(filled_case: Path) -> None:
    accounts = accounts_in(filled_case)
    with open_session(filled_case, accounts=accounts) as session:
        assert routes(session, accounts) == STRANGERS | READS | OWN | ACTS


def test_a_stranger_reads_and_does_nothing(filled_case: Path) -> None:
    with (
        open_session(filled_case, accounts=accounts_in(filled_case)) as session,
        httpx.Client(base_url=session.base) as stranger,
    ):
        before = session.case.head()
        for method, path in sorted(READS | OWN | ACTS):
            answer = ask(stranger, method, path)
            assert answer.status_code == (403 if method == "POST" else 303), path
            assert method == "POST" or answer.headers["location"] == "/login"
        assert session.case.head() == before


@pytest.mark.parametrize("name", ["Ada", "Lea", "Rea"])
def test_each_role_does_what_is_its_own(filled_case: Path, name: str) -> None:
    with open_session(filled_case, accounts=accounts_in(filled_case)) as session:
        client = log_in(session, name)
        token, before = token_of(client), session.case.head()
        for method, path in sorted(READS):
            assert ask(client, method, path).status_code in {200, 303}, path
        for method, path in sorted(OWN | ACTS):
            assert ask(client, method, path).status_code == 403, f"{path} without the token"
            assert ask(client, method, path, "guess").status_code == 403, f"{path} with a guessed token"
        assert session.case.head() == before, "reading, and what is refused, writes nothing"
        for method, path in sorted(ACTS):
            allowed = ask(client, method, path, token).status_code != 403
            assert allowed is (name != "Rea"), path
        assert (session.case.head() == before) is (name == "Rea")
        for method, path in sorted(OWN, key=lambda one: one[1] == "/logout"):
            assert ask(client, method, path, token).status_code in {204, 303}, path
        assert client.get("/").headers["location"] == "/login"
        client.close()
