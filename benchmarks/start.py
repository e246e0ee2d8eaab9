"""How long `safelight --help` takes, beside an empty Python start in the same run.

usage: python benchmarks/start.py [--runs N] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def seconds(command: list[str], runs: int) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ})
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    floor = seconds([sys.executable, "-c", "pass"], arguments.runs)
    ours = seconds([sys.executable, "-m", "safelight", "--help"], arguments.runs)
    result = {
        "benchmark": "start",
        "runs": arguments.runs,
        "python_start_s": round(floor, 4),
        "help_s": round(ours, 4),
        "cores": os.cpu_count(),
    }
    print(
        json.dumps(result)
        if arguments.json
        else f"safelight --help {ours * 1000:.0f} ms; empty Python {floor * 1000:.0f} ms (median of {arguments.runs})"
    )


if __name__ == "__main__":
    main()
