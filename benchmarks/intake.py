"""Intake of single files against `threatexchange` 1.2.17: how many times as fast, on the same files, with as many processes.

Ours is what a worker of the wall does with a file, without the wall: one read, MD5 + SHA-1 + SHA-256, format, one decode, both PDQ
variants; a second column adds the metadata pass and the origin readers that triage runs unless asked for more. The peer reads the file once and
computes MD5 + SHA-256 + one PDQ through its own signal types. Every side runs in fresh processes with one thread each, ours with the
allocator settings that `decode.process` gives its workers; a process keeps its share of the files over all rounds. Rounds alternate,
ratios are those of medians; CPU time is given too, because other work on the machine lengthens the elapsed time.

The peer is the extra `benchmarks`: pip install -e '.[benchmarks]' (its `pdqhash` is compiled on the spot and needs a C++ compiler).

usage: python benchmarks/intake.py [--rounds N] [--scale S] [--processes N...] [--sets NAME...]
                                   [--same-environment] [--json] [--real DIR...]

With --real the JPEG files below DIR take the place of the drawn ones: those of 10 to 14 and of 1.6 to 2.6 megapixels are two sets.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PEER, PEER_VERSION = "threatexchange", "1.2.17"
OURS, WITH_READERS = "safelight", "safelight-readers"
# As `decode.process` starts its workers. The peer gets the first two only, as whoever runs it would, unless it is asked otherwise.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
ALLOCATOR = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files of one kind. `grain` is the standard deviation of the drawn sensor noise, of 255; `asked_for` the ratio wanted."""

    name: str
    files: int
    size_px: tuple[int, int]
    encoder: str
    options: dict[str, Any]
    grain: float
    asked_for: float | None


# Grain and quality are such that a file has about the bytes of a camera's or a browser's file of that kind. Of JPEG: 0.23 bytes a pixel at 12
# megapixels and 0.19 at 2, the medians of 74 and 210 real files; the noisiest twentieth of the first has 0.33, the grainy set 0.30.
SETS = (
    FileSet("jpeg-12mp", 6, (4032, 3024), "JPEG", {"quality": 92}, 3.5, 12.0),
    FileSet("jpeg-12mp-grainy", 6, (4032, 3024), "JPEG", {"quality": 92}, 5.0, None),
    FileSet("jpeg-2mp", 24, (1632, 1224), "JPEG", {"quality": 88}, 4.2, 8.0),
    FileSet("webp-1024", 24, (1024, 1024), "WEBP", {"quality": 82}, 3.5, 3.0),
    FileSet("png-1024", 24, (1024, 1024), "PNG", {}, 3.5, 2.0),
    FileSet("jpeg-thumbnail", 120, (320, 240), "JPEG", {"quality": 85}, 4.0, None),
)


