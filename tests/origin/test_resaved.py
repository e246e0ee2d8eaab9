"""What speaks against a file being as its camera wrote it: told where it is there, silent on files that cameras write."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.decode.containers.samples import ifd_block, segment
from tests.origin.carriers import looked, note_for

from safelight.model import Finding, Opinion, Strength
from safelight.origin.opinion import weigh
from safelight.origin.readers.capture import CaptureReader

OWN = [list(range(1, 65))] * 2
"""Quantisation tables that no quality of the IJG library gives."""


def exif(make: str, size: tuple[int, int] | None) -> bytes:
    measures = [
        (0x829A, 5, struct.pack(">II", 1, 250)), (0x829D, 5, struct.pack(">II", 28, 10)), (0x8827, 3, struct.pack(">H", 100)),
        (0x920A, 5, struct.pack(">II", 50, 1)), (0x9003, 2, b"2024:05:06 07:08:09\0"), (0x927C, 7, note_for(make)),
    ]  # fmt: skip
    if size is not None:
        measures += [(0xA002, 4, struct.pack(">I", size[0])), (0xA003, 4, struct.pack(">I", size[1]))]
    names = [(0x010F, 2, make.encode() + b"\0"), (0x0110, 2, b"Model 1\0")]
    return b"Exif\0\0" + ifd_block({"IFD0": names, "ExifIFD": measures})


def photo(
    make: str = "NIKON CORPORATION",
    size: tuple[int, int] | None = (96, 64),
    *,
    jfif: bool = False,
    form: str = "JPEG",
    own: bool = False,
) -> bytes:
    """A drawing of 96 x 64 px with a camera's data; a JPEG without the JFIF header that Pillow writes, unless it is asked for."""
    into, options = io.BytesIO(), {"qtables": OWN} if own else {}
    drawing = Image.linear_gradient("L").resize((96, 64)).convert("RGB")
    if form != "JPEG":
        drawing.save(into, form, exif=exif(make, size))
        return into.getvalue()
    drawing.save(into, form, **options)  # type: ignore[arg-type]
    plain = into.getvalue()
    behind = 4 + int.from_bytes(plain[4:6], "big")
    return plain[: behind if jfif else 2] + segment(0xE1, exif(make, size)) + plain[behind:]


def of(data: bytes) -> Finding:
    (finding,) = looked(CaptureReader(), data)
    return finding


@pytest.mark.parametrize(
    "data",
    [
        photo(), photo(size=(64, 96)), photo(size=None), photo(size=(0, 0)), photo(own=True), photo(own=True, jfif=True),
        photo("Canon", own=True), photo("Apple", own=True, jfif=True), photo(form="TIFF", size=(9, 9)), photo("FUJIFILM"),
    ],
)  # fmt: skip
def test_files_as_cameras_write_them_are_left_alone(data: bytes) -> None:
    finding = of(data)
    assert "against" not in finding.details
    assert "not as that camera wrote it" not in finding.what


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (photo(size=(4000, 3000)), "state 4000 x 3000 px, and the picture has 96 x 64"),
        (photo(jfif=True), "a JFIF header and the tables of the IJG library"),
        (photo("Canon"), "this maker writes its own"),
        (photo("Apple"), "this maker writes its own"),
        (photo(form="PNG"), "no camera writes PNG"),
        (photo(form="WEBP"), "no camera writes WebP"),
    ],
)
def test_what_speaks_against_it_lowers_the_strength_and_is_told(data: bytes, why: str) -> None:
    finding = of(data)
    (against,) = finding.details["against"]  # type: ignore[misc]
    assert why in str(against) and why in finding.what
    assert finding.strength is Strength.WEAK
    opinion = weigh([finding])
    assert (opinion.opinion, opinion.strength) == (Opinion.CAPTURED, Strength.WEAK), (
        "a photograph that was made smaller is still one"
    )


def test_without_it_the_same_data_are_moderate() -> None:
    assert of(photo()).strength is of(photo("Canon", own=True)).strength is Strength.MODERATE


@given(st.tuples(st.integers(0, 1 << 32), st.integers(0, 1 << 32)))
def test_any_stated_size_is_told_or_is_that_of_the_picture(size: tuple[int, int]) -> None:
    wide, high = (min(side, (1 << 32) - 1) for side in size)
    told = "against" in of(photo(size=(wide, high))).details
    assert told == (wide > 0 and high > 0 and sorted((wide, high)) != [64, 96])
