"""The work grows with the case, not faster: counted in steps of the database, which no busy machine can change."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import event
from tests.case.records import begin, digest, group, matches, place, queue, record, unreadable

from safelight.case.case import Case
from safelight.exports.report.facts import QUEUE_LINES, gather

_STEP = 100


def _steps(directory: Path, number: int) -> int:
    """Steps, in hundreds, that the database takes for the facts of a case with so many contents."""
    with Case.create_or_open(directory) as case:
        run_id = begin(case)
        case.record(run_id, [record(item) for item in range(number)])
        copies = [
            record(item, media_file=place(10_000 + item), examination=None, opinion=None) for item in range(number // 2)
        ]
        case.record(run_id, copies + [unreadable(20_000 + item) for item in range(number // 10)])
        case.add_matches(run_id, matches(range(number // 2)), state={"sets": []})
        case.add_groups(run_id, [group(range(number // 4)), group(range(number // 2, number))], distance_bits=31)
        case.add_queue(run_id, queue(range(number)), rules={"source": "test", "text": "", "sha256": ""})
        case.end_run(run_id, outcome="done", counts={})
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_progress_handler(count, _STEP)

    with Case.open(directory) as case:
        case.engine.dispose()
        event.listen(case.engine, "connect", watch)
        facts = gather(case)
    assert facts.totals.contents == number
    assert len(facts.head) == min(number, QUEUE_LINES)
    assert digest(0) in facts.places
    return steps


def test_four_times_the_case_takes_about_four_times_the_steps(tmp_path: Path) -> None:
    small, large = _steps(tmp_path / "small", 400), _steps(tmp_path / "large", 1_600)
    assert small > 100
    # The sorting adds a little; one scan for each content would make it sixteen.
    assert large < 6 * small, (small, large)
