"""Single pictures as files: photograph-like, generated, edited, and copies of other files.

Marks of origin are real in form and false in fact: no camera and no generator made these files. The truth says so.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance
from PIL.ExifTags import IFD, Base
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from safelight.demo.heic import TILE_PX, TILES, grid_heic
from safelight.demo.prompts import Recipe, a1111_parameters, comfyui_graphs
from safelight.demo.scenes import add_grain, draw_scene

__all__ = ["COPIES", "PICTURES", "Brush", "Made", "draw_copy", "draw_picture", "taken_at"]

Generator = np.random.Generator

# Width and height in px, and how many in a thousand: most between 1 and 2 megapixels.
_CAMERA_SIZES: Final = (
    ((640, 480), 120), ((1024, 768), 220), ((1280, 960), 310), ((1600, 1200), 230), ((1920, 1080), 90), ((2592, 1944), 20), ((4000, 3000), 10),
)  # fmt: skip
_GENERATED_SIZES: Final = (
    *((512, 512),) * 6, *((512, 768),) * 3, *((768, 512),) * 3, (640, 640), (640, 640), (832, 1216), (1024, 1024),
)  # fmt: skip
_CAMERAS: Final = (
    ("Canon", "Canon EOS 80D"), ("NIKON CORPORATION", "NIKON D3400"), ("SONY", "ILCE-6000"), ("Apple", "iPhone 12"), ("samsung", "SM-G991B"),
    ("FUJIFILM", "X-T30"),
)  # fmt: skip
_EPOCH: Final = datetime(2019, 3, 1, 8, 0, 0)  # noqa: DTZ001 - a camera writes local time without a zone


@dataclass(frozen=True, slots=True)
class Made:
    """The bytes of one file, what it stands for and which mark it carries (see `DrawnFile`)."""

    data: bytes
    stands_for: str
    carries: str


@dataclass(frozen=True, slots=True)
class Brush:
    """What a picture is drawn with.

    Attributes:
        rng: Decides everything that is open.
        recipe: What the kinds that stand for generated pictures carry.
        long_side_px: Scales the picture so; None leaves the size to `rng`.
    """

    rng: Generator
    recipe: Recipe
    long_side_px: int | None = None


def draw_picture(kind: str, brush: Brush) -> Made:
    """Draws one picture file; `kind` is one of `PICTURES`."""
    return PICTURES[kind](brush)


def draw_copy(how: str, brush: Brush, source: bytes) -> Made:
    """Makes a near-duplicate of the picture in `source`; `how` is one of `COPIES`."""
    with Image.open(io.BytesIO(source)) as opened:
        picture = opened.convert("RGB")
    return COPIES[how](brush, picture)


def taken_at(rng: Generator) -> datetime:
    """A time between 2019 and 2025."""
    return _EPOCH + timedelta(seconds=int(rng.integers(0, 6 * 365 * 86_400)))


def _size(brush: Brush, sizes: tuple[tuple[int, int], ...] | None = None) -> tuple[int, int]:
    rng, long_side_px = brush.rng, brush.long_side_px
    if sizes is None:
        weights = np.array([weight for _, weight in _CAMERA_SIZES], np.float64)
        width, height = _CAMERA_SIZES[int(rng.choice(len(_CAMERA_SIZES), p=weights / weights.sum()))][0]
    else:
        width, height = sizes[int(rng.integers(len(sizes)))]
    if long_side_px is None:
        return width, height
    scale = long_side_px / max(width, height)
    return round(width * scale), round(height * scale)


def _photograph(brush: Brush) -> Image.Image:
    return add_grain(draw_scene(brush.rng, *_size(brush)), brush.rng, float(brush.rng.uniform(0.04, 0.11)))


def _encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def _camera_exif(rng: Generator, size_px: tuple[int, int]) -> Image.Exif:
    """EXIF 2.32 as a camera writes it: maker, model, time, exposure."""
    maker, model = _CAMERAS[int(rng.integers(len(_CAMERAS)))]
    moment = taken_at(rng).strftime("%Y:%m:%d %H:%M:%S")
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model], exif[Base.DateTime] = maker, model, moment
    exif[Base.Orientation] = int(rng.choice([1, 1, 1, 1, 6, 8, 3]))
    exif[Base.XResolution], exif[Base.YResolution], exif[Base.ResolutionUnit] = (
        IFDRational(72, 1),
        IFDRational(72, 1),
        2,
    )
    detail = exif.get_ifd(IFD.Exif)
    detail[Base.ExifVersion] = b"0232"
    detail[Base.ExposureTime] = IFDRational(1, int(rng.choice([30, 60, 125, 250, 500, 1000])))
    detail[Base.FNumber] = IFDRational(int(rng.choice([18, 24, 28, 40, 56, 80])), 10)
    detail[Base.ISOSpeedRatings] = int(rng.choice([100, 200, 400, 800, 1600]))
    detail[Base.DateTimeOriginal] = detail[Base.DateTimeDigitized] = moment
    detail[Base.FocalLength] = IFDRational(int(rng.integers(18, 120)), 1)
    detail[Base.Flash], detail[Base.ColorSpace] = 16, 1
    detail[Base.ExifImageWidth], detail[Base.ExifImageHeight] = size_px
    return exif


def _camera(brush: Brush) -> Made:
    picture = _photograph(brush)
    data = _encoded(
        picture, "JPEG", quality=int(brush.rng.integers(82, 95)), exif=_camera_exif(brush.rng, picture.size)
    )
    return Made(data, "captured", "EXIF of a camera")


def _stripped(brush: Brush) -> Made:
    made_by_generator = brush.rng.random() < 0.4
    picture = draw_scene(brush.rng, *_size(brush, _GENERATED_SIZES)) if made_by_generator else _photograph(brush)
    return Made(
        _encoded(picture, "JPEG", quality=int(brush.rng.integers(70, 86)), progressive=bool(brush.rng.random() < 0.4)),
        "unknown",
        "",
    )


def _a1111(brush: Brush) -> Made:
    picture = draw_scene(brush.rng, *_size(brush, _GENERATED_SIZES))
    text = PngInfo()
    text.add_text("parameters", a1111_parameters(brush.recipe, *picture.size))
    return Made(_encoded(picture, "PNG", pnginfo=text, compress_level=1), "generated", "PNG text: parameters")


def _comfyui(brush: Brush) -> Made:
    picture = draw_scene(brush.rng, *_size(brush, _GENERATED_SIZES))
    prompt, workflow = comfyui_graphs(brush.recipe, *picture.size)
    text = PngInfo()
    text.add_text("prompt", prompt)
    text.add_text("workflow", workflow)
    return Made(_encoded(picture, "PNG", pnginfo=text, compress_level=1), "generated", "PNG text: prompt, workflow")


def _webp(brush: Brush) -> Made:
    picture = draw_scene(brush.rng, *_size(brush, _GENERATED_SIZES))
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.UserComment] = b"UNICODE\0" + a1111_parameters(brush.recipe, *picture.size).encode(
        "utf-16-be"
    )
    data = _encoded(picture, "WEBP", quality=int(brush.rng.integers(80, 95)), method=1, exif=exif)
    return Made(data, "generated", "EXIF UserComment: parameters")


def _heic(brush: Brush) -> Made:
    columns, rows = (2, 1) if brush.rng.random() < 0.5 else (2, 2)
    tiles = [int(tile) for tile in brush.rng.integers(0, TILES, columns * rows)]
    exif = _camera_exif(brush.rng, (columns * TILE_PX, rows * TILE_PX))
    exif[Base.Make], exif[Base.Model], exif[Base.Orientation] = "Apple", "iPhone 12", 1
    return Made(grid_heic(tiles, columns, exif.tobytes().removeprefix(b"Exif\0\0")), "captured", "EXIF of a camera")


def _plain(form: str, long_side_px: int, **options: object) -> Callable[[Brush], Made]:
    def make(brush: Brush) -> Made:
        picture = _photograph(replace(brush, long_side_px=brush.long_side_px or long_side_px))
        return Made(_encoded(picture.quantize(64) if form == "GIF" else picture, form, **options), "unknown", "")

    return make


PICTURES: Final[dict[str, Callable[[Brush], Made]]] = {
    "camera": _camera, "stripped": _stripped, "a1111": _a1111, "comfyui": _comfyui, "webp": _webp, "heic": _heic,
    "avif": _plain("AVIF", 800, quality=60, speed=9, max_threads=1), "gif": _plain("GIF", 400),
    "tiff": _plain("TIFF", 400, compression="tiff_lzw"), "bmp": _plain("BMP", 320),
}  # fmt: skip
"""The recipes for single pictures."""


def _resized(brush: Brush, picture: Image.Image) -> Made:
    scale = float(brush.rng.uniform(0.45, 0.8))
    smaller = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    return Made(_encoded(smaller, "JPEG", quality=80), "unknown", "")


def _recompressed(brush: Brush, picture: Image.Image) -> Made:
    return Made(_encoded(picture, "JPEG", quality=int(brush.rng.integers(30, 60))), "unknown", "")


def _captioned(_: Brush, picture: Image.Image) -> Made:
    size = max(12, picture.height // 28)
    draw = ImageDraw.Draw(picture)
    draw.text((size, picture.height - 2 * size), "greetings from the coast", fill=(255, 255, 255), font_size=size)
    return Made(_encoded(picture, "JPEG", quality=82), "unknown", "")


def _brightened(brush: Brush, picture: Image.Image) -> Made:
    brighter = ImageEnhance.Brightness(picture).enhance(float(brush.rng.uniform(0.8, 1.2)))
    return Made(_encoded(ImageEnhance.Color(brighter).enhance(0.5), "WEBP", quality=80, method=1), "unknown", "")


def _ai_edited(brush: Brush, picture: Image.Image) -> Made:
    """As a web UI saves what it made from another picture: new colours, one new object, and the settings beside it."""
    scale = 640 / max(picture.size)
    smaller = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    # Other colours under the same light: what the edit keeps of the scene is what a perceptual hash sees.
    tones = [Image.new("L", smaller.size, int(tone)) for tone in brush.rng.integers(108, 149, 2)]
    changed = Image.merge("YCbCr", (smaller.convert("L"), *tones)).convert("RGB")
    size = changed.width // 30
    x, y = (int(brush.rng.integers(size, side - size)) for side in changed.size)
    mask = Image.new("L", changed.size)
    ImageDraw.Draw(mask).regular_polygon((x, y, size), 5, fill=90)
    changed.paste((240, 210, 60), mask=mask)
    text = PngInfo()
    text.add_text("parameters", a1111_parameters(brush.recipe, *changed.size, denoising=0.45))
    return Made(
        _encoded(changed, "PNG", pnginfo=text, compress_level=1),
        "ai-edited",
        "PNG text: parameters with denoising strength",
    )


COPIES: Final[dict[str, Callable[[Brush, Image.Image], Made]]] = {
    "resized": _resized, "recompressed": _recompressed, "captioned": _captioned, "brightened": _brightened, "ai-edited": _ai_edited,
}  # fmt: skip
"""The recipes for near-duplicates."""
