"""Every export format on one synthetic case: seconds, peak memory of the process, bytes written; and on a fourth of it, since memory must not grow.

usage: python -m benchmarks.exports [--items N] [--formats NAME...] [--directory DIR] [--json]
Each format runs as `safelight export`, in a process of its own, with its check and its manifest. Peak memory is the high-water mark
of that process. A directory that holds the cases already is used again. Text, names and hashes are made up.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made import SOURCE, listed, name_of, record

from safelight.case.case import Case
from safelight.case.reviewing import Decision
from safelight.exports import FORMATS

_READERS = ("pixels", "a1111", "c2pa", "comfyui", "capture", "iptc", "novelai", "watermarks", "structure", "thumbnail")


def build(directory: Path, count: int) -> None:
    """A case with so many contents; a tenth on a list, four fifths decided."""
    with Case.create_or_open(directory, actor="benchmark") as case:
        run = case.begin_run(command="triage", sources=[SOURCE], settings={}, versions={}, isolation={})
        for first in range(0, count, 500):
            made = range(first, min(count, first + 500))
            case.record(run, [record(number, found_by=("a1111", "structure"), asked=_READERS) for number in made])
        case.add_matches(run, listed(range(0, count, 10)), state={"sets": []})
        for first in range(0, count // 5 * 4, 500):
            names = map(name_of, range(first, min(count // 5 * 4, first + 500)))
            case.decide([
                Decision(sha256=name, person="Reviewer", scheme="vics-us", category=str(int(name[:4], 16) % 5), label="A label")
                for name in names
            ])  # fmt: skip
        case.end_run(run, outcome="done", counts={"files": count})


_CALL = """
import re, sys
from safelight.cli.group import run
try:
    run(sys.argv[1:])
finally:
    print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr)
"""


def measured(case: Path, name: str, output: Path) -> dict[str, float | int | str]:
    """One export. Its peak is asked of the process itself: what the system reports to a parent begins with the memory of that parent."""
    output.mkdir()
    command = [sys.executable, "-c", _CALL, "export", str(case), "--format", name, "-o", str(output)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = done.stderr.rpartition("PEAK ")[2].split()
    written = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    result: dict[str, float | int | str] = {
        "seconds": round(seconds, 2), "seconds_cpu": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_mib": round(int(peak[0]) / 1024, 1) if peak else 0, "written_mib": round(written / 2**20, 1), "exit": done.returncode,
    }  # fmt: skip
    if done.returncode:
        result["error"] = done.stderr[-300:]
    shutil.rmtree(output)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=36_209)
    parser.add_argument("--formats", nargs="*", default=[form.name for form in FORMATS])
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        top = arguments.directory or Path(temporary)
        top.mkdir(parents=True, exist_ok=True)
        counts = (arguments.items // 4, arguments.items)
        for count in counts:
            if not (top / f"case-{count}").is_dir():
                build(top / f"case-{count}", count)
        for name in arguments.formats:
            for count in counts:
                result = {
                    "benchmark": "exports",
                    "format": name,
                    "items": count,
                    **measured(top / f"case-{count}", name, top / "out"),
                }
                line = (
                    f"{name:<12} {count:>7,} items {result['seconds']:>7} s ({result['seconds_cpu']} s CPU) {result['peak_mib']:>7} MiB peak "
                    f"{result['written_mib']:>7} MiB written"
                )
                failed = f"  FAILED: {result['error']}" if "error" in result else ""
                print(json.dumps(result) if arguments.json else line + failed, flush=True)


if __name__ == "__main__":
    main()
