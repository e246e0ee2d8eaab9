"""What is remembered of lines that are done changes no page, whatever people do meanwhile."""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy import select
from tests.case.records import fill

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.reviewing import Decision
from safelight.review.lines import queue_state
from safelight.workbench.closed import ClosedLines
from safelight.workbench.listing import Show, Wanted, lines, next_open


def test_pages_are_the_same_with_what_is_remembered(tmp_path: Path) -> None:
    chance = random.Random(3)
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
        state = queue_state(case)
        media = tables.media.c
        names = [row["sha256"] for row in case.rows(select(media.sha256).order_by(media.sha256))]
        closed, acts = ClosedLines(state.lines), []
        for _ in range(80):
            person = chance.choice(["Ada", "Ben"])
            if acts and chance.random() < 0.2:
                act, who = acts.pop(chance.randrange(len(acts)))
                case.withdraw_decisions(act, person=who)
                closed.forget()
            else:
                asking = chance.random() < 0.2
                made = Decision(
                    sha256=chance.choice(names), person=person, scheme="yes-no", category=chance.choice(["yes", ""]), second_review=asking
                )  # fmt: skip
                acts.append((case.decide([made]), person))
                if asking:
                    closed.forget()
            for who in ("Ada", "Ben"):
                wanted = Wanted(show=Show.OPEN, person=who, votes=chance.choice([2]))
                first = chance.randint(1, state.lines + 1)
                asked, _ = lines(case, state, wanted, first)
                told, _ = lines(case, state, wanted, first, closed)
                assert [line.rank for line in told] == [line.rank for line in asked]
                after = chance.randint(0, state.lines)
                assert next_open(case, state, wanted, after, closed) == next_open(case, state, wanted, after)


def test_what_was_asked_before_lines_were_opened_is_not_kept() -> None:
    closed = ClosedLines(3)
    age = closed.age()
    closed.close("Ada", [1, 2], age)
    assert closed.candidates("Ada", 1) == [3] and closed.candidates("Ben", 2) == [2, 3]
    closed.forget()
    assert closed.candidates("Ada", 1) == [1, 2, 3]
    closed.close("Ada", [1], age)
    assert closed.candidates("Ada", 1) == [1, 2, 3] and closed.candidates("Ada", 4) == []
