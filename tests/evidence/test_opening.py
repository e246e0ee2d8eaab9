"""What a case says lies at a place is found there again, in archives too; nothing else is."""

from __future__ import annotations

import os
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.decode.walls import SMALL_LIMITS, open_descriptors

from safelight.decode.previewing import PreviewWall
from safelight.evidence import file_at
from safelight.model import Location


@pytest.fixture(scope="module")
def wall() -> Iterator[PreviewWall]:
    with PreviewWall(SMALL_LIMITS) as wall:
        yield wall


def content(location: Location, wall: PreviewWall) -> bytes:
    descriptor = file_at(location, wall.unpack, SMALL_LIMITS)
    try:
        return os.pread(descriptor, 1000, 0)
    finally:
        os.close(descriptor)


def place(folder: Path, *parts: bytes) -> Location:
    return Location(os.fsencode(folder), parts)


def test_files_and_members_are_found(tmp_path: Path, wall: PreviewWall) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a\udcff.txt").write_bytes(b"plain")
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.writestr("in/b.txt", b"inside")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("first.txt", b"first")
        archive.write(tmp_path / "inner.zip", "inner.zip")
    before = open_descriptors()
    assert content(place(tmp_path, b"deep/a\xff.txt"), wall) == b"plain"
    assert content(place(tmp_path / "deep" / "a\udcff.txt", b""), wall) == b"plain"
    assert content(place(tmp_path, b"outer.zip", b"first.txt"), wall) == b"first"
    assert content(place(tmp_path, b"outer.zip", b"inner.zip", b"in/b.txt"), wall) == b"inside"
    for wrong in (place(tmp_path, b"outer.zip", b"gone.txt"), place(tmp_path, b"outer.zip", b"first.txt", b"x")):
        with pytest.raises(OSError, match=r"."):
            content(wrong, wall)
    assert len(open_descriptors()) <= len(before) + 8  # idle unpacking workers, and nothing for each call


def test_links_devices_and_ways_out_are_refused(
    tmp_path: Path, wall: PreviewWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    source = tmp_path / "source"
    source.mkdir()
    (source / "link").symlink_to(tmp_path / "outside" / "secret")
    (source / "folder").symlink_to(tmp_path / "outside")
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(source)
        listening.bind("socket")
    for name in (
        b"link",
        b"folder/secret",
        b"pipe",
        b"socket",
        b"../outside/secret",
        b"folder/../../outside/secret",
        b"gone",
        b".",
    ):
        with pytest.raises(OSError, match=r"."):
            content(place(source, name), wall)


def test_a_member_that_is_not_reached_in_time_is_given_up(tmp_path: Path, wall: PreviewWall) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.txt", b"x")
    times = iter(range(0, 10_000, 100))
    with pytest.raises(OSError, match="not reached in time"):
        file_at(place(tmp_path, b"a.zip", b"4.txt"), wall.unpack, SMALL_LIMITS, seconds=150, clock=lambda: next(times))
