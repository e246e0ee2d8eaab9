"""JPEG segments: what they carry, how parts are joined, where the picture ends."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.decode.containers.samples import app11, exif, extended_xmp, iptc, jpeg, jumbf, pillow, resource, segment, xmp

from safelight.decode import formats
from safelight.decode.containers import jpeg as walker
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect


def read(data: bytes, **limits: int) -> Metadata:
    return collect(data, formats.JPEG, Limits(**limits))


@given(st.lists(st.binary(max_size=300), max_size=5), st.booleans())
def test_comments_come_back_with_their_place(comments: list[bytes], progressive: bool) -> None:
    data = jpeg([segment(0xFE, comment) for comment in comments], progressive=progressive)
    found = read(data)
    blocks = found.of(BlockKind.COMMENT)
    assert [block.data for block in blocks] == comments
    assert all(
        data[block.data_offset : block.data_offset + len(block.data)] == block.data
        for block in blocks
        if block.data_offset
    )
    assert not found.problems


def test_the_common_application_segments() -> None:
    packet, photo = xmp(), exif()
    bim = b"Photoshop 3.0\0" + resource(0x0404, iptc((2, 120, b"a hill"))) + resource(0x0425, bytes(16))
    data = jpeg(
        [
            segment(0xE1, b"Exif\0\0" + photo),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet),
            segment(0xED, bim),
            segment(0xE2, b"MPF\0" + bytes(20)),
            segment(0xE9, b'AIGC{"Label":"1"}'),
            segment(0xEE, b"Adobe" + bytes(7)),
        ]
    )
    found = read(data)
    assert [block.data for block in found.of(BlockKind.EXIF)] == [photo]
    assert [block.data for block in found.of(BlockKind.XMP)] == [packet]
    assert [(one.record, one.dataset, one.text) for one in found.iptc] == [(2, 120, "a hill")]
    assert [(block.container, block.key) for block in found.of(BlockKind.APP)] == [
        ("JPEG APP2", "MPF"),
        ("JPEG APP9", 'AIGC{"Label":"1"}'),
        ("JPEG APP14", "Adobe"),
        ("JPEG APP0", "JFIF"),
        ("JPEG APP13", "Photoshop 3.0"),
    ]
    assert found.orientation == 6
    iptc_block = found.of(BlockKind.IPTC)[0]
    assert iptc_block.data_offset is not None
    assert data[iptc_block.data_offset :].startswith(iptc_block.data)


@given(st.integers(1, 400), st.randoms(use_true_random=False))
def test_extended_xmp_is_joined_in_any_order(piece_bytes: int, chance: object) -> None:
    text = xmp("<dc:title>" + "far away " * 60 + "</dc:title>")
    pieces = extended_xmp(text, piece_bytes=piece_bytes)
    chance.shuffle(pieces)  # type: ignore[attr-defined]
    found = read(jpeg(pieces))
    assert [block.data for block in found.of(BlockKind.XMP)] == [text]
    assert not found.problems


def test_extended_xmp_of_two_packets_is_kept_apart() -> None:
    first, second = extended_xmp(xmp(), b"A" * 32), extended_xmp(xmp("<dc:title>b</dc:title>"), b"B" * 32)
    mixed = [piece for pair in zip(first, second, strict=False) for piece in pair] + second[len(first) :]
    assert [block.key for block in read(jpeg(mixed)).of(BlockKind.XMP)] == ["A" * 32, "B" * 32]


def test_extended_xmp_with_a_gap_keeps_what_is_before_it() -> None:
    pieces = extended_xmp(xmp(), piece_bytes=100)
    del pieces[2]
    found = read(jpeg(pieces))
    assert [len(block.data) for block in found.of(BlockKind.XMP)] == [200]
    assert "Pieces of extended XMP are missing" in found.problems[0].what


@given(st.integers(1, 200), st.randoms(use_true_random=False))
def test_a_manifest_store_is_joined_from_app11_in_any_order(piece_bytes: int, chance: object) -> None:
    store = jumbf(content=bytes(range(256)) * 3)
    pieces = app11(store, piece_bytes)
    chance.shuffle(pieces)  # type: ignore[attr-defined]
    found = read(jpeg(pieces))
    assert found.jumbf == store
    assert not found.problems


def test_a_missing_piece_of_a_manifest_store_is_named() -> None:
    pieces = app11(jumbf(), 20)
    del pieces[1]
    found = read(jpeg(pieces))
    assert any("Pieces of a JUMBF box are missing" in problem.what for problem in found.problems)
    assert found.of(BlockKind.JUMBF)


def test_a_colour_profile_is_joined() -> None:
    parts = [
        segment(0xE2, b"ICC_PROFILE\0" + bytes((number, 2)) + body) for number, body in ((2, b"second"), (1, b"first "))
    ]
    assert [block.data for block in read(jpeg(parts)).of(BlockKind.ICC)] == [b"first second"]


@pytest.mark.parametrize("progressive", [False, True])
def test_the_trailer_starts_behind_the_end_marker(progressive: bool) -> None:
    second = pillow("JPEG")
    data = jpeg(trailer=second, progressive=progressive)
    (block,) = read(data).of(BlockKind.TRAILER)
    assert block.data == second
    assert Image.open(io.BytesIO(data)).size == (48, 32)


def test_a_thumbnail_inside_a_segment_does_not_end_the_picture() -> None:
    inner = pillow("JPEG")
    found = read(jpeg([segment(0xE1, b"Exif\0\0" + exif() + inner)], trailer=b"behind"))
    assert [block.data for block in found.of(BlockKind.TRAILER)] == [b"behind"]


def test_a_segment_between_scans_is_found() -> None:
    data = pillow("JPEG", progressive=True)
    at = [part.offset for part in walker.segments(data) if part.marker == 0xDA][3]
    found = read(data[:at] + segment(0xFE, b"between the scans") + data[at:])
    assert [text for _, text, _ in found.texts()] == ["between the scans"]


def test_restart_markers_and_stuffing_belong_to_the_picture() -> None:
    data = jpeg(trailer=b"behind", quality=100, restart_marker_blocks=1)
    assert b"\xff\xd0" in data
    assert [block.data for block in read(data).of(BlockKind.TRAILER)] == [b"behind"]


def test_a_file_that_is_cut_off_says_so_and_keeps_the_rest() -> None:
    data = jpeg([segment(0xFE, b"kept"), segment(0xE1, b"Exif\0\0" + exif())])
    inside = read(data[:60])
    assert [text for _, text, _ in inside.texts()] == ["kept"]
    assert ["cut off" in problem.what for problem in inside.problems[:1]] == [True]
    in_scan = read(data[:-10])
    assert [problem.what for problem in in_scan.problems] == [
        "The JPEG has no end marker; metadata behind the break cannot be found."
    ]


def test_stray_bytes_between_segments_are_passed_over_and_named() -> None:
    data = jpeg([segment(0xFE, b"one"), b"\x12\x34\x56", segment(0xFE, b"two")])
    found = read(data)
    assert [text for _, text, _ in found.texts()] == ["one", "two"]
    assert found.problems[0].details == {"kept": "the segment; 3 bytes were passed over"}


def test_fill_bytes_before_a_marker_are_none() -> None:
    found = read(jpeg([b"\xff\xff\xff" + segment(0xFE, b"one")]))
    assert [text for _, text, _ in found.texts()] == ["one"]
    assert not found.problems


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("quality", [1, 30, 75, 90, 100])
def test_frame_facts_and_tables_agree_with_pillow(progressive: bool, quality: int) -> None:
    data = jpeg(quality=quality, progressive=progressive)
    found = read(data)
    picture = Image.open(io.BytesIO(data))
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px) == picture.size
    assert found.frame.progressive is progressive
    assert {table.identifier: list(table.values) for table in found.quantisation_tables} == {
        number: list(values) for number, values in picture.quantization.items()
    }
    assert {table.ijg_quality for table in found.quantisation_tables} == {quality}


def test_many_segments_are_bounded_and_counted() -> None:
    found = read(jpeg([segment(0xFE, b"x")] * 300), metadata_blocks=100)
    assert len(found.blocks) == 100
    assert "201 metadata blocks were not kept" in found.problems[-1].what


def test_empty_segments_without_end_do_not_take_long() -> None:
    found = read(b"\xff\xd8\xff\xe1\0\2" + b"\xff\x01" * 300_000)
    assert "more than 200000 parts" in found.problems[0].what


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    for part in walker.segments(b"\xff\xd8\xff" + data):
        assert 2 <= part.start <= part.stop <= len(data) + 3
    read(b"\xff\xd8\xff" + data)


def test_length_of_one_is_not_followed_backwards() -> None:
    data = b"\xff\xd8" + b"\xff\xe1" + struct.pack(">H", 1) + segment(0xFE, b"still found") + b"\xff\xd9"
    found = read(data)
    assert [text for _, text, _ in found.texts()] == ["still found"]
    assert "states a length that cannot be" in found.problems[0].what
