"""Archives of every kind, whole, damaged, encrypted and hostile."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import py7zr
import pytest
from tests.decode.archives.unpacked import unpacked

FILES = {
    "a.txt": b"hills",
    "folder/b.png": bytes(range(256)) * 40,
    "c d.bin": b"",
    "\u5199\u771f.jpg": b"\xff\xd8\xff" * 9,
}


def _zip(files: dict[str, bytes] = FILES, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("folder/", b"")
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _tar(files: dict[str, bytes] = FILES, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _sevenzip(files: dict[str, bytes] = FILES, **given: object) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", **given) as archive:  # type: ignore[arg-type]
        for name, data in files.items():
            archive.writestr(data, name)
    return out.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "zip": _zip,
    "zip stored": lambda: _zip(method=zipfile.ZIP_STORED),
    "zip bzip2": lambda: _zip(method=zipfile.ZIP_BZIP2),
    "zip lzma": lambda: _zip(method=zipfile.ZIP_LZMA),
    "tar": _tar,
    "tar.gz": lambda: _tar(mode="w:gz"),
    "tar.bz2": lambda: _tar(mode="w:bz2"),
    "tar.xz": lambda: _tar(mode="w:xz"),
    "7z": _sevenzip,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_comes_out_whole(kind: str) -> None:
    found = unpacked(KINDS[kind]())
    assert {member.name: data for member, data in found} == {name.encode(): data for name, data in FILES.items()}
    assert not any(member.findings for member, _ in found)
    assert all(member.modified_ns for member, _ in found)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_single_compressed_file_is_one_member(pack: Callable[[bytes], bytes]) -> None:
    ((member, data),) = unpacked(pack(b"a landscape" * 1000))
    assert (member.name, data) == (b"", b"a landscape" * 1000)


def test_a_gzip_names_its_member() -> None:
    out = io.BytesIO()
    with gzip.GzipFile("hill.bmp", "wb", fileobj=out, mtime=1_700_000_000) as stream:
        stream.write(b"BM")
    ((member, data),) = unpacked(out.getvalue())
    assert (member.name, member.modified_ns, data) == (b"hill.bmp", 1_700_000_000_000_000_000, b"BM")


def test_names_keep_their_exact_bytes() -> None:
    content = _zip({"name-1": b"x"}).replace(b"name-1", b"n\xe9\xff\n-1")
    assert [member.name for member, _ in unpacked(content)] == [b"n\xe9\xff\n-1"]
    # The flag says UTF-8, the bytes are not: that must not cost the archive.
    flagged = _zip({"\u00e9\u00e8": b"x", "b": b"y"}).replace("\u00e9\u00e8".encode(), b"\xff\xfe\xfd\xfc")
    assert [(member.name, data) for member, data in unpacked(flagged)] == [(b"\xff\xfe\xfd\xfc", b"x"), (b"b", b"y")]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("bad\udcff.jpg"), io.BytesIO())
    assert [member.name for member, _ in unpacked(out.getvalue())] == [b"bad\xff.jpg"]


def _zip_crypto(data: bytes, password: bytes) -> bytes:
    """Traditional PKWARE encryption (APPNOTE 6.1), just enough for a test."""
    keys = [0x12345678, 0x23456789, 0x34567890]
    table = []
    for number in range(256):
        value = number
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)

    def feed(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 0xFF]

    for byte in password:
        feed(byte)
    out = bytearray()
    for byte in bytes(11) + bytes([zlib.crc32(data) >> 24]) + data:
        temporary = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ temporary * (temporary ^ 1) >> 8 & 0xFF)
        feed(byte)
    return bytes(out)


def _encrypted_zip() -> bytes:
    data, name = b"sealed", b"locked.png"
    body = _zip_crypto(data, b"secret")
    common = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 0x5821, zlib.crc32(data), len(body), len(data), len(name), 0)
    local = b"PK\x03\x04" + common + name + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def test_the_encrypted_zip_of_this_test_is_one() -> None:
    with zipfile.ZipFile(io.BytesIO(_encrypted_zip())) as archive:
        assert archive.read("locked.png", pwd=b"secret") == b"sealed"


@pytest.mark.parametrize(
    ("content", "name"),
    [(_encrypted_zip(), b"locked.png"), (_sevenzip({"locked.png": b"sealed"}, password="secret"), b"locked.png")],
)
def test_encrypted_members_are_reported_with_their_names(content: bytes, name: bytes) -> None:
    ((member, data),) = unpacked(content)
    assert member.name == name and data is None
    assert "encrypted" in member.findings[0].what


def test_an_encrypted_list_is_reported() -> None:
    ((member, _),) = unpacked(_sevenzip({"a": b"x"}, password="secret", header_encryption=True))
    assert member.name is None and "encrypted" in member.findings[0].what


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_archive_keeps_what_came_before_and_says_so(kind: str) -> None:
    # bzip2 works in blocks of 900 kB; a damaged block is lost whole.
    size = 120_000 if kind == "tar.bz2" else 20_000
    files = {f"{number}.bin": random.Random(number).randbytes(size) for number in range(20)}
    makers: dict[str, Callable[[], bytes]] = {"7z": lambda: _sevenzip(files)}
    if kind.startswith("zip"):
        methods = {
            "zip": zipfile.ZIP_DEFLATED,
            "zip stored": 0,
            "zip bzip2": zipfile.ZIP_BZIP2,
            "zip lzma": zipfile.ZIP_LZMA,
        }
        makers[kind] = lambda: _zip(files, methods[kind])
    elif kind.startswith("tar"):
        makers[kind] = lambda: _tar(files, "w:" + kind.partition(".")[2])
    content = makers[kind]()
    damaged = bytearray(content)
    damaged[len(content) // 2 : len(content) // 2 + 3000] = bytes(3000)
    for hurt in (bytes(damaged), content[: len(content) // 2]):
        found = unpacked(hurt)
        findings = [finding for member, _ in found for finding in member.findings]
        if kind != "tar" or hurt != bytes(damaged):  # an uncompressed TAR carries no checksum of its data
            assert findings, "damage went unsaid"
        whole = [
            member.name
            for member, data in found
            if not member.findings and data == files.get((member.name or b"").decode())
        ]
        if not kind.startswith("zip") or hurt == bytes(damaged):
            assert kind == "7z" or whole, "nothing of the sound part was kept"


def test_links_and_devices_in_a_tar_are_listed_and_not_followed() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (
            ("soft", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
            ("disk", tarfile.BLKTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../../etc/passwd"
            archive.addfile(info)
        archive.addfile(tarfile.TarInfo("../../outside"), io.BytesIO())
    found = unpacked(out.getvalue())
    assert [member.name for member, _ in found] == [b"soft", b"hard", b"pipe", b"disk", b"../../outside"]
    assert [data for _, data in found] == [None, None, None, None, b""]
    assert all(member.findings for member, _ in found[:4])


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "7z"])
def test_bombs_are_bounded_by_ratio_total_members_and_size(kind: str) -> None:
    files = {"before.txt": b"x", "bomb.bin": bytes(40 << 20), "after.txt": b"y"}
    content = {"zip": lambda: _zip(files), "tar.gz": lambda: _tar(files, "w:gz"), "7z": lambda: _sevenzip(files)}[
        kind
    ]()
    found = unpacked(content, archive_ratio=10)
    assert any(
        "for each of its own" in finding.what
        for member, _ in found
        if member.name is None
        for finding in member.findings
    )
    assert (b"before.txt", b"x") in [(member.name, data) for member, data in found]
    assert sum(len(data or b"") for _, data in found) < 20 << 20

    assert any(
        "came out of the archive" in finding.what
        for member, _ in unpacked(content, archive_total_bytes=1 << 20)
        for finding in member.findings
    )
    assert any(
        "more than 2 members" in finding.what
        for member, _ in unpacked(_zip(), archive_members=2)
        for finding in member.findings
    )

    large = [
        (member, data)
        for member, data in unpacked(content, member_bytes=1 << 20, archive_ratio=100_000)
        if member.name == b"bomb.bin"
    ]
    ((member, data),) = large
    import hashlib

    assert data is None and member.digests is not None
    assert member.digests[0] == hashlib.sha256(files["bomb.bin"]).hexdigest()
    assert member.size_bytes == 40 << 20


def test_overlapping_members_end_at_the_ratio() -> None:
    """Many directory entries over one kernel of data, after Fifield's construction (USENIX WOOT 2019), in its simplest form."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = kernel.compress(bytes(4 << 20)) + kernel.flush()
    fields = (20, 0, 8, 0, 0x5821, zlib.crc32(bytes(4 << 20)), len(body), 4 << 20, 1, 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *fields) + b"k" + body
    entry = (
        b"PK\x01\x02"
        + struct.pack("<H", 20)
        + struct.pack("<HHHHHIIIHH", *fields)
        + struct.pack("<HHHII", 0, 0, 0, 0, 0)
        + b"k"
    )
    content = (
        local + entry * 500 + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 500, 500, len(entry) * 500, len(local), 0)
    )
    found = unpacked(content)
    assert any(
        "for each of its own" in finding.what or "verlap" in finding.what
        for member, _ in found
        for finding in member.findings
    )
    assert sum(len(data or b"") for _, data in found) < 32 << 20


@pytest.mark.parametrize("content", [b"Rar!\x1a\x07\x01\x00", b"MSCF\0\0\0\0", b"not an archive"])
def test_what_is_not_read_is_said(content: bytes) -> None:
    ((member, data),) = unpacked(content)
    assert member.name is None and data is None and "not opened" in member.findings[0].what


@pytest.mark.parametrize("kind", KINDS)
def test_any_damage_gives_findings_and_never_an_exception(kind: str) -> None:
    content = KINDS[kind]()
    chance = random.Random(f"mutations of {kind}")
    for _ in range(int(os.environ.get("SAFELIGHT_FUZZ", "120"))):
        hurt = bytearray(content)
        for _ in range(chance.choice((1, 3, 20))):
            hurt[chance.randrange(len(hurt))] = chance.randrange(256)
        if chance.random() < 0.2:
            del hurt[chance.randrange(len(hurt)) :]
        unpacked(bytes(hurt), archive_total_bytes=1 << 24, member_bytes=1 << 20)


def test_no_path_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for make in KINDS.values():
        unpacked(make())
    assert list(tmp_path.iterdir()) == []
