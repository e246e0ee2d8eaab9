"""What lies behind the end of a picture, and what the picture says of it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import container, motion_photo, mpf, sef, ultra_hdr
from tests.decode.containers.samples import box, gif, jpeg, mp4, pillow, png, segment, webp

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, MetadataBlock, collect


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


def embedded(found: Metadata, container: str = "trailer") -> list[tuple[str, int | None, bytes]]:
    return [
        (block.key, block.whole_bytes, block.data)
        for block in found.of(BlockKind.EMBEDDED)
        if block.container == container
    ]


PARTS = {
    "JPEG": jpeg(),
    "PNG": png(),
    "WebP": webp(),
    "MP4": mp4(),
    "padding with 0x00": bytes(64),
    "padding with 0xFF": b"\xff" * 64,
    "Samsung SEF": sef((0x0D91, b"PEg_Info", b"{}")),
}


@pytest.mark.parametrize("picture", [jpeg(), png(), gif(), webp()])
@given(names=st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=5))
def test_parts_behind_a_picture_are_told_apart(picture: bytes, names: list[str]) -> None:
    # The same padding twice is one padding.
    names = [name for at, name in enumerate(names) if not at or name != names[at - 1] or "padding" not in name]
    if names[0].startswith("padding"):
        names = ["JPEG", *names]  # the walkers of some formats take padding for their own
    found = read(picture + b"".join(PARTS[name] for name in names))
    assert embedded(found) == [(name, len(PARTS[name]), PARTS[name][:4096]) for name in names]
    assert not found.problems


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"PK\3\4" + bytes(40), "ZIP"), (b"a plain note", "text"), (b"\1\2\3\x80", "unknown"), (pillow("GIF"), "GIF")],
)
def test_what_tells_no_end_goes_to_that_of_the_file(data: bytes, name: str) -> None:
    assert embedded(read(png(trailer=data))) == [(name, len(data), data)]


def test_more_parts_than_are_listed_are_told() -> None:
    found = read(png(trailer=png() * 40))
    assert len(embedded(found)) == 32
    assert [problem.what for problem in found.problems] == ["More than 32 files lie behind the end of the picture."]


def declared(found: Metadata, container: str) -> list[MetadataBlock]:
    return [block for block in found.of(BlockKind.EMBEDDED) if block.container == container]


@pytest.mark.parametrize("trailer", [b"", sef((0x0A01, b"Image_UTC_Data", b"1"))])
@pytest.mark.parametrize("old", [False, True])
def test_the_video_of_a_motion_photo_is_found_where_xmp_says(old: bool, trailer: bytes) -> None:
    data = motion_photo(mp4(), old=old, trailer=trailer)
    found = read(data)
    (block,) = declared(found, "XMP MicroVideo" if old else "XMP Container")
    assert block.key.endswith("video/mp4")
    assert block.whole_bytes == len(mp4()) + len(trailer)
    assert block.data_offset is not None
    assert data[block.data_offset :].startswith(mp4())
    assert not found.problems


def test_a_length_without_the_trailer_behind_it_is_found_from_the_picture_on() -> None:
    data = motion_photo(mp4(), stated=len(mp4()), trailer=bytes(40))
    (block,) = declared(read(data), "XMP Container")
    assert (block.whole_bytes, block.data) == (len(mp4()), mp4())


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("stated", [0, 1, 5000, 10**14])
def test_a_video_that_is_not_there_has_no_bytes(old: bool, stated: int) -> None:
    (block,) = declared(read(motion_photo(b"", stated=stated, old=old)), "XMP MicroVideo" if old else "XMP Container")
    assert (block.whole_bytes, block.data, block.data_offset) == (stated, b"", None)


def test_more_files_than_are_noted_are_told() -> None:
    items = [("Primary", "image/jpeg", 0), *[("MotionPhoto", "video/mp4", 9)] * 60]
    found = read(jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + container(items))]))
    assert len(declared(found, "XMP Container")) == 31
    assert [problem.what for problem in found.problems] == ["An XMP packet names too many files behind the picture."]


def test_a_gain_map_is_named_by_both_directories() -> None:
    gain_map = jpeg(quality=50)
    data = ultra_hdr()
    found = read(data)
    assert [(block.key, block.whole_bytes) for block in declared(found, "JPEG MPF")] == [
        ("picture 1: baseline primary", 1000),
        ("picture 2: gain map", len(gain_map)),
    ]
    (named,) = declared(found, "XMP Container")
    assert named.key == "GainMap image/jpeg"
    for block in (named, declared(found, "JPEG MPF")[1]):
        assert block.data == gain_map[:4096]
        assert block.data_offset == len(data) - len(gain_map)
    assert embedded(found) == [("JPEG", len(gain_map), gain_map[:4096])]


def test_a_directory_of_pictures_that_cannot_be_read_is_told() -> None:
    for broken in (segment(0xE2, b"MPF\0II*\0\xff\xff\0\0"), segment(0xE2, b"MPF\0no TIFF"), segment(0xE2, b"MPF\0")):
        assert [problem.what for problem in read(jpeg([broken])).problems] == [
            "The list of pictures of a multi-picture file cannot be read."
        ]
    many = read(jpeg([mpf([(0x40000000 | 0x020002, 10, 5)] * 100)]))
    assert len(declared(many, "JPEG MPF")) == 64
    assert [problem.what for problem in many.problems] == ["A multi-picture file lists 100 pictures."]
    outside = read(jpeg([mpf([(0x010002, 10, 0x7FFFFFFF)])]))
    (block,) = declared(outside, "JPEG MPF")
    assert (block.key, block.whole_bytes, block.data) == ("picture 1: large thumbnail, full HD", 10, b"")


@pytest.mark.shared
def test_a_real_gain_map(shared: Path) -> None:
    for path in sorted((shared / "carriers" / "files" / "camera-ultrahdr").iterdir()):
        found = read(path.read_bytes())
        (block,) = declared(found, "XMP Container")
        assert block.key == "GainMap image/jpeg"
        assert block.data.startswith(b"\xff\xd8\xff")
        assert [name for name, _, _ in embedded(found)] == ["JPEG"]


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    read(png(trailer=data))
    read(png(trailer=b"\xff\xd8\xff" + data))
    read(png(trailer=box(b"ftyp", data) + data))
    read(png(trailer=b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WEBP" + data))
    read(jpeg([segment(0xE2, b"MPF\0MM\0*" + data)]))
