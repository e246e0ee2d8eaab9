"""FLAC, Ogg and MP3: comments, tags, pictures and manifests."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import (
    AIGC,
    ape,
    comments,
    flac,
    flac_part,
    flac_picture,
    frame,
    id3,
    ogg,
    ogg_page,
)
from tests.decode.containers.samples import jumbf, xmp

from safelight.decode import formats
from safelight.decode.containers import flac as flac_walker
from safelight.decode.containers import id3 as id3_walker
from safelight.decode.containers import ogg as ogg_walker
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect

MP3 = b"\xff\xfb\x90\0 no audio"
FIELDS = st.dictionaries(
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="="), min_size=1, max_size=20).filter(
        lambda name: name.upper() != "METADATA_BLOCK_PICTURE"
    ),
    st.text(max_size=600).map(lambda text: text.removeprefix("\ufeff")),
    max_size=5,
)


def read(data: bytes, limits: Limits | None = None) -> Metadata:
    return collect(data, formats.sniff(data), limits or Limits())


def texts(found: Metadata, container: str) -> list[tuple[str, str]]:
    return [(key, text) for key, text, block in found.texts() if block.container == container]


def problems(found: Metadata) -> list[str]:
    return [problem.what for problem in found.problems]


@given(FIELDS)
def test_comments_of_flac_come_back(fields: dict[str, str]) -> None:
    found = read(flac(fields=fields))
    assert texts(found, "FLAC VORBIS_COMMENT") == [("vendor", "test 1"), *fields.items()]
    assert not found.problems


@pytest.mark.parametrize("codec", ["vorbis", "opus", "theora", "speex", "flac"])
@given(fields=FIELDS)
def test_comments_of_ogg_come_back_over_pages(codec: str, fields: dict[str, str]) -> None:
    found = read(ogg(codec, fields, jumbf()))
    container = "FLAC VORBIS_COMMENT" if codec == "flac" else f"Ogg {codec.capitalize()}"
    assert texts(found, container) == [("vendor", "test 1"), *fields.items()]
    assert found.jumbf == jumbf()
    assert not found.problems


def test_a_second_chained_stream_is_read_too() -> None:
    found = read(ogg("opus", {"AIGC": AIGC}) + ogg("opus", {"prompt": "{}"}))
    assert [key for key, _ in texts(found, "Ogg Opus")] == ["vendor", "AIGC", "vendor", "prompt"]


def test_ogg_breaks_are_told_and_pages_behind_them_read() -> None:
    head, rest = ogg_page(7, 0, b"OpusHead" + bytes(11), flags=2), ogg_page(7, 1, b"OpusTags" + comments({"a": "b"}))
    found = read(head + b"12345" + rest)
    assert texts(found, "Ogg Opus") == [("vendor", "test 1"), ("a", "b")]
    assert problems(found) == ["Bytes that belong to no page stand before this one."]
    assert found.problems[0].details == {"kept": "the page; 5 bytes were passed over"}
    assert problems(read(head)) == ["The header packets of a stream are not all there."]
    cut = read(head + rest[:-3])
    assert problems(cut) == [
        "The file ends inside a page; metadata behind the break cannot be found.",
        "A header packet is cut off or larger than what may be kept.",
        "The comments state more or longer fields than there are.",
    ]
    other = read(head + ogg_page(7, 1, b"no comments"))
    assert problems(other) == ["The second packet of a stream is not its comments."]


def test_a_comment_packet_larger_than_the_budget_is_cut_and_told() -> None:
    found = read(ogg("opus", {"a": "x" * 5000}), Limits(metadata_bytes=1000))
    assert "A header packet is cut off or larger than what may be kept." in problems(found)


def test_pictures_of_flac_and_of_comments() -> None:
    picture = b"\xff\xd8\xff" + bytes(6000)
    data = flac((6, flac_picture(picture)))
    (block,) = read(data).of(BlockKind.EMBEDDED)
    assert (block.key, block.whole_bytes, block.data) == ("picture 3 (image/jpeg)", len(picture), picture[:4096])
    assert block.data_offset is not None
    assert data[block.data_offset :].startswith(picture)
    field = {"METADATA_BLOCK_PICTURE": base64.b64encode(flac_picture(picture)).decode()}
    (block,) = read(ogg("opus", field)).of(BlockKind.EMBEDDED)
    assert (block.whole_bytes, block.data, block.data_offset) == (len(picture), picture[:4096], None)
    assert problems(read(ogg("opus", {"METADATA_BLOCK_PICTURE": "????"}))) == ["A picture block is too short."]


def test_comments_that_lie_about_their_number_keep_what_is_there() -> None:
    held = comments({"a": "b", "c": "d"}).replace(struct.pack("<I", 2) + b"\3", struct.pack("<I", 9) + b"\3")
    found = read(flac((4, held)))
    assert texts(found, "FLAC VORBIS_COMMENT") == [("vendor", "test 1"), ("a", "b"), ("c", "d")]
    assert problems(found) == ["The comments state more or longer fields than there are."]
    assert found.problems[0].details == {"kept": "2 of 9 fields"}
    assert problems(read(flac((4, b"\xff\xff")))) == ["The comments end in their first field."]


def test_flac_application_blocks_and_breaks() -> None:
    found = read(flac((2, b"c2pa" + jumbf()), (2, b"note{}"), (2, b"riff\0\1"), (5, b"sheet")))
    assert found.jumbf == jumbf()
    assert texts(found, "FLAC APPLICATION") == [("note", "{}")]
    assert [(block.key, block.data) for block in found.of(BlockKind.APP)] == [("riff", b"\0\1"), ("", b"sheet")]
    assert problems(read(b"fLaC" + flac_part(0, bytes(34)))) == [
        "The metadata blocks do not go on to the last one; metadata behind the break cannot be found."
    ]


@pytest.mark.parametrize("major", [2, 3, 4])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("coding", [0, 1, 2, 3])
def test_described_text_in_every_version_and_encoding(major: int, whole: bool, coding: int) -> None:
    encoding = ("latin-1", "utf-16", "utf-16-be", "utf-8")[coding]
    end = b"\0\0" if coding in {1, 2} else b"\0"
    value = "ÿ a hill" + ("" if coding == 0 else " テスト")
    payload = bytes((coding,)) + "AIGC".encode(encoding) + end + value.encode(encoding) + end
    name = "TXX" if major == 2 else "TXXX"
    flags = 0x80 if whole and major < 4 else 0
    of_its_own = major == 4 and whole
    made = frame(name, payload.replace(b"\xff", b"\xff\0") if of_its_own else payload, major, 2 * of_its_own)
    found = read(id3(made, frame("TT2" if major == 2 else "TIT2", b"\0a title", major), major=major, flags=flags) + MP3)
    assert texts(found, "ID3v2 TXXX") == [("AIGC", value)]
    assert [text for _, text in texts(found, "ID3v2 TT2" if major == 2 else "ID3v2 TIT2")] == ["a title"]
    assert not found.problems


def test_version_four_may_say_once_that_all_frames_are_unsynchronised() -> None:
    title = b"\1" + "ÿþ".encode("utf-16")
    made = bytearray(id3(frame("TIT2", title.replace(b"\xff", b"\xff\0"))))
    made[5] = 0x80
    assert texts(read(bytes(made) + MP3), "ID3v2 TIT2") == [("", "ÿþ")]


def test_objects_private_frames_links_and_the_rest() -> None:
    packet = xmp()
    found = read(
        id3(
            frame("GEOB", b"\0application/x-c2pa-manifest-store\0c2pa\0\0" + jumbf(), 3),
            frame("GEOB", b"\0application/json\0w.json\0workflow\0{}", 3),
            frame("GEOB", b"\1application/zip\0" + "a".encode("utf-16") + b"\0\0\xff\xfe\0\0PK\3\4\0", 3),
            frame("PRIV", b"XMP\0" + packet, 3),
            frame("PRIV", b"example\0\0\1", 3),
            frame("PRIV", b"example\0text", 3),
            frame("WXXX", b"\0about\0http://example.org/", 3),
            frame("WOAF", b"http://example.org/2", 3),
            frame("COMM", b"\0engabout\0a comment", 3),
            frame("UFID", b"x\0\1", 3),
            major=3,
        )
        + MP3
    )
    assert found.jumbf == jumbf()
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert [(key, text) for key, text, _ in found.texts()] == [
        ("workflow", "{}"),
        ("example", "text"),
        ("about", "http://example.org/"),
        ("", "http://example.org/2"),
        ("about", "a comment"),
    ]
    assert [(block.key, block.data) for block in found.of(BlockKind.APP)] == [("example", b"\0\1"), ("", b"x\0\1")]
    assert [(block.key, block.data) for block in found.of(BlockKind.EMBEDDED)] == [("a (application/zip)", b"PK\3\4\0")]
    assert not found.problems


def test_compressed_and_encrypted_frames() -> None:
    text = b"\3AIGC\0" + AIGC.encode() * 20
    packed = struct.pack(">I", len(text)) + zlib.compress(text)
    found = read(
        id3(
            frame("TXXX", packed, 3, 0x80),
            frame("TIT2", b"\1\0secret", 3, 0x40),
            frame("TIT3", b"\7\0plain", 3, 0x20),
            major=3,
        )
        + MP3
    )
    assert texts(found, "ID3v2 TXXX") == [("AIGC", AIGC * 20)]
    assert texts(found, "ID3v2 TIT3") == [("", "plain")]
    assert problems(found) == ["A frame is encrypted."]
    bomb = struct.pack(">I", 1 << 30) + zlib.compress(bytes(50 << 20))
    assert any(
        "inflates to more than" in what for what in problems(read(id3(frame("TXXX", bomb, 3, 0x80), major=3) + MP3))
    )


def test_sizes_of_version_four_that_are_not_syncsafe() -> None:
    long = b"\3long\0" + b"x" * 300
    wrong = b"TXXX" + struct.pack(">IH", len(long), 0) + long
    found = read(id3(wrong, frame("TIT2", b"\3after"), padding=0) + MP3)
    assert texts(found, "ID3v2 TIT2") == [("", "after")]
    assert texts(found, "ID3v2 TXXX") == [("long", "x" * 300)]
    assert not found.problems


def test_tags_that_cannot_be_read_are_told() -> None:
    assert problems(read(id3(major=5))) == ["ID3v2.5 with flags 0x00 is not read."]
    assert problems(read(id3(major=2, flags=0x40))) == ["ID3v2.2 with flags 0x40 is not read."]
    assert problems(read(id3(frame("TIT2", b"\0x" * 90))[:40]))[0] == "An ID3v2 tag is cut off."
    assert problems(read(id3(b"\1\2\3\4 no frame"))) == ["The frames of an ID3v2 tag break off."]
    assert problems(read(b"ID3\4")) == ["The file ends inside an ID3v2 header."]


def test_extended_headers_are_passed_over() -> None:
    title = frame("TIT2", b"\0a hill", 3)
    assert texts(read(id3(b"\0\0\0\6" + bytes(6) + title, major=3, flags=0x40)), "ID3v2 TIT2") == [("", "a hill")]
    title = frame("TIT2", b"\0a hill", 4)
    assert texts(read(id3(b"\0\0\0\6\1\0" + title, flags=0x40)), "ID3v2 TIT2") == [("", "a hill")]


def test_tags_at_the_end() -> None:
    old = b"TAG" + b"a hill".ljust(30, b"\0") + b"nobody".ljust(30, b" ") + bytes(30) + b"2024" + bytes(31)
    found = read(MP3 + ape({"Comment": b"{}", "AIGC": AIGC.encode()}) + old)
    assert texts(found, "APEv2") == [("Comment", "{}"), ("AIGC", AIGC)]
    assert texts(found, "ID3v1") == [("Title", "a hill"), ("Artist", "nobody"), ("Year", "2024")]
    assert not found.problems
    broken = ape({"Comment": b"{}"}).replace(b"\2\0\0\0\0\0\0\0Comment", b"\xff\xff\0\0\0\0\0\0Comment")
    assert problems(read(MP3 + broken)) == ["The items of an APE tag break off."]


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    for head in (b"fLaC", b"OggS", b"ID3\4\0\0\0\0\2\0", b"ID3\3\0\x80\0\0\2\0", b"ID3\2\0\0\0\0\2\0", MP3):
        read(head + data)
    read(ogg_page(7, 0, b"\x01vorbis", flags=2) + ogg_page(7, 1, b"\x03vorbis" + data))
    for part in flac_walker.parts(data, 0, len(data)):
        assert part.start <= part.stop <= len(data)
    for page in ogg_walker.pages(b"OggS" + data):
        assert page.start <= page.stop <= len(data) + 4
    for major in (2, 3, 4):
        for one in id3_walker.frames(data, 0, len(data), major):
            assert one.start <= one.stop <= len(data)
