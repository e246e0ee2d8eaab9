"""The wall as its users meet it: every file gets an answer, and what one file does touches no other."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.decode.walls import (
    PLAN,
    PLUG_INS,
    SMALL_LIMITS,
    children,
    examine,
    memory_file,
    open_descriptors,
    wait_until_gone,
)

from safelight.decode.wall import Reply, Wall, WorkPlan
from safelight.errors import WallError
from safelight.model import Finding, Outcome


@pytest.fixture(scope="module")
def events() -> list[str]:
    return []


@pytest.fixture(scope="module")
def wall(events: list[str]) -> Iterator[Wall]:
    with Wall(PLAN, SMALL_LIMITS, 1, on_event=events.append, extra_paths=(PLUG_INS,)) as wall:
        yield wall


def order(how: str) -> bytes:
    return f"MISBEHAVE {how}\nSPEAK\n".encode("ascii")


def found(reply: Reply) -> dict[str, Finding]:
    assert reply.examination is not None
    return {finding.reader: finding for finding in reply.examination.findings}


def outcomes(reply: Reply) -> dict[str, Outcome]:
    assert reply.examination is not None
    return {run.reader: run.outcome for run in reply.examination.runs}


def check_digests(reply: Reply, data: bytes) -> None:
    assert reply.digests is not None
    assert reply.examination is not None
    assert reply.digests.sha256 == reply.examination.sha256 == hashlib.sha256(data).hexdigest()
    assert reply.digests.sha1 == reply.examination.sha1 == hashlib.sha1(data).hexdigest()
    assert reply.digests.md5 == reply.examination.md5 == hashlib.md5(data).hexdigest()
    assert reply.digests.size_bytes == reply.examination.size_bytes == len(data)


def test_a_plain_file(wall: Wall) -> None:
    data = b"an ordinary text, SPEAK"
    (reply,) = examine(wall, [data])
    check_digests(reply, data)
    assert not reply.known
    assert reply.findings == ()
    assert found(reply)["misbehaver"].what == f"{len(data)} bytes"
    assert found(reply)["quiet"].what == "spoke"
    assert outcomes(reply) == {"misbehaver": Outcome.FOUND, "quiet": Outcome.FOUND}


def test_a_reader_that_found_nothing_says_so_in_its_run_only(wall: Wall) -> None:
    (reply,) = examine(wall, [b"an ordinary text"])
    assert outcomes(reply)["quiet"] is Outcome.NOTHING_FOUND
    assert "quiet" not in found(reply)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("raise", "RuntimeError"),
        ("exit", "SystemExit"),
        ("recurse", "RecursionError"),
        ("allocate", "MemoryError"),
        ("socket", "PermissionError"),
        ("write-file", "PermissionError"),
        ("read-outside", "PermissionError"),
        ("fork", "PermissionError"),
        ("kill-parent", "PermissionError"),
        ("rubbish", "TypeError"),
        ("rubbish-findings", "AttributeError"),
        ("bad-enum", "ValueError"),
    ],
)
def test_a_reader_that_fails_costs_only_its_own_part(wall: Wall, how: str, error: str) -> None:
    data = order(how)
    broken, after = examine(wall, [data, b"the next file"])
    check_digests(broken, data)
    finding = [finding for finding in broken.examination.findings if finding.reader == "misbehaver"][-1]  # type: ignore[union-attr]
    assert finding.outcome is Outcome.COULD_NOT_LOOK
    assert finding.details["error"] == error
    assert found(broken)["quiet"].what == "spoke"
    assert outcomes(after) == {"misbehaver": Outcome.FOUND, "quiet": Outcome.NOTHING_FOUND}


def test_a_reader_that_leaves_a_file_out_did_not_run_on_it() -> None:
    plan = WorkPlan(fingerprinter=None, readers=("misbehaving:Choosy",))
    with Wall(plan, SMALL_LIMITS, 1, extra_paths=(PLUG_INS,)) as wall:
        left_out, looked_at, failed = examine(wall, [b"an ordinary text", b"SPEAK", b"FAIL"])
    assert outcomes(left_out) == {"choosy": Outcome.DID_NOT_RUN}
    assert "choosy" not in found(left_out)
    assert outcomes(looked_at) == {"choosy": Outcome.FOUND}
    assert outcomes(failed) == {"choosy": Outcome.COULD_NOT_LOOK}


def test_what_a_reader_found_before_it_failed_is_kept(wall: Wall) -> None:
    (reply,) = examine(wall, [order("raise")])
    assert "before the fault" in [finding.what for finding in reply.examination.findings]  # type: ignore[union-attr]
    (reply,) = examine(wall, [order("rubbish-findings")])
    assert "good" in [finding.what for finding in reply.examination.findings]  # type: ignore[union-attr]


def test_out_of_memory_replaces_the_worker(wall: Wall) -> None:
    def worker() -> object:
        (reply,) = examine(wall, [b"SPEAK %d" % time.monotonic_ns()])
        return found(reply)["quiet"].details["pid"]

    before = worker()
    assert worker() == before
    examine(wall, [order("allocate")])
    assert worker() != before


@pytest.mark.parametrize(
    ("how", "cause", "signal_name"),
    [
        ("segfault", "ended", "SIGSEGV"),
        ("abort", "ended", "SIGABRT"),
        ("leave", "ended", ""),
        ("execute", "ended", "SIGSYS"),
        ("trace", "ended", "SIGSYS"),
        ("garbage-on-channel", "protocol", ""),
        ("long-message", "protocol", ""),
        ("forge-digests", "protocol", ""),
        ("forge-done", "protocol", ""),
    ],
)
def test_a_lost_worker_costs_one_part_of_one_file(
    wall: Wall, events: list[str], how: str, cause: str, signal_name: str
) -> None:
    data = order(how)
    count = len(events)
    broken, *after = examine(wall, [data, b"the next file", b"and the one after"])
    check_digests(broken, data)
    breach = found(broken)["wall"]
    assert breach.outcome is Outcome.COULD_NOT_LOOK
    assert breach.details["cause"] == cause
    assert breach.details.get("signal", "") == signal_name
    assert breach.details["part"] == "misbehaver"
    # The other reader was run again in a fresh worker, without the one that broke.
    assert found(broken)["quiet"].what == "spoke"
    assert outcomes(broken) == {"misbehaver": Outcome.COULD_NOT_LOOK, "quiet": Outcome.FOUND}
    for reply in after:
        assert "wall" not in found(reply)
        assert outcomes(reply) == {"misbehaver": Outcome.FOUND, "quiet": Outcome.NOTHING_FOUND}
    assert len(events) == count + 1
    assert "misbehaver" in events[-1]


@pytest.mark.parametrize("how", ["loop", "sleep", "stop"])
def test_a_file_that_takes_too_long_is_stopped_in_time(how: str) -> None:
    limits = replace(SMALL_LIMITS, wall_s=1.5)
    with Wall(PLAN, limits, 1, extra_paths=(PLUG_INS,)) as wall:
        started = time.monotonic()
        broken, after = examine(wall, [order(how), b"the next file"])
        assert time.monotonic() - started < 10
    assert found(broken)["wall"].details["cause"] == "deadline"
    assert found(broken)["quiet"].what == "spoke"
    assert "wall" not in found(after)


def test_the_cpu_limit_ends_a_loop_before_the_deadline() -> None:
    limits = replace(SMALL_LIMITS, cpu_s=1, wall_s=60.0)
    with Wall(PLAN, limits, 1, extra_paths=(PLUG_INS,)) as wall:
        started = time.monotonic()
        broken, after = examine(wall, [order("loop"), b"the next file"])
        assert time.monotonic() - started < 30
    assert found(broken)["wall"].details["signal"] == "SIGXCPU"
    assert "wall" not in found(after)


@pytest.mark.parametrize("how", ["print", "threads", "late-import"])
def test_what_a_reader_may_do(wall: Wall, how: str) -> None:
    (reply,) = examine(wall, [order(how)])
    assert found(reply)["misbehaver"].outcome is Outcome.FOUND


def test_values_that_json_cannot_carry_survive_as_text(wall: Wall) -> None:
    (reply,) = examine(wall, [order("odd-values")])
    finding = found(reply)["misbehaver"]
    assert finding.what == "lone \\ud800 surrogate"
    assert finding.details["name"] == "\\udcff"
    assert finding.details["small"] == str(-(1 << 70))
    assert finding.details["nan"] == "nan"
    assert finding.details["keys"] == {"1": [2, 3]}
    assert str(finding.details["big"]).startswith("0x")


@pytest.mark.parametrize("how", ["huge-text", "huge-details", "many-findings"])
def test_too_much_is_cut_and_says_so(wall: Wall, how: str) -> None:
    (reply,) = examine(wall, [order(how)])
    findings = [finding for finding in reply.examination.findings if finding.reader == "misbehaver"]  # type: ignore[union-attr]
    assert findings
    assert sum(len(finding.what) for finding in findings) < SMALL_LIMITS.reply_bytes
    said = [finding for finding in findings if "truncated" in finding.details or "findings_left_out" in finding.details]
    assert said
    assert found(reply)["quiet"].what == "spoke" or "findings_left_out" in findings[-1].details


def test_known_content_is_not_examined_again() -> None:
    known = hashlib.sha256(b"seen before").hexdigest()
    with Wall(PLAN, SMALL_LIMITS, 1, known=lambda sha256: sha256 == known, extra_paths=(PLUG_INS,)) as wall:
        first, second = examine(wall, [b"seen before", b"new"])
    assert first.known
    assert first.examination is None
    assert first.digests is not None
    assert first.digests.sha256 == known
    assert not second.known
    assert second.examination is not None


def test_copies_in_flight_are_examined_once_and_follow_their_examination() -> None:
    contents = [b"the same"] * 7 + [order("segfault")] * 3 + [b"other"]
    with Wall(PLAN, SMALL_LIMITS, 3, extra_paths=(PLUG_INS,)) as wall:
        seen: set[str] = set()
        examined = 0
        waiting = list(enumerate(contents))
        answered = 0
        known: set[str] = seen
        wall._pool._known = known.__contains__
        while answered < len(contents):
            while waiting and wall.room:
                token, data = waiting.pop(0)
                wall.submit(token, memory_file(data))
            for reply in wall.wait(1.0):
                answered += 1
                assert reply.digests is not None
                if reply.known:
                    assert reply.digests.sha256 in seen, "a copy came before its examination"
                else:
                    examined += 1
                    seen.add(reply.digests.sha256)
        assert wall.outstanding == 0
    assert examined == 3


def test_a_crash_while_others_are_waiting_loses_none() -> None:
    contents = [order("segfault") + b"%d" % number if number % 5 == 0 else b"file %d" % number for number in range(20)]
    with Wall(PLAN, SMALL_LIMITS, 2, extra_paths=(PLUG_INS,)) as wall:
        for data, reply in zip(contents, examine(wall, contents), strict=True):
            check_digests(reply, data)
            assert ("wall" in found(reply)) == data.startswith(b"MISBEHAVE")


def test_a_worker_killed_from_outside_costs_nothing() -> None:
    family = set(children())
    with Wall(PLAN, replace(SMALL_LIMITS, wall_s=2.0), 1, extra_paths=(PLUG_INS,)) as wall:
        wall.submit(0, memory_file(order("sleep")))
        wall.submit(1, memory_file(b"the next file"))
        time.sleep(0.5)
        wall.wait(0.1)
        (worker,) = set(children()) - family
        os.kill(worker, signal.SIGKILL)
        replies = {}
        while len(replies) < 2:
            replies |= {reply.token: reply for reply in wall.wait(1.0)}
    # The file was given another full try, in which it ran into its deadline.
    assert found(replies[0])["wall"].details["cause"] == "deadline"
    assert "wall" not in found(replies[1])


def test_a_fingerprinter_that_crashes_leaves_the_rest() -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe"
        "dccc59e70000000049454e44ae426082"
    )
    plan = WorkPlan(fingerprinter="misbehaving:fingerprint_small", readers=PLAN.readers)
    with Wall(plan, SMALL_LIMITS, 1, extra_paths=(PLUG_INS,)) as wall:
        good, bad = examine(wall, [png, png + b"SPEAK CRASH"])
    assert good.examination is not None
    assert good.examination.fingerprints is not None
    assert good.examination.fingerprints.pdq is not None
    assert good.examination.fingerprints.pdq.quality == 77
    assert good.examination.media_type == "image/png"
    assert bad.examination is not None
    assert bad.examination.fingerprints is None
    assert bad.examination.media_type == "image/png"
    assert (bad.examination.width_px, bad.examination.height_px) == (1, 1)
    assert found(bad)["wall"].details["part"] == "pixels"
    assert found(bad)["quiet"].what == "spoke"
    assert outcomes(bad) == {"pixels": Outcome.COULD_NOT_LOOK, "misbehaver": Outcome.FOUND, "quiet": Outcome.FOUND}


def test_a_worker_that_keeps_memory_is_replaced() -> None:
    with Wall(PLAN, replace(SMALL_LIMITS, memory_bytes=3 << 30), 1, extra_paths=(PLUG_INS,)) as wall:
        leaks = examine(wall, [order("leak") + b"1"]) + examine(wall, [order("leak") + b"2"])
    said = [found(reply)["misbehaver"].what for reply in leaks]
    assert len({re.sub(r".*process", "", text) for text in said}) > 1
    assert all("wall" not in found(reply) for reply in leaks)


def test_empty_large_and_unreadable_files(tmp_path: Path) -> None:
    limits = replace(SMALL_LIMITS, content_bytes=5 << 20)
    large = os.urandom(1 << 20) * 7 + b"tail"
    with Wall(PLAN, limits, 1, extra_paths=(PLUG_INS,)) as wall:
        empty, big = examine(wall, [b"", large])
        wall.submit(7, os.open("/proc/self/mem", os.O_RDONLY))
        wall.submit(8, os.open(tmp_path, os.O_RDONLY))
        odd: list[Reply] = []
        while len(odd) < 2:
            odd += wall.wait(5.0)
    check_digests(empty, b"")
    assert "empty" in found(empty)["format"].what
    check_digests(big, large)
    assert outcomes(big) == {"misbehaver": Outcome.DID_NOT_RUN, "quiet": Outcome.DID_NOT_RUN}
    assert any("held in memory" in finding.what for finding in big.examination.findings)  # type: ignore[union-attr]
    for reply in odd:
        if reply.digests is None:
            assert reply.findings[0].outcome is Outcome.COULD_NOT_LOOK


def test_the_bytes_of_a_large_file_are_told_while_it_is_read(tmp_path: Path) -> None:
    size_bytes, limits = 200 << 20, replace(SMALL_LIMITS, content_bytes=5 << 20)
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(size_bytes)
    seen, replies = [0], list[Reply]()
    with Wall(PLAN, limits, 1, extra_paths=[PLUG_INS]) as wall:
        wall.submit(1, os.open(path, os.O_RDONLY))
        give_up = time.monotonic() + 120
        while not replies and time.monotonic() < give_up:
            replies = wall.wait(0.02)
            seen.append(wall.bytes_read)
        (reply,) = replies
        assert reply.digests is not None and reply.digests.size_bytes == size_bytes
        examine(wall, [b"plain", b"plain"])
        assert wall.bytes_read == size_bytes + 10, "copies are read too"
    assert seen == sorted(seen) and seen[-1] == size_bytes
    assert {64 << 20, 128 << 20, 192 << 20} & set(seen), "it moved before the file was done"


def test_a_file_that_is_tried_again_is_counted_once() -> None:
    content = order("segfault")
    with Wall(PLAN, SMALL_LIMITS, 1, extra_paths=[PLUG_INS]) as wall:
        examine(wall, [content])
        assert wall.bytes_read == len(content)


def test_nothing_is_left_behind() -> None:
    before, family = open_descriptors(), children()
    with Wall(PLAN, SMALL_LIMITS, 2, extra_paths=(PLUG_INS,)) as wall:
        examine(wall, [order("segfault"), order("garbage-on-channel"), b"fine", order("allocate"), b"fine too"])
        unpacked = wall.unpack(memory_file(b"one\ntwo\nthree"))
        _, descriptor = next(unpacked)
        assert descriptor is not None
        os.close(descriptor)
        never_started = wall.unpack(memory_file(b"one"))
        assert never_started is not None
        for token in range(3):
            wall.submit(token, memory_file(b"never waited for %d" % token))
        assert len(children()) > len(family)
    assert open_descriptors() == before
    assert children() == family


def test_workers_die_with_a_killed_parent() -> None:
    script = (
        "import sys, time; sys.path.append(sys.argv[1])\n"
        "from walls import *\n"
        "with Wall(PLAN, SMALL_LIMITS, 2, extra_paths=(PLUG_INS,)) as wall:\n"
        "    for token in range(2):\n"
        "        wall.submit(token, memory_file(b'MISBEHAVE loop\\n%d' % token))\n"
        "    wall.wait(1.0)\n"
        "    print(*children(), flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, PLUG_INS], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    workers = [int(pid) for pid in process.stdout.readline().split()]
    assert len(workers) == 2
    assert all(os.getsid(worker) != os.getsid(0) for worker in workers), "Ctrl-C would reach the workers"
    process.kill()
    process.wait()
    process.stdout.close()
    wait_until_gone(workers)


@pytest.mark.parametrize(
    ("plug_in", "said"),
    [
        ("misbehaving:NoSuchReader", "NoSuchReader"),
        ("no_such_module:Reader", "no_such_module"),
        ("misbehaving:BrokenAtStart", "this plug-in cannot start"),
        ("misbehaving:DiesAtStart", "last words of a plug-in"),
    ],
)
def test_workers_that_cannot_start_are_an_error(plug_in: str, said: str) -> None:
    before, family = open_descriptors(), children()
    with (
        pytest.raises(WallError, match=said),
        Wall(replace(PLAN, readers=(plug_in,)), SMALL_LIMITS, 1, extra_paths=(PLUG_INS,)),
    ):
        pass
    assert open_descriptors() == before
    assert children() == family
