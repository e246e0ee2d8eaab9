"""Several people at one case: each logs in under a name of their own, and acts in that name alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

from safelight.case.case import Case
from safelight.workbench.accounts import Accounts, LockedError
from safelight.workbench.reviewer import Reviewer
from safelight.workbench.sessions import Session, Sessions

__all__ = ["Team"]


class Team:
    """Logs people in and out.

    Args:
        case: Whose log says who came and who was locked out. `accounts`: who may come. `sessions`: who is in.
        reviewer: Makes the reviewer of a name; one is kept for each, so that all sessions of a person share one clock.
    """

    def __init__(
        self,
        case: Case,
        accounts: Accounts,
        sessions: Sessions,
        reviewer: Callable[[str], Reviewer],
    ) -> None:
        self._case, self._accounts, self._sessions = case, accounts, sessions
        self._reviewer = reviewer
        self._known: dict[str, Reviewer] = {}
        self._locked: set[str] = set()
        self._turn = threading.Lock()

    def log_in(self, name: str, password: str) -> str | None:
        """The cookie of a new session; None for a wrong name or password.

        Raises:
            LockedError: The name is locked.
        """
        try:
            account = self._accounts.check(name, password)
        except LockedError:
            if name in self._accounts.names and name not in self._locked:
                self._locked.add(name)
                self._case.log("account-locked", {"person": name})
            raise
        if account is None:
            return None
        self._locked.discard(name)
        with self._turn:
            if account.name not in self._known:
                self._known[account.name] = self._reviewer(account.name)
            reviewer = self._known[account.name]
        self._case.log("logged-in", {"person": account.name, "role": str(account.role)})
        return self._sessions.cookie_for(self._sessions.begin(reviewer, account.role))

    def log_out(self, session: Session) -> None:
        """Ends a session."""
        self._sessions.end(session)
        self._case.log("logged-out", {"person": session.reviewer.person})
