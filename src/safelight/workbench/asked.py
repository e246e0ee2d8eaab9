"""What a request says: in whose session it comes, and what its form holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import Request

from safelight.model import Opinion
from safelight.workbench.accounts import Role
from safelight.workbench.reviewer import Choice, RefusedError, Reviewer
from safelight.workbench.sessions import Session

__all__ = ["Form", "acting", "choice_of", "form_of", "person_of", "rank_of", "reviewer_of", "share_of", "threaded"]

_NOTE_CHARS: Final = 10_000

Form = dict[str, str]


def reviewer_of(request: Request) -> Reviewer:
    """In whose name the request comes."""
    session: Session = request.scope["session"]
    return session.reviewer


def person_of(request: Request) -> str:
    """Their name."""
    return reviewer_of(request).person


def acting(request: Request) -> Reviewer:
    """Who may be shown something and decide.

    Raises:
        RefusedError: The account only reads.
    """
    session: Session = request.scope["session"]
    if session.role is Role.READER:
        raise RefusedError("This account only reads: it is shown no picture and no prompt, and decides nothing.")
    return session.reviewer


async def form_of(request: Request) -> Form:
    """The first value of each field; the door has bounded the body."""
    body = (await request.body()).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(body, max_num_fields=100).items()}


async def threaded(work: Callable[[], Any]) -> Any:
    """Does the work in a thread of the pool."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(work)


def choice_of(form: Form) -> Choice:
    """What was chosen on the form to decide with.

    Raises:
        ValueError: Its origin is none of the words for one.
    """
    return Choice(
        category=form.get("category", ""), origin=Opinion(form["origin"]) if form.get("origin") else None,
        possible_real_victim=form.get("victim") == "yes", second_review=form.get("second") == "yes",
        note=form.get("note", "").strip()[:_NOTE_CHARS],
    )  # fmt: skip


def share_of(text: str) -> float:
    """A number between 0 and 1.

    Raises:
        ValueError: It is none.
    """
    found = float(text)
    if not 0 <= found <= 1:
        raise ValueError("not a share")
    return found


def rank_of(text: str) -> int:
    """A rank of the queue; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0
