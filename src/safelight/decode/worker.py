"""The worker process: sets up, locks itself in, then examines files (or unpacks archives, or makes previews) until the parent is gone.

Started by `process` as a fresh, isolated interpreter. Its first message from the parent holds the work plan and the limits;
everything that parses is imported, and the wall is built, before the first descriptor of evidence arrives. What it prints goes
to the parent's log of it, never into the protocol.
"""

from __future__ import annotations

import faulthandler
import gc
import mmap
import os
import signal
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from safelight.decode.bounding import bounded
from safelight.decode.isolation import Isolation, readable_paths, rearm_cpu_limit
from safelight.decode.limits import Limits
from safelight.decode.protocol import Channel, ChannelClosedError, Frame, Kind
from safelight.model import Finding, Outcome

__all__ = ["main"]

_PARENT_BODY_BYTES: Final = 1 << 20
_AHEAD_BYTES: Final = 64 << 20
_TRIM_ABOVE_BYTES: Final = 512 << 20
_PAGE_BYTES: Final = mmap.PAGESIZE

# Loaded late by Python itself when text of a file asks for them; importing them now spares every worker the walk later.
_LATE_ENCODINGS: Final = (
    "ascii", "latin_1", "utf_8_sig", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le", "shift_jis",
    "euc_jp", "iso2022_jp", "cp1252", "cp437", "cp932", "gb18030", "big5", "euc_kr", "mac_roman",
)  # fmt: skip
_LATE_MODULES: Final = (
    "unicodedata", "stringprep", "traceback", "linecache", "tokenize", "decimal", "fractions", "datetime", "zlib", "bz2",
    "lzma", "json",
    *(f"encodings.{name}" for name in _LATE_ENCODINGS),
)  # fmt: skip


