"""EXIF values as readers ask for them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import exif, ifd_block, user_comment

from safelight.decode.containers.tiff import Rational
from safelight.decode.exif import Ifd, Tag, parse


@pytest.mark.parametrize("order", ["<", ">"])
def test_everything_of_a_camera_block(order: str) -> None:
    data = exif(order, 6, user_comment("丘の上の太陽、青い空", order))
    found = parse(data, 1000, "JPEG APP1")
    assert found is not None
    assert found.order == order
    assert (found.make, found.model, found.software) == ("Example", "Box Camera 1", "firmware 1.0")
    assert found.orientation == 6
    assert found.user_comment == "丘の上の太陽、青い空"
    assert found.get(Ifd.EXIF, Tag.EXPOSURE_TIME) == Rational(1, 250)
    assert found.get(Ifd.GPS, 2) == (Rational(1, 1), Rational(2, 1), Rational(3, 0))
    assert found.text(Ifd.PRIMARY, Tag.XP_COMMENT) == "drawn by a test"
    assert found.text(Ifd.EXIF, Tag.DATE_TIME_ORIGINAL) == "2024:05:06 07:08:09"
    note = found.maker_note
    assert note is not None
    assert note.data == b"Example note\0\1\2\3"
    assert data[note.offset :].startswith(note.data)
    assert note.file_offset == 1000 + note.offset
    assert found.thumbnail is not None
    assert (found.thumbnail.offset, found.thumbnail.length, found.thumbnail.data) == (8, 4, data[8:12])
    assert (Ifd.PRIMARY, Tag.MAKE) in found
    assert (Ifd.GPS, Tag.MAKE) not in found
    assert found.get(Ifd.GPS, Tag.MAKE) is None


def test_text_of_generators_under_unusual_tags() -> None:
    found = parse(
        ifd_block(
            {
                "IFD0": [
                    (0x010F, 2, b'workflow:{"nodes": []}\0'),
                    (0x0110, 2, b"prompt:{}\0"),
                    (0x9286, 7, b"a hill in IFD0, without a code"),
                    (0x927C, 2, b"fooocus\0"),
                ]
            }
        )
    )
    assert found is not None
    assert (found.make, found.model) == ('workflow:{"nodes": []}', "prompt:{}")
    assert found.user_comment == "a hill in IFD0, without a code"
    assert found.maker_note is not None
    assert found.maker_note.data == b"fooocus\0"
    assert found.maker_note.file_offset is None


@pytest.mark.parametrize(("value", "expected"), [(0, 1), (1, 1), (8, 8), (9, 1), (65535, 1)])
def test_orientation_out_of_range_is_one(value: int, expected: int) -> None:
    found = parse(ifd_block({"IFD0": [(0x0112, 3, struct.pack(">H", value))]}))
    assert found is not None
    assert found.orientation == expected


def test_of_a_tag_that_comes_twice_the_first_counts() -> None:
    found = parse(ifd_block({"IFD0": [(0x010F, 2, b"first\0"), (0x010F, 2, b"second\0")]}))
    assert found is not None
    assert found.make == "first"
    assert list(found.tags()) == [("IFD0", 0x010F)]
    assert len(found.structure.directories[0].entries) == 2


def test_a_thumbnail_that_points_out_of_the_data_is_none_or_short() -> None:
    def with_thumbnail(offset: int, length: int) -> bytes:
        return ifd_block(
            {"IFD0": [], "IFD1": [(0x0201, 4, struct.pack(">I", offset)), (0x0202, 4, struct.pack(">I", length))]}
        )

    outside = parse(with_thumbnail(0xFFFFFF, 10))
    assert outside is not None
    assert outside.thumbnail is None
    short = parse(with_thumbnail(8, 0xFFFFFFFF))
    assert short is not None
    assert short.thumbnail is not None
    assert short.thumbnail.length == 0xFFFFFFFF
    assert len(short.thumbnail.data) < 100


def test_what_is_no_tiff_is_none() -> None:
    assert parse(b"") is None
    assert parse(b"II*\0\x08\0") is None
    assert parse(b"Exif\0\0II*\0\x08\0\0\0\0\0") is None


@given(st.binary(max_size=300), st.integers(0, 380))
def test_no_bytes_raise(data: bytes, at: int) -> None:
    whole = exif()
    found = parse(whole[:at] + data + whole[at + len(data) :])
    if found is not None:
        for ifd, tag in found.tags():
            found.get(ifd, tag)
            found.text(ifd, tag)
        _ = (found.make, found.user_comment, found.maker_note, found.thumbnail, found.orientation)
