"""How a worker locks itself in, measure by measure, and what it says of each.

In: the limits and the folders that must stay readable. Out: for each measure, whether it is in force and why not. No measure is
required: the kernel decides what it offers, and the case records what was reached. The order matters: `enter` runs before the
libraries that parse are imported (a namespace can only be left by a process with one thread), `lock_down` after, and both
before the first byte of evidence arrives.

Facts: prctl(2), namespaces(7), user_namespaces(7), capabilities(7), setrlimit(2), proc(5).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from safelight.decode import landlock, seccomp
from safelight.decode.limits import Limits
from safelight.model import JsonValue

__all__ = ["Isolation", "readable_paths", "rearm_cpu_limit"]

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 2, 4, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
_CAPABILITY_VERSION_3: Final = 0x20080522
_OPEN_DESCRIPTORS: Final = 256
_THREADS: Final = 128

# What C libraries read late: the loader's cache, the shape of the machine, time zones.
_SYSTEM_PATHS: Final = (
    "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib",
    "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/dev/null", "/dev/zero", "/dev/urandom",
)  # fmt: skip


def readable_paths(extra: Iterable[str] = ()) -> tuple[str, ...]:
    """The interpreter's and the packages' own folders, and the system's libraries; nothing else stays readable."""
    own = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple(
        dict.fromkeys(path for path in (*own, *sys.path, *extra, *_SYSTEM_PATHS) if path and Path(path).is_absolute())
    )


def rearm_cpu_limit(cpu_s: int) -> None:
    """Gives the worker `cpu_s` more CPU seconds from now; past them the kernel ends it (SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + cpu_s + 1, hard))


class Isolation:
    """The measures of one worker, taken in order, and the report of what was reached.

    Args:
        limits: The limits to put in force.
        file_bytes: Largest size that an anonymous file (memfd) may reach; 0 where none is made.
    """

    def __init__(self, limits: Limits, *, file_bytes: int) -> None:
        self._limits = limits
        self._file_bytes = file_bytes
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._own_namespace = False
        self.report: dict[str, JsonValue] = {}

    def enter(self, parent_pid: int) -> None:
        """What must be done while the process has one thread.

        Raises:
            SystemExit: The parent is gone already.
        """
        self._take(
            "first to go when memory runs out", lambda: Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
        )
        self._take("own user and network namespace", self._namespaces)
        self._take("dies with its parent", lambda: self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))
        if os.getppid() != parent_pid:
            raise SystemExit("the parent is gone")
        self._take("memory limit", lambda: self._limit(resource.RLIMIT_AS, self._limits.memory_bytes))
        self._take("no core dump", lambda: self._limit(resource.RLIMIT_CORE, 0))
        self._take("CPU limit for each file", lambda: rearm_cpu_limit(max(self._limits.cpu_s, 60)))

    def lock_down(self, readable: Iterable[str]) -> None:
        """Everything else, for good; afterwards the worker proves what it can and adds that to the report."""
        sys.dont_write_bytecode = True
        threads = sum(1 for _ in Path("/proc/self/task").iterdir())
        self._take("file size limit", lambda: self._limit(resource.RLIMIT_FSIZE, self._file_bytes))
        self._take("descriptor limit", lambda: self._limit(resource.RLIMIT_NOFILE, _OPEN_DESCRIPTORS))
        self._take("thread limit", self._threads)
        self._take("no new privileges", lambda: self._prctl(_PR_SET_NO_NEW_PRIVS, 1))
        self._take("no capabilities", self._drop_capabilities)
        self._take("Landlock", lambda: self._landlock(readable, threads))
        self._take("not traceable", lambda: self._prctl(_PR_SET_DUMPABLE, 0))
        self._take("dies with its parent", self._still_dies_with_parent)
        self._take("system-call filter", self._filter)
        self._prove()

    def _take(self, name: str, measure: Callable[[], object]) -> None:
        """Tries one measure; the report says `in_force` and, in `detail`, why not or how far."""
        try:
            said = measure()
            self.report[name] = {"in_force": True, "detail": said if isinstance(said, str) else ""}
        except (OSError, ValueError) as error:
            self.report[name] = {"in_force": False, "detail": str(error)}

    def _prctl(self, option: int, value: int) -> None:
        if (
            self._libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
            != 0
        ):
            raise _os_error()

    @staticmethod
    def _limit(which: int, value: int) -> str:
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))
        return str(value)

    def _namespaces(self) -> str:
        uid, gid = os.getuid(), os.getgid()
        if self._libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) != 0:
            first = _os_error()
            if self._libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC) != 0:
                raise OSError(first.errno, f"the kernel does not permit it: {first.strerror}")
            return "network namespace only"
        self._own_namespace = True
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", "ascii")
        return "user, network and IPC namespace"

    def _threads(self) -> str:
        if os.getuid() == 0:
            raise OSError(
                "the kernel does not count the processes of root; new processes are refused by the system-call filter"
            )
        if not self._own_namespace:
            raise OSError("without a user namespace of its own it would count the user's other processes")
        return self._limit(resource.RLIMIT_NPROC, _THREADS)

    def _drop_capabilities(self) -> None:
        self._libc.prctl(
            _PR_CAP_AMBIENT,
            ctypes.c_ulong(_PR_CAP_AMBIENT_CLEAR_ALL),
            ctypes.c_ulong(0),
            ctypes.c_ulong(0),
            ctypes.c_ulong(0),
        )
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        if self._libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())) != 0:
            raise _os_error()

    @staticmethod
    def _landlock(readable: Iterable[str], threads: int) -> str:
        why_not, said = landlock.restrict(readable)
        if why_not:
            raise OSError(why_not)
        return said if threads == 1 else f"{said}; {threads - 1} threads that libraries had started are not bound by it"

    def _still_dies_with_parent(self) -> None:
        # A change of credentials can clear it.
        self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        found = ctypes.c_int(0)
        self._libc.prctl(
            _PR_GET_PDEATHSIG, ctypes.byref(found), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)
        )
        if found.value != signal.SIGKILL:
            raise OSError("the kernel did not keep the signal")

    @staticmethod
    def _filter() -> str:
        why_not = seccomp.install()
        if why_not:
            raise OSError(why_not)
        return "allow-list"

    def _prove(self) -> None:
        """Tries what must fail, in ways that change nothing where it does not fail."""
        self.report["proof"] = {
            "open for writing": _outcome(lambda: os.close(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC))),
            "open a file outside its packages": _outcome(
                lambda: os.close(os.open("/etc/passwd", os.O_RDONLY | os.O_CLOEXEC))
            ),
            "make a folder": _outcome(lambda: os.mkdir("/dev/null/safelight")),  # noqa: PTH102 - no such place, on purpose
            "open a socket": _outcome(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()),
        }


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except PermissionError as error:
        return f"refused: {error.strerror}"
    except OSError as error:
        return f"failed: {error.strerror}"
    return "NOT refused"


def _os_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
