"""Several people at one case: each in their own name, on both databases; roles, wrong passwords, and sessions that end."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import argon2
import httpx
import pytest
from sqlalchemy import select
from tests.case.records import digest, fill
from tests.databases import Database
from tests.workbench.conftest import Session, open_session
from tests.workbench.test_door import STRICT, token_of

from safelight.case import tables
from safelight.case.reviewing import iter_standings
from safelight.case.verify import verify
from safelight.errors import SettingsError
from safelight.workbench.accounts import Accounts, LockedError, Role
from safelight.workbench.sessions import Sessions

PASSWORD = "a long enough password"
PEOPLE = {"Ada": Role.REVIEWER, "Ben": Role.REVIEWER, "Lea": Role.LEAD, "Rea": Role.READER}


QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def accounts_in(directory: Path, hasher: argon2.PasswordHasher | None = QUICK) -> Accounts:
    accounts = Accounts(directory, hasher=hasher)
    for name, role in PEOPLE.items():
        accounts.add(name, role, f"{PASSWORD} of {name}")
    return accounts


def log_in(session: Session, name: str, password: str = "") -> httpx.Client:
    client = httpx.Client(base_url=session.base)
    answer = client.post("/login", data={"name": name, "password": password or f"{PASSWORD} of {name}"})
    assert answer.status_code == 303, answer.text
    return client


def decide(client: httpx.Client, number: int, **fields: str) -> httpx.Response:
    return client.post(f"/item/{digest(number)}/decide", data={"csrf": token_of(client), **fields})


def test_two_reviewers_at_once_lose_no_decision(database: Database, tmp_path: Path) -> None:
    """Both decide the same items at the same moment, and take some back; every act that was answered is in the case, once, in its order."""
    with database.write() as case:
        fill(case)
        items = [number for number in range(60) if case.has_media(digest(number))][:4]
    rounds = 8
    with open_session(database.directory, url=database.url, accounts=accounts_in(tmp_path)) as session:
        clients = {name: log_in(session, name) for name in ("Ada", "Ben")}
        tokens = {name: token_of(client) for name, client in clients.items()}
        meet = Barrier(len(clients))

        def act(name: str) -> dict[int, tuple[str, bool]]:
            """What this person decided: by act, the note, and whether it was taken back."""
            made = {}
            for turn in range(rounds):
                meet.wait(60)
                data = {"csrf": tokens[name], "category": "yes" if name == "Ada" else "no", "note": f"{name} {turn}"}
                answer = clients[name].post(f"/item/{digest(items[turn % len(items)])}/decide", data=data)
                assert answer.status_code == 303
                number = int(re.findall(r"act=(\d+)", answer.headers["location"])[0])
                back = turn % 3 == 2
                if back:
                    answer = clients[name].post(f"/undo/{number}", data={"csrf": tokens[name]})
                    assert answer.status_code == 303
                made[number] = data["note"], back
            return made

        with ThreadPoolExecutor(2) as pool:
            told = dict(zip(clients, pool.map(act, clients), strict=True))
        for path in ("/overview", "/exposure", "/?show=second", "/?show=decided", f"/item/{digest(items[0])}"):
            assert clients["Ada"].get(path).status_code == 200, path
        assert not set(told["Ada"]) & set(told["Ben"]) and all(len(made) == rounds for made in told.values())
        decision, withdrawn = tables.decision.c, tables.decision_withdrawn.c
        stored = session.case.rows(select(decision.event, decision.person, decision.note))
        taken = {row["act"] for row in session.case.rows(select(withdrawn.act))}
        for name, made in told.items():
            assert {row["event"]: row["note"] for row in stored if row["person"] == name and row["event"] in made} == {
                number: note for number, (note, _) in made.items()
            }
            assert {number for number, (_, back) in made.items() if back} == taken & set(made)
        # What is in force is the newest of each person that was not taken back.
        standings = {item.sha256: item for item in iter_standings(session.case)}
        for place, number in enumerate(items):
            for one in standings[digest(number)].decisions:
                if one.person in told:
                    kept = [turn for turn in range(place, rounds, len(items)) if turn % 3 != 2]
                    assert one.note == f"{one.person} {kept[-1]}"
        assert verify(session.case).breaks == ()
        for client in clients.values():
            client.close()


@pytest.fixture
def filled_case(tmp_path: Path) -> Path:
    from safelight.case.case import Case

    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
    return tmp_path / "case"


def test_nobody_comes_in_without_an_account(filled_case: Path) -> None:
    with (
        open_session(filled_case, accounts=accounts_in(filled_case)) as session,
        httpx.Client(base_url=session.base) as client,
    ):
        assert client.get("/").headers["location"] == "/login"
        page = client.get("/login")
        assert page.status_code == 200 and "Password" in page.text
        for name, value in STRICT.items():
            assert page.headers[name].startswith(value)
        assert client.get("/static/workbench.css").status_code == 200
        assert client.get("/enter?token=").status_code == 403
        for path in ("/undo/1", f"/item/{digest(0)}/decide", "/logout"):
            assert client.post(path, data={"csrf": ""}).status_code == 403
        assert client.post("/login", data={"name": "Ada", "password": "wrong"}).status_code == 403
        assert client.post("/login", data={"name": "Nobody", "password": "wrong"}).status_code == 403
        cross = {"sec-fetch-site": "cross-site"}
        right = {"name": "Ada", "password": f"{PASSWORD} of Ada"}
        assert client.post("/login", data=right, headers=cross).status_code == 403
        given = client.post("/login", data=right).headers["set-cookie"]
        assert "HttpOnly" in given and "SameSite=Strict" in given


def test_each_acts_in_their_own_name_and_with_their_own_token(filled_case: Path) -> None:
    with open_session(filled_case, accounts=accounts_in(filled_case), votes=2) as session:
        ada, ben, lea = (log_in(session, name) for name in ("Ada", "Ben", "Lea"))
        crossed = {"csrf": token_of(ada), "category": "yes"}
        assert ben.post(f"/item/{digest(0)}/decide", data=crossed).status_code == 403
        assert decide(ada, 0, category="yes", note="of Ada").status_code == 303
        assert "of Ada" not in ben.get(f"/item/{digest(0)}").text
        assert "of Ada" in lea.get(f"/item/{digest(0)}").text
        standing = next(item for item in iter_standings(session.case) if item.sha256 == digest(0))
        act = standing.decisions[-1].act
        assert standing.decisions[-1].person == "Ada"
        assert ben.post(f"/undo/{act}", data={"csrf": token_of(ben)}).status_code == 409
        assert ada.post("/logout", data={"csrf": token_of(ada)}).headers["location"] == "/login"
        assert ada.get("/").status_code == 303
        for client in (ada, ben, lea):
            client.close()


def test_a_reader_is_shown_no_picture_and_decides_nothing(filled_case: Path) -> None:
    with open_session(filled_case, accounts=accounts_in(filled_case)) as session:
        reader = log_in(session, "Rea")
        token = token_of(reader)
        before = session.case.head()
        assert reader.get(f"/item/{digest(0)}").status_code == 200
        assert "only reads" in reader.get(f"/item/{digest(0)}").text
        for path, data in (
            ("decide", {"category": "yes"}),
            ("reveal", {"step": "shielded", "view": "a"}),
            ("text", {"view": "a"}),
        ):
            assert reader.post(f"/item/{digest(0)}/{path}", data=data, headers={"x-csrf": token}).status_code == 403
        assert reader.post("/undo/1", data={"csrf": token}).status_code == 403
        assert session.case.head() == before
        reader.close()


def test_guessing_locks_the_name_for_a_while_and_no_other(tmp_path: Path) -> None:
    now = [0.0]
    accounts = Accounts(tmp_path, hasher=QUICK, monotonic=lambda: now[0])
    accounts.add("Ada", Role.LEAD, PASSWORD)
    accounts.add("Ben", Role.REVIEWER, PASSWORD)
    for _ in range(5):
        assert accounts.check("Ada", "guess") is None
    for password in ("guess", PASSWORD):
        with pytest.raises(LockedError):
            accounts.check("Ada", password)
    assert accounts.check("Ben", PASSWORD) is not None
    now[0] += 15 * 60 + 1
    found = accounts.check("Ada", PASSWORD)
    assert found is not None and found.role is Role.LEAD
    for _ in range(4):
        accounts.check("Ada", "guess")
    assert accounts.check("Ada", PASSWORD) is not None and accounts.check("Ada", "guess") is None


def test_a_lock_out_is_logged_once(filled_case: Path) -> None:
    with (
        open_session(filled_case, accounts=accounts_in(filled_case)) as session,
        httpx.Client(base_url=session.base) as client,
    ):
        told = [client.post("/login", data={"name": "Ada", "password": "guess"}).status_code for _ in range(8)]
        assert told == [403] * 5 + [429] * 3
        assert [event.action for event in session.case.events()].count("account-locked") == 1


def test_passwords_are_kept_as_digests_that_only_the_owner_reads(tmp_path: Path) -> None:
    accounts_in(tmp_path, hasher=None)
    path = tmp_path / "accounts.json"
    assert PASSWORD.encode() not in path.read_bytes() and path.read_text().count("$argon2id$") == len(PEOPLE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Accounts(tmp_path)
    assert set(again.names) == set(PEOPLE) and again.check("Lea", f"{PASSWORD} of Lea") is not None
    for name, password in (("", PASSWORD), ("a\nb", PASSWORD), (" a", PASSWORD), ("x" * 61, PASSWORD), ("Cy", "short")):
        with pytest.raises(SettingsError):
            again.add(name, Role.REVIEWER, password)
    path.write_text("[]")
    with pytest.raises(SettingsError, match="cannot be read"):
        Accounts(tmp_path)


def test_sessions_end_by_themselves() -> None:
    now = [0.0]
    sessions = Sessions(ends=True, monotonic=lambda: now[0])
    key = sessions.begin(None, Role.REVIEWER)  # type: ignore[arg-type]
    for _ in range(30):
        now[0] += 25 * 60
        still = sessions.of(key)
        if still is None:
            break
    assert 12 * 3600 < now[0] <= 12 * 3600 + 25 * 60
    idle = sessions.begin(None, Role.REVIEWER)  # type: ignore[arg-type]
    now[0] += 31 * 60
    assert sessions.of(idle) is None and sessions.of("") is None
