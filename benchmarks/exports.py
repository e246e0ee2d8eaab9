"""Every export format on one synthetic case: seconds, peak memory of the process, bytes written; and on a fourth of it, since memory must not grow.

usage: python benchmarks/exports.py [--items N] [--formats NAME...] [--directory DIR] [--json]
Each format runs as `safelight export`, in a process of its own, with its check and its manifest. Peak memory is the high-water mark
of that process. A directory that holds the cases already is used again. Text, names and hashes are made up.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.case.reviewing import Decision
from safelight.exports import FORMATS
from safelight.model import (
    Basis,
    Examination,
    Finding,
    Fingerprints,
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

_SOURCE = b"/evidence/synthetic"
_READERS = ("pixels", "a1111", "c2pa", "comfyui", "capture", "iptc", "novelai", "watermarks", "structure", "thumbnail")
_WORDS = (Opinion.GENERATED, Opinion.GENERATED, Opinion.CAPTURED, Opinion.UNDETERMINED, Opinion.AI_EDITED)
_LIMIT = "Unsigned metadata can be written by anybody, and can be taken from another file."


def records(count: int) -> Iterator[FileRecord]:
    for number in range(count):
        text = b"%d" % number
        sha256 = hashlib.sha256(text).hexdigest()
        place = MediaFile(
            location=Location(_SOURCE, (b"folder %d/\xe2\x98\x80 picture-%06d.png" % (number % 97, number),)), size_bytes=900_000 + number,
            modified_ns=1_700_000_000_123_456_700 + number * 10**9, accessed_ns=1_700_000_000_000_000_000, changed_ns=1_700_000_000_000_000_001,
        )  # fmt: skip
        findings = tuple(
            Finding(
                reader=reader, version="1", what=f"Generation parameters are recorded by {reader}.", supports=Supports.GENERATED,
                basis=Basis.DECLARED, where="PNG tEXt parameters at 41", strength=Strength.STRONG, could_be_faked_by="A text editor.",
                does_not_show="That the text belongs to the picture.",
                details={"prompt": f"hills and a lighthouse at dusk, number {number}", "seed": str(number), "sampler": "Euler a", "steps": 20},
            )
            for reader in ("a1111", "structure")
        )  # fmt: skip
        examined = Examination(
            sha256=sha256, sha1=hashlib.sha1(text).hexdigest(), md5=hashlib.md5(text).hexdigest(), size_bytes=900_000 + number,
            media_type="image/png", kind=MediaKind.IMAGE, width_px=1024, height_px=1024, frames=1,
            fingerprints=Fingerprints(pdq=PdqHash(hashlib.sha256(b"p" + text).hexdigest(), 90), pdq_nearest512=PdqHash(sha256, 90)),
            findings=findings, runs=tuple(ReaderRun(name, "1", Outcome.NOTHING_FOUND) for name in _READERS),
        )  # fmt: skip
        opinion = OriginOpinion(
            opinion=_WORDS[number % 5], log10_lr=3.0, strength=Strength.STRONG, basis=(Basis.DECLARED,), generator="ComfyUI", model="drawn",
            seed=str(number), prompt=f"hills and a lighthouse at dusk, number {number}", limits=(_LIMIT,),
        )  # fmt: skip
        yield FileRecord(place, sha256, examined, opinion, (), done=True)


def build(directory: Path, count: int) -> None:
    """A case with so many contents; a tenth on a list, four fifths decided."""
    with Case.create_or_open(directory, actor="benchmark") as case:
        run = case.begin_run(command="triage", sources=[_SOURCE], settings={}, versions={}, isolation={})
        waiting: list[FileRecord] = []
        for record in records(count):
            waiting.append(record)
            if len(waiting) == 500:
                case.record(run, waiting)
                waiting = []
        case.record(run, waiting) if waiting else None
        names = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(count)]
        matches = (
            Match(sha256=name, hashset="unit", bank="bank one", role=HashSetRole.KNOWN, how=MatchHow.SHA256, distance=0, label="1", entry=name)
            for name in names[::10]
        )  # fmt: skip
        case.add_matches(run, matches, state={"sets": []})
        for start in range(0, count // 5 * 4, 500):
            case.decide([
                Decision(sha256=name, person="Reviewer", scheme="vics-us", category=str(int(name[:4], 16) % 5), label="A label")
                for name in names[start : start + 500]
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
