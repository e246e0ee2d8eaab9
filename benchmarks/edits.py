"""Edits of pictures by code, for `sources.py`: parts replaced, recoloured, cropped, flipped, enlarged, framed, captioned, shown on a screen."""

from __future__ import annotations

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

__all__ = ["EDITS", "edited"]

EDITS = (
    "replaced-20", "replaced-40", "replaced-60", "recoloured", "enlarged", "cropped", "cropped-to-25", "mirrored", "upside-down", "jpeg-60",
    "captioned", "bordered", "screenshot", "combined", "combined-60",
)  # fmt: skip
"""Every edit is also saved as JPEG of quality 60, 70, 80 or 90. `combined`: 20 to 40 % replaced and recoloured, then by chance each
mirrored, cropped and enlarged; `combined-60`: 60 % replaced, recoloured, by chance mirrored."""


def edited(name: str, picture: Image.Image, filler: Image.Image, chance: random.Random) -> Image.Image:
    """The picture after one of `EDITS`; `filler` is what replaced parts show."""
    quality = chance.choice([60, 70, 80, 90])
    if name.startswith("replaced"):
        picture = _replaced(picture, filler, int(name[-2:]) / 100, chance)
    elif name == "recoloured":
        picture = _recoloured(picture, chance)
    elif name == "enlarged":
        picture = _enlarged(picture, chance)
    elif name.startswith("cropped"):
        picture = _cropped(picture, 0.25 if name.endswith("25") else chance.uniform(0.3, 0.8), chance)
    elif name == "mirrored":
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif name == "upside-down":
        picture = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    elif name == "jpeg-60":
        quality = 60
    elif name == "captioned":
        picture = _captioned(picture, chance)
    elif name == "bordered":
        picture = _bordered(picture, chance)
    elif name == "screenshot":
        picture = _on_a_screen(picture)
    else:
        share = 0.6 if name == "combined-60" else chance.uniform(0.2, 0.4)
        picture = _recoloured(_replaced(picture, filler, share, chance), chance)
        if chance.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if name == "combined" and chance.random() < 0.5:
            picture = _cropped(picture, chance.uniform(0.5, 0.8), chance)
        if name == "combined" and chance.random() < 0.5:
            picture = _enlarged(picture, chance)
    held = io.BytesIO()
    picture.convert("RGB").save(held, "JPEG", quality=quality)
    return Image.open(held).convert("RGB")


def _replaced(picture: Image.Image, filler: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """So much of the area shows something else: in blobs, as the background around one part, or from one side."""
    width, height = picture.size
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    how = chance.choice(["blobs", "background", "side"])
    if how == "blobs":
        while np.asarray(mask).mean() / 255 < share:
            x, y = chance.uniform(0, width), chance.uniform(0, height)
            radius, form = chance.uniform(0.1, 0.3) * min(width, height), chance.uniform(0.6, 1.6)
            draw.ellipse((x - radius * form, y - radius / form, x + radius * form, y + radius / form), fill=255)
    elif how == "background":
        # An ellipse that fills pi / 4 of its box.
        side = ((1 - share) * 4 / np.pi) ** 0.5
        across, down = width * side, height * side
        x = chance.uniform(min(0, width - across), max(0, width - across))
        y = chance.uniform(min(0, height - down), max(0, height - down))
        draw.rectangle((0, 0, width, height), fill=255)
        draw.ellipse((x, y, x + across, y + down), fill=0)
    elif chance.random() < 0.5:
        draw.rectangle((0, 0, width * share, height), fill=255)
    else:
        draw.rectangle((0, height * (1 - share), width, height), fill=255)
    return Image.composite(filler.resize((width, height)), picture, mask.filter(ImageFilter.GaussianBlur(3)))


def _recoloured(picture: Image.Image, chance: random.Random) -> Image.Image:
    values = np.asarray(picture).astype(np.float32) / 255
    mixing = np.eye(3) + np.array([[chance.uniform(-0.25, 0.25) for _ in range(3)] for _ in range(3)])
    values = np.clip(values @ mixing.T, 0, 1) ** chance.uniform(0.6, 1.6)
    values = np.clip((values - 0.5) * chance.uniform(0.7, 1.3) + 0.5 + chance.uniform(-0.1, 0.1), 0, 1)
    return Image.fromarray((values * 255).astype(np.uint8))


def _cropped(picture: Image.Image, area: float, chance: random.Random) -> Image.Image:
    width, height = (max(16, int(side * area**0.5)) for side in picture.size)
    x, y = chance.randint(0, max(0, picture.width - width)), chance.randint(0, max(0, picture.height - height))
    return picture.crop((x, y, x + width, y + height))


def _enlarged(picture: Image.Image, chance: random.Random) -> Image.Image:
    factor = chance.choice([1.5, 2.0])
    size = int(picture.width * factor), int(picture.height * factor)
    return picture.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.UnsharpMask(2, 80))


def _captioned(picture: Image.Image, chance: random.Random) -> Image.Image:
    band = int(picture.height * chance.uniform(0.1, 0.25)) + 8
    top = chance.random() < 0.5
    made = Image.new("RGB", (picture.width, picture.height + band), "white")
    made.paste(picture, (0, band if top else 0))
    place = (10, 4 if top else picture.height + 4)
    ImageDraw.Draw(made).text(place, "A caption of some words drawn here", fill="black", font_size=max(10, band // 3))
    return made


def _bordered(picture: Image.Image, chance: random.Random) -> Image.Image:
    width = int(min(picture.size) * chance.uniform(0.05, 0.2))
    made = Image.new("RGB", (picture.width + 2 * width, picture.height + 2 * width), (chance.randint(0, 255),) * 3)
    made.paste(picture, (width, width))
    return made


def _on_a_screen(picture: Image.Image) -> Image.Image:
    """A telephone's screen: a bar, the picture, lines of text, buttons; the same around every picture."""
    width, height = 1080, 1920
    made = Image.new("RGB", (width, height), (18, 18, 18))
    draw = ImageDraw.Draw(made)
    draw.rectangle((0, 0, width, 80), fill=(30, 30, 30))
    draw.text((30, 25), "12:34    78 %", fill="white", font_size=32)
    for number in range(5):
        draw.rounded_rectangle(
            (60 + 200 * number, height - 160, 180 + 200 * number, height - 40), 20, fill=(70, 70, 90)
        )
    for number in range(4):
        draw.text(
            (40, 1350 + 70 * number), f"some words of a program, line {number}", fill=(200, 200, 200), font_size=36
        )
    factor = min(width / picture.width, 1200 / picture.height)
    shown = picture.resize((max(1, int(picture.width * factor)), max(1, int(picture.height * factor))))
    made.paste(shown, ((width - shown.width) // 2, 120))
    return made
