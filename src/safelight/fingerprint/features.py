"""Local features of one picture: where its distinctive spots lie, how large and how turned each is, and 128 bits that describe it.

They are fingerprints, not pixels: the bits say in which direction brightness changes around a spot more than it does in the middle of all
directions, in a grid of 4 x 4 fields with 8 directions each. A person cannot look at them, yet they hold more than a PDQ hash: research has
drawn rough, blurred likenesses of pictures from descriptors of this kind with all their values. Whoever holds them can find out whether a
picture that he has is the same, or shares a part. They are guarded like the case.

Pictures are held at about 45,000 pixels whatever their size (`extraction`), so places and sizes are in the pixels of that working picture.
This module only packs and unpacks, and needs nothing but NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORM", "HEAD_BYTES", "MOST_FEATURES", "PLAIN", "ROW", "SIZE_STEPS", "LocalFeatures", "mirrored_codes", "pack", "packed_length_is_right",
           "picture_size", "unpack", "unpacked_rows"]  # fmt: skip

FORM: Final = "sift128/1"
"""Name of the layout and of how the features are found; rows of another form are not compared with these."""

MOST_FEATURES: Final = 256
HEAD_BYTES: Final = 4

ROW: Final = np.dtype([("x", "<u2"), ("y", "<u2"), ("size", "u1"), ("angle", "u1"), ("code", "u1", (16,))])
"""One feature as packed: places in 1/65536 of an axis; size in 1/16 of a doubling, its highest bit set on plain ground; angle in 1/256 of a turn."""

SIZE_STEPS: Final = 16
"""Steps of the stored size for each doubling."""

PLAIN: Final = 128

Floats = NDArray[np.float32]
Codes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """The features of one picture, pixels as stored (no orientation applied).

    Attributes:
        width, height: Of the working picture, in pixels.
        x, y: Places in its pixels. `size`: log2 of the diameter in its pixels. `angle`: radians, clockwise from the x axis. Shape (n,), float32.
        codes: Shape (n, 2), uint64: the 128 bits, in the order of the descriptor.
        plain: Shape (n,), bool: whether most of the ground around is of one tone, as around drawn text, frames and buttons.
    """

    width: int
    height: int
    x: Floats
    y: Floats
    size: Floats
    angle: Floats
    codes: Codes
    plain: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.x)


def pack(features: LocalFeatures) -> bytes:
    """The features as bytes: width and height (two bytes each, little-endian), then 22 bytes a feature."""
    rows = np.zeros(len(features), ROW)
    rows["x"] = np.clip(features.x / max(1, features.width) * 65536, 0, 65535)
    rows["y"] = np.clip(features.y / max(1, features.height) * 65536, 0, 65535)
    rows["size"] = np.clip(np.rint(features.size * SIZE_STEPS), 0, PLAIN - 1)
    rows["size"] += np.where(features.plain, PLAIN, 0).astype(np.uint8)
    rows["angle"] = np.rint(features.angle / (2 * np.pi) * 256).astype(np.int64) & 255
    rows["code"] = np.ascontiguousarray(features.codes).view(np.uint8).reshape(-1, 16)
    return features.width.to_bytes(2, "little") + features.height.to_bytes(2, "little") + rows.tobytes()


def unpack(packed: bytes) -> LocalFeatures:
    """The features again, as exact as they were stored.

    Raises:
        ValueError: The bytes do not have the length of any number of features.
    """
    if not packed_length_is_right(len(packed)):
        raise ValueError(f"{len(packed)} bytes are no local features")
    return unpacked_rows(*picture_size(packed), np.frombuffer(packed, ROW, offset=HEAD_BYTES))


def picture_size(packed: bytes) -> tuple[int, int]:
    """Width and height of the working picture, in pixels; at least 1, whatever the bytes say."""
    return max(1, int.from_bytes(packed[:2], "little")), max(1, int.from_bytes(packed[2:4], "little"))


def unpacked_rows(width: int, height: int, rows: Any) -> LocalFeatures:
    """The features of one picture from its rows (dtype `ROW`)."""
    return LocalFeatures(
        width,
        height,
        ((rows["x"] + 0.5) * (width / 65536)).astype(np.float32),
        ((rows["y"] + 0.5) * (height / 65536)).astype(np.float32),
        ((rows["size"] & (PLAIN - 1)) / SIZE_STEPS).astype(np.float32),
        (rows["angle"] * (2 * np.pi / 256)).astype(np.float32),
        np.ascontiguousarray(rows["code"]).view(np.uint64).reshape(-1, 2),
        rows["size"] >= PLAIN,
    )


def packed_length_is_right(length: int) -> bool:
    """Whether so many bytes can be a packed set of at most 256 features."""
    count, rest = divmod(length - HEAD_BYTES, ROW.itemsize)
    return rest == 0 and 0 <= count <= MOST_FEATURES


def mirrored_codes(codes: Codes) -> Codes:
    """The codes that the same spots have in the picture mirrored left to right (shape (n, 2)).

    A mirror turns the field of a spot over its own axis: of the 4 x 4 fields the rows change places, and of the 8 directions each
    becomes its negative. So the descriptor's values, and their bits, only change places.
    """
    bits = np.unpackbits(np.ascontiguousarray(codes).view(np.uint8).reshape(-1, 16), axis=1)
    return np.packbits(np.ascontiguousarray(bits[:, _mirror_places()]), axis=1).view(np.uint64).reshape(-1, 2)


@lru_cache(maxsize=1)
def _mirror_places() -> NDArray[np.int64]:
    row, column, direction = np.meshgrid(np.arange(4), np.arange(4), np.arange(8), indexing="ij")
    return (((3 - row) * 4 + column) * 8 + (8 - direction) % 8).ravel()
