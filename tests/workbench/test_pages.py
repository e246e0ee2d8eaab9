"""What the pages say and do, asked over HTTP: shielded pictures, the log before the picture, decisions, votes, limits, and evidence that is away."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select
from tests.workbench.conftest import MARKUP, NOON, Session, open_session
from tests.workbench.test_door import opened, token_of

from safelight.case import tables
from safelight.case.reviewing import RevealStep, iter_exposures, iter_standings
from safelight.case.verify import verify
from safelight.model import MediaKind
from safelight.review.exposure import days
from safelight.review.wellness import load_wellness


def named(session: Session, part: str) -> str:
    """The SHA-256 of the first picture whose path holds this."""
    file, media = tables.media_file, tables.media
    joined = file.join(media, file.c.sha256 == media.c.sha256)
    chosen = (
        select(file.c.sha256).select_from(joined).where(file.c.path.contains(part), media.c.kind == MediaKind.IMAGE)
    )
    return str(session.case.rows(chosen.order_by(file.c.path))[0]["sha256"])


def reveal(client: httpx.Client, sha256: str, step: str, **more: str) -> httpx.Response:
    fields = {"step": step, "view": "page-1", **more}
    return client.post(f"/item/{sha256}/reveal", data=fields, headers={"x-csrf": token_of(client)})


def decide(client: httpx.Client, sha256: str, **fields: str) -> httpx.Response:
    return client.post(f"/item/{sha256}/decide", data={"csrf": token_of(client), **fields})


def sharpness(picture: bytes) -> float:
    """Mean step between neighbouring samples at one size for all."""
    grey = np.asarray(Image.open(io.BytesIO(picture)).convert("L").resize((320, 240)), dtype=float)
    return float(np.abs(np.diff(grey, axis=1)).mean())


def test_each_step_shows_no_more_than_was_asked(session: Session) -> None:
    rules, sha256 = load_wellness(), named(session, "DCIM")
    made = {}
    with opened(session) as client:
        for step in rules.steps:
            answer = reveal(client, sha256, step, x="0.9", y="0.1")
            assert answer.status_code == 200 and answer.headers["content-type"] == "image/jpeg"
            assert answer.headers["cache-control"].startswith("no-store")
            picture = Image.open(io.BytesIO(answer.content))
            assert max(picture.size) <= rules.steps[step].longest_px
            assert picture.mode == ("RGB" if rules.steps[step].colour else "L")
            assert not picture.getexif()
            made[step] = answer.content
    assert sharpness(made[RevealStep.SHIELDED]) < sharpness(made[RevealStep.SHARPER]) < sharpness(made[RevealStep.FULL])
    shown = list(iter_exposures(session.case, person="Ada"))
    assert [item.step for item in shown] == list(rules.steps)
    assert [item.step for item in shown if item.in_full] == [RevealStep.FULL]
    # Each one ended the one before; the last is still there.
    assert [item.seconds is None for item in shown] == [False] * 5 + [True]
    region = next(item for item in shown if item.step is RevealStep.REGION)
    assert region.details["region"] == [0.75, 0.0, 1.0, 0.25]


def test_nothing_that_is_not_shown_is_logged_as_shown(session: Session) -> None:
    video = tables.media.c
    other = session.case.rows(select(video.sha256).where(video.kind == MediaKind.ARCHIVE))[0]["sha256"]
    with opened(session) as client:
        assert reveal(client, other, "shielded").status_code == 409
        assert reveal(client, "0" * 64, "full").status_code == 409
        assert reveal(client, other, "text").status_code == 400
        assert reveal(client, other, "full", x="nan").status_code == 400
        assert reveal(client, other, "full", view="<b>").status_code == 400
    assert list(iter_exposures(session.case)) == []


def test_members_of_archives_are_shown_too(session: Session) -> None:
    file, media = tables.media_file.c, tables.media.c
    joined = tables.media_file.join(tables.media, file.sha256 == media.sha256)
    chosen = (
        select(file.sha256, file.path)
        .select_from(joined)
        .where(file.path.contains("!/"), media.kind == MediaKind.IMAGE)
    )
    inside = {row["path"].partition("!/")[0].rpartition(".")[2]: row["sha256"] for row in session.case.rows(chosen)}
    assert {"zip", "gz", "7z"} <= set(inside)
    with opened(session) as client:
        for kind, sha256 in inside.items():
            assert reveal(client, sha256, "shielded").status_code == 200, kind


def test_evidence_that_is_away_or_changed_is_not_shown_and_all_else_works(session: Session, drawn: Path) -> None:
    sha256 = named(session, "camera.jpg")
    lies = drawn / "seizure" / "evidence" / "camera.jpg"
    kept = lies.with_name("kept aside")
    shutil.move(lies, kept)
    try:
        with opened(session) as client:
            away = reveal(client, sha256, "full")
            Image.new("L", (40, 30), 99).save(lies)
            changed = reveal(client, sha256, "full")
            lies.unlink()
            lies.symlink_to(kept)
            linked = reveal(client, sha256, "full")
            for answer, words in ((away, "not attached"), (changed, "other bytes"), (linked, "not attached")):
                assert answer.status_code == 409 and words in answer.json()["message"]
            assert client.get(f"/item/{sha256}").status_code == 200
            assert decide(client, sha256, category="no").status_code == 303
    finally:
        lies.unlink(missing_ok=True)
        shutil.move(kept, lies)
    assert list(iter_exposures(session.case)) == []


def test_a_decision_names_the_person_and_nothing_is_chosen_beforehand(session: Session) -> None:
    sha256 = named(session, "camera.jpg")
    with opened(session) as client:
        page = client.get(f"/item/{sha256}").text
        assert not re.search(r'name="category"[^>]*checked', page)
        for empty in ({}, {"category": "no-such"}, {"note": "  "}):
            answer = decide(client, sha256, **empty)
            assert answer.status_code == 303 and "said=" in answer.headers["location"]
        for stranger in ("0" * 64, "no-hash"):
            assert decide(client, stranger, category="yes").status_code == 409
        assert list(iter_standings(session.case)) == []
        answer = decide(client, sha256, category="yes", victim="yes", note=MARKUP, rank="1")
        (standing,) = iter_standings(session.case)
        (made,) = standing.decisions
        assert (made.person, made.scheme, made.category, made.note) == ("Ada", "yes-no", "yes", MARKUP)
        assert made.possible_real_victim and not made.second_review and made.origin is None
        act = re.search(r"act=(\d+)", answer.headers["location"])
        assert act and int(act[1]) == made.act
        assert client.post(f"/undo/{made.act}", data={"csrf": token_of(client)}).status_code == 303
        assert list(iter_standings(session.case)) == []
        assert client.post(f"/undo/{made.act}", data={"csrf": token_of(client)}).status_code == 409
    assert verify(session.case).breaks == ()


def test_a_group_is_decided_by_its_representative_and_differing_members_only_when_asked(session: Session) -> None:
    group, member, opinion = tables.media_group.c, tables.group_member.c, tables.opinion.c
    judged = {row["sha256"]: row["opinion"] for row in session.case.rows(select(opinion.sha256, opinion.opinion))}
    members: dict[int, list[str]] = {}
    for row in session.case.rows(select(member.number, member.sha256)):
        members.setdefault(row["number"], []).append(row["sha256"])
    heads = {
        row["number"]: row["representative"] for row in session.case.rows(select(group.number, group.representative))
    }
    number = next(n for n, found in members.items() if len({judged[one] for one in found}) > 1)
    head, found = heads[number], members[number]
    same = {one for one in found if judged[one] == judged[head]}
    with opened(session) as client:
        page = client.get(f"/item/{head}").text
        assert "Members of another opinion, set apart" in page
        assert all(one[:12] in page for one in found if one != head)
        decide(client, head, category="yes", scope="group")
        assert {item.sha256 for item in iter_standings(session.case)} == same
        # Those that were set apart keep the line open.
        assert head in client.get("/").text and ">open</td>" in client.get(f"/item/{head}").text
        decide(client, head, category="no", scope="group", differing="yes")
        standings = {item.sha256: item.decisions[-1] for item in iter_standings(session.case)}
        assert set(standings) == set(found) and {item.category for item in standings.values()} == {"no"}
        assert {item.representative for sha256, item in standings.items() if sha256 != head} == {head}
        assert head not in client.get("/").text
        other = next(one for one in found if one != head)
        assert "said=" in decide(client, other, category="yes", scope="group").headers["location"]


def test_votes_are_shown_after_the_own_one_and_disagreement_is_told(directory: Path) -> None:
    with open_session(directory, "Ada", votes=2) as session, opened(session) as client:
        sha256 = named(session, "camera.jpg")
        decide(client, sha256, category="yes", note="what Ada thinks", second="yes")
        act = next(iter_standings(session.case)).decisions[0].act
    with open_session(directory, "Ben", votes=2) as session, opened(session) as client:
        assert sha256 in client.get("/?show=second").text and sha256 in client.get("/?show=all").text
        page = client.get(f"/item/{sha256}").text
        assert "1 other person has" in page and "what Ada thinks" not in page
        refused = client.post(f"/undo/{act}", data={"csrf": token_of(client)})
        assert refused.status_code == 409 and "somebody else" in refused.text
        decide(client, sha256, category="no")
        page = client.get(f"/item/{sha256}").text
        assert "what Ada thinks" in page and "They disagree" in page
        (standing,) = iter_standings(session.case)
        assert [item.person for item in standing.decisions] == ["Ada", "Ben"] and standing.settled(2) is None


def test_limits_stop_pictures_and_texts_and_nothing_else(directory: Path) -> None:
    moment = [NOON]
    rules = replace(load_wellness(), stop_full_views=1, evening_stop=(NOON + timedelta(hours=5)).astimezone().time())
    with open_session(directory, rules=rules, now=lambda: moment[0]) as session, opened(session) as client:
        sha256 = named(session, "camera.jpg")
        assert reveal(client, sha256, "full").status_code == 200
        again = reveal(client, sha256, "full")
        assert again.status_code == 403 and "the limit is 1" in again.json()["message"]
        assert reveal(client, sha256, "sharper").status_code == 200
        moment[0] += timedelta(hours=6)
        assert "Nothing is shown after" in reveal(client, sha256, "shielded").json()["message"]
        unfold = client.post(f"/item/{sha256}/text", data={"view": "a"}, headers={"x-csrf": token_of(client)})
        assert unfold.status_code == 403
        assert decide(client, sha256, category="no").status_code == 303
        assert "Nothing is shown now" in client.get("/").text
    assert isinstance(moment[0], datetime)


def test_prompts_are_folded_until_that_is_logged(session: Session) -> None:
    sha256 = named(session, "a <script>")
    with opened(session) as client:
        assert "a lighthouse" not in client.get(f"/item/{sha256}").text
        answer = client.post(f"/item/{sha256}/text", data={"view": "a"}, headers={"x-csrf": token_of(client)})
        assert any(f"a lighthouse {MARKUP}" in one["text"] for one in answer.json()["texts"])
        (shown,) = iter_exposures(session.case)
        assert shown.step is RevealStep.TEXT and not shown.in_full and shown.number == answer.json()["exposure"]
        client.post(f"/exposure/{shown.number}/end", headers={"x-csrf": token_of(client)})
    (shown,) = iter_exposures(session.case)
    assert shown.seconds is not None


def test_text_from_evidence_is_never_markup(session: Session) -> None:
    pages = [
        "/",
        "/?show=all",
        "/overview",
        "/exposure",
        *(f"/item/{named(session, part)}" for part in ("a <script>", "camera.jpg")),
    ]
    with opened(session) as client:
        decide(client, named(session, "camera.jpg"), note=MARKUP)
        for path in pages:
            text = client.get(path).text
            assert MARKUP not in text and "onerror=alert(1)>" not in text, path
        assert "&lt;script&gt;" in client.get(pages[-1]).text
        said = client.get(f"{pages[-1]}?said=<script>")
        assert "<script>" not in said.text.replace("<script src=", "")


def test_the_queue_is_paged_by_rank_and_filtered(session: Session) -> None:
    with opened(session) as client:
        ranks: list[int] = []
        path = "/?show=all"
        while path:
            page = client.get(path).text
            ranks += [int(rank) for rank in re.findall(r'aria-label="Open rank (\d+)"', page)]
            following = re.search(r'id="next-page" href="([^"]+)"', page)
            path = following[1].replace("&amp;", "&") if following else ""
        assert ranks == list(range(1, len(ranks) + 1)) and len(ranks) > 50
        sha256 = named(session, "camera.jpg")
        assert sha256 in client.get("/").text
        decide(client, sha256, category="yes")
        assert sha256 not in client.get("/").text and sha256 in client.get("/?show=decided").text
        assert client.get("/?show=nothing").status_code == 400
        for key in re.findall(r'href="/item/([0-9a-f]{32})"', client.get("/?show=all&first=51").text):
            assert client.get(f"/item/{key}").status_code == 200


def test_the_ledger_adds_up_to_the_log(session: Session) -> None:
    sha256 = named(session, "camera.jpg")
    with opened(session) as client:
        for step in ("shielded", "larger", "shielded", "full"):
            number = reveal(client, sha256, step).headers["x-exposure"]
        client.post(f"/exposure/{number}/end", headers={"x-csrf": token_of(client)})
        page = client.get("/exposure").text
    shown = list(iter_exposures(session.case))
    (counted,) = days(shown).values()
    actions = [event.action for event in session.case.events()]
    assert sum(counted.acts.values()) == actions.count("shown") == 4
    assert actions.count("hidden") == 4 and counted.unended == 0
    assert counted.all_seconds == pytest.approx(sum(item.seconds or 0 for item in shown))
    assert "1 picture was shown whole to anybody" in page and "2 times: 1 item" in page
    assert {event.actor for event in session.case.events() if event.action in {"shown", "hidden"}} == {"Ada"}


def test_people_make_the_rules_stricter_for_themselves(directory: Path) -> None:
    evening = (NOON - timedelta(minutes=1)).astimezone().strftime("%H:%M")
    with open_session(directory) as session, opened(session) as client:
        sha256 = named(session, "camera.jpg")
        before = reveal(client, sha256, "sharper").content
        answer = client.post(
            "/settings",
            data={"csrf": token_of(client), "blur": "3", "names_folded": "yes", "shielded_on_asking": "yes"},
        )
        assert answer.status_code == 303
        assert sharpness(reveal(client, sha256, "sharper").content) < sharpness(before)
        page = client.get(f"/item/{sha256}").text
        assert 'data-at-once="no"' in page and page.count("name folded") >= 1
        assert client.get("/").text.count("name folded") > 10
        head = session.case.head()
        refused = client.post("/settings", data={"csrf": token_of(client), "blur": "0.1"})
        assert refused.status_code == 400 and session.case.head() == head
    with open_session(directory, "Ben") as session, opened(session) as client:
        assert "name folded" not in client.get("/").text
    with open_session(directory) as session, opened(session) as client:
        assert "name folded" in client.get("/").text
        client.post("/settings", data={"csrf": token_of(client), "evening_stop": evening})
        assert "Nothing is shown after" in reveal(client, sha256, "shielded").json()["message"]
        assert "made stricter in" in client.get("/exposure").text and "name folded" not in client.get("/").text


def test_lines_follow_each_other_by_rank(session: Session) -> None:
    with opened(session) as client:
        first = client.get("/rank/1")
        assert first.status_code == 303
        page = client.get(first.headers["location"]).text
        assert 'href="/rank/2"' in page and 'href="/rank/0"' not in page
        for rank in ("0", "999999", "-1", "99999999999999999999"):
            assert client.get(f"/rank/{rank}").status_code in {400, 404, 422}, rank


def test_an_own_decision_can_be_taken_back_later_too(session: Session) -> None:
    sha256 = named(session, "camera.jpg")
    with opened(session) as client:
        decide(client, sha256, category="yes")
        page = client.get(f"/item/{sha256}").text
        act = re.search(r'action="/undo/(\d+)"', page)
        assert act and "Take back" in page
        client.post(f"/undo/{act[1]}", data={"csrf": token_of(client)})
        assert list(iter_standings(session.case)) == [] and "Take back" not in client.get(f"/item/{sha256}").text
        assert sha256 in client.get("/").text, "the line is open again"


def test_the_browser_is_asked_to_keep_and_send_nothing(session: Session) -> None:
    with opened(session) as client:
        page = client.get(f"/item/{named(session, 'camera.jpg')}").text
    assert '<html lang="en" translate="no">' in page and 'spellcheck="false"' in page
    assert (
        all('autocomplete="off"' in form for form in re.findall(r"<form[^>]*id=\"decide\"[^>]*>", page))
        and 'id="decide"' in page
    )
