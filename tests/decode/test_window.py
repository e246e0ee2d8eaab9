"""A file looked at through its descriptor answers as its bytes would, reads little, and closes at its bounds."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import MEDIA, sef
from tests.decode.containers.mutation import walker_mutants
from tests.decode.containers.samples import SAMPLES
from tests.decode.large_files import LARGE, large_file
from tests.decode.walls import memory_file

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, collect, in_place
from safelight.decode.window import Window, WindowClosedError

GIB = 1 << 30
ALL = SAMPLES | MEDIA
IN_PLACE = [name for name, data in ALL.items() if in_place(data, formats.sniff(data))]
WITHOUT_WINDOW = {
    "png", "jpeg", "jpeg progressive", "gif", "tiff", "tiff big-endian", "exif", "photoshop", "jpeg samsung", "png samsung",
    "motion photo", "micro video", "ultra hdr",
}  # fmt: skip
MUTANTS = 150


@contextmanager
def window(data: bytes, **options: object) -> Iterator[Window]:
    descriptor = memory_file(data)
    try:
        yield Window(descriptor, len(data), **{"seconds": 60.0, **options})  # type: ignore[arg-type]
    finally:
        os.close(descriptor)


def ticking(step_s: float) -> Callable[[], float]:
    return itertools.count(0.0, step_s).__next__  # type: ignore[return-value]


places = st.integers(-20_000, 20_000)


@given(st.binary(min_size=1, max_size=50), st.integers(1, 9000), places, places, st.binary(min_size=1, max_size=3))
def test_it_answers_as_the_bytes_would(pattern: bytes, size: int, start: int, end: int, wanted: bytes) -> None:
    data = (pattern * (size // len(pattern) + 1))[:size]
    with window(data) as seen:
        assert len(seen) == len(data)
        assert seen[start:end] == data[start:end]
        assert seen[:end] == data[:end]
        assert seen[start:] == data[start:]
        assert seen.find(wanted, start, end) == data.find(wanted, start, end)
        assert seen.rfind(wanted, start, end) == data.rfind(wanted, start, end)
        assert seen.find(wanted) == data.find(wanted)
        assert seen.startswith(wanted, abs(start)) == data.startswith(wanted, abs(start))
        if -size <= start < size:
            assert seen[start] == data[start]
        else:
            with pytest.raises(IndexError):
                seen[start]


def test_what_lies_across_the_steps_of_a_search_is_found() -> None:
    step = 1 << 20
    for at in (step - 2, step - 1, step, 2 * step - 1):
        data = bytes(at) + b"SEFT" + bytes(2 * step)
        with window(data) as seen:
            assert seen.find(b"SEFT") == seen.rfind(b"SEFT") == at


@pytest.mark.parametrize("why", ["seconds", "bytes", "one piece"])
def test_it_closes_at_its_bounds(why: str, tmp_path: Path) -> None:
    descriptor = large_file(tmp_path / "sparse", [2 * GIB])
    clock = ticking(2.0 if why == "seconds" else 0.0)
    seen = Window(descriptor, 2 * GIB, seconds=5.0, most_bytes=20 << 20, clock=clock)
    with pytest.raises(WindowClosedError, match=why):
        if why == "one piece":
            seen[1:GIB]
        seen.find(b"x")
    os.close(descriptor)


def test_a_file_that_ends_early_or_cannot_be_read_closes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with window(b"short") as seen:
        short = Window(seen._descriptor, 10_000, seconds=1.0)
        with pytest.raises(WindowClosedError, match="ends there"):
            short[20:40]

        def broken(*_: object) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(os, "pread", broken)
        monkeypatch.setattr(os, "preadv", broken)
        with pytest.raises(WindowClosedError, match="Input/output error"):
            seen[0]
        stream = seen.stream(1.0)
        with pytest.raises(WindowClosedError):
            stream.read(3)
        assert stream.closed_why == "Input/output error"


def test_a_stream_over_it() -> None:
    data = bytes(range(256)) * 40
    with window(data) as seen:
        stream = seen.stream(10.0)
        assert stream.read() == data
        assert stream.seek(-10, os.SEEK_END) == len(data) - 10
        assert stream.read(100) == data[-10:]
        assert stream.read(1) == b""
        assert stream.seek(5) == 5
        assert stream.seek(2, os.SEEK_CUR) == stream.tell() == 7
        assert stream.read(3) == data[7:10]
        assert stream.readable()
        assert stream.seekable()
        assert not stream.writable()
    with window(data, clock=ticking(3.0)) as seen:
        stream = seen.stream(10.0)
        with pytest.raises(WindowClosedError, match="10 seconds"):
            while True:
                stream.seek(0)
                stream.read(1)


def test_which_formats_need_no_holding() -> None:
    assert set(ALL) - set(IN_PLACE) == WITHOUT_WINDOW


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_window_gives_the_metadata_that_the_bytes_give(name: str) -> None:
    """Also of damaged files; only what lies behind the end is not taken apart."""
    limits = Limits()
    for data in (
        ALL[name],
        *itertools.islice(walker_mutants(ALL[name], list(ALL.values()), f"window {name}"), MUTANTS),
    ):
        form = formats.sniff(data)
        if not in_place(data, form):
            continue
        held = collect(data, form, limits)
        with window(data) as seen:
            found = collect(seen, form, limits)
        behind = {BlockKind.EMBEDDED, BlockKind.XMP}
        assert [one for one in found.blocks if one.kind not in behind or one.container != "trailer"] == [
            one
            for one in held.blocks
            if one.container not in {"trailer", "XMP Container", "XMP MicroVideo"} or one.kind not in behind
        ]
        assert (found.frame, found.orientation, found.transform) == (held.frame, held.orientation, held.transform)
        assert {one.what for one in found.problems} <= {one.what for one in held.problems}


@pytest.mark.parametrize("name", LARGE)
def test_the_label_in_a_file_of_many_gib_is_found_with_few_reads(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hole = 3 * GIB if name in {"avi", "wave", "aiff", "flv"} else 40 * GIB
    descriptor = large_file(tmp_path / "large", LARGE[name](hole))
    size_bytes, read = os.fstat(descriptor).st_size, [0, 0]
    real = os.pread

    def counted(descriptor: int, count: int, offset: int) -> bytes:
        read[0] += 1
        read[1] += count
        return real(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", counted)
    seen = Window(descriptor, size_bytes, seconds=60.0)
    found = collect(seen, formats.sniff(seen[:4096]), Limits())
    os.close(descriptor)
    assert any('"ContentProducer"' in text for _, text, _ in found.texts())
    assert not found.problems
    assert read[0] < 300
    assert read[1] < 2 << 20


def test_what_was_found_before_a_window_closed_is_kept(tmp_path: Path) -> None:
    parts = LARGE["mp4 tags first"](GIB)
    descriptor = large_file(tmp_path / "large", [*parts, *[b"\0\0\x10\0free" + bytes(4088)] * 200])
    size_bytes = os.fstat(descriptor).st_size
    seen = Window(descriptor, size_bytes, seconds=100.0, clock=ticking(1.0))
    found = collect(seen, formats.MP4, Limits())
    os.close(descriptor)
    assert any('"ContentProducer"' in text for _, text, _ in found.texts())
    (problem,) = found.problems
    assert "not read to their end: it took more than 100 seconds" in problem.what


def test_a_phone_s_trailer_behind_a_large_file_is_read(tmp_path: Path) -> None:
    trailer = sef((0x0D91, b"PEg_Info", b'{"genAIType":1}'))
    descriptor = large_file(tmp_path / "large", [*LARGE["mp4 tags first"](GIB), trailer])
    found = collect(Window(descriptor, os.fstat(descriptor).st_size, seconds=60.0), formats.MP4, Limits())
    os.close(descriptor)
    assert ("PEg_Info", '{"genAIType":1}') in [(key, text) for key, text, _ in found.texts()]
    (part,) = found.of(BlockKind.EMBEDDED)
    assert part.whole_bytes == len(trailer)
    assert not found.problems
