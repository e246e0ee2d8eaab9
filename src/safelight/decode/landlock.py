"""Landlock for a walled worker: no write anywhere, reading only below the folders that lazy imports need, no TCP.

Facts: linux/landlock.h and Documentation/userspace-api/landlock.rst of Linux; what an older kernel's ABI lacks is left out and
said. It binds the calling thread and those it starts later, so it must come before any library starts a thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import stat
from collections.abc import Iterable
from typing import Final

from safelight.decode import syscalls

__all__ = ["restrict"]

# Rights by the ABI version that brought them: bits 0 to 12, refer, truncate, ioctl_dev.
_FILE_RIGHTS: Final = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_TCP_BIND_AND_CONNECT: Final = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11
_CREATE_RULESET_VERSION: Final = 1
_RULE_PATH_BENEATH: Final = 1
_RESTRICT_ALL_THREADS: Final = 1 << 3


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def restrict(readable: Iterable[str]) -> tuple[str, str]:
    """Puts Landlock in force for good; needs PR_SET_NO_NEW_PRIVS.

    Args:
        readable: Files and folders (with all below) that stay readable; those that do not exist are left out.

    Returns:
        (why it is not in force, or empty; what is in force, in words)
    """
    machine = platform.machine()
    if machine not in {"x86_64", "aarch64"}:
        return f"not tried on the machine {machine}", ""
    abi = _call("landlock_create_ruleset", machine, None, ctypes.c_size_t(0), ctypes.c_uint32(_CREATE_RULESET_VERSION))
    if abi < 1:
        return "this kernel does not offer Landlock", ""
    files = sum(rights for since, rights in _FILE_RIGHTS if abi >= since)
    attributes = _RulesetAttributes(
        files, _TCP_BIND_AND_CONNECT if abi >= 4 else 0, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0
    )
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _call(
        "landlock_create_ruleset", machine, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return f"the kernel refused the rules: {os.strerror(ctypes.get_errno())}", ""
    try:
        for path in readable:
            _allow_reading(machine, ruleset, path)
        flags = _RESTRICT_ALL_THREADS if abi >= 8 else 0
        if _call("landlock_restrict_self", machine, ctypes.c_int(ruleset), ctypes.c_uint32(flags)) != 0:
            return f"the kernel refused to restrict the worker: {os.strerror(ctypes.get_errno())}", ""
    finally:
        os.close(ruleset)
    said = [f"ABI {abi}: no write, reading only of the interpreter and its packages"]
    said.append("no TCP" if abi >= 4 else "TCP not covered before ABI 4")
    said.append(
        "no signals or abstract sockets outwards"
        if abi >= 6
        else "signals and abstract sockets not covered before ABI 6"
    )
    return "", "; ".join(said)


def _allow_reading(machine: str, ruleset: int, path: str) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = _READ_FILE | _READ_FOLDER if stat.S_ISDIR(os.fstat(descriptor).st_mode) else _READ_FILE
            rule = _PathBeneath(rights, descriptor)
            _call(
                "landlock_add_rule",
                machine,
                ctypes.c_int(ruleset),
                ctypes.c_int(_RULE_PATH_BENEATH),
                ctypes.byref(rule),
                ctypes.c_uint32(0),
            )
        finally:
            os.close(descriptor)


def _call(name: str, machine: str, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    number = syscalls.number_of(syscalls.SET_UP, name, machine)
    return int(libc.syscall(ctypes.c_long(number or -1), *arguments))
