"""PNG chunks: where they lie, what is in them, and what damage does."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import exif, iptc, jumbf, pillow, png, png_chunk, resource, xmp

from safelight.decode import formats
from safelight.decode.containers import png as walker
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect

KEYWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=79).filter(
    lambda key: not key.startswith(("XML:com.adobe.xmp", "Raw profile type "))
)
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200)


def read(data: bytes, **limits: int) -> Metadata:
    return collect(data, formats.PNG, Limits(**limits))


@given(KEYWORDS, st.text(max_size=200), st.booleans(), st.booleans())
def test_text_comes_back_before_and_behind_the_picture(key: str, text: str, behind: bool, compressed: bool) -> None:
    body = zlib.compress(text.encode()) if compressed else text.encode()
    chunk = png_chunk(b"iTXt", key.encode() + b"\0" + bytes((compressed, 0)) + b"en\0\0" + body)
    data = png(after=[chunk]) if behind else png([chunk])
    (found_key, found, block), *others = read(data).texts()
    assert not others
    assert (found_key, found) == (key, text.removeprefix("\ufeff"))
    assert block.container == "PNG iTXt"
    assert block.offset == data.index(chunk)
    assert (block.data_offset is None) == compressed


@given(KEYWORDS, LATIN)
def test_uncompressed_and_compressed_latin_text_comes_back(key: str, text: str) -> None:
    plain = png_chunk(b"tEXt", key.encode() + b"\0" + text.encode("latin-1"))
    packed = png_chunk(b"zTXt", key.encode() + b"\0\0" + zlib.compress(text.encode("latin-1")))
    assert [(found, text) for found, text, _ in read(png([plain, packed])).texts()] == [(key, text), (key, text)]


def test_text_that_is_latin_1_is_read_as_such_and_utf_8_as_such() -> None:
    chunks = [png_chunk(b"tEXt", b"a\0caf\xe9"), png_chunk(b"tEXt", "b\0café テスト".encode())]
    assert [text for _, text, _ in read(png(chunks)).texts()] == ["café", "café テスト"]


def test_text_that_pillow_wrote_is_read() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "a hill\nSteps: 20", zip=True)
    info.add_itxt("workflow", "{}", "en", "Arbeitsablauf")
    found = read(pillow("PNG", pnginfo=info, exif=b"Exif\0\0" + exif()))
    assert [(key, text) for key, text, _ in found.texts()] == [("parameters", "a hill\nSteps: 20"), ("workflow", "{}")]
    assert found.exif is not None
    assert found.exif.make == "Example"
    assert not found.problems


def test_a_wrong_checksum_is_named_and_the_chunk_kept() -> None:
    found = read(png([png_chunk(b"tEXt", b"key\0text", crc=1)]))
    assert [text for _, text, _ in found.texts()] == ["text"]
    assert [problem.what for problem in found.problems] == ["The checksum of a metadata chunk is wrong."]
    assert found.problems[0].where == "PNG tEXt at byte 33"


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_bomb_is_cut_off_at_its_share_and_named(kind: bytes) -> None:
    bomb = zlib.compress(bytes(5_000_000), 9)
    head = b"k\0\1\0\0\0" if kind == b"iTXt" else b"k\0\0"
    found = read(png([png_chunk(kind, head + bomb), png_chunk(b"tEXt", b"behind\0it")]), metadata_bytes=1_000_000)
    assert [len(block.data) for block in found.blocks] == [250_000, 2]
    (problem,) = found.problems
    assert "inflates to more than 250000 bytes" in problem.what
    assert problem.details == {"kept": "its first 250000 bytes"}


def test_many_small_bombs_cost_no_more_than_one() -> None:
    bomb = png_chunk(b"zTXt", b"Raw profile type 8bim\0\0" + zlib.compress(b"\n8bim\n 4\n" + b"00" * 400_000, 9))
    found = read(png([bomb] * 50), metadata_bytes=1_000_000)
    assert any("was not inflated: the bound for one file was reached" in problem.what for problem in found.problems)


def test_damaged_compression_keeps_what_came_before() -> None:
    packed = bytearray(zlib.compress(b"a hill under the sun " * 500 + random.Random(1).randbytes(2000), 6))
    packed[-1] ^= 1
    found = read(png([png_chunk(b"zTXt", b"k\0\0" + bytes(packed))]))
    (_, text, _) = next(found.texts())
    assert text.startswith("a hill under the sun")
    assert "cannot be inflated" in found.problems[0].what


def test_compressed_text_that_ends_too_early_is_named() -> None:
    packed = zlib.compress(b"a hill under the sun " * 500)[:-20]
    found = read(png([png_chunk(b"zTXt", b"k\0\0" + packed)]))
    assert [problem.what for problem in found.problems] == ["Compressed metadata ends too early."]


def test_a_length_beyond_the_end_is_not_trusted() -> None:
    data = png()[:33] + b"\xff\xff\xff\xf0tEXtkey\0what is there"
    found = read(data)
    assert [text for _, text, _ in found.texts()] == ["what is there"]
    assert "ends inside a metadata chunk" in found.problems[0].what
    assert "do not go on to its end chunk" in found.problems[1].what


def test_what_lies_behind_the_end_is_the_trailer() -> None:
    data = png(trailer=b"PK\3\4 something else")
    (block,) = read(data).of(BlockKind.TRAILER)
    assert block.data == b"PK\3\4 something else"
    assert data[block.offset :] == block.data


def test_kinds_of_chunks() -> None:
    store, packet, photo = jumbf(), xmp(), exif("<", 8)
    found = read(
        png(
            [
                png_chunk(b"caBX", store),
                png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet),
                png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(b"profile")),
                png_chunk(b"prVt", b"private"),
            ],
            [png_chunk(b"eXIf", photo)],
        )
    )
    assert found.jumbf == store
    assert [block.data for block in found.of(BlockKind.XMP)] == [packet]
    assert [block.data for block in found.of(BlockKind.ICC)] == [b"profile"]
    assert [(block.key, block.data) for block in found.of(BlockKind.APP)] == [("prVt", b"private")]
    assert found.orientation == 8
    assert not found.problems


@pytest.mark.parametrize("chunk", [b"tEXt", b"zTXt"])
def test_raw_profiles_of_imagemagick_are_decoded(chunk: bytes) -> None:
    def profile(name: bytes, payload: bytes) -> bytes:
        text = b"\n%s\n%8d\n%s\n" % (name, len(payload), payload.hex().encode())
        head = b"Raw profile type " + name + b"\0"
        return png_chunk(chunk, head + (b"\0" + zlib.compress(text) if chunk == b"zTXt" else text))

    caption = iptc((2, 120, b"a hill"))
    found = read(
        png(
            [
                profile(b"exif", b"Exif\0\0" + exif()),
                profile(b"xmp", xmp()),
                profile(b"iptc", resource(0x0404, caption)),
                profile(b"8bim", caption),
                profile(b"other", b"???"),
            ]
        )
    )
    assert found.exif is not None
    assert found.exif.user_comment == "a lighthouse"
    assert [one.name for one in found.xmp] == ["CreatorTool"]
    assert [one.text for one in found.iptc] == ["a hill", "a hill"]
    assert [block.key for block in found.of(BlockKind.APP)] == ["Raw profile type other"]


def test_a_raw_profile_that_is_none_stays_text() -> None:
    found = read(
        png(
            [
                png_chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 4\nnot hex"),
                png_chunk(b"tEXt", b"Raw profile type xmp\0?"),
            ]
        )
    )
    assert [key for key, _, _ in found.texts()] == ["Raw profile type exif", "Raw profile type xmp"]
    assert [problem.what for problem in found.problems] == ["A raw profile is not hexadecimal text."]


def test_header_facts_and_animation() -> None:
    frame = read(png([png_chunk(b"acTL", bytes(8))])).frame
    assert frame is not None
    assert (frame.width_px, frame.height_px, frame.components, frame.bits) == (48, 32, 3, 8)
    assert frame.animated
    assert frame.lossless


def test_chunks_pass_over_picture_data_and_stop_at_what_is_none() -> None:
    data = png([png_chunk(b"tEXt", b"a\0b")])
    assert [chunk.type for chunk in walker.chunks(data)] == [b"IHDR", b"tEXt", b"IEND"]
    broken = data[:33] + b"\0\0\0\1\0\0\0\0" + data[33:]
    assert [chunk.type for chunk in walker.chunks(broken)] == [b"IHDR"]
    assert not list(walker.chunks(b""))


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    found = read(walker.SIGNATURE + data)
    assert found.problems or found.blocks or data
