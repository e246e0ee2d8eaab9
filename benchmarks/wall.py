"""What the wall costs: the same files examined in one process without it, and through it with one worker.

Both sides do the same work with the same code (read, three digests, format, metadata, decode, both PDQs, every origin reader that is
registered) on the same drawn files; only the process boundary, the isolation and the checked replies differ. Rounds alternate, and the
ratio is that of the medians. Start-up of the worker is measured apart: it is paid once a run.

usage: python benchmarks/wall.py [--rounds N] [--scale S] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from safelight.decode.examine import Examiner, reply_body
from safelight.decode.limits import Limits
from safelight.decode.reading import read_and_digest
from safelight.decode.wall import Wall, WorkPlan

FINGERPRINTER = "safelight.fingerprint.examiner:fingerprint"

# Name, files at scale 1, pixels, encoder, options: a mix as a phone and a browser leave it.
MIX = (
    ("jpeg-2mp", 40, (1632, 1224), "JPEG", {"quality": 88}),
    ("jpeg-12mp", 8, (4032, 3024), "JPEG", {"quality": 88}),
    ("png-1024", 8, (1024, 1024), "PNG", {}),
    ("webp-1024", 16, (1024, 1024), "WEBP", {"quality": 82}),
    ("jpeg-thumbnail", 60, (320, 240), "JPEG", {"quality": 80}),
)


@dataclass(frozen=True, slots=True)
class Timing:
    """What one pass over the files took: elapsed time, and CPU time of this process alone."""

    wall_s: float
    own_cpu_s: float


def draw(folder: Path, scale: float) -> dict[str, list[Path]]:
    """Draws the files: smooth hills of colour with some grain, so that they compress about as photographs do."""
    random = np.random.default_rng(7)
    corpus: dict[str, list[Path]] = {}
    for name, count, (width, height), encoder, options in MIX:
        corpus[name] = []
        for number in range(max(1, round(count * scale))):
            y, x = np.mgrid[0:height, 0:width].astype(np.float32)
            waves = [
                np.sin(x / random.uniform(40, 400) + y / random.uniform(40, 400) + channel) for channel in range(3)
            ]
            grain = random.normal(0, 6, (height, width, 1)).astype(np.float32)
            pixels = np.clip(128 + 90 * np.stack(waves, axis=2) + grain, 0, 255).astype(np.uint8)
            path = folder / f"{name}-{number:03}"
            Image.fromarray(pixels).save(path, encoder, **options)
            corpus[name].append(path)
    return corpus


def without_wall(examiner: Examiner, paths: list[Path], limits: Limits) -> Timing:
    started, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        reading = read_and_digest(descriptor, limits.content_bytes, lambda: None)
        os.close(descriptor)
        reply, _ = examiner.examine(reading, frozenset())
        reply_body(reply, limits.reply_bytes)
    return Timing(time.perf_counter() - started, time.process_time() - cpu)


def through_wall(wall: Wall, paths: list[Path]) -> Timing:
    started, cpu = time.perf_counter(), time.process_time()
    sent = answered = 0
    while answered < len(paths):
        while sent < len(paths) and wall.room:
            wall.submit(sent, os.open(paths[sent], os.O_RDONLY | os.O_CLOEXEC))
            sent += 1
        for reply in wall.wait(10.0):
            assert reply.examination is not None
            assert not [finding for finding in reply.examination.findings if finding.reader == "wall"]
            answered += 1
    return Timing(time.perf_counter() - started, time.process_time() - cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    from safelight.origin.readers import READERS

    limits = Limits()
    plan = WorkPlan(fingerprinter=FINGERPRINTER, readers=tuple(READERS.names))
    examiner = Examiner(plan.fingerprinter, plan.readers, dihedral=False, limits=limits, stage=lambda _stage: None)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, Wall(plan, limits, 1) as wall:
        start_s = time.perf_counter() - started
        corpus = draw(Path(name), arguments.scale)
        everything = [path for paths in corpus.values() for path in paths]
        for part, paths in {**corpus, "all": everything}.items():
            without_wall(examiner, paths, limits)
            through_wall(wall, paths)
            pairs = [
                (without_wall(examiner, paths, limits), through_wall(wall, paths)) for _ in range(arguments.rounds)
            ]
            plain_s = statistics.median(plain.wall_s for plain, _ in pairs)
            walled_s = statistics.median(walled.wall_s for _, walled in pairs)
            parent_s = statistics.median(walled.own_cpu_s for _, walled in pairs)
            result = {
                "benchmark": "wall",
                "part": part,
                "files": len(paths),
                "rounds": arguments.rounds,
                "without_wall_ms_a_file": round(plain_s / len(paths) * 1000, 3),
                "through_wall_ms_a_file": round(walled_s / len(paths) * 1000, 3),
                "ratio": round(walled_s / plain_s, 4),
                "parent_cpu_ms_a_file": round(parent_s / len(paths) * 1000, 3),
                "readers": len(plan.readers),
                "start_s": round(start_s, 3),
                "own_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "cores": os.cpu_count(),
            }
            if arguments.json:
                print(json.dumps(result), flush=True)
            else:
                print(
                    f"{part:15} {result['without_wall_ms_a_file']:8.2f} ms without, {result['through_wall_ms_a_file']:8.2f} ms through the wall: "
                    f"ratio {result['ratio']:.3f} (parent {result['parent_cpu_ms_a_file']:.2f} ms CPU a file, {len(paths)} files)",
                    flush=True,
                )


if __name__ == "__main__":
    main()
