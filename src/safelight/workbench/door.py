"""The door of the workbench: who may come in, and what every answer carries.

Only requests to this machine's own address pass, with the session that the one-time link opened; whatever changes or shows something needs
the token of that session besides. The strict headers stand on every answer, refusals too.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

from safelight.workbench.accounts import Role
from safelight.workbench.reviewer import Reviewer
from safelight.workbench.sessions import Sessions

__all__ = ["BODY_BYTES", "Door"]

_OPEN_THE_LINK: Final = (
    "Open the link that `safelight review` printed. It works once; start the command again for another."
)

BODY_BYTES: Final = 1 << 18
"""Largest body that is read."""

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("cache-control", "no-store, max-age=0"),
    ("content-security-policy", _POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), display-capture=()"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
)
_SET: Final = frozenset(name for name, _ in _HEADERS)


class Door:
    """ASGI middleware around the whole application. What passes has its `Session` in `scope["session"]`.

    Args:
        app: What lies behind it. `hosts`: the values of `Host` that are this server, as `127.0.0.1:8000`. `sessions`: who is in.
        token: Opens a session for `alone`, once, through `/enter?token=...`. Without one, people come in through `/login`.
    """

    def __init__(
        self, app: Any, hosts: frozenset[str], sessions: Sessions, *, token: str = "", alone: Reviewer | None = None
    ) -> None:
        self._app, self._hosts, self._sessions = app, hosts, sessions
        self._token, self._alone = token, alone
        self._team = alone is None

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answers one request, or hands it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        guarded = _guarded(send)
        session = self._sessions.of(self._key_in(headers))
        if headers.get("host") not in self._hosts:
            await _refuse(guarded, 421, "This is not the address of the workbench.")
        elif scope["method"] not in {"GET", "HEAD", "POST"}:
            await _refuse(guarded, 405, "Not done here.")
        elif scope["path"] == "/enter":
            await self._enter(scope, guarded)
        elif session is not None:
            scope["session"] = session
            if scope["method"] == "POST":
                await self._post(scope, headers, receive, guarded, session.csrf)
            else:
                await self._app(scope, receive, guarded)
        elif not self._team:
            await _refuse(guarded, 403, _OPEN_THE_LINK)
        elif scope["path"] == "/login" and scope["method"] == "POST":
            await self._post(scope, headers, receive, guarded, "")
        elif scope["path"] == "/login" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, guarded)
        elif scope["method"] == "POST":
            await _refuse(guarded, 403, "The session has ended. Log in again.")
        else:
            await _answer(guarded, 303, [(b"location", b"/login")])

    async def _enter(self, scope: _Scope, send: _Send) -> None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        right = bool(self._token) and hmac.compare_digest(given.encode(), self._token.encode())
        if scope["method"] != "GET" or not right or self._alone is None:
            await _refuse(
                send, 403, "This link was used before, or is not whole. Start `safelight review` again for another."
            )
            return
        self._token = ""
        cookie = self._sessions.cookie_for(self._sessions.begin(self._alone, Role.REVIEWER))
        await _answer(send, 303, [(b"location", b"/"), (b"set-cookie", cookie.encode())])

    def _key_in(self, headers: dict[str, str]) -> str:
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self._sessions.cookie:
                return value
        return ""

    async def _post(self, scope: _Scope, headers: dict[str, str], receive: _Receive, send: _Send, csrf: str) -> None:
        """Reads the body, and hands it on if it carries `csrf`; an empty one asks for none, as before a log-in there is none."""
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > BODY_BYTES:
                await _refuse(send, 413, "That is too much text.")
                return
        given = headers.get("x-csrf", "")
        if not given and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            given = parse_qs(bytes(body).decode("latin-1")).get("csrf", [""])[0]
        # A browser that says where a request comes from is believed when it says: from elsewhere.
        elsewhere = headers.get("sec-fetch-site", "same-origin") != "same-origin"
        right = not csrf or hmac.compare_digest(given.encode("utf-8", "replace"), csrf.encode())
        if elsewhere or not right:
            await _refuse(send, 403, "This page is from another session. Reload it.")
            return

        async def again() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)


def _guarded(send: _Send) -> _Send:
    """The same, with the strict headers instead of whatever the application set."""

    async def guarded(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if pair[0].decode("latin-1").lower() not in _SET]
            message = {**message, "headers": [*kept, *((name.encode(), value.encode()) for name, value in _HEADERS)]}
        await send(message)

    return guarded


async def _refuse(send: _Send, status: int, words: str) -> None:
    await _answer(send, status, [(b"content-type", b"text/plain; charset=utf-8")], words.encode())


async def _answer(send: _Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
