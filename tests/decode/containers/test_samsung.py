"""The trailer of Samsung phones."""

from __future__ import annotations

import struct
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import sef
from tests.decode.containers.samples import box, heif, jpeg, mp4, png

from safelight.decode import formats
from safelight.decode.containers.gathering import Gathering
from safelight.decode.containers.samsung import gather
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect

INFO = b'{"genImageVersion":"v1","connectorType":"srvg","genAIType":8}'


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


def gathered(data: bytes, start: int = 0) -> Gathering:
    into = Gathering(Limits())
    gather(data, start, len(data), into)
    return into


@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xFFFF),
            st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30),
            st.binary(max_size=200).filter(lambda data: b"SEFT" not in data and not data.startswith(b"mpv2")),
        ),
        max_size=5,
    ),
    st.binary(max_size=50).filter(lambda data: b"SEFT" not in data),
)
def test_blocks_come_back(blocks: list[tuple[int, str, bytes]], before: bytes) -> None:
    into = gathered(before + sef(*((kind, name.encode(), data) for kind, name, data in blocks)))
    assert [(block.container, block.key, block.data) for block in into.blocks] == [
        (f"Samsung SEF 0x{kind:04X}", name, data) for kind, name, data in blocks
    ]
    assert not into.problems


@pytest.mark.parametrize("kind", ["jpeg", "png", "heif", "mp4"])
def test_the_mark_of_generative_edits_is_text_wherever_it_lies(kind: str) -> None:
    trailer = sef((0x0D91, b"PEg_Info", INFO))
    data = {
        "jpeg": jpeg(trailer=trailer),
        "png": png(trailer=trailer),
        "heif": heif(top=[box(b"sefd", trailer)]),
        "mp4": mp4(top=[box(b"sefd", trailer)]),
    }[kind]
    found = read(data)
    ((key, text, block),) = [item for item in found.texts() if item[2].container == "Samsung SEF 0x0D91"]
    assert key == "PEg_Info"
    assert orjson.loads(text)["genAIType"] == 8
    assert block.data_offset is not None
    assert data[block.data_offset :].startswith(INFO)
    assert not found.problems


def test_two_directories_and_bytes_behind_them() -> None:
    data = sef((0x0A01, b"Image_UTC_Data", b"1700000000000")) + sef((0x0D91, b"PEg_Info", INFO)) + b"\0\0QDIOBS"
    assert {block.key for block in gathered(data).blocks} == {"Image_UTC_Data", "PEg_Info"}


def test_a_video_by_its_place_elsewhere_in_the_file() -> None:
    video = mp4()
    data = b"head" + video + sef((0x0A30, b"MotionPhoto_Data", b"mpv2" + struct.pack(">II", 4, len(video))))
    _, block = gathered(data, 4 + len(video)).blocks
    assert (block.key, block.data, block.data_offset) == ("MotionPhoto_Data video", video, 4)


def test_lies_of_a_directory_are_told() -> None:
    whole = sef((0x0D91, b"PEg_Info", INFO))
    head = whole.index(b"SEFH")
    more = whole[: head + 8] + struct.pack("<I", 1000) + whole[head + 12 :]
    assert [problem.what for problem in gathered(more).problems] == [
        "The directory of a Samsung trailer states more blocks than it lists."
    ]
    assert len(gathered(more).blocks) == 1
    far = whole[: head + 16] + struct.pack("<I", 0x7FFFFFFF) + whole[head + 20 :]
    assert [problem.what for problem in gathered(far).problems] == [
        "A block of a Samsung trailer is said to lie where it cannot."
    ]
    other = whole[: head + 14] + struct.pack("<H", 0x1234) + whole[head + 16 :]
    assert [problem.what for problem in gathered(other).problems] == [
        "A block of a Samsung trailer does not begin as it should."
    ]
    assert not gathered(b"SEFT" * 100).blocks


@pytest.mark.shared
def test_real_trailers(shared: Path) -> None:
    folder = shared / "carriers" / "files" / "samsung-galaxy-ai"
    for path in sorted(folder.iterdir()):
        texts = {key: text for key, text, _ in read(path.read_bytes()).texts()}
        assert orjson.loads(texts["PEg_Info"])["genAIType"] == 8


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    gathered(data)
    gathered(data + b"SEFH" + data + struct.pack("<I", len(data) + 4) + b"SEFT")
    assert all(block.kind in {BlockKind.TEXT, BlockKind.EMBEDDED} for block in gathered(sef((1, b"a", data))).blocks)