def draw(folder: Path, kind: FileSet, scale: float) -> list[Path]:
    """Draws the files of one set: scenes with grain in the light of each pixel and in the colour of each four."""
    from safelight.demo.scenes import draw_scene

    random = np.random.default_rng(11)
    width, height = kind.size_px
    paths = []
    for number in range(max(2, round(kind.files * scale))):
        scene = np.asarray(draw_scene(random, width, height)).astype(np.float32)
        light = random.normal(0, kind.grain, (height, width, 1))
        colour = random.normal(0, kind.grain * 0.6, (-(-height // 2), -(-width // 2), 3))
        grain = light + colour.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
        path = folder / f"{kind.name}-{number:03}"
        Image.fromarray(np.clip(scene + grain, 0, 255).astype(np.uint8)).save(path, kind.encoder, **kind.options)
        paths.append(path)
    return paths


REAL = ((10.0, 14.0, "jpeg-12mp"), (1.6, 2.6, "jpeg-2mp"))


def find_real(folders: list[Path]) -> list[tuple[FileSet, list[Path]]]:
    """The JPEG files below `folders` by their megapixels; each content once."""
    asked_for = {kind.name: kind.asked_for for kind in SETS}
    found: dict[str, dict[bytes, Path]] = {name: {} for _, _, name in REAL}
    for path in sorted(each for folder in folders for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        if not content.startswith(b"\xff\xd8"):
            continue
        with contextlib.suppress(OSError, ValueError), Image.open(path) as image:
            megapixels = image.width * image.height / 1e6
            for lowest, highest, name in REAL:
                if lowest <= megapixels <= highest:
                    found[name][hashlib.sha256(content).digest()] = path
    sets = []
    for name, paths in found.items():
        if paths:
            kind = FileSet(f"real-{name}", len(paths), (0, 0), "JPEG", {}, 0.0, asked_for[name])
            # Small sets are read several times a round, so that a round lasts long enough to be timed.
            sets.append((kind, list(paths.values()) * max(1, 6 // len(paths))))
    return sets


def ours(readers: bool) -> Callable[[Path], None]:
    from safelight.decode.examine import Examiner
    from safelight.decode.limits import Limits
    from safelight.decode.reading import read_and_digest
    from safelight.pipeline.plan import FINGERPRINTER, readers_of
    from safelight.settings import Settings

    limits = Limits()
    names = tuple(readers_of(Settings()).names) if readers else ()
    examiner = Examiner(FINGERPRINTER, names, dihedral=False, limits=limits, stage=lambda _stage: None)

    def work(path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        reading = read_and_digest(descriptor, limits.content_bytes, lambda: None)
        os.close(descriptor)
        reply, _ = examiner.examine(reading, frozenset())
        assert reply["fingerprints"] is not None

    return work


def peer() -> Callable[[Path], None]:
    from threatexchange.signal_type.md5 import VideoMD5Signal
    from threatexchange.signal_type.pdq.signal import PdqSignal
    from threatexchange.signal_type.sha256 import VideoSHA256Signal

    def work(path: Path) -> None:
        data = path.read_bytes()
        VideoMD5Signal.hash_from_bytes(data)
        VideoSHA256Signal.hash_from_bytes(data)
        PdqSignal.hash_from_bytes(data)

    return work


def serve(side: str, connection: Connection) -> None:
    """A process of one side: takes lists of paths, works through each, answers; an empty list ends it."""
    work = {OURS: lambda: ours(False), WITH_READERS: lambda: ours(True), PEER: peer}[side]()
    connection.send("ready")
    while paths := connection.recv():
        started = time.process_time()
        for path in paths:
            work(path)
        connection.send(time.process_time() - started)


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds until the last process was done, and CPU seconds of all of them."""

    elapsed_s: float
    cpu_s: float


class Side:
    """The processes of one side."""

    def __init__(self, name: str, processes: int, same_environment: bool) -> None:
        context = multiprocessing.get_context("spawn")
        os.environ.update(ONE_THREAD)
        for key, value in ALLOCATOR.items():
            if name != PEER or same_environment:
                os.environ[key] = value
            else:
                os.environ.pop(key, None)
        self._members = []
        for _ in range(processes):
            here, there = context.Pipe()
            process = context.Process(target=serve, args=(name, there), daemon=True)
            process.start()
            there.close()
            self._members.append((process, here))
        for _, connection in self._members:
            connection.recv()

    def round(self, paths: list[Path]) -> Round:
        """Every process works through its share."""
        started = time.perf_counter()
        for number, (_, connection) in enumerate(self._members):
            connection.send(paths[number :: len(self._members)])
        cpu_s = sum(connection.recv() for _, connection in self._members)
        return Round(time.perf_counter() - started, cpu_s)

    def end(self) -> None:
        for process, connection in self._members:
            connection.send([])
            process.join()


def measure(
    kind: FileSet, paths: list[Path], names: list[str], processes: int, rounds: int, same_environment: bool
) -> dict[str, Any]:
    sides = {name: Side(name, processes, same_environment) for name in names}
    for side in sides.values():
        side.round(paths)
    taken: dict[str, list[Round]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            taken[name].append(sides[name].round(paths))
    for side in sides.values():
        side.end()
    elapsed_s = {name: statistics.median(each.elapsed_s for each in taken[name]) for name in names}
    cpu_s = {name: statistics.median(each.cpu_s for each in taken[name]) for name in names}
    result = {
        "benchmark": "intake", "set": kind.name, "files": len(paths), "processes": processes, "rounds": rounds,
        "same_environment": same_environment,
        "cores": os.cpu_count(), "mean_file_kb": round(statistics.mean(path.stat().st_size for path in paths) / 1000),
        "ms_a_file": {name: round(elapsed_s[name] / len(paths) * 1000, 3) for name in names},
        "cpu_ms_a_file": {name: round(cpu_s[name] / len(paths) * 1000, 3) for name in names},
        "asked_for": kind.asked_for,
    }  # fmt: skip
    if PEER in names:
        by_round = [theirs.elapsed_s / own.elapsed_s for theirs, own in zip(taken[PEER], taken[OURS], strict=True)]
        result |= {
            "ratio": round(elapsed_s[PEER] / elapsed_s[OURS], 2),
            "ratio_lowest_round": round(min(by_round), 2),
            "ratio_highest_round": round(max(by_round), 2),
            "ratio_of_cpu": round(cpu_s[PEER] / cpu_s[OURS], 2),
            "ratio_with_readers": round(elapsed_s[PEER] / elapsed_s[WITH_READERS], 2),
            "ratio_of_cpu_with_readers": round(cpu_s[PEER] / cpu_s[WITH_READERS], 2),
        }
    return result


def missing_peer() -> str:
    """Why the peer cannot be measured; empty when it can."""
    try:
        version = importlib.metadata.version(PEER)
        peer()
    except ImportError as error:
        return f"{PEER} is not importable ({error}); install the extra: pip install -e '.[benchmarks]'"
    return (
        "" if version == PEER_VERSION else f"{PEER} {version} is installed, not {PEER_VERSION}; no comparison is made"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sets", nargs="+", choices=[kind.name for kind in SETS])
    parser.add_argument(
        "--same-environment", action="store_true", help="the peer gets our workers' allocator settings too"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--real", type=Path, nargs="+", metavar="DIR", help="measure on the JPEG files below DIR instead"
    )
    arguments = parser.parse_args()
    why_not = missing_peer()
    if why_not:
        print(f"No comparison: {why_not}", file=sys.stderr)
    names = [OURS, WITH_READERS] if why_not else [OURS, WITH_READERS, PEER]

    def run(kind: FileSet, paths: list[Path]) -> None:
        for processes in arguments.processes:
            result = measure(kind, paths, names, processes, arguments.rounds, arguments.same_environment)
            print(json.dumps(result) if arguments.json else describe(result), flush=True)

    for kind, paths in find_real(arguments.real or []):
        run(kind, paths)
    for kind in () if arguments.real else SETS:
        if arguments.sets and kind.name not in arguments.sets:
            continue
        with tempfile.TemporaryDirectory(prefix="safelight-intake-") as folder:
            run(kind, draw(Path(folder), kind, arguments.scale))


def describe(result: dict[str, Any]) -> str:
    spent, cpu = result["ms_a_file"], result["cpu_ms_a_file"]
    text = (
        f"{result['set']:14} {result['processes']} of {result['cores']} cores, {result['mean_file_kb']:4} kB a file: "
        f"{spent[OURS]:7.2f} ms (CPU {cpu[OURS]:.2f}), with readers {spent[WITH_READERS]:7.2f} ({cpu[WITH_READERS]:.2f})"
    )
    if PEER not in spent:
        return f"{text}; {PEER} not measured"
    asked_for = f", asked for {result['asked_for']:g}" if result["asked_for"] else ""
    return (
        f"{text}, {PEER} {spent[PEER]:8.2f} ({cpu[PEER]:.2f}); ratio {result['ratio']:.2f} (rounds {result['ratio_lowest_round']:.2f} "
        f"to {result['ratio_highest_round']:.2f}, of CPU {result['ratio_of_cpu']:.2f}{asked_for}), "
        f"with readers {result['ratio_with_readers']:.2f} (of CPU {result['ratio_of_cpu_with_readers']:.2f})"
    )


if __name__ == "__main__":
    main()
