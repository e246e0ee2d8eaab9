"""The parent's side of previews: a walled worker that decodes and shields, and a file that is made here from the samples that it sends.

Belongs to the thread that entered it, as its workers die with that thread. Nothing is kept.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Final, Self

import numpy as np
import orjson

from safelight.decode.archives.member import Member
from safelight.decode.breaches import cause_in_words
from safelight.decode.hub import Hub, Loss
from safelight.decode.limits import Limits
from safelight.decode.pool import START_SECONDS
from safelight.decode.preview_service import PICTURE_HEAD
from safelight.decode.process import WorkerProcess
from safelight.decode.protocol import ChannelClosedError, Frame, Kind, ProtocolError
from safelight.decode.replies import ReplyChecker
from safelight.decode.unpacking import Unpackers
from safelight.decode.work import WorkPlan
from safelight.errors import WallError
from safelight.model import display_text

__all__ = ["NoPictureError", "PreviewAsked", "PreviewWall", "held"]

_QUALITY: Final = 85
_REASON_BYTES: Final = 1000


class NoPictureError(Exception):
    """There is no preview of this content; the message says why, without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewAsked:
    """What is to be seen of a picture: see `preview_service.shielded`."""

    longest_px: int
    blur_px: float
    colour: bool
    region: tuple[float, float, float, float] | None = None


class PreviewWall:
    """One worker for previews, and others that unpack archives on the way to a picture; a context manager of one thread.

    Args:
        limits: What the workers live under.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hub = Hub()
        self._checker = ReplyChecker()
        self._unpackers = Unpackers(
            WorkPlan(fingerprinter=None).unpacker,
            limits,
            self._hub,
            self._checker,
            self._hub.pump,
            lambda _text: None,
            (),
        )
        self._worker: WorkerProcess | None = None
        self._ready = False
        self._job = 0
        self._asked: PreviewAsked | None = None
        self._answer: bytes | NoPictureError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._unpackers.close()
        self._hub.close()
        self._worker = None

    def unpack(self, descriptor: int) -> Generator[tuple[Member, int | None], None, None]:
        """As `Wall.unpack`."""
        return self._unpackers.unpack(descriptor)

    def preview(self, descriptor: int, asked: PreviewAsked) -> bytes:
        """A JPEG file of the picture as asked.

        Args:
            descriptor: The picture, open for reading; stays the caller's, and must be of memory that nobody can change.

        Raises:
            NoPictureError: The content could not be decoded, or broke the worker.
            WallError: No worker can be started.
        """
        worker = self._started()
        self._job += 1
        self._asked, self._answer = asked, None
        worker.deadline = time.monotonic() + self._limits.wall_s
        with contextlib.suppress(ChannelClosedError):  # the hub learns it too, from the same end of stream
            worker.channel.send(Kind.PREVIEW, self._job, orjson.dumps(asdict(asked)), (descriptor,))
        while (answer := self._answered()) is None:
            self._hub.pump(1.0)
        if isinstance(answer, NoPictureError):
            raise answer
        return answer

    def _answered(self) -> bytes | NoPictureError | None:
        return self._answer

    def _started(self) -> WorkerProcess:
        if self._worker is not None and self._ready:
            return self._worker
        try:
            worker = WorkerProcess(self._limits.reply_bytes, takes_descriptors=False, extra_paths=())
        except OSError as error:
            raise _cannot_start(str(error)) from error
        self._worker, self._ready, self._answer = worker, False, None
        self._hub.add(worker, self)
        worker.deadline = time.monotonic() + START_SECONDS
        body = {"mode": "preview", "limits": asdict(self._limits), "paths": ()}
        with contextlib.suppress(ChannelClosedError):
            worker.channel.send(Kind.SET_UP, 0, orjson.dumps(body))
        while not self._ready:
            if self._answer is not None:
                raise _cannot_start(str(self._answer))
            self._hub.pump(1.0)
        return worker

    def frame(self, worker: WorkerProcess, frame: Frame) -> None:
        """Takes one message of the worker; see `hub.Owner`."""
        if not self._ready:
            if frame.kind is not Kind.READY:
                raise ProtocolError(frame.body.decode("utf-8", "backslashreplace")[:4000])
            self._checker.ready(frame.body)
            self._ready = True
        elif self._asked is None or frame.job != self._job:
            raise ProtocolError("an answer out of turn")
        elif frame.kind is Kind.PICTURE:
            self._answer = _file(frame.body, self._asked)
            self._asked = None
        elif frame.kind is Kind.NO_PICTURE and len(frame.body) <= _REASON_BYTES:
            self._answer = NoPictureError(display_text(frame.body).rstrip("."))
            self._asked = None
        else:
            raise ProtocolError("an answer of the wrong kind")
        worker.deadline = None

    def lost(self, worker: WorkerProcess, loss: Loss) -> None:
        """The worker is gone; see `hub.Owner`. The next preview gets a fresh one."""
        self._worker, self._asked = None, None
        why = f"the worker was lost: {cause_in_words(loss, self._limits)}"
        self._answer = NoPictureError(
            why if self._ready else f"{why} {loss.detail} {loss.death.stderr_tail[-500:]}".strip()
        )
        self._ready = False


def _file(untrusted_body: bytes, asked: PreviewAsked) -> bytes:
    """Makes a JPEG file of samples whose number is the one that their own head states and that was allowed.

    Raises:
        ProtocolError: It is not; or there is more to see than was asked for.
    """
    import simplejpeg

    if len(untrusted_body) < PICTURE_HEAD.size:
        raise ProtocolError("a picture without a head")
    width, height, channels = PICTURE_HEAD.unpack_from(untrusted_body)
    wrong_size = not 0 < width <= asked.longest_px or not 0 < height <= asked.longest_px
    if wrong_size or channels != (3 if asked.colour else 1):
        raise ProtocolError("a picture larger than was asked for, or with other colours")
    if len(untrusted_body) != PICTURE_HEAD.size + width * height * channels:
        raise ProtocolError("a picture with another number of samples than it states")
    samples = np.frombuffer(untrusted_body, np.uint8, offset=PICTURE_HEAD.size).reshape(height, width, channels)
    return bytes(
        simplejpeg.encode_jpeg(
            samples, quality=_QUALITY, colorspace="RGB" if channels == 3 else "GRAY", colorsubsampling="444"
        )
    )


def _cannot_start(why: str) -> WallError:
    return WallError(f"The preview worker cannot be started: {why}", advice="Run `safelight doctor`.")


def held(descriptor: int, limit_bytes: int) -> tuple[int, str]:
    """Copies a file into sealed memory and digests it on the way: what is checked is what is shown.

    Returns:
        (a descriptor of the memory, the SHA-256); the caller closes it. `descriptor` stays open.

    Raises:
        OSError: It cannot be read, or is larger than `limit_bytes`.
    """
    digest, total = hashlib.sha256(), 0
    memory = os.memfd_create("safelight-preview", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        while chunk := os.pread(descriptor, 1 << 20, total):
            total += len(chunk)
            if total > limit_bytes:
                raise OSError(
                    0, f"it is larger than {limit_bytes:,} bytes, which are the most that are held for a preview"
                )
            digest.update(chunk)
            os.write(memory, chunk)
        fcntl.fcntl(
            memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        )
    except BaseException:
        os.close(memory)
        raise
    return memory, digest.hexdigest()
