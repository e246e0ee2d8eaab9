"""SIGKILL while batches are being stored: whatever was reported as stored is there, the case is whole, and the next run goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.case.records import digest
from tests.databases import Database

from safelight.case.verify import verify

_ROOT = Path(__file__).resolve().parent.parent.parent
_WRITE = """
import sys
from pathlib import Path
from safelight.case.case import Case
from tests.case.records import begin, group, matches, place, queue, record

with Case.create_or_open(Path(sys.argv[1]), url=sys.argv[2] or None) as case:
    run_id = begin(case)
    start = 0
    while place(start).location.key in case.done_keys([place(start)]):
        start += 20
    while True:
        batch = [record(number) for number in range(start, start + 20)]
        case.record(run_id, batch)
        print(start + 20, flush=True)
        start += 20
        if start % 100 == 0:
            case.add_matches(begin(case), matches(range(50)), state={})
            case.add_groups(run_id + start, [group([0, 1])], distance_bits=31)
            case.add_queue(run_id + start, queue(range(50)), rules={})
"""


def _reported(database: Database, seconds: float) -> int:
    """Lets a writer run for so long, kills it, and returns how many places it had reported as stored."""
    words = [sys.executable, "-c", _WRITE, str(database.directory), database.url or ""]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        assert process.stdout is not None and process.stderr is not None
        first = process.stdout.readline()
        assert first, process.stderr.read()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split("\n")
        return max(int(line) for line in [first.strip(), *lines[:-1]] if line)


@pytest.mark.parametrize("seed", range(int(os.environ.get("SAFELIGHT_CASE_KILLS", "2"))))
def test_what_was_reported_is_there_after_a_kill(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    before = 0
    for _ in range(2):
        reported = _reported(database, chance.uniform(0.0, 0.4))
        with database.read() as case:
            assert not verify(case).breaks
            assert case.media_count() >= reported >= before
            assert case.has_media(digest(reported - 1))
        before = reported
