"""Mutated carriers through every reader, reproducibly; by hand in any number: python -m tests.origin.readers.fuzzing COUNT [READER]..."""

from __future__ import annotations

import random
import sys
import time
from typing import Any, NamedTuple

from tests.decode.containers.mutation import mutated
from tests.origin.carriers import CARRIERS, content

from safelight.decode.bounding import bounded
from safelight.model import Finding, Outcome, Strength, Supports
from safelight.origin.opinion import weigh
from safelight.origin.readers import READERS

__all__ = ["Fuzzed", "fuzzed"]

# Bytes that mean something to the grammars; random ones rarely hit them.
_WORDS = (
    b"\nSteps: 1, Seed: 2, Sampler: x",
    b"Negative prompt:",
    b'"',
    b"{",
    b"[",
    b"]",
    b"}",
    b"\\u0000",
    b"\\ud800",
    b'["3", 0]',
    b'"class_type"',
    b"NaN",
    b"1e999",
    b"\xff\xfe",
    b"\0\0",
    b"99999999999999999999999",
    b"Version: ",
    b"<rdf:li>",
    b"trainedAlgorithmicMedia",
    b"UNICODE\0",
    b"\n" * 50,
)


class Fuzzed(NamedTuple):
    """What came of it: inputs, findings, and the seconds of CPU of the slowest input."""

    inputs: int
    findings: int
    slowest_s: float


def fuzzed(reader: Any, count: int, seed: object) -> Fuzzed:
    """Runs a reader on `count` mutants of the drawn carriers and checks what must hold for any bytes at all."""
    chance = random.Random(f"{reader.name} {seed}")
    originals = list(CARRIERS.values())
    # A reader's own carriers are what its grammar meets.
    own = [data for data in originals if list(reader.read(content(data)))] or originals
    total, slowest = 0, 0.0
    for number in range(count):
        data = mutated(chance.choice(own if number % 4 else originals), chance, chance.choice(originals))
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(data) + 1)
            data = data[:at] + chance.choice(_WORDS) + data[at + chance.randrange(2) * 8 :]
        start = time.process_time()
        findings = list(reader.read(content(data)))
        slowest = max(slowest, time.process_time() - start)
        total += len(findings)
        for finding in findings:
            _holds(finding)
        bounded(findings)
        weigh(findings)
    return Fuzzed(count, total, slowest)


def _holds(finding: Finding) -> None:
    speaks = finding.supports is not Supports.NOTHING
    assert speaks == (finding.basis is not None)
    assert speaks == (finding.strength is not Strength.NONE)
    assert not speaks or finding.outcome is Outcome.FOUND
    assert 0 < len(finding.what) < 1000
    for name in ("generator", "model", "seed", "prompt", "captured_with"):
        assert isinstance(finding.details.get(name, ""), str)


if __name__ == "__main__":
    for one in [kind() for kind in READERS if not sys.argv[2:] or kind.name in sys.argv[2:]]:
        sys.stdout.write(f"{one.name} {fuzzed(one, int(sys.argv[1]), 'by hand')}\n")
