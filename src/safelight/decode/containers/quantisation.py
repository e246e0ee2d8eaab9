"""JPEG quantisation tables, and the quality at which the IJG library would have written them.

Source: ITU-T T.81 (1992) annex B.2.4.1 (DQT), annex K tables K.1 and K.2, figure A.6 (zigzag order); the scaling rule is
that of `jpeg_quality_scaling` in the Independent JPEG Group's library. Of 57 camera JPEGs 24 use plain IJG tables, so a
table by itself says nothing on origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["QuantisationTable", "tables"]

_LUMINANCE: Final = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMINANCE: Final = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
)  # fmt: skip
_ZIGZAG: Final = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuantisationTable:
    """One table of a JPEG.

    Attributes:
        identifier: Number of the table, 0 to 15 (0 is luminance and 1 chrominance by custom only).
        bits: 8 or 16, the precision of its entries.
        values: 64 divisors in natural order, row by row.
        offset: Offset of the segment in the file.
    """

    identifier: int
    bits: int
    values: tuple[int, ...]
    offset: int

    @property
    def ijg_quality(self) -> int | None:
        """The IJG quality, 1 to 100, that gives exactly this table; None when none does."""
        base = _LUMINANCE if self.identifier == 0 else _CHROMINANCE
        estimate: int = self.estimated_quality
        for quality in range(max(1, estimate - 2), min(100, estimate + 2) + 1):
            if self.values in (_scaled(base, quality, 255), _scaled(base, quality, 32767)):
                return quality
        return None

    @property
    def estimated_quality(self) -> int:
        """The IJG quality, 1 to 100, whose table is nearest on the whole; says nothing on the encoder."""
        base = _LUMINANCE if self.identifier == 0 else _CHROMINANCE
        # Divisors held at a bound (1 or 255) no longer follow the scale.
        pairs = [(value, standard) for value, standard in zip(self.values, base, strict=True) if 1 < value < 255]
        if not pairs:
            return 100 if max(self.values) <= 1 else 1
        scale = 100 * sum(value for value, _ in pairs) / sum(standard for _, standard in pairs)
        quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
        return max(1, min(100, round(quality)))


def _scaled(base: tuple[int, ...], quality: int, largest: int) -> tuple[int, ...]:
    scale: int = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(max(1, min(largest, (standard * scale + 50) // 100)) for standard in base)


def tables(data: bytes, start: int, stop: int, offset: int) -> Iterator[QuantisationTable]:
    """Yields the tables of one DQT segment whose payload is `data[start:stop]`; stops at the first that does not fit."""
    while start < stop:
        precision, identifier = data[start] >> 4, data[start] & 15
        size = 128 if precision else 64
        raw = data[start + 1 : min(stop, start + 1 + size)]
        if len(raw) < size:
            return
        zigzag = raw if not precision else [raw[index] << 8 | raw[index + 1] for index in range(0, 128, 2)]
        natural = [0] * 64
        for index, value in zip(_ZIGZAG, zigzag, strict=True):
            natural[index] = value
        yield QuantisationTable(identifier, 16 if precision else 8, tuple(natural), offset)
        start += 1 + size
