"""What a worker says of its walls, and the filter's program, run against every call that it names."""

from __future__ import annotations

import errno
import os
import platform
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.walls import PLAN, PLUG_INS, SMALL_LIMITS

from safelight.decode import seccomp, syscalls
from safelight.decode.isolation import readable_paths
from safelight.decode.wall import Wall
from safelight.model import JsonValue

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
ALLOW, KILL = 0x7FFF0000, 0x80000000
OWN_PID = 4711


def verdict(machine: str, number: int, arguments: tuple[int, ...] = (), arch: int | None = None) -> int:
    """Runs the filter's program as the kernel does; a slow, plain reading of the same instructions."""
    data = struct.pack(
        "<IIQ6Q",
        number & 0xFFFFFFFF,
        arch or {"x86_64": X86_64, "aarch64": AARCH64}[machine],
        0,
        *(*arguments, *[0] * 6)[:6],
    )
    program = [struct.unpack_from("=HBBI", raw) for raw in _split(seccomp.build_filter(machine, OWN_PID))]
    position = value = 0
    while True:
        code, if_true, if_false, operand = program[position]
        position += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return operand
        else:
            truth = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            position += if_true if truth else if_false


def _split(raw: bytes) -> list[bytes]:
    return [raw[start : start + 8] for start in range(0, len(raw), 8)]


def refusal(number: int) -> int:
    return 0x00050000 | number


MACHINES = ["x86_64", "aarch64"]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_named_call_gets_its_verdict(machine: str) -> None:
    for table, expected in (
        (syscalls.ALLOWED, ALLOW),
        (syscalls.REFUSED, refusal(errno.EPERM)),
        (syscalls.FATAL, KILL),
    ):
        for name in table:
            number = syscalls.number_of(table, name, machine)
            if number is not None:
                assert verdict(machine, number, (7, 7, 7, 7, 7, 7)) == expected, name


@pytest.mark.parametrize("machine", MACHINES)
def test_no_call_is_on_two_lists_and_no_number_is_used_twice(machine: str) -> None:
    tables = (syscalls.ALLOWED, syscalls.REFUSED, syscalls.FATAL, syscalls.JUDGED, syscalls.SET_UP)
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names))
    numbers = [
        number for table in tables for name in table if (number := syscalls.number_of(table, name, machine)) is not None
    ]
    assert len(numbers) == len(set(numbers))


def judged(name: str, *arguments: int) -> int:
    number = syscalls.number_of(syscalls.JUDGED, name, "x86_64")
    assert number is not None
    return verdict("x86_64", number, arguments)


def test_opening_for_reading_only() -> None:
    assert judged("openat", 0, 0, os.O_RDONLY | os.O_CLOEXEC) == ALLOW
    assert judged("openat", 0, 0, os.O_RDONLY | os.O_DIRECTORY) == ALLOW
    for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, os.O_TMPFILE):
        assert judged("openat", 0, 0, os.O_RDONLY | flag) == refusal(errno.EACCES)
        assert judged("open", 0, os.O_RDONLY | flag) == refusal(errno.EACCES)


def test_threads_but_no_processes() -> None:
    assert judged("clone", 0x003D0F00) == ALLOW  # what pthread_create asks for
    assert judged("clone", 17) == refusal(errno.EPERM)  # fork
    assert judged("clone", 0x00004111) == refusal(errno.EPERM)  # vfork and posix_spawn
    assert judged("clone", 0x003D0F00 | 0x10000000) == KILL  # a new user namespace
    assert verdict("x86_64", 435) == refusal(errno.ENOSYS)  # clone3, so that the C library falls back to clone


def test_signals_only_to_itself() -> None:
    for name in ("kill", "tgkill"):
        assert judged(name, OWN_PID) == ALLOW
        for other in (1, OWN_PID + 1, 0xFFFFFFFF, 0):
            assert judged(name, other) == refusal(errno.EPERM)


def test_sending_only_on_the_inherited_socket() -> None:
    assert judged("sendto", 3, 0, 1, 0, 0, 0) == ALLOW
    assert judged("sendto", 3, 0, 1, 0, 0x1000, 16) == refusal(errno.EPERM)
    assert judged("sendto", 3, 0, 1, 0, 0x1 << 32, 16) == refusal(errno.EPERM)


