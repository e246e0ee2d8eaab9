"""Items of HEIF and AVIF files."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import box, drawing, exif, full_box, heif, mp4, xmp

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect

EXIF_ITEM = (b"Exif", "", struct.pack(">I", 6) + b"Exif\0\0" + exif())
XMP_ITEM = (b"mime", "application/rdf+xml", xmp())


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


@pytest.mark.parametrize("in_idat", [False, True])
@pytest.mark.parametrize("brand", [b"heic", b"avif"])
def test_exif_and_xmp_items_are_found(brand: bytes, in_idat: bool) -> None:
    data = heif([EXIF_ITEM, XMP_ITEM], brand=brand, in_idat=in_idat)
    found = read(data)
    assert found.exif is not None
    assert found.exif.make == "Example"
    assert found.exif.file_offset == data.index(b"MM\0*")
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px) == (640, 480)
    assert not found.problems


def test_the_orientation_of_exif_is_not_applied_to_heif() -> None:
    found = read(heif([EXIF_ITEM], [box(b"irot", b"\x01")]))
    assert found.exif is not None
    assert found.exif.orientation == 6
    assert found.orientation == 1
    assert found.transform == "irot 90 degrees anticlockwise"


@pytest.mark.parametrize("angle", [0, 1, 2, 3, None])
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("mirror_first", [False, True])
def test_avif_is_turned_as_its_boxes_say(angle: int | None, axis: int | None, mirror_first: bool) -> None:
    turns = [] if angle is None else [box(b"irot", bytes((angle,)))]
    mirrors = [] if axis is None else [box(b"imir", bytes((axis,)))]
    properties = [*mirrors, *turns] if mirror_first else [*turns, *mirrors]
    expected = stored = np.arange(6).reshape(2, 3)
    for one in properties:
        flipped = expected[:, ::-1] if one[8] else expected[::-1]
        expected = np.rot90(expected, one[8]) if one[4:8] == b"irot" else flipped
    orientation = read(heif(properties=properties, brand=b"avif")).orientation
    shown = {
        1: stored, 2: stored[:, ::-1], 3: stored[::-1, ::-1], 4: stored[::-1], 5: stored.T, 6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].T, 8: np.rot90(stored),
    }[orientation]  # fmt: skip
    assert np.array_equal(shown, expected)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_what_real_encoders_wrote_is_read(kind: str) -> None:
    into = io.BytesIO()
    if kind == "HEIF":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.register_heif_opener()
    drawing(64, 48).save(into, kind, exif=b"Exif\0\0" + exif(orientation=1), xmp=xmp())
    found = read(into.getvalue())
    assert found.exif is not None
    assert found.exif.user_comment == "a lighthouse"
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px) == (64, 48)
    assert not found.problems


def test_the_clean_aperture_is_the_size() -> None:
    clap = box(b"clap", struct.pack(">8I", 630, 1, 941, 2, 0, 1, 0, 1))
    frame = read(heif(properties=[clap])).frame
    assert frame is not None
    assert (frame.width_px, frame.height_px) == (630, 470)


def test_items_of_several_extents_are_joined_and_those_out_of_the_file_named() -> None:
    whole = heif([XMP_ITEM])
    at = whole.index(b"iloc") - 4
    start = whole.index(xmp())
    size = len(xmp())
    places = struct.pack(">HHHIIII", 2, 0, 2, start, 100, start + 100, size - 100)
    iloc = full_box(b"iloc", b"\x44\x00" + struct.pack(">H", 1) + places)
    shift = len(iloc) - int.from_bytes(whole[at : at + 4], "big")
    moved = struct.pack(">HHHIIII", 2, 0, 2, start + shift, 100, start + shift + 100, size - 100)
    iloc = full_box(b"iloc", b"\x44\x00" + struct.pack(">H", 1) + moved)
    data = bytearray(whole[:at] + iloc + whole[at + len(iloc) - shift :])
    meta = data.index(b"meta") - 4
    data[meta : meta + 4] = (int.from_bytes(data[meta : meta + 4], "big") + shift).to_bytes(4, "big")
    assert [block.data for block in read(bytes(data)).of(BlockKind.XMP)] == [xmp()]
    cut = read(bytes(data[:-10]))
    assert any("points out of the file" in problem.what for problem in cut.problems)


def test_extents_that_take_no_bytes_are_bounded() -> None:
    count = 3000
    infe = b"".join(full_box(b"infe", struct.pack(">HH4s", number, 0, b"Exif") + b"\0", 2) for number in range(count))
    places = b"".join(struct.pack(">HHH", number, 0, 0xFFFF) for number in range(count))
    iinf = full_box(b"iinf", struct.pack(">H", count) + infe)
    iloc = full_box(b"iloc", b"\0\0" + struct.pack(">H", count) + places)
    found = read(box(b"ftyp", b"heic") + full_box(b"meta", full_box(b"hdlr", bytes(21)) + iinf + iloc))
    assert any("more than 200000 parts" in problem.what for problem in found.problems)


def test_an_item_without_a_place_is_named() -> None:
    data = heif([XMP_ITEM]).replace(b"iloc", b"free")
    assert [problem.what for problem in read(data).problems] == ["A metadata item has no place in the file."]


def test_auxiliary_pictures_and_the_video_of_a_motion_photo_are_noted() -> None:
    urn = b"urn:com:apple:photo:2020:aux:hdrgainmap"
    data = heif([XMP_ITEM], [box(b"auxC", bytes(4) + urn + b"\0\1")], [box(b"mpvd", mp4())])
    found = read(data)
    (noted,) = [block for block in found.of(BlockKind.APP) if block.container == "BMFF auxC"]
    assert (noted.key, noted.data) == (urn.decode(), urn + b"\0\1")
    (video,) = found.of(BlockKind.EMBEDDED)
    assert (video.container, video.key, video.data, video.whole_bytes) == (
        "BMFF mpvd",
        "motion photo",
        mp4(),
        len(mp4()),
    )
    assert not found.problems


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    for kind in (b"iinf", b"iloc", b"iprp", b"pitm"):
        whole = heif([EXIF_ITEM, XMP_ITEM], [box(b"irot", b"\x01")])
        at = whole.index(kind)
        read(whole[: at + 4] + data + whole[at + 4 + len(data) :])
