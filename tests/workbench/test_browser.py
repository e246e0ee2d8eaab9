"""A whole session in Chromium, by keyboard: open, shield, reveal, decide, undo, a limit, a second reviewer; and what axe-core says of the pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.workbench.conftest import MARKUP, Session, open_session
from tests.workbench.test_pages import named

from safelight.case import tables
from safelight.case.generation import largest_runs
from safelight.case.reviewing import Exposure, RevealStep, iter_exposures, iter_standings
from safelight.case.verify import verify
from safelight.model import MediaKind
from safelight.review.runs import proposed, run_members_told
from safelight.review.wellness import load_wellness
from safelight.workbench.accounts import Accounts, Role
from safelight.workbench.reviewer import Reviewer

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith("http://127.0.0.1:") else None)
    yield page
    context.close()
    assert wrong == []


def is_shown(page: Any, step: str) -> None:
    # Keys that are pressed before the page listens to them are lost.
    page.wait_for_selector(f'body[data-keys=ready] canvas[data-step="{step}"]', timeout=30_000)


def ended(page: Any, session: Session, **which: Any) -> list[Exposure]:
    """The exposures, once the last end has come in: the browser sends it while the page is being left."""
    for _ in range(200):
        shown = list(iter_exposures(session.case, **which))
        if all(item.seconds is not None for item in shown):
            break
        page.wait_for_timeout(50)
    return shown


def test_a_whole_session_by_keyboard(page: Any, directory: Path) -> None:
    rules = replace(load_wellness(), stop_full_views=1)
    with open_session(directory, rules=rules) as session:
        page.goto(session.url)
        assert page.title() == "Queue · Safelight" and "token" not in page.url
        assert page.locator("img, canvas").count() == 0
        page.wait_for_selector("body[data-keys=ready]")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        is_shown(page, "shielded")
        first = page.url.rpartition("/")[2]
        page.keyboard.press("b")
        is_shown(page, "sharper")
        page.keyboard.press("f")
        is_shown(page, "full")
        page.keyboard.press("h")
        is_shown(page, "")
        page.keyboard.press("f")
        page.wait_for_selector("#said:has-text('the limit is 1')")
        assert page.locator("canvas").get_attribute("data-step") == ""
        page.keyboard.press("1")
        page.keyboard.press("r")
        page.keyboard.press("n")
        page.keyboard.type("seen: 1 ship, d and u are letters here")
        page.keyboard.press("Escape")
        page.keyboard.press("d")
        page.wait_for_selector("body[data-keys=ready] #undo")
        assert first not in page.url
        (standing,) = iter_standings(session.case)
        (made,) = standing.decisions
        assert (made.sha256, made.person, made.category) == (first, "Ada", "yes")
        assert made.possible_real_victim and made.note == "seen: 1 ship, d and u are letters here"
        page.keyboard.press("u")
        page.wait_for_selector("body[data-keys=ready] :text('The decision was taken back')")
        assert list(iter_standings(session.case)) == [] and first in page.url
        page.keyboard.press("2")
        page.keyboard.press("s")
        page.keyboard.press("d")
        page.wait_for_selector("body[data-keys=ready] #undo")
        page.keyboard.press("?")
        page.wait_for_selector("h1:has-text('Keys')")
        shown = ended(page, session, sha256=first)
        assert [item.step for item in shown][:3] == [RevealStep.SHIELDED, RevealStep.SHARPER, RevealStep.FULL]
        assert sum(item.in_full for item in shown) == 1 and all(item.seconds is not None for item in shown)
        assert verify(session.case).breaks == ()
    with open_session(directory, "Ben") as session:
        page.goto(session.url)
        page.goto(f"{session.base}/?show=second")
        page.wait_for_selector("body[data-keys=ready]")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        is_shown(page, "shielded")
        assert page.url.endswith(first)
        page.keyboard.press("2")
        page.keyboard.press("d")
        page.wait_for_selector("body[data-keys=ready] #undo")
        (standing,) = iter_standings(session.case)
        assert [item.person for item in standing.decisions] == ["Ada", "Ben"]
        settled = standing.settled(2)
        assert settled is not None and settled.category == "no"


def test_what_is_shown_ends_when_the_page_is_left(page: Any, session: Session) -> None:
    sha256 = named(session, "camera.jpg")
    page.goto(session.url)
    page.goto(f"{session.base}/item/{sha256}")
    is_shown(page, "shielded")
    page.keyboard.press("l")
    is_shown(page, "larger")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    is_shown(page, "")
    page.keyboard.press("x")
    is_shown(page, "shielded")
    page.goto(f"{session.base}/exposure")
    page.wait_for_selector("h1:has-text('My exposure')")
    shown = ended(page, session)
    assert [item.step for item in shown] == ["shielded", "larger", "shielded"]
    assert all(item.seconds is not None for item in shown)


def test_keys_lead_from_line_to_line_and_page_to_page(page: Any, session: Session) -> None:
    page.goto(session.url)
    page.goto(f"{session.base}/?show=all")
    page.wait_for_selector("body[data-keys=ready] #next-page")
    page.keyboard.press(".")
    page.wait_for_selector("body[data-keys=ready] a[aria-label='Open rank 51']")
    page.keyboard.press(",")
    page.wait_for_selector("body[data-keys=ready] a[aria-label='Open rank 1']")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-keys=ready] h1:has-text('Rank 1 ')")
    page.keyboard.press("j")
    page.wait_for_selector("body[data-keys=ready] h1:has-text('Rank 2 ')")
    page.keyboard.press("k")
    page.wait_for_selector("body[data-keys=ready] h1:has-text('Rank 1 ')")
    assert {item.in_full for item in iter_exposures(session.case)} <= {False}


def test_a_step_falls_back_by_itself(page: Any, directory: Path) -> None:
    rules = replace(load_wellness(), fall_back_seconds=1)
    with open_session(directory, rules=rules) as session:
        page.goto(session.url)
        page.goto(f"{session.base}/item/{named(session, 'camera.jpg')}")
        is_shown(page, "shielded")
        page.keyboard.press("e")
        is_shown(page, "region")
        is_shown(page, "shielded")
        assert [item.step for item in iter_exposures(session.case)] == ["shielded", "region", "shielded"]


def test_script_in_names_prompts_and_camera_data_is_text(page: Any, session: Session) -> None:
    page.goto(session.url)
    for part in ("a <script>", "camera.jpg"):
        page.goto(f"{session.base}/item/{named(session, part)}")
        is_shown(page, "shielded")
        page.keyboard.press("t")
        page.wait_for_selector("#texts pre")
        assert MARKUP in page.locator("main").inner_text()
        assert page.title() != "taken" and page.locator("main script").count() == 0
    page.goto(f"{session.base}/?show=all")
    assert page.title() == "Queue · Safelight"


def test_the_page_to_log_in_has_no_serious_fault(browser: Any, directory: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    accounts = Accounts(directory)
    accounts.add("Ada", Role.LEAD, "a long enough password")
    with open_session(directory, accounts=accounts) as session:
        page = browser.new_page()
        page.goto(session.base)
        found = axe.run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
        page.fill("[name=name]", "Ada")
        page.fill("[name=password]", "a long enough password")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Queue')")
        assert "Ada" in page.locator("header").inner_text()
        page.click("text=Log out")
        page.wait_for_selector("text=Password")
        page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_fault_of_access(browser: Any, directory: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="light")
    page = context.new_page()
    with open_session(directory, rules=replace(load_wellness(), stop_full_views=1)) as session:
        page.goto(session.url)
        picture, archive = named(session, "camera.jpg"), of_kind(session, MediaKind.ARCHIVE)
        group = session.case.rows(select(tables.media_group.c.representative))[0]["representative"]
        for path in ("/?show=all", f"/item/{archive}", "/overview", "/exposure", "/settings", "/help", "/item/nothing"):
            page.goto(f"{session.base}{path}")
            is_accessible(page, width)
        page.goto(f"{session.base}/item/{group}")
        is_shown(page, "shielded")
        is_accessible(page, width)
        page.goto(f"{session.base}/item/{picture}")
        is_shown(page, "shielded")
        page.keyboard.press("t")
        page.wait_for_selector("#texts pre")
        page.keyboard.press("f")
        is_shown(page, "full")
        page.keyboard.press("2")
        page.keyboard.press("s")
        page.keyboard.press("d")
        page.wait_for_selector("body[data-keys=ready] #undo")
        page.goto(f"{session.base}/item/{picture}")
        is_shown(page, "shielded")
        page.keyboard.press("f")
        page.wait_for_selector("#said:has-text('the limit is 1')")
        is_accessible(page, width)
    context.close()


def largest_run(session: Session) -> int:
    return largest_runs(session.case, 1)[0].number


@pytest.mark.parametrize("width", [1280, 390])
def test_evidence_away_and_runs_have_no_serious_fault(
    browser: Any, directory: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with the evidence away, one of a run with its previews, and its prompts unfolded."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="light")
    page = context.new_page()
    with open_session(directory) as session:
        page.goto(session.url)
        page.goto(f"{session.base}/runs")
        is_accessible(page, width)
        page.goto(f"{session.base}/run/{largest_run(session)}")
        page.wait_for_selector("body[data-keys=ready]")
        page.keyboard.press("t")
        page.wait_for_selector("#texts pre")
        page.keyboard.press("x")
        page.wait_for_selector("#tiles-said:has-text('Shown:')", timeout=30_000)
        is_accessible(page, width)
        # The evidence is away: nothing lies where it was taken in.
        monkeypatch.setattr(Reviewer, "_places", lambda self, sha256: [])
        page.goto(f"{session.base}/item/{named(session, 'camera.jpg')}")
        page.wait_for_selector("#said:has-text('The evidence is not attached')", timeout=30_000)
        is_accessible(page, width)
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_a_reader_have_no_serious_fault(browser: Any, directory: Path, width: int) -> None:
    accounts = Accounts(directory)
    accounts.add("Rea", Role.READER, "a long enough password")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="light")
    page = context.new_page()
    with open_session(directory, accounts=accounts) as session:
        page.goto(session.base)
        page.fill("[name=name]", "Rea")
        page.fill("[name=password]", "a long enough password")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Queue')")
        paths = (
            f"/item/{named(session, 'camera.jpg')}",
            f"/run/{largest_run(session)}",
            "/runs",
            "/?show=all",
            "/exposure",
        )
        for path in paths:
            page.goto(f"{session.base}{path}")
            is_accessible(page, width)
            assert page.locator("canvas").count() == 0, path
    context.close()


def test_a_run_is_decided_by_keyboard(page: Any, session: Session) -> None:
    number = largest_run(session)
    alike = run_members_told(session.case, number, "Ada").alike
    first = proposed(alike)[0].sha256
    page.goto(session.url)
    page.goto(f"{session.base}/run/{number}")
    page.wait_for_selector("body[data-keys=ready]")
    assert list(iter_exposures(session.case)) == [], "nothing is shown before an act"
    page.keyboard.press("x")
    page.wait_for_selector(f"#tiles-said:has-text('Shown: {min(12, len(alike))} shielded')", timeout=30_000)
    page.keyboard.press("h")
    page.wait_for_selector("#tiles-said:has-text('Hidden.')")
    shown = ended(page, session)
    assert {one.step for one in shown} == {RevealStep.SHIELDED} and len(shown) == min(12, len(alike))
    page.keyboard.press("1")
    page.keyboard.press("d")
    page.wait_for_selector("body[data-keys=ready] :text('Look at some of its members first')")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    is_shown(page, "shielded")
    assert page.url.endswith(first)
    page.keyboard.press("f")
    is_shown(page, "full")
    page.keyboard.press("v")
    page.wait_for_selector(
        f"body[data-keys=ready] strong:has-text('You looked at 1 of {len(alike)}, 1 of them in full')"
    )
    page.keyboard.press("2")
    page.keyboard.press("d")
    page.wait_for_selector("body[data-keys=ready] #undo")
    made = {one.sha256: one.decisions[0] for one in iter_standings(session.case)}
    assert set(made) == {one.sha256 for one in alike} and {one.category for one in made.values()} == {"no"}
    assert {one.representative for sha256, one in made.items() if sha256 != first} == {first}
    page.keyboard.press("u")
    page.wait_for_selector("body[data-keys=ready] :text('The decision was taken back')")
    assert list(iter_standings(session.case)) == [] and f"/run/{number}?" in page.url


def is_accessible(page: Any, width: int) -> None:
    """Nothing is wider than the screen, and axe-core finds no serious fault, in light and dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    for scheme, options in (("light", None), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)
        found = axe.run(page, options=options).response["violations"]
        serious = [
            (one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in {"serious", "critical"}
        ]
        assert serious == [], (page.url, scheme)
    page.emulate_media(color_scheme="light")


def of_kind(session: Session, kind: MediaKind) -> str:
    media = tables.media.c
    return str(session.case.rows(select(media.sha256).where(media.kind == kind))[0]["sha256"])
