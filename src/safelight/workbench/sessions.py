"""Who is in: one session for each browser that came in, each with a person, a role, and a token for what it does."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from safelight.workbench.accounts import Role
from safelight.workbench.reviewer import Reviewer

__all__ = ["Session", "Sessions"]

_IDLE_SECONDS: Final = 30 * 60.0
_SECONDS: Final = 12 * 3600.0


@dataclass(slots=True)
class Session:
    """One browser.

    Attributes:
        reviewer: In whose name it acts. `role`: what it may do. `csrf`: what its forms carry. `began`, `seen`: monotonic seconds.
    """

    reviewer: Reviewer
    role: Role
    began: float
    seen: float
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))


class Sessions:
    """The open sessions. For several threads.

    Args:
        ends: Whether sessions end by themselves: after half an hour without a request, and after twelve hours. `monotonic`: seconds.

    Attributes:
        cookie: Name of the cookie that holds the key.
    """

    def __init__(self, *, ends: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ends, self._monotonic = ends, monotonic
        self._open: dict[str, Session] = {}
        # Cookies do not know ports: two workbenches on one machine must not take each other's.
        self.cookie = "safelight-" + secrets.token_hex(4)
        self._turn = threading.Lock()

    def begin(self, reviewer: Reviewer, role: Role) -> str:
        """Opens a session; returns its key."""
        key, now = secrets.token_urlsafe(32), self._monotonic()
        with self._turn:
            self._open[key] = Session(reviewer, role, now, now)
        return key

    def cookie_for(self, key: str) -> str:
        """The value of `Set-Cookie` for a session."""
        return f"{self.cookie}={key}; HttpOnly; SameSite=Strict; Path=/"

    def of(self, key: str) -> Session | None:
        """The open session of this key; None when there is none, or it has ended."""
        now = self._monotonic()
        with self._turn:
            session = self._open.get(key)
            if session is None:
                return None
            if self._ends and (now - session.seen > _IDLE_SECONDS or now - session.began > _SECONDS):
                del self._open[key]
                return None
            session.seen = now
            return session

    def end(self, session: Session) -> None:
        """Closes a session."""
        with self._turn:
            self._open = {key: one for key, one in self._open.items() if one is not session}
