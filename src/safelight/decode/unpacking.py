"""The parent's side of unpacking: one walled worker for each archive that is open, and members by credit.

The worker sends a member's header and a descriptor of anonymous memory; the parent seals that memory before anybody reads it, so
that the worker cannot change it afterwards, and checks the bounds again that the worker was told to keep.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Self

import orjson

from safelight import __version__
from safelight.decode.archives.member import Member
from safelight.decode.breaches import WALL, cause_in_words
from safelight.decode.hub import Hub, Loss
from safelight.decode.limits import Limits
from safelight.decode.pool import START_SECONDS
from safelight.decode.process import WorkerProcess
from safelight.decode.protocol import ChannelClosedError, Frame, Kind, ProtocolError
from safelight.errors import WallError
from safelight.model import Finding, Outcome, display_text

if TYPE_CHECKING:
    from safelight.decode.replies import ReplyChecker

__all__ = ["Unpackers", "Unpacking"]

# What the worker may send before the parent asks for more; the same figure as in `unpack_service`.
_FIRST_CREDITS: Final = 2
_MOST_IDLE: Final = 2
_ARCHIVES_OF_A_WORKER: Final = 200
_START_TRIES: Final = 3
_SEALS: Final = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


class Unpackers:
    """Starts unpacking workers and keeps idle ones for the next archive.

    Args:
        unpacker: Registry name. `limits`: those in force. `hub`: waits for the workers. `checker`: checks what they say.
        pump: Lets everything go on for at most so many seconds. `on_event`: told of every worker that was lost.
        extra_paths: Folders of plug-ins.
    """

    def __init__(
        self,
        unpacker: str,
        limits: Limits,
        hub: Hub,
        checker: ReplyChecker,
        pump: Callable[[float], None],
        on_event: Callable[[str], None],
        extra_paths: tuple[str, ...],
    ) -> None:
        self.limits, self.hub, self.checker, self.pump, self.on_event = limits, hub, checker, pump, on_event
        self._unpacker = unpacker
        self._extra_paths = extra_paths
        self._idle: list[tuple[WorkerProcess, int]] = []
        self._open: list[Unpacking] = []

    def unpack(self, descriptor: int) -> Generator[tuple[Member, int | None], None, None]:
        """A new archive; the descriptor is owned by it. Closing or dropping the generator ends it."""
        session = Unpacking(self, descriptor)
        self._open.append(session)
        return _members_of(session)

    def start(self, owner: Unpacking) -> tuple[WorkerProcess, int, bool]:
        """(a worker, how many archives it has unpacked, whether it is ready).

        Raises:
            OSError: The process cannot be started.
        """
        if self._idle:
            worker, archives = self._idle.pop()
            self.hub.add(worker, owner)
            return worker, archives, True
        worker = WorkerProcess(self.limits.reply_bytes, takes_descriptors=True, extra_paths=self._extra_paths)
        self.hub.add(worker, owner)
        worker.deadline = time.monotonic() + START_SECONDS
        body = {"mode": "unpack", "limits": asdict(self.limits), "paths": self._extra_paths, "unpacker": self._unpacker}
        with contextlib.suppress(ChannelClosedError):
            worker.channel.send(Kind.SET_UP, 0, orjson.dumps(body))
        return worker, 0, False

    def give_back(self, worker: WorkerProcess, archives: int) -> None:
        """Takes a worker that has unpacked its archive to the end."""
        if len(self._idle) < _MOST_IDLE and archives < _ARCHIVES_OF_A_WORKER:
            worker.deadline = None
            self.hub.add(worker, self)
            self._idle.append((worker, archives))
        else:
            self.hub.remove(worker)

    def forget(self, session: Unpacking) -> None:
        """The archive is closed."""
        with contextlib.suppress(ValueError):
            self._open.remove(session)

    def close(self) -> None:
        """Ends every archive and every worker."""
        for session in list(self._open):
            session.close()
        for worker, _ in self._idle:
            self.hub.remove(worker)
        self._idle.clear()

    def frame(self, worker: WorkerProcess, frame: Frame) -> None:
        """An idle worker has nothing to say; see `hub.Owner`."""
        _close_all(frame)
        raise ProtocolError("a message from an idle worker")

    def lost(self, worker: WorkerProcess, loss: Loss) -> None:
        """An idle worker is gone; see `hub.Owner`."""
        self._idle = [(other, archives) for other, archives in self._idle if other is not worker]


class Unpacking(Iterator[tuple[Member, int | None]]):
    """The members of one archive, one at a time. Closing it ends its worker."""

    def __init__(self, host: Unpackers, descriptor: int) -> None:
        self._host = host
        self._descriptor: int | None = descriptor
        self._worker: WorkerProcess | None = None
        self._archives = 0
        self._arrived: deque[tuple[Member, int | None]] = deque()
        self._credits = 0
        self._started = self._ready = self._owes_credit = self._ended = False
        self._start_failures = 0
        self._members = 0
        self._bytes = 0
        self._last = ""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[Member, int | None]:
        """The next member and its descriptor, which the caller owns.

        Raises:
            WallError: No unpacking worker can be started.
        """
        if not self._started:
            self._started = True
            self._start()
        if self._owes_credit:
            self._owes_credit = False
            self._give_credit()
        while not self._arrived and not self._ended:
            self._host.pump(1.0)
        if not self._arrived:
            self.close()
            raise StopIteration
        self._owes_credit = not self._ended
        return self._arrived.popleft()

    def close(self) -> None:
        """Ends the archive; members that nobody took are closed."""
        self._ended = True
        self._owes_credit = False
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._host.hub.remove(worker)
        while self._arrived:
            _, descriptor = self._arrived.popleft()
            if descriptor is not None:
                os.close(descriptor)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._host.forget(self)

    def _start(self) -> None:
        try:
            self._worker, self._archives, self._ready = self._host.start(self)
        except OSError as error:
            self._could_not_start(str(error))
        if self._ready:
            self._send_archive()

    def _could_not_start(self, why: str) -> None:
        self._start_failures += 1
        if self._start_failures < _START_TRIES:
            self._start()
            return
        self.close()
        raise WallError(
            f"The unpacking worker cannot be started: {why}",
            kept="What was stored before is kept.",
            advice="Run `safelight doctor`; it tries the wall and every plug-in.",
        )

    def _send_archive(self) -> None:
        assert self._worker is not None
        assert self._descriptor is not None
        self._credits = _FIRST_CREDITS
        self._arm()
        with contextlib.suppress(ChannelClosedError):  # the hub learns it too, from the same end of stream
            self._worker.channel.send(Kind.UNPACK, 0, b"", (self._descriptor,))

    def _give_credit(self) -> None:
        if self._worker is not None:
            self._credits += 1
            self._arm()
            with contextlib.suppress(ChannelClosedError):
                self._worker.channel.send(Kind.CREDIT, 0)

    def _arm(self) -> None:
        assert self._worker is not None
        self._worker.deadline = time.monotonic() + self._host.limits.wall_s if self._credits else None

    def frame(self, worker: WorkerProcess, frame: Frame) -> None:
        """Takes one message of the worker; see `hub.Owner`."""
        if not self._ready:
            _close_all(frame)
            if frame.kind is not Kind.READY:
                raise ProtocolError(frame.body.decode("utf-8", "backslashreplace")[:4000])
            self._host.checker.ready(frame.body)
            self._ready = True
            self._send_archive()
        elif frame.kind is Kind.MEMBER and self._credits:
            self._take_member(frame)
        elif frame.kind is Kind.END and not frame.descriptors:
            self._ended = True
            self._worker = None
            self._host.give_back(worker, self._archives + 1)
        else:
            _close_all(frame)
            raise ProtocolError("an answer out of turn")

    def _take_member(self, frame: Frame) -> None:
        try:
            if len(frame.descriptors) > 1:
                raise ProtocolError("more than one descriptor for a member")
            member = self._host.checker.member(frame.body)
            descriptor = frame.descriptors[0] if frame.descriptors else None
            if descriptor is not None:
                self._bytes += _seal(descriptor, self._host.limits.member_bytes)
            self._members += 1
            if (
                self._members > self._host.limits.archive_members + 1
                or self._bytes > self._host.limits.archive_total_bytes
            ):
                raise ProtocolError("more members or bytes than the limits allow")
        except BaseException:
            _close_all(frame)
            raise
        self._credits -= 1
        self._arm()
        self._last = "" if member.name is None else display_text(member.name)
        self._arrived.append((member, descriptor))

    def lost(self, worker: WorkerProcess, loss: Loss) -> None:
        """The worker is gone: the archive ends here; see `hub.Owner`."""
        self._worker = None
        why = cause_in_words(loss, self._host.limits)
        if not self._ready:
            tail = loss.death.stderr_tail.strip()[-2000:]
            self._could_not_start(f"{loss.detail or why}\n{tail}".strip())
            return
        self._ended = True
        self._host.on_event(f"An unpacking worker was lost: {why}.")
        after = f"after member {self._members} ({self._last[:200]})" if self._members else "before its first member"
        finding = Finding(
            reader=WALL,
            version=__version__,
            outcome=Outcome.COULD_NOT_LOOK,
            what=f"The unpacking worker was lost {after}: {why}. The members before are kept; the archive itself was digested.",
            where=after,
            does_not_show="Nothing is known about the members that follow.",
            details={"cause": loss.cause, "members": self._members, "signal": loss.death.signal},
        )
        self._arrived.append((Member(name=None, findings=(finding,)), None))


def _members_of(session: Unpacking) -> Generator[tuple[Member, int | None], None, None]:
    try:
        yield from session
    finally:
        session.close()


def _seal(descriptor: int, limit_bytes: int) -> int:
    """Makes anonymous memory unchangeable for good; returns its size."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        size_bytes = os.fstat(descriptor).st_size
    except OSError as error:
        raise ProtocolError(f"a descriptor that cannot be sealed ({error.strerror})") from None
    if size_bytes > limit_bytes:
        raise ProtocolError("a member larger than the limits allow")
    return size_bytes


def _close_all(frame: Frame) -> None:
    for descriptor in frame.descriptors:
        os.close(descriptor)
