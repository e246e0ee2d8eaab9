"""The preview side of a worker: decodes a picture, makes it as small, as blurred and as grey as it was asked, and hands over plain pixels.

What is sharper than was asked never leaves the worker. It sends rows of samples and no file, so that nothing a picture holds besides its
pixels, and nothing that a taken-over worker could put into a file format, reaches the browser: the parent makes the file from the samples.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from PIL import Image, ImageFilter

from safelight.decode.content import Content
from safelight.decode.isolation import rearm_cpu_limit
from safelight.decode.protocol import Channel, Kind

if TYPE_CHECKING:
    from safelight.decode.decoders import Pixels
    from safelight.decode.limits import Limits

__all__ = ["PICTURE_HEAD", "PreviewService", "shielded"]

PICTURE_HEAD: Final = struct.Struct("<IIB")
"""Width, height and samples a pixel (1 or 3), before the samples, row by row."""


class PreviewService:
    """Makes one preview after another.

    Args:
        limits: The limits in force. `channel`: to the parent.
    """

    def __init__(self, limits: Limits, channel: Channel) -> None:
        self._limits = limits
        self._channel = channel

    def serve(self, memory: int) -> None:
        """Runs until the parent closes the channel; `memory` is not needed here."""
        os.close(memory)
        while True:
            frame = self._channel.receive()
            (descriptor,) = frame.descriptors
            rearm_cpu_limit(self._limits.cpu_s)
            try:
                kind, body = self._answer(descriptor, orjson.loads(frame.body))
            finally:
                os.close(descriptor)
            self._channel.send(kind, frame.job, body)

    def _answer(self, descriptor: int, asked: dict[str, Any]) -> tuple[Kind, bytes]:
        size_bytes = os.fstat(descriptor).st_size
        if size_bytes > self._limits.content_bytes:
            return Kind.NO_PICTURE, b"it is too large to be held in memory"
        data = os.pread(descriptor, size_bytes, 0)
        while len(data) < size_bytes and (more := os.pread(descriptor, size_bytes - len(data), len(data))):
            data += more
        source = Content(data, size_bytes, self._limits).pixels
        whole = source.rgb()
        if whole is None:
            why = " ".join(problem.what for problem in source.problems) or "its pixels could not be decoded"
            return Kind.NO_PICTURE, why.encode("utf-8", "backslashreplace")[:1000]
        region = asked["region"]
        made = shielded(
            whole,
            longest_px=int(asked["longest_px"]),
            blur_px=float(asked["blur_px"]),
            colour=bool(asked["colour"]),
            region=(region[0], region[1], region[2], region[3]) if region else None,
        )
        channels = 1 if made.ndim == 2 else made.shape[2]
        return Kind.PICTURE, PICTURE_HEAD.pack(made.shape[1], made.shape[0], channels) + made.tobytes()


def shielded(
    whole: Pixels, *, longest_px: int, blur_px: float, colour: bool, region: tuple[float, float, float, float] | None
) -> Pixels:
    """A picture as it may be seen.

    Args:
        whole: Shape (height, width, 3). `longest_px`: of what comes back; a smaller picture is not enlarged.
        blur_px: Standard deviation of the blur, in pixels of a picture whose longest side is `longest_px`; a smaller one is blurred by as
            large a share.
        colour: Whether it keeps its colour. `region`: left, top, right, bottom as shares of the sides; the whole picture when None.

    Returns:
        Shape (height, width), or (height, width, 3) in colour.
    """
    height, width = whole.shape[:2]
    if region is not None:
        left, top = min(width - 1, int(region[0] * width)), min(height - 1, int(region[1] * height))
        right, bottom = max(left + 1, round(region[2] * width)), max(top + 1, round(region[3] * height))
        whole = whole[top:bottom, left:right]
        height, width = whole.shape[:2]
    image = Image.fromarray(np.ascontiguousarray(whole))
    if not colour:
        image = image.convert("L")
    longest = max(width, height)
    if longest > longest_px:
        size = max(1, round(width * longest_px / longest)), max(1, round(height * longest_px / longest))
        image = image.resize(size, Image.Resampling.BOX)
    if blur_px:
        image = image.filter(ImageFilter.GaussianBlur(blur_px * min(1.0, longest / longest_px)))
    return np.asarray(image)
