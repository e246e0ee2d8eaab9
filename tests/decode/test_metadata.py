"""The metadata pass as the other rooms use it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import MEDIA
from tests.decode.containers.mutation import looked_at_whole
from tests.decode.containers.samples import (
    SAMPLES,
    exif,
    heif,
    jpeg,
    jumbf,
    pillow,
    png,
    png_chunk,
    segment,
    tiff,
    webp,
    xmp,
)

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, collect

SLOW_S = 20.0
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_exif_counts_where_decoders_leave_it_to_us(orientation: int) -> None:
    photo = exif(orientation=orientation)
    for data in (
        jpeg([segment(0xE1, b"Exif\0\0" + photo)]),
        png(after=[png_chunk(b"eXIf", photo)]),
        webp(exif=photo),
    ):
        assert collect(data, formats.sniff(data), Limits()).orientation == orientation
    for data in (heif([(b"Exif", "", bytes(4) + photo)]), heif([(b"Exif", "", bytes(4) + photo)], brand=b"avif")):
        found = collect(data, formats.sniff(data), Limits())
        assert found.exif is not None
        assert found.exif.orientation == orientation
        assert found.orientation == 1
    assert collect(tiff(), formats.TIFF, Limits()).orientation == 3
    assert collect(jpeg(), formats.JPEG, Limits()).orientation == 1


def test_the_first_readable_exif_counts_and_all_are_there() -> None:
    broken = segment(0xE1, b"Exif\0\0no TIFF")
    found = collect(
        jpeg(
            [broken, segment(0xE1, b"Exif\0\0" + exif(orientation=3)), segment(0xE1, b"Exif\0\0" + exif(orientation=8))]
        ),
        formats.JPEG,
        Limits(),
    )
    assert [one.orientation for one in found.exifs] == [3, 8]
    assert found.orientation == 3
    assert [problem.what for problem in found.problems] == ["An EXIF block does not start with a TIFF header."]
    assert found.problems[0].where == "JPEG APP1 'Exif' at byte 2"


def test_packets_of_xmp_keep_their_place() -> None:
    first, second = xmp("", 'xmp:CreatorTool="one"'), xmp("", 'xmp:CreatorTool="two"')
    head = b"http://ns.adobe.com/xap/1.0/\0"
    data = jpeg([segment(0xE1, head + first), segment(0xE1, head + second)])
    found = collect(data, formats.JPEG, Limits())
    assert [one.value for one in found.xmp] == ["one", "two"]
    assert [(packet.block.data, packet.properties[0].value) for packet in found.xmp_packets] == [
        (first, "one"),
        (second, "two"),
    ]


def test_problems_of_every_layer_come_together() -> None:
    head = b"http://ns.adobe.com/xap/1.0/\0"
    data = jpeg(
        [
            segment(0xE1, b"Exif\0\0II*\0\xff\xff\0\0"),
            segment(0xE1, head + b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"),
            segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x04\x1c\2\5\0"),
        ]
    )[:-2]
    found = collect(data, formats.JPEG, Limits())
    what = [problem.what for problem in found.problems]
    assert len(what) == 4
    assert "no end marker" in what[0]
    assert "EXIF is damaged: The pointer to IFD0 leads out of the data." in what[1]
    assert "refused" in what[2]
    assert "IPTC" in what[3]


def test_too_many_packets_are_told() -> None:
    data = jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp())] * 20)
    found = collect(data, formats.JPEG, Limits())
    assert len(found.xmp_packets) == 16
    assert found.problems[0].what == "The file holds 20 XMP packets; those after the first 16 were not taken apart."
    assert len(found.of(BlockKind.XMP)) == 20


def test_only_a_c2pa_store_is_the_store() -> None:
    found = collect(png([png_chunk(b"caBX", jumbf("other")), png_chunk(b"caBX", jumbf())]), formats.PNG, Limits())
    assert found.jumbf == jumbf()
    assert collect(png([png_chunk(b"caBX", jumbf("other"))]), formats.PNG, Limits()).jumbf is None


@pytest.mark.parametrize("kind", ["BMP", "ICO", "PPM"])
def test_formats_without_metadata_have_none_and_no_problem(kind: str) -> None:
    data = pillow(kind)
    found = collect(data, formats.sniff(data), Limits())
    assert (found.blocks, found.problems, found.exif, found.xmp, found.jumbf, found.orientation) == (
        (),
        (),
        None,
        (),
        None,
        1,
    )


def test_formats_that_no_walker_reads_say_so() -> None:
    for data in (b"FUJIFILMCCD-RAW 0201", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"<?xml version='1.0'?><svg/>"):
        (problem,) = collect(data, formats.sniff(data), Limits()).problems
        assert problem.what.endswith("files are not read by this version.")


def test_the_same_bytes_give_the_same_blocks() -> None:
    for data in (SAMPLES | MEDIA).values():
        first, second = (collect(data, formats.sniff(data), Limits()) for _ in range(2))
        assert first.blocks == second.blocks
        assert first.problems == second.problems


_WITHOUT_OPENING = """
import random, sys
from tests.decode.containers.mutation import looked_at_whole, mutated
from tests.decode.containers.media import MEDIA
from tests.decode.containers.samples import SAMPLES as PICTURES
SAMPLES = PICTURES | MEDIA
from safelight.decode.encodings import user_comment
from safelight.decode.containers.xmp import properties
chance = random.Random(7)
data = [mutated(sample, chance) for sample in SAMPLES.values() for _ in range(50)] + list(SAMPLES.values())
def refuse(event, arguments):
    if event in {"open", "import", "os.listdir", "socket.connect", "subprocess.Popen", "ctypes.dlopen"}:
        raise RuntimeError(f"{event} {arguments}")
