"""The pages of the workbench and what can be done on them. All text from evidence is escaped by the templates; none of it is ever markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined

from safelight import __version__
from safelight.case import stage_summary
from safelight.case.case import Case
from safelight.case.reviewing import RevealStep, iter_exposures
from safelight.decode.previewing import NoPictureError
from safelight.errors import CaseError, WallError
from safelight.exports.report.text import bytes_text, count_text, shown, time_text
from safelight.exports.report.words import BASES, OPINIONS
from safelight.model import Opinion
from safelight.review.exposure import cost, days, sum_of_others
from safelight.review.lines import queue_state
from safelight.review.own_rules import BLURS, OwnRules
from safelight.review.why import explain, group_of
from safelight.workbench.accounts import LockedError
from safelight.workbench.asked import (
    Form,
    acting,
    choice_of,
    form_of,
    person_of,
    rank_of,
    reviewer_of,
    share_of,
    threaded,
)
from safelight.workbench.closed import ClosedLines
from safelight.workbench.item import folded_texts, group_members, item_page, silences, split_members
from safelight.workbench.listing import Show, Wanted, line_at, lines, next_open, progress
from safelight.workbench.overview import Figure, figures
from safelight.workbench.pixels import NotThereError
from safelight.workbench.reviewer import VIEW, Choice, ForWhom, RefusedError
from safelight.workbench.run_page import runs_of_acts
from safelight.workbench.run_routes import add_run_pages
from safelight.workbench.sessions import Session
from safelight.workbench.team import Team

__all__ = ["make_app"]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PLACE: Final = re.compile(r"[0-9a-f]{32}")
_STEPS: Final = {
    **{step: step.capitalize() for step in RevealStep}, RevealStep.TEXT: "Texts unfolded",
}  # fmt: skip
_MOST_RANK: Final = 1 << 40


def make_app(case: Case, *, votes: int = 1, team: Team | None = None) -> FastAPI:
    """The application, to stand behind a `Door`, which says in whose session a request comes.

    Args:
        case: Open for writing. `votes`: persons that settle an item. `team`: how people log in and out; None for one person alone.

    Raises:
        CaseError: The case has no queue yet.
    """
    state = queue_state(case)
    ordering = stage_summary.rule_counts(case)
    pages, closed, silence = _environment(), ClosedLines(state.lines), silences()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(packages=[("safelight.workbench", "static")]), name="static")

    def page(request: Request, name: str, *, status: int = 200, **given: Any) -> HTMLResponse:
        session: Session = request.scope["session"]
        seconds, full = session.reviewer.today()
        verdict = session.reviewer.verdict()
        common = {
            "person": session.reviewer.person, "role": session.role, "team": team is not None, "csrf": session.csrf,
            "state": state, "minutes": seconds / 60, "full": full, "verdict": verdict,
            "version": __version__, "case_name": case.directory.name, "votes": votes,
            "rules": session.reviewer.rules, "unit_rules": session.reviewer.unit_rules, "own": session.reviewer.own,
        }  # fmt: skip
        return HTMLResponse(pages.get_template(name).render(**common, **given), status)

    @cache
    def counted() -> list[Figure]:
        """Counted once: nobody else can add to the case while it is open here, and decisions are no part of it."""
        return figures(case)

    def problem(request: Request, status: int, words: str) -> Response:
        if "session" not in request.scope:
            return Response(words, status, media_type="text/plain")
        return page(request, "problem.html", status=status, words=words)

    @app.exception_handler(404)
    def missing(request: Request, _error: Any) -> Response:
        return problem(request, 404, "There is no such page, or no such item in this case.")

    @app.exception_handler(CaseError)
    def failed(request: Request, error: CaseError) -> Response:
        if request.headers.get("x-csrf"):
            return JSONResponse({"message": str(error)}, 409)
        return problem(request, 409, str(error))

    @app.exception_handler(RefusedError)
    def refused(request: Request, error: RefusedError) -> Response:
        if request.headers.get("x-csrf"):
            return JSONResponse({"message": str(error)}, 403)
        return problem(request, 403, str(error))

    @app.get("/")
    def queue(request: Request, first: int = 1, show: str = Show.OPEN, rule: str = "", act: int = 0) -> Response:
        if show not in tuple(Show) or not 1 <= first <= _MOST_RANK:
            return problem(request, 400, "That is no page of the queue.")
        wanted = Wanted(show=Show(show), rule=rule, person=person_of(request), votes=votes)
        found, following = lines(case, state, wanted, first, closed)
        return page(
            request, "queue.html", lines=found, following=following, first=first, show=show, rule=rule, ordering=ordering, shows=list(Show), act=act,
            decided=progress(case),
        )  # fmt: skip

    @app.get("/item/{key}")
    def item(request: Request, key: str, act: int = 0, said: str = "") -> Response:
        media = bool(_SHA256.fullmatch(key)) and case.has_media(key)
        place = bool(_PLACE.fullmatch(key))
        if not media and not place:
            return problem(request, 404, "There is no such item in this case.")
        found = item_page(case, state, key if media else bytes.fromhex(key), person_of(request))
        if place and not found.record["places"]:
            return problem(request, 404, "There is no such item in this case.")
        return page(
            request, "item.html", item=found, is_media=media, scheme=reviewer_of(request).scheme, opinions=list(Opinion), act=act, said=said,
            silence=silence,
        )  # fmt: skip

    @app.get("/rank/{rank}")
    def at_rank(request: Request, rank: int) -> Response:
        key = line_at(case, state, rank) if 1 <= rank <= _MOST_RANK else None
        return RedirectResponse(f"/item/{key}", 303) if key else problem(request, 404, "The queue has no such line.")

    @app.post("/item/{key}/reveal")
    async def reveal(key: str, request: Request) -> Response:
        form = await form_of(request)
        step, view = form.get("step", ""), form.get("view", "")
        if (
            not _SHA256.fullmatch(key)
            or step not in tuple(RevealStep)
            or step == RevealStep.TEXT
            or not VIEW.fullmatch(view)
        ):
            return JSONResponse({"message": "That is no step of a reveal."}, 400)
        try:
            focus = (share_of(form.get("x", "0.5")), share_of(form.get("y", "0.5")))
            reviewer = acting(request)
            made = await threaded(lambda: reviewer.show(key, RevealStep(step), view, focus))
        except ValueError:
            return JSONResponse({"message": "That is no place in the picture."}, 400)
        except NotThereError as error:
            return JSONResponse({"message": shown(str(error), 2000)}, 409)
        except NoPictureError as error:
            return JSONResponse({"message": f"There is no picture to show: {shown(str(error))}."}, 409)
        except WallError as error:
            return JSONResponse({"message": str(error)}, 503)
        headers = {"x-exposure": str(made.number), "x-heed": quote(" ".join(made.warnings))}
        return Response(made.picture, media_type="image/jpeg", headers=headers)

    @app.post("/item/{key}/text")
    async def unfold(key: str, request: Request) -> Response:
        view = (await form_of(request)).get("view", "")
        if not _SHA256.fullmatch(key) or not VIEW.fullmatch(view):
            return JSONResponse({"message": "There is no such item in this case."}, 400)

        reviewer = acting(request)

        def read() -> tuple[int, list[dict[str, str]]]:
            number = reviewer.show_text(key, view)
            return number, folded_texts(explain(case, state, key))

        number, texts = await threaded(read)
        return JSONResponse({"exposure": number, "texts": texts})

    @app.post("/exposure/{number}/end")
    def end(request: Request, number: int) -> Response:
        reviewer_of(request).end(number)
        return Response(status_code=204)

    def store(request: Request, choice: Choice, whom: Callable[[], ForWhom], rank: int) -> tuple[int, str | None]:
        """Stores one act; (its number, the next line that is open)."""
        reviewer = acting(request)
        act = reviewer.decide(whom(), choice)
        if choice.second_review:
            closed.forget()
        wanted = Wanted(show=Show.OPEN, person=reviewer.person, votes=votes)
        return act, next_open(case, state, wanted, rank, closed)

    async def decided(request: Request, here: str, whom: Callable[[Form], ForWhom]) -> Response:
        """Decides as the form says, for one item, a group or a run; back to `here` when nothing could be stored."""
        acting(request)
        form = await form_of(request)
        try:
            rank = rank_of(form.get("rank", "0"))
            act, following = await threaded(lambda: store(request, choice_of(form), lambda: whom(form), rank))
        except ValueError as error:
            return RedirectResponse(f"{here}?said={quote(str(error))}", 303)
        return RedirectResponse(f"/item/{following}?act={act}" if following else f"/?act={act}", 303)

    @app.post("/item/{key}/decide")
    async def decide(key: str, request: Request) -> Response:
        if not _SHA256.fullmatch(key):
            raise CaseError("There is no such item in this case.", kept="Nothing was stored.")

        def whom(form: Form) -> ForWhom:
            if form.get("scope") != "group":
                return ForWhom(sha256s=[key])
            members = _of_group(key, with_differing=form.get("differing") == "yes")
            return ForWhom(sha256s=members, by={one: key for one in members if one != key})

        return await decided(request, f"/item/{key}", whom)

    def _of_group(key: str, *, with_differing: bool) -> list[str]:
        group: Any = group_of(case, state, key)
        if group is None or group["representative"] != key:
            raise ValueError("This item stands for no group; decide it alone.")
        alike, differing = split_members(group_members(case, group), key)
        return [one.sha256 for one in (*alike, *(differing if with_differing else ()))]

    @app.post("/undo/{act}")
    def undo(request: Request, act: int) -> Response:
        sha256 = acting(request).undo(act)
        closed.forget()
        run = runs_of_acts(case, [act]).get(act)
        said = quote("The decision was taken back. It stays in the record.")
        return RedirectResponse(f"/run/{run}?said={said}" if run else f"/item/{sha256}?said={said}", 303)

    add_run_pages(app, case, page, problem, decided)

    @app.get("/overview")
    def overview(request: Request) -> Response:
        return page(request, "overview.html", figures=counted(), decided=progress(case))

    @app.get("/exposure")
    def exposure(request: Request) -> Response:
        mine = days(iter_exposures(case, person=person_of(request)))
        own = [(day, counted) for (_, day), counted in mine.items()]
        return page(
            request, "exposure.html", days=own[::-1], others=sum_of_others(iter_exposures(case), person_of(request)), cost=cost(case),
            steps=list(RevealStep), step_words=_STEPS, decided=progress(case),
        )  # fmt: skip

    @app.get("/settings")
    def settings(request: Request, said: str = "") -> Response:
        return page(request, "settings.html", blurs=BLURS, said=said)

    @app.post("/settings")
    async def choose(request: Request) -> Response:
        form, reviewer = await form_of(request), reviewer_of(request)
        try:
            own = OwnRules.from_record(form)
        except ValueError:
            return problem(request, 400, "A setting is out of range. Nothing was changed.")
        await threaded(lambda: reviewer.choose(own))
        return RedirectResponse(f"/settings?said={quote('Kept, and in force from now on.')}", 303)

    @app.get("/help")
    def keys(request: Request) -> Response:
        return page(request, "help.html")

    if team is not None:
        _add_log_in(app, pages, team)
    return app


def _add_log_in(app: FastAPI, pages: Environment, team: Team) -> None:
    def log_in_page(words: str, status: int) -> Response:
        return HTMLResponse(pages.get_template("login.html").render(words=words), status)

    @app.get("/login")
    def ask() -> Response:
        return log_in_page("", 200)

    @app.post("/login")
    async def log_in(request: Request) -> Response:
        form = await form_of(request)
        try:
            cookie = await threaded(lambda: team.log_in(form.get("name", ""), form.get("password", "")))
        except LockedError:
            return log_in_page("Too many wrong passwords for this name. Wait a quarter of an hour.", 429)
        if cookie is None:
            return log_in_page("There is no such account, or that is not its password.", 403)
        return RedirectResponse("/", 303, {"set-cookie": cookie})

    @app.post("/logout")
    def log_out(request: Request) -> Response:
        team.log_out(request.scope["session"])
        return RedirectResponse("/login", 303)


def _environment() -> Environment:
    pages = Environment(
        loader=PackageLoader("safelight.workbench"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "shown": shown, "count": count_text, "time": time_text, "bytes": bytes_text, "number": lambda value: f"{value:,}",
        "ns": _nanoseconds, "inside": lambda words: words[:1].lower() + words[1:],
    }  # fmt: skip
    pages.globals |= {"opinion_words": OPINIONS, "basis_words": BASES}
    return pages


def _nanoseconds(value: int | None) -> str:
    if value is None:
        return ""
    try:
        return f"{datetime.fromtimestamp(value / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{value} ns"
