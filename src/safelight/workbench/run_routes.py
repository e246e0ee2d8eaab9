"""The pages of generation runs: the list of them, one run, its prompts behind an act, and the decision for those that nothing sets apart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from safelight.case.case import Case
from safelight.case.generation import StoredRun, run_members
from safelight.errors import CaseError
from safelight.model import Opinion
from safelight.workbench.asked import Form, acting, form_of, person_of, reviewer_of, threaded
from safelight.workbench.reviewer import VIEW, ForWhom
from safelight.workbench.run_page import run_at, run_page, run_texts, runs_listed, whom_of_run

__all__ = ["add_run_pages"]

_MOST: Final = 1 << 40

Page = Callable[..., Response]
Problem = Callable[[Request, int, str], Response]
Decided = Callable[[Request, str, Callable[[Form], ForWhom]], Awaitable[Response]]


def add_run_pages(app: FastAPI, case: Case, page: Page, problem: Problem, decided: Decided) -> None:
    """Adds the routes.

    Args:
        app: To add them to. `case`: open for writing. `page`, `problem`: make an answer. `decided`: stores one act, as for items and groups.
    """

    def there(number: int) -> StoredRun:
        run = run_at(case, number) if 1 <= number <= _MOST else None
        if run is None:
            raise CaseError("There is no such generation run in this case.", kept="Nothing was changed.")
        return run

    @app.get("/runs")
    def runs(request: Request, first: int = 1) -> Response:
        if not 1 <= first <= _MOST:
            return problem(request, 400, "That is no page of the runs.")
        found, following = runs_listed(case, first)
        return page(request, "runs.html", runs=found, following=following, first=first)

    @app.get("/run/{number}")
    def run(request: Request, number: int, first: int = 1, said: str = "", act: int = 0) -> Response:
        if not (1 <= number <= _MOST and run_at(case, number)) or not 1 <= first <= _MOST:
            return problem(request, 404, "There is no such generation run in this case.")
        found: Any = run_page(case, there(number), person_of(request), first)
        return page(
            request,
            "run.html",
            run=found,
            scheme=reviewer_of(request).scheme,
            opinions=list(Opinion),
            said=said,
            act=act,
        )

    @app.post("/run/{number}/text")
    async def unfold(number: int, request: Request) -> Response:
        reviewer, view = acting(request), (await form_of(request)).get("view", "")
        if not VIEW.fullmatch(view):
            return JSONResponse({"message": "That is no page."}, 400)

        def read() -> tuple[int, list[dict[str, str]]]:
            found = there(number)
            return reviewer.show_text(next(run_members(case, number)), view, run=number), run_texts(found)

        exposure, texts = await threaded(read)
        return JSONResponse({"exposure": exposure, "texts": texts})

    @app.post("/run/{number}/decide")
    async def decide(number: int, request: Request) -> Response:
        person = acting(request).person
        found = there(number)
        return await decided(request, f"/run/{number}", lambda _form: whom_of_run(case, found, person))
