"""Archives written by code, byte for byte the same for the same members: ZIP, encrypted ZIP, TAR.GZ, 7z.

Formats: PKWARE APPNOTE.TXT (section 6.1 for the traditional encryption), POSIX ustar, RFC 1952, and 7zFormat.txt of the LZMA SDK. The
7z archives store without compression: what they hold is compressed already.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from typing import Final

__all__ = ["encrypted_zip", "sevenzip", "tar_gz", "zipped"]

Members = Sequence[tuple[str, bytes]]

_TIME: Final = (2023, 5, 4, 12, 30, 0)
_UNIX_S: Final = 1_683_203_400
_FILETIME: Final = (_UNIX_S + 11_644_473_600) * 10_000_000
_KEYS: Final = (0x12345678, 0x23456789, 0x34567890)


def zipped(members: Members, *, deflate: bool = False) -> bytes:
    """A ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = archive.compression
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return stream.getvalue()


def tar_gz(members: Members) -> bytes:
    """A TAR archive under gzip."""
    stream = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1, mtime=_UNIX_S, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), _UNIX_S, 0o644
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def encrypted_zip(members: Members, password: bytes, salt: bytes) -> bytes:
    """A ZIP archive under the traditional encryption, which is weak, and all that is needed to be closed to a reader.

    Args:
        salt: 11 bytes, the random part of the encryption header of every member.
    """
    body, directory = bytearray(), bytearray()
    date = (_TIME[0] - 1980) << 9 | _TIME[1] << 5 | _TIME[2]
    time = _TIME[3] << 11 | _TIME[4] << 5
    for name, data in members:
        crc, offset, raw = zlib.crc32(data), len(body), name.encode()
        closed = _encrypt(salt + bytes([crc >> 24]) + data, password)
        shared = struct.pack("<HHHHHIIIHH", 20, 0x801, 0, time, date, crc, len(closed), len(data), len(raw), 0)
        body += b"PK\x03\x04" + shared + raw + closed
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + shared + struct.pack("<HHHII", 0, 0, 0, 0, offset) + raw
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body) + bytes(directory) + b"PK\x05\x06" + end


def _encrypt(plain: bytes, password: bytes) -> bytes:
    table = [_crc_step(value) for value in range(256)]
    first, second, third = _KEYS

    def update(value: int) -> None:
        nonlocal first, second, third
        first = first >> 8 ^ table[(first ^ value) & 0xFF]
        second = ((second + (first & 0xFF)) * 134_775_813 + 1) & 0xFFFFFFFF
        third = third >> 8 ^ table[(third ^ second >> 24) & 0xFF]

    for value in password:
        update(value)
    closed = bytearray()
    for value in plain:
        mask = (third | 2) & 0xFFFF
        closed.append(value ^ (mask * (mask ^ 1) >> 8 & 0xFF))
        update(value)
    return bytes(closed)


def _crc_step(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


def sevenzip(members: Members) -> bytes:
    """A 7z archive, each member stored in a folder of its own."""
    count = _number(len(members))
    sizes = b"".join(_number(len(data)) for _, data in members)
    crcs = b"".join(struct.pack("<I", zlib.crc32(data)) for _, data in members)
    copy_folder = b"\x01\x01\x00"  # one coder; an id of one byte; the id of Copy
    pack_info = b"\x06\x00" + count + b"\x09" + sizes + b"\x00"
    unpack_info = (
        b"\x07\x0b" + count + b"\x00" + copy_folder * len(members) + b"\x0c" + sizes + b"\x0a\x01" + crcs + b"\x00"
    )
    streams = b"\x04" + pack_info + unpack_info + b"\x08\x00\x00"
    names = b"\x00" + b"".join(name.encode("utf-16-le") + b"\0\0" for name, _ in members)
    times = b"\x01\x00" + struct.pack("<Q", _FILETIME) * len(members)
    attributes = b"\x01\x00" + struct.pack("<I", 0x20) * len(members)
    files = b"\x05" + count + _property(0x11, names) + _property(0x14, times) + _property(0x15, attributes) + b"\x00"
    header = b"\x01" + streams + files + b"\x00"
    packed = b"".join(data for _, data in members)
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def _property(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + _number(len(data)) + data


def _number(value: int) -> bytes:
    """The 7z variable-length number: leading ones of the first byte count the bytes that follow."""
    for extra in range(8):
        if value < 1 << 7 * (extra + 1):
            mark = 0xFF00 >> extra & 0xFF
            return bytes([mark | value >> 8 * extra]) + (value & (1 << 8 * extra) - 1).to_bytes(extra, "little")
    return b"\xff" + value.to_bytes(8, "little")
