"""Waits for all workers at once: reads what they send and print, and ends those that break the protocol or their deadline."""

from __future__ import annotations

import contextlib
import selectors
import time
from dataclasses import dataclass
from typing import Protocol

from safelight.decode.process import Death, WorkerProcess
from safelight.decode.protocol import ChannelClosedError, Frame, ProtocolError

__all__ = ["Hub", "Loss", "Owner"]

_GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Loss:
    """That a worker is gone, and why.

    Attributes:
        cause: `deadline`, `protocol` or `ended` (by itself or from outside).
        detail: More on it, for a person; may be empty.
        death: How the process ended.
    """

    cause: str
    detail: str
    death: Death


class Owner(Protocol):
    """Who a worker works for."""

    def frame(self, worker: WorkerProcess, frame: Frame) -> None:
        """Takes one frame and its descriptors.

        Raises:
            ProtocolError: The frame does not check; the worker is then ended and `lost` called.
        """
        ...

    def lost(self, worker: WorkerProcess, loss: Loss) -> None:
        """The worker is gone and reaped."""
        ...


class Hub:
    """The workers that run, and their owners."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._owners: dict[WorkerProcess, Owner] = {}
        self._lingering: list[WorkerProcess] = []

    def add(self, worker: WorkerProcess, owner: Owner) -> None:
        """Takes a worker in, or gives it to another owner."""
        if worker not in self._owners:
            self._selector.register(worker.channel, selectors.EVENT_READ, worker)
            self._selector.register(worker.log, selectors.EVENT_READ, worker)
        self._owners[worker] = owner

    def remove(self, worker: WorkerProcess, grace_s: float = 0.0) -> Death:
        """Ends a worker and forgets it; its owner is not told. `grace_s`: time that it has to end by itself."""
        del self._owners[worker]
        self._selector.unregister(worker.channel)
        with contextlib.suppress(KeyError):
            self._selector.unregister(worker.log)
        death = worker.end(grace_s)
        if death.exit_status is None:
            self._lingering.append(worker)
        return death

    def lose(self, worker: WorkerProcess, cause: str, detail: str) -> None:
        """Ends a worker that failed, and tells its owner."""
        owner = self._owners[worker]
        owner.lost(worker, Loss(cause, detail, self.remove(worker, _GRACE_SECONDS if cause == "ended" else 0.0)))

    def pump(self, timeout_s: float) -> None:
        """Waits at most so long for anything to happen, and deals with all that did."""
        deadlines = [worker.deadline for worker in self._owners if worker.deadline is not None]
        if deadlines:
            timeout_s = min(timeout_s, max(0.0, min(deadlines) - time.monotonic()))
        for key, _ in self._selector.select(timeout_s):
            worker: WorkerProcess = key.data
            if worker not in self._owners:
                continue
            if key.fd == worker.log:
                if not worker.read_log():
                    self._selector.unregister(worker.log)
            else:
                self._read(worker)
        now = time.monotonic()
        for worker in [worker for worker in self._owners if worker.deadline is not None and worker.deadline <= now]:
            if worker in self._owners:
                self.lose(worker, "deadline", "")
        self._lingering = [worker for worker in self._lingering if not worker.ended]

    def _read(self, worker: WorkerProcess) -> None:
        loss: tuple[str, str] | None = None
        try:
            worker.channel.read()
        except BlockingIOError:
            return
        except ChannelClosedError:
            loss = ("ended", "")
        except ProtocolError as error:
            loss = ("protocol", str(error))
        try:
            for frame in worker.channel.pending():
                self._owners[worker].frame(worker, frame)
                if worker not in self._owners:
                    return
        except ProtocolError as error:
            loss = ("protocol", str(error))
        except ChannelClosedError:
            loss = ("ended", "")
        if loss is not None and worker in self._owners:
            self.lose(worker, *loss)

    def close(self) -> None:
        """Ends every worker; nothing of them is left."""
        for worker in list(self._owners):
            self.remove(worker)
        self._selector.close()
