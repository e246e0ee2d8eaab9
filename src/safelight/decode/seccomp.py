"""The system-call filter of a walled worker: a classic BPF program of our own, installed through ctypes.

It is an allow-list: what `syscalls` does not name is answered ENOSYS. Checked on x86_64 and aarch64; on any other machine
`install` says so and no filter is in force. Calls of another calling convention (32-bit, x32) end the worker.

Facts: linux/filter.h, linux/seccomp.h, linux/audit.h, and Documentation/userspace-api/seccomp_filter.rst of Linux.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from typing import Final

from safelight.decode import syscalls

__all__ = ["build_filter", "install"]

_AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT: Final = 0x40000000

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARGUMENTS = 0, 4, 16

_ALLOW: Final = 0x7FFF0000
_KILL_PROCESS: Final = 0x80000000
_ERRNO: Final = 0x00050000

_CLONE_THREAD: Final = 0x00010000
_CLONE_NEW_NAMESPACE: Final = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_OPEN_FOR_CHANGE: Final = (
    os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | (os.O_TMPFILE & ~os.O_DIRECTORY)
)
# TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTLS: Final = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS; none that sets up a signal
_FCNTLS: Final = (0, 1, 2, 3, 4, 1030, 1033, 1034)
# PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS, PR_SET_VMA
_PRCTLS: Final = (2, 3, 15, 16, 21, 23, 39, 0x53564D41)

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_SET_MODE_FILTER = 1
# Every thread that a library may have started gets the filter too. SPEC_ALLOW: kernels before 5.16 would otherwise switch off
# speculative stores, which costs speed and protects secrets that a worker does not hold.
_FLAG_TSYNC, _FLAG_SPEC_ALLOW = 1, 4

_Code = list[tuple[int, int, int, int]]


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install() -> str:
    """Puts the filter in force for every thread of this process, for good; needs PR_SET_NO_NEW_PRIVS.

    Returns:
        Empty when it is in force, else why it is not.
    """
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        return f"the filter is not written for the machine {machine}"
    code = build_filter(machine, os.getpid())
    program = _FilterProgram(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    number = syscalls.number_of(syscalls.SET_UP, "seccomp", machine)
    flags = _FLAG_TSYNC | _FLAG_SPEC_ALLOW
    if (
        libc.syscall(
            ctypes.c_long(number or -1), ctypes.c_ulong(_SET_MODE_FILTER), ctypes.c_ulong(flags), ctypes.byref(program)
        )
        == 0
    ):
        return ""
    if (
        libc.prctl(
            _PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(program), ctypes.c_ulong(0), ctypes.c_ulong(0)
        )
        == 0
    ):
        return ""
    return f"the kernel refused the filter: {os.strerror(ctypes.get_errno())}"


def build_filter(machine: str, own_pid: int) -> bytes:
    """The program for `x86_64` or `aarch64`, as an array of struct sock_filter.

    Args:
        machine: As `platform.machine()` says it.
        own_pid: The only process that the worker may signal.
    """
    code: _Code = [
        (_LOAD, 0, 0, _OFFSET_ARCH),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    if machine == "x86_64":
        code += [(_JUMP_GREATER_EQUAL, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL_PROCESS)]
    # Judged calls come first: the kernel cannot answer them from its cache of calls that are always allowed.
    for name, body in _judgements(own_pid).items():
        number = syscalls.number_of(syscalls.JUDGED, name, machine)
        if number is not None:
            code += [(_JUMP_EQUAL, 0, len(body), number), *body]
    for table, action in (
        (syscalls.ALLOWED, _ALLOW),
        (syscalls.REFUSED, _ERRNO | errno.EPERM),
        (syscalls.FATAL, _KILL_PROCESS),
    ):
        for name in table:
            number = syscalls.number_of(table, name, machine)
            if number is not None:
                code += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, action)]
    code.append((_RETURN, 0, 0, _ERRNO | errno.ENOSYS))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _judgements(own_pid: int) -> dict[str, _Code]:
    return {
        "openat": _without_bits(2, _OPEN_FOR_CHANGE),
        "open": _without_bits(1, _OPEN_FOR_CHANGE),
        "ioctl": _one_of(1, _IOCTLS, errno.ENOTTY),
        "fcntl": _one_of(1, _FCNTLS, errno.EINVAL),
        "prctl": _one_of(0, _PRCTLS, errno.EPERM),
        "prlimit64": _one_of(0, (0, own_pid), errno.EPERM),
        "setrlimit": [(_RETURN, 0, 0, _ALLOW)],  # acts on this process only, and a hard limit never rises again
        "kill": _one_of(0, (own_pid,), errno.EPERM),
        "tgkill": _one_of(0, (own_pid,), errno.EPERM),
        # An address is what would let it leave the inherited socket.
        "sendto": [
            _load_argument(4),
            (_JUMP_EQUAL, 1, 0, 0),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
            _load_argument(4, high=True),
            (_JUMP_EQUAL, 1, 0, 0),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ],
        "clone": [
            _load_argument(0),
            (_JUMP_SET, 0, 1, _CLONE_NEW_NAMESPACE),
            (_RETURN, 0, 0, _KILL_PROCESS),
            (_JUMP_SET, 1, 0, _CLONE_THREAD),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ],
    }


def _load_argument(index: int, *, high: bool = False) -> tuple[int, int, int, int]:
    # Both machines are little-endian: the low half of a 64-bit argument comes first.
    return (_LOAD, 0, 0, _OFFSET_ARGUMENTS + 8 * index + (4 if high else 0))


def _without_bits(index: int, bits: int) -> _Code:
    return [
        _load_argument(index),
        (_JUMP_SET, 0, 1, bits),
        (_RETURN, 0, 0, _ERRNO | errno.EACCES),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _one_of(index: int, values: Sequence[int], otherwise: int) -> _Code:
    checks: _Code = [(_JUMP_EQUAL, len(values) - position, 0, value) for position, value in enumerate(values)]
    return [_load_argument(index), *checks, (_RETURN, 0, 0, _ERRNO | otherwise), (_RETURN, 0, 0, _ALLOW)]
