"""Drawn pictures, and an encoder of the dwtDct scheme written from its description, for the tests and for `benchmarks/watermarks.py`."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.origin.watermarks.blocks import VIEWS, View
from safelight.origin.watermarks.messages import MESSAGES, Message

__all__ = ["content", "drawn", "encoded", "mark", "message", "view"]

Pixels = NDArray[np.uint8]


def message(start: str) -> Message:
    """The known message whose generator's name begins so."""
    return next(one for one in MESSAGES if one.generator.startswith(start))


def view(numbers: str, order: str) -> View:
    return next(one for one in VIEWS if (one.numbers, one.order) == (numbers, order))


def drawn(seed: int, height: int = 256, width: int = 320, *, warm: bool = False) -> Pixels:
    """A landscape of coloured waves, a disc and some grain; a warm one has little blue, so that nearly every block reads as 1."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    colours = []
    for _ in range(3):
        (fx, fy, gx, gy), phase = rng.uniform(0.004, 0.05, 4), rng.uniform(0, 6, 2)
        colours.append(
            np.sin(fx * x + fy * y + phase[0]) * 55 + np.cos(gx * x - gy * y + phase[1]) * 35 + rng.uniform(95, 160)
        )
    picture = np.stack(colours, axis=2)
    disc = (x - rng.uniform(0, width)) ** 2 + (y - rng.uniform(0, height)) ** 2 < (min(height, width) / 5) ** 2
    picture[disc] += rng.uniform(-60, 60, 3)
    if warm:
        grey = picture.mean(axis=2, keepdims=True) * 0.5 + 64
        picture = grey + np.array([10.0, 5.0, -12.0])
    picture += rng.normal(0, 3.0 if warm else 4.0, picture.shape)
    return picture.clip(0, 255).round().astype(np.uint8)


def mark(picture: Pixels, bits: NDArray[np.bool_], way: View = VIEWS[0]) -> Pixels:
    """Writes a message in one of the ways in which programs do; the picture itself is left as it is.

    Moving U alone means adding to blue and taking from green what keeps the luma as it was; red is then untouched.
    """
    pixels = picture.astype(np.float64)[:, :, :: 1 if way.order == "BGR" else -1]
    red, green, blue = (pixels[:, :, channel] for channel in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = (blue - luma) * 0.492 + way.grey / 2
    if way.numbers == "bytes":
        chroma = chroma.round()
    rows, columns = picture.shape[0] // 8, picture.shape[1] // 8
    fitting = chroma[: rows * 8, : columns * 8]
    coarse = fitting.reshape(rows * 4, 2, columns * 4, 2).sum(axis=(1, 3)) / 2
    wanted = coarse.copy()
    for number in range(rows * columns):
        row, column = divmod(number, columns)
        block = wanted[row * 4 : row * 4 + 4, column * 4 : column * 4 + 4]
        place = np.unravel_index(int(np.abs(block).ravel()[1:].argmax()) + 1, block.shape)
        value = block[place]
        moved = (abs(value) // 36 + 0.25 + 0.5 * bits[number % len(bits)]) * 36
        block[place] = moved if value >= 0 else -moved
    change = np.zeros_like(chroma)
    change[: rows * 8, : columns * 8] = np.repeat(np.repeat((wanted - coarse) / 2, 2, axis=0), 2, axis=1)
    if way.numbers == "bytes":
        change = np.floor(chroma + change) - chroma
    out = np.stack([red, green - change / 0.492 * 0.114 / 0.587, blue + change / 0.492], axis=2)
    return out[:, :, :: 1 if way.order == "BGR" else -1].round().clip(0, 255).astype(np.uint8)


def encoded(picture: Pixels, form: str = "PNG", **how: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, form, **how)
    return buffer.getvalue()


def content(data: bytes) -> Content:
    return Content(data, len(data), Limits())
