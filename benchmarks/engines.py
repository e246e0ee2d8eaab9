"""What the benchmarks of search share: drawn hashes, a process for each engine, and one JSON object a line."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint8]


def drawn(count: int, seed: int = 1) -> Hashes:
    """Random hashes: distances between strangers are what they are between unlike pictures."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), np.uint8)


def questions(hashes: Hashes, count: int, most_bits: int = 40, seed: int = 2) -> Hashes:
    """Half of them entries with up to so many bits turned, so that some lie just within and some just beyond 31; half strangers."""
    chance = np.random.default_rng(seed)
    asked = np.concatenate((hashes[chance.integers(0, len(hashes), count - count // 2)], drawn(count // 2, seed + 1)))
    bits = np.unpackbits(asked, axis=1)
    for row in range(count - count // 2):
        bits[row, chance.choice(256, chance.integers(0, most_bits + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def memory_mib() -> float:
    """Memory of this process that is its own: what it maps from files and could read again is not counted."""
    with open("/proc/self/status") as status:  # noqa: PTH123
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["RssAnon"].split()[0]) / 1024


class Seconds(float):
    """Seconds on the wall, and of CPU: on a busy machine only the second can be compared."""

    cpu: float


def timed(work: Callable[[], Any]) -> tuple[Any, Seconds]:
    """What it returns, and how long it took."""
    started, cpu = time.perf_counter(), time.process_time()
    made = work()
    taken = Seconds(time.perf_counter() - started)
    taken.cpu = max(time.process_time() - cpu, 1e-9)
    return made, taken


def rates(asked: int, taken: Seconds) -> dict[str, float]:
    """Questions a second, on the wall and of CPU."""
    return {"queries_per_s": round(asked / taken, 1), "queries_per_cpu_s": round(asked / taken.cpu, 1)}


def _called(pipe: int, engine: Callable[..., dict[str, Any]], given: tuple[Any, ...]) -> None:
    cpu = time.process_time()
    try:
        said = engine(*given)
    except ImportError as error:
        said = {"skipped": f"not installed: {error.name}"}
    said["cpu_s"] = round(time.process_time() - cpu, 2)
    said["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    os.write(pipe, json.dumps(said).encode())


def apart(engine: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Runs an engine in a process of its own, so that its memory is its own."""
    reading, writing = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=_called, args=(writing, engine, given))
    process.start()
    process.join()
    os.close(writing)
    raw = os.read(reading, 1 << 16)
    os.close(reading)
    return json.loads(raw) if raw else {"skipped": f"the process ended with {process.exitcode}"}


def arguments(doc: str, sizes: tuple[int, ...]) -> argparse.ArgumentParser:
    """The words that all of them take."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--n", type=int, nargs="+", default=list(sizes), metavar="N", help="how many are in the index")
    parser.add_argument("--engine", action="append", metavar="NAME", help="only this engine; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def printed(rows: Iterator[dict[str, Any]], *, as_json: bool) -> None:
    """Prints each result when it is there."""
    if not as_json:
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    for row in rows:
        print(json.dumps(row) if as_json else ", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
