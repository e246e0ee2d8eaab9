"""One worker process, seen from the parent: started, spoken to, killed, reaped; nothing of it is left behind.

A worker is a fresh interpreter (`-I`: no user site, no environment, no current folder on its path) with three inherited
descriptors: the socket, the stage page, and a pipe for what it prints. It lives in a session of its own, so that Ctrl-C reaches
the parent alone, and it dies with the thread that started it.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import signal
import site
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.decode.protocol import Channel

__all__ = ["Death", "WorkerProcess"]

_STDERR_TAIL_BYTES: Final = 8192
_REAP_SECONDS: Final = 5.0
# The worker must load the same code as the parent, also from a checkout; it comes first only where it holds nothing else. The
# other paths are for packages that `-I` hides: a user's site-packages, a plug-in's folder.
_BOOTSTRAP: Final = (
    "import sys; first, *others = sys.argv[4:]; "
    "sys.path[:0] = [] if first.endswith('-packages') else [first]; "
    "sys.path += [path for path in (first, *others) if path not in sys.path]; "
    "from safelight.decode.worker import main; main(*map(int, sys.argv[1:4]))"
)
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "HOME": "/",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    # Pictures are allocated and freed all the time: keeping the pages, and asking for huge ones, spares a fifth of the time that
    # goes into page faults otherwise. A worker that keeps too much is trimmed and then replaced.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended.

    Attributes:
        signal: Name of the signal that ended it, unless it was our own SIGKILL; else empty.
        exit_status: Its exit status when no signal ended it; None while the kernel has not let go of it.
        stage: The number it last wrote to its stage page (untrusted).
        stderr_tail: The last it printed (untrusted).
    """

    signal: str
    exit_status: int | None
    stage: int
    stderr_tail: str


class WorkerProcess:
    """A running worker.

    Args:
        body_limit: Largest body, in bytes, accepted from it. `takes_descriptors`: whether it may send descriptors.
        extra_paths: Folders of plug-ins that the settings name.

    Raises:
        OSError: The process cannot be started.

    Attributes:
        channel: To the worker. `log`: readable end of the pipe with what it prints.
        deadline: Time of `time.monotonic` after which it is killed; None while nothing is asked of it.
    """

    def __init__(self, body_limit: int, *, takes_descriptors: bool, extra_paths: tuple[str, ...]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        stage = os.memfd_create("safelight-stage", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(stage, mmap.PAGESIZE)
            # A page that a worker could cut away would take the parent down when it looks.
            fcntl.fcntl(stage, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
            self._stage = mmap.mmap(stage, mmap.PAGESIZE, prot=mmap.PROT_READ)
            arguments = [str(theirs.fileno()), str(stage), str(os.getpid()), *_paths(extra_paths)]
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-c", _BOOTSTRAP, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                pass_fds=(theirs.fileno(), stage),
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            os.close(read_end)
            raise
        finally:
            theirs.close()
            os.close(write_end)
            os.close(stage)
        ours.setblocking(False)
        os.set_blocking(read_end, False)
        self.channel = Channel(ours, body_limit, take_descriptors=takes_descriptors)
        self.log = read_end
        self.deadline: float | None = None
        self._tail = bytearray()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def stage(self) -> int:
        """What the worker says it is doing (untrusted)."""
        (value,) = struct.unpack_from("=I", self._stage, 0)
        return int(value)

    def read_log(self) -> bool:
        """Takes what the worker printed and keeps the tail; false when nothing more can come."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.log, 1 << 16):
                self._tail += data
                del self._tail[:-_STDERR_TAIL_BYTES]
                if len(data) < 1 << 16:
                    return True
            return False
        return True

    @property
    def log_tail(self) -> str:
        """The last the worker printed, printable (untrusted)."""
        return self._tail.decode("utf-8", "backslashreplace")

    def end(self, grace_s: float = 0.0) -> Death:
        """Ends the worker, waits for it, and gives back every descriptor.

        Args:
            grace_s: Time that it has to end by itself, for one that has hung up and is on its way out.
        """
        if not self._ended_within(grace_s):
            self._process.kill()
            # A process in an uninterruptible read (a dying disk) goes only when the read does; `ended` reaps it later.
            killed = self._ended_within(_REAP_SECONDS) and self._process.returncode == -signal.SIGKILL
        else:
            killed = False
        self.read_log()
        stage = self.stage
        self.channel.close()
        os.close(self.log)
        self._stage.close()
        status = self._process.returncode
        return Death("" if killed else _signal_name(status), status, stage, self.log_tail)

    def _ended_within(self, seconds: float) -> bool:
        if self._process.poll() is not None:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    @property
    def ended(self) -> bool:
        """Whether the process is gone and reaped."""
        return self._process.poll() is not None


def _paths(extra_paths: tuple[str, ...]) -> list[str]:
    package_folder = str(Path(__file__).resolve().parents[2])
    found = [package_folder, *extra_paths]
    user_site = site.getusersitepackages() if site.ENABLE_USER_SITE else ""
    return [*found, user_site] if user_site in sys.path else found


def _signal_name(status: int | None) -> str:
    if status is None or status >= 0:
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _environment() -> dict[str, str]:
    # Some interpreters find their own libraries only through this one.
    library_path = os.environ.get("LD_LIBRARY_PATH")
    return {**_ENVIRONMENT, "LD_LIBRARY_PATH": library_path} if library_path else dict(_ENVIRONMENT)
