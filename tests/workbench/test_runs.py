"""Deciding for a generation run: after a look, never for those set apart, told of each member as it is, undone in one act; several people at once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import orjson
import pytest
from sqlalchemy import select
from tests.case.records import decision, digest, exposure, fill
from tests.databases import Database
from tests.workbench.conftest import Session, open_session
from tests.workbench.test_door import opened, token_of
from tests.workbench.test_team import accounts_in, filled_case, log_in

from safelight.case import tables
from safelight.case.reviewing import Decision, RevealStep, iter_exposures, iter_standings
from safelight.case.verify import verify
from safelight.exports.items import iter_items, one_moment
from safelight.model import Opinion

__all__ = ["filled_case"]

APART, ALIKE = {0, 1, 2}, {3, 4, 5, 6, 9}
"""Of the one run of `tests.case.records.fill`: those on a list, and the others."""


def look(session: Session, number: int, person: str, *, whole: bool = True) -> None:
    step = RevealStep.FULL if whole else RevealStep.LARGER
    session.case.begin_exposure(exposure(number, person=person, step=step, in_full=whole))


def decide(client: httpx.Client, **fields: str) -> httpx.Response:
    return client.post("/run/1/decide", data={"csrf": token_of(client), **fields})


def decided_by(session: Session, person: str) -> dict[int, Decision]:
    numbers = {digest(number): number for number in range(20)}
    return {
        numbers[one.sha256]: each
        for one in iter_standings(session.case)
        for each in one.decisions
        if each.person == person
    }


def test_a_run_is_decided_by_those_looked_at_and_undone_in_one_act(filled_case: Path) -> None:
    with open_session(filled_case) as session, opened(session) as client:
        page = client.get("/run/1").text
        assert "Set apart: never decided with the run" in page and page.count("on a list") == len(APART)
        refused = decide(client, category="no")
        assert "Look%20at%20some" in refused.headers["location"] and decided_by(session, "Ada") == {}
        look(session, 3, "Ada")
        look(session, 5, "Ada", whole=False)
        assert "You looked at 2 of 5, 1 of them in full." in client.get("/run/1").text
        answer = decide(client, category="no", note="made alike", origin="generated")
        made = decided_by(session, "Ada")
        assert set(made) == ALIKE
        assert {one.category for one in made.values()} == {"no"} and {one.origin for one in made.values()} == {
            Opinion.GENERATED
        }
        assert {number for number, one in made.items() if one.representative is None} == {3, 5}
        assert {one.representative for number, one in made.items() if number not in {3, 5}} == {digest(3)}
        (act,) = {one.act for one in made.values()}
        log = tables.custody_event.c
        (event,) = session.case.rows(select(log.details, log.actor).where(log.seq == act))
        details = orjson.loads(event["details"])
        said = {"media": 5, "generation_run": 1, "looked_at": 2, "looked_at_in_full": 1, "set_apart": 3}
        assert event["actor"] == "Ada" and {name: details[name] for name in said} == said
        assert f"act={act}" in answer.headers["location"]
        told = client.get(f"/item/{digest(4)}").text
        assert "with the run, not looked at" in told and f"/item/{digest(3)}" in told
        back = client.post(f"/undo/{act}", data={"csrf": token_of(client)})
        assert back.headers["location"].startswith("/run/1?") and decided_by(session, "Ada") == {}
        assert client.post(f"/undo/{act}", data={"csrf": token_of(client)}).status_code == 409
        assert verify(session.case).breaks == ()


def test_what_nobody_saw_is_never_told_as_viewed(filled_case: Path) -> None:
    with open_session(filled_case) as session, opened(session) as client:
        before = len(list(iter_exposures(session.case)))
        look(session, 3, "Ada")
        decide(client, category="no")
        assert len(list(iter_exposures(session.case))) == before + 1, "a decision shows nothing"
        with one_moment(session.case) as moment:
            viewed = {one.sha256 for one in iter_items(moment) if one.viewed_in_full}
        assert viewed == {digest(3)}


def test_a_decision_of_ones_own_and_later_flags_are_kept(filled_case: Path) -> None:
    with open_session(filled_case) as session, opened(session) as client:
        look(session, 3, "Ada")
        client.post(f"/item/{digest(4)}/decide", data={"csrf": token_of(client), "category": "yes"})
        session.case.decide([decision(5, person="Ben", possible_real_victim=True)])
        decide(client, category="no")
        assert {number: one.category for number, one in decided_by(session, "Ada").items()} == {
            3: "no", 4: "yes", 6: "no", 9: "no",
        }  # fmt: skip
        # The same again is no new look, and takes nobody along who was set apart.
        decide(client, category="yes")
        assert {number for number, one in decided_by(session, "Ada").items() if one.category == "yes"} == {3, 4, 6, 9}


def test_votes_and_a_second_look_go_as_for_groups(filled_case: Path) -> None:
    with open_session(filled_case, votes=2) as session, opened(session) as client:
        look(session, 3, "Ada")
        decide(client, category="no", second="yes")
    with open_session(filled_case, "Ben", votes=2) as session, opened(session) as client:
        assert digest(6) in client.get("/?show=second").text
        assert "1 other person has" in client.get(f"/item/{digest(6)}").text
        look(session, 6, "Ben")
        decide(client, category="no")
        standings = {one.sha256: one for one in iter_standings(session.case)}
        for number in ALIKE:
            settled = standings[digest(number)].settled(2)
            assert settled is not None and settled.category == "no", number
        assert decided_by(session, "Ben")[6].representative is None
        assert decided_by(session, "Ben")[3].representative == digest(6), "what Ada saw, Ben did not"


def test_prompts_of_a_run_are_folded_until_that_is_logged(filled_case: Path) -> None:
    with open_session(filled_case) as session, opened(session) as client:
        before = list(iter_exposures(session.case))
        assert all("lighthouse" not in client.get(path).text for path in ("/run/1", "/runs"))
        assert list(iter_exposures(session.case)) == before
        assert client.post("/run/1/text", data={"view": "<b>"}, headers={"x-csrf": token_of(client)}).status_code == 400
        answer = client.post("/run/1/text", data={"view": "a"}, headers={"x-csrf": token_of(client)})
        assert any("lighthouse" in one["text"] for one in answer.json()["texts"])
        (shown,) = [one for one in iter_exposures(session.case) if one not in before]
        assert shown.step is RevealStep.TEXT and not shown.in_full and shown.details == {"generation_run": 1}


def test_runs_that_are_not_there(filled_case: Path) -> None:
    with open_session(filled_case) as session, opened(session) as client:
        head = session.case.head()
        for path in ("/run/0", "/run/2", "/run/-1", "/run/99999999999999999999", "/run/1?first=0", "/runs?first=0"):
            assert client.get(path).status_code in {400, 404}, path
        assert client.get("/run/1?first=900").status_code == 200 and client.get("/runs?first=900").status_code == 200
        for path in ("decide", "text"):
            answer = client.post(f"/run/2/{path}", data={"csrf": token_of(client), "view": "a", "category": "no"})
            assert answer.status_code == 409
        assert client.post("/run/1/decide", data={"csrf": "guess", "category": "no"}).status_code == 403
        assert session.case.head() == head


def test_a_reader_sees_the_run_and_decides_nothing(filled_case: Path) -> None:
    with open_session(filled_case, accounts=accounts_in(filled_case)) as session:
        reader = log_in(session, "Rea")
        page = reader.get("/run/1").text
        assert "<canvas" not in page and "only reads" in page and 'id="unfold"' not in page
        head = session.case.head()
        assert decide(reader, category="no").status_code == 403
        assert reader.post("/run/1/text", data={"view": "a"}, headers={"x-csrf": token_of(reader)}).status_code == 403
        assert session.case.head() == head
        reader.close()


@pytest.mark.parametrize("rounds", [6])
def test_two_at_once_lose_no_decision_for_a_run(database: Database, tmp_path: Path, rounds: int) -> None:
    with database.write() as case:
        fill(case)
    with open_session(database.directory, url=database.url, accounts=accounts_in(tmp_path)) as session:
        clients = {name: log_in(session, name) for name in ("Ada", "Ben")}
        tokens = {name: token_of(client) for name, client in clients.items()}
        for name, number in (("Ada", 3), ("Ben", 6)):
            look(session, number, name)
        meet = Barrier(2)

        def act(name: str) -> list[tuple[int, str]]:
            made = []
            for turn in range(rounds):
                meet.wait(60)
                data = {"csrf": tokens[name], "category": "yes" if name == "Ada" else "no", "note": f"{name} {turn}"}
                answer = clients[name].post("/run/1/decide", data=data)
                number = int(re.findall(r"act=(\d+)", answer.headers["location"])[0])
                if turn % 3 == 2:
                    assert clients[name].post(f"/undo/{number}", data={"csrf": tokens[name]}).status_code == 303
                made.append((number, data["note"]))
            return made

        with ThreadPoolExecutor(2) as pool:
            told = dict(zip(clients, pool.map(act, clients), strict=True))
        row = tables.decision.c
        stored = session.case.rows(select(row.event, row.note, row.sha256, row.person))
        for name, made in told.items():
            for number, note in made:
                rows = [one for one in stored if one["event"] == number]
                assert {(one["person"], one["note"]) for one in rows} == {(name, note)} and len(rows) == len(ALIKE)
            last = rounds - 2
            assert {one.note for one in decided_by(session, name).values()} == {f"{name} {last}"}
        assert verify(session.case).breaks == ()
        for client in clients.values():
            client.close()
