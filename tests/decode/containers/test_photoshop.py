"""Photoshop image resources."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import photoshop
from tests.decode.containers.samples import exif, resource, xmp

from safelight.decode import formats
from safelight.decode.containers.gathering import Gathering
from safelight.decode.containers.photoshop import gather, resources
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, collect


@given(
    st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=50), st.binary(max_size=20)), max_size=6),
    st.booleans(),
)
def test_resources_come_back(items: list[tuple[int, bytes, bytes]], headed: bool) -> None:
    data = (b"Photoshop 3.0\0" if headed else b"") + b"".join(resource(*item) for item in items)
    found = list(resources(data))
    assert [(one.number, data[one.start : one.stop], one.name) for one in found] == items
    assert all(one.whole for one in found)


def test_what_carries_metadata_becomes_blocks_with_their_place() -> None:
    data = (
        resource(0x03ED, bytes(16))
        + resource(0x0422, b"Exif\0\0" + exif())
        + resource(0x0424, xmp())
        + resource(0x040F, b"profile")
    )
    into = Gathering(Limits())
    gather(data, into, "JPEG APP13", 20, 1000)
    assert [(block.kind, block.key) for block in into.blocks] == [
        (BlockKind.EXIF, "8BIM 0x0422"),
        (BlockKind.XMP, "8BIM 0x0424"),
        (BlockKind.ICC, "8BIM 0x040F"),
    ]
    for block in into.blocks:
        assert block.data_offset is not None
        assert data[block.data_offset - 1000 :].startswith(block.data)
    assert into.blocks[0].data == exif()


def test_a_resource_that_is_cut_off_is_named() -> None:
    into = Gathering(Limits())
    gather(resource(0x0424, xmp())[:-50], into, "JPEG APP13", 20)
    assert [problem.what for problem in into.problems] == ["An image resource is cut off."]
    assert len(into.blocks) == 1


def test_a_document_is_read_by_its_resources() -> None:
    data = photoshop(resource(0x0422, exif()), resource(0x0424, xmp()))
    found = collect(data, formats.sniff(data), Limits())
    assert found.exif is not None
    assert found.exif.model == "Box Camera 1"
    assert found.orientation == 1
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert found.frame is not None
    assert (found.frame.width_px, found.frame.height_px, found.frame.bits) == (1, 1, 8)
    for block in found.blocks:
        assert block.data_offset is not None
        assert data[block.data_offset :].startswith(block.data)
    assert not found.problems
    cut = collect(data[:200], formats.PSD, Limits())
    assert "The file ends inside its image resources." in [problem.what for problem in cut.problems]
    assert collect(data[:20], formats.PSD, Limits()).problems


def test_more_resources_than_are_read_are_told() -> None:
    into = Gathering(Limits())
    gather(resource(1, b"") * 12_000 + resource(0x0424, xmp()), into, "x", 0)
    assert [problem.what for problem in into.problems] == ["There are more image resources than any real file holds."]


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    for one in resources(b"8BIM" + data):
        assert one.start <= one.stop <= len(data) + 4
    gather(b"8BIM\x04\x04" + data, Gathering(Limits()), "x", 0)
    collect(b"8BPS" + data, formats.PSD, Limits())