def test_no_signal_driven_descriptors_and_no_undoing() -> None:
    assert judged("fcntl", 3, 1030, 0) == ALLOW
    for command in (8, 10, 15, 1024):
        assert judged("fcntl", 3, command, 0) == refusal(errno.EINVAL)
    assert judged("prctl", 15) == ALLOW
    for option in (1, 4, 22, 24, 38):
        assert judged("prctl", option) == refusal(errno.EPERM)
    assert judged("ioctl", 1, 0x5401) == ALLOW
    assert judged("ioctl", 1, 0x5412) == refusal(errno.ENOTTY)  # TIOCSTI pushes keys into a terminal
    assert judged("prlimit64", 0) == ALLOW
    assert judged("prlimit64", 1) == refusal(errno.EPERM)


def test_another_calling_convention_ends_the_worker() -> None:
    assert verdict("x86_64", 0, arch=0x40000003) == KILL  # 32-bit
    assert verdict("x86_64", 0x40000000) == KILL  # x32
    assert verdict("aarch64", 63, arch=X86_64) == KILL


@given(
    number=st.integers(0, 0xFFFFFFFF),
    arguments=st.tuples(*[st.integers(0, (1 << 64) - 1)] * 6),
    machine=st.sampled_from(MACHINES),
)
def test_whatever_is_not_named_is_not_allowed(number: int, arguments: tuple[int, ...], machine: str) -> None:
    named = {
        syscalls.number_of(table, name, machine) for table in (syscalls.ALLOWED, syscalls.JUDGED) for name in table
    }
    if number not in named:
        assert verdict(machine, number, arguments) != ALLOW


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads the headers of x86_64")
def test_the_numbers_are_those_of_this_system() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.is_file():
        pytest.skip("the kernel's headers are not installed")
    true = {
        words[1][5:]: int(words[2])
        for line in header.read_text().splitlines()
        if len(words := line.split()) == 3 and words[1][:5] == "__NR_"
    }
    for table in (syscalls.ALLOWED, syscalls.REFUSED, syscalls.FATAL, syscalls.JUDGED, syscalls.SET_UP):
        for name in table:
            number = syscalls.number_of(table, name, "x86_64")
            if name in true:
                assert number == true[name], name


def test_the_paths_that_stay_readable() -> None:
    paths = readable_paths(["/extra"])
    assert str(Path(os.__file__).parent) in paths
    assert "/extra" in paths
    assert not {"/", "/home", "/tmp", "/etc", "/proc", "/usr"} & set(paths)
    assert all(path.startswith("/") for path in paths)


def _in_force(report: dict[str, JsonValue], name: str) -> bool:
    measure = report[name]
    assert isinstance(measure, dict)
    return bool(measure["in_force"])


def test_a_worker_reports_and_proves_what_is_in_force() -> None:
    with Wall(PLAN, SMALL_LIMITS, 1, extra_paths=(PLUG_INS,)) as wall:
        report = dict(wall.isolation)
    for name, measure in report.items():
        if name != "proof":
            assert isinstance(measure, dict)
            assert measure["in_force"] or measure["detail"], f"{name} is not in force and does not say why"
    everywhere = (
        "memory limit",
        "no core dump",
        "CPU limit for each file",
        "file size limit",
        "descriptor limit",
        "no new privileges",
    )
    for name in everywhere:
        assert _in_force(report, name), name
    assert _in_force(report, "dies with its parent")
    proof = report["proof"]
    assert isinstance(proof, dict)
    if _in_force(report, "system-call filter"):
        assert all(
            str(said).startswith("refused")
            for name, said in proof.items()
            if name != "open a file outside its packages"
        )
    if _in_force(report, "Landlock"):
        assert str(proof["open a file outside its packages"]).startswith("refused")


def test_the_wall_stands_on_this_machine() -> None:
    """Not every kernel offers all; this says so instead of passing unnoticed."""
    with Wall(PLAN, SMALL_LIMITS, 1, extra_paths=(PLUG_INS,)) as wall:
        report = dict(wall.isolation)
    offered = ("system-call filter", "Landlock", "own user and network namespace", "no capabilities")
    missing = [name for name in offered if not _in_force(report, name)]
    if missing:
        pytest.skip(f"this kernel does not offer: {', '.join(missing)}")
    assert set(dict(report["proof"])) >= {"open for writing", "open a socket"}  # type: ignore[arg-type]
