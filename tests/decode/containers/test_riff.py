"""RIFF chunks of WebP, WAVE and AVI."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.decode.containers.media import AIGC, avi, bext, frame, id3, wave
from tests.decode.containers.samples import exif, jumbf, riff_chunk, webp, xmp

from safelight.decode import formats
from safelight.decode.containers import riff as walker
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_chunks_of_odd_and_even_sizes_come_back(first: bytes, second: bytes) -> None:
    data = webp([riff_chunk(b"C2PA", first), riff_chunk(b"abcd", second)])
    found = read(data)
    assert [block.data for block in found.of(BlockKind.JUMBF)] == [first]
    assert [(block.key, block.data) for block in found.of(BlockKind.APP)] == [("abcd", second)]
    assert not found.problems


@pytest.mark.parametrize("head", [b"", b"Exif\0\0"])
def test_what_pillow_wrote_is_read(head: bytes) -> None:
    data = webp([riff_chunk(b"C2PA", jumbf())], exif=head + exif("<", 3), xmp=xmp(), icc_profile=b"profile ")
    found = read(data)
    assert found.exif is not None
    assert found.exif.model == "Box Camera 1"
    assert found.orientation == 3
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert found.jumbf == jumbf()
    assert [block.data for block in found.of(BlockKind.ICC)] == [b"profile "]
    assert {block.container for block in found.blocks} == {"WebP EXIF", "WebP XMP", "WebP ICCP", "WebP C2PA"}
    block = found.of(BlockKind.EXIF)[0]
    assert data[block.data_offset :].startswith(b"II*\0")


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("extended", [False, True])
def test_frame_facts_agree_with_pillow(lossless: bool, extended: bool) -> None:
    data = webp(lossless=lossless, **({"xmp": xmp()} if extended else {}))
    frame = read(data).frame
    assert frame is not None
    assert (frame.width_px, frame.height_px) == Image.open(io.BytesIO(data)).size
    assert frame.lossless is lossless
    assert frame.coding == ("VP8L" if lossless else "VP8")


def test_animation_is_told() -> None:
    into = io.BytesIO()
    frames = [Image.new("RGB", (20, 10), (shade, 0, 0)) for shade in (0, 120, 240)]
    frames[0].save(into, "WEBP", save_all=True, append_images=frames[1:])
    frame = read(into.getvalue()).frame
    assert frame is not None
    assert frame.animated
    assert (frame.width_px, frame.height_px) == (20, 10)


def test_trailer_and_truncation() -> None:
    assert [block.data for block in read(webp(trailer=b"behind")).of(BlockKind.TRAILER)] == [b"behind"]
    cut = read(webp(exif=exif())[:-100])
    assert [problem.what for problem in cut.problems[:2]] == [
        "The file is shorter than its RIFF header says; metadata behind the break cannot be found.",
        "A metadata chunk is cut off.",
    ]
    assert cut.exif is not None


def test_text_of_avi_and_wave() -> None:
    info = riff_chunk(b"LIST", b"INFO" + riff_chunk(b"ISFT", b"Test 1\0\0") + riff_chunk(b"ICMT", b"a hill\0"))
    for form, name in ((b"AVI ", "AVI"), (b"WAVE", "WAV")):
        data = b"RIFF" + struct.pack("<I", 4 + len(info)) + form + info
        assert [(block.container, key, text) for key, text, block in read(data).texts()] == [
            (f"{name} INFO", "ISFT", "Test 1"),
            (f"{name} INFO", "ICMT", "a hill"),
        ]


def test_avi_headers_streams_manifest_and_further_parts() -> None:
    packet = xmp()
    data = avi(
        {"AIGC": AIGC},
        riff_chunk(b"C2PA", jumbf()),
        riff_chunk(b"IDIT", b"MON JAN 01 00:00:00 2024\n\0"),
        strd=b"maker\0\1",
        more=riff_chunk(b"LIST", b"movi") + riff_chunk(b"_PMX", packet),
    )
    found = read(data + b"behind")
    assert [(block.container, key, text) for key, text, block in found.texts()] == [
        ("AVI INFO", "AIGC", AIGC),
        ("AVI chunk", "IDIT", "MON JAN 01 00:00:00 2024\n"),
    ]
    assert found.jumbf == jumbf()
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert [(block.key, block.data) for block in found.of(BlockKind.APP)] == [("strd", b"maker\0\1")]
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px, found.frame.animated) == (160, 120, True)
    assert [block.data for block in found.of(BlockKind.TRAILER)] == [b"behind"]
    assert not found.problems


def test_frames_of_an_avi_are_passed_over() -> None:
    movie = b"movi" + b"".join(riff_chunk(b"00dc", bytes(10)) for _ in range(1000))
    found = read(riff_chunk(b"RIFF", b"AVI " + riff_chunk(b"LIST", movie) + riff_chunk(b"LIST", b"INFO")))
    assert not found.blocks


@pytest.mark.parametrize("form", [b"RIFF", b"RF64", b"BW64"])
def test_wave_broadcast_label_tag_and_marks(form: bytes) -> None:
    data = wave(
        bext(b"a hill", b"A=PCM\r\n"),
        riff_chunk(b"AIGC", AIGC.encode()),
        riff_chunk(b"id3 ", id3(frame("TIT2", b"\3a title"))),
        riff_chunk(b"LIST", b"adtl" + riff_chunk(b"labl", b"\1\0\0\0a mark\0")),
        form=form,
    )
    found = read(data)
    assert [(block.container, key, text) for key, text, block in found.texts()] == [
        ("WAV bext", "Description", "a hill"),
        ("WAV bext", "CodingHistory", "A=PCM\r\n"),
        ("WAV chunk", "AIGC", AIGC),
        ("ID3v2 TIT2", "", "a title"),
        ("WAV adtl", "labl", "a mark"),
    ]
    assert not found.problems


def test_lists_nested_without_end_are_told() -> None:
    inner = riff_chunk(b"abcd", b"deepest")
    for _ in range(20):
        inner = riff_chunk(b"LIST", b"list" + inner)
    found = read(riff_chunk(b"RIFF", b"AVI " + inner))
    assert [problem.what for problem in found.problems] == ["Lists are nested too deeply."]


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    read(b"RIFF" + data)
    read(b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data)
    read(b"RF64" + bytes(4) + b"WAVEds64" + data)
    read(riff_chunk(b"RIFF", b"AVI " + riff_chunk(b"LIST", b"hdrl" + data)) + riff_chunk(b"RIFF", b"AVIX" + data))
    for chunk in walker.chunks(data, 0, len(data)):
        assert chunk.start <= chunk.stop <= len(data)
