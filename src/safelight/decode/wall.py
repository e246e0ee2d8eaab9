"""The wall: files go in as open descriptors, examinations come out, and nothing that a file does reaches this process.

A Wall belongs to the thread that entered it, and its workers die with that thread. Every submitted file gets exactly one reply;
a file that breaks a worker is answered for with what is left of it. Only the inability to start workers at all is an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from types import TracebackType
from typing import Self

from safelight.decode.archives.member import Member
from safelight.decode.hub import Hub
from safelight.decode.limits import Limits
from safelight.decode.pool import START_SECONDS, Pool
from safelight.decode.unpacking import Unpackers
from safelight.decode.work import Digests, Reply, WorkPlan
from safelight.errors import WallError
from safelight.model import JsonValue

__all__ = ["Digests", "Reply", "Wall", "WorkPlan"]

_PUMP_SECONDS = 1.0


class Wall:
    """A fixed number of walled workers; a context manager.

    Args:
        plan: What is run on every file. `limits`: what the workers live under. `workers`: how many there are, at least 1.
        known: Told a SHA-256, says whether that content was examined before; such a file is not examined again.
        on_event: Told, in one sentence, whatever a person should know of the workers (one was lost and replaced).
        extra_paths: Folders to add to the workers' import path, for plug-ins that the settings name.
    """

    def __init__(
        self,
        plan: WorkPlan,
        limits: Limits,
        workers: int,
        *,
        known: Callable[[str], bool] = lambda _sha256: False,
        on_event: Callable[[str], None] = lambda _text: None,
        extra_paths: Sequence[str] = (),
    ) -> None:
        self._plan, self._limits, self._workers = plan, limits, max(1, workers)
        self._known, self._on_event = known, on_event
        self._extra_paths = tuple(extra_paths)
        self._hub: Hub | None = None

    def __enter__(self) -> Self:
        """Starts the workers and waits until the first is ready.

        Raises:
            WallError: No worker can be started, for instance because a plug-in cannot be loaded.
        """
        from safelight.decode.replies import ReplyChecker

        checker = ReplyChecker()
        self._hub = Hub()
        self._pool = Pool(
            self._plan, self._limits, self._workers, self._hub, checker, self._known, self._on_event, self._extra_paths
        )
        self._unpackers = Unpackers(
            self._plan.unpacker, self._limits, self._hub, checker, self._pump, self._on_event, self._extra_paths
        )
        try:
            give_up = time.monotonic() + START_SECONDS
            while not self._pool.isolation:
                self._pump(_PUMP_SECONDS)
                if time.monotonic() > give_up:
                    raise WallError("The walled workers did not get ready in time.", advice="Run `safelight doctor`.")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def isolation(self) -> Mapping[str, JsonValue]:
        """Each measure of isolation, whether it is in force and why not, as a worker reported and proved it."""
        return self._pool.isolation

    @property
    def room(self) -> int:
        """How many files can be submitted now."""
        return self._pool.room

    @property
    def outstanding(self) -> int:
        """How many submitted files have no reply yet."""
        return self._pool.outstanding

    @property
    def bytes_read(self) -> int:
        """Bytes read of all submitted files, also of one that is still being read; of a large one it grows by 64 MiB at a time."""
        return self._pool.bytes_read

    def submit(self, token: int, fd: int) -> None:
        """Hands in one file. `fd` is open for reading and belongs to the wall from now on; `token` comes back in the reply."""
        self._pool.submit(token, fd)

    def wait(self, timeout_s: float) -> list[Reply]:
        """Waits until there is a reply, or for so long; returns all that are there, in the order in which they came.

        Raises:
            WallError: Workers were lost and no new one can be started.
        """
        give_up = time.monotonic() + timeout_s
        self._pump(0.0)
        while not self._pool.has_replies and self._pool.outstanding:
            left = give_up - time.monotonic()
            if left <= 0:
                break
            self._pump(min(left, _PUMP_SECONDS))
        return self._pool.take_replies()

    def unpack(self, fd: int) -> Generator[tuple[Member, int | None], None, None]:
        """Unpacks an archive in a walled worker of its own; may be used while another archive is being unpacked.

        Yields (member, descriptor or None), one at a time; the descriptor is sealed anonymous memory with the member's bytes and
        belongs to the caller. Closing the generator ends the archive. A worker that is lost ends it too, with a finding that says
        after which member. Files that were submitted go on being examined meanwhile.

        Args:
            fd: The archive, open for reading; belongs to the wall from now on.
        """
        return self._unpackers.unpack(fd)

    def close(self) -> None:
        """Ends every worker. Files that were not answered for stay without an answer."""
        if self._hub is not None:
            self._unpackers.close()
            self._pool.close()
            self._hub.close()
            self._hub = None

    def _pump(self, timeout_s: float) -> None:
        assert self._hub is not None, "the wall is not entered"
        self._pool.tick()
        self._hub.pump(0.0 if self._pool.has_replies else timeout_s)
        self._pool.tick()
