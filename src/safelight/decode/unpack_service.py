"""The unpacking side of a worker: runs the unpacker and passes each member's header and descriptor to the parent.

A credit is the parent's leave to send one more member. The worker starts with two, so that it makes one member while the
parent deals with the one before; without a credit `emit` waits, and with it the unpacker.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Final

import orjson

from safelight.decode.archives.member import Member
from safelight.decode.bounding import bounded
from safelight.decode.isolation import rearm_cpu_limit
from safelight.decode.limits import Limits
from safelight.decode.protocol import Channel, ChannelClosedError, Kind, ProtocolError
from safelight.model import Finding, Outcome
from safelight.registry import load

__all__ = ["FIRST_CREDITS", "UnpackService"]

FIRST_CREDITS: Final = 2


class UnpackService:
    """Unpacks one archive after another.

    Args:
        unpacker: Registry name of `unpack(fd, limits, emit)`.
        limits: The limits in force. `channel`: to the parent.

    Raises:
        SettingsError: The name cannot be loaded.
    """

    def __init__(self, unpacker: str, limits: Limits, channel: Channel) -> None:
        self._unpack: Callable[[int, Limits, Callable[[Member, int | None], None]], None] = load(unpacker)
        self._limits = limits
        self._channel = channel
        self._credits = 0
        self._job = 0

    def serve(self, memory: int) -> None:
        """Runs until the parent closes the channel; `memory` is not needed here."""
        os.close(memory)
        while True:
            frame = self._channel.receive()
            if frame.kind is Kind.CREDIT:
                continue
            (descriptor,) = frame.descriptors
            self._job, self._credits = frame.job, FIRST_CREDITS
            rearm_cpu_limit(self._limits.cpu_s)
            try:
                self._unpack(descriptor, self._limits, self._emit)
            except (ChannelClosedError, ProtocolError):
                raise
            except Exception as error:  # noqa: BLE001 - the worker's loop is one of the doors: the archive ends here, the run goes on
                self._emit(Member(name=None, findings=(_failed(error),)), None)
            finally:
                os.close(descriptor)
            self._channel.send(Kind.END, self._job)

    def _emit(self, member: Member, descriptor: int | None) -> None:
        header = {
            "name": None if member.name is None else base64.b64encode(member.name).decode("ascii"),
            "size_bytes": member.size_bytes,
            "modified_ns": member.modified_ns,
            "digests": member.digests,
            "findings": bounded(member.findings),
        }
        self._channel.send(Kind.MEMBER, self._job, orjson.dumps(header), () if descriptor is None else (descriptor,))
        if descriptor is not None:
            os.close(descriptor)
        self._credits -= 1
        while self._credits == 0:
            frame = self._channel.receive()
            if frame.kind is not Kind.CREDIT:
                raise ProtocolError("something else than a credit arrived in the middle of an archive")
            self._credits += 1
        rearm_cpu_limit(self._limits.cpu_s)


def _failed(error: Exception) -> Finding:
    what = (
        "the worker's memory limit was reached"
        if isinstance(error, MemoryError)
        else f"unpacking failed ({type(error).__name__})"
    )
    return Finding(
        reader="archive",
        version="1",
        outcome=Outcome.COULD_NOT_LOOK,
        what=f"The archive could not be read to its end: {what}. The members before are kept.",
        does_not_show="Nothing is known about the members that follow.",
        details={"error": type(error).__name__, "message": str(error)[:500]},
    )
