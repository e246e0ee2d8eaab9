"""Files too large to be held, through the wall: digested whole, their metadata and manifests read where they lie."""

from __future__ import annotations

import hashlib
import io
import os
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from tests.decode.containers.samples import mp4
from tests.decode.large_files import LARGE, large_file
from tests.origin.carriers import PROMPT, WORKFLOW
from tests.origin.signing import Authority, action, signed

from safelight.decode.content import Content, NotHeldError
from safelight.decode.limits import Limits
from safelight.decode.wall import Reply, Wall, WorkPlan
from safelight.decode.window import Window
from safelight.model import Finding, Outcome
from safelight.origin.readers import READERS
from safelight.origin.readers.c2pa import C2paReader

PLAN = WorkPlan(fingerprinter=None, readers=READERS.names)
MIB = 1 << 20


def examined(limits: Limits, *descriptors: int) -> list[Reply]:
    replies: dict[int, Reply] = {}
    with Wall(PLAN, limits, 1) as wall:
        for token, descriptor in enumerate(descriptors):
            while not wall.room:
                replies |= {reply.token: reply for reply in wall.wait(5.0)}
            wall.submit(token, descriptor)
        while len(replies) < len(descriptors):
            replies |= {reply.token: reply for reply in wall.wait(5.0)}
    return [replies[token] for token in range(len(descriptors))]


def findings(reply: Reply) -> dict[str, list[Finding]]:
    assert reply.examination is not None
    found: dict[str, list[Finding]] = {}
    for one in reply.examination.findings:
        found.setdefault(one.reader, []).append(one)
    return found


def test_more_than_is_held(tmp_path: Path) -> None:
    """More than 600 MiB, with a workflow before and a label behind the streams."""
    before = mp4(keys={"prompt": PROMPT.encode(), "workflow": WORKFLOW.encode()})
    label = LARGE["mp4 tags last"](0)[-1]
    hole = 601 * MIB
    descriptor = large_file(tmp_path / "large.mp4", [before, struct.pack(">I4sQ", 1, b"mdat", 16 + hole), hole, label])
    with open(os.dup(descriptor), "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    (reply,) = examined(Limits(), descriptor)
    assert reply.digests is not None
    assert reply.digests.sha256 == sha256
    assert reply.examination is not None
    assert reply.examination.media_type == "video/mp4"
    found = findings(reply)
    (told,) = found["format"]
    assert "its metadata were read where they lie" in told.what
    assert told.outcome is Outcome.DID_NOT_RUN
    assert found["tc260"][0].outcome is Outcome.FOUND
    assert found["comfyui"][0].details["prompt"]
    outcomes = {run.reader: run.outcome for run in reply.examination.runs}
    assert outcomes["c2pa"] is Outcome.NOTHING_FOUND
    assert Outcome.COULD_NOT_LOOK not in outcomes.values()


def video(tmp_path: Path, hole: int = 3 * MIB) -> bytes:
    descriptor = large_file(tmp_path / "plain.mp4", LARGE["mp4 tags first"](hole))
    with open(descriptor, "rb") as file:
        return file.read()


def in_memory(data: bytes) -> int:
    descriptor = os.memfd_create("test", os.MFD_CLOEXEC)
    with open(os.dup(descriptor), "wb") as file:
        file.write(data)
    return descriptor


def test_a_manifest_is_checked_against_all_bytes(tmp_path: Path) -> None:
    signer = Authority("Drawing House").signer("Drawing House")
    made = [action("created", "trainedAlgorithmicMedia", "Drawing Program")]
    whole = signed(video(tmp_path), signer, made, media_type="video/mp4")
    changed = bytearray(whole)
    changed[-1 * MIB] ^= 1
    limits = replace(Limits(), content_bytes=MIB)
    good, bad = examined(limits, in_memory(whole), in_memory(bytes(changed)))
    (finding,) = findings(good)["c2pa"]
    assert finding.outcome is Outcome.FOUND
    assert "The content is what was signed" in finding.what
    assert finding.details["content"] != findings(bad)["c2pa"][0].details["content"]
    held = C2paReader()
    (same,) = held.read(Content(whole, len(whole), Limits()))
    assert (finding.what, finding.details, finding.where) == (same.what, same.details, same.where)


def test_a_manifest_that_takes_too_long_could_not_be_looked_at(tmp_path: Path) -> None:
    signer = Authority("Drawing House").signer("Drawing House")
    whole = signed(video(tmp_path), signer, [action("created", "digitalCapture")], media_type="video/mp4")
    descriptor = in_memory(whole)
    seconds = iter([0.0] * 60)

    def clock() -> float:
        return next(seconds, 1000.0)

    seen = Window(descriptor, len(whole), seconds=100.0, clock=clock)
    content = Content(whole[:MIB], len(whole), Limits(), seen)
    assert content.metadata.jumbf
    seconds = iter([0.0])
    (finding,) = C2paReader().read(content)
    os.close(descriptor)
    assert finding.outcome is Outcome.COULD_NOT_LOOK
    assert "the file is large, and it took more than 48 seconds" in finding.what


@pytest.mark.parametrize("form", ["PNG", "PDF", "ZIP"])
def test_what_needs_all_bytes_did_not_run(form: str) -> None:
    heads = {"PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PDF": b"%PDF-1.7\n", "ZIP": b"PK\x03\x04"}
    (reply,) = examined(replace(Limits(), content_bytes=MIB), in_memory(heads[form] + bytes(2 * MIB)))
    assert reply.examination is not None
    outcomes = {run.reader: run.outcome for run in reply.examination.runs}
    assert outcomes["a1111"] is outcomes["c2pa"] is Outcome.DID_NOT_RUN
    assert set(outcomes.values()) <= {Outcome.DID_NOT_RUN, Outcome.NOTHING_FOUND}
    if form != "ZIP":
        assert any("nothing else was examined" in one.what for one in reply.examination.findings)


def test_asking_for_bytes_that_are_not_held() -> None:
    content = Content(b"head", 10, Limits())
    for ask in (lambda: content.data, lambda: content.pixels, lambda: content.metadata, content.stream):
        with pytest.raises(NotHeldError):
            ask()
    whole = Content(b"head", 4, Limits())
    assert whole.data == b"head"
    stream = whole.stream()
    assert isinstance(stream, io.BytesIO)
    assert stream.read() == b"head"


@pytest.mark.skipif(
    "SAFELIGHT_TEST_LARGE" not in os.environ, reason="digests 6 GiB; set SAFELIGHT_TEST_LARGE to run it"
)
def test_many_gib(tmp_path: Path) -> None:
    limits = replace(Limits(), memory_bytes=2 << 30)
    (reply,) = examined(limits, large_file(tmp_path / "large.mp4", LARGE["mp4 tags last"](6 << 30)))
    assert findings(reply)["tc260"][0].outcome is Outcome.FOUND
