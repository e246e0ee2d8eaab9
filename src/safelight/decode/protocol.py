"""How the parent and a worker talk: length-prefixed frames over an inherited socket pair, descriptors by SCM_RIGHTS.

A frame is a header (`body length`, `kind`, `number of descriptors`, `job`), then a body. A body above the hard maximum is
never read. The parent treats every frame of a worker as hostile: this module checks only the framing; `replies` checks what
the bodies say.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

__all__ = [
    "BadReplyError",
    "Channel",
    "ChannelClosedError",
    "Frame",
    "FrameBuffer",
    "Kind",
    "ProtocolError",
    "frame_bytes",
]

_HEADER: Final = struct.Struct("<IBBI")
_RECEIVE_BYTES: Final = 1 << 18
_MOST_DESCRIPTORS: Final = 4
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_MOST_DESCRIPTORS * array.array("i").itemsize)


class Kind(IntEnum):
    """What a frame is. The first group goes to the worker, the second comes from it."""

    SET_UP = 1
    JOB = 2
    GO = 3
    KNOWN = 4
    UNPACK = 5
    CREDIT = 6
    PREVIEW = 7

    READY = 32
    FAILED = 33
    PROGRESS = 34
    DIGESTS = 35
    UNREADABLE = 36
    DONE = 37
    MEMBER = 38
    END = 39
    PICTURE = 40
    NO_PICTURE = 41


class ProtocolError(Exception):
    """The other side broke the protocol."""


class BadReplyError(ProtocolError):
    """A reply whose body does not check; the message names the field and never repeats what it held."""


class ChannelClosedError(Exception):
    """The other side closed its end."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. Whoever takes it owns `descriptors`."""

    kind: Kind
    job: int
    body: bytes
    descriptors: tuple[int, ...] = ()


def frame_bytes(kind: Kind, job: int, body: bytes = b"", *, descriptors: int = 0) -> bytes:
    """The bytes of one frame; the descriptors themselves travel beside its first byte."""
    return _HEADER.pack(len(body), kind, descriptors, job) + body


class FrameBuffer:
    """Cuts a stream of bytes into frames.

    Args:
        body_limit: Largest body, in bytes, that is accepted.
    """

    def __init__(self, body_limit: int) -> None:
        self._body_limit = body_limit
        self._bytes = bytearray()
        self._descriptors: deque[int] = deque()

    def feed(self, data: bytes, descriptors: Sequence[int] = ()) -> None:
        """Takes what arrived; the buffer owns the descriptors until a frame hands them on."""
        self._bytes += data
        self._descriptors.extend(descriptors)

    def frames(self) -> Iterator[Frame]:
        """Yields every whole frame.

        Raises:
            ProtocolError: A header is not valid, a body is too long, or a descriptor is missing or unasked for.
        """
        while len(self._bytes) >= _HEADER.size:
            length, raw_kind, count, job = _HEADER.unpack_from(self._bytes)
            if length > self._body_limit:
                raise ProtocolError(f"a message of {length} bytes, of which {self._body_limit} are allowed")
            try:
                kind = Kind(raw_kind)
            except ValueError:
                raise ProtocolError(f"a message of the unknown kind {raw_kind}") from None
            end = _HEADER.size + length
            if len(self._bytes) < end:
                return
            if count > len(self._descriptors):
                raise ProtocolError("a message without its descriptor")
            descriptors = tuple(self._descriptors.popleft() for _ in range(count))
            body = bytes(memoryview(self._bytes)[_HEADER.size : end])
            del self._bytes[:end]
            yield Frame(kind, job, body, descriptors)
        if not self._bytes and self._descriptors:
            raise ProtocolError("a descriptor without a message")

    def close(self) -> None:
        """Closes descriptors that no frame took."""
        while self._descriptors:
            os.close(self._descriptors.popleft())


class Channel:
    """One end of the socket pair.

    Args:
        connection: The socket; owned by the channel from now on.
        body_limit: Largest body, in bytes, that is accepted from the other side.
        take_descriptors: Whether the other side may send descriptors; where it may not, the kernel closes them unseen.
    """

    def __init__(self, connection: socket.socket, body_limit: int, *, take_descriptors: bool) -> None:
        self._socket = connection
        self._buffer = FrameBuffer(body_limit)
        self._take_descriptors = take_descriptors
        self._waiting: deque[Frame] = deque()

    def fileno(self) -> int:
        """The descriptor, for selectors."""
        return self._socket.fileno()

    def send(self, kind: Kind, job: int, body: bytes = b"", descriptors: Sequence[int] = ()) -> None:
        """Sends one frame; the descriptors are duplicated to the other side and stay open here.

        Raises:
            ChannelClosedError: Nobody reads any more, or (not blocking) the other side has stopped reading.
        """
        data = memoryview(frame_bytes(kind, job, body, descriptors=len(descriptors)))
        try:
            if descriptors:
                # The rights travel with the first byte; what a partial send leaves over goes without them.
                rights = array.array("i", descriptors)
                sent = self._socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
                data = data[sent:]
            if data:
                self._socket.sendall(data)
        except OSError as error:
            raise ChannelClosedError(str(error)) from error

    def receive(self) -> Frame:
        """Waits for one frame.

        Raises:
            ChannelClosedError: The other side is gone.
            ProtocolError: The framing is broken.
        """
        while not self._waiting:
            self.read()
        return self._waiting.popleft()

    def pending(self) -> Iterator[Frame]:
        """Yields the frames that `read` has gathered."""
        while self._waiting:
            yield self._waiting.popleft()

    def poll(self) -> bool:
        """Reads what has arrived, without waiting; whether a frame is there to `receive`.

        Raises:
            ChannelClosedError, ProtocolError: As `receive`.
        """
        with contextlib.suppress(BlockingIOError):
            self.read(socket.MSG_DONTWAIT)
        return bool(self._waiting)

    def read(self, flags: int = 0) -> None:
        """Reads once from the socket and gathers whole frames.

        Raises:
            ChannelClosedError, ProtocolError: As `receive`.
            BlockingIOError: Nothing has arrived and the socket or the flags do not wait.
        """
        data, descriptors = self._read_some(flags)
        if not data:
            raise ChannelClosedError("end of stream")
        self._buffer.feed(data, descriptors)
        self._waiting.extend(self._buffer.frames())

    def _read_some(self, flags: int) -> tuple[bytes, list[int]]:
        try:
            if not self._take_descriptors:
                return self._socket.recv(_RECEIVE_BYTES, flags), []
            data, ancillary, message_flags, _ = self._socket.recvmsg(
                _RECEIVE_BYTES, _ANCILLARY_BYTES, flags | socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            raise
        except OSError as error:
            raise ChannelClosedError(str(error)) from error
        descriptors = array.array("i")
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
        if message_flags & socket.MSG_CTRUNC:
            for descriptor in descriptors:
                os.close(descriptor)
            raise ProtocolError("more descriptors than are allowed")
        return data, list(descriptors)

    def close(self) -> None:
        """Closes the socket and every descriptor that nobody took."""
        for frame in self._waiting:
            for descriptor in frame.descriptors:
                os.close(descriptor)
        self._waiting.clear()
        self._buffer.close()
        self._socket.close()
