"""GIF extensions."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.decode.containers.samples import gif, gif_blocks, jumbf, pillow, xmp

from safelight.decode import formats
from safelight.decode.containers import gif as walker
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect


def read(data: bytes) -> Metadata:
    return collect(data, formats.GIF, Limits())


@given(st.binary(max_size=800))
def test_comments_come_back(comment: bytes) -> None:
    found = read(gif([b"\x21\xfe" + gif_blocks(comment)]))
    assert [block.data for block in found.of(BlockKind.COMMENT)] == [comment]
    assert not found.problems


def test_a_comment_that_pillow_wrote_is_read() -> None:
    assert [text for _, text, _ in read(pillow("GIF", comment=b"a hill")).texts()] == ["a hill"]


def test_xmp_stands_verbatim_before_its_magic_trailer() -> None:
    packet = xmp()
    data = gif([b"\x21\xff\x0bXMP DataXMP" + packet + b"\x01" + bytes(range(255, -1, -1)) + b"\0"])
    found = read(data)
    (block,) = found.of(BlockKind.XMP)
    assert block.data == packet
    assert block.data_offset == data.index(packet)
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert not found.problems


def test_application_extensions() -> None:
    found = read(
        gif(
            [
                b"\x21\xff\x0bC2PA_GIF\1\0\0" + gif_blocks(jumbf()),
                b"\x21\xff\x0bICCRGBG1012" + gif_blocks(b"profile"),
                b"\x21\xff\x0bNETSCAPE2.0" + gif_blocks(b"\1\0\0"),
                b"\x21\xff\x0bEXAMPLE 1.0" + gif_blocks(b"payload"),
                b"\x21\x01" + b"\x0c" + bytes(12) + gif_blocks(b"plain text"),
            ]
        )
    )
    assert found.jumbf == jumbf()
    assert [block.data for block in found.of(BlockKind.ICC)] == [b"profile"]
    assert [(block.key, block.data) for block in found.of(BlockKind.APP)] == [("EXAMPLE 1.0", b"payload")]
    assert [text for _, text, _ in found.texts()] == ["plain text"]
    assert not found.problems


def test_frames_are_passed_over_and_the_trailer_found() -> None:
    into = io.BytesIO()
    frames = [Image.effect_mandelbrot((60, 40), (-2, -1.5, 1, 1.5), quality).convert("P") for quality in (5, 20, 60)]
    frames[0].save(into, "GIF", save_all=True, append_images=frames[1:])
    found = read(into.getvalue() + b"behind")
    assert found.frame is not None
    assert found.frame.animated
    assert (found.frame.width_px, found.frame.height_px) == (60, 40)
    assert [block.data for block in found.of(BlockKind.TRAILER)] == [b"behind"]
    assert not found.problems


def test_a_file_that_is_cut_off_says_so() -> None:
    found = read(gif([b"\x21\xfe" + gif_blocks(b"x" * 600)])[:-300])
    assert len(found.of(BlockKind.COMMENT)[0].data) > 200
    assert [problem.what for problem in found.problems] == [
        "An extension has no end, or more parts than any real one.",
        "The blocks of the GIF do not go on to its end block; metadata behind the break cannot be found.",
    ]


def test_tiny_parts_are_counted_over_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walker, "_SUB_BLOCKS_MAX", 1000)
    few, many = b"\x21\xfe" + b"\x01a" * 300 + b"\0", b"\x21\xfe" + b"\x01b" * 900 + b"\0"
    found = read(gif([few, many]))
    assert found.of(BlockKind.COMMENT)[0].data == b"a" * 300
    assert len(found.of(BlockKind.COMMENT)[1].data) < 700
    assert found.problems[0].what == "An extension has no end, or more parts than any real one."
    assert not read(gif([few])).problems


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    read(b"GIF89a" + data)
    for block in walker.blocks(b"GIF89a" + data):
        assert block.start <= len(data) + 6
        assert block.stop <= len(data) + 6
