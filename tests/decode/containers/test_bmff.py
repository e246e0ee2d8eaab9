"""Files made of boxes: the top level, JPEG 2000 and JPEG XL."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import box, exif, heif, iptc, jp2, jumbf, mp4, xmp

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
IPTC_UUID = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


def test_the_c2pa_box_of_a_video_holds_the_store_behind_its_purpose() -> None:
    manifest = box(b"uuid", C2PA_UUID + bytes(4) + b"manifest\0" + bytes(8) + jumbf())
    merkle = box(b"uuid", C2PA_UUID + bytes(4) + b"merkle\0" + b"map")
    found = read(mp4(top=[manifest, merkle]))
    assert found.jumbf == jumbf()
    assert [(block.kind, block.key) for block in found.blocks if block.container == "BMFF uuid C2PA"] == [
        (BlockKind.JUMBF, "manifest"),
        (BlockKind.APP, "merkle"),
    ]
    assert not found.problems


def test_xmp_in_a_uuid_box_at_the_top_and_in_the_movie() -> None:
    inner = box(b"uuid", XMP_UUID + xmp())
    plain = mp4(top=[inner])
    assert [one.value for one in read(plain).xmp] == ["Test drawing 1"]
    nested = box(b"ftyp", b"isom") + box(b"moov", inner)
    assert [one.value for one in read(nested).xmp] == ["Test drawing 1"]


def test_jpeg_2000() -> None:
    data = jp2(
        [
            box(b"uuid", XMP_UUID + xmp()),
            box(b"uuid", b"JpgTiffExif->JP2" + exif()),
            box(b"uuid", IPTC_UUID + iptc((2, 120, b"a hill"))),
            box(b"uuid", bytes(16) + b"own"),
            jumbf(),
        ]
    )
    found = read(data)
    assert formats.sniff(data) is formats.JP2
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert found.exif is not None
    assert found.exif.make == "Example"
    assert found.orientation == 1
    assert [one.text for one in found.iptc] == ["a hill"]
    assert found.jumbf == jumbf()
    assert [block.key for block in found.of(BlockKind.APP)] == ["ftyp", "00" * 16]
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px, found.frame.components) == (48, 32, 3)
    assert not found.problems


def test_jpeg_xl_boxes() -> None:
    data = b"\0\0\0\x0cJXL \r\n\x87\n" + box(b"ftyp", b"jxl ") + box(b"Exif", bytes(4) + exif()) + box(b"xml ", xmp())
    found = read(data)
    assert found.exif is not None
    assert found.exif.model == "Box Camera 1"
    assert [one.value for one in found.xmp] == ["Test drawing 1"]


def test_a_box_that_is_compressed_with_brotli_is_kept_and_named() -> None:
    found = read(b"\0\0\0\x0cJXL \r\n\x87\n" + box(b"brob", b"xml " + b"??"))
    assert [(block.key, block.data) for block in found.blocks] == [("brob", b"xml ??")]
    assert [problem.what for problem in found.problems] == [
        "A metadata box is compressed with Brotli, which is not read."
    ]


def test_a_box_that_is_cut_off_and_bytes_that_are_no_box() -> None:
    cut = read(box(b"ftyp", b"isom") + struct.pack(">I4s", 5000, b"mdat") + b"short")
    assert [problem.what for problem in cut.problems] == [
        "The file ends inside a box; metadata behind the break cannot be found."
    ]
    behind = read(heif() + b"\xff\xd8\xff\xe0\0\1\2\3\4\5\6\7")
    assert [block.data for block in behind.of(BlockKind.TRAILER)] == [b"\xff\xd8\xff\xe0\0\1\2\3\4\5\6\7"]


def test_empty_boxes_without_end_do_not_take_long() -> None:
    assert "more than 200000 parts" in read(box(b"ftyp", b"isom") + box(b"free") * 300_000).problems[0].what


@given(st.sampled_from([b"ftyp", b"moov", b"meta", b"uuid", b"jp2h", b"Exif"]), st.binary(max_size=300))
def test_no_bytes_raise(kind: bytes, data: bytes) -> None:
    read(box(b"ftyp", b"heic") + box(kind, data))
    read(box(b"ftyp", b"isom") + data)
