"""Who comes in: this machine, with the link once, and nothing is done without the session's token. Headers stand on every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from tests.workbench.conftest import Session

STRICT = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@contextmanager
def opened(session: Session) -> Iterator[httpx.Client]:
    """A client with the session's cookie."""
    with httpx.Client(base_url=session.base) as client:
        assert client.get(session.url).status_code == 303
        yield client


def token_of(client: httpx.Client) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]+)">', client.get("/").text)
    assert found
    return found[1]


def test_the_link_works_once(session: Session) -> None:
    with httpx.Client(base_url=session.base) as stranger:
        for path in (
            "/",
            "/overview",
            "/static/workbench.js",
            "/enter",
            "/enter?token=guess",
            "/docs",
            "/openapi.json",
        ):
            assert stranger.get(path).status_code == 403, path
    with opened(session) as client:
        assert client.get("/").status_code == 200
        cookie = client.cookies.jar
        assert len(list(cookie)) == 1
    with httpx.Client(base_url=session.base) as stranger:
        assert stranger.get(session.url).status_code == 403


def test_the_cookie_is_kept_from_scripts_and_other_sites(session: Session) -> None:
    with httpx.Client() as client:
        given = client.get(session.url).headers["set-cookie"]
    assert "HttpOnly" in given and "SameSite=Strict" in given


def test_another_host_name_is_refused(session: Session) -> None:
    with opened(session) as client:
        for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", f"evil.example:{session.base.rpartition(':')[2]}"):
            assert client.get("/", headers={"host": host}).status_code == 421, host


def test_nothing_is_done_without_the_token(session: Session) -> None:
    sha256 = session.case.pdq_arrays()[0][0].tobytes().hex()
    before = session.case.head()
    with opened(session) as client:
        token = token_of(client)
        for path in (
            f"/item/{sha256}/decide",
            f"/item/{sha256}/reveal",
            f"/item/{sha256}/text",
            "/undo/1",
            "/exposure/1/end",
        ):
            data = {"category": "yes", "step": "full", "view": "a"}
            assert client.post(path, data=data).status_code == 403
            assert client.post(path, data={**data, "csrf": "guess"}).status_code == 403
            assert client.post(path, data=data, headers={"x-csrf": "gu\xe9ss".encode("latin-1")}).status_code == 403
            cross = {"x-csrf": token, "sec-fetch-site": "cross-site"}
            assert client.post(path, data=data, headers=cross).status_code == 403
            assert client.get(path).status_code == 405
        assert client.put("/", content=b"").status_code == 405
        assert client.post("/undo/1", headers={"x-csrf": token}, content=b"x" * (1 << 19)).status_code == 413
    assert session.case.head() == before


@pytest.mark.parametrize("path", ["/", "/item/nothing", "/static/workbench.css", "/overview", "/static/../app.py"])
def test_every_answer_carries_the_strict_headers(session: Session, path: str) -> None:
    with opened(session) as client, httpx.Client(base_url=session.base) as stranger:
        for answer in (client.get(path), stranger.get(path)):
            for name, value in STRICT.items():
                assert answer.headers[name].startswith(value), (path, name)
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert "server" not in answer.headers


def test_no_path_leads_out_of_the_pages(session: Session) -> None:
    with opened(session) as client:
        for path in ("/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/../../../../etc/passwd", "/item/..%2f..%2fetc%2fpasswd",
                     "/item/" + "a" * 64, "/item/" + "a" * 32, "/docs", "/openapi.json"):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert "root:" not in answer.text and "import" not in answer.text
