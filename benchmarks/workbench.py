"""The workbench under load.

Run: `python -m benchmarks.workbench --items 100000 --json` makes a case of so many media (no evidence behind it: nothing is decoded) and asks
the real server over HTTP: the first page of the queue, a page far down, an item, the overview, and decisions; first on a fresh case, then where all
but the last 5,000 lines and a few on the way are decided. What settling a case costs in full views is measured by `looks.py`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from benchmarks.made import OPINIONS, SOURCE, listed, name_of, record

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.case.reviewing import Decision
from safelight.decode.limits import Limits
from safelight.model import Group, Opinion
from safelight.review.queue import build_queue
from safelight.review.rules import load_rules
from safelight.review.schemes import load_scheme
from safelight.review.wellness import load_wellness
from safelight.workbench.serving import serving

BATCH = 2_000
GROUP = 5
LEFT = 5_000


def made(number: int) -> FileRecord:
    """One picture; a quarter of them generated, with a prompt."""
    generated = OPINIONS[number % len(OPINIONS)] is Opinion.GENERATED
    return record(number, found_by=("a1111",) if generated else (), asked=("a1111",))


def make_case(directory: Path, items: int) -> None:
    """A case with a tenth of its media in near-duplicate groups of five, one large group, and a hundredth on a list."""
    with Case.create_or_open(directory) as case:
        run = case.begin_run(command="benchmark", sources=[SOURCE], settings={}, versions={}, isolation={})
        for first in range(0, items, BATCH):
            case.record(run, [made(number) for number in range(first, min(items, first + BATCH))])
        case.add_matches(run, listed(range(0, items, 100)), state={})
        case.add_groups(run, list(groups(items)), distance_bits=31)
        build_queue(case, run, load_rules(None))
        case.end_run(run, outcome="done", counts={})


def groups(items: int) -> Iterator[Group]:
    for first in range(1, items // 10, GROUP):
        names = [name_of(number) for number in range(first, first + GROUP)]
        yield Group(
            kind="near-duplicate",
            representative=names[0],
            members=tuple((one, at * 3) for at, one in enumerate(names)),
            distance_bits=31,
        )
    large = [name_of(number) for number in range(items // 2, items // 2 + 1_000)]
    yield Group(
        kind="near-duplicate",
        representative=large[0],
        members=tuple((one, at % 31) for at, one in enumerate(large)),
        distance_bits=31,
    )


def times(ask: Callable[[int], Any], count: int) -> dict[str, float]:
    """Milliseconds of so many requests, after one that is not counted; `cpu_ms` is the mean of what server and client took of a core."""
    ask(0)
    found, before = [], time.process_time()
    for number in range(1, count + 1):
        begun = time.perf_counter()
        ask(number)
        found.append(1000 * (time.perf_counter() - begun))
    return {
        "median_ms": round(statistics.median(found), 1),
        "p95_ms": round(float(np.percentile(found, 95)), 1),
        "max_ms": round(max(found), 1),
        "cpu_ms": round(1000 * (time.process_time() - before) / count, 1),
    }


def seconds_of(work: Callable[[], None]) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    work()
    return round(1000 * (time.perf_counter() - begun), 1)


def measured(
    directory: Path, items: int, count: int, ask: Callable[[httpx.Client, int, int], dict[str, Any]]
) -> dict[str, Any]:
    with (
        Case.open(directory, read_only=False) as case,
        serving(case, "benchmark", scheme=load_scheme(), rules=load_wellness(), limits=Limits()) as served,
    ):
        thread = threading.Thread(target=served.run, daemon=True)
        thread.start()
        while not served.server.started:
            time.sleep(0.01)
        base = served.url.partition("/enter")[0]
        try:
            with httpx.Client(base_url=base, timeout=120) as client:
                begun = time.perf_counter()
                client.get(served.url, follow_redirects=True).raise_for_status()
                cold = time.perf_counter() - begun
                return {"cold_first_page_ms": round(1000 * cold, 1), **ask(client, items, count)}
        finally:
            served.server.should_exit = True
            thread.join()


def asked(client: httpx.Client, items: int, count: int) -> dict[str, Any]:
    page = client.get("/").text
    csrf = re.findall(r'name="csrf" content="([^"]+)"', page)[0]

    def get(path: str) -> None:
        client.get(path).raise_for_status()

    def decide(number: int, **more: str) -> None:
        data = {"csrf": csrf, "category": "no", "rank": str(number), **more}
        answer = client.post(f"/item/{name_of(items // 10 + number)}/decide", data=data)
        assert answer.status_code == 303 and "act=" in answer.headers["location"], answer.text

    def decide_group(number: int) -> None:
        data = {"csrf": csrf, "category": "no", "scope": "group", "differing": "yes", "rank": "1"}
        answer = client.post(f"/item/{name_of(1 + number * GROUP)}/decide", data=data)
        assert answer.status_code == 303 and "act=" in answer.headers["location"], answer.text

    large = name_of(items // 2)
    return {
        "first_page": times(lambda _: get("/"), count // 4),
        "page_far_down": times(lambda number: get(f"/?first={items * 3 // 4 + number * 50}&show=all"), count // 4),
        "item": times(lambda number: get(f"/item/{name_of(number * 7)}"), count // 4),
        "item_group_of_1000": times(lambda _: get(f"/item/{large}"), 10),
        "decision": times(decide, count),
        "decision_group_of_5": times(decide_group, count // 4),
        "first_page_after": times(lambda _: get("/"), count // 4),
        "overview_first_ms": seconds_of(lambda: get("/overview")),
        "overview": times(lambda _: get("/overview"), 3),
    }


def asked_at_the_end(client: httpx.Client, items: int, count: int) -> dict[str, Any]:
    """The same where most is done: decisions on what the first page still lists, each by the way of the page that the one before led to."""
    del items
    page = client.get("/").text
    csrf = re.findall(r'name="csrf" content="([^"]+)"', page)[0]
    at = [re.findall(r'href="/item/([0-9a-f]{64})"', page)[0]]

    def decide(number: int) -> None:
        answer = client.post(f"/item/{at[0]}/decide", data={"csrf": csrf, "category": "no", "rank": str(number)})
        assert answer.status_code == 303 and "act=" in answer.headers["location"], answer.text
        at[0] = answer.headers["location"].partition("?")[0].rpartition("/")[2]

    return {
        "first_page": times(lambda _: client.get("/").raise_for_status(), count // 4),
        "asked_for_a_second_look": times(lambda _: client.get("/?show=second").raise_for_status(), count // 4),
        "decision": times(decide, count),
        "first_page_after": times(lambda _: client.get("/").raise_for_status(), count // 4),
    }


def nearly_done(directory: Path) -> None:
    """Decides all but the last lines and a few on the way, as it is towards the end of a case: a page must pass over the rest."""
    from sqlalchemy import select

    from safelight.case import tables
    from safelight.review.lines import queue_state

    queue, media = tables.queue.c, tables.media.c
    with Case.open(directory, read_only=False) as case:
        state = queue_state(case)
        chosen = select(queue.sha256, queue.rank).where(queue.run_id == state.run_id, queue.group_size == 1)
        left = {
            row["sha256"] for row in case.rows(chosen) if row["rank"] > state.lines - LEFT or row["rank"] % 40_000 == 0
        }
        names = [row["sha256"] for row in case.rows(select(media.sha256).order_by(media.sha256))]
        case.take_in(
            (
                Decision(sha256=one, person="benchmark", scheme="yes-no", category="no")
                for one in names
                if one not in left
            ),
            {},
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=200, help="decisions; a quarter as many of each page")
    parser.add_argument("--keep", type=Path, help="make the large case here, or take the one that is there")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="safelight-workbench-"))
    try:
        if not (folder / "case.sqlite").is_file():
            make_case(folder, given.items)
        result = {"items": given.items, **measured(folder, given.items, given.count, asked)}
        nearly_done(folder)
        result["nearly_done"] = measured(folder, given.items, given.count, asked_at_the_end)
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result) if given.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
