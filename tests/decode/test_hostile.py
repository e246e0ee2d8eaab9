"""Every malformed or hostile sample ends as an examination within its limits, and no worker prints a traceback."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from safelight.decode.limits import Limits
from safelight.decode.process import WorkerProcess
from safelight.decode.wall import Reply, Wall, WorkPlan
from safelight.model import Outcome
from safelight.origin.readers import READERS


@pytest.mark.shared
def test_every_hostile_file_ends_as_an_examination(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs: list[str] = []
    end = WorkerProcess.end

    def end_and_keep_log(worker: WorkerProcess, grace_s: float = 0.0) -> object:
        death = end(worker, grace_s)
        logs.append(death.stderr_tail)
        return death

    monkeypatch.setattr(WorkerProcess, "end", end_and_keep_log)
    paths = sorted(path for path in (shared / "hostile" / "files").rglob("*") if path.is_file())
    assert paths
    plan = WorkPlan(fingerprinter="safelight.fingerprint.examiner:fingerprint", readers=READERS.names)
    limits = Limits()
    replies: dict[int, Reply] = {}
    slowest = 0.0
    events: list[str] = []
    with Wall(plan, limits, 2, on_event=events.append) as wall:
        sent = 0
        submitted: dict[int, float] = {}
        while len(replies) < len(paths):
            while sent < len(paths) and wall.room:
                submitted[sent] = time.monotonic()
                wall.submit(sent, os.open(paths[sent], os.O_RDONLY | os.O_CLOEXEC))
                sent += 1
            for reply in wall.wait(5.0):
                replies[reply.token] = reply
                slowest = max(slowest, time.monotonic() - submitted[reply.token])
    assert slowest < limits.wall_s
    readers = {reader.name for reader in READERS}
    for token, path in enumerate(paths):
        reply = replies[token]
        assert reply.digests is not None
        assert reply.digests.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        if reply.known:
            continue
        examination = reply.examination
        assert examination is not None
        assert readers <= {run.reader for run in examination.runs}
        # Nothing passes in silence: a picture has its fingerprints, all else says what could not be looked at.
        unseen = [finding for finding in examination.findings if finding.outcome is not Outcome.FOUND]
        assert examination.fingerprints is not None or unseen, path
    assert not [log for log in logs if "Traceback" in log]
    assert len(events) <= len(paths) // 20, events
