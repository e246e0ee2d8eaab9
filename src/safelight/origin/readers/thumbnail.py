"""The thumbnail in EXIF against the picture: a program that changes the picture, or EXIF pasted from another file, can leave the old one behind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safelight.decode import formats
from safelight.decode.content import Content
from safelight.decode.exif import Exif
from safelight.model import Basis, Finding, JsonValue, Outcome, Strength, Supports
from safelight.origin.readers.capture import camera_named

__all__ = ["ThumbnailReader"]

_GREY = NDArray[np.float32]
_MIN_SIDE_PX: Final = 1024
"""As the fingerprints ask for it, so that the picture is decoded once."""

_THUMBNAIL_PIXELS: Final = 1 << 21
_GRID: Final = 24
_BAR_LEVEL: Final = 24.0
_FLAT: Final = 4.0
"""Standard deviation of the grid, in grey levels, below which a picture is too flat to be told from another."""

_ALIKE: Final = 0.90
_UNLIKE: Final = 0.60
_ASPECT: Final = math.log(1.06)


class _Compared(NamedTuple):
    """How alike the grids are (correlation, best of four turns), and how far the shapes lie apart (logarithm of aspect ratios)."""

    likeness: float
    shape: float


class ThumbnailReader:
    """Compares content and shape of the thumbnail with those of the picture."""

    name: ClassVar[str] = "thumbnail"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "an EXIF thumbnail, and whether it shows what the picture shows, in the same shape"
    silence_means: ClassVar[str] = (
        "no EXIF thumbnail is there; messengers and platforms remove it, and many programs write none"
    )
    cost: ClassVar[str] = (
        "nothing without a thumbnail; with one about 1 ms, and one scaled decode that the fingerprints use too"
    )
    source: ClassVar[str] = (
        "EXIF 2.32 (IFD1); E. Kee and H. Farid, `Digital image authentication from thumbnails` (2010), for the idea only"
    )
    checked_on: ClassVar[str] = (
        "152 files with a thumbnail that can be read: 148 alike, 2 unclear, 1 flat, 1 edited photograph unlike; 11,556 pairs of a picture and "
        "another one's thumbnail: 11,368 told apart, 182 unclear, 6 alike (series of one scene)"
    )
    where: ClassVar[str] = "EXIF IFD1 of JPEG, TIFF, HEIF, WebP, PNG"
    keys: ClassVar[str] = "JPEGInterchangeFormat and its length"
    weighs: ClassVar[str] = (
        "alike: captured, weak, where camera data name a camera, else nothing; another picture or crop: edited, weak"
    )
    survives: ClassVar[str] = "copying and mailing; editors either renew it or leave the old one"
    faked_by: ClassVar[str] = "writing a new thumbnail, which most editors do unasked"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding: on the first EXIF block with a thumbnail."""
        exif = next((one for one in content.metadata.exifs if one.thumbnail is not None), None)
        if exif is None or exif.thumbnail is None or not content.format.decodable:
            return
        where = f"{exif.where}, thumbnail"
        small = _thumbnail(exif, content)
        if small is None:
            yield self._unread(where, "The EXIF thumbnail could not be decoded")
            return
        plane = content.pixels.luma(_MIN_SIDE_PX) if content.complete else None
        if plane is None:
            yield self._unread(where, "The EXIF thumbnail was not compared, because the picture could not be decoded")
            return
        compared = _compare(small, _grey(plane.pixels), plane.full_width_px / max(1, plane.full_height_px))
        details: dict[str, JsonValue] = {"width_px": small.shape[1], "height_px": small.shape[0]}
        if compared is None:
            yield self._fact("The picture or its EXIF thumbnail is too flat to be compared.", where, details)
            return
        details |= {"correlation": round(compared.likeness, 3), "shape_differs": compared.shape > _ASPECT}
        if compared.likeness < _UNLIKE or compared.shape > _ASPECT:
            shows = (
                "another picture or another part of it"
                if compared.likeness < _UNLIKE
                else "the picture in another shape"
            )
            yield self._speaks(f"The EXIF thumbnail shows {shows}.", where, Supports.EDITED, details)
        elif compared.likeness < _ALIKE:
            yield self._fact(
                "The EXIF thumbnail is neither clearly like the picture nor clearly unlike it.", where, details
            )
        elif camera_named(content) is not None:
            yield self._speaks("The EXIF thumbnail shows what the picture shows.", where, Supports.CAPTURED, details)
        else:
            yield self._fact(
                "The EXIF thumbnail shows what the picture shows; no camera is named beside it.", where, details
            )

    def _speaks(self, what: str, where: str, supports: Supports, details: dict[str, JsonValue]) -> Finding:
        edited = supports is Supports.EDITED
        return Finding(
            reader=self.name,
            version=self.version,
            what=what,
            where=where,
            supports=supports,
            basis=Basis.TRACE,
            strength=Strength.WEAK,
            could_be_faked_by=self.faked_by,
            does_not_show=(
                "What was changed, or by whom: a crop, a turn, or camera data pasted from another photograph all leave this."
                if edited
                else "That the picture is unedited: most editors write a new thumbnail."
            ),
            details=details,
        )

    def _fact(self, what: str, where: str, details: dict[str, JsonValue]) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            what=what,
            where=where,
            could_be_faked_by=self.faked_by,
            does_not_show="Whether the picture was edited.",
            details=details,
        )

    def _unread(self, where: str, what: str) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            outcome=Outcome.COULD_NOT_LOOK,
            what=f"{what}.",
            where=where,
            does_not_show="Whether it shows what the picture shows.",
        )