def main(channel_descriptor: int, stage_descriptor: int, parent_pid: int) -> None:
    """Runs the worker until the parent closes the channel.

    Args:
        channel_descriptor: The inherited end of the socket pair. `stage_descriptor`: the shared stage page.
        parent_pid: The worker ends at once when its parent is another.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    channel = Channel(socket.socket(fileno=channel_descriptor), _PARENT_BODY_BYTES, take_descriptors=True)
    page = mmap.mmap(stage_descriptor, _PAGE_BYTES)
    os.close(stage_descriptor)
    try:
        set_up = _set_up(channel.receive())
        limits = Limits(**set_up["limits"])
        unpacks = set_up["mode"] == "unpack"
        isolation = Isolation(limits, file_bytes=limits.member_bytes if unpacks else 0)
        isolation.enter(parent_pid)
        serve, readers = _load(set_up, limits, channel, page)
        memory = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        isolation.lock_down(readable_paths(set_up["paths"]))
        gc.collect()
        gc.freeze()
        channel.send(
            Kind.READY, 0, orjson.dumps({"isolation": isolation.report, "readers": readers, "mode": set_up["mode"]})
        )
        serve(memory)
    except ChannelClosedError:
        return


def _set_up(frame: Frame) -> dict[str, Any]:
    """The first message, with the options of single readers, which come as a descriptor of memory where there are any."""
    set_up: dict[str, Any] = {**orjson.loads(frame.body), "options": {}}
    for descriptor in frame.descriptors:
        with os.fdopen(descriptor, "rb") as memory:
            memory.seek(0)
            set_up["options"] = orjson.loads(memory.read())
    return set_up


def _load(
    set_up: dict[str, Any], limits: Limits, channel: Channel, page: mmap.mmap
) -> tuple[Callable[[int], None], list[tuple[str, str]]]:
    """Imports all that the plan names; a plan that cannot be loaded is told to the parent and ends the worker."""
    import importlib

    try:
        for name in _LATE_MODULES:
            importlib.import_module(name)
        if set_up["mode"] == "unpack":
            from safelight.decode.unpack_service import UnpackService

            return UnpackService(set_up["unpacker"], limits, channel).serve, []
        if set_up["mode"] == "preview":
            from safelight.decode.preview_service import PreviewService

            return PreviewService(limits, channel).serve, []
        from safelight.decode.examine import Examiner

        examiner = Examiner(
            set_up["fingerprinter"],
            set_up["readers"],
            options=set_up["options"],
            dihedral=set_up["dihedral"],
            limits=limits,
            stage=lambda stage: struct.pack_into("=I", page, 0, stage),
        )
        return _ExamineService(examiner, limits, channel).serve, examiner.reader_names
    except Exception as error:
        channel.send(Kind.FAILED, 0, f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace")[:4000])
        raise


@dataclass(slots=True, eq=False)
class _Job:
    number: int
    descriptor: int
    digest_only: bool
    skip: frozenset[int]
    size_bytes: int
    reading: Any = None
    go: bool = False
    closed: bool = field(default=False)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self.descriptor)


class _ExamineService:
    """The loop over files: digests are computed one file ahead, so that the parent's verdict is there when it is needed."""

    def __init__(self, examiner: Any, limits: Limits, channel: Channel) -> None:
        self._examiner = examiner
        self._limits = limits
        self._channel = channel
        self._jobs: deque[_Job] = deque()
        self._memory = -1

    def serve(self, memory: int) -> None:
        """Runs until the parent closes the channel; `memory` is an open descriptor of /proc/self/statm."""
        self._memory = memory
        while True:
            while self._channel.poll():
                self._take(self._channel.receive())
            undigested = self._next_undigested()
            if undigested is not None:
                self._digest(undigested)
            elif self._jobs and self._jobs[0].go:
                self._examine(self._jobs.popleft())
            else:
                self._take(self._channel.receive())

    def _take(self, frame: Frame) -> None:
        if frame.kind is Kind.JOB:
            order = orjson.loads(frame.body)
            (descriptor,) = frame.descriptors
            size_bytes = os.fstat(descriptor).st_size
            self._jobs.append(_Job(frame.job, descriptor, order["digest_only"], frozenset(order["skip"]), size_bytes))
            return
        job = next(job for job in self._jobs if job.number == frame.job)
        if frame.kind is Kind.GO:
            job.go = True
        else:
            self._jobs.remove(job)
            job.close()

    def _next_undigested(self) -> _Job | None:
        for position, job in enumerate(self._jobs):
            if job.reading is None and (position == 0 or job.size_bytes <= _AHEAD_BYTES):
                return job
        return None

    def _digest(self, job: _Job) -> None:
        from safelight.decode.reading import read_and_digest

        rearm_cpu_limit(self._limits.cpu_s)
        held_bytes = 0 if job.digest_only else self._limits.content_bytes
        try:
            job.reading = read_and_digest(job.descriptor, held_bytes, lambda: self._progress(job))
        except (OSError, MemoryError) as error:
            self._jobs.remove(job)
            self._channel.send(Kind.UNREADABLE, job.number, orjson.dumps(bounded([_unreadable(error)])))
            return
        finally:
            # The metadata of a file that is not held are read through its descriptor later.
            if job.reading is None or job.digest_only or len(job.reading.data) == job.reading.size_bytes:
                job.close()
        read = job.reading
        answer = {
            "sha256": read.sha256,
            "sha1": read.sha1,
            "md5": read.md5,
            "size_bytes": read.size_bytes,
            "findings": read.findings,
        }
        self._channel.send(Kind.DIGESTS, job.number, orjson.dumps(answer))
        if job.digest_only:
            self._jobs.remove(job)

    def _progress(self, job: _Job) -> None:
        rearm_cpu_limit(self._limits.cpu_s)
        self._channel.send(Kind.PROGRESS, job.number)

    def _examine(self, job: _Job) -> None:
        from safelight.decode.examine import release_memory, reply_body

        rearm_cpu_limit(self._limits.cpu_s)
        reply, out_of_memory = self._examiner.examine(job.reading, job.skip, None if job.closed else job.descriptor)
        job.reading = None
        job.close()
        memory_bytes = self._memory_bytes()
        if memory_bytes > _TRIM_ABOVE_BYTES:
            release_memory()
            memory_bytes = self._memory_bytes()
        reply |= {"memory_bytes": memory_bytes, "out_of_memory": out_of_memory}
        self._channel.send(Kind.DONE, job.number, reply_body(reply, self._limits.reply_bytes))

    def _memory_bytes(self) -> int:
        return int(os.pread(self._memory, 200, 0).split()[1]) * _PAGE_BYTES


def _unreadable(error: OSError | MemoryError) -> Finding:
    why = (error.strerror or str(error)) if isinstance(error, OSError) else "the worker's memory limit was reached"
    return Finding(
        reader="reading",
        version="1",
        outcome=Outcome.COULD_NOT_LOOK,
        what=f"The file could not be read: {why}. Its name, size and times are kept; nothing was digested.",
        does_not_show="Nothing is known about its content.",
        details={"errno": error.errno} if isinstance(error, OSError) else {},
    )
