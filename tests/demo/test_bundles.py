"""Archives written by code are opened by programs that others wrote."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import py7zr
import pytest

from safelight.demo.bundles import encrypted_zip, sevenzip, tar_gz, zipped

MEMBERS = [("a/b.jpg", b"x" * 300), ("ü海.png", os.urandom(200_000)), ("c.txt", b"hello"), ("one.bin", b"\0")]


@pytest.mark.parametrize("deflate", [False, True])
def test_zip(deflate: bool) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(MEMBERS, deflate=deflate))) as archive:
        assert [(name, archive.read(name)) for name in archive.namelist()] == MEMBERS


def test_encrypted_zip_opens_with_the_password_only() -> None:
    data = encrypted_zip(MEMBERS, b"lighthouse", bytes(11))
    assert b"hello" not in data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert [(name, archive.read(name, b"lighthouse")) for name in archive.namelist()] == MEMBERS
        with pytest.raises(RuntimeError):
            archive.read("c.txt")


def test_tar_gz_is_the_same_every_time() -> None:
    data = tar_gz(MEMBERS)
    assert data == tar_gz(MEMBERS)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for name, content in MEMBERS:
            stream = archive.extractfile(name)
            assert stream is not None and stream.read() == content


@pytest.mark.parametrize("count", [1, 2, 4])
def test_7z(count: int, tmp_path: Path) -> None:
    path = tmp_path / "a.7z"
    path.write_bytes(sevenzip(MEMBERS[:count]))
    with py7zr.SevenZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    for name, content in MEMBERS[:count]:
        assert (tmp_path / "out" / name).read_bytes() == content
    found = {str(item.relative_to(tmp_path / "out")) for item in (tmp_path / "out").rglob("*") if item.is_file()}
    assert found == {name for name, _ in MEMBERS[:count]}


def test_7z_with_sizes_of_every_length() -> None:
    members = [(f"{size}", bytes(size)) for size in (0x7F, 0x80, 0x3FFF, 0x4000, 0x20_0000)]
    with py7zr.SevenZipFile(io.BytesIO(sevenzip(members))) as archive:
        assert [(item.filename, item.uncompressed) for item in archive.list()] == [
            (name, len(data)) for name, data in members
        ]


def test_7z_opens_in_the_program_that_made_the_format(tmp_path: Path) -> None:
    path = tmp_path / "a.7z"
    path.write_bytes(sevenzip(MEMBERS))
    for program in ("7zz", "7z", "7za"):
        try:
            done = subprocess.run([program, "t", str(path)], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        assert done.returncode == 0, done.stdout
        return
    pytest.skip("7-Zip is not installed")