def _thumbnail(exif: Exif, content: Content) -> _GREY | None:
    """The thumbnail's grey values, through the same decoders and their checks as any picture."""
    thumbnail = exif.thumbnail
    if thumbnail is None:
        return None
    limits = replace(content.limits, pixels=min(content.limits.pixels, _THUMBNAIL_PIXELS))
    inner = Content(thumbnail.data, len(thumbnail.data), limits)
    if inner.format is not formats.JPEG:
        return None
    plane = inner.pixels.luma(_THUMBNAIL_PIXELS)
    return _grey(plane.pixels) if plane is not None and not plane.partial else None


def _grey(pixels: NDArray[np.uint8]) -> _GREY:
    """Grey values good enough to be averaged; a sample of rows and columns where there are many."""
    step = max(1, min(pixels.shape[:2]) // 256)
    sampled = pixels[::step, ::step]
    if sampled.ndim == 2:
        return sampled.astype(np.float32)
    weights = np.array((0.299, 0.587, 0.114), np.float32)
    return (sampled[:, :, :3].astype(np.float32) @ weights).astype(np.float32)


def _compare(small: _GREY, large: _GREY, aspect: float) -> _Compared | None:
    """None when one of the two is flat. Some cameras put black bars around a thumbnail of another shape; they are left out."""
    inner = _without_bars(small)
    grid = _normal(_grid(large))
    if grid is None:
        return None
    best: _Compared | None = None
    for candidate in (small, inner) if inner.shape != small.shape else (small,):
        own = _normal(_grid(candidate))
        if own is None:
            continue
        for turns in range(4):
            likeness = float(np.mean(np.rot90(own, turns) * grid))
            ratio = candidate.shape[1] / candidate.shape[0]
            found = _Compared(likeness, abs(math.log((1 / ratio if turns & 1 else ratio) / max(1e-6, aspect))))
            if best is None or found.likeness > best.likeness:
                best = found
    return best


def _grid(grey: _GREY) -> _GREY:
    """The mean of each cell of a square grid."""
    height, width = grey.shape
    rows = np.linspace(0, height, _GRID + 1).astype(int)
    columns = np.linspace(0, width, _GRID + 1).astype(int)
    tall = np.add.reduceat(grey, np.minimum(rows[:-1], height - 1), axis=0)
    cells = np.add.reduceat(tall, np.minimum(columns[:-1], width - 1), axis=1)
    areas = np.outer(np.maximum(np.diff(rows), 1), np.maximum(np.diff(columns), 1))
    means: _GREY = (cells / areas).astype(np.float32)
    return means


def _normal(grid: _GREY) -> _GREY | None:
    deviation = float(grid.std())
    return ((grid - grid.mean()) / deviation).astype(np.float32) if deviation >= _FLAT else None


def _without_bars(grey: _GREY) -> _GREY:
    """Without dark bars at opposite sides, each at most a quarter of the side; a few cameras put one at one side only."""
    for axis in (0, 1):
        dark = grey.max(axis=1 - axis) < _BAR_LEVEL
        limit = len(dark) // 4
        first, last = _dark_run(dark[: limit + 1]), _dark_run(dark[::-1][: limit + 1])
        if first > limit or last > limit:
            continue
        kept = slice(first, len(dark) - last)
        grey = grey[kept] if axis == 0 else grey[:, kept]
    return grey


def _dark_run(dark: NDArray[np.bool_]) -> int:
    return len(dark) if dark.all() else int(np.argmin(dark))
