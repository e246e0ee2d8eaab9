"""Drawn pictures with much to recognise, and what they become when they are edited."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from safelight.fingerprint.extraction import find_features
from safelight.fingerprint.features import LocalFeatures, pack

__all__ = ["busy", "features", "packed", "with_frame"]


@cache
def _busy(seed: int, width: int, height: int) -> Image.Image:
    chance = np.random.default_rng(seed)
    picture = Image.new("RGB", (width, height), tuple(int(value) for value in chance.integers(60, 200, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(260):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        across, down = chance.uniform(6, 70, 2)
        colour = tuple(int(value) for value in chance.integers(0, 256, 3))
        kind = int(chance.integers(3))
        if kind == 0:
            draw.ellipse((x, y, x + across, y + down), fill=colour)
        elif kind == 1:
            draw.rectangle((x, y, x + across, y + down), fill=colour)
        else:
            corners = [(float(x + dx), float(y + dy)) for dx, dy in chance.uniform(-40, 40, (3, 2))]
            draw.polygon(corners, fill=colour)
    grain = chance.normal(0, 6, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


def busy(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """Many overlapping shapes with grain; the same seed always gives the same picture."""
    return _busy(seed, width, height).copy()


def features(picture: Image.Image) -> LocalFeatures:
    """Its local features."""
    return find_features(np.asarray(picture))


def packed(picture: Image.Image) -> bytes:
    """Its local features, packed."""
    return pack(features(picture))


def with_frame(picture: Image.Image) -> Image.Image:
    """The picture below lines of text and above a row of buttons, as on a screen: the same around every picture."""
    made = Image.new("RGB", (600, 900), (20, 20, 24))
    draw = ImageDraw.Draw(made)
    for row in range(6):
        draw.text((20, 20 + 40 * row), f"a line of the program {row * 37}", fill=(220, 220, 220), font_size=26)
    for column in range(6):
        draw.ellipse((15 + 98 * column, 800, 85 + 98 * column, 870), fill=(90, 90, 130))
        draw.text((35 + 98 * column, 815), "ABCDEF"[column], fill="white", font_size=36)
    made.paste(picture.resize((600, 450)), (0, 300))
    return made