sys.addaudithook(refuse)
for one in data:
    looked_at_whole(one)
for code in (b"UNICODE\\0", b"JIS\\0\\0\\0\\0\\0", b"ASCII\\0\\0\\0", bytes(8)):
    for text in (bytes(range(256)), b"plain", b"\\xff\\xfea\\0", b"\\0a\\0b"):
        user_comment(code + text, "<")
for name in ("utf-16", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "latin-1"):
    properties(SAMPLES_TEXT.encode(name, "replace"))
"""


def test_reading_opens_and_imports_nothing_once_loaded() -> None:
    script = _WITHOUT_OPENING.replace("SAMPLES_TEXT", repr(xmp("<dc:title>caf\u00e9</dc:title>").decode()))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr


@given(st.binary(max_size=500))
def test_no_bytes_raise(data: bytes) -> None:
    looked_at_whole(data)


def _files(folder: Path) -> list[Path]:
    return sorted(Path(top, name) for top, _, names in os.walk(folder) for name in names)


@pytest.mark.shared
@pytest.mark.parametrize("folder", ["hostile", "carriers"])
def test_every_shared_file_ends_soon(shared: Path, folder: str) -> None:
    for path in _files(shared / folder / "files"):
        start = time.process_time()
        looked_at_whole(path.read_bytes(), Limits())
        assert time.process_time() - start < SLOW_S, path


@pytest.mark.shared
def test_real_files_give_no_false_alarms(shared: Path) -> None:
    troubled = [
        path.name
        for path in _files(shared / "carriers" / "files")
        if collect(path.read_bytes(), formats.sniff(path.read_bytes()), Limits()).problems
    ]
    assert troubled == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("8be050267f390093.png", "inflates to more than"),
        ("bc420bf3c849490c.png", "inflates to more than"),
        ("ecc5e5a0ad7ff7b0.png", "metadata blocks were not kept"),
        ("01d69d16a096a5b2.jpg", "2000 XMP packets"),
        ("12ae56f6d55f7270.jpg", "read before"),
        ("3b65032f2c715158.jpg", "declares entities"),
        ("121536a4da852d7b.jpg", "declares entities or refers to the outside"),
        ("151d3e384fe703fa.png", "ends inside a metadata chunk"),
    ],
)
def test_known_bombs_are_named(shared: Path, name: str, words: str) -> None:
    data = (shared / "hostile" / "files" / "synthetic-bombs" / name).read_bytes()
    assert any(words in problem.what for problem in collect(data, formats.sniff(data), Limits()).problems)
