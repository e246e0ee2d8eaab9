"""The whole of triage on a drawn seizure: files a second, time by stage, ratio to its own fingerprint stage, peak memory.

The floor is measured in the same run on the same files: only read, digests, decode and both PDQs, through the same wall with the
same number of workers and no case. Memory is sampled from /proc: the parent alone, and the largest worker.

usage: python benchmarks/triage.py [--files N] [--directory DIR] [--workers N] [--no-scenes] [--json]
A directory that holds a drawn seizure already (truth.json) is used again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path


class MemoryWatch(threading.Thread):
    """Samples resident memory of this process and of its children every 50 ms."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.parent_kib = 0
        self.worker_kib = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.05):
            self.parent_kib = max(self.parent_kib, _rss_kib(os.getpid()))
            for pid in _children(os.getpid()):
                self.worker_kib = max(self.worker_kib, _rss_kib(pid))

    def finish(self) -> None:
        self._over.set()
        self.join()


def _rss_kib(pid: int) -> int:
    try:
        # Anonymous and file pages only: memory that holds archive members is shared and counted once elsewhere.
        fields = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
        )
        return int(fields["VmRSS"].split()[0])
    except (OSError, KeyError):
        return 0


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(word) for word in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


class Stages:
    """Notes when each stage began."""

    def __init__(self) -> None:
        self.started: list[tuple[str, float]] = []

    def update(self, count: object) -> None:
        stage = count.stage  # type: ignore[attr-defined]
        if not self.started or self.started[-1][0] != stage:
            self.started.append((stage, time.perf_counter()))

    def note(self, text: str) -> None:
        print(text, file=sys.stderr)


def fingerprint_only(evidence: Path, workers: int, fingerprinter: str) -> tuple[int, float]:
    from safelight.decode.limits import Limits
    from safelight.decode.wall import Wall, WorkPlan
    from safelight.evidence import FileEntry, walk

    done = 0
    with Wall(WorkPlan(fingerprinter=fingerprinter, readers=(), dihedral=False), Limits(), workers) as wall:
        started = time.perf_counter()
        for token, entry in enumerate(walk(os.fsencode(evidence.resolve()))):
            if not isinstance(entry, FileEntry):
                continue
            while wall.room <= 0:
                done += len(wall.wait(1.0))
            wall.submit(token, entry.open())
        while wall.outstanding:
            done += len(wall.wait(1.0))
        return done, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--no-scenes", action="store_true", help="without local features, here and in the floor")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    from safelight.demo.seizure import draw_seizure
    from safelight.hashsets import HashSetStore
    from safelight.pipeline.plan import plan_of
    from safelight.pipeline.triage import triage
    from safelight.settings import load_settings

    scratch = Path(tempfile.mkdtemp(prefix="safelight-benchmark-"))
    directory = arguments.directory or scratch / "seizure"
    scenes = not arguments.no_scenes
    settings = load_settings(
        {"workers": arguments.workers or None, "hashset_store": str(scratch / "hashsets"), "scenes": scenes}
    )
    try:
        if not (directory / "truth.json").is_file():
            draw_seizure(directory, files=arguments.files, seed=7, processes=settings.worker_count)
        lists = json.loads((directory / "truth.json").read_text("utf-8"))["lists"]
        with HashSetStore(scratch / "hashsets") as store:
            for item in lists:
                store.import_file(
                    directory / item["path"],
                    name=item["name"],
                    role=item["role"],
                    kind=item["kind"],
                    label=item["label"],
                )
        floor_files, floor_s = fingerprint_only(
            directory / "evidence", settings.worker_count, plan_of(settings).fingerprinter
        )
        stages, memory = Stages(), MemoryWatch()
        memory.start()
        started = time.perf_counter()
        outcome = triage(
            [directory / "evidence"], scratch / "case", settings, stages, hashset_store=scratch / "hashsets"
        )
        whole_s = time.perf_counter() - started
        memory.finish()
        ends = [begin for _, begin in stages.started[1:]] + [started + whole_s]
        by_stage = {name: round(end - begin, 2) for (name, begin), end in zip(stages.started, ends, strict=True)}
        result = {
            "benchmark": "triage", "cores": os.cpu_count(), "workers": settings.worker_count,
            "files": outcome.files, "whole_s": round(whole_s, 2), "files_per_s": round(outcome.files / whole_s, 1),
            "fingerprint_stage_files": floor_files, "fingerprint_stage_s": round(floor_s, 2),
            "ratio_to_fingerprint_stage": round(whole_s / floor_s, 2),
            "stages_s": by_stage, "parent_peak_mib": memory.parent_kib >> 10, "largest_worker_peak_mib": memory.worker_kib >> 10,
            "case_mib": round((scratch / "case" / "case.sqlite").stat().st_size / 2**20, 1),
        }  # fmt: skip
        if arguments.json:
            print(json.dumps(result))
        else:
            for name, value in result.items():
                print(f"{name:<28} {value}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
