"""The door of the workbench: who may come in, and what every answer carries.

Only requests to this machine's own address pass, with the session that the one-time link opened; whatever changes or shows something needs
the token of that session besides. The strict headers stand on every answer, refusals too.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

__all__ = ["BODY_BYTES", "Door"]

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
    """ASGI middleware around the whole application.

    Args:
        app: What lies behind it. `hosts`: the values of `Host` that are this server, as `127.0.0.1:8000`.
        token: Opens one session, once, through `/enter?token=...`.
    """

    def __init__(self, app: Any, hosts: frozenset[str], token: str) -> None:
        self._app, self._hosts, self._token = app, hosts, token
        self._session = secrets.token_urlsafe(32)
        # Cookies do not know ports: two workbenches on one machine must not take each other's.
        self._cookie = "safelight-" + secrets.token_hex(4)
        self.csrf = secrets.token_urlsafe(32)

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answers one request, or hands it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                kept = [
                    (name, value)
                    for name, value in message.get("headers", [])
                    if name.decode("latin-1").lower() not in _SET
                ]
                message = {
                    **message,
                    "headers": [*kept, *((name.encode(), value.encode()) for name, value in _HEADERS)],
                }
            await send(message)

        if headers.get("host") not in self._hosts:
            await _refuse(guarded, 421, "This is not the address of the workbench.")
        elif scope["method"] not in {"GET", "HEAD", "POST"}:
            await _refuse(guarded, 405, "Not done here.")
        elif scope["path"] == "/enter":
            await self._enter(scope, guarded)
        elif not hmac.compare_digest(self._session_of(headers).encode(), self._session.encode()):
            await _refuse(
                guarded,
                403,
                "Open the link that `safelight review` printed. It works once; start the command again for another.",
            )
        elif scope["method"] == "POST":
            await self._post(scope, headers, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    async def _enter(self, scope: _Scope, send: _Send) -> None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["method"] != "GET" or not self._token or not hmac.compare_digest(given.encode(), self._token.encode()):
            await _refuse(
                send, 403, "This link was used before, or is not whole. Start `safelight review` again for another."
            )
            return
        self._token = ""
        cookie = f"{self._cookie}={self._session}; HttpOnly; SameSite=Strict; Path=/"
        await send(
            {
                "type": "http.response.start",
                "status": 303,
                "headers": [(b"location", b"/"), (b"set-cookie", cookie.encode())],
            }
        )
        await send({"type": "http.response.body", "body": b""})

    def _session_of(self, headers: dict[str, str]) -> str:
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self._cookie:
                return value
        return ""

    async def _post(self, scope: _Scope, headers: dict[str, str], receive: _Receive, send: _Send) -> None:
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
        if elsewhere or not hmac.compare_digest(given.encode("utf-8", "replace"), self.csrf.encode()):
            await _refuse(send, 403, "This page is from another session. Reload it.")
            return

        async def again() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)


async def _refuse(send: _Send, status: int, words: str) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain; charset=utf-8")]}
    )
    await send({"type": "http.response.body", "body": words.encode()})
