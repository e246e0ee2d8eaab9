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
from safelight.workbench.app import make_app
from safelight.workbench.door import Door
from safelight.workbench.pixels import PreviewDesk
from safelight.workbench.reviewer import Reviewer

__all__ = ["Serving", "serving"]

_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that is bound and not yet running.

    Attributes:
        url: Opens the session, once. `server`: `run(sockets=[socket])` serves until it is told to stop. `reviewer`: who acts.
    """

    url: str
    server: Any
    socket: socket.socket
    reviewer: Reviewer

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
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Serving]:
    """Everything that a session needs, bound to a port of 127.0.0.1.

    Args:
        case: Open for writing. `person`: who reviews. `scheme`, `rules`: in force. `limits`: of the walled workers.
        port: 0 for any that is free. `votes`: persons that settle an item. `now`: the time with a time zone.

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
        number = bound.getsockname()[1]
        reviewer = Reviewer(case, person, scheme, rules, desk, now=now)
        token = secrets.token_urlsafe(32)
        doors: list[Door] = []
        app = make_app(reviewer, lambda: doors[0].csrf, votes=votes)
        doors.append(Door(app, frozenset({f"{_ADDRESS}:{number}", f"localhost:{number}"}), token))
        config = uvicorn.Config(
            doors[0],
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )
        yield Serving(f"http://{_ADDRESS}:{number}/enter?token={token}", uvicorn.Server(config), bound, reviewer)
