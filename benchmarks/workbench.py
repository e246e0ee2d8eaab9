"""The workbench under load, and what settling a drawn seizure costs in full views.

Run: `python benchmarks/workbench.py --items 100000 --json` makes a case of so many media (no evidence behind it: nothing is decoded) and asks
the real server over HTTP: the first page of the queue, a page far down, an item, the overview, and decisions. `--case DIR` instead counts what
settling that case costs in full views, by the rules of `settle`.
"""

from __future__ import annotations

import argparse
import hashlib
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

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.decode.limits import Limits
from safelight.model import (
    Basis,
    Examination,
    Finding,
    Fingerprints,
    Group,
    HashSetRole,
    Location,
    Match,
    MatchHow,
    MediaFile,
    MediaKind,
    Opinion,
    OriginOpinion,
    Outcome,
    PdqHash,
    ReaderRun,
    Strength,
    Supports,
)
from safelight.review.queue import build_queue
from safelight.review.rules import load_rules
from safelight.review.schemes import load_scheme
from safelight.review.wellness import load_wellness
from safelight.workbench.serving import serving

BATCH = 2_000
GROUP = 5
OPINIONS = (Opinion.GENERATED, Opinion.CAPTURED, Opinion.UNDETERMINED, Opinion.AI_EDITED)


def name_of(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def record(number: int) -> FileRecord:
    """One picture; a third of them generated, with a prompt."""
    opinion = OPINIONS[number % len(OPINIONS)]
    generated = opinion is Opinion.GENERATED
    text = b"%d" % number
    finding = Finding(
        reader="a1111", version="1", what="Generation parameters are recorded.", supports=Supports.GENERATED, basis=Basis.DECLARED,
        where="tEXt parameters", strength=Strength.STRONG, details={"prompt": f"a lighthouse, number {number}", "seed": str(number)},
    )  # fmt: skip
    examined = Examination(
        sha256=name_of(number), sha1=hashlib.sha1(text).hexdigest(), md5=hashlib.md5(text).hexdigest(), size_bytes=1_000 + number,
        media_type="image/jpeg", kind=MediaKind.IMAGE, width_px=1024, height_px=768, frames=1,
        fingerprints=Fingerprints(pdq=PdqHash(hashlib.sha256(b"p" + text).hexdigest(), 100)), findings=(finding,) if generated else (),
        runs=(ReaderRun("a1111", "1", Outcome.FOUND if generated else Outcome.NOTHING_FOUND),),
    )  # fmt: skip
    judged = OriginOpinion(
        opinion=opinion, log10_lr=2.0 if generated else 0.0, strength=Strength.STRONG if generated else Strength.NONE,
        basis=(Basis.DECLARED,) if generated else (), generator="Automatic1111" if generated else None,
    )  # fmt: skip
    place = MediaFile(
        location=Location(b"/evidence", (b"folder %03d/picture %07d.jpg" % (number // 400, number),)), size_bytes=1_000 + number,
        modified_ns=1_600_000_000_000_000_000 + number * 10**12,
    )  # fmt: skip
    return FileRecord(place, examined.sha256, examined, judged, (), True)


def make_case(directory: Path, items: int) -> None:
    """A case with a tenth of its media in near-duplicate groups of five, one large group, and a hundredth on a list."""
    with Case.create_or_open(directory) as case:
        run = case.begin_run(command="benchmark", sources=[b"/evidence"], settings={}, versions={}, isolation={})
        for first in range(0, items, BATCH):
            case.record(run, [record(number) for number in range(first, min(items, first + BATCH))])
        listed = (
            Match(
                sha256=name_of(number), hashset="unit", bank="", role=HashSetRole.KNOWN, how=MatchHow.MD5, distance=0, label="1",
                entry=name_of(number)[:32], variant="",
            )
            for number in range(0, items, 100)
        )  # fmt: skip
        case.add_matches(run, listed, state={})
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
    """Milliseconds of so many requests, after one that is not counted."""
    ask(0)
    found = []
    for number in range(1, count + 1):
        begun = time.perf_counter()
        ask(number)
        found.append(1000 * (time.perf_counter() - begun))
    return {
        "median_ms": round(statistics.median(found), 1),
        "p95_ms": round(float(np.percentile(found, 95)), 1),
        "max_ms": round(max(found), 1),
    }


def seconds_of(work: Callable[[], None]) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    work()
    return round(1000 * (time.perf_counter() - begun), 1)


def measured(directory: Path, items: int, count: int) -> dict[str, Any]:
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
                return {"cold_first_page_ms": round(1000 * cold, 1), **asked(client, items, count)}
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


def settle(directory: Path) -> dict[str, Any]:
    """Counts full views: one for the representative of each line with pictures, one for each member that differs in opinion.

    A line with a digest on a list of known material is settled by that match and asks for none. Nothing is assumed of what a person can tell
    from a lower step: it is a count of what the pages ask for at most, not of what people did.
    """
    from sqlalchemy import select

    from safelight.case import tables
    from safelight.review.lines import queue_lines, queue_state

    views = lines = by_match = differing = 0
    with Case.open(directory) as case:
        opinion, media = tables.opinion.c, tables.media.c
        judged = {
            row["sha256"]: row["opinion"]
            for row in case.stream(select(opinion.sha256, opinion.opinion).order_by(opinion.run_id))
        }
        pictures = {row["sha256"] for row in case.stream(select(media.sha256).where(media.kind == MediaKind.IMAGE))}
        runs = tables.generation_member.c
        run_of = {row["sha256"]: row["number"] for row in case.stream(select(runs.sha256, runs.number))}
        seen_runs: set[int] = set()
        with_runs = 0
        for line in queue_lines(case, queue_state(case)):
            if line["sha256"] not in pictures:
                continue
            lines += 1
            group: Any = line["group"]
            members = [one["sha256"] for one in group["members"]] if group else []
            apart = sum(judged.get(one) != judged.get(line["sha256"]) for one in members)
            known = any(one["role"] == "known" and one["how"] != "pdq" for one in line["matches"])  # type: ignore[union-attr,call-overload,index]
            views += apart + (not known)
            differing += apart
            by_match += known
            number = run_of.get(str(line["sha256"]))
            with_runs += apart + (not known and number not in seen_runs)
            if number is not None:
                seen_runs.add(number)
    return {
        "distinct_pictures": len(pictures), "lines_with_pictures": lines, "settled_by_digest": by_match, "differing_members": differing,
        "full_views": views, "one_in": round(len(pictures) / max(1, views), 2),
        "full_views_if_a_run_counted_as_one": with_runs, "one_in_if_a_run_counted_as_one": round(len(pictures) / max(1, with_runs), 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=200, help="decisions; a quarter as many of each page")
    parser.add_argument("--case", type=Path, help="count what settling this case costs, instead")
    parser.add_argument("--keep", type=Path, help="make the large case here, or take the one that is there")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.case:
        result = settle(given.case)
    else:
        folder = given.keep or Path(tempfile.mkdtemp(prefix="safelight-workbench-"))
        try:
            if not (folder / "case.sqlite").is_file():
                make_case(folder, given.items)
            result = {"items": given.items, **measured(folder, given.items, given.count)}
        finally:
            if not given.keep:
                shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result) if given.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
