"""Finds the bytes of a media where the case says that they lie, checks that they still are those bytes, and has them shielded behind the wall.

One thread does all of it, since walled workers belong to the thread that started them. Nothing is written anywhere; the bytes of the last
media stay in sealed memory until the next one is asked for.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from safelight.decode.limits import Limits
from safelight.decode.previewing import PreviewAsked, PreviewWall, held
from safelight.evidence import file_at
from safelight.model import Location

__all__ = ["NotThereError", "PreviewDesk"]

_Job = tuple[Future[bytes], str, Sequence[Location], PreviewAsked]


class NotThereError(Exception):
    """The evidence is not attached, or other bytes lie there now; the message says so in whole sentences."""


class PreviewDesk:
    """Takes orders from any thread; a context manager.

    Args:
        limits: What the walled workers live under.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="previews", daemon=True)
        self._last: tuple[str, int] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._jobs.put(None)
        self._thread.join(10)

    def show(self, sha256: str, places: Sequence[Location], asked: PreviewAsked) -> bytes:
        """A JPEG file of the media as asked.

        Args:
            sha256: The media. `places`: where it may lie, tried in this order. `asked`: what is to be seen.

        Raises:
            NotThereError: None of the places holds these bytes now.
            NoPictureError: They could not be decoded.
            WallError: The workers cannot be started.
        """
        answer: Future[bytes] = Future()
        self._jobs.put((answer, sha256, places, asked))
        return answer.result()

    def _work(self) -> None:
        try:
            with PreviewWall(self._limits) as wall:
                while (job := self._jobs.get()) is not None:
                    answer, sha256, places, asked = job
                    try:
                        answer.set_result(wall.preview(self._held(wall, sha256, places), asked))
                    except Exception as error:  # noqa: BLE001 - goes on to whoever asked; the thread serves the next
                        answer.set_exception(error)
        finally:
            self._forget()

    def _held(self, wall: PreviewWall, sha256: str, places: Sequence[Location]) -> int:
        if self._last is not None and self._last[0] == sha256:
            return self._last[1]
        self._forget()
        reasons = []
        for place in places:
            try:
                opened = file_at(place, wall.unpack, self._limits)
                try:
                    memory, found = held(opened, self._limits.content_bytes)
                finally:
                    os.close(opened)
            except OSError as error:
                reasons.append(f"{place.full_display()}: {(error.strerror or str(error)).rstrip('.')}.")
                continue
            if found == sha256:
                self._last = sha256, memory
                return memory
            os.close(memory)
            reasons.append(f"{place.full_display()}: other bytes lie there now; they are not shown.")
        advice = "Attach it where it lay when it was taken in; everything but pictures goes on working."
        raise NotThereError(
            f"The evidence is not attached. {advice} " + " ".join(reasons or ["The case names no place for it."])
        )

    def _forget(self) -> None:
        if self._last is not None:
            os.close(self._last[1])
            self._last = None
