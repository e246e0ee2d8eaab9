"""The examining workers: hands files out, keeps account of who works on what, and answers for those that are lost.

A file is at the head of one worker at a time. When a worker is lost, the file at its head pays for it and the file behind it is
handed out again, unblamed. The file that paid is tried again in a fresh worker without the part that broke, so that it keeps all
that the other parts can tell; what is left at the end is never less than a finding.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import orjson

from safelight.decode.breaches import cause_in_words, changed_finding, stage_name
from safelight.decode.hub import Hub, Loss
from safelight.decode.jobs import Job, Seat, examined, only_digested, plain_digests, prepare_next_try
from safelight.decode.limits import Limits
from safelight.decode.process import WorkerProcess
from safelight.decode.protocol import ChannelClosedError, Frame, Kind, ProtocolError
from safelight.decode.work import Reply, WorkPlan
from safelight.errors import WallError
from safelight.model import JsonValue

if TYPE_CHECKING:
    from safelight.decode.replies import CheckedDigests, ReplyChecker

__all__ = ["FILES_AT_A_WORKER", "START_SECONDS", "Pool"]

FILES_AT_A_WORKER: Final = 2
"""Files that one worker holds: the one it examines and the one it digests ahead."""

START_SECONDS: Final = 120.0
"""Time for a worker to import everything and to lock itself in."""

_MOST_START_FAILURES: Final = 6
_MOST_FIRST_START_FAILURES: Final = 3
_FILES_OF_A_WORKER: Final = 10_000
_MEMORY_OF_A_WORKER: Final = 768 << 20
_PROGRESS_BYTES: Final = 64 << 20


class Pool:
    """A fixed number of examining workers.

    Args:
        plan: What they run. `limits`: what they live under. `count`: how many there are.
        hub: Waits for them. `checker`: checks what they say.
        known: Whether a content was examined before. `on_event`: told, in a sentence, of every worker that was lost.
        extra_paths: Folders of plug-ins.

    Attributes:
        bytes_read: Of all files so far, also of those that are being read; each byte once, however often a file is tried.
    """

    def __init__(
        self,
        plan: WorkPlan,
        limits: Limits,
        count: int,
        hub: Hub,
        checker: ReplyChecker,
        known: Callable[[str], bool],
        on_event: Callable[[str], None],
        extra_paths: tuple[str, ...],
    ) -> None:
        self.isolation: Mapping[str, JsonValue] = {}
        self.bytes_read = 0
        self._plan, self._limits, self._count = plan, limits, count
        self._hub, self._checker = hub, checker
        self._known, self._on_event = known, on_event
        self._extra_paths = extra_paths
        self._seats: dict[WorkerProcess, Seat] = {}
        self._readers: tuple[tuple[str, str], ...] = ()
        self._queue: deque[Job] = deque()
        self._jobs: dict[int, Job] = {}
        self._ready: list[Reply] = []
        # SHA-256 of what is being examined -> the file that leads, and the replies for its copies, which follow it.
        self._leaders: dict[str, tuple[int, list[Reply]]] = {}
        self._held_back = 0
        self._numbers = 0
        self._start_failures = 0
        self._next_start = 0.0

    @property
    def room(self) -> int:
        """How many files can be handed in now."""
        return max(0, self._count * FILES_AT_A_WORKER - self.outstanding)

    @property
    def outstanding(self) -> int:
        """How many files have no reply taken yet."""
        return len(self._jobs) + len(self._ready) + self._held_back

    @property
    def has_replies(self) -> bool:
        """Whether `take_replies` would give any."""
        return bool(self._ready)

    def submit(self, token: int, descriptor: int) -> None:
        """Takes a file; the descriptor is owned here from now on."""
        self._numbers = (self._numbers + 1) & 0xFFFFFFFF
        job = Job(token, self._numbers, descriptor, os.fstat(descriptor).st_size)
        self._jobs[job.number] = job
        self._queue.append(job)
        self._hand_out()

    def take_replies(self) -> list[Reply]:
        """The replies that are there; the copies of a content follow its examination."""
        replies, self._ready = self._ready, []
        taken: list[Reply] = []
        for reply in replies:
            taken.append(reply)
            if reply.digests is not None and not reply.known:
                leader, followers = self._leaders.get(reply.digests.sha256, (None, []))
                if leader == reply.token:
                    taken += followers
                    self._held_back -= len(followers)
                    del self._leaders[reply.digests.sha256]
        return taken

    def tick(self) -> None:
        """Starts the workers that are missing and hands out what waits.

        Raises:
            WallError: No worker can be started.
        """
        while len(self._seats) < self._count and time.monotonic() >= self._next_start:
            self._start()
        self._hand_out()

    def close(self) -> None:
        """Closes the descriptors of files that were never answered for."""
        for job in self._jobs.values():
            os.close(job.descriptor)
        self._jobs.clear()
        self._queue.clear()

    def _start(self) -> None:
        try:
            worker = WorkerProcess(
                self._limits.reply_bytes + 4096, takes_descriptors=False, extra_paths=self._extra_paths
            )
        except OSError as error:
            self._could_not_start(str(error))
            return
        worker.deadline = time.monotonic() + START_SECONDS
        self._seats[worker] = Seat(worker)
        self._hub.add(worker, self)
        plan = {
            "fingerprinter": self._plan.fingerprinter,
            "readers": self._plan.readers,
            "dihedral": self._plan.dihedral,
        }
        body = {"mode": "examine", "limits": asdict(self._limits), "paths": self._extra_paths, **plan}
        try:
            with _handed_over(self._plan.options) as descriptors:
                worker.channel.send(Kind.SET_UP, 0, orjson.dumps(body), descriptors)
        except ChannelClosedError:
            self._hub.lose(worker, "ended", "")

    def _could_not_start(self, why: str) -> None:
        """Raises once it has happened too often without a worker that got ready in between."""
        self._start_failures += 1
        self._next_start = time.monotonic() + min(5.0, 0.1 * 2**self._start_failures)
        if self._start_failures >= (_MOST_START_FAILURES if self.isolation else _MOST_FIRST_START_FAILURES):
            raise WallError(
                f"The walled workers cannot be started: {why}",
                kept="What was stored before is kept.",
                advice="Run `safelight doctor`; it tries the wall and every plug-in.",
            )

    def _hand_out(self) -> None:
        while self._queue:
            free = [
                seat
                for seat in self._seats.values()
                if seat.ready and not seat.retiring and len(seat.jobs) < FILES_AT_A_WORKER
            ]
            if not free:
                return
            seat = min(free, key=lambda seat: len(seat.jobs))
            job = self._queue.popleft()
            job.digested, job.go, job.read_bytes = False, False, 0
            job.progress_left = job.size_bytes // _PROGRESS_BYTES + 2
            order = orjson.dumps({"digest_only": job.digest_only, "skip": sorted(job.skip)})
            seat.jobs.append(job)
            if len(seat.jobs) == 1:
                self._arm(seat)
            try:
                seat.worker.channel.send(Kind.JOB, job.number, order, (job.descriptor,))
            except ChannelClosedError:
                self._hub.lose(seat.worker, "ended", "")

    def _arm(self, seat: Seat) -> None:
        seat.worker.deadline = time.monotonic() + self._limits.wall_s if seat.jobs else None

    def frame(self, worker: WorkerProcess, frame: Frame) -> None:
        """Takes one message of a worker; see `hub.Owner`."""
        seat = self._seats[worker]
        if not seat.ready:
            self._take_start(seat, frame)
        else:
            job = next((job for job in seat.jobs if job.number == frame.job), None)
            if job is None:
                raise ProtocolError("an answer for a file that was not asked for")
            self._take_answer(seat, job, frame)
            if not seat.jobs and (seat.retiring or seat.files >= _FILES_OF_A_WORKER) and worker in self._seats:
                self._retire(seat)
        self._hand_out()

    def _take_start(self, seat: Seat, frame: Frame) -> None:
        if frame.kind is Kind.FAILED:
            why = frame.body.decode("utf-8", "backslashreplace")[:4000]
            if not self.isolation:
                raise WallError(
                    f"The walled workers cannot be started: {why}",
                    advice="Correct the plug-in's name or install its package.",
                )
            raise ProtocolError(why)
        if frame.kind is not Kind.READY:
            raise ProtocolError("an answer before the worker was ready")
        ready = self._checker.ready(frame.body)
        self.isolation, self._readers = ready.isolation, ready.readers
        seat.ready, seat.worker.deadline = True, None
        self._start_failures = 0

    def _take_answer(self, seat: Seat, job: Job, frame: Frame) -> None:
        if frame.kind is Kind.PROGRESS and not job.digested and job.progress_left > 0:
            job.progress_left -= 1
            self._arm(seat)
            self._has_read(job, min(job.read_bytes + _PROGRESS_BYTES, job.size_bytes))
        elif frame.kind is Kind.DIGESTS and not job.digested:
            job.digested = True
            self._take_digests(seat, job, self._checker.digests(frame.body))
        elif frame.kind is Kind.UNREADABLE and not job.digested:
            findings = self._checker.unreadable(frame.body)
            self._leave(seat, job)
            if job.digests is None:
                self._answer(job, Reply(token=job.token, digests=None, findings=(*findings, *job.breaches)))
            else:
                job.breaches += findings
                self._answer(job, only_digested(job, job.digests, self._readers))
        elif frame.kind is Kind.DONE and seat.jobs[0] is job and job.go and job.digests is not None:
            self._take_examination(seat, job, job.digests, frame.body)
        else:
            raise ProtocolError("an answer out of turn")

    def _take_digests(self, seat: Seat, job: Job, digests: CheckedDigests) -> None:
        """Decides whether the file is examined: not if its content is known, or is being examined as another file."""
        first_time = job.digests is None
        self._has_read(job, digests.size_bytes)
        if job.digests is not None and job.digests.sha256 != digests.sha256:
            job.breaches.append(changed_finding())
            self._leave(seat, job)
            self._answer(job, only_digested(job, job.digests, self._readers))
            seat.worker.channel.send(Kind.KNOWN, job.number)
            return
        job.digests = digests
        leader, followers = self._leaders.get(digests.sha256, (job.token, []))
        reply = Reply(
            token=job.token, digests=plain_digests(digests), known=True, findings=(*digests.findings, *job.breaches)
        )
        if leader != job.token:
            followers.append(reply)
            self._held_back += 1
            self._forget(job)
        elif first_time and self._known(digests.sha256):
            self._answer(job, reply)
        else:
            self._leaders.setdefault(digests.sha256, (job.token, []))
            if not job.digest_only:
                job.go = True
                seat.worker.channel.send(Kind.GO, job.number)
                return
            self._answer(job, only_digested(job, digests, self._readers))
        self._leave(seat, job)
        if not job.digest_only:
            seat.worker.channel.send(Kind.KNOWN, job.number)

    def _take_examination(self, seat: Seat, job: Job, digests: CheckedDigests, untrusted_body: bytes) -> None:
        found = self._checker.done(untrusted_body)
        self._leave(seat, job)
        seat.files += 1
        self._answer(job, examined(job, digests, found))
        if found.out_of_memory:
            self._on_event("A worker reached its memory limit and was replaced.")
            self._retire(seat)
        elif found.memory_bytes > _MEMORY_OF_A_WORKER:
            seat.retiring = True

    def _has_read(self, job: Job, read_bytes: int) -> None:
        job.read_bytes = read_bytes
        self.bytes_read += max(0, read_bytes - job.counted_bytes)
        job.counted_bytes = max(job.counted_bytes, read_bytes)

    def _leave(self, seat: Seat, job: Job) -> None:
        head = seat.jobs[0] is job
        seat.jobs.remove(job)
        if head:
            self._arm(seat)

    def _answer(self, job: Job, reply: Reply) -> None:
        self._forget(job)
        self._ready.append(reply)

    def _forget(self, job: Job) -> None:
        del self._jobs[job.number]
        os.close(job.descriptor)

    def _retire(self, seat: Seat) -> None:
        """Ends a worker that did nothing wrong; the files that it still had go to others."""
        self._hub.remove(seat.worker)
        del self._seats[seat.worker]
        self._queue.extendleft(reversed(seat.jobs))

    def lost(self, worker: WorkerProcess, loss: Loss) -> None:
        """Deals with a worker that is gone; see `hub.Owner`."""
        seat = self._seats.pop(worker)
        if not seat.ready:
            why = loss.detail or cause_in_words(loss, self._limits)
            tail = loss.death.stderr_tail.strip()[-2000:]
            self._could_not_start(f"{why}\n{tail}" if tail else why)
            return
        jobs = list(seat.jobs)
        self._queue.extendleft(reversed(jobs[1:]))
        where = stage_name(loss.death.stage, self._readers)
        self._on_event(f"A worker was lost during {where} and replaced: {cause_in_words(loss, self._limits)}.")
        if jobs:
            self._blame(jobs[0], loss)

    def _blame(self, job: Job, loss: Loss) -> None:
        if prepare_next_try(job, loss, self._readers, self._limits):
            self._queue.appendleft(job)
        elif job.digests is not None:
            self._answer(job, only_digested(job, job.digests, self._readers))
        else:
            self._answer(job, Reply(token=job.token, digests=None, findings=tuple(job.breaches)))


@contextmanager
def _handed_over(options: Mapping[str, JsonValue]) -> Iterator[Sequence[int]]:
    """The options as a descriptor of anonymous memory: they can be larger than a message, and a worker can open no file of the unit's."""
    if not options:
        yield ()
        return
    with os.fdopen(os.memfd_create("options", os.MFD_CLOEXEC), "wb") as memory:
        memory.write(orjson.dumps(options))
        memory.flush()
        yield (memory.fileno(),)
