"""Serves the workbench on this machine alone."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn

from safelight.case.case import Case
from safelight.decode.limits import Limits
from safelight.errors import OutputError
from safelight.review.schemes import Scheme
from safelight.review.wellness import WellnessRules
from safelight.workbench.accounts import Accounts
from safelight.workbench.app import make_app
from safelight.workbench.door import Door
from safelight.workbench.pixels import PreviewDesk
from safelight.workbench.reviewer import Reviewer
from safelight.workbench.sessions import Sessions
from safelight.workbench.team import Team

__all__ = ["Serving", "serving"]

_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that is bound and not yet running.

    Attributes:
        url: Where a person begins: the link that opens the session once, or the page to log in.
        server: `run(sockets=[socket])` serves until it is told to stop.
    """

    url: str
    server: Any
    socket: socket.socket

    def run(self) -> None:
        """Serves until interrupted."""
        self.server.run(sockets=[self.socket])


@contextmanager
def serving(
    case: Case,
    person: str,
    *,
    scheme: Scheme,
    rules: WellnessRules,
    limits: Limits,
    port: int = 0,
    votes: int = 1,
    accounts: Accounts | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Serving]:
    """Everything that a session needs, bound to a port of 127.0.0.1.

    Args:
        case: Open for writing. `person`: who reviews, where there are no accounts. `scheme`, `rules`: in force.
        limits: Of the walled workers. `port`: 0 for any that is free. `votes`: persons that settle an item.
        accounts: Who may log in; None for one person alone, who comes in by the link. `now`: the time with a time zone.

    Raises:
        CaseError: The case has no queue.
        OutputError: The port is taken.
    """
    with PreviewDesk(limits) as desk, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((_ADDRESS, port))
        except OSError as error:
            raise OutputError(
                f"Port {port} of this machine cannot be used: {error.strerror}.", advice="Name another with --port."
            ) from error
        base = f"http://{_ADDRESS}:{bound.getsockname()[1]}"
        door, url = _behind_door(
            case,
            base,
            person,
            lambda name: Reviewer(case, name, scheme, rules, desk, now=now),
            votes=votes,
            accounts=accounts,
        )
        config = uvicorn.Config(
            door,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )
        yield Serving(url, uvicorn.Server(config), bound)


def _behind_door(
    case: Case, base: str, person: str, reviewer: Callable[[str], Reviewer], *, votes: int, accounts: Accounts | None
) -> tuple[Door, str]:
    """(the application behind its door, the address at which a person begins)."""
    hosts = frozenset(f"{name}:{base.rpartition(':')[2]}" for name in (_ADDRESS, "localhost"))
    if accounts is None:
        token = secrets.token_urlsafe(32)
        door = Door(make_app(case, votes=votes), hosts, Sessions(ends=False), token=token, alone=reviewer(person))
        return door, f"{base}/enter?token={token}"
    sessions = Sessions(ends=True)
    team = Team(case, accounts, sessions, reviewer)
    return Door(make_app(case, votes=votes, team=team), hosts, sessions), f"{base}/login"
