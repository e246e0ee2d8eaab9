"""Long runs of byte fuzzing, by hand: every walker and every reader on any number of mutants, each in a process of its own.

    python -m tests.fuzzing --inputs 200000 [--reader NAME | --walker NAME]... [--seed TEXT] [--keep FOLDER]

One line is printed for each reader and walker: inputs, on how many of them something was found, on how many it could not look or named a
problem, failures, CPU seconds of all and of the slowest input, and the most memory that the process had. A failure is whatever raises, breaks
what `read_whole` and `looked_at_whole` check, takes more than a minute, exceeds the memory limit or ends the process; its input is kept in
FOLDER. The exit code is 1 when there was one. The tests run the same mutants in small numbers.
"""

from __future__ import annotations

import argparse
import faulthandler
import mmap
import multiprocessing
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.decode.containers.media import MEDIA
from tests.decode.containers.mutation import LIMITS, looked_at_whole, walker_mutants
from tests.decode.containers.samples import SAMPLES
from tests.origin.readers.fuzzing import mutants, read_whole

from safelight.decode.limits import Limits
from safelight.model import Outcome
from safelight.origin.readers import READERS

_WALKED = SAMPLES | MEDIA
_INPUT_S = 60
_MEMORY_BYTES = Limits().memory_bytes
_KEPT_BYTES = 16 << 20
_FAILURES_KEPT = 20
_EVERY = 20_000


@dataclass(slots=True)
class Tally:
    """What one run gave so far."""

    inputs: int = 0
    found: int = 0
    unread: int = 0
    failures: int = 0
    cpu_s: float = 0.0
    slowest_s: float = 0.0

    def line(self) -> str:
        memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        return (
            f"{self.inputs} inputs, {self.found} with findings, {self.unread} with something unread, {self.failures} failures, "
            f"{self.cpu_s:.0f} s of CPU, slowest {self.slowest_s * 1000:.0f} ms, {memory_mib} MiB"
        )


Look = Callable[[bytes, int], tuple[bool, bool]]
"""Looks at one input, given with its number; whether something was found, and whether something could not be read."""


def _reader(name: str, seed: str) -> tuple[Iterator[bytes], Look]:
    reader: Any = next(kind for kind in READERS if kind.name == name)()

    def look(data: bytes, number: int) -> tuple[bool, bool]:
        outcomes = {finding.outcome for finding in read_whole(reader, data)}
        return Outcome.FOUND in outcomes, bool(outcomes & {Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN})

    return mutants(reader, seed), look


def _walker(name: str, seed: str) -> tuple[Iterator[bytes], Look]:
    def look(data: bytes, number: int) -> tuple[bool, bool]:
        found = looked_at_whole(data, LIMITS if number % 2 else Limits())
        return bool(found.blocks or found.exif), bool(found.problems)

    return walker_mutants(_WALKED[name], list(_WALKED.values()), f"{seed} {name}"), look


def _run(sort: str, name: str, options: argparse.Namespace, page: mmap.mmap) -> None:
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    inputs, look = (_reader if sort == "reader" else _walker)(name, options.seed)
    tally = Tally()
    for number, data in enumerate(inputs):
        if number == options.inputs:
            break
        # Whoever ends this process, the parent still has the input that did it.
        page[:8] = min(len(data), _KEPT_BYTES).to_bytes(8, "big")
        page[8 : 8 + len(data[:_KEPT_BYTES])] = data[:_KEPT_BYTES]
        signal.alarm(_INPUT_S)
        start = time.process_time()
        try:
            found, unread = look(data, number)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is what this program looks for
            tally.failures += 1
            if tally.failures <= _FAILURES_KEPT:
                _say(f"{sort} {name}: FAILED with {error!r}: {_keep(options.keep, sort, name, number, data)}")
        else:
            tally.found += found
            tally.unread += unread
        spent = time.process_time() - start
        tally.inputs += 1
        tally.cpu_s += spent
        tally.slowest_s = max(tally.slowest_s, spent)
        if tally.inputs % _EVERY == 0 and tally.inputs < options.inputs:
            _say(f"{sort} {name}: so far {tally.line()}")
    signal.alarm(0)
    _say(f"{sort} {name}: {tally.line()}")
    sys.exit(1 if tally.failures else 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _keep(folder: Path, sort: str, name: str, number: int, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sort}-{name.replace(' ', '-').replace('/', '-')}-{number}"
    path.write_bytes(data)
    return path


def main() -> int:
    """Runs what the command line names; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=(__doc__ or "").partition("\n")[0])
    readers = [kind.name for kind in READERS]
    parser.add_argument("--inputs", type=int, default=200_000, help="mutants for each (default: 200,000)")
    parser.add_argument(
        "--reader", action="append", choices=readers, metavar="NAME", help="only this reader; may be repeated"
    )
    parser.add_argument(
        "--walker",
        action="append",
        choices=list(_WALKED),
        metavar="NAME",
        help="only the walkers that read this sample",
    )
    parser.add_argument("--seed", default="by hand", help="another text gives other mutants")
    parser.add_argument("--keep", type=Path, default=Path("fuzzing-failures"), help="folder for inputs that failed")
    options = parser.parse_args()
    every = not (options.reader or options.walker)
    subjects = [("reader", name) for name in (readers if every else options.reader or [])]
    subjects += [("walker", name) for name in (list(_WALKED) if every else options.walker or [])]
    failed = False
    for sort, name in subjects:
        page = mmap.mmap(-1, 8 + _KEPT_BYTES)
        child = multiprocessing.get_context("fork").Process(target=_run, args=(sort, name, options, page))
        child.start()
        child.join()
        failed |= child.exitcode != 0
        if child.exitcode not in {0, 1}:
            data = page[8 : 8 + int.from_bytes(page[:8], "big")]
            _say(f"{sort} {name}: ENDED with {child.exitcode}: {_keep(options.keep, sort, name, -1, data)}")
        page.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
