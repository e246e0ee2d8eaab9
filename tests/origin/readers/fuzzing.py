"""Mutated carriers through every reader, reproducibly; `tests.fuzzing` runs them by hand in any number."""

from __future__ import annotations

import gzip
import random
import struct
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from tests.decode.containers.mutation import mutated
from tests.origin.carriers import CARRIERS, PARAMETERS, PROMPT, content
from tests.origin.signing import Authority, action, picture, signed
from tests.origin.watermarks.marking import drawn, encoded, mark, message

from safelight.decode.bounding import bounded
from safelight.model import Finding, Outcome, Strength, Supports
from safelight.origin.opinion import weigh

__all__ = ["Fuzzed", "carriers_of", "fuzzed", "mutants", "read_whole"]

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


def carriers_of(reader: Any) -> tuple[list[bytes], list[bytes]]:
    """(the carriers that the reader finds something in, all carriers); the first are what its grammar meets.

    Manifests are signed afresh each time, so that mutants of them are not the same ones in the next run.
    """
    every = list(CARRIERS.values())
    made = {"c2pa": _manifests, "watermarks": _marks}.get(reader.name)
    own = made() if made else [data for data in every if list(reader.read(content(data)))]
    return own or every, every


def mutants(reader: Any, seed: object) -> Iterator[bytes]:
    """Mutants without end, three in four of a carrier of the reader's own, half of these with no byte moved, so that they reach further in."""
    chance = random.Random(f"{reader.name} {seed}")
    own, every = carriers_of(reader)
    number = 0
    while True:
        number += 1
        data = chance.choice(own if number % 4 else every)
        if number % 4 == 3 and reader.name == "stealth":
            yield _hidden(chance)
            continue
        if number % 4 and number % 2:
            yield _overwritten(data, chance)
            continue
        data = mutated(data, chance, chance.choice(every))
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(data) + 1)
            data = data[:at] + chance.choice(_WORDS) + data[at + chance.randrange(2) * 8 :]
        yield data


def read_whole(reader: Any, data: bytes) -> list[Finding]:
    """What the reader finds, with everything checked that must hold for any bytes at all."""
    findings = list(reader.read(content(data)))
    for finding in findings:
        _holds(finding)
    bounded(findings)
    weigh(findings)
    return findings


def fuzzed(reader: Any, count: int, seed: object) -> Fuzzed:
    """Runs a reader on `count` mutants."""
    total, slowest = 0, 0.0
    for data in islice(mutants(reader, seed), count):
        start = time.process_time()
        total += len(read_whole(reader, data))
        slowest = max(slowest, time.process_time() - start)
    return Fuzzed(count, total, slowest)


def _overwritten(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def _hidden(chance: random.Random) -> bytes:
    """A picture that hides mutated bytes: damage to the file itself mostly keeps its pixels from being decoded."""
    signature = chance.choice(("stealth_pnginfo", "stealth_pngcomp", "stealth_rgbinfo", "stealth_rgbcomp"))
    text = chance.choice((PARAMETERS, '{"Comment": "{}", "Description": "a hill"}', PROMPT[:900])).encode()
    if signature.endswith("comp"):
        text = gzip.compress(text, mtime=0)
    if chance.randrange(2):
        text = mutated(text, chance, text)
    held = signature.encode() + struct.pack(">I", 8 * len(text)) + text
    if chance.randrange(2):
        held = held[:15] + mutated(held[15:], chance, held)
    bits = np.unpackbits(np.frombuffer(held, np.uint8))
    alpha = "png" in signature
    height = chance.choice((24, 40))
    width = len(bits) // (height * (1 if alpha else 3)) + 2
    pixels = np.full((width, height, 4), 254, np.uint8)
    target = np.zeros((width, height, 1 if alpha else 3), np.uint8)
    target.reshape(-1)[: len(bits)] = bits
    pixels[:, :, 3 if alpha else 0 : 4 if alpha else 3] |= target
    pixels[:, :, 3] |= 0 if alpha else 1
    return encoded(np.ascontiguousarray(pixels.swapaxes(0, 1)), compress_level=0)


def _holds(finding: Finding) -> None:
    speaks = finding.supports is not Supports.NOTHING
    assert speaks == (finding.basis is not None)
    assert speaks == (finding.strength is not Strength.NONE)
    assert not speaks or finding.outcome is Outcome.FOUND
    assert 0 < len(finding.what) < 1000
    for name in ("generator", "model", "seed", "prompt", "captured_with"):
        assert isinstance(finding.details.get(name, ""), str)


def _manifests() -> list[bytes]:
    signer = Authority("Drawing House").signer("Drawing House")
    made = [action("created", "trainedAlgorithmicMedia", "Drawing Program")]
    plain = signed(picture(), signer, made)
    edits = [
        action("opened", parameters={"ingredientIds": ["parent"]}),
        action("edited", "compositeWithTrainedAlgorithmicMedia"),
    ]
    return [
        plain,
        signed(picture(form="PNG"), signer, made, media_type="image/png"),
        signed(picture(form="WEBP"), signer, made, media_type="image/webp"),
        signed(picture(shade=9), signer, edits, ingredients=[("parentOf", plain)]),
        signed(picture(), signer, [action("created", "digitalCapture")], remote="https://example.org/m.c2pa"),
    ]


def _marks() -> list[bytes]:
    """Marked pictures; in a BMP every mutated byte is one of a pixel or of the header."""
    pictures = [
        mark(drawn(number, 256, 256), message(name).bits)
        for number, name in enumerate(("Stable Diffusion 2", "FLUX", "SDXL"))
    ]
    small = drawn(9, 40, 48)
    return [
        *(encoded(one, "BMP") for one in (*pictures, small)),
        encoded(pictures[0]),
        encoded(pictures[1], "WEBP", lossless=True),
        encoded(pictures[2], "JPEG", quality=98),
    ]
