"""How the tests of the wall put files in and look at what is left of the workers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from safelight.decode.limits import Limits
from safelight.decode.wall import Reply, Wall, WorkPlan

PLUG_INS = str(Path(__file__).resolve().parent)

SMALL_LIMITS = Limits(memory_bytes=1 << 30, cpu_s=30, wall_s=20.0)
"""Enough for the stand-in readers, little enough for a test."""

PLAN = WorkPlan(
    fingerprinter=None, readers=("misbehaving:Misbehaver", "misbehaving:Quiet"), unpacker="misbehaving:unpack_lines"
)


def memory_file(data: bytes) -> int:
    descriptor = os.memfd_create("test", os.MFD_CLOEXEC)
    os.write(descriptor, data)
    return descriptor


def examine(wall: Wall, contents: Sequence[bytes], timeout_s: float = 60.0) -> list[Reply]:
    """Submits every content and returns the replies in the order of the contents."""
    replies: dict[int, Reply] = {}
    give_up = time.monotonic() + timeout_s
    sent = 0
    while len(replies) < len(contents):
        while sent < len(contents) and wall.room:
            wall.submit(sent, memory_file(contents[sent]))
            sent += 1
        for reply in wall.wait(1.0):
            assert reply.token not in replies
            replies[reply.token] = reply
        assert time.monotonic() < give_up, f"only {len(replies)} of {len(contents)} files were answered for"
    assert wall.outstanding == 0
    return [replies[token] for token in range(len(contents))]


def children(pid: int | None = None) -> list[int]:
    """Process ids of the children of a process, zombies included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == (pid or os.getpid()):
                found.append(int(entry.name))
    return sorted(found)


def open_descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def wait_until_gone(pids: Iterable[int], timeout_s: float = 10.0) -> None:
    give_up = time.monotonic() + timeout_s
    for pid in pids:
        while Path(f"/proc/{pid}").exists():
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                break
            assert time.monotonic() < give_up, f"process {pid} is still there"
            time.sleep(0.05)
