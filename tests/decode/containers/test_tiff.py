"""TIFF directories and values, in files and in EXIF."""

from __future__ import annotations

import io
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.decode.containers.samples import drawing, exif, ifd_block, iptc, jumbf, resource, tiff, xmp

from safelight.decode import formats
from safelight.decode.containers import tiff as walker
from safelight.decode.containers.tiff import Rational
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect

ORDERS = st.sampled_from(["<", ">"])


def read(data: bytes) -> Metadata:
    return collect(data, formats.TIFF, Limits())


def only_value(data: bytes) -> object:
    found = walker.structure(data)
    assert found is not None
    return walker.value(data, found.order, found.directories[0].entries[0])


@given(ORDERS, st.sampled_from([(3, "H", 0, 0xFFFF), (4, "I", 0, 2**32 - 1), (9, "i", -(2**31), 2**31 - 1)]), st.data())
def test_numbers_come_back(order: str, kind: tuple[int, str, int, int], data: st.DataObject) -> None:
    number, code, low, high = kind
    values = data.draw(st.lists(st.integers(low, high), min_size=1, max_size=20))
    block = ifd_block({"IFD0": [(0x0100, number, struct.pack(f"{order}{len(values)}{code}", *values))]}, order)
    assert only_value(block) == (values[0] if len(values) == 1 else tuple(values))


@given(ORDERS, st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), min_size=1, max_size=8))
def test_rationals_come_back_unreduced(order: str, values: list[tuple[int, int]]) -> None:
    packed = b"".join(struct.pack(order + "II", *value) for value in values)
    found = only_value(ifd_block({"IFD0": [(0x0100, 5, packed)]}, order))
    assert found == (values[0] if len(values) == 1 else tuple(values))
    assert isinstance(found, tuple)
    assert math.isnan(float(Rational(1, 0)))
    assert float(Rational(1, 4)) == 0.25


@given(
    ORDERS,
    st.binary(min_size=2, max_size=50),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])),
)
def test_bytes_and_text_come_back(order: str, raw: bytes, text: str) -> None:
    assert only_value(ifd_block({"IFD0": [(0x0100, 7, raw)]}, order)) == raw
    assert only_value(ifd_block({"IFD0": [(0x0100, 2, text.encode() + b"\0")]}, order)) == text


def test_doubles_single_bytes_and_latin_text() -> None:
    assert only_value(ifd_block({"IFD0": [(1, 12, struct.pack(">2d", 0.5, -2.0))]})) == (0.5, -2.0)
    assert only_value(ifd_block({"IFD0": [(1, 1, b"\x07")]})) == 7
    assert only_value(ifd_block({"IFD0": [(1, 6, b"\xff")]})) == -1
    assert only_value(ifd_block({"IFD0": [(1, 2, b"caf\xe9\0rest")]})) == "café"


def test_directories_of_a_camera_block() -> None:
    found = walker.structure(exif())
    assert found is not None
    assert [directory.name for directory in found.directories] == ["IFD0", "ExifIFD", "GPS", "IFD1"]
    assert not found.problems


def test_blocks_of_a_tiff_file() -> None:
    packet, caption = xmp(), iptc((2, 120, b"a hill"))
    data = tiff(
        x02BC=packet, x83BB=caption, x8649=resource(0x0404, iptc((2, 5, b"title"))), x8773=b"profile", xCD41=jumbf()
    )
    found = read(data)
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert [one.text for one in found.iptc] == ["a hill", "title"]
    assert [block.data for block in found.of(BlockKind.ICC)] == [b"profile"]
    assert found.jumbf == jumbf()
    assert found.orientation == 3
    assert all(data[block.data_offset :].startswith(block.data) for block in found.blocks)
    assert not found.problems


@pytest.mark.parametrize("big", [False, True])
def test_what_pillow_wrote_is_read(big: bool) -> None:
    into = io.BytesIO()
    image = drawing()
    tags = Image.Exif()
    tags[0x010F], tags[0x0112], tags[0x010E] = "Example", 6, "a hill"
    image.save(into, "TIFF", exif=tags, big_tiff=big, compression="raw")
    found = read(into.getvalue())
    assert into.getvalue()[2] == (43 if big else 42)
    assert found.exif is not None
    assert found.exif.structure.big is big
    assert (found.exif.make, found.exif.get("IFD0", 0x010E)) == ("Example", "a hill")
    assert found.orientation == 6
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px) == image.size
    assert not found.problems


def test_many_pages_are_followed() -> None:
    into = io.BytesIO()
    pages = [Image.new("L", (4, 4), shade) for shade in range(20)]
    pages[0].save(into, "TIFF", save_all=True, append_images=pages[1:])
    found = read(into.getvalue()).exif
    assert found is not None
    assert [directory.name for directory in found.structure.directories] == [f"IFD{page}" for page in range(20)]


def _directory(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    return (
        struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHII", *entry) for entry in entries)
        + struct.pack("<I", following)
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (_directory([], 8), "read before"),
        (_directory([(0x8769, 4, 1, 8)]), "read before"),
        (_directory([], 0xFFFFFF00), "leads out of the data"),
        (_directory([(0x014A, 4, 0xFFFFFFFF, 8)]), ""),
        (struct.pack("<H", 0xFFFF) + bytes(24), "could be read"),
    ],
)
def test_loops_and_pointers_to_nowhere_end_and_are_named(body: bytes, words: str) -> None:
    found = read(b"II*\0\x08\0\0\0" + body)
    assert bool(found.problems) == bool(words)
    assert all(words in problem.what for problem in found.problems)


def test_a_value_outside_the_file_is_none_and_a_block_there_is_named() -> None:
    data = b"II*\0\x08\0\0\0" + _directory([(0x010F, 2, 50, 0xFFFFFF00), (0x02BC, 7, 50, 0xFFFFFF00)])
    found = read(data)
    assert found.exif is not None
    assert found.exif.make is None
    assert found.exif.raw("IFD0", 0x010F) is None
    assert [problem.what for problem in found.problems] == ["A metadata tag points out of the file."]


def test_a_flood_of_directories_and_overlapping_entries_is_bounded() -> None:
    flood = struct.pack("<H", 60_000) + struct.pack("<HHII", 0x014A, 4, 64, 8) * 60_000 + bytes(100)
    found = walker.structure(b"II*\0\x08\0\0\0" + flood)
    assert found is not None
    assert sum(len(directory.entries) for directory in found.directories) <= 65_536
    assert any("more than 4096 directories" in what for what, _ in found.problems)


def test_overlapping_blocks_are_kept_only_within_the_budget() -> None:
    entries = struct.pack("<HHII", 0x02BC, 7, 900_000, 0) * 5000
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", 5000) + entries + bytes(1_000_000)
    found = collect(data, formats.TIFF, Limits(metadata_bytes=2_000_000))
    assert sum(len(block.data) for block in found.blocks) <= 2_000_000
    assert any("4997 metadata blocks were not kept" in problem.what for problem in found.problems)


@given(st.binary(max_size=300), ORDERS)
def test_no_bytes_raise(data: bytes, order: str) -> None:
    head = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    found = read(head + data)
    assert found.exif is not None
    for ifd, tag in found.exif.tags():
        found.exif.get(ifd, tag)
    assert walker.structure(data) is None or walker.is_tiff(data)
