"""SIGKILL at any moment: nothing that was reported as done is lost, and nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.pipeline.conftest import command

# The suite kills a few times; `SAFELIGHT_KILLS=50` makes it thorough.
KILLS = int(os.environ.get("SAFELIGHT_KILLS", "6"))


def _rows(case: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a case says, without what differs from run to run (numbers, times, run ids)."""
    with sqlite3.connect(f"file:{case / 'case.sqlite'}?mode=ro", uri=True) as connection:
        return {
            "files": connection.execute(
                "SELECT location_key, revision, sha256, size_bytes, modified_ns, state FROM media_file ORDER BY 1, 2"
            ).fetchall(),
            "media": connection.execute(
                "SELECT sha256, md5, size_bytes, media_type, pdq FROM media ORDER BY 1"
            ).fetchall(),
            "archives": connection.execute("SELECT location_key FROM archive_done ORDER BY 1").fetchall(),
            "opinions": connection.execute("SELECT sha256, opinion, log10_lr FROM opinion ORDER BY 1").fetchall(),
            "findings": connection.execute(
                "SELECT sha256, location_key, reader, what, details FROM finding ORDER BY 1, 2, 3, 4, 5"
            ).fetchall(),
        }


def _kill_after(seconds: float, words: list[str], environment: dict[str, str]) -> bool:
    """Starts the command, kills it and its workers' parent; True when it had not ended by itself."""
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
    return False


def test_a_killed_run_resumes_and_ends_in_the_same_case(
    seizure: Path, tmp_path: Path, environment: dict[str, str], run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    evidence = seizure / "evidence"
    whole = tmp_path / "whole"
    started = time.monotonic()
    done = run("triage", evidence, "--case", whole, "-q", "--no-report")
    assert done.returncode in {0, 3}, done.stderr
    takes_s = time.monotonic() - started

    killed = tmp_path / "killed"
    words = command("triage", evidence, "--case", killed, "-q", "--no-report")
    chance = random.Random(int(os.environ.get("SAFELIGHT_KILL_SEED", "5")))
    cut = 0
    seen: set[tuple[object, ...]] = set()
    for _ in range(KILLS):
        cut += _kill_after(chance.uniform(0.05, takes_s), words, environment)
        if (killed / "case.sqlite").exists():
            with sqlite3.connect(f"file:{killed / 'case.sqlite'}?mode=ro", uri=True) as connection:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
                rows = (
                    set(connection.execute("SELECT location_key, sha256 FROM media_file"))
                    if "media_file" in tables
                    else set()
                )
            assert seen <= rows, "a file that was stored before the kill is gone after it"
            seen = rows
    assert cut, "no run was still going when it was to be killed"

    last = run("triage", evidence, "--case", killed, "-q", "--no-report")
    assert last.returncode == done.returncode, last.stderr
    assert _rows(killed) == _rows(whole)
    check = run("verify", killed)
    assert check.returncode == 0, check.stdout
