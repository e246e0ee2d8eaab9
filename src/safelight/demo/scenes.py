"""Pictures drawn by code: landscapes, seas, houses, still lifes, abstract animals, shapes and textures. Never people.

A scene is laid out at no more than 512 px and enlarged: what is drawn is coarse, and what makes a file as large as a real one is
the grain that the caller adds. The same generator state always gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

__all__ = ["SUBJECTS", "add_grain", "draw_scene"]

_LAYOUT_PX: Final = 512
_GRAIN_PX: Final = 2048
_CLOUDS_PX: Final = 128

Colour = tuple[int, int, int]
Floats = NDArray[np.float32]
Generator = np.random.Generator


def draw_scene(rng: Generator, width_px: int, height_px: int, subject: str | None = None) -> Image.Image:
    """Draws one picture, mode RGB.

    Args:
        rng: Decides everything. `subject`: one of `SUBJECTS`; chosen when None.
        width_px, height_px: Size of the picture, at least 16 each.
    """
    shrink = min(1.0, _LAYOUT_PX / max(width_px, height_px))
    width, height = max(16, round(width_px * shrink)), max(16, round(height_px * shrink))
    name = subject or SUBJECTS[int(rng.integers(len(SUBJECTS)))]
    picture = _SUBJECTS[name](rng, width, height)
    # Light and shade of no meaning: without it two pictures of one subject would look alike to a perceptual hash.
    shade = Image.fromarray((120 + 135 * _clouds(rng, width, height, 2, 5)).astype(np.uint8))
    lit = ImageChops.multiply(picture, Image.merge("RGB", (shade, shade, shade)))
    if rng.random() < 0.5:
        lit = lit.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return lit if lit.size == (width_px, height_px) else lit.resize((width_px, height_px), Image.Resampling.BILINEAR)


def add_grain(picture: Image.Image, rng: Generator, strength: float) -> Image.Image:
    """Adds noise like that of a sensor; `strength` between 0 and 1 is its share of the picture (0.04 is a clean sensor)."""
    width, height = picture.size
    grain = _grain()
    if width > _GRAIN_PX or height > _GRAIN_PX:
        grain = grain.resize((max(width, _GRAIN_PX), max(height, _GRAIN_PX)), Image.Resampling.NEAREST)
    left, top = int(rng.integers(0, grain.width - width + 1)), int(rng.integers(0, grain.height - height + 1))
    return Image.blend(picture, grain.crop((left, top, left + width, top + height)), strength)


@cache
def _grain() -> Image.Image:
    rng = np.random.default_rng(20_260_101)
    light = rng.normal(128, 42, (_GRAIN_PX, _GRAIN_PX, 1)).astype(np.float32)
    colour = rng.normal(0, 12, (_GRAIN_PX // 4, _GRAIN_PX // 4, 3)).astype(np.float32)
    return Image.fromarray(np.clip(light + np.tile(colour, (4, 4, 1)), 0, 255).astype(np.uint8))


def _clouds(rng: Generator, width: int, height: int, coarse: int, octaves: int) -> Floats:
    """Fractal noise between 0 and 1: `coarse` cells across in the first octave, doubled in each."""
    total = np.zeros((_CLOUDS_PX, _CLOUDS_PX), np.float32)
    weight = 0.5
    for octave in range(octaves):
        cells = coarse << octave
        small = Image.fromarray(rng.random((cells + 1, cells + 1), np.float32))
        total += weight * np.asarray(small.resize((_CLOUDS_PX, _CLOUDS_PX), Image.Resampling.BILINEAR))
        weight *= 0.6
    low, high = float(total.min()), float(total.max())
    even = Image.fromarray((total - low) / max(high - low, 1e-6))
    return np.asarray(even.resize((width, height), Image.Resampling.BILINEAR))


def _colour(rng: Generator, low: int = 20, high: int = 235) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue


def _mixed(first: Colour, second: Colour, share: Floats) -> Image.Image:
    """Two colours mixed by a map between 0 and 1."""
    mask = Image.fromarray((share * 255).clip(0, 255).astype(np.uint8))
    return Image.composite(Image.new("RGB", mask.size, second), Image.new("RGB", mask.size, first), mask)


def _sky(rng: Generator, width: int, height: int) -> Image.Image:
    fall = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    clouds = _clouds(rng, width, height, 3, 5)
    upper, lower = _colour(rng, 40, 160), _colour(rng, 150, 255)
    if rng.random() < 0.6:  # a blue sky more often than not
        upper = (int(rng.integers(30, 100)), int(rng.integers(90, 150)), int(rng.integers(170, 235)))
        lower = (int(rng.integers(190, 245)), int(rng.integers(205, 245)), int(rng.integers(220, 256)))
    return _mixed(upper, lower, np.clip(fall * 0.6 + clouds * 0.7, 0, 1))


def _ridge(rng: Generator, width: int, top: float, height: float, roughness: int) -> list[tuple[float, float]]:
    knots = rng.random(roughness) * height + top
    xs = np.linspace(0, width, max(roughness * 6, 24))
    ys = np.interp(xs, np.linspace(0, width, roughness), knots) + rng.normal(0, height * 0.03, len(xs))
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def _hills(rng: Generator, width: int, height: int) -> Image.Image:
    picture = _sky(rng, width, height)
    draw = ImageDraw.Draw(picture)
    radius = width * rng.uniform(0.03, 0.1)
    x, y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.08, 0.4) * height
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(rng, 200, 256))
    for layer in range(int(rng.integers(2, 6))):
        top = height * (0.3 + 0.14 * layer)
        edge = _ridge(rng, width, top, height * 0.25, int(rng.integers(3, 12)))
        draw.polygon([*edge, (width, height), (0, height)], fill=_colour(rng, 20, 180))
    for _ in range(int(rng.integers(0, 25))):
        _tree(rng, draw, width, height)
    return picture


def _tree(rng: Generator, draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    x, foot = rng.uniform(0, width), rng.uniform(0.6, 1.0) * height
    size = height * rng.uniform(0.05, 0.2)
    draw.rectangle((x - size * 0.06, foot - size * 0.4, x + size * 0.06, foot), fill=(80, 60, 40))
    leaf = (int(rng.integers(20, 90)), int(rng.integers(70, 160)), int(rng.integers(20, 80)))
    if rng.random() < 0.5:
        draw.polygon(
            [(x - size * 0.35, foot - size * 0.3), (x + size * 0.35, foot - size * 0.3), (x, foot - size)], fill=leaf
        )
    else:
        draw.ellipse((x - size * 0.35, foot - size, x + size * 0.35, foot - size * 0.3), fill=leaf)


def _sea(rng: Generator, width: int, height: int) -> Image.Image:
    picture = _sky(rng, width, height)
    line = int(height * rng.uniform(0.3, 0.65))
    waves = _clouds(rng, width, height - line, 4, 5)
    fall = np.linspace(0, 24, height - line, dtype=np.float32)[:, None]
    water = _mixed(_colour(rng, 10, 90), _colour(rng, 90, 200), np.abs(np.sin(fall * fall / 12 + waves * 9)) * waves)
    picture.paste(water, (0, line))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(1, 5))):
        x, y, size = rng.uniform(0.1, 0.9) * width, rng.uniform(line, height), height * rng.uniform(0.06, 0.25)
        draw.polygon([(x - size * 0.5, y), (x + size * 0.5, y), (x + size * 0.3, y + size * 0.2), (x - size * 0.3, y + size * 0.2)],
                     fill=_colour(rng, 20, 130))  # fmt: skip
        draw.polygon(
            [(x, y - size), (x, y - size * 0.05), (x + size * 0.45, y - size * 0.05)], fill=_colour(rng, 170, 256)
        )
    return picture


def _houses(rng: Generator, width: int, height: int) -> Image.Image:
    picture = _sky(rng, width, height)
    draw = ImageDraw.Draw(picture)
    ground = height * rng.uniform(0.65, 0.85)
    draw.rectangle((0, ground, width, height), fill=_colour(rng, 60, 140))
    x = -width * 0.05
    while x < width:
        wide, high = width * rng.uniform(0.08, 0.24), height * rng.uniform(0.15, 0.5)
        draw.rectangle((x, ground - high, x + wide, ground), fill=_colour(rng, 90, 240))
        roof = _colour(rng, 60, 170)
        if rng.random() < 0.7:
            draw.polygon(
                [(x, ground - high), (x + wide, ground - high), (x + wide / 2, ground - high - wide * 0.4)], fill=roof
            )
        rows, columns = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        pane = _colour(rng, 120, 255)
        for row in range(rows):
            for column in range(columns):
                left, upper = x + wide * (column + 0.3) / columns, ground - high + high * (row + 0.25) / rows
                draw.rectangle((left, upper, left + wide * 0.4 / columns, upper + high * 0.45 / rows), fill=pane)
        x += wide * rng.uniform(1.0, 1.4)
    return picture


def _still_life(rng: Generator, width: int, height: int) -> Image.Image:
    picture = _mixed(_colour(rng), _colour(rng), _clouds(rng, width, height, 2, 4))
    draw = ImageDraw.Draw(picture)
    table = height * rng.uniform(0.55, 0.75)
    draw.rectangle((0, table, width, height), fill=_colour(rng, 50, 160))
    for _ in range(int(rng.integers(3, 9))):
        x, size = rng.uniform(0.05, 0.95) * width, height * rng.uniform(0.1, 0.35)
        foot, fill = table + rng.uniform(0, 0.2) * height, _colour(rng)
        if rng.random() < 0.5:
            draw.ellipse((x - size / 2, foot - size, x + size / 2, foot), fill=fill)
        else:
            draw.rectangle((x - size * 0.22, foot - size, x + size * 0.22, foot), fill=fill)
            draw.rectangle((x - size * 0.08, foot - size * 1.4, x + size * 0.08, foot - size), fill=fill)
    return picture


def _animals(rng: Generator, width: int, height: int) -> Image.Image:
    """Fish, birds and beetles out of ellipses and triangles."""
    picture = _mixed(_colour(rng), _colour(rng), _clouds(rng, width, height, 3, 4))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(2, 8))):
        x, y, size = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height, height * rng.uniform(0.06, 0.2)
        body, mark = _colour(rng), _colour(rng)
        draw.ellipse((x - size, y - size / 2, x + size, y + size / 2), fill=body)
        draw.polygon(
            [(x - size * 0.8, y), (x - size * 1.6, y - size * 0.5), (x - size * 1.6, y + size * 0.5)], fill=mark
        )
        if rng.random() < 0.5:
            draw.polygon(
                [(x - size * 0.3, y - size * 0.3), (x + size * 0.3, y - size * 0.3), (x, y - size * 1.2)], fill=mark
            )
        draw.ellipse((x + size * 0.5, y - size * 0.2, x + size * 0.7, y), fill=(15, 15, 15))
    return picture


def _shapes(rng: Generator, width: int, height: int) -> Image.Image:
    picture = _mixed(_colour(rng), _colour(rng), _clouds(rng, width, height, 2, 3))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(6, 28))):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), height * rng.uniform(0.04, 0.3)
        box, fill = (x - size, y - size, x + size, y + size), _colour(rng)
        match int(rng.integers(4)):
            case 0:
                draw.ellipse(box, fill=fill)
            case 1:
                draw.rectangle(box, fill=fill)
            case 2:
                draw.regular_polygon((x, y, size), int(rng.integers(3, 9)), rotation=int(rng.integers(360)), fill=fill)
            case _:
                draw.line((x, y, rng.uniform(0, width), rng.uniform(0, height)), fill=fill, width=max(1, int(size / 8)))
    return picture


def _texture(rng: Generator, width: int, height: int) -> Image.Image:
    warp = _clouds(rng, width, height, int(rng.integers(2, 6)), 5)
    along = np.linspace(0, rng.uniform(4, 30), width, dtype=np.float32)[None, :]
    return _mixed(_colour(rng), _colour(rng), np.abs(np.sin(along * rng.uniform(0, 1) + warp * rng.uniform(4, 20))))


_SUBJECTS: Final[dict[str, Callable[[Generator, int, int], Image.Image]]] = {
    "hills": _hills, "sea": _sea, "houses": _houses, "still life": _still_life, "animals": _animals, "shapes": _shapes, "texture": _texture,
}  # fmt: skip

SUBJECTS: Final = tuple(_SUBJECTS)
"""What can be drawn."""
